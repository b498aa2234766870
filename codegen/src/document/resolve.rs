//! Resolves `$ref`, `$dynamicRef` and `$recursiveRef`, by pointer, `$id`, `$anchor` or file name.
//!
//! [`resolve`] rewrites every reference as a pointer into the document, so that no other code has to resolve one.

mod flaw;
mod names;
mod open;
mod schemes;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::keywords::{is_extension, keyword};
use super::parse::{MAX_VALUES, count};
use super::pointer::Pointer;
use super::references::{REF, to};
use super::uri;
use super::version::Version;
use super::walk::{self, Kind, Location};
pub use flaw::{Flaw, Reason};
use names::Names;
use open::{Open, may_be_reference};

const DYNAMIC_REF: &str = "$dynamicRef";
const RECURSIVE_REF: &str = "$recursiveRef";
/// Of a discriminator: an entry of it may be a reference without a keyword.
pub(super) const MAPPING: &str = "mapping";
/// Of a discriminator: the schema for all other values (OpenAPI 3.2.0 §4.25).
pub(crate) const DEFAULT_MAPPING: &str = "defaultMapping";

/// The extension under which [`bundle`] puts the other files of a document, by their names.
pub const FILES: &str = "x-files";

/// Rewrites every reference of a document as a pointer into it, and returns those for which that is impossible.
///
/// `{$ref: '#num'}` ⇒ `{$ref: '#/components/schemas/Num'}`, where `Num` has `$anchor: num`;
/// `{$dynamicRef: '#n'}` ⇒ `{$ref: …}`, where one schema has `$dynamicAnchor: n`.
///
/// Siblings of a reference that are ignored are removed.
pub fn resolve(document: &mut Value) -> Vec<Flaw> {
    let mut resolver = Resolver::new(document, "");
    resolver.run(document, &mut |_| Ok(None)).unwrap_or_default()
}

/// `{$ref: 'pets.yaml#/Pet'}` ⇒ `{$ref: '#/x-files/pets.yaml/Pet'}`
///
/// As [`resolve`], for a document of several files: each file that is referred to is put into the document.
///
/// `own` is the name of the document, a URL or a path; `load` returns the file of a name, which is relative to the same folder.
///
/// # Errors
/// Those of `load`, and that all files together have too many values.
pub fn bundle(
    document: &mut Value,
    own: &str,
    load: &mut dyn FnMut(&str) -> Result<Value, String>,
) -> Result<Vec<Flaw>, String> {
    let mut resolver = Resolver::new(document, own);
    resolver.run(document, &mut |name| load(name).map(Some))
}

/// Whether a location is in a file that [`bundle`] put into the document.
fn is_in_another_file(at: &Pointer) -> bool {
    at.iter().next() == Some(FILES)
}

/// Splits a location in a file that [`bundle`] put into the document into the name of the file and the location in it.
pub fn in_another_file(at: &Pointer) -> Option<(String, Pointer)> {
    let mut tokens = at.iter().skip(1);
    let name = tokens.next().filter(|_| is_in_another_file(at))?.to_owned();
    Some((name, Pointer::of(tokens)))
}

/// A document, and what is known of its references.
pub(super) struct Resolver {
    version: Version,
    names: Names,
    /// The document, and the targets of references outside of known fields, with the kind of object there. They may overlap.
    regions: Vec<(Pointer, Kind)>,
    entered: BTreeSet<(Pointer, Kind)>,
    /// The objects whose references have been collected.
    collected: BTreeSet<Pointer>,
    /// How many values the other files have.
    values: usize,
}

impl Resolver {
    pub(super) fn new(document: &Value, own: &str) -> Self {
        let mut resolver = Self {
            version: Version::of(document),
            names: Names::new(document, own),
            regions: Vec::new(),
            entered: BTreeSet::new(),
            collected: BTreeSet::new(),
            values: 0,
        };
        resolver.enter(document, Pointer::root(), Kind::Document);
        resolver
    }

