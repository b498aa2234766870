//! Parses JSON and YAML into a `Value`, within limits.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The longest document that is parsed, in bytes: the largest published ones have about ten million.
pub const MAX_BYTES: usize = 16 << 20;
/// The most values of a document, with its aliases expanded. Generating a client takes some 10 kB of memory per value.
pub const MAX_VALUES: usize = 1_000_000;
/// The bytes of a string that count as one more value.
const TEXT_PER_VALUE: usize = 64;
/// How deep flow collections may nest: the time that the YAML parser takes grows with the square of the depth.
const MAX_DEPTH: usize = 1_000;

/// The text of a file.
///
/// # Errors
/// It is not UTF-8. YAML may be UTF-16 (1.2.2 §5.2), which JSON may not (RFC 8259 §8.1), and no tool here reads it.
pub fn text(bytes: Vec<u8>) -> Result<String, String> {
    let is_utf_16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    String::from_utf8(bytes).map_err(|_| {
        let reason = if is_utf_16 { "the text is UTF-16" } else { "the text is not UTF-8" };
        format!("{reason}; convert it to UTF-8")
    })
}

/// Parses JSON or YAML.
///
/// Keys that YAML reads as numbers or booleans (an unquoted `200:`) become strings, as OpenAPI means them. Merge keys are applied:
/// `{<<: {a: 1, b: 2}, a: 3}` ⇒ `{a: 3, b: 2}`.
///
/// # Errors
/// The line, the column and the reason: invalid syntax, a duplicate key, a tag, a key that is not a scalar, a number that JSON
/// cannot represent, more than [`MAX_BYTES`] or a million values.
pub fn parse(text: &str) -> Result<Value, String> {
    if text.len() > MAX_BYTES {
        return Err(format!(
            "the document has {} bytes; at most {MAX_BYTES} are supported, so use a part of it",
            text.len()
        ));
    }
    // A byte order mark is not content (YAML 1.2.2 §5.2, RFC 8259 §8.1); the parser would take it for a document of its own.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with(['{', '[']) {
        let values = Cell::new(0);
        let mut json = serde_json::Deserializer::from_str(text);
        let read = Node { values: &values, has_merge_keys: false }.deserialize(&mut json);
        match read.and_then(|value| json.end().map(|()| value)) {
            Ok(value) => return Ok(value),
            // The syntax is JSON, the content is invalid.
            Err(error) if error.is_data() || error.to_string().starts_with("number out of range") => {
                return Err(error.to_string());
            }
            // It may be YAML, which begins with a flow collection.
            Err(_) => {}
        }
    }
    let text = with_line_feeds(text);
    check_depth(&text)?;
    let values = Cell::new(0);
    Node { values: &values, has_merge_keys: true }
        .deserialize(serde_yaml::Deserializer::from_str(&text))
        .map_err(|error| error.to_string())
}

/// How many values a value is, itself included.
pub fn count(value: &Value) -> usize {
    1 + match value {
        Value::Object(map) => map.values().map(count).sum(),
        Value::Array(items) => items.iter().map(count).sum(),
        _ => 0,
    }
}

/// `a\rb\r\n` ⇒ `a\nb\n`: the parser does not end a comment at a carriage return.
fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() }
}

/// Rejects flow collections that are nested too deep. Only a bracket where a node can begin opens one, so prose is not counted.
fn check_depth(text: &str) -> Result<(), String> {
    let mut depth = 0_usize;
    // The lines of a block scalar, which are prose, are indented deeper than this; and at least as deep as the first one.
    let mut scalar: Option<(usize, Option<usize>)> = None;
    for (number, line) in text.split('\n').enumerate() {
        let indent = line.bytes().take_while(|byte| *byte == b' ').count();
        if let Some((parent, first)) = &mut scalar {
            let is_in_it = line.trim().is_empty() || first.map_or(indent > *parent, |first| indent >= first);
            if is_in_it {
                if !line.trim().is_empty() {
                    first.get_or_insert(indent);
                }
                continue;
            }
            scalar = None;
        }
        let (mut can_begin, mut is_property) = (true, false);
        for (at, byte) in line.bytes().enumerate() {
            match byte {
                b' ' | b'\t' => can_begin |= std::mem::take(&mut is_property),
                b'[' | b'{' if can_begin => {
                    depth += 1;
                    if depth > MAX_DEPTH {
                        return Err(format!(
                            "more than {MAX_DEPTH} nested lists and maps at line {}",
                            number + 1
                        ));
                    }
                }
                b']' | b'}' => depth = depth.saturating_sub(1),
                // A node begins after its anchor and its tag.
                b'&' | b'!' if can_begin => (can_begin, is_property) = (false, true),
                b'|' | b'>' if can_begin && depth == 0 && is_header(line, at) => {
                    scalar = Some((parent_indent(line), None));
                    break;
                }
                byte => can_begin = matches!(byte, b',' | b':' | b'-' | b'?'),
            }
        }
    }
    Ok(())
}

