//! How much of one SMS segment a text takes.
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
    /// How many units one segment holds.
    pub const fn limit(self) -> usize {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// How many units each segment of a longer text holds: its header takes 6 octets (3GPP TS 23.040 §9.2.3.24.1).
    const fn limit_of_each(self) -> usize {
        match self {
            Self::Gsm7 => 153,
            Self::Ucs2 => 67,
        }
    }

    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Self::Gsm7 => "septets",
            Self::Ucs2 => "UTF-16 units",
        }
    }
}

/// What [`measure`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Measure {
    /// How the text has to be sent.
    pub encoding: Encoding,
    /// How many units it takes: septets, or units of UTF-16.
    pub units: usize,
    /// How many units one segment holds in that encoding.
    pub limit: usize,
    /// The first character that is not in the GSM alphabet, with its byte index: the reason for UCS-2.
    pub forced_by: Option<(usize, char)>,
    segments: usize,
}

impl Measure {
    /// Whether the text fits one segment.
    pub const fn fits(&self) -> bool {
        self.units <= self.limit
    }

    /// How many segments the text takes, each of which is charged; one for an empty text.
    ///
    /// A text of several segments has room for 153 septets or 67 UTF-16 units in each, and no character is cut in two.
    ///
    /// ```
    /// use relay_rest::segment::measure;
    ///
    /// assert_eq!(measure(&"a".repeat(160)).segments(), 1);
    /// assert_eq!(measure(&"a".repeat(161)).segments(), 2);
    /// ```
    pub const fn segments(&self) -> usize {
        self.segments
    }
}

/// `171 septets; one segment holds 160`, and for UCS-2 the character that is to blame.
impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}; one segment holds {}", self.units, self.encoding.unit(), self.limit)?;
        if let Some((index, character)) = self.forced_by {
            let code = u32::from(character);
            write!(f, ", because {character:?} (U+{code:04X}) at byte {index} is not in the GSM alphabet")?;
        }
        Ok(())
    }
}

/// Measures a text. Nothing is normalised or replaced: what is measured is what is sent. Allocates nothing.
pub fn measure(text: &str) -> Measure {
    let bytes = text.as_bytes();
    let (mut size, mut index) = (Size::new(Encoding::Gsm7), 0);
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
        size.add(cost);
        index += length;
    }
    size.measure(None)
}

fn ucs2(text: &str, index: usize) -> Measure {
    let mut size = Size::new(Encoding::Ucs2);
    text.chars().map(char::len_utf16).for_each(|cost| size.add(cost));
    size.measure(text[index..].chars().next().map(|character| (index, character)))
}

/// How much a text takes, character by character.
struct Size {
    encoding: Encoding,
    units: usize,
    /// Whole segments of a longer text, and the units in the one after them.
    whole: usize,
    rest: usize,
}

impl Size {
    fn new(encoding: Encoding) -> Self {
        Self { encoding, units: 0, whole: 0, rest: 0 }
    }

    fn add(&mut self, cost: usize) {
        self.units += cost;
        self.rest += cost;
        if self.rest > self.encoding.limit_of_each() {
            self.whole += 1;
            self.rest = cost;
        }
    }

    fn measure(self, forced_by: Option<(usize, char)>) -> Measure {
        let Self { encoding, units, whole, .. } = self;
        let limit = encoding.limit();
        let segments = if units <= limit { 1 } else { whole + 1 };
        Measure { encoding, units, limit, forced_by, segments }
    }
}

/// Septets of each ASCII character, 0 where there are none: 3GPP TS 23.038 §6.2.1 and §6.2.1.1.
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
        // Greek capitals that have no Latin look-alike.
        '\u{0393}' | '\u{0394}' | '\u{0398}' | '\u{039B}' | '\u{039E}' | '\u{03A0}' | '\u{03A3}'
        | '\u{03A6}' | '\u{03A8}' | '\u{03A9}' => 1,
        '€' => 2,
        _ => 0,
    }
}
