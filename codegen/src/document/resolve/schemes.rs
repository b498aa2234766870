//! Names the security schemes of requirements that name them by URI.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::names::Names;
use crate::document::pointer::Pointer;
use crate::document::uri;
use crate::document::version::Version;
use crate::document::walk::{self, Kind};

/// `security: [{'#/components/securitySchemes/a': []}]` ⇒ `security: [{a: []}]`
///
/// A key is the name of a component, else a URI (OpenAPI 3.2.0 §4.30). One that leads to no scheme of the document stays.
pub(super) fn name(document: &mut Value, version: Version, names: &Names, regions: &[(Pointer, Kind)]) {
    if !version.has_schemes_by_uri() {
        return;
    }
    let schemes = document.pointer("/components/securitySchemes").and_then(Value::as_object);
    let schemes: BTreeSet<String> = schemes.into_iter().flat_map(Map::keys).cloned().collect();
    let named = |at: &Pointer, key: &str| {
        let (to, fragment) = uri::split_fragment(key);
        let mut target = names.location(&names.resource(at, to))?.clone();
        Pointer::from_reference(&format!("#{}", fragment?))?.iter().for_each(|token| target.push(token));
        let name = target.component("securitySchemes").filter(|_| target.is_component())?;
        schemes.contains(name).then(|| name.to_owned())
    };
    for (region, kind) in regions {
        let Some(part) = region.resolve_mut(document) else { continue };
        walk::walk_mut(part, *kind, &mut region.clone(), &mut |kind, at, value| {
            if !matches!(kind, Kind::Document | Kind::Operation) {
                return;
            }
            let requirements = value.get_mut("security").and_then(Value::as_array_mut);
            for requirement in requirements.into_iter().flatten().filter_map(Value::as_object_mut) {
                for (key, scopes) in std::mem::take(requirement) {
                    let name = if schemes.contains(&key) { None } else { named(at, &key) };
                    add_scheme(requirement, name.unwrap_or(key), scopes);
                }
            }
        });
    }
}

/// Adds a scheme to a requirement, which may have it already by its other name: all scopes are required.
fn add_scheme(requirement: &mut Map<String, Value>, name: String, scopes: Value) {
    match (requirement.get_mut(&name), scopes) {
        (Some(Value::Array(own)), Value::Array(more)) => {
            let more: Vec<Value> = more.into_iter().filter(|scope| !own.contains(scope)).collect();
            own.extend(more);
        }
        (_, scopes) => drop(requirement.insert(name, scopes)),
    }
}
