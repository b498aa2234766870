//! Finds the change of the document that caused the change of an item.

use std::collections::BTreeMap;

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use relay_rest_codegen::{Item, ItemKind, Outlined, Pointer};
use serde_json::Value;

use crate::operations::Change;

/// A change of the document as a message, and its JSON Pointer.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    pub(crate) message: String,
    pub(crate) pointer: String,
}

/// The origins of the items of both sides in the documents, and the changes of the documents.
pub(crate) struct Causes<'a> {
    documents: [&'a Value; 2],
    /// The origin of each item, by path.
    origins: [BTreeMap<String, Pointer>; 2],
    changes: &'a [Change],
}

impl<'a> Causes<'a> {
    pub(crate) fn new(documents: [&'a Value; 2], outlined: [&Outlined; 2], changes: &'a [Change]) -> Self {
        let [old, new] = outlined;
        let origins = [origins(old, documents[0]), origins(new, documents[1])];
        Self { documents, origins, changes }
    }

    #[cfg(test)]
    pub(crate) fn none() -> Causes<'static> {
        Causes { documents: [&Value::Null; 2], origins: [BTreeMap::new(), BTreeMap::new()], changes: &[] }
    }

    /// The cause of the change of an item, if one is known.
    pub(crate) fn of(&self, item: &Item) -> Option<Cause> {
        let [old, new] = &self.origins;
        let paths = origin_paths(item);
        let origin =
            |origins: &BTreeMap<String, Pointer>| paths.iter().find_map(|path| origins.get(path).cloned());
        // For a field or a setter, a change of its property is a better cause than one of the type.
        let of_property = |at: &Pointer| {
            let is_property =
                matches!(item.kind, ItemKind::Field | ItemKind::Method) && item.module.starts_with("types");
            let property = Some(&item.name).filter(|_| is_property)?;
            let property = property.strip_suffix("_null").unwrap_or(property);
            let property = self.property_called(at, property).unwrap_or(property);
            self.change_at(&at.join("properties").join(property))
        };
        match (origin(old), origin(new)) {
            (Some(at), _) => of_property(&at).or_else(|| self.of_old(&at)),
            (None, Some(at)) => of_property(&at).or_else(|| self.change_at(&at)).or_else(|| {
                let at = at.to_string();
                let is_new = self.documents[0].pointer(&at).is_none();
                is_new.then(|| Cause { message: "it is new in the document".to_owned(), pointer: at })
            }),
            (None, None) => None,
        }
    }

    /// The property of a schema that has this name in Rust: `speakingRate` for `speaking_rate`, `type` for `type_`.
    fn property_called(&self, at: &Pointer, name: &str) -> Option<&'a str> {
        let at = at.to_string();
        let schemas = self
            .documents
            .iter()
            .filter_map(|document| document.pointer(&at)?.get("properties")?.as_object());
        let mut names = schemas.flat_map(|properties| properties.keys());
        names
            .find(|known| *known == name || known.to_snake_case() == name.trim_end_matches('_'))
            .map(String::as_str)
    }

    /// The cause of the change of an item that was generated from `at` in the old document.
    fn of_old(&self, at: &Pointer) -> Option<Cause> {
        let pointer = at.to_string();
        let cause = |message: String| Some(Cause { message, pointer: pointer.clone() });
        let id =
            |document: &Value| Some(document.pointer(&pointer)?.get("operationId")?.as_str()?.to_owned());
        match (id(self.documents[0]), id(self.documents[1])) {
            (Some(old), Some(new)) if old != new => {
                return cause(format!("operationId renamed from `{old}` to `{new}`"));
            }
            _ => {}
        }
        if let Some(cause) = self.change_at(at) {
            return Some(cause);
        }
        if self.documents[1].pointer(&pointer).is_some() {
            return None;
        }
        let same = self.documents[0].pointer(&pointer).and_then(|value| {
            let schemas = self.documents[1].pointer("/components/schemas")?.as_object()?;
            schemas.iter().find(|(_, other)| *other == value).map(|(name, _)| name)
        });
        match same {
            Some(name) => cause(format!("its schema is called `{name}` now")),
            None => cause("it is gone from the document".to_owned()),
        }
    }

    /// The worst change at a location or inside it.
    fn change_at(&self, at: &Pointer) -> Option<Cause> {
        let at = at.to_string();
        let is_in = |pointer: &str| {
            pointer.strip_prefix(&at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_here = |change: &&Change| {
            let finding = &change.finding;
            let locations = [&finding.old_at, &finding.new_at];
            locations.iter().filter_map(|location| location.at.as_ref()).any(|pointer| is_in(pointer))
        };
        let change = self.changes.iter().filter(|change| change.finding.travels()).find(is_here)?;
        let finding = &change.finding;
        let pointer = finding.pointer().unwrap_or_default().to_owned();
        Some(Cause { message: format!("[{}] {}", finding.id, finding.message()), pointer })
    }
}

/// The origins of items, by path: methods of the client, types of requests, types, their builders, and webhooks. Types from other files have
/// none.
fn origins(outlined: &Outlined, document: &Value) -> BTreeMap<String, Pointer> {
    let mut origins = BTreeMap::new();
    for (method, at) in &outlined.operations {
        origins.insert(format!("Client::{method}"), at.clone());
        origins.insert(format!("builder::{}", method.to_upper_camel_case()), at.clone());
    }
    for (name, at) in &outlined.types {
        origins.insert(format!("types::{name}"), at.clone());
        origins.insert(format!("types::builder::{name}Builder"), at.clone());
    }
    for (name, at) in &outlined.webhooks {
        origins.insert(format!("webhooks::{name}"), at.clone());
    }
    origins.retain(|_, at| at.resolve(document).is_some());
    origins
}

/// The paths of the item itself, its owners and the types it holds, whose origins may be its own. The nearest comes first.
fn origin_paths(item: &Item) -> Vec<String> {
    let has_origin =
        matches!(item.kind, ItemKind::Alias | ItemKind::Struct | ItemKind::Enum | ItemKind::Method);
    let own = has_origin.then(|| item.path());
    let held = if item.kind == ItemKind::Variant { item.named() } else { Vec::new() };
    own.into_iter().chain(item.owners()).chain(held).collect()
}
