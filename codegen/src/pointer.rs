//! JSON Pointers (RFC 6901): building them on the way down and following a `$ref` back.
//! Knows `Value` trees only; must not know what an OpenAPI document looks like.

use std::fmt;

use serde_json::Value;

/// A JSON Pointer; `Display` gives the escaped form, `""` for the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(Vec<String>);

impl Pointer {
    /// The pointer to the whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// This pointer with one more reference token.
    pub fn join(&self, token: impl ToString) -> Self {
        let mut tokens = self.0.clone();
        tokens.push(token.to_string());
        Self(tokens)
    }

    /// Goes down by one reference token.
    pub fn push(&mut self, token: impl ToString) {
        self.0.push(token.to_string());
    }

    /// Goes up by one reference token.
    pub fn pop(&mut self) {
        self.0.pop();
    }

    /// The unescaped reference tokens.
    pub fn tokens(&self) -> &[String] {
        &self.0
    }

    /// Reads a same-document reference, `#/components/schemas/Pet`, undoing percent- and `~`-escapes.
    ///
    /// `None` when the reference leaves the document or is not a JSON Pointer.
    pub fn from_reference(reference: &str) -> Option<Self> {
        let fragment = reference.strip_prefix('#')?;
        if fragment.is_empty() {
            return Some(Self::root());
        }
        let tokens = fragment.strip_prefix('/')?.split('/').map(unescape).collect::<Option<Vec<_>>>()?;
        Some(Self(tokens))
    }

    /// What the pointer points at.
    pub fn resolve<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(document, |value, token| match value {
            Value::Object(map) => map.get(token),
            Value::Array(list) => list.get(token.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The name, when this points at an entry of `/components/{section}`.
    pub fn component(&self, section: &str) -> Option<&str> {
        match self.0.as_slice() {
            [components, in_section, name] if components == "components" && in_section == section => {
                Some(name)
            }
            _ => None,
        }
    }

    /// Whether this points at or into an entry of `/components/{section}`.
    pub fn is_in_component(&self, section: &str) -> bool {
        matches!(self.0.as_slice(), [components, in_section, _, ..] if components == "components" && in_section == section)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|token| write!(f, "/{}", escape(token)))
    }
}

/// The `$ref` to a component.
pub(crate) fn reference(section: &str, name: &str) -> String {
    format!("#/components/{section}/{}", escape(name))
}

fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// RFC 6901 §6: percent-decoding comes first, then `~1`, then `~0`.
fn unescape(token: &str) -> Option<String> {
    let bytes = token.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%' {
            let hex = std::str::from_utf8(bytes.get(at + 1..at + 3)?).ok()?;
            decoded.push(u8::from_str_radix(hex, 16).ok()?);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    Some(String::from_utf8(decoded).ok()?.replace("~1", "/").replace("~0", "~"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_escapes_what_rfc_6901_escapes() {
        assert_eq!(Pointer::root().join("paths").join("/a~b").to_string(), "/paths/~1a~0b");
    }

    #[test]
    fn a_reference_is_percent_decoded_before_tildes() {
        let pointer = Pointer::from_reference("#/paths/~1a%7E0b%20c");
        assert_eq!(pointer, Some(Pointer::root().join("paths").join("/a~b c")));
    }

    #[test]
    fn a_reference_to_another_file_is_no_pointer() {
        assert_eq!(Pointer::from_reference("other.yaml#/a"), None);
        assert_eq!(Pointer::from_reference("#anchor"), None);
        assert_eq!(Pointer::from_reference("#/a%zz"), None);
    }
}
