//! Resolves `$ref`, `$dynamicRef` and `$recursiveRef`, by pointer, `$id`, `$anchor` or file name.
//!
//! [`resolve`] rewrites every reference as a pointer into the document, so that no other code has to resolve one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

use super::keywords::{is_extension, keyword};
use super::parse::{MAX_VALUES, count};
use super::pointer::Pointer;
use super::references::{REF, to};
use super::uri;
use super::version::Version;
use super::walk::{self, Kind, Location};

const DYNAMIC_REF: &str = "$dynamicRef";
const RECURSIVE_REF: &str = "$recursiveRef";
const SELF: &str = "$self";
/// Of a discriminator: an entry of it may be a reference without a keyword.
pub(super) const MAPPING: &str = "mapping";
/// Of a discriminator: the schema for all other values (OpenAPI 3.2.0 §4.25).
pub(crate) const DEFAULT_MAPPING: &str = "defaultMapping";

/// The extension under which [`bundle`] puts the other files of a document, by their names.
pub const FILES: &str = "x-files";

/// A reference that is invalid, or cannot be followed as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The object that holds the reference.
    pub at: Pointer,
    /// What the object should be.
    pub kind: Kind,
    /// The keyword and its value.
    pub keyword: &'static str,
    pub reference: Value,
    pub reason: Reason,
}

/// The problem of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is not a string, or not a URI reference.
    Invalid,
    /// It points to another document.
    Elsewhere,
    /// Its target does not exist.
    Nothing,
    /// Its target is not of the expected kind.
    Other,
    /// Its target depends on how it is reached (JSON Schema 2020-12 core §8.2.3.2).
    Dynamic,
    /// An `$id` makes it relative to the schema, where the target does not exist; it is resolved against the root of the document.
    FromRoot,
    /// Neither OpenAPI nor JSON Schema allows a reference there.
    Misplaced,
    /// It has siblings that are ignored.
    Ignored(Vec<String>),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keyword, reference, kind, .. } = self;
        let reference = reference.as_str().map_or_else(|| reference.to_string(), str::to_owned);
        match &self.reason {
            Reason::Invalid => write!(f, "the {keyword} `{reference}` is not a URI reference"),
            Reason::Elsewhere => {
                write!(f, "the {keyword} `{reference}` leaves the document; bundle it into one file first")
            }
            Reason::Nothing => write!(f, "the {keyword} `{reference}` points at nothing"),
            Reason::Other => {
                write!(f, "the {keyword} `{reference}` points at something other than {}", kind.named())
            }
            Reason::Dynamic => {
                write!(
                    f,
                    "the {keyword} `{reference}` refers to different schemas depending on how it is reached"
                )
            }
            Reason::FromRoot => {
                write!(
                    f,
                    "the {keyword} `{reference}` points at nothing relative to the schema's `$id`; it is resolved from the root of the document"
                )
            }
            Reason::Misplaced => {
                write!(f, "the {keyword} `{reference}` is not allowed here, so it is not followed")
            }
            Reason::Ignored(keys) => {
                let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
                write!(f, "beside a {keyword}, {} is ignored", keys.join(", "))
            }
        }
    }
}

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

/// A reference that is not resolved yet.
struct Open {
    at: Pointer,
    kind: Kind,
    keyword: &'static str,
    reference: Value,
}

impl Open {
    /// Whether a discriminator has it, by the name of a component or a reference.
    fn is_of_discriminator(&self) -> bool {
        matches!(self.keyword, MAPPING | DEFAULT_MAPPING)
    }

    /// Whether it is the name of a component that a discriminator has.
    fn is_name_of_component(&self, document: &Value) -> bool {
        let at = self.reference.as_str().map(|name| Pointer::of(["components", "schemas", name]));
        self.is_of_discriminator() && at.is_some_and(|at| at.resolve(document).is_some())
    }
}

