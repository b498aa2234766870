//! Compares the parts of a multipart form with those that a mock expects.

use bytes::Bytes;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use super::difference::{line, of_json};
use super::received::Received;
use crate::multipart::{FormPart, escaped};

/// A part, with its names as they are in the header.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    name: String,
    file_name: Option<String>,
    content_type: Option<String>,
    headers: Vec<(String, String)>,
    content: Bytes,
}

impl Part {
    /// The part that the client sends.
    ///
    /// # Errors
    /// It cannot be read, because it is a stream, or a file that is not there.
    pub(super) fn sent(part: &FormPart) -> Result<Self, String> {
        Ok(Self {
            name: escaped(&part.name),
            file_name: part.file_name.as_deref().map(escaped),
            content_type: part.content_type.clone(),
            headers: part.headers.clone(),
            content: part.read()?,
        })
    }

    /// Reads the parts of a request, as the client writes them; `None` if they are written in another way.
    fn received(request: &Received) -> Option<Vec<Self>> {
        let content_type = request.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let boundary = content_type.rsplit_once("boundary=")?.1;
        let delimiter = format!("\r\n--{boundary}");
        let mut parts = Vec::new();
        let mut rest = request
            .body
            .slice(request.body.strip_prefix(&delimiter.as_bytes()[2..]).map(|_| delimiter.len() - 2)?..);
        while let Some(part) = rest.strip_prefix(b"\r\n") {
            let head_length = position(part, b"\r\n\r\n")?;
            let head = str::from_utf8(&part[..head_length]).ok()?;
            let start = 2 + head_length + 4;
            let length = position(&rest[start..], delimiter.as_bytes())?;
            parts.push(Self::read(head, rest.slice(start..start + length))?);
            rest = rest.slice(start + length + delimiter.len()..);
        }
        (&*rest == b"--\r\n").then_some(parts)
    }

    fn read(head: &str, content: Bytes) -> Option<Self> {
        let mut headers: Vec<(String, String)> = head
            .split("\r\n")
            .map(|header| header.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())))
            .collect::<Option<_>>()?;
        let mut take = |name: &str| {
            let index = headers.iter().position(|(own, _)| own == name)?;
            Some(headers.remove(index).1)
        };
        let (disposition, content_type) = (take("Content-Disposition")?, take("Content-Type"));
        let names = disposition.strip_prefix("form-data; name=\"")?.strip_suffix('"')?;
        let (name, file_name) = match names.split_once("\"; filename=\"") {
            Some((name, file_name)) => (name, Some(file_name.to_owned())),
            None => (names, None),
        };
        Some(Self { name: name.to_owned(), file_name, content_type, headers, content })
    }

    /// A text is shown as it is; a file with its name and its media type.
    fn shown(&self) -> Value {
        let text = str::from_utf8(&self.content).map(|text| json!(text));
        let content = text.unwrap_or_else(|_| json!(format!("{} bytes", self.content.len())));
        let json = serde_json::from_slice(&self.content).ok();
        let is_field = self.file_name.is_none() && self.headers.is_empty();
        match (&self.content_type, json) {
            (None, _) if is_field => content,
            (Some(own), Some(json)) if is_field && own == "application/json" => json,
            _ => {
                let texts = [("file_name", &self.file_name), ("content_type", &self.content_type)];
                let texts = texts.into_iter().filter_map(|(key, text)| Some((key, json!(text.as_ref()?))));
                let headers = self.headers.iter().map(|(name, value)| (name.as_str(), json!(value)));
                let all = texts.chain(headers).chain([("content", content)]);
                Value::Object(all.map(|(key, value)| (key.to_owned(), value)).collect())
            }
        }
    }
}

/// The differences between the parts of a request and the expected ones.
pub(super) fn differences(request: &Received, expected: &[Part]) -> Vec<String> {
    let Some(found) = Part::received(request) else {
        return vec!["body is not a multipart form".to_owned()];
    };
    if found == expected {
        return Vec::new();
    }
    let differ = of_json("body", Some(&by_name(&found)), Some(&by_name(expected)));
    if !differ.is_empty() {
        return differ;
    }
    // The same is shown of them, in another order, or of bytes that are no text.
    let names = |parts: &[Part]| json!(parts.iter().map(|part| part.name.as_str()).collect::<Vec<_>>());
    let (names, expected_names) = (names(&found), names(expected));
    if names != expected_names {
        return vec![line("order of the parts", Some(&names), Some(&expected_names))];
    }
    let others = found.iter().zip(expected).filter(|(found, expected)| found != expected);
    others.map(|(found, _)| format!("body.{} has other bytes than expected", found.name)).collect()
}

