//! JSON Pointers (RFC 6901): building them on the way down and following a `$ref` back.
//! Knows `Value` trees only; must not know what an OpenAPI document looks like.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

/// A JSON Pointer; `Display` gives the escaped form, `""` for the root.
///
/// The tokens stand one after the other in one text, so that going up and down in a document allocates nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer {
    text: String,
    ends: Vec<usize>,
}

impl Pointer {
    /// The pointer to the whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// The pointer made of unescaped reference tokens.
    pub fn of<'a>(tokens: impl IntoIterator<Item = &'a str>) -> Self {
        let mut pointer = Self::root();
        tokens.into_iter().for_each(|token| pointer.push(token));
        pointer
    }

    /// This pointer with one more reference token.
    #[must_use]
    pub fn join(&self, token: &str) -> Self {
        let mut joined = self.clone();
        joined.push(token);
        joined
    }

    /// Goes down by one reference token.
    pub fn push(&mut self, token: &str) {
        self.text.push_str(token);
        self.ends.push(self.text.len());
    }

    /// Goes down into an item of an array.
    pub fn push_index(&mut self, index: usize) {
        fmt::Write::write_fmt(&mut self.text, format_args!("{index}")).unwrap_or_default();
        self.ends.push(self.text.len());
    }

    /// Goes up by one reference token.
    pub fn pop(&mut self) {
        self.ends.pop();
        self.text.truncate(self.ends.last().copied().unwrap_or_default());
    }

    /// The unescaped reference tokens.
    pub fn tokens(&self) -> Vec<&str> {
        self.iter().collect()
    }

    /// The last reference token; none at the root.
    pub fn last(&self) -> Option<&str> {
        self.iter().next_back()
    }

    /// The unescaped reference tokens, from the root.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &str> {
        (0..self.ends.len()).map(|index| {
            let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
            &self.text[start..self.ends[index]]
        })
    }

    /// Reads a same-document reference, `#/components/schemas/Pet`, undoing percent- and `~`-escapes.
    ///
    /// `None` when the reference leaves the document or is not a JSON Pointer.
    pub fn from_reference(reference: &str) -> Option<Self> {
        let fragment = reference.strip_prefix('#')?;
        if fragment.is_empty() {
            return Some(Self::root());
        }
        // Enough for a component; what is longer grows.
        let mut pointer = Self { text: String::with_capacity(fragment.len()), ends: Vec::with_capacity(4) };
        for token in fragment.strip_prefix('/')?.split('/') {
            pointer.push(&unescape(token)?);
        }
        Some(pointer)
    }

    /// Reads a JSON Pointer in its escaped form, `/paths/~1mfa`; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut pointer = Self::root();
        if !text.is_empty() {
            for token in text.strip_prefix('/')?.split('/') {
                pointer.push(&token.replace("~1", "/").replace("~0", "~"));
            }
        }
        Some(pointer)
    }

    /// Whether the location `of` is this one, or inside it.
    pub fn contains(&self, of: &Self) -> bool {
        self.ends.len() <= of.ends.len() && self.iter().eq(of.iter().take(self.ends.len()))
    }

    /// What the pointer points at.
    pub fn resolve<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        self.iter().try_fold(document, |value, token| match value {
            Value::Object(map) => map.get(token),
            Value::Array(list) => list.get(token.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// What a pointer in its escaped form points at, to be changed; serde_json's own copies each token twice.
    pub(crate) fn resolve_mut<'a>(document: &'a mut Value, pointer: &str) -> Option<&'a mut Value> {
        if pointer.is_empty() {
            return Some(document);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(document, |value, token| {
            let unescaped = token.contains('~').then(|| token.replace("~1", "/").replace("~0", "~"));
            let token = unescaped.as_deref().unwrap_or(token);
            match value {
                Value::Object(map) => map.get_mut(token),
                Value::Array(list) => list.get_mut(token.parse::<usize>().ok()?),
                _ => None,
            }
        })
    }

    /// Section and name, when this points at or into a component: `/components/{section}/{name}/…`.
    pub fn in_component(&self) -> Option<(&str, &str)> {
        let mut tokens = self.iter();
        (tokens.next()? == "components").then_some((tokens.next()?, tokens.next()?))
    }

    /// Whether this points at a component itself: `/components/{section}/{name}`.
    pub fn is_component(&self) -> bool {
        self.ends.len() == 3 && self.in_component().is_some()
    }

    /// The name, when this points at an entry of `/components/{section}` itself.
    pub fn component(&self, section: &str) -> Option<&str> {
        self.in_component().filter(|(of, _)| *of == section && self.is_component()).map(|(_, name)| name)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|token| write!(f, "/{}", escape(token)))
    }
}

