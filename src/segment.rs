//! Counts the SMS segments that a text takes.
//!
//! A segment carries 140 octets (3GPP TS 23.040 §9.2.3.24): 160 septets of the GSM 7 bit default alphabet, or 70 units
//! of UCS-2 when a single character of the text is not in that alphabet.
//!
//! ```
//! use relay_rest::segment::{Encoding, measure};
//!
//! let measured = measure("Your code costs 5 €:");
//! assert_eq!((measured.encoding, measured.units, measured.limit), (Encoding::Gsm7, 21, 160));
//!
//! let measured = measure("It’s your code:");
//! assert_eq!((measured.encoding, measured.units, measured.limit), (Encoding::Ucs2, 15, 70));
//! assert_eq!(measured.forced_by, Some((2, '’')));
//! ```

use std::collections::HashSet;
use std::fmt;

/// The encodings of a short message that matter here (3GPP TS 23.038 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// The GSM 7 bit default alphabet with its extension table; the unit is a septet.
    Gsm7,
    /// UCS-2, in practice UTF-16; the unit is 16 bits.
    Ucs2,
}

impl Encoding {
    /// Returns how many units one segment holds.
    pub const fn limit(self) -> usize {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// How many units each of several segments holds: its header takes 6 octets (3GPP TS 23.040 §9.2.3.24.1).
    const fn limit_of_each(self) -> usize {
        match self {
            Self::Gsm7 => 153,
            Self::Ucs2 => 67,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Gsm7 => "GSM",
            Self::Ucs2 => "UCS-2",
        }
    }
}

/// Shows `GSM` or `UCS-2`.
impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The size of a text, as [`measure`] returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Measure {
    /// The encoding in which the text has to be sent.
    pub encoding: Encoding,
    /// How many units the text takes: septets, or units of UTF-16.
    pub units: usize,
    /// How many units one segment holds in that encoding.
    pub limit: usize,
    /// The first character that is not in the GSM alphabet, with its byte index: the reason for UCS-2.
    pub forced_by: Option<(usize, char)>,
    /// If the text takes several segments: how many are full, and the units in the one after them.
    full: usize,
    rest: usize,
}

impl Measure {
    const fn nothing(encoding: Encoding) -> Self {
        Self { encoding, units: 0, limit: encoding.limit(), forced_by: None, full: 0, rest: 0 }
    }

    fn add(&mut self, cost: usize) {
        self.units += cost;
        self.rest += cost;
        if self.rest > self.encoding.limit_of_each() {
            self.full += 1;
            self.rest = cost;
        }
    }

    /// Adds this many characters of one unit each.
    pub(crate) fn plus(self, characters: usize) -> Self {
        let rest = self.rest.saturating_add(characters);
        let full = rest.saturating_sub(1) / self.encoding.limit_of_each();
        Self {
            units: self.units.saturating_add(characters),
            full: self.full + full,
            rest: rest - full * self.encoding.limit_of_each(),
            ..self
        }
    }

    /// Returns whether the text fits one segment.
    pub const fn fits(&self) -> bool {
        self.units <= self.limit
    }

    /// Returns how many segments the text takes, each of which is charged; one for an empty text.
    ///
    /// Each of several segments holds 153 septets or 67 UTF-16 units, and no character is split between two of them.
    ///
    /// ```
    /// use relay_rest::segment::measure;
    ///
    /// assert_eq!(measure(&"a".repeat(160)).segments(), 1);
    /// assert_eq!(measure(&"a".repeat(161)).segments(), 2);
    /// ```
    pub const fn segments(&self) -> usize {
        if self.fits() { 1 } else { self.full + 1 }
    }

    /// Returns how many units are left in the last segment; a character takes one or two.
    ///
    /// ```
    /// use relay_rest::segment::measure;
    ///
    /// assert_eq!(measure(&"a".repeat(150)).remaining(), 10);
    /// assert_eq!(measure(&"a".repeat(161)).remaining(), 2 * 153 - 161);
    /// ```
    pub const fn remaining(&self) -> usize {
        if self.fits() { self.limit - self.units } else { self.encoding.limit_of_each() - self.rest }
    }
}

/// Shows `171 of 160 characters (GSM)`, and for UCS-2 the character that requires it.
impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.forced_by.map_or(String::new(), |(index, character)| {
            format!(", because {} at byte {index} is not in the GSM alphabet", Named(character))
        });
        self.write(f, &reason)
    }
}

impl Measure {
    fn write(&self, f: &mut fmt::Formatter<'_>, reason: &str) -> fmt::Result {
        write!(f, "{} of {} characters ({}{reason})", self.units, self.limit, self.encoding.name())
    }
}

/// A character outside the GSM alphabet: `’ (U+2019)`, or escaped if it is not printable.
struct Named(char);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = self.0.escape_debug();
        if escaped.len() > 1 {
            return escaped.fmt(f);
        }
        write!(f, "{} (U+{:04X}", self.0, u32::from(self.0))?;
        f.write_str(if self.0.len_utf16() > 1 { ", counts twice)" } else { ")" })
    }
}

/// How many characters outside the GSM alphabet an error names.
const MOST_NAMED: usize = 8;

/// `171 of 160 characters (GSM), 2 segments; shorten it by 11`: why a text is too long, and what to do.
///
/// It keeps characters of the text, each once, and no digits: they could be a telephone number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TooLong {
    pub(crate) measured: Measure,
    reason: String,
}

