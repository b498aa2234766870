//! How values are written in paths, queries, headers, cookies and forms (OpenAPI 3.1.1 §4.8.12.2, RFC 6570), independently of the client.
//! Must not know documents.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// Writes a scalar as in a URL or a header.
pub(super) fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// All but unreserved characters (RFC 3986 §2.3).
const ENCODED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes all but unreserved characters: simple expansion (RFC 6570 §3.2.2).
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, &ENCODED).to_string()
}

/// What `allowReserved` writes in a query: reserved characters and triplets stay (RFC 6570 §3.2.3), but for those that the
/// query does not allow (RFC 3986 §3.4), that separate its pairs, or that forms read as a space (OpenAPI 3.1.1 §4.8.12.1).
pub(super) fn reserved(text: &str) -> String {
    but(text, b":/?@!$'()*,;=")
}

/// The same in a path, whose segments end at a slash, and which has no brackets (RFC 3986 §3.3).
pub(super) fn reserved_in_path(text: &str) -> String {
    but(text, b":@!$&'()*+,;=")
}

/// The same in a cookie, which ends at a semicolon, and has no commas (RFC 6265 §4.1.1).
pub(super) fn reserved_in_cookie(text: &str) -> String {
    but(text, b":/?#[]@!$&'()*+=")
}

fn but(text: &str, allowed: &[u8]) -> String {
    let is_triplet = |rest: &str| {
        let digits = rest.as_bytes().get(1..3);
        rest.starts_with('%') && digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let one = |(index, character): (usize, char)| {
        let rest = &text[index..];
        let is_allowed = u8::try_from(character).is_ok_and(|byte| allowed.contains(&byte));
        if is_allowed || is_triplet(rest) {
            return character.to_string();
        }
        encoded(&rest[..character.len_utf8()])
    };
    text.char_indices().map(one).collect()
}

pub(super) fn as_is(text: &str) -> String {
    text.to_owned()
}

/// How a value is written on the wire.
pub(super) struct Written<'a> {
    /// Whether a query or cookies have it, and not a path or a header.
    pub(super) has_pairs: bool,
    pub(super) style: &'a str,
    pub(super) explode: bool,
    pub(super) encode: fn(&str) -> String,
    /// Encodes names, brackets, and delimiters that are not reserved characters.
    pub(super) encode_name: fn(&str) -> String,
}

impl Written<'_> {
    /// What a style writes of a value (OpenAPI 3.1.1 §4.8.12.2): one text in a path or a header, otherwise pairs.
    pub(super) fn pairs(&self, name: &str, value: &Value) -> Vec<(String, String)> {
        let Self { has_pairs, style, explode, encode, encode_name } = *self;
        let item = |value: &Value| encode(&written(value));
        let items: Vec<(Option<String>, String)> = match value {
            Value::Array(items) => {
                items.iter().filter(|item| !item.is_null()).map(|of| (None, item(of))).collect()
            }
            Value::Object(all) => {
                let given = all.iter().filter(|(_, value)| !value.is_null());
                let key = if has_pairs { encode_name } else { encode };
                given.map(|(name, value)| (Some(key(name)), item(value))).collect()
            }
            scalar => vec![(None, item(scalar))],
        };
        let is_compound = value.is_array() || value.is_object();
        if has_pairs && style == "deepObject" && is_compound {
            let mut found = Vec::new();
            bracketed(name, value, &mut found);
            return found.into_iter().map(|(name, text)| (encode_name(&name), encode(&text))).collect();
        }
        if items.is_empty() {
            return Vec::new();
        }
        let name = encode_name(name);
        if has_pairs && (explode || !is_compound) {
            return items
                .into_iter()
                .map(|(key, text)| (key.unwrap_or_else(|| name.clone()), text))
                .collect();
        }
        let explode = explode && is_compound;
        let entry = |(key, text): &(Option<String>, String)| match key {
            Some(key) if explode => format!("{key}={text}"),
            Some(key) => format!("{key},{text}"),
            None => text.clone(),
        };
        let entries: Vec<String> = items.iter().map(entry).collect();
        // Delimited lists have the keys of an object as items.
        let delimited = |delimiter: &str| {
            let all = items.iter().flat_map(|(key, text)| key.iter().chain([text]));
            all.cloned().collect::<Vec<_>>().join(&encode_name(delimiter))
        };
        let text = match style {
            "spaceDelimited" => delimited(" "),
            "pipeDelimited" => delimited("|"),
            "label" => format!(".{}", entries.join(if explode { "." } else { "," })),
            "matrix" if explode && value.is_object() => format!(";{}", entries.join(";")),
            "matrix" if explode => {
                entries.iter().map(|entry| format!(";{}={entry}", encode(&name))).collect()
            }
            "matrix" => format!(";{}={}", encode(&name), entries.join(",")),
            _ => entries.join(","),
        };
        vec![(name, text)]
    }
}

/// `{a: [1], b: [{c: 2}]}` ⇒ `name[a][]=1`, `name[b][0][c]=2`
fn bracketed(name: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(all) => {
            all.iter().for_each(|(key, value)| bracketed(&format!("{name}[{key}]"), value, found))
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| {
            let index = if item.is_object() || item.is_array() { index.to_string() } else { String::new() };
            bracketed(&format!("{name}[{index}]"), item, found);
        }),
        scalar => found.push((name.to_owned(), written(scalar))),
    }
}