/// The identifiers of a document and their locations.
pub(super) struct Resolver {
    version: Version,
    own: String,
    /// The locations of schemas and documents with a base URI of their own.
    bases: BTreeMap<Pointer, String>,
    /// Where the documents were read that say by `$self` what their URI is (OpenAPI 3.2.0 §4.1.2.2.1).
    retrieved: BTreeMap<Pointer, String>,
    /// The resources of the document by URI, without a fragment.
    resources: BTreeMap<String, Pointer>,
    /// The anchors, by the base URI of their resource and their name.
    anchors: BTreeMap<(String, String), Pointer>,
    /// The anchors that are dynamic, by name.
    dynamic: BTreeMap<String, BTreeSet<Pointer>>,
    /// The document, and the targets of references outside of known fields, with the kind of object there. They may overlap.
    regions: Vec<(Pointer, Kind)>,
    entered: BTreeSet<(Pointer, Kind)>,
    /// The schemas with an `$id` that are known.
    identified: BTreeSet<Pointer>,
    /// The objects whose references have been collected.
    collected: BTreeSet<Pointer>,
    /// How many values the other files have.
    values: usize,
}

impl Resolver {
    pub(super) fn new(document: &Value, own: &str) -> Self {
        let mut resolver = Self {
            version: Version::of(document),
            own: own.to_owned(),
            bases: BTreeMap::new(),
            retrieved: BTreeMap::new(),
            resources: BTreeMap::from([(own.to_owned(), Pointer::root())]),
            anchors: BTreeMap::new(),
            dynamic: BTreeMap::new(),
            regions: Vec::new(),
            entered: BTreeSet::new(),
            identified: BTreeSet::new(),
            collected: BTreeSet::new(),
            values: 0,
        };
        resolver.name_itself(document, &Pointer::root(), own);
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
                self.references(document, &region, kind, &mut open, &mut flaws);
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
                            flaws.extend(reason.map(|reason| Self::flaw(reference, reason)));
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
                flaws.extend(unknown.into_iter().map(|(reference, reason)| Self::flaw(reference, reason)));
                self.name_schemes(document);
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
        let base = self.base(&flaw.at);
        let name = if to.is_empty() { base.to_owned() } else { uri::resolve(base, to) };
        let mut target = self.resources.get(&name)?.clone();
        let decoded = uri::percent_decode(fragment.unwrap_or_default())?;
        match Pointer::parse(&decoded) {
            Some(pointer) => pointer.iter().for_each(|token| target.push(token)),
            None => target.push(&decoded),
        }
        Some(target)
    }

    fn flaw(reference: Open, reason: Reason) -> Flaw {
        let Open { at, kind, keyword, reference } = reference;
        Flaw { at, kind, keyword, reference, reason }
    }

    /// `{$self: 'https://example.com/api.yaml'}` gives a document at `at`, which was read from `own`, its base URI.
    fn name_itself(&mut self, document: &Value, at: &Pointer, own: &str) {
        let uri = document.get(SELF).and_then(Value::as_str).map(|uri| uri::split_fragment(uri).0);
        let Some(uri) = uri.filter(|uri| !uri.is_empty() && Version::of(document) == Version::V3_2) else {
            return;
        };
        let uri = uri::resolve(own, uri);
        self.resources.entry(uri.clone()).or_insert_with(|| at.clone());
        self.bases.insert(at.clone(), uri);
        self.retrieved.insert(at.clone(), own.to_owned());
    }

    /// Records the identifiers in a part of the document, and queues its references.
    fn enter(&mut self, document: &Value, region: Pointer, kind: Kind) {
        if !self.entered.insert((region.clone(), kind)) {
            return;
        }
        if let Some(part) = region.resolve(document) {
            self.names(part, &region, kind);
        }
        self.regions.push((region, kind));
    }

    /// Enters the target of a reference that is outside of known fields.
    fn enter_unknown(&mut self, document: &Value, target: &Pointer, kind: Kind) {
        if walk::location(target) == Location::Unknown {
            self.enter(document, target.clone(), kind);
        }
    }