    pub(super) fn run(
        &mut self,
        document: &mut Value,
        load: &mut dyn FnMut(&str) -> Result<Option<Value>, String>,
    ) -> Result<Vec<Flaw>, String> {
        let (mut flaws, mut open, mut entered, mut is_last) = (Vec::new(), Vec::new(), 0, false);
        loop {
            while let Some((region, kind)) = self.regions.get(entered).cloned() {
                entered += 1;
                if let Some(part) = region.resolve_mut(document) {
                    let collected = &mut self.collected;
                    open::collect(self.version, part, &region, kind, collected, &mut open, &mut flaws);
                }
            }
            // Other references may lead to names that are not known yet, so files come last.
            let mut unknown = Vec::new();
            for reference in std::mem::take(&mut open) {
                match self.find(document, &reference) {
                    // All anchors of its name are known only at the end.
                    Ok((target, _)) if reference.keyword == DYNAMIC_REF && !is_last => {
                        self.enter_unknown(document, &target, reference.kind);
                        unknown.push((reference, Reason::Dynamic));
                    }
                    Ok((target, reason)) => {
                        self.follow(document, &reference, target, &mut flaws);
                        if !reference.is_of_discriminator() {
                            flaws.extend(reason.map(|reason| reference.flaw(reason)));
                        }
                    }
                    // Not a keyword of 2020-12, so its target need not exist.
                    Err(_) if reference.keyword == RECURSIVE_REF => {}
                    Err(reason) => unknown.push((reference, reason)),
                }
            }
            let mut is_done = entered == self.regions.len();
            if is_done {
                for (reference, reason) in &unknown {
                    if *reason == Reason::Elsewhere && self.load(document, reference, load)? {
                        is_done = false;
                    }
                }
            }
            if is_done && is_last {
                // A value that is not a reference is the name of a schema, whether that exists or not.
                unknown.retain(|(reference, _)| {
                    reference.keyword != MAPPING && !reference.is_name_of_component(document)
                });
                flaws.extend(unknown.into_iter().map(|(reference, reason)| reference.flaw(reason)));
                schemes::name(document, self.version, &self.names, &self.regions);
                return Ok(flaws);
            }
            is_last = is_done;
            open.extend(unknown.into_iter().map(|(reference, _)| reference));
        }
    }

    /// The document, and the targets of references outside of known fields.
    pub(super) fn regions(&self) -> &[(Pointer, Kind)] {
        &self.regions
    }

    /// The location that a reference is to, whether something is there or not: of an anchor, one where nothing is.
    pub(super) fn literally(&self, flaw: &Flaw) -> Option<Pointer> {
        let (to, fragment) = uri::split_fragment(flaw.reference.as_str()?);
        let base = self.names.base(&flaw.at);
        let name = if to.is_empty() { base.to_owned() } else { uri::resolve(base, to) };
        let mut target = self.names.location(&name)?.clone();
        let decoded = uri::percent_decode(fragment.unwrap_or_default())?;
        match Pointer::parse(&decoded) {
            Some(pointer) => pointer.iter().for_each(|token| target.push(token)),
            None => target.push(&decoded),
        }
        Some(target)
    }

    /// Records the identifiers in a part of the document, and queues its references.
    fn enter(&mut self, document: &Value, region: Pointer, kind: Kind) {
        if !self.entered.insert((region.clone(), kind)) {
            return;
        }
        if let Some(part) = region.resolve(document) {
            self.names.collect(part, &region, kind);
        }
        self.regions.push((region, kind));
    }

    /// Enters the target of a reference that is outside of known fields.
    fn enter_unknown(&mut self, document: &Value, target: &Pointer, kind: Kind) {
        if walk::location(target) == Location::Unknown {
            self.enter(document, target.clone(), kind);
        }
    }