/// Whether the indicator at this position begins a block scalar: `a: |-  # b`.
fn is_header(line: &str, at: usize) -> bool {
    let rest = line[at + 1..].trim_start_matches(|char: char| matches!(char, '+' | '-' | '0'..='9'));
    !line[..at].contains('#')
        && (rest.trim().is_empty() || rest.trim_start_matches([' ', '\t']).starts_with('#'))
}

/// How deep the list or map is indented that a block scalar belongs to, which begins in this line: of `- - a: |`, where `a` is.
fn parent_indent(line: &str) -> usize {
    let (mut parent, mut rest) = (0, line);
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        let column = line.len() - rest.len();
        match rest.strip_prefix(['-', '?', ':']).filter(|after| after.starts_with([' ', '\t'])) {
            Some(after) => (parent, rest) = (column, after),
            None if rest.starts_with(['|', '>']) => return parent,
            None => return column,
        }
    }
}

/// Reads a value of any kind; serde_json's own `Value` lets a later key replace an earlier one.
#[derive(Clone, Copy)]
struct Node<'c> {
    /// How many values have been read.
    values: &'c Cell<usize>,
    /// Whether the key `<<` merges mappings, as YAML 1.1 has it.
    has_merge_keys: bool,
}

impl Node<'_> {
    /// Counts a value with so many bytes of text.
    fn count<E: Error>(self, text: usize) -> Result<(), E> {
        self.values.set(self.values.get() + 1 + text / TEXT_PER_VALUE);
        if self.values.get() > MAX_VALUES {
            return Err(E::custom(format!(
                "the document has more than {MAX_VALUES} values with its aliases expanded; use a part of it"
            )));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON can represent")
    }

    /// A text that is empty, or nothing but comments.
    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.count(0)?;
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        self.count(0)?;
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.count(0)?;
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.count(0)?;
        Ok(value.into())
    }

    // An integer beyond 64 bits: a bound, in practice, and as a bound its nearest float is as good.
    fn visit_u128<E: Error>(self, value: u128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.count(0)?;
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom(format!("{value} is not a JSON number")))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.count(value.len())?;
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        self.count(value.len())?;
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        self.count(0)?;
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<Value, A::Error> {
        self.count(0)?;
        let (mut map, mut merged) = (Map::new(), None);
        while let Some(key) = mapping.next_key_seed(Key { node: self, before: &map })? {
            let value = mapping.next_value_seed(self)?;
            if self.has_merge_keys && key == MERGE {
                if merged.replace(value).is_some() {
                    return Err(A::Error::custom(format!("duplicate key `{MERGE}`; give it a list")));
                }
            } else {
                map.insert(key, value);
            }
        }
        if let Some(merged) = merged {
            merge(&mut map, merged).map_err(A::Error::custom)?;
        }
        Ok(Value::Object(map))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
        Err(A::Error::custom("YAML tags are not supported"))
    }
}

/// The key that merges mappings (<https://yaml.org/type/merge.html>).
const MERGE: &str = "<<";

/// Adds the keys of a mapping, or of several, that the map does not have itself; of several the first one counts.
fn merge(map: &mut Map<String, Value>, merged: Value) -> Result<(), String> {
    match merged {
        Value::Object(merged) => merged.into_iter().for_each(|(key, value)| {
            map.entry(key).or_insert(value);
        }),
        Value::Array(several) if several.iter().all(Value::is_object) => {
            for merged in several {
                merge(map, merged)?;
            }
        }
        _ => {
            return Err(format!(
                "the key `{MERGE}` merges a mapping or a list of mappings, and this is neither"
            ));
        }
    }
    Ok(())
}

/// Parses a key and rejects a duplicate: reported here, the error has the location of the key.
struct Key<'c, 'm> {
    node: Node<'c>,
    before: &'m Map<String, Value>,
}

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Key<'_, '_> {
    fn named<E: Error>(self, key: String) -> Result<String, E> {
        self.node.count(key.len())?;
        if self.before.contains_key(&key) {
            return Err(E::custom(format!("duplicate key `{key}`")));
        }
        Ok(key)
    }
}

