//! JSON Pointers (RFC 6901), and same-document references.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use super::uri::percent_decode;

/// A JSON Pointer; `Display` gives the escaped form, `""` for the root.
///
/// The tokens are in one string, so that walking a document does not allocate for each of them.
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

    /// The last reference token; `None` at the root.
    pub fn last(&self) -> Option<&str> {
        self.iter().next_back()
    }

    /// The pointer without its last token; `None` at the root.
    pub fn parent(&self) -> Option<Self> {
        let mut parent = self.clone();
        parent.last()?;
        parent.pop();
        Some(parent)
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
        Self::from_fragment(reference.strip_prefix('#')?)
    }

    /// Reads the fragment of a reference: percent-decoding comes first (RFC 6901 §6).
    pub fn from_fragment(fragment: &str) -> Option<Self> {
        Self::parse(&percent_decode(fragment)?)
    }

    /// Reads a JSON Pointer in its escaped form, `/paths/~1mfa`; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut pointer = Self::root();
        if !text.is_empty() {
            for token in text.strip_prefix('/')?.split('/') {
                pointer.push(&unescape(token));
            }
        }
        Some(pointer)
    }

    /// Whether the location `of` is this one, or inside it.
    pub fn contains(&self, of: &Self) -> bool {
        self.ends.len() <= of.ends.len() && self.iter().eq(of.iter().take(self.ends.len()))
    }

    /// The same-document reference to this location, `#/components/schemas/Pet`; only a `%` needs an escape of RFC 3986 in it to
    /// be read back.
    pub fn to_reference(&self) -> String {
        format!("#{}", self.to_string().replace('%', "%25"))
    }

    /// The value at this location.
    pub fn resolve<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        self.iter().try_fold(document, |value, token| match value {
            Value::Object(map) => map.get(token),
            Value::Array(list) => list.get(index(token)?),
            _ => None,
        })
    }

    /// The value at this location, for changing it.
    pub fn resolve_mut<'a>(&self, document: &'a mut Value) -> Option<&'a mut Value> {
        self.iter().try_fold(document, |value, token| match value {
            Value::Object(map) => map.get_mut(token),
            Value::Array(list) => list.get_mut(index(token)?),
            _ => None,
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

/// The index that a token is; a number has no sign and no leading zeros (RFC 6901 §4).
fn index(token: &str) -> Option<usize> {
    let is_number = token == "0" || !token.starts_with(['0', '+']);
    if is_number { token.parse().ok() } else { None }
}

/// `a/b~c` ⇒ `a~1b~0c` (RFC 6901 §3)
pub fn escape(token: &str) -> Cow<'_, str> {
    if token.contains(['~', '/']) { token.replace('~', "~0").replace('/', "~1").into() } else { token.into() }
}

/// A token without escapes: `~1` first, then `~0` (RFC 6901 §4).
fn unescape(token: &str) -> Cow<'_, str> {
    if token.contains('~') { token.replace("~1", "/").replace("~0", "~").into() } else { token.into() }
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
    fn a_pointer_finds_what_it_points_at() {
        let mut document = serde_json::json!({ "paths": { "/a~b": [1, 2] } });
        let at = |text: &str| Pointer::parse(text).expect("a pointer");
        assert_eq!(at("/paths/~1a~0b/1").resolve_mut(&mut document), Some(&mut serde_json::json!(2)));
        for nothing in ["/paths/~1a~0b/2", "/paths/~1a~0b/01", "/paths/~1a~0b/+1", "/paths/~1a~0b/-", "/none"]
        {
            assert_eq!(at(nothing).resolve(&document), None, "{nothing}");
        }
        assert!(at("").resolve(&document).is_some_and(Value::is_object));
    }

    #[test]
    fn a_reference_is_read_back() {
        for tokens in [vec![], vec!["a b", "50%", "~/é"], vec!["", "%20"]] {
            let pointer = Pointer::of(tokens);
            assert_eq!(Pointer::from_reference(&pointer.to_reference()), Some(pointer));
        }
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
