//! Collects the references of a document.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::flaw::{Flaw, Reason};
use super::{DEFAULT_MAPPING, DYNAMIC_REF, MAPPING, RECURSIVE_REF};
use crate::document::pointer::Pointer;
use crate::document::references::REF;
use crate::document::version::Version;
use crate::document::walk::{self, Kind};

/// A reference that is not resolved yet.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) at: Pointer,
    pub(super) kind: Kind,
    pub(super) keyword: &'static str,
    pub(super) reference: Value,
}

impl Open {
    /// Reports that it cannot be followed, or not as it is written.
    pub(super) fn flaw(self, reason: Reason) -> Flaw {
        let Self { at, kind, keyword, reference } = self;
        Flaw { at, kind, keyword, reference, reason }
    }

    /// Whether a discriminator has it, by the name of a component or a reference.
    pub(super) fn is_of_discriminator(&self) -> bool {
        matches!(self.keyword, MAPPING | DEFAULT_MAPPING)
    }

    /// Whether it is the name of a component that a discriminator has.
    pub(super) fn is_name_of_component(&self, document: &Value) -> bool {
        let at = self.reference.as_str().map(|name| Pointer::of(["components", "schemas", name]));
        self.is_of_discriminator() && at.is_some_and(|at| at.resolve(document).is_some())
    }
}

/// Collects the references of a part of the document that are not yet `collected`, and removes their ignored siblings.
pub(super) fn collect(
    version: Version,
    part: &mut Value,
    region: &Pointer,
    kind: Kind,
    collected: &mut BTreeSet<Pointer>,
    open: &mut Vec<Open>,
    flaws: &mut Vec<Flaw>,
) {
    walk::walk_mut(part, kind, &mut region.clone(), &mut |kind, at, value| {
        let Some(object) = value.as_object_mut() else { return };
        for (at, reference) in misplaced(version, kind, at, object) {
            if collected.insert(at.clone()) {
                flaws.push(Flaw { at, kind, keyword: REF, reference, reason: Reason::Misplaced });
            }
        }
        if !version.may_refer(kind) {
            return;
        }
        if kind == Kind::Schema {
            for (at, reference) in mapped(at, object) {
                if collected.insert(at.clone()) {
                    open.push(Open { at, kind, keyword: MAPPING, reference });
                }
            }
            if let Some((at, reference)) = default_mapped(version, at, object)
                && collected.insert(at.clone())
            {
                open.push(Open { at, kind, keyword: DEFAULT_MAPPING, reference });
            }
        }
        // Parts may overlap, and a rewritten reference would lead elsewhere if it were followed again.
        let refers = [REF, DYNAMIC_REF, RECURSIVE_REF].iter().any(|key| object.contains_key(*key));
        if !refers || !collected.insert(at.clone()) {
            return;
        }
        if let Some(reference) = object.get(REF) {
            let reference = reference.clone();
            let ignored = version.ignored_beside_reference(kind, object, REF);
            object.retain(|key, _| !ignored.contains(key));
            if !ignored.is_empty() {
                let (at, reason) = (at.clone(), Reason::Ignored(ignored));
                flaws.push(Flaw { at, kind, keyword: REF, reference: reference.clone(), reason });
            }
            open.push(Open { at: at.clone(), kind, keyword: REF, reference });
        }
        if kind == Kind::Schema && version.has_identifiers() {
            for keyword in [DYNAMIC_REF, RECURSIVE_REF] {
                if let Some(reference) = object.get(keyword).cloned() {
                    open.push(Open { at: at.clone(), kind, keyword, reference });
                }
            }
        }
    });
}

/// The references in the place of a list, a map, or an object that cannot be a reference.
fn misplaced(
    version: Version,
    kind: Kind,
    at: &Pointer,
    object: &Map<String, Value>,
) -> Vec<(Pointer, Value)> {
    let fields = object.iter().filter(|(key, _)| walk::holds_several(kind, key));
    let held = fields.filter_map(|(key, held)| Some((at.join(key), held.get(REF)?)));
    let own = object.get(REF).filter(|_| !version.may_refer(kind)).map(|reference| (at.clone(), reference));
    let all = held.chain(own).filter(|(_, reference)| reference.is_string());
    all.map(|(at, reference)| (at, reference.clone())).collect()
}

/// The entries of the mapping of a schema's discriminator that may be references: `./dog` or `dog.yaml`, and not `org.Dog`.
fn mapped(schema: &Pointer, object: &Map<String, Value>) -> Vec<(Pointer, Value)> {
    let mapping =
        object.get("discriminator").and_then(|discriminator| discriminator.get(MAPPING)?.as_object());
    let at = schema.join("discriminator").join(MAPPING);
    let all = mapping.into_iter().flatten().filter(|(_, to)| to.as_str().is_some_and(may_be_reference));
    all.map(|(value, to)| (at.join(value), to.clone())).collect()
}

/// The discriminator of a schema, and its schema for all other values, if it is a string and the version has it.
fn default_mapped(
    version: Version,
    schema: &Pointer,
    object: &Map<String, Value>,
) -> Option<(Pointer, Value)> {
    let to = object.get("discriminator")?.get(DEFAULT_MAPPING)?;
    (to.is_string() && version.has_default_mapping()).then(|| (schema.join("discriminator"), to.clone()))
}

/// Whether what a discriminator maps to may be a reference, and not only the name of a component.
pub(super) fn may_be_reference(to: &str) -> bool {
    to.contains(['#', '/']) || [".yaml", ".yml", ".json"].iter().any(|ending| to.ends_with(ending))
}