impl<'de> Visitor<'de> for Key<'_, '_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scalar")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<String, E> {
        self.named(key.to_owned())
    }

    fn visit_unit<E: Error>(self) -> Result<String, E> {
        self.named("null".to_owned())
    }

    fn visit_bool<E: Error>(self, key: bool) -> Result<String, E> {
        self.named(key.to_string())
    }

    fn visit_u64<E: Error>(self, key: u64) -> Result<String, E> {
        self.named(key.to_string())
    }

    fn visit_i64<E: Error>(self, key: i64) -> Result<String, E> {
        self.named(key.to_string())
    }

    fn visit_f64<E: Error>(self, key: f64) -> Result<String, E> {
        self.named(Value::from(key).to_string())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Err(A::Error::custom("mapping keys must be scalars"))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Err(A::Error::custom("mapping keys must be scalars"))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Err(A::Error::custom("YAML tags are not supported"))
    }
}
#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(text: &str) -> String {
        parse(text).expect_err("it is broken")
    }

    #[test]
    fn an_unquoted_status_code_is_a_string_key() {
        assert_eq!(
            parse("{200: {a: 1.5}, true: -1, null: [~, 'x'], -1: a, 1.5: b}"),
            Ok(json!({"200": {"a": 1.5}, "true": -1, "null": [null, "x"], "-1": "a", "1.5": "b"}))
        );
    }

    #[test]
    fn a_text_without_content_is_null() {
        assert_eq!(["", "# only this", "---"].map(parse), [(); 3].map(|()| Ok(Value::Null)));
    }

    #[test]
    fn a_byte_order_mark_is_none_of_the_text() {
        assert_eq!(parse("\u{feff}a: 1"), Ok(json!({"a": 1})));
    }

    #[test]
    fn merge_keys_are_applied() {
        let merged = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {y: 4, <<: [{z: 5, x: 6}, *a]}";
        let expected = json!({"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}, "c": {"x": 6, "y": 4, "z": 5}});
        assert_eq!(parse(merged), Ok(expected));
        assert_eq!(parse(r#"{"<<": {"a": 1}}"#), Ok(json!({"<<": {"a": 1}})), "JSON has no merge keys");
        assert!(error("a: {<<: 1}").contains("merges a mapping"));
        assert!(error("a: {<<: [[{x: 1}]]}").contains("merges a mapping"));
        assert!(error("a: {<<: {x: 1}, <<: {y: 1}}").contains("duplicate key `<<`"));
    }

    #[test]
    fn json_is_read_as_json() {
        let text = "{\"surrogates\": \"\\ud83d\\ude00\", \"raw\": \"\u{7f}\u{85}\", \"slash\": \"\\/\"}";
        assert_eq!(parse(text), Ok(json!({"surrogates": "\u{1f600}", "raw": "\u{7f}\u{85}", "slash": "/"})));
        let long = "k".repeat(2_000);
        assert_eq!(parse(&json!({ &long: 1 }).to_string()), Ok(json!({ &long: 1 })));
        assert!(error(r#"{"a": 1, "a": 2}"#).contains("duplicate key `a` at line 1 column 12"));
        assert!(error(r#"{"a": 1e400}"#).contains("number out of range at line 1 column"));
        assert_eq!(parse("{a: 1, b: [x, y]} # YAML"), Ok(json!({"a": 1, "b": ["x", "y"]})));
    }

    #[test]
    fn the_ends_of_lines_make_no_difference() {
        let expected = json!({"a": 1, "b": "x\ny\n", "c": [2]});
        let text = "a: 1 # one\nb: |\n  x\n  y\nc:\n- 2\n";
        for end in ["\n", "\r\n", "\r"] {
            assert_eq!(parse(&text.replace('\n', end)).as_ref(), Ok(&expected), "{end:?}");
        }
    }

    #[test]
    fn what_nests_too_deep_is_refused_at_once() {
        for (open, close) in [
            ("[", "]"),
            ("{a: ", "}"),
            ("- ", ""),
            ("? ", ""),
            ("[ -\n", "]"),
            ("!!x [", "]"),
            ("&a [", "]"),
            ("{\"a: #\": ", "}"),
        ] {
            let deep = format!("{}{}", open.repeat(200_000), close.repeat(200_000));
            for before in ["", "&a ", "a: !x ", "a: # |\n  ", "# |\n  ", "- a: |\n  b: ", "- |\n  a\n- "] {
                assert!(parse(&format!("{before}{deep}")).is_err(), "{before}{open}");
            }
        }
        let prose = format!("a: [1]\nprose: |\n{}", "  of [0, 1) and {x\n".repeat(5_000));
        assert!(parse(&prose).is_ok());
        let ranges = "- a: |2-\n\n    [0, 1)\n    - {\n  b: [1]\n- - >  # {\n    [0, 1)\n".repeat(1_500);
        assert_eq!(parse(&ranges).map(|list| list[2_998]["b"][0] == 1), Ok(true));
    }

    #[test]
    fn flow_collections_nest_as_deep_as_is_allowed() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(check_depth(&format!("a: {}", nested(MAX_DEPTH))), Ok(()));
        let too_deep = Err("more than 1000 nested lists and maps at line 4".to_owned());
        assert_eq!(check_depth(&format!("a: |\n\n  b\nc: {}", nested(MAX_DEPTH + 1))), too_deep);
        // No block scalar begins where text follows, or text is before.
        for text in ["a: | x\n  ", "a: b |\n  ", "# a: |\n  "] {
            assert!(check_depth(&(text.to_owned() + &nested(MAX_DEPTH + 1))).is_err(), "{text}");
        }
        // Brackets of prose, also behind what would be an anchor at the beginning of a node.
        for prose in ["a: b ", "a: b & ", "a: |\n\n  ", "a: |\n\n    b\n    "] {
            assert_eq!(check_depth(&(prose.to_owned() + &nested(MAX_DEPTH + 1))), Ok(()), "{prose}");
        }
    }

    #[test]
    fn a_text_is_as_long_as_is_allowed() {
        let list = |length: usize| format!("[{}]", " ".repeat(length - 2));
        assert_eq!(parse(&list(MAX_BYTES)), Ok(json!([])));
        let too_long = "the document has 16777217 bytes; at most 16777216 are supported, so use a part of it";
        assert_eq!(parse(&list(MAX_BYTES + 1)), Err(too_long.to_owned()));
    }

    #[test]
    fn values_count_with_their_text_up_to_the_limit() {
        type Plain = serde::de::value::Error;
        let values = Cell::new(0);
        let node = Node { values: &values, has_merge_keys: false };
        let read = |before: usize, read: &dyn Fn(Node<'_>) -> Result<Value, Plain>| {
            values.set(before);
            (read(node).ok(), values.get())
        };
        let long = "x".repeat(2 * TEXT_PER_VALUE + 1);
        assert_eq!(read(10, &|node| node.visit_str(&long)), (Some(json!(long)), 13));
        assert_eq!(read(10, &|node| node.visit_string(long.clone())), (Some(json!(long)), 13));
        assert_eq!(read(10, &|node| node.visit_none()), (Some(json!(null)), 11));
        assert_eq!(read(10, &|node| node.visit_unit()), (Some(json!(null)), 11));
        assert_eq!(read(10, &|node| node.visit_i128(-1 << 100)).0, Some(json!(-(2_f64.powi(100)))));
        assert_eq!(read(MAX_VALUES - 1, &|node| node.visit_bool(true)), (Some(json!(true)), MAX_VALUES));
        assert_eq!(read(MAX_VALUES, &|node| node.visit_bool(true)), (None, MAX_VALUES + 1));
    }

    #[test]
    fn what_is_neither_a_value_nor_a_key_is_called_so() {
        type Plain = serde::de::value::Error;
        let values = Cell::new(0);
        let node = Node { values: &values, has_merge_keys: false };
        let of_value = node.visit_bytes::<Plain>(b"x").expect_err("no value").to_string();
        assert!(of_value.contains("expected a value that JSON can represent"), "{of_value}");
        let of_key = Key { node, before: &Map::new() }.visit_bytes::<Plain>(b"x").expect_err("no key");
        assert!(of_key.to_string().contains("expected a scalar"), "{of_key}");
    }

    #[test]
    fn each_value_counts() {
        for (value, expected) in [
            (json!(null), 1),
            (json!([]), 1),
            (json!([1, [2, 3]]), 5),
            (json!({ "a": 1, "b": { "c": [2] } }), 5),
        ] {
            assert_eq!(count(&value), expected, "{value}");
        }
    }

    #[test]
    fn text_is_utf_8() {
        assert_eq!(text("é".into()), Ok("é".to_owned()));
        assert_eq!(
            text(vec![0xff, 0xfe, 0x61, 0]),
            Err("the text is UTF-16; convert it to UTF-8".to_owned())
        );
        assert_eq!(text(vec![0xe9]), Err("the text is not UTF-8; convert it to UTF-8".to_owned()));
    }

    #[test]
    fn an_integer_beyond_64_bits_is_a_float() {
        assert_eq!(parse("a: 18446744073709551616"), Ok(json!({"a": 18_446_744_073_709_551_616.0})));
    }

    #[test]
    fn reports_what_json_cannot_represent_with_its_line() {
        for (text, expected) in [
            ("a: [1,\nb: 2\n", "did not find expected ',' or ']' at line 3 column 1"),
            ("x:\n  a: 1\n  b: 2\n  a: 3", "x: duplicate key `a` at line 4 column 3"),
            ("x: {1: a, '1': b}", "duplicate key `1`"),
            ("a: .nan", "NaN is not a JSON number"),
            ("a: !secret x", "a: YAML tags are not supported at line 1 column 4"),
            ("x: {? [a] : b}", "mapping keys must be scalars"),
            ("x: {? {a: b} : c}", "mapping keys must be scalars"),
            ("x: {? !secret a : c}", "x: YAML tags are not supported at line 1 column 7"),
        ] {
            let error = error(text);
            assert!(error.contains(expected) && error.contains("line"), "{text:?}: {error}");
        }
    }
}
