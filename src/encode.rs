//! Writes values into paths, queries, headers, cookies and forms, in the styles of OpenAPI (3.1.1 §4.8.12.2, RFC 6570).
//! Uses serde_json and `ConversionError` alone: the scratch crate of `xtask check` compiles this file as well.

use serde::Serialize;
use serde_json::Value;

use crate::setter::ConversionError;

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// `a,b`
    Simple,
    /// `.a,b`
    Label,
    /// `;name=a,b`
    Matrix,
    /// `name=a,b`
    Form,
    /// `name=a%20b`
    SpaceDelimited,
    /// `name=a%7Cb`
    PipeDelimited,
    /// `name=a,b`, without percent-encoding
    Cookie,
    /// `name[key]=a`, `name[]=b`
    DeepObject,
    /// `name={"key":"a"}`, percent-encoded
    Json,
}

/// Encodes a string for a path. Generated code calls it for every path parameter of the default style.
///
/// # Errors
/// The same as those of [`in_path`].
pub(crate) fn encode_path(value: &str) -> Result<String, ConversionError> {
    one_segment(encoded(value))
}

fn one_segment(written: String) -> Result<String, ConversionError> {
    match written.to_ascii_lowercase().replace("%2e", ".").as_str() {
        "" => Err("a parameter in the path is empty".into()),
        "." | ".." => Err("a parameter in the path is `.` or `..`".into()),
        _ => Ok(written),
    }
}

/// Writes a path parameter, with the prefix of its style.
///
/// # Errors
/// Returns an error if the result is empty, `.` or `..`: URL parsers resolve those, encoded or not, so that the request would
/// reach another operation.
pub(crate) fn in_path(
    style: Style,
    explode: bool,
    name: &str,
    value: &impl Serialize,
) -> Result<String, ConversionError> {
    segment(style, explode, name, value, &encoded)
}

/// The same of a parameter with `allowReserved`: characters that a segment may have stay as they are.
///
/// # Errors
/// The same as those of [`in_path`].
pub(crate) fn in_path_reserved(
    style: Style,
    explode: bool,
    name: &str,
    value: &impl Serialize,
) -> Result<String, ConversionError> {
    // A path ends at `?`, and its segments at `/`.
    segment(style, explode, name, value, &|text| reserved(text, ":@!$&'()*+,;="))
}

fn segment(
    style: Style,
    explode: bool,
    name: &str,
    value: &impl Serialize,
    encode: &dyn Fn(&str) -> String,
) -> Result<String, ConversionError> {
    let value = as_value(value)?;
    let name = encoded(name);
    let (items, is_object) = items(&value, encode);
    let is_exploded = explode && (value.is_array() || value.is_object());
    let paired = |(key, item): &(Option<String>, String)| match key {
        Some(key) if is_exploded => format!("{key}={item}"),
        Some(key) => format!("{key},{item}"),
        None => item.clone(),
    };
    let joined = |separator: &str| items.iter().map(paired).collect::<Vec<_>>().join(separator);
    let written = match style {
        Style::Json => encode(&value.to_string()),
        _ if items.is_empty() => String::new(),
        Style::Label => format!(".{}", joined(if is_exploded { "." } else { "," })),
        Style::Matrix if is_exploded && is_object => format!(";{}", joined(";")),
        Style::Matrix if is_exploded => items.iter().map(|(_, item)| format!(";{name}={item}")).collect(),
        Style::Matrix => format!(";{name}={}", joined(",")),
        _ => joined(","),
    };
    one_segment(written)
}

/// Writes the value of a header, without percent-encoding. `None` for an empty list or object, for which there is no header (RFC 6570
/// §2.3, §3.2.1).
///
/// # Errors
/// The value cannot be serialized.
pub(crate) fn in_header(
    style: Style,
    explode: bool,
    value: &impl Serialize,
) -> Result<Option<String>, ConversionError> {
    let value = as_value(value)?;
    if style == Style::Json {
        return Ok(Some(value.to_string()));
    }
    let separator = if explode { '=' } else { ',' };
    let (items, _) = items(&value, &str::to_owned);
    if items.is_empty() {
        return Ok(None);
    }
    let items = items.into_iter().map(|(key, item)| match key {
        Some(key) => format!("{key}{separator}{item}"),
        None => item,
    });
    Ok(Some(items.collect::<Vec<_>>().join(",")))
}

