//! `openapi/source.toml`: where the vendored document came from, and what the next sync requests.

use std::time::SystemTime;

use hmac_sha256::Hash;
use serde::{Deserialize, Serialize};
use toml::value::Datetime;

use crate::slice::Slice;

const HEAD: &str = "# Where openapi/relay-rest.yaml came from; `cargo xtask sync` writes this. Never edit the document by hand.\n";

/// The content of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    /// The hash of the vendored document, in hexadecimal.
    pub(crate) sha256: String,
    /// The requested URLs and paths.
    pub(crate) sources: Vec<String>,
    /// Which links of an index are followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) select: Option<String>,
    #[serde(default, skip_serializing_if = "Slice::is_whole")]
    pub(crate) slice: Slice,
    /// The fetched files, including each page of an index.
    pub(crate) fetched: Vec<Fetched>,
}

/// A fetched file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fetched {
    pub(crate) url: String,
    /// The time of the request, in UTC.
    pub(crate) retrieved: Datetime,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) etag: Option<String>,
    pub(crate) sha256: String,
}

impl Fetched {
    pub(crate) fn new(url: String, etag: Option<String>, text: &str) -> Self {
        Self { url, retrieved: now(), etag, sha256: hash(text) }
    }
}

impl Record {
    /// Parses the file.
    ///
    /// # Errors
    /// Invalid TOML, or missing or unknown keys.
    pub(crate) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Serializes the record.
    ///
    /// # Errors
    /// None is expected: every value of a record can be written as TOML.
    pub(crate) fn write(&self) -> Result<String, toml::ser::Error> {
        Ok(format!("{HEAD}{}", toml::to_string(self)?))
    }
}

/// SHA-256 in hexadecimal.
pub(crate) fn hash(content: impl AsRef<[u8]>) -> String {
    Hash::hash(content.as_ref()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn now() -> Datetime {
    let text = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    text.parse().unwrap_or_else(|_| unreachable!("RFC 3339 is what TOML has"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_record_parses_again() {
        let record = Record {
            sha256: hash(""),
            sources: vec!["https://x.org/llms.txt".to_owned()],
            select: Some("*/mfa/*".to_owned()),
            slice: Slice { paths: vec!["/mfa".to_owned()], ..Slice::default() },
            fetched: vec![Fetched::new("https://x.org/a.md".to_owned(), Some("\"tag\"".to_owned()), "text")],
        };
        let text = record.write().expect("a file");
        assert!(text.contains("[slice]\npaths = [\"/mfa\"]\n"), "{text}");
        assert_eq!(Record::parse(&text), Ok(record));
    }

    #[test]
    fn hashes_are_sha_256() {
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