    fn names(&mut self, part: &Value, region: &Pointer, kind: Kind) {
        if !self.version.has_identifiers() {
            return;
        }
        let (mut ids, mut anchors) = (Vec::new(), Vec::new());
        walk::walk(part, kind, &mut region.clone(), &mut |kind, at, value| {
            if kind != Kind::Schema {
                return;
            }
            let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
            ids.extend(text("$id").map(|id| (at.clone(), id)));
            anchors.extend(text("$anchor").map(|name| (at.clone(), name, false)));
            anchors.extend(text("$dynamicAnchor").map(|name| (at.clone(), name, true)));
        });
        // Outer identifiers come first, since inner ones are relative to them (core §8.2.1).
        ids.sort_by_key(|(at, _)| at.iter().count());
        for (at, id) in ids {
            let (id, _) = uri::split_fragment(&id);
            if !id.is_empty() && self.identified.insert(at.clone()) {
                let base = uri::resolve(self.base(&at), id);
                self.resources.entry(base.clone()).or_insert_with(|| at.clone());
                self.bases.insert(at, base);
            }
        }
        for (at, name, is_dynamic) in anchors {
            self.anchors.entry((self.base(&at).to_owned(), name.clone())).or_insert_with(|| at.clone());
            if is_dynamic {
                self.dynamic.entry(name).or_default().insert(at);
            }
        }
    }

    /// The base URI at a location: that of the nearest `$id`.
    fn base(&self, at: &Pointer) -> &str {
        self.based(at).1
    }

    /// The base URI at a location, and what it is that of.
    fn based(&self, at: &Pointer) -> (Pointer, &str) {
        let mut above = at.clone();
        loop {
            match self.bases.get(&above) {
                Some(base) => return (above, base),
                None if above.last().is_none() => return (above, &self.own),
                None => above.pop(),
            }
        }
    }

    /// The resource that a reference at a location leads to. One that is relative to the `$self` of a document may also be a file beside it:
    /// nothing is requested by a URI that only a document names.
    fn resource(&self, at: &Pointer, to: &str) -> String {
        let (of, base) = self.based(at);
        if to.is_empty() {
            return base.to_owned();
        }
        let name = uri::resolve(base, to);
        match self.retrieved.get(&of) {
            Some(own) if !self.resources.contains_key(&name) => uri::resolve(own, to),
            _ => name,
        }
    }

    /// Collects the references of a part of the document, and removes their ignored siblings.
    fn references(
        &mut self,
        document: &mut Value,
        region: &Pointer,
        kind: Kind,
        open: &mut Vec<Open>,
        flaws: &mut Vec<Flaw>,
    ) {
        let Some(part) = region.resolve_mut(document) else { return };
        walk::walk_mut(part, kind, &mut region.clone(), &mut |kind, at, value| {
            let Some(object) = value.as_object_mut() else { return };
            for (at, reference) in misplaced(self.version, kind, at, object) {
                if self.collected.insert(at.clone()) {
                    flaws.push(Flaw { at, kind, keyword: REF, reference, reason: Reason::Misplaced });
                }
            }
            if !self.version.may_refer(kind) {
                return;
            }
            if kind == Kind::Schema {
                for (at, reference) in mapped(at, object) {
                    if self.collected.insert(at.clone()) {
                        open.push(Open { at, kind, keyword: MAPPING, reference });
                    }
                }
                if let Some((at, reference)) = default_mapped(self.version, at, object)
                    && self.collected.insert(at.clone())
                {
                    open.push(Open { at, kind, keyword: DEFAULT_MAPPING, reference });
                }
            }
            // Parts may overlap, and a rewritten reference would lead elsewhere if it were followed again.
            let refers = [REF, DYNAMIC_REF, RECURSIVE_REF].iter().any(|key| object.contains_key(*key));
            if !refers || !self.collected.insert(at.clone()) {
                return;
            }
            if let Some(reference) = object.get(REF) {
                let reference = reference.clone();
                let ignored = self.version.ignored_beside_reference(kind, object, REF);
                object.retain(|key, _| !ignored.contains(key));
                if !ignored.is_empty() {
                    let (at, reason) = (at.clone(), Reason::Ignored(ignored));
                    flaws.push(Flaw { at, kind, keyword: REF, reference: reference.clone(), reason });
                }
                open.push(Open { at: at.clone(), kind, keyword: REF, reference });
            }
            if kind == Kind::Schema && self.version.has_identifiers() {
                for keyword in [DYNAMIC_REF, RECURSIVE_REF] {
                    if let Some(reference) = object.get(keyword).cloned() {
                        open.push(Open { at: at.clone(), kind, keyword, reference });
                    }
                }
            }
        });
    }