/// The `$ref` to a component schema.
pub(crate) fn reference_to(schema: &str) -> String {
    format!("{SCHEMAS}{}", escape(schema))
}

/// The name of the component schema that a `$ref` is to; none where it is to anything else.
pub(crate) fn referred(reference: Option<&Value>) -> Option<Cow<'_, str>> {
    let name = reference?.as_str()?.strip_prefix(SCHEMAS)?;
    if name.contains('/') { None } else { unescape(name) }
}

const SCHEMAS: &str = "#/components/schemas/";

fn escape(token: &str) -> Cow<'_, str> {
    if token.contains(['~', '/']) { token.replace('~', "~0").replace('/', "~1").into() } else { token.into() }
}

/// RFC 6901 §6: percent-decoding comes first, then `~1`, then `~0`.
fn unescape(token: &str) -> Option<Cow<'_, str>> {
    if !token.contains(['%', '~']) {
        return Some(token.into());
    }
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
    Some(String::from_utf8(decoded).ok()?.replace("~1", "/").replace("~0", "~").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_escapes_what_rfc_6901_escapes() {
        assert_eq!(Pointer::of(["paths", "/a~b"]).to_string(), "/paths/~1a~0b");
    }

    #[test]
    fn a_reference_is_percent_decoded_before_tildes() {
        let pointer = Pointer::from_reference("#/paths/~1a%7E0b%20c");
        assert_eq!(pointer, Some(Pointer::of(["paths", "/a~b c"])));
    }

    #[test]
    fn an_escaped_pointer_is_followed() {
        let mut document = serde_json::json!({ "paths": { "/a~b": [1, 2] } });
        let found = Pointer::resolve_mut(&mut document, "/paths/~1a~0b/1");
        assert_eq!(found, Some(&mut serde_json::json!(2)));
        assert_eq!(Pointer::resolve_mut(&mut document, "/paths/~1a~0b/2"), None);
        assert!(Pointer::resolve_mut(&mut document, "").is_some_and(|whole| whole.is_object()));
    }

    #[test]
    fn the_escaped_form_is_read_back() {
        for text in ["", "/", "/paths/~1a~0b/0", "/a//b", "/100%25"] {
            assert_eq!(Pointer::parse(text).map(|pointer| pointer.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Pointer::parse("a/b"), None);
    }

    #[test]
    fn a_location_contains_itself_and_what_is_below() {
        let (above, below) = (Pointer::of(["a", "b"]), Pointer::of(["a", "b", "c"]));
        assert!(above.contains(&above) && above.contains(&below) && Pointer::root().contains(&above));
        assert!(!below.contains(&above) && !Pointer::of(["a", "bc"]).contains(&below));
        assert!(!Pointer::of(["ab"]).contains(&above));
    }

    #[test]
    fn going_down_and_up_comes_back() {
        let mut pointer = Pointer::of(["a"]);
        pointer.push("");
        pointer.push_index(12);
        assert_eq!((pointer.tokens(), pointer.to_string()), (vec!["a", "", "12"], "/a//12".to_owned()));
        pointer.pop();
        pointer.pop();
        assert_eq!(pointer, Pointer::of(["a"]));
    }

    #[test]
    fn a_reference_to_another_file_is_no_pointer() {
        assert_eq!(Pointer::from_reference("other.yaml#/a"), None);
        assert_eq!(Pointer::from_reference("#anchor"), None);
        assert_eq!(Pointer::from_reference("#/a%zz"), None);
    }
}