impl TooLong {
    /// `measured` is the size of the text, or of the text with a code.
    pub(crate) fn new(text: &str, measured: Measure) -> Self {
        let reason = match measured.encoding {
            Encoding::Gsm7 => counted_twice(text),
            Encoding::Ucs2 => outside_gsm(text),
        };
        Self { measured, reason }
    }
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { measured, reason } = self;
        measured.write(f, reason)?;
        write!(f, ", {} segments; ", measured.segments())?;
        let gsm = Encoding::Gsm7.limit();
        if measured.encoding == Encoding::Ucs2 && measured.units <= gsm {
            write!(f, "use GSM characters only, of which {gsm} fit, or ")?;
        }
        write!(f, "shorten it by {}", measured.units - measured.limit)
    }
}

/// `; €, [ count twice`, or nothing.
fn counted_twice(text: &str) -> String {
    let twice = once_each(text.chars().filter(|character| septets(*character) == 2));
    let shown = |character: &char| match character {
        '\u{000C}' => "\\f".to_owned(),
        character => character.to_string(),
    };
    match twice.as_slice() {
        [] => String::new(),
        [character] => format!("; {} counts twice", shown(character)),
        _ => format!("; {} count twice", twice.iter().map(shown).collect::<Vec<_>>().join(", ")),
    }
}

/// `, because ’ (U+2019) is not in the GSM alphabet`.
fn outside_gsm(text: &str) -> String {
    let (digits, others): (Vec<char>, Vec<char>) =
        once_each(text.chars().filter(|character| septets(*character) == 0))
            .into_iter()
            .partition(|character| character.is_numeric());
    let mut named: Vec<String> =
        others.iter().take(MOST_NAMED).map(|character| Named(*character).to_string()).collect();
    if others.len() > MOST_NAMED {
        named.push(format!("{} more", others.len() - MOST_NAMED));
    }
    if !digits.is_empty() {
        named.push("digits other than 0 to 9".to_owned());
    }
    let is_one = others.len() == 1 && digits.is_empty();
    let last = named.pop().unwrap_or_default();
    let named = if named.is_empty() { last } else { format!("{} and {last}", named.join(", ")) };
    format!(", because {named} {} not in the GSM alphabet", if is_one { "is" } else { "are" })
}

/// The characters in the order in which each first appears.
fn once_each(characters: impl Iterator<Item = char>) -> Vec<char> {
    let mut seen = HashSet::new();
    characters.filter(|character| seen.insert(*character)).collect()
}

/// Measures a text as it is: nothing is normalised or replaced. Allocates nothing.
pub fn measure(text: &str) -> Measure {
    let bytes = text.as_bytes();
    let (mut measured, mut index) = (Measure::nothing(Encoding::Gsm7), 0);
    while let Some(&byte) = bytes.get(index) {
        let (cost, length) = if byte.is_ascii() {
            (usize::from(ASCII_SEPTETS[usize::from(byte)]), 1)
        } else {
            let character = text[index..].chars().next().unwrap_or_default();
            (septets_beyond_ascii(character), character.len_utf8())
        };
        if cost == 0 {
            return ucs2(text, index);
        }
        measured.add(cost);
        index += length;
    }
    measured
}

fn ucs2(text: &str, index: usize) -> Measure {
    let mut measured = Measure::nothing(Encoding::Ucs2);
    text.chars().map(char::len_utf16).for_each(|cost| measured.add(cost));
    measured.forced_by = text[index..].chars().next().map(|character| (index, character));
    measured
}

/// Septets of a character, 0 for one that is not in the GSM alphabet.
fn septets(character: char) -> usize {
    match u8::try_from(character) {
        Ok(byte) if byte.is_ascii() => usize::from(ASCII_SEPTETS[usize::from(byte)]),
        _ => septets_beyond_ascii(character),
    }
}

/// Septets of each ASCII character, 0 for one that is not in the alphabet: 3GPP TS 23.038 §6.2.1 and §6.2.1.1.
const ASCII_SEPTETS: [u8; 128] = {
    let mut septets = [0; 128];
    let mut character = 0x20;
    while character < 0x7F {
        septets[character] = 1;
        character += 1;
    }
    septets[b'`' as usize] = 0;
    septets[b'\n' as usize] = 1;
    septets[b'\r' as usize] = 1;
    let extension = b"\x0C^{}\\[~]|";
    let mut at = 0;
    while at < extension.len() {
        septets[extension[at] as usize] = 2;
        at += 1;
    }
    septets
};

/// Septets of the other characters of the default alphabet (one each) and of the extension table (the euro sign).
const fn septets_beyond_ascii(character: char) -> usize {
    match character {
        '£' | '¥' | 'è' | 'é' | 'ù' | 'ì' | 'ò' | 'Ç' | 'Ø' | 'ø' | 'Å' | 'å' | 'Æ' | 'æ' | 'ß' | 'É'
        | '¤' | '¡' | 'Ä' | 'Ö' | 'Ñ' | 'Ü' | '§' | '¿' | 'ä' | 'ö' | 'ñ' | 'ü' | 'à' => 1,
        // The Greek capitals that do not look like Latin ones.
        '\u{0393}' | '\u{0394}' | '\u{0398}' | '\u{039B}' | '\u{039E}' | '\u{03A0}' | '\u{03A3}'
        | '\u{03A6}' | '\u{03A8}' | '\u{03A9}' => 1,
        '€' => 2,
        _ => 0,
    }
}