    /// The target of a reference.
    fn find(&self, document: &Value, open: &Open) -> Result<(Pointer, Option<Reason>), Reason> {
        let text = open.reference.as_str().ok_or(Reason::Invalid)?;
        let (to, fragment) = uri::split_fragment(text);
        if open.is_of_discriminator() {
            if open.is_name_of_component(document) {
                return Err(Reason::Other);
            }
            if !may_be_reference(text) {
                return Err(Reason::Nothing);
            }
        }
        let name = self.names.resource(&open.at, to);
        let resource = self.names.location(&name).ok_or(Reason::Elsewhere)?;
        let decoded = uri::percent_decode(fragment.unwrap_or_default()).ok_or(Reason::Invalid)?;
        let mut target = match Pointer::parse(&decoded) {
            Some(pointer) => {
                let mut target = resource.clone();
                pointer.iter().for_each(|token| target.push(token));
                target
            }
            None => self.names.anchor(&name, &decoded).cloned().ok_or(Reason::Nothing)?,
        };
        let mut remark = None;
        let found = match target.resolve(document) {
            Some(found) => found,
            None => {
                target = from_root(text).ok_or(Reason::Nothing)?;
                remark = Some(Reason::FromRoot);
                target.resolve(document).ok_or(Reason::Nothing)?
            }
        };
        if !(found.is_object() || found.is_boolean() && open.kind == Kind::Schema) {
            return Err(Reason::Other);
        }
        if open.kind == Kind::Schema && is_in_another_file(&target) && !is_schema(found) {
            return Err(Reason::Other);
        }
        match walk::location(&target) {
            Location::Holds(kind) if kind == open.kind => {}
            // A Header Object is a Parameter Object without `name` and `in` (OpenAPI 3.1.0 §4.8.21), and some documents put one there.
            Location::Holds(Kind::Parameter) if open.kind == Kind::Header => {}
            Location::Unknown => {}
            _ => return Err(Reason::Other),
        }
        if open.keyword == DYNAMIC_REF && self.names.is_dynamic(&target, &decoded) {
            return Err(Reason::Dynamic);
        }
        Ok((target, remark))
    }

    /// Rewrites a reference as a pointer, and enters its target if that is outside of known fields.
    fn follow(&mut self, document: &mut Value, open: &Open, target: Pointer, flaws: &mut Vec<Flaw>) {
        self.enter_unknown(document, &target, open.kind);
        if open.is_of_discriminator() {
            let at = if open.keyword == MAPPING { open.at.clone() } else { open.at.join(open.keyword) };
            if let Some(entry) = at.resolve_mut(document) {
                *entry = target.to_reference().into();
            }
            return;
        }
        let Some(object) = open.at.resolve_mut(document).and_then(Value::as_object_mut) else { return };
        if open.keyword == REF {
            object.insert(REF.to_owned(), target.to_reference().into());
            return;
        }
        object.remove(open.keyword);
        if !object.contains_key(REF) {
            object.insert(REF.to_owned(), target.to_reference().into());
        } else if let Value::Array(members) =
            object.entry("allOf").or_insert_with(|| Value::Array(Vec::new()))
        {
            // Both apply (core §8.2.3).
            members.push(to(&target));
        } else {
            flaws.push(open.clone().flaw(Reason::Other));
        }
    }

    /// Counts the values of a file.
    fn add_values(&mut self, name: &str, more: usize) -> Result<(), String> {
        self.values += more;
        if self.values > MAX_VALUES {
            return Err(format!("error: with `{name}`, the files have more than {MAX_VALUES} values"));
        }
        Ok(())
    }

    /// Puts the file of a reference into the document. Returns whether there is one.
    fn load(
        &mut self,
        document: &mut Value,
        open: &Open,
        load: &mut dyn FnMut(&str) -> Result<Option<Value>, String>,
    ) -> Result<bool, String> {
        let Some(text) = open.reference.as_str() else { return Ok(false) };
        let name = self.names.resource(&open.at, uri::split_fragment(text).0);
        if self.names.location(&name).is_some() {
            return Ok(true);
        }
        let Some(file) = load(&name)? else { return Ok(false) };
        self.add_values(&name, count(&file))?;
        let Some(root) = document.as_object_mut() else { return Ok(false) };
        let at = Pointer::of([FILES, &name]);
        if let Value::Object(files) = root.entry(FILES).or_insert_with(|| Value::Object(Map::new())) {
            files.insert(name.clone(), file);
        }
        // Only references from the target are followed, but identifiers may be anywhere in the file.
        self.names.add_file(&name, &at, at.resolve(document).unwrap_or(&Value::Null));
        Ok(true)
    }
}

/// Whether it has a keyword that is known, or none but extensions. Another file may be anything, such as a list of secrets, and
/// reports quote schemas.
fn is_schema(value: &Value) -> bool {
    let keys = || value.as_object().into_iter().flat_map(Map::keys);
    keys().any(|key| keyword(key).is_some()) || keys().all(|key| is_extension(key))
}

/// The target of `#/components/…` in the document, where an `$id` makes it relative to a schema: strictly it does not exist, but
/// authors mean the root of the document.
fn from_root(reference: &str) -> Option<Pointer> {
    Pointer::from_reference(reference).filter(|target| target.in_component().is_some())
}

#[cfg(test)]
mod tests;
