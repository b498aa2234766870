//! Values of a document with their locations.

use std::sync::Arc;

use relay_rest_codegen::document::pointer::escape;
use serde_json::Value;

/// A JSON Pointer into the document, escaped.
pub(crate) type At = Arc<str>;

/// A value of the document, and its location.
#[derive(Clone, Debug)]
pub(crate) struct Site<'a> {
    pub(crate) at: At,
    pub(crate) value: &'a Value,
}

impl<'a> Site<'a> {
    /// The value under a key.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        Some(Self { at: below(&self.at, key), value: self.value.get(key)? })
    }

    /// The entries of a map, by name. Other values have none.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'a str, Self)> + use<'a> {
        let at = self.at.clone();
        let map = self.value.as_object().into_iter().flatten();
        map.map(move |(name, value)| (name.as_str(), Self { at: below(&at, name), value }))
    }
}

/// Sites of schemas that all apply to one value: several members of an `allOf` may have the same property.
pub(crate) type Sites<'a> = Vec<Site<'a>>;

/// A pointer with one token more, which is escaped.
pub(crate) fn below(at: &str, token: &str) -> At {
    format!("{at}/{}", escape(token)).into()
}

/// The items of a list under a key.
pub(crate) fn sites_of<'a>(at: &str, key: &str, list: Option<&'a Value>) -> Sites<'a> {
    let items = list.and_then(Value::as_array).into_iter().flatten().enumerate();
    items.map(|(index, value)| Site { at: format!("{at}/{key}/{index}").into(), value }).collect()
}