/// Writes a query parameter; nothing for `null` and for an empty array or object.
///
/// # Errors
/// The value cannot be serialized.
pub(crate) fn in_query(
    style: Style,
    explode: bool,
    name: &str,
    value: &impl Serialize,
) -> Result<String, ConversionError> {
    Ok(pairs(style, explode, &encoded(name), &as_value(value)?, &encoded).join("&"))
}

/// The same of a parameter with `allowReserved`: characters with a meaning in URLs stay as they are.
///
/// # Errors
/// The value cannot be serialized.
pub(crate) fn in_query_reserved(
    style: Style,
    explode: bool,
    name: &str,
    value: &impl Serialize,
) -> Result<String, ConversionError> {
    // A query ends at `#`, its pairs at `&`, and forms read `+` as a space.
    let encode = |text: &str| reserved(text, ":/?@!$'()*,;=");
    Ok(pairs(style, explode, &encoded(name), &as_value(value)?, &encode).join("&"))
}

/// Writes the parameter that is the whole query: as a form, as JSON, or as a text; nothing for `null`.
///
/// # Errors
/// Returns an error if a form is not an object.
pub(crate) fn whole_query(
    style: Style,
    name: &str,
    value: &impl Serialize,
    styles: &[(&str, Style, bool)],
) -> Result<String, ConversionError> {
    let value = as_value(value)?;
    match (style, value) {
        (_, Value::Null) => Ok(String::new()),
        (Style::Json, value) => Ok(encoded(&value.to_string())),
        (Style::Form, Value::Object(value)) => Ok(form_of(&value, styles)),
        (Style::Form, _) => Err(format!("`{name}` cannot be written in a form").into()),
        (_, value) => Ok(encoded(&text(&value))),
    }
}

/// `["a=1", "", "b=2"]` ⇒ `?a=1&b=2`
pub(crate) fn query(has_query: bool, parameters: &[String]) -> String {
    let given: Vec<&str> = parameters.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    match given.is_empty() {
        true => String::new(),
        false => format!("{}{}", if has_query { '&' } else { '?' }, given.join("&")),
    }
}

/// Writes a cookie; nothing for `null` and for an empty array or object.
///
/// # Errors
/// Returns an error if the style is `cookie`, which encodes nothing, and a value has a character that no cookie has (RFC 6265 §4.1.1).
pub(crate) fn in_cookie(
    style: Style,
    explode: bool,
    name: &str,
    value: &impl Serialize,
) -> Result<String, ConversionError> {
    let value = as_value(value)?;
    if style != Style::Cookie {
        return Ok(pairs(style, explode, &encoded(name), &value, &encoded).join("; "));
    }
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte);
    let (items, _) = items(&value, &str::to_owned);
    let mut texts = items.iter().flat_map(|(key, item)| key.iter().chain([item]));
    if !texts.all(|text| text.bytes().all(is_allowed)) {
        return Err(format!("`{name}` has a character that no cookie has").into());
    }
    Ok(pairs(style, explode, name, &value, &str::to_owned).join("; "))
}

/// The same of a parameter with `allowReserved`: characters with a meaning in URLs stay as they are.
///
/// # Errors
/// The same as those of [`in_cookie`].
pub(crate) fn in_cookie_reserved(
    style: Style,
    explode: bool,
    name: &str,
    value: &impl Serialize,
) -> Result<String, ConversionError> {
    if style == Style::Cookie {
        return in_cookie(style, explode, name, value);
    }
    // Cookies end at `;`, and have no commas.
    let encode = |text: &str| reserved(text, ":/?#[]@!$&'()*+=");
    Ok(pairs(style, explode, &encoded(name), &as_value(value)?, &encode).join("; "))
}

/// `["a=1", "", "b=2"]` ⇒ `a=1; b=2` (RFC 6265 §4.2.1); `None` without cookies.
pub(crate) fn cookies(parameters: &[String]) -> Option<String> {
    let given: Vec<&str> = parameters.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    (!given.is_empty()).then(|| given.join("; "))
}

