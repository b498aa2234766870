//! Translates the regular expressions of ECMA-262 into the syntax of regex-lite, which matches in linear time.
//! Must not know schemas.

use std::iter::Peekable;
use std::str::Chars;

use regex_lite::Regex;

/// Ranges of characters, both ends included.
type Ranges = Vec<(char, char)>;

const DIGITS: &[(char, char)] = &[('0', '9')];
const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
/// White space and line ends (ECMA-262 §12.2, §12.3).
const SPACE: &[(char, char)] = &[
    ('\t', '\r'),
    (' ', ' '),
    ('\u{a0}', '\u{a0}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{2000}', '\u{200a}'),
    ('\u{2028}', '\u{2029}'),
    ('\u{202f}', '\u{202f}'),
    ('\u{205f}', '\u{205f}'),
    ('\u{3000}', '\u{3000}'),
    ('\u{feff}', '\u{feff}'),
];
/// What `.` does not match.
const LINE_ENDS: &[(char, char)] = &[('\n', '\n'), ('\r', '\r'), ('\u{2028}', '\u{2029}')];

/// `^\d+\/(?<name>[\w-]*)$` ⇒ `^[0-9]+/(?:[\-0-9A-Z_a-z]*)$`
///
/// # Errors
/// What the other syntax cannot express, or why it is no regular expression.
pub(super) fn translate(pattern: &str, is_enabled: bool) -> Result<String, String> {
    if !is_enabled {
        return Err("`Settings::patterns` is not set".to_owned());
    }
    let mut translator = Translator { rest: pattern.chars().peekable(), written: String::new(), open: 0 };
    translator.all()?;
    let written = translator.written;
    Regex::new(&written).map_err(|error| error.to_string())?;
    Ok(written)
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    written: String,
    /// How many groups are open.
    open: usize,
}