/// The parts by their names, those of one name in a list.
fn by_name(parts: &[Part]) -> Value {
    let mut all: Map<String, Value> = Map::new();
    for part in parts {
        let same: Vec<Value> =
            parts.iter().filter(|other| other.name == part.name).map(Part::shown).collect();
        let value = if let [only] = &same[..] { only.clone() } else { Value::Array(same) };
        all.entry(part.name.clone()).or_insert(value);
    }
    Value::Object(all)
}

/// Where `needle` is first.
fn position(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use reqwest::Method;
    use serde::Serialize;

    use super::*;
    use crate::file::File;
    use crate::multipart::{Part as Row, multipart, parts};

    #[derive(Serialize)]
    struct Body {
        name: String,
        tags: Vec<&'static str>,
        meta: Value,
        file: File,
    }

    fn body() -> Body {
        Body {
            name: "a\r\n--b".to_owned(),
            tags: vec!["x", "y"],
            meta: json!({ "a": 1 }),
            file: File::bytes(vec![0xFF, 0]).name("a\".png").content_type("image/png").header("X-A", "b"),
        }
    }

    const TABLE: [Row; 4] = [Row::named("name"), Row::named("tags"), Row::named("meta"), Row::named("file")];

    /// What the client sends.
    fn received(body: &Body, table: &[Row]) -> Received {
        crate::tls::choose_cryptography();
        let http = crate::tls::http().build().expect("a client");
        let request = multipart(http.post("http://127.0.0.1"), "multipart/form-data", body, table);
        let request = request.expect("a form").build().expect("a request");
        Received {
            method: Method::POST,
            path: "/".to_owned(),
            query: Vec::new(),
            headers: request.headers().clone(),
            body: Bytes::copy_from_slice(
                request.body().and_then(reqwest::Body::as_bytes).expect("in memory"),
            ),
        }
    }

    fn compared(found: &Body, expected: &Body) -> Vec<String> {
        let expected = parts(expected, &TABLE).expect("parts");
        let expected: Vec<Part> = expected.iter().map(|part| Part::sent(part).expect("in memory")).collect();
        differences(&received(found, &TABLE), &expected)
    }

    #[test]
    fn the_same_form_does_not_differ() {
        assert_eq!(compared(&body(), &body()), [""; 0]);
    }

    #[test]
    fn each_part_that_differs_is_named() {
        let other = Body {
            name: "other".to_owned(),
            tags: vec!["x"],
            meta: json!({ "a": 2 }),
            file: File::bytes("text").content_type("image/png"),
        };
        let mut differ = compared(&other, &body());
        differ.sort();
        assert_eq!(
            differ,
            [
                r#"body.file.X-A is missing, expected "b""#,
                r#"body.file.content is "text", expected "2 bytes""#,
                r#"body.file.file_name is "file", expected "a%22.png""#,
                "body.meta.a is 2, expected 1",
                r#"body.name is "other", expected "a\r\n--b""#,
                r#"body.tags is "x", expected ["x","y"]"#,
            ]
        );
    }

    #[test]
    fn bytes_and_order_are_compared_as_well() {
        let mut other = body();
        other.file = File::bytes(vec![0xFF, 1]).name("a\".png").content_type("image/png").header("X-A", "b");
        assert_eq!(compared(&other, &body()), ["body.file has other bytes than expected"]);
        let expected = parts(&body(), &TABLE).expect("parts");
        let expected: Vec<Part> = expected.iter().map(|part| Part::sent(part).expect("in memory")).collect();
        let found = received(&body(), &[Row::named("tags"), Row::named("name")]);
        assert_eq!(
            differences(&found, &expected),
            [
                r#"order of the parts is ["tags","tags","name","file","meta"], expected ["name","tags","tags","meta","file"]"#
            ]
        );
    }

    #[test]
    fn what_is_no_form_is_said() {
        let mut found = received(&body(), &TABLE);
        found.body = found.body.slice(..found.body.len() - 4);
        assert_eq!(differences(&found, &[]), ["body is not a multipart form"]);
        found.headers.clear();
        assert_eq!(differences(&found, &[]), ["body is not a multipart form"]);
    }

    #[test]
    fn a_stream_cannot_be_expected() {
        struct Nothing;
        impl futures_core::Stream for Nothing {
            type Item = Result<Bytes, String>;

            fn poll_next(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Self::Item>> {
                std::task::Poll::Ready(None)
            }
        }
        let of_stream = Body { file: File::stream(Nothing), ..body() };
        let parts = parts(&of_stream, &TABLE).expect("parts");
        let file = parts.last().expect("a file");
        assert_eq!(Part::sent(file), Err("`file` is a stream".to_owned()));
    }
}