/// Writes a form. A property without a style in `styles` is repeated for each item of an array, and written as JSON if it is
/// an object (OpenAPI 3.1 §4.8.14.5); `null` is left out.
///
/// # Errors
/// Returns an error if the value is not an object.
pub(crate) fn form(body: &impl Serialize, styles: &[(&str, Style, bool)]) -> Result<String, ConversionError> {
    let Value::Object(body) = as_value(body)? else {
        return Err("`body` cannot be written in a form".into());
    };
    Ok(form_of(&body, styles))
}

fn form_of(body: &serde_json::Map<String, Value>, styles: &[(&str, Style, bool)]) -> String {
    let pairs = body.iter().flat_map(|(name, value)| {
        let style = styles.iter().find(|(of, ..)| of == name).map(|(_, style, explode)| (*style, *explode));
        let (style, explode) = match style {
            Some(style) => style,
            None if value.is_object() => (Style::Json, false),
            None => (Style::Form, true),
        };
        pairs(style, explode, &encoded(name), value, &encoded)
    });
    // The encoding of HTML forms (WHATWG URL §5.2).
    pairs.collect::<Vec<_>>().join("&").replace("%20", "+")
}

/// The names and values that a style makes of a value, where nothing is percent-encoded: the parts of a multipart form.
pub(crate) fn decoded_pairs(style: Style, explode: bool, name: &str, value: &Value) -> Vec<(String, String)> {
    let pairs = pairs(style, explode, &encoded(name), value, &encoded);
    let decode = |pair: &String| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    };
    pairs.iter().map(decode).collect()
}

/// Decodes what [`encoded`] and the delimiters of [`pairs`] write.
fn decoded(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).unwrap_or((piece, ""));
        bytes.extend(u8::from_str_radix(digits, 16));
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `name=value` for each pair that a style makes of a value. The name is already encoded.
fn pairs(
    style: Style,
    explode: bool,
    name: &str,
    value: &Value,
    encode: &dyn Fn(&str) -> String,
) -> Vec<String> {
    if value.is_null() {
        return Vec::new();
    }
    if style == Style::Json {
        return vec![format!("{name}={}", encode(&value.to_string()))];
    }
    if style == Style::DeepObject {
        let mut written = Vec::new();
        deep(name, value, encode, &mut written);
        return written;
    }
    let (items, _) = items(value, encode);
    let is_exploded = explode || !(value.is_array() || value.is_object());
    if is_exploded {
        return items
            .iter()
            .map(|(key, item)| format!("{}={item}", key.as_deref().unwrap_or(name)))
            .collect();
    }
    let separator = match style {
        Style::SpaceDelimited => "%20",
        // RFC 3986 does not allow the character itself.
        Style::PipeDelimited => "%7C",
        _ => ",",
    };
    let items = items.into_iter().flat_map(|(key, item)| key.into_iter().chain([item]));
    let items: Vec<String> = items.collect();
    if items.is_empty() { Vec::new() } else { vec![format!("{name}={}", items.join(separator))] }
}

/// `{a: {b: 1, c: [2], d: [{e: 3}]}}` ⇒ `name[a][b]=1`, `name[a][c][]=2`, `name[a][d][0][e]=3`
///
/// OpenAPI defines one level only; for deeper ones, this is what servers that parse brackets expect.
fn deep(name: &str, value: &Value, encode: &dyn Fn(&str) -> String, written: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Object(properties) => {
            for (key, value) in properties {
                deep(&format!("{name}%5B{}%5D", encoded(key)), value, encode, written);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let index =
                    if item.is_object() || item.is_array() { index.to_string() } else { String::new() };
                deep(&format!("{name}%5B{index}%5D"), item, encode, written);
            }
        }
        scalar => written.push(format!("{name}={}", encode(&text(scalar)))),
    }
}