impl Translator<'_> {
    fn all(&mut self) -> Result<(), String> {
        // Whether a quantifier may follow.
        let mut is_atom = false;
        while let Some(next) = self.rest.next() {
            let was_atom = std::mem::replace(&mut is_atom, true);
            match next {
                '^' | '$' | '|' => {
                    self.written.push(next);
                    is_atom = false;
                }
                '.' => self.class(&complement(LINE_ENDS)),
                '(' => {
                    self.group()?;
                    is_atom = false;
                }
                ')' => {
                    self.open = self.open.checked_sub(1).ok_or("`)` closes nothing")?;
                    self.written.push(')');
                }
                '[' => {
                    let ranges = self.bracketed()?;
                    self.class(&ranges);
                }
                '*' | '+' | '?' if was_atom => {
                    self.written.push(next);
                    self.quantified();
                    is_atom = false;
                }
                '{' if was_atom => {
                    self.counted()?;
                    is_atom = false;
                }
                '*' | '+' | '?' | '{' => return Err(format!("`{next}` repeats nothing")),
                '\\' => match self.rest.peek() {
                    Some(boundary @ ('b' | 'B')) => {
                        self.written.push('\\');
                        self.written.push(*boundary);
                        self.rest.next();
                        is_atom = false;
                    }
                    _ => {
                        let ranges = self.escape(false)?;
                        self.class(&ranges);
                    }
                },
                literal => self.class(&[(literal, literal)]),
            }
        }
        if self.open > 0 { Err("a group is not closed".to_owned()) } else { Ok(()) }
    }

    /// A group; whether it captures, and its name, does not matter.
    fn group(&mut self) -> Result<(), String> {
        self.open += 1;
        self.written.push_str("(?:");
        if self.rest.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        match self.rest.next() {
            Some(':') => Ok(()),
            Some('=' | '!') => Err("regex-lite has no look-around".to_owned()),
            Some('<') => match self.rest.peek().copied() {
                Some('=' | '!') => Err("regex-lite has no look-around".to_owned()),
                _ if self.rest.any(|next| next == '>') => Ok(()),
                _ => Err("the name of a group does not end".to_owned()),
            },
            _ => Err("a group with flags is not supported".to_owned()),
        }
    }

    /// After a quantifier: how much it takes does not change whether a string matches.
    fn quantified(&mut self) {
        self.rest.next_if_eq(&'?');
    }

    /// `2,5}` after `{`
    fn counted(&mut self) -> Result<(), String> {
        let inside: String = self.rest.by_ref().take_while(|next| *next != '}').collect();
        let (least, most) = inside.split_once(',').unwrap_or((&inside, &inside));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(least) || !(most.is_empty() || is_number(most)) {
            return Err("`{` begins no quantifier".to_owned());
        }
        self.written.push_str(&format!("{{{inside}}}"));
        self.quantified();
        Ok(())
    }

    /// The characters of a class, after its `[`.
    fn bracketed(&mut self) -> Result<Ranges, String> {
        let is_negated = self.rest.next_if_eq(&'^').is_some();
        let mut ranges = Ranges::new();
        loop {
            let first = match self.rest.next().ok_or("a class is not closed")? {
                ']' => break,
                '\\' => self.escape(true)?,
                next => vec![(next, next)],
            };
            let is_range = self.rest.peek() == Some(&'-') && {
                let mut ahead = self.rest.clone();
                ahead.next();
                ahead.next().is_some_and(|next| next != ']')
            };
            let &[(from, to)] = &*first else {
                ranges.extend(first);
                continue;
            };
            if !is_range || from != to {
                ranges.extend(first);
                continue;
            }
            self.rest.next();
            let last = match self.rest.next().ok_or("a class is not closed")? {
                '\\' => self.escape(true)?,
                next => vec![(next, next)],
            };
            match &*last {
                [(to, end)] if to == end && from <= *to => ranges.push((from, *to)),
                [(to, end)] if to == end => return Err(format!("the range `{from}-{to}` is empty")),
                // `[a-\d]`: the hyphen is one of the characters (ECMA-262 §B.1.2.6).
                _ => ranges.extend(first.into_iter().chain([('-', '-')]).chain(last)),
            }
        }
        let ranges = if is_negated { complement(&ranges) } else { ranges };
        if ranges.is_empty() { Err("a class is empty".to_owned()) } else { Ok(ranges) }
    }

    /// The characters of an escape, after its `\`.
    fn escape(&mut self, is_in_class: bool) -> Result<Ranges, String> {
        let next = self.rest.next().ok_or("`\\` escapes nothing")?;
        let one = match next {
            'd' => return Ok(DIGITS.to_vec()),
            'D' => return Ok(complement(DIGITS)),
            'w' => return Ok(WORD.to_vec()),
            'W' => return Ok(complement(WORD)),
            's' => return Ok(SPACE.to_vec()),
            'S' => return Ok(complement(SPACE)),
            't' => '\t',
            'n' => '\n',
            'v' => '\u{b}',
            'f' => '\u{c}',
            'r' => '\r',
            'b' if is_in_class => '\u{8}',
            '0' if !self.rest.peek().is_some_and(char::is_ascii_digit) => '\0',
            'x' => {
                self.hexadecimal(2).and_then(char::from_u32).ok_or("`\\x` is not followed by two digits")?
            }
            'u' => self.unicode()?,
            'c' => {
                let letter = self.rest.next().filter(char::is_ascii_alphabetic);
                char::from(letter.ok_or("`\\c` is not followed by a letter")? as u8 % 32)
            }
            '0'..='9' | 'k' => return Err("regex-lite has no back references".to_owned()),
            'p' | 'P' => return Err("regex-lite has no Unicode properties".to_owned()),
            letter if letter.is_alphanumeric() => {
                return Err(format!("`\\{letter}` is no escape of ECMA-262"));
            }
            literal => literal,
        };
        Ok(vec![(one, one)])
    }

    /// `00e9`, `{1f600}` or `d83d\ude00`, after `\u`
    fn unicode(&mut self) -> Result<char, String> {
        let invalid = || "`\\u` is not followed by a character".to_owned();
        if self.rest.next_if_eq(&'{').is_some() {
            let digits: String = self.rest.by_ref().take_while(|next| *next != '}').collect();
            return u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).ok_or_else(invalid);
        }
        let first = self.hexadecimal(4).ok_or_else(invalid)?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).ok_or_else(invalid);
        }
        let is_pair = self.rest.next() == Some('\\') && self.rest.next() == Some('u');
        let second = self.hexadecimal(4).filter(|second| is_pair && (0xdc00..0xe000).contains(second));
        let second = second.ok_or("half of a surrogate pair is no character")?;
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or_else(invalid)
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<u32> {
        (0..digits).try_fold(0, |number, _| Some(number * 16 + self.rest.next()?.to_digit(16)?))
    }

    /// Writes a class, or a literal where it has one character.
    fn class(&mut self, ranges: &[(char, char)]) {
        if let [(one, other)] = ranges
            && one == other
        {
            return self.literal(*one);
        }
        self.written.push('[');
        for (from, to) in ranges {
            self.literal(*from);
            if from != to {
                self.written.push('-');
                self.literal(*to);
            }
        }
        self.written.push(']');
    }

    fn literal(&mut self, literal: char) {
        match literal {
            '/' | '_' | ' ' | ',' | ':' | ';' | '@' | '=' | '%' | '!' | '"' | '\'' => {
                self.written.push(literal)
            }
            _ if literal.is_ascii_punctuation() => self.written.extend(['\\', literal]),
            _ if literal.is_ascii_graphic() || literal.is_alphanumeric() => self.written.push(literal),
            _ => self.written.push_str(&format!("\\x{{{:x}}}", u32::from(literal))),
        }
    }
}