    /// `security: [{'#/components/securitySchemes/a': []}]` ⇒ `security: [{a: []}]`
    ///
    /// A key is the name of a component, else a URI (OpenAPI 3.2.0 §4.30). One that leads to no scheme of the document stays.
    fn name_schemes(&self, document: &mut Value) {
        if !self.version.has_schemes_by_uri() {
            return;
        }
        let schemes = document.pointer("/components/securitySchemes").and_then(Value::as_object);
        let names: BTreeSet<String> = schemes.into_iter().flat_map(Map::keys).cloned().collect();
        let named = |at: &Pointer, key: &str| {
            let (to, fragment) = uri::split_fragment(key);
            let mut target = self.resources.get(&self.resource(at, to))?.clone();
            Pointer::from_reference(&format!("#{}", fragment?))?.iter().for_each(|token| target.push(token));
            let name = target.component("securitySchemes").filter(|_| target.is_component())?;
            names.contains(name).then(|| name.to_owned())
        };
        for (region, kind) in &self.regions {
            let Some(part) = region.resolve_mut(document) else { continue };
            walk::walk_mut(part, *kind, &mut region.clone(), &mut |kind, at, value| {
                if !matches!(kind, Kind::Document | Kind::Operation) {
                    return;
                }
                let requirements = value.get_mut("security").and_then(Value::as_array_mut);
                for requirement in requirements.into_iter().flatten().filter_map(Value::as_object_mut) {
                    for (key, scopes) in std::mem::take(requirement) {
                        let name = if names.contains(&key) { None } else { named(at, &key) };
                        add_scheme(requirement, name.unwrap_or(key), scopes);
                    }
                }
            });
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
        let name = self.resource(&open.at, to);
        let resource = self.resources.get(&name).ok_or(Reason::Elsewhere)?;
        let decoded = uri::percent_decode(fragment.unwrap_or_default()).ok_or(Reason::Invalid)?;
        let mut target = match Pointer::parse(&decoded) {
            Some(pointer) => {
                let mut target = resource.clone();
                pointer.iter().for_each(|token| target.push(token));
                target
            }
            None => {
                self.anchors.get(&(name, decoded.clone().into_owned())).cloned().ok_or(Reason::Nothing)?
            }
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
        if open.keyword == DYNAMIC_REF && self.is_dynamic(&target, &decoded) {
            return Err(Reason::Dynamic);
        }
        Ok((target, remark))
    }

    /// Whether other schemas have the dynamic anchor of this one, too: the target then depends on the schema that was entered first.
    fn is_dynamic(&self, target: &Pointer, name: &str) -> bool {
        self.dynamic.get(name).is_some_and(|all| all.len() > 1 && all.contains(target))
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
            flaws.push(Self::flaw(
                Open {
                    at: open.at.clone(),
                    kind: open.kind,
                    keyword: open.keyword,
                    reference: open.reference.clone(),
                },
                Reason::Other,
            ));
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
        let name = self.resource(&open.at, uri::split_fragment(text).0);
        if self.resources.contains_key(&name) {
            return Ok(true);
        }
        let Some(file) = load(&name)? else { return Ok(false) };
        self.add_values(&name, count(&file))?;
        let Some(root) = document.as_object_mut() else { return Ok(false) };
        let at = Pointer::of([FILES, &name]);
        if let Value::Object(files) = root.entry(FILES).or_insert_with(|| Value::Object(Map::new())) {
            files.insert(name.clone(), file);
        }
        self.resources.insert(name.clone(), at.clone());
        self.bases.insert(at.clone(), name.clone());
        if let Some(file) = at.resolve(document) {
            self.name_itself(file, &at, &name);
        }
        // Only references from the target are followed, but identifiers may be anywhere in the file.
        if let Some(file) = at.resolve(document) {
            let kind = if file.get("openapi").is_some() { Kind::Document } else { Kind::Schema };
            self.names(file, &at, kind);
        }
        Ok(true)
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

/// Whether it has a keyword that is known, or none but extensions. Another file may be anything, such as a list of secrets, and
/// reports quote schemas.
fn is_schema(value: &Value) -> bool {
    let keys = || value.as_object().into_iter().flat_map(Map::keys);
    keys().any(|key| keyword(key).is_some()) || keys().all(|key| is_extension(key))
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
fn may_be_reference(to: &str) -> bool {
    to.contains(['#', '/']) || [".yaml", ".yml", ".json"].iter().any(|ending| to.ends_with(ending))
}

/// The target of `#/components/…` in the document, where an `$id` makes it relative to a schema: strictly it does not exist, but
/// authors mean the root of the document.
fn from_root(reference: &str) -> Option<Pointer> {
    Pointer::from_reference(reference).filter(|target| target.in_component().is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::references::target;

    /// The document with its files in it, and the problems of its references.
    fn bundled(mut document: Value, files: Value) -> (Value, Vec<String>) {
        let mut load = |name: &str| files.get(name).cloned().ok_or_else(|| format!("no file `{name}`"));
        let flaws = bundle(&mut document, "api.yaml", &mut load).expect("all files are there");
        (document, flaws.iter().map(ToString::to_string).collect())
    }

    fn schemas(schemas: Value) -> Value {
        json!({ "openapi": "3.1.0", "components": { "schemas": schemas } })
    }

    fn target_at(document: &Value, at: &str) -> Value {
        let target = document.pointer(at).and_then(target).unwrap_or_else(|| panic!("no reference at {at}"));
        target.resolve(document).cloned().unwrap_or_else(|| panic!("{at} leads to {target}"))
    }

    #[test]
    fn a_reference_in_parts_that_overlap_is_followed_once() {
        let mut document = schemas(json!({
            "A": { "$ref": "#/x-a/properties/b" },
            "B": { "properties": { "b": { "$ref": "#/x-a" } } },
            "C": { "$ref": "#/x-c" },
        }));
        document["x-a"] = json!({
            "$id": "sub/order",
            "properties": { "b": { "$ref": "#/$defs/Num" } },
            "$defs": { "Num": { "title": "num", "$id": "num", "$dynamicAnchor": "n", "$dynamicRef": "#n" } },
        });
        document["x-c"] = json!({ "$ref": "sub/num" });
        assert_eq!(resolve(&mut document), []);
        assert_eq!(target_at(&document, "/x-a/properties/b")["title"], "num");
        assert_eq!(target_at(&document, "/x-a/$defs/Num")["title"], "num");
        assert_eq!(target_at(&document, "/x-c")["title"], "num");

        let mut document =
            schemas(json!({ "A": { "$ref": "#/x-files" }, "B": { "$ref": "#/x-files/items" } }));
        document["x-files"] = json!({ "items": { "$ref": "pet.yaml" } });
        let (document, flaws) = bundled(
            document,
            json!({ "pet.yaml": {
            "properties": { "a": { "items": { "$ref": "#/definitions/B" } }, "b": { "$ref": "#/properties/a" } },
            "definitions": { "B": { "title": "b" } },
        } }),
        );
        assert_eq!(flaws, [""; 0]);
        assert_eq!(target_at(&document, "/x-files/pet.yaml/properties/a/items")["title"], "b");
    }

    #[test]
    fn an_identifier_in_parts_that_overlap_is_relative_to_the_same_base() {
        let mut document = schemas(json!({ "A": { "$ref": "#/x-a" }, "B": { "$ref": "#/x-a/$defs/Num" } }));
        document["x-a"] = json!({
            "$id": "sub/",
            "$defs": { "Num": { "$id": "n/num", "items": { "$ref": "other" } }, "Other": { "$id": "n/other", "title": "o" } },
        });
        assert_eq!(resolve(&mut document), []);
        assert_eq!(target_at(&document, "/x-a/$defs/Num/items")["title"], "o");
    }

    #[test]
    fn an_anchor_in_a_file_is_found_however_the_file_is_reached() {
        let defs = json!({ "pet.yaml": { "$defs": { "A": { "title": "a" }, "B": { "title": "b", "$anchor": "b" } } } });
        let a = json!({ "$ref": "pet.yaml#/$defs/A" });
        let b = json!({ "$ref": "pet.yaml#b" });
        for (first, second) in [(&a, &b), (&b, &a)] {
            let (document, flaws) =
                bundled(schemas(json!({ "First": first, "Second": second })), defs.clone());
            assert_eq!(flaws, [""; 0]);
            let found =
                ["First", "Second"].map(|name| target_at(&document, &format!("/components/schemas/{name}")));
            assert!(found.iter().all(|found| found.get("title").is_some()), "{found:?}");
        }
    }

    #[test]
    fn only_what_is_referred_to_in_a_file_needs_other_files() {
        let common = json!({
            "openapi": "3.1.0",
            "paths": { "/a": { "$ref": "missing.yaml" } },
            "components": { "schemas": { "A": { "$ref": "#/components/schemas/B" }, "B": { "title": "b" } } },
        });
        let document = schemas(json!({ "A": { "$ref": "common.yaml#/components/schemas/A" } }));
        let (document, flaws) = bundled(document, json!({ "common.yaml": common }));
        assert_eq!(flaws, [""; 0]);
        assert_eq!(target_at(&document, "/x-files/common.yaml/components/schemas/A")["title"], "b");
    }

    #[test]
    fn what_a_file_lacks_is_not_read_from_the_document() {
        let document = schemas(json!({
            "A": { "$ref": "common.yaml#/components/schemas/B" }, "B": {},
        }));
        let (_, flaws) = bundled(document, json!({ "common.yaml": { "openapi": "3.1.0" } }));
        assert_eq!(flaws, ["the $ref `common.yaml#/components/schemas/B` points at nothing"]);
    }

    #[test]
    fn a_dynamic_anchor_in_a_file_counts_whenever_it_is_read() {
        let document = schemas(json!({
            "Tree": { "$id": "tree", "$dynamicAnchor": "n", "items": { "$dynamicRef": "#n" } },
            "Strict": { "$ref": "strict.yaml" },
        }));
        let strict = json!({ "$id": "strict", "$dynamicAnchor": "n", "$ref": "tree", "maxItems": 1 });
        let (_, flaws) = bundled(document, json!({ "strict.yaml": strict }));
        assert_eq!(
            flaws,
            ["the $dynamicRef `#n` refers to different schemas depending on how it is reached"]
        );
    }

    #[test]
    fn a_reference_leads_to_an_object_of_its_kind() {
        let mut document = schemas(json!({
            "Anything": true, "A": { "$ref": "#/components/schemas/Anything" }, "B": { "$ref": "#/info/title" },
            "C": { "$ref": "#/x-text" },
        }));
        document["info"] = json!({ "title": "t" });
        document["x-text"] = "type: object".into();
        document["components"]["parameters"] = json!({
            "P": { "name": "p", "in": "query", "schema": {} }, "Q": { "$ref": "#/components/schemas/Anything" },
        });
        document["components"]["headers"] = json!({ "H": { "$ref": "#/components/parameters/P" } });
        let (document, flaws) = bundled(document, json!({}));
        assert_eq!(
            flaws,
            [
                "the $ref `#/info/title` points at something other than a schema",
                "the $ref `#/x-text` points at something other than a schema",
                "the $ref `#/components/schemas/Anything` points at something other than a parameter",
            ]
        );
        assert_eq!(target_at(&document, "/components/schemas/A"), true);
        assert_eq!(target_at(&document, "/components/headers/H")["name"], "p");
    }

    #[test]
    fn only_schemas_of_3_1_have_dynamic_references() {
        let dynamic = json!({ "$dynamicRef": "#nothing" });
        let mut document = schemas(json!({ "A": dynamic }));
        document["components"]["responses"] =
            json!({ "R": { "description": "d", "content": { "application/json": dynamic } } });
        let (_, flaws) = bundled(document.clone(), json!({}));
        assert_eq!(flaws.len(), 1, "{flaws:?}");
        document["openapi"] = "3.0.3".into();
        assert_eq!(bundled(document, json!({})).1, [""; 0]);
    }

    #[test]
    fn a_mapping_names_a_component_before_a_file() {
        let document = schemas(json!({
            "dog.yaml": { "title": "component" },
            "A": { "discriminator": { "propertyName": "k", "mapping": { "d": "dog.yaml" } } },
            "B": { "$ref": "dog.yaml" },
        }));
        let (document, flaws) = bundled(document, json!({ "dog.yaml": { "title": "file" } }));
        assert_eq!(flaws, [""; 0]);
        assert_eq!(document["components"]["schemas"]["A"]["discriminator"]["mapping"]["d"], "dog.yaml");
        assert_eq!(target_at(&document, "/components/schemas/B")["title"], "file");
    }

    /// A schema in the document itself may have keywords that nobody knows.
    #[test]
    fn a_file_without_any_keyword_is_not_taken_for_a_schema() {
        let mut document = schemas(
            json!({ "A": { "$ref": "a.yaml" }, "B": { "$ref": "b.yaml" }, "C": { "$ref": "#/x-c" } }),
        );
        document["x-c"] = json!({ "token": "t" });
        let (_, flaws) =
            bundled(document, json!({ "a.yaml": { "token": "t" }, "b.yaml": { "x-token": "t" } }));
        assert_eq!(flaws, ["the $ref `a.yaml` points at something other than a schema"]);
        assert!(is_in_another_file(&Pointer::of([FILES, "a.yaml"])));
        assert!(!is_in_another_file(&Pointer::of(["x-c"])));
        let split = in_another_file(&Pointer::of([FILES, "a.yaml", "b", "c"]));
        assert_eq!(split, Some(("a.yaml".to_owned(), Pointer::of(["b", "c"]))));
        assert_eq!(in_another_file(&Pointer::of(["paths", "/a"])), None);
    }

    #[test]
    fn all_files_together_have_as_many_values_as_a_document() {
        let mut resolver = Resolver::new(&json!({}), "api.yaml");
        assert_eq!(resolver.add_values("a.yaml", MAX_VALUES - 1), Ok(()));
        assert_eq!(resolver.add_values("b.yaml", 1), Ok(()));
        let error = resolver.add_values("c.yaml", 2).expect_err("too many values");
        assert_eq!(error, "error: with `c.yaml`, the files have more than 1000000 values");
    }

    #[test]
    fn reports_a_reference_where_none_is_allowed() {
        for (at, place) in [
            ("/paths", json!({ "$ref": "a.yaml" })),
            ("/components/schemas", json!({ "$ref": "a.yaml" })),
            ("/components/schemas/A/properties", json!({ "$ref": "a.yaml" })),
            ("/paths/~1a/get", json!({ "$ref": "a.yaml" })),
            ("/paths/~1a/get/parameters", json!({ "$ref": "a.yaml" })),
            ("/paths/~1a/get/responses", json!({ "$ref": "a.yaml" })),
        ] {
            let mut document = json!({
                "openapi": "3.1.0",
                "paths": { "/a": { "get": { "parameters": [], "responses": {} } } },
                "components": { "schemas": { "A": { "properties": { "$ref": { "type": "string" } } } } },
            });
            assert_eq!(resolve(&mut document), []);
            *document.pointer_mut(at).expect("a place") = place;
            let reported: Vec<_> = resolve(&mut document)
                .iter()
                .map(|flaw| (flaw.at.to_string(), flaw.reason.clone()))
                .collect();
            assert_eq!(reported, [(at.to_owned(), Reason::Misplaced)]);
        }
    }

    #[test]
    fn a_mapping_of_a_discriminator_leads_to_files_as_well() {
        let mapping = json!({
            "a": "cats/cat.yaml", "b": "#dog", "c": "Owl", "d": "v1.Owl", "g": "org.Bat", "e": "#/components/schemas/Owl", "f": "#/none",
        });
        let document = schemas(json!({
            "Pet": { "$ref": "pet.yaml" },
            "Owl": {}, "v1.Owl": {}, "Dog": { "$ref": "pet.yaml#dog" },
        }));
        let pet =
            json!({ "discriminator": { "mapping": mapping }, "$defs": { "Dog": { "$anchor": "dog" } } });
        let owl = json!({ "openapi": "3.1.0", "discriminator": {} });
        let files = json!({ "pet.yaml": pet, "cats/cat.yaml": { "items": { "$ref": "big.yaml" } }, "cats/big.yaml": owl });
        let (document, flaws) = bundled(document, files);
        assert_eq!(flaws, [""; 0]);
        let expected = json!({
            "a": "#/x-files/cats~1cat.yaml", "b": "#/x-files/pet.yaml/$defs/Dog", "c": "Owl", "d": "v1.Owl", "g": "org.Bat",
            "e": "#/components/schemas/Owl", "f": "#/none",
        });
        assert_eq!(document["x-files"]["pet.yaml"]["discriminator"]["mapping"], expected);
    }

    #[test]
    fn a_document_has_the_base_uri_that_it_says() {
        let schemas = json!({
            "A": { "title": "a" },
            "B": { "$ref": "https://example.com/v1/api.yaml#/components/schemas/A" },
            "C": { "$ref": "/v1/api.yaml#/components/schemas/A" },
            "D": { "$ref": "more.yaml#/components/schemas/M" },
            "E": { "$ref": "https://example.com/v1/more.yaml#/components/schemas/M" },
        });
        let uri = "https://example.com/v1/api.yaml";
        let document =
            json!({ "openapi": "3.2.0", "$self": format!("{uri}#x"), "components": { "schemas": schemas } });
        let more = json!({
            "openapi": "3.2.0", "$self": "https://example.com/v1/more.yaml",
            "components": { "schemas": { "M": { "items": { "$ref": "api.yaml#/components/schemas/A" } } } },
        });
        let files = json!({ "more.yaml": more });
        let (document, flaws) = bundled(document, files.clone());
        assert_eq!(flaws, [""; 0]);
        for name in ["B", "C"] {
            assert_eq!(target_at(&document, &format!("/components/schemas/{name}"))["title"], "a");
        }
        assert_eq!(
            target_at(&document, "/components/schemas/D"),
            target_at(&document, "/components/schemas/E")
        );
        assert_eq!(target_at(&document, "/x-files/more.yaml/components/schemas/M/items")["title"], "a");

        // Before 3.2 it is not a field.
        let mut document = schemas_of_3_1(uri);
        assert_eq!(resolve(&mut document).len(), 1);
    }

    fn schemas_of_3_1(uri: &str) -> Value {
        let mut document =
            schemas(json!({ "A": {}, "B": { "$ref": format!("{uri}#/components/schemas/A") } }));
        document["$self"] = uri.into();
        document
    }

    /// One after the other, each of these took minutes: time that grew with the square of the size, or its cube.
    #[test]
    fn many_names_and_files_take_no_long_time() {
        let many = |count: usize, schema: &dyn Fn(usize) -> Value| {
            schemas(
                (0..count).map(|number| (format!("S{number}"), schema(number))).collect::<Map<_, _>>().into(),
            )
        };
        let mut identified = many(
            20_000,
            &|number| json!({ "$id": format!("s{number}"), "$ref": format!("s{}", number / 2) }),
        );
        assert_eq!(resolve(&mut identified), []);

        let mut outside = many(20_000, &|number| json!({ "$ref": format!("#/x-s/{number}") }));
        outside["x-s"] = vec![json!({}); 20_000].into();
        assert_eq!(resolve(&mut outside), []);

        let mut long = many(1, &|_| json!({ "$ref": format!("#{}", "/a".repeat(500_000)) }));
        assert_eq!(resolve(&mut long).len(), 1);

        let mut files = many(1_000, &|number| json!({ "$ref": format!("f{number}.yaml") }));
        let mut load = |_: &str| Ok(json!({ "items": { "$ref": "f0.yaml" } }));
        assert_eq!(bundle(&mut files, "api.yaml", &mut load), Ok(Vec::new()));
    }
}