/// The items of a list, the properties of an object, or a scalar, and whether it is an object. Nested arrays and objects
/// are written as JSON, because no style defines them.
fn items(value: &Value, encode: &dyn Fn(&str) -> String) -> (Vec<(Option<String>, String)>, bool) {
    match value {
        Value::Null => (Vec::new(), false),
        Value::Array(items) => {
            let items = items.iter().filter(|item| !item.is_null());
            (items.map(|item| (None, encode(&text(item)))).collect(), false)
        }
        Value::Object(properties) => {
            let given = properties.iter().filter(|(_, value)| !value.is_null());
            (given.map(|(key, value)| (Some(encode(key)), encode(&text(value)))).collect(), true)
        }
        scalar => (vec![(None, encode(&text(scalar)))], false),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Percent-encodes all but unreserved characters (RFC 3986 §2.3).
///
/// URL parsers treat a backslash as a slash (WHATWG URL §4.4), so encoding the reserved characters alone is not enough.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte))
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Percent-encodes all but unreserved characters, those reserved ones that its place allows, and triplets such as `%2F` (RFC 6570 §3.2.3).
///
/// URIs have brackets in hosts alone (RFC 3986 §3.2.2).
fn reserved(text: &str, allowed: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for (index, character) in text.char_indices() {
        let triplet = text.as_bytes().get(index + 1..index + 3).filter(|_| character == '%');
        if triplet.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            || allowed.contains(character)
        {
            written.push(character);
        } else {
            written.push_str(&encoded(character.encode_utf8(&mut [0; 4])));
        }
    }
    written
}

/// Serializes and parses, because `to_value` turns an `f32` into a different number.
pub(crate) fn as_value(value: &impl Serialize) -> Result<Value, ConversionError> {
    let value = serde_json::to_vec(value).and_then(|value| serde_json::from_slice(&value));
    value.map_err(|error| error.to_string().into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_stays_one_segment() {
        for value in
            ["a/b", "a\\b", "..\\x", "../x", "?a#b", "%2e%2e", "é €", "a\tb\r\n", "+1", "...", "a;b@c:d"]
        {
            let encoded = encode_path(value).expect("a segment");
            let url = url::Url::parse(&format!("https://example.com/before/{encoded}/after")).expect("a URL");
            let segments: Vec<&str> = url.path_segments().expect("a path").collect();
            let found = percent_encoding::percent_decode_str(segments[1]).decode_utf8().expect("UTF-8");
            assert_eq!((segments.len(), &*found, url.query(), url.fragment()), (3, value, None, None));
        }
    }

    #[test]
    fn what_would_be_another_path_is_refused() {
        for value in ["", ".", ".."] {
            assert!(encode_path(value).is_err(), "{value}");
        }
    }

    #[test]
    fn cookies_are_pairs_without_separators_in_them() {
        let cookie = |explode: bool, value: serde_json::Value| {
            in_cookie(Style::Form, explode, "a", &value).expect("a cookie")
        };
        assert_eq!(cookie(true, json!("x; b=y")), "a=x%3B%20b%3Dy");
        assert_eq!(cookie(true, json!(["x", 1])), "a=x; a=1");
        assert_eq!(cookie(false, json!(["x", 1])), "a=x,1");
        assert_eq!(cookie(true, json!({ "x": 1, "y": true })), "x=1; y=true");
        assert_eq!(cookie(true, json!(null)), "");
        assert_eq!(
            cookies(&["a=1".to_owned(), String::new(), "b=2; b=3".to_owned()]).expect("cookies"),
            "a=1; b=2; b=3"
        );
        assert_eq!(cookies(&[String::new()]), None);
    }

    #[test]
    fn cookies_of_their_own_style_are_written_as_they_are() {
        let cookie = |explode: bool, value: serde_json::Value| in_cookie(Style::Cookie, explode, "a", &value);
        assert_eq!(cookie(true, json!("x=y/%20")).expect("a cookie"), "a=x=y/%20");
        assert_eq!(cookie(true, json!(["x", 1])).expect("a cookie"), "a=x; a=1");
        assert_eq!(cookie(false, json!(["x", 1])).expect("a cookie"), "a=x,1");
        assert_eq!(cookie(true, json!({ "x": 1, "y": null })).expect("a cookie"), "x=1");
        for value in ["x; b=y", "x y", "x,y", "x\r\ny", "é", "\"x\"", "\\"] {
            assert!(cookie(true, json!(value)).is_err(), "{value}");
            assert!(
                cookie(true, json!({ "k": value })).is_err() && cookie(false, json!({ value: 1 })).is_err()
            );
        }
        let reserved = |style, value: &str| in_cookie_reserved(style, true, "a", &value).expect("a cookie");
        assert_eq!(reserved(Style::Form, "x;y,z=/ "), "a=x%3By%2Cz=/%20");
        assert_eq!(reserved(Style::Cookie, "x/"), "a=x/");
    }

    #[test]
    fn the_whole_query_is_one_value() {
        let styles = [("list", Style::Form, false)];
        let query = |style, value: serde_json::Value| whole_query(style, "q", &value, &styles);
        let value = json!({ "a": "x y&", "list": [1, 2], "none": null });
        assert_eq!(query(Style::Form, value.clone()).expect("a query"), "a=x+y%26&list=1,2");
        let written = query(Style::Json, json!({ "a": "é" })).expect("a query");
        assert_eq!(written, "%7B%22a%22%3A%22%C3%A9%22%7D");
        assert_eq!(query(Style::Simple, json!("$.a[?b#]&c")).expect("a query"), "%24.a%5B%3Fb%23%5D%26c");
        assert_eq!(query(Style::Form, json!(null)).expect("a query"), "");
        assert!(query(Style::Form, json!([1])).is_err());
    }

    #[test]
    fn a_segment_with_reserved_characters_stays_one() {
        let path = |value: &str| in_path_reserved(Style::Simple, false, "a", &value);
        assert_eq!(path("a:b@c=d;e,f%2Fg").expect("a segment"), "a:b@c=d;e,f%2Fg");
        assert_eq!(path("a/b?c#d[e]\\%zz").expect("a segment"), "a%2Fb%3Fc%23d%5Be%5D%5C%25zz");
        for value in ["%2e%2E", ".%2e", "%2E", "..", ""] {
            assert!(path(value).is_err(), "{value}");
        }
    }

    #[test]
    fn a_list_is_its_name_for_each_item() {
        let body = json!({ "a": "x y", "list": [1, true, "z"], "none": null });
        assert_eq!(form(&body, &[]).expect("a form"), "a=x+y&list=1&list=true&list=z");
    }

    #[test]
    fn a_number_is_written_in_its_own_precision() {
        let body = std::collections::BTreeMap::from([("a", 0.1_f32)]);
        assert_eq!(form(&body, &[]).expect("a form"), "a=0.1");
    }

    #[test]
    fn a_form_is_made_of_an_object() {
        let error = form(&json!([1]), &[]).expect_err("no form");
        assert!(error.to_string().contains("`body` cannot be written in a form"), "{error}");
    }

    /// The examples of OpenAPI 3.1.1 §4.8.12.4, and those of RFC 6570 §3.2 for label and matrix.
    #[test]
    fn styles_are_written_as_the_specification_has_them() {
        let (scalar, list) = (json!("blue"), json!(["blue", "black"]));
        let object = json!({ "B": 150, "R": 100 });
        for (style, explode, value, expected) in [
            (Style::Simple, false, &scalar, "blue"),
            (Style::Simple, false, &list, "blue,black"),
            (Style::Simple, false, &object, "B,150,R,100"),
            (Style::Simple, true, &object, "B=150,R=100"),
            (Style::Label, false, &scalar, ".blue"),
            (Style::Label, false, &list, ".blue,black"),
            (Style::Label, true, &list, ".blue.black"),
            (Style::Label, true, &object, ".B=150.R=100"),
            (Style::Matrix, false, &scalar, ";color=blue"),
            (Style::Matrix, true, &scalar, ";color=blue"),
            (Style::Matrix, false, &list, ";color=blue,black"),
            (Style::Matrix, true, &list, ";color=blue;color=black"),
            (Style::Matrix, true, &object, ";B=150;R=100"),
            (Style::Json, false, &list, "%5B%22blue%22%2C%22black%22%5D"),
        ] {
            let written = in_path(style, explode, "color", value).expect("a segment");
            assert_eq!(written, expected, "{style:?} {explode} {value}");
        }
        for (style, explode, value, expected) in [
            (Style::Form, false, &scalar, "color=blue"),
            (Style::Form, false, &list, "color=blue,black"),
            (Style::Form, true, &list, "color=blue&color=black"),
            (Style::Form, false, &object, "color=B,150,R,100"),
            (Style::Form, true, &object, "B=150&R=100"),
            (Style::SpaceDelimited, false, &list, "color=blue%20black"),
            (Style::PipeDelimited, false, &list, "color=blue%7Cblack"),
            (Style::DeepObject, true, &object, "color%5BB%5D=150&color%5BR%5D=100"),
            (Style::Json, false, &list, "color=%5B%22blue%22%2C%22black%22%5D"),
        ] {
            let written = in_query(style, explode, "color", value).expect("a query");
            assert_eq!(written, expected, "{style:?} {explode} {value}");
        }
        for (style, explode, value, expected) in [
            (Style::Simple, false, &list, "blue,black"),
            (Style::Simple, true, &object, "B=150,R=100"),
            (Style::Json, false, &object, r#"{"B":150,"R":100}"#),
        ] {
            assert_eq!(in_header(style, explode, value).expect("a header").as_deref(), Some(expected));
        }
        for (style, value, expected) in [
            (Style::Simple, json!([]), None),
            (Style::Simple, json!({}), None),
            (Style::Simple, json!(""), Some("")),
            (Style::Json, json!([]), Some("[]")),
        ] {
            assert_eq!(in_header(style, false, &value).expect("a header").as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn delimiters_stay_and_items_are_encoded() {
        let list = json!(["a,b", "c d|&=é", null]);
        assert_eq!(
            in_query(Style::Form, false, "a b", &list).expect("a query"),
            "a%20b=a%2Cb,c%20d%7C%26%3D%C3%A9"
        );
        let deep = json!({ "a": { "b": null, "c": ["x", 1] }, "d": [{ "e": true }] });
        let expected = "q%5Ba%5D%5Bc%5D%5B%5D=x&q%5Ba%5D%5Bc%5D%5B%5D=1&q%5Bd%5D%5B0%5D%5Be%5D=true";
        assert_eq!(in_query(Style::DeepObject, true, "q", &deep).expect("a query"), expected);
        for nothing in [json!(null), json!([]), json!({})] {
            assert_eq!(in_query(Style::Form, false, "a", &nothing).expect("a query"), "");
        }
        let parts = ["a=1".to_owned(), String::new(), "b=2".to_owned()];
        assert_eq!(
            (query(false, &parts), query(true, &parts)),
            ("?a=1&b=2".to_owned(), "&a=1&b=2".to_owned())
        );
        assert_eq!(query(false, &[String::new()]), "");
    }

    #[test]
    fn reserved_characters_stay_where_the_document_allows_them() {
        let value = json!(["https://a.example/b?c=d,e", "%2f%zz %", "a#b&c+d[0]|\\é"]);
        let expected = "q=https://a.example/b?c=d,e&q=%2f%25zz%20%25&q=a%23b%26c%2Bd%5B0%5D%7C%5C%C3%A9";
        assert_eq!(in_query_reserved(Style::Form, true, "q", &value).expect("a query"), expected);
        let deep = json!({ "a/b": "c/d" });
        let written = in_query_reserved(Style::DeepObject, true, "q", &deep).expect("a query");
        assert_eq!(written, "q%5Ba%2Fb%5D=c/d");
    }

    #[test]
    fn a_style_does_not_change_the_path() {
        for (style, value) in [
            (Style::Label, json!("")),
            (Style::Label, json!(".")),
            (Style::Simple, json!([])),
            (Style::Matrix, json!([])),
        ] {
            assert!(in_path(style, false, "a", &value).is_err(), "{style:?} {value}");
        }
    }

    #[test]
    fn properties_of_a_form_have_their_styles() {
        // Sorted, because a map may keep its order or not.
        let body = json!({ "deep": { "a": [1] }, "json": { "a": 1 }, "list": ["a,b", "c"], "objects": [{ "a": 1 }] });
        let styles = [("deep", Style::DeepObject, true), ("list", Style::Form, false)];
        assert_eq!(
            form(&body, &styles).expect("a form"),
            "deep%5Ba%5D%5B%5D=1&json=%7B%22a%22%3A1%7D&list=a%2Cb,c&objects=%7B%22a%22%3A1%7D"
        );
    }
}
