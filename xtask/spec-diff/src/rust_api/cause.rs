//! Which change of the document made an item another one.
//! Knows which item comes from where in the document; must not know what the item is in Rust.

use std::collections::BTreeMap;

use relay_rest_codegen::{Item, ItemKind, Outlined, Pointer};
use serde_json::Value;

use crate::operations::{Change, travels};

/// A change of the document, in words, and where it is.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    pub(crate) message: String,
    pub(crate) pointer: String,
}

/// What the items of both sides were made of, and what changed there.
pub(crate) struct Causes<'a> {
    documents: [&'a Value; 2],
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

    /// The cause of a change of an item.
    pub(crate) fn of(&self, item: &Item) -> Option<Cause> {
        let [old, new] = &self.origins;
        let made = made(item);
        let origin =
            |origins: &BTreeMap<String, Pointer>| made.iter().find_map(|path| origins.get(path).cloned());
        // Of a field or a setter, what changed in the property is nearer than what changed beside it.
        let of_property = |at: &Pointer| {
            let is_property =
                matches!(item.kind, ItemKind::Field | ItemKind::Method) && item.module.starts_with("types");
            let property = Some(&item.name).filter(|_| is_property)?;
            let property = property.strip_suffix("_null").unwrap_or(property);
            self.told_at(&at.join("properties").join(property))
        };
        match (origin(old), origin(new)) {
            (Some(at), _) => of_property(&at).or_else(|| self.of_old(&at)),
            (None, Some(at)) => of_property(&at).or_else(|| self.told_at(&at)).or_else(|| {
                let at = at.to_string();
                let is_new = self.documents[0].pointer(&at).is_none();
                is_new.then(|| Cause { message: "it is new in the document".to_owned(), pointer: at })
            }),
            (None, None) => None,
        }
    }

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
        if let Some(cause) = self.told_at(at) {
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

    /// The worst change at a place or within it; where there is none, that of its operation.
    fn told_at(&self, at: &Pointer) -> Option<Cause> {
        let at = at.to_string();
        let is_in = |pointer: &str| {
            pointer.strip_prefix(&at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_here = |change: &&Change| {
            let finding = &change.finding;
            let spots = [&finding.old_at, &finding.new_at];
            spots.iter().filter_map(|spot| spot.at.as_ref()).any(|pointer| is_in(pointer))
        };
        let change = self.changes.iter().filter(|change| travels(change)).find(is_here)?;
        let finding = &change.finding;
        let pointer = finding.pointer().unwrap_or_default().to_owned();
        Some(Cause { message: format!("[{}] {}", finding.id, finding.message), pointer })
    }
}

/// The origins of items by their paths: methods of the client, the types of requests, types with their builders. What stands nowhere
/// in the document, as a type of another file, has no origin.
fn origins(outlined: &Outlined, document: &Value) -> BTreeMap<String, Pointer> {
    let mut origins = BTreeMap::new();
    for (method, at) in &outlined.operations {
        origins.insert(format!("Client::{method}"), at.clone());
        origins.insert(format!("builder::{}", pascal(method)), at.clone());
    }
    for (name, at) in &outlined.types {
        origins.insert(format!("types::{name}"), at.clone());
        origins.insert(format!("types::builder::{name}"), at.clone());
    }
    origins.retain(|_, at| at.resolve(document).is_some());
    origins
}

/// `request_mfa_sms` as `RequestMfaSms`.
fn pascal(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    };
    name.split('_').map(capital).collect()
}

/// The paths of what an item may have been made with, the nearest first.
fn made(item: &Item) -> Vec<String> {
    let own = matches!(item.kind, ItemKind::Struct | ItemKind::Enum | ItemKind::Method).then(|| item.path());
    let held = if item.kind == ItemKind::Variant { item.named() } else { Vec::new() };
    own.into_iter().chain(item.owners()).chain(held).collect()
}
