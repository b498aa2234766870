//! Where things stand in a document.
//! Knows JSON pointers; must not know what stands there.

use std::sync::Arc;

use relay_rest_codegen::document::pointer::escape;
use serde_json::Value;

/// A JSON Pointer into the document, escaped.
pub(crate) type At = Arc<str>;

/// A value of the document, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Site<'a> {
    pub(crate) at: At,
    pub(crate) value: &'a Value,
}

/// Sites whose schemas all hold for one value: a property may stand in several members of an `allOf`.
pub(crate) type Sites<'a> = Vec<Site<'a>>;

/// A pointer one token further.
pub(crate) fn below(at: &str, token: &str) -> At {
    format!("{at}/{}", escape(token)).into()
}

/// The sites of a list under a key.
pub(crate) fn sites_of<'a>(at: &str, key: &str, list: Option<&'a Value>) -> Sites<'a> {
    let items = list.and_then(Value::as_array).into_iter().flatten().enumerate();
    items.map(|(index, value)| Site { at: format!("{at}/{key}/{index}").into(), value }).collect()
}

/// The sites of a map under a key, by name.
pub(crate) fn entries_of<'a>(at: &str, key: &str, map: Option<&'a Value>) -> Vec<(&'a str, Site<'a>)> {
    let Some(Value::Object(map)) = map else { return Vec::new() };
    let at = below(at, key);
    map.iter().map(|(name, value)| (name.as_str(), Site { at: below(&at, name), value })).collect()
}
