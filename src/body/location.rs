//! Finds the location in a body at which serde stopped, as a path of property names and indices.

/// How many levels of a path are shown.
const DEEPEST: usize = 16;

/// An object or an array that is still open.
enum Open<'a> {
    /// The key of the current value, once the key was read.
    Object(Option<&'a [u8]>),
    /// The index of the item.
    List(usize),
}

/// Returns the path of the value at a line and a column, as `serde_json` counts them: `data[3].capabilities`, empty for the root.
///
/// A key that is not in the sorted `names` is data, and is shown as `*`. Returns `None` if the position is not in the body.
pub(super) fn path(body: &[u8], line: usize, column: usize, names: &[&str]) -> Option<String> {
    let start = match line.checked_sub(2) {
        Some(before) => body.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(before)?.0 + 1,
        None => 0,
    };
    let read = body.get(..start + column)?;
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut index = 0;
    let mut string = None;
    while let Some(byte) = read.get(index) {
        match (byte, open.last_mut()) {
            (b'"', _) => {
                let end = end_of_string(read, index + 1);
                string = read.get(index + 1..end);
                index = end;
            }
            (b':', Some(Open::Object(key))) => *key = string.take(),
            (b',', Some(Open::Object(key))) => *key = None,
            (b',', Some(Open::List(number))) => *number += 1,
            (b'{', _) => open.push(Open::Object(None)),
            (b'[', _) => open.push(Open::List(0)),
            // serde reports a missing property at the end of its object.
            (b'}', Some(Open::Object(key))) if index + 1 == read.len() => *key = None,
            (b'}' | b']', _) => {
                open.pop();
            }
            _ => {}
        }
        index += 1;
    }
    let mut path = String::new();
    for open in open.iter().take(DEEPEST) {
        match open {
            Open::Object(None) => {}
            Open::Object(Some(key)) => {
                let known = str::from_utf8(key).ok().filter(|key| names.binary_search(key).is_ok());
                path.push_str(if path.is_empty() { "" } else { "." });
                path.push_str(known.unwrap_or("*"));
            }
            Open::List(number) => path.push_str(&format!("[{number}]")),
        }
    }
    Some(path)
}

/// The index of the quote that ends a string, or of the end of what was read.
fn end_of_string(read: &[u8], mut index: usize) -> usize {
    while let Some(byte) = read.get(index) {
        match byte {
            b'"' => break,
            b'\\' => index += 2,
            _ => index += 1,
        }
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "only used to check that it deserializes")]
    struct Page {
        data: Vec<Number>,
        links: Option<std::collections::BTreeMap<String, Number>>,
    }

    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "only used to check that it deserializes")]
    struct Number {
        id: u8,
        #[serde(default)]
        name: Option<String>,
    }

    /// The path at which serde stops.
    fn stops_at(body: &str) -> String {
        let error = serde_json::from_str::<Page>(body).err().expect("unreadable");
        path(body.as_bytes(), error.line(), error.column(), &["data", "id", "links", "name"])
            .expect("a place")
    }

    #[test]
    fn a_value_of_another_type_is_found() {
        for (body, expected) in [
            (r#"[]"#, ""),
            (r#"7"#, ""),
            (r#"{"data":7}"#, "data"),
            (r#"{"data":[{"id":1},{"id":"x"}]}"#, "data[1].id"),
            (r#"{"data":[{"id":1},{"id":256}]}"#, "data[1].id"),
            ("{\"data\":\n [{\"id\":1},\n  {\"id\" : 1.5}]}", "data[1].id"),
            (r#"{"data":[{"name":"a, \"b\": [{","id":true}]}"#, "data[0].id"),
            (r#"{"data":[{"id":1,"name":{}}]}"#, "data[0].name"),
        ] {
            assert_eq!(stops_at(body), expected, "{body}");
        }
    }

    #[test]
    fn a_missing_property_is_found_in_its_object() {
        assert_eq!(stops_at(r#"{"data":[{"id":1},{"name":"x"}]}"#), "data[1]");
        assert_eq!(stops_at(r#"{"data":[{"id":1},{}]}"#), "data[1]");
        assert_eq!(stops_at(r#"{"links":null}"#), "");
    }

    #[test]
    fn a_key_that_is_data_is_not_shown() {
        assert_eq!(stops_at(r#"{"data":[],"links":{"+14043287382":{"id":"x"}}}"#), "links.*.id");
    }

    #[test]
    fn a_place_outside_the_body_has_no_path() {
        assert_eq!(path(b"{}", 1, 3, &[]), None);
        assert_eq!(path(b"{}", 3, 0, &[]), None);
        assert_eq!(path(b"\"\\", 1, 2, &[]).as_deref(), Some(""));
    }
}
