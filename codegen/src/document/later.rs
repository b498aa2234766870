//! Takes out of a document what only a later version of OpenAPI has.

use std::collections::BTreeSet;

use serde_json::Value;

use super::pointer::Pointer;
use super::references;
use super::resolve::DEFAULT_MAPPING;
use super::version::Version;
use super::walk::{self, Kind, Location};

/// Removes the fields that only a later version has, and returns them. References must have been resolved.
///
/// `{openapi: 3.1.0, paths: {/a: {get: …, query: …}}}` ⇒ `{openapi: 3.1.0, paths: {/a: {get: …}}}`
///
/// Lowering reports the same fields; here the caller decides what to say of them.
pub fn take_later(document: &mut Value) -> Vec<(Pointer, Value)> {
    let version = Version::of(document);
    let (mut later, mut seen) = (Vec::new(), BTreeSet::new());
    // References lead to extensions and other files as well.
    let mut waiting = vec![(Pointer::root(), Kind::Document)];
    while let Some((region, kind)) = waiting.pop() {
        let Some(part) = region.resolve(document).filter(|_| seen.insert(region.clone())) else { continue };
        walk::walk(part, kind, &mut region.clone(), &mut |kind, at, value| {
            let target = references::target(value).filter(|_| kind.may_refer());
            let target = target.filter(|target| walk::location(target) == Location::Unknown);
            waiting.extend(target.map(|target| (target, kind)));
            later.extend(later_fields(version, kind, at, value));
        });
    }
    // What is inside another one goes with it.
    later.sort_by_key(|at| at.iter().count());
    later.into_iter().filter_map(|at| Some((at.clone(), remove(document, &at)?))).collect()
}

/// The fields of an object that only a later version has.
fn later_fields(version: Version, kind: Kind, at: &Pointer, value: &Value) -> Vec<Pointer> {
    let is_later = |key: &str, value: &Value| {
        !version.has(kind, key) || kind == Kind::Parameter && key == "style" && !version.has_value(key, value)
    };
    let fields = value.as_object().into_iter().flatten();
    let mut found: Vec<Pointer> =
        fields.filter(|(key, value)| is_later(key, value)).map(|(key, _)| at.join(key)).collect();
    let default = || value.get("discriminator").and_then(|own| own.get(DEFAULT_MAPPING));
    if kind == Kind::Schema && !version.has_default_mapping() && default().is_some() {
        found.push(at.join("discriminator").join(DEFAULT_MAPPING));
    }
    found
}

fn remove(document: &mut Value, at: &Pointer) -> Option<Value> {
    at.parent()?.resolve_mut(document)?.as_object_mut()?.remove(at.last()?)
}