/// All characters that are in none of the ranges.
fn complement(ranges: &[(char, char)]) -> Ranges {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let mut rest = Ranges::new();
    // The first character that no range so far has.
    let mut next = Some('\0');
    for (from, to) in sorted {
        let Some(start) = next else { break };
        if let Some(end) = before(from).filter(|end| start <= *end) {
            rest.push((start, end));
        }
        next = if to < start { Some(start) } else { after(to) };
    }
    rest.extend(next.map(|start| (start, char::MAX)));
    rest
}

fn before(of: char) -> Option<char> {
    ('\0'..of).next_back()
}

fn after(of: char) -> Option<char> {
    (of..=char::MAX).nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(pattern: &str) -> Regex {
        let translated = translate(pattern, true).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        Regex::new(&translated).expect("it compiles")
    }

    #[test]
    fn patterns_match_what_ecma_262_says() {
        for (pattern, matching, others) in [
            (r"^a\/b$", vec!["a/b"], vec!["a/b\n", "xa/b", "a\\/b"]),
            (r"^\d{2,3}$", vec!["12", "123"], vec!["1", "1234", "١٢"]),
            (r"^\d{2,}?$", vec!["12", "12345"], vec!["1"]),
            (r"^[\w.-]+@[^@\s]+$", vec!["a.b-c@d", "a@é"], vec!["é@b", "a@b c", "a@b\u{a0}c"]),
            (r"^\u00e9\x41\u{1F600}\ud83d\ude00$", vec!["éA😀😀"], vec!["éA😀"]),
            (r"^.$", vec!["é", "😀"], vec!["\n", "\r", "\u{2028}", "", "ab"]),
            (r"b|^c$", vec!["abc", "c"], vec!["ac", "cd"]),
            (r"^(?<year>\d+)(?:-(a|b))?$", vec!["1", "1-a"], vec!["1-c", "-a"]),
            (r"^[^\S\r\n]*$", vec![" \t\u{3000}", ""], vec!["\n", "a"]),
            (r"^[a\-z\]\[&&~~-]$", vec!["a", "-", "z", "]", "[", "&", "~"], vec!["b", "\\"]),
            (r"^[\w-,]$", vec!["-", ",", "a"], vec!["+"]),
            (r"^[+--]$", vec!["+", ",", "-"], vec!["."]),
            (r"^[^]$", vec!["\n", "a"], vec![""]),
            (r"^[\b\0\cJ]$", vec!["\u{8}", "\0", "\n"], vec!["b", "c", "J"]),
            (r"\bcat\B", vec!["cats", "a cats"], vec!["cat", "scats"]),
            (r"^\$\{\}\.\*\+\?\(\)\|\^#&~ $", vec!["${}.*+?()|^#&~ "], vec!["$"]),
            (r"^a}]$", vec!["a}]"], vec!["a"]),
            (r"^\S+$", vec!["aé"], vec!["a b", ""]),
            (r"^\D\W$", vec!["a-", "é\n"], vec!["1-", "aa"]),
            ("", vec!["", "a"], vec![]),
            ("^(|a)$", vec!["", "a"], vec!["b"]),
        ] {
            let matcher = matcher(pattern);
            matching.iter().for_each(|text| assert!(matcher.is_match(text), "{pattern} {text:?}"));
            others.iter().for_each(|text| assert!(!matcher.is_match(text), "{pattern} {text:?}"));
        }
    }

    #[test]
    fn what_has_no_equal_is_an_error() {
        for (pattern, reason) in [
            (r"(?=a)", "look-around"),
            (r"(?!a)", "look-around"),
            (r"(?<=a)b", "look-around"),
            (r"(?<!a)b", "look-around"),
            (r"(a)\1", "back references"),
            (r"(?<a>a)\k<a>", "back references"),
            (r"\p{L}", "Unicode properties"),
            (r"(?i)a", "flags"),
            (r"\Aa\z", "no escape"),
            (r"^*", "repeats nothing"),
            (r"a**", "repeats nothing"),
            (r"a{,5}", "begins no quantifier"),
            (r"{a}", "repeats nothing"),
            (r"[z-a]", "is empty"),
            (r"[]", "is empty"),
            (r"[a", "not closed"),
            (r"(a", "not closed"),
            (r"a)", "closes nothing"),
            (r"a\", "escapes nothing"),
            (r"[\ud83d]", "surrogate"),
            (r"\u12", "not followed"),
            (r"(?<a", "does not end"),
            (r"a{5,2}", ""),
            (r"(((a{1000}){1000}){1000}){1000}", ""),
        ] {
            let error = translate(pattern, true).expect_err(pattern);
            assert!(error.contains(reason), "{pattern}: {error}");
        }
        assert!(translate("a", false).is_err());
    }
}
