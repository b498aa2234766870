//! What references refer to: `$ref`, `$dynamicRef` and `$recursiveRef`, by pointer, `$id`, `$anchor` or the name of a file.
//!
//! [`resolve`] writes every reference as a pointer into the document, so that no other room asks what one means.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value, json};

use super::parse::{MAX_VALUES, count};
use super::pointer::Pointer;
use super::position::{self, Kind, Location};
use super::uri;
use super::version::Version;

const REF: &str = "$ref";
const DYNAMIC_REF: &str = "$dynamicRef";
const RECURSIVE_REF: &str = "$recursiveRef";
const SCHEMAS: &str = "#/components/schemas/";

/// The extension under which [`bundle`] puts the other files of a document, by their names.
const FILES: &str = "x-files";

/// Whether an object has a `$ref`.
pub fn is_reference(object: &Map<String, Value>) -> bool {
    object.contains_key(REF)
}

/// Whether a key is that of a reference.
pub fn is_reference_key(key: &str) -> bool {
    key == REF
}

/// The location in the document that the `$ref` of an object points to; none where it has none or leads elsewhere.
pub fn target(object: &Value) -> Option<Pointer> {
    object.as_object().and_then(target_of)
}

/// As [`target`].
pub fn target_of(object: &Map<String, Value>) -> Option<Pointer> {
    Pointer::from_reference(object.get(REF)?.as_str()?)
}

/// The component schema that the `$ref` of a schema refers to.
pub fn referred(schema: &Value) -> Option<Cow<'_, str>> {
    schema.as_object().and_then(referred_by)
}

/// As [`referred`].
pub fn referred_by(schema: &Map<String, Value>) -> Option<Cow<'_, str>> {
    named(schema.get(REF)?.as_str()?)
}

/// The component schema that a reference such as `#/components/schemas/Pet` is to.
pub fn named(reference: &str) -> Option<Cow<'_, str>> {
    let name = reference.strip_prefix(SCHEMAS)?;
    if name.contains(['%', '/', '~']) {
        let name = Pointer::from_reference(reference)?.component("schemas")?.to_owned();
        return Some(name.into());
    }
    Some(name.into())
}

/// The location of the `$ref` of an object.
pub fn keyword_at(object: &Pointer) -> Pointer {
    object.join(REF)
}

/// Removes the `$ref` of a schema.
pub fn take(schema: &mut Map<String, Value>) -> Option<Value> {
    schema.remove(REF)
}

/// A reference to a component schema.
pub fn to_schema(name: &str) -> Value {
    to(&Pointer::of(["components", "schemas", name]))
}

/// A reference to a location in the document.
pub fn to(target: &Pointer) -> Value {
    json!({ REF: target.to_reference() })
}

/// Makes a schema or Reference Object refer to a location in the document.
pub fn point(object: &mut Value, target: &Pointer) {
    if let Some(object) = object.as_object_mut() {
        object.insert(REF.to_owned(), target.to_reference().into());
    }
}

/// Something about a reference that its reader has to know.
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

/// Why a reference stays as it is, or what beside it is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is not a string, or not a URI reference.
    Invalid,
    /// It leads to another document.
    Elsewhere,
    /// Nothing is there.
    Nothing,
    /// Something else is there.
    Other,
    /// Which schema it leads to depends on how it is reached (JSON Schema 2020-12 core §8.2.3.2).
    Dynamic,
    /// Strictly nothing is there, since an `$id` makes it relative to the schema; it is read from the root of the document.
    FromRoot,
    /// Beside the reference stand keys that are ignored.
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
                    "the {keyword} `{reference}` leads to another schema depending on how it is reached"
                )
            }
            Reason::FromRoot => {
                write!(
                    f,
                    "the {keyword} `{reference}` is relative to the schema's `$id`, where nothing is; it is read from the root of the document"
                )
            }
            Reason::Ignored(keys) => {
                let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
                write!(f, "beside a {keyword}, {} is ignored", keys.join(", "))
            }
        }
    }
}

/// Writes every reference of a document as a pointer into it, and returns those that cannot be.
///
/// `{$ref: '#num'}` ⇒ `{$ref: '#/components/schemas/Num'}`, where `Num` has `$anchor: num`;
/// `{$dynamicRef: '#n'}` ⇒ `{$ref: …}`, where one schema has `$dynamicAnchor: n`.
///
/// What stands beside a reference and is ignored there is removed.
pub fn resolve(document: &mut Value) -> Vec<Flaw> {
    let mut resolver = Resolver::new(document, "");
    resolver.run(document, &mut |_| Ok(None)).unwrap_or_default()
}

/// As [`resolve`], for a document of several files: each that is referred to is put into the document.
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
pub fn is_in_another_file(at: &Pointer) -> bool {
    at.iter().next() == Some(FILES)
}

/// A reference that has not been followed yet.
struct Open {
    at: Pointer,
    kind: Kind,
    keyword: &'static str,
    reference: Value,
}

/// What a document names, and where.
struct Resolver {
    version: Version,
    own: String,
    /// Where another base URI than the document's own begins, outer ones first.
    bases: Vec<(Pointer, String)>,
    /// The resources of the document by URI, without a fragment.
    resources: BTreeMap<String, Pointer>,
    /// Where the anchors are, by the base URI of their resource and their name.
    anchors: BTreeMap<(String, String), Pointer>,
    /// The anchors that are dynamic, by name.
    dynamic: BTreeMap<String, Vec<Pointer>>,
    /// Where references may lead that stand in no known field of the document, and the kind of object there.
    regions: Vec<(Pointer, Kind)>,
    /// How many values the other files have.
    values: usize,
}

impl Resolver {
    fn new(document: &Value, own: &str) -> Self {
        let mut resolver = Self {
            version: Version::of(document),
            own: own.to_owned(),
            bases: Vec::new(),
            resources: BTreeMap::from([(own.to_owned(), Pointer::root())]),
            anchors: BTreeMap::new(),
            dynamic: BTreeMap::new(),
            regions: Vec::new(),
            values: 0,
        };
        resolver.enter(document, Pointer::root(), Kind::Document);
        resolver
    }

    fn run(
        &mut self,
        document: &mut Value,
        load: &mut dyn FnMut(&str) -> Result<Option<Value>, String>,
    ) -> Result<Vec<Flaw>, String> {
        let (mut flaws, mut open, mut entered) = (Vec::new(), Vec::new(), 0);
        loop {
            while let Some((region, kind)) = self.regions.get(entered).cloned() {
                entered += 1;
                self.references(document, &region, kind, &mut open, &mut flaws);
            }
            // Names that are not known yet may be in what others lead to, so that files come last.
            let waiting = std::mem::take(&mut open);
            let mut unknown = Vec::new();
            for reference in waiting {
                match self.find(document, &reference) {
                    Ok((target, reason)) => {
                        self.follow(document, &reference, target, &mut flaws);
                        flaws.extend(reason.map(|reason| Self::flaw(reference, reason)));
                    }
                    // No keyword of 2020-12, which is why it need not lead anywhere.
                    Err(_) if reference.keyword == RECURSIVE_REF => {}
                    Err(reason) => unknown.push((reference, reason)),
                }
            }
            if entered < self.regions.len() {
                open.extend(unknown.into_iter().map(|(reference, _)| reference));
                continue;
            }
            let mut has_loaded = false;
            for (reference, reason) in unknown {
                if !has_loaded && reason == Reason::Elsewhere {
                    has_loaded = self.load(document, &reference, load)?;
                }
                if has_loaded {
                    open.push(reference);
                } else {
                    flaws.push(Self::flaw(reference, reason));
                }
            }
            if !has_loaded {
                return Ok(flaws);
            }
        }
    }

    fn flaw(reference: Open, reason: Reason) -> Flaw {
        let Open { at, kind, keyword, reference } = reference;
        Flaw { at, kind, keyword, reference, reason }
    }

    /// Notes the names in a part of the document, and that its references are to be followed.
    fn enter(&mut self, document: &Value, region: Pointer, kind: Kind) {
        if self.version.has_identifiers()
            && let Some(part) = region.resolve(document)
        {
            self.names(part, &region, kind);
        }
        self.regions.push((region, kind));
    }

    fn names(&mut self, part: &Value, region: &Pointer, kind: Kind) {
        let (mut ids, mut anchors) = (Vec::new(), Vec::new());
        position::walk(part, kind, &mut region.clone(), &mut |kind, at, value| {
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
            if !id.is_empty() {
                let base = uri::resolve(self.base(&at), id);
                self.resources.entry(base.clone()).or_insert_with(|| at.clone());
                self.bases.push((at, base));
            }
        }
        for (at, name, is_dynamic) in anchors {
            self.anchors.entry((self.base(&at).to_owned(), name.clone())).or_insert_with(|| at.clone());
            if is_dynamic {
                self.dynamic.entry(name).or_default().push(at);
            }
        }
    }

    /// The base URI at a location: that of the nearest `$id`.
    fn base(&self, at: &Pointer) -> &str {
        let nearest = self.bases.iter().filter(|(resource, _)| resource.contains(at));
        nearest.max_by_key(|(resource, _)| resource.iter().count()).map_or(&self.own, |(_, base)| base)
    }

    /// Collects the references of a part of the document, and removes what is ignored beside them.
    fn references(
        &self,
        document: &mut Value,
        region: &Pointer,
        kind: Kind,
        open: &mut Vec<Open>,
        flaws: &mut Vec<Flaw>,
    ) {
        let Some(part) = region.resolve_mut(document) else { return };
        position::walk_mut(part, kind, &mut region.clone(), &mut |kind, at, value| {
            if !kind.may_refer() {
                return;
            }
            let Some(object) = value.as_object_mut() else { return };
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

    /// What a reference leads to.
    fn find(&self, document: &Value, open: &Open) -> Result<(Pointer, Option<Reason>), Reason> {
        let text = open.reference.as_str().ok_or(Reason::Invalid)?;
        let (to, fragment) = uri::split_fragment(text);
        let base = self.base(&open.at);
        let name = if to.is_empty() { base.to_owned() } else { uri::resolve(base, to) };
        let resource = self.resources.get(&name).ok_or(Reason::Elsewhere)?;
        let mut target = match fragment {
            None | Some("") => resource.clone(),
            Some(fragment) => {
                let fragment = uri::percent_decode(fragment).ok_or(Reason::Invalid)?.into_owned();
                match Pointer::parse(&fragment) {
                    Some(pointer) => {
                        pointer.iter().fold(resource.clone(), |target, token| target.join(token))
                    }
                    None => self.anchors.get(&(name, fragment)).cloned().ok_or(Reason::Nothing)?,
                }
            }
        };
        let mut remark = None;
        let found = match target.resolve(document) {
            Some(found) => found,
            None => {
                target = from_root(fragment).ok_or(Reason::Nothing)?;
                remark = Some(Reason::FromRoot);
                target.resolve(document).ok_or(Reason::Nothing)?
            }
        };
        if !(found.is_object() || found.is_boolean() && open.kind == Kind::Schema) {
            return Err(Reason::Other);
        }
        match position::location(&target) {
            Location::Holds(kind) if kind == open.kind => {}
            // A Header Object is a Parameter Object without `name` and `in` (OpenAPI 3.1.0 §4.8.21), and is found among them at times.
            Location::Holds(Kind::Parameter) if open.kind == Kind::Header => {}
            Location::Unknown => {}
            _ => return Err(Reason::Other),
        }
        if open.keyword == DYNAMIC_REF && self.is_dynamic(&target, fragment) {
            return Err(Reason::Dynamic);
        }
        Ok((target, remark))
    }

    /// Whether a schema is a dynamic anchor of which there are several: then the one counts that was entered first.
    fn is_dynamic(&self, target: &Pointer, fragment: Option<&str>) -> bool {
        fragment
            .and_then(|name| self.dynamic.get(name))
            .is_some_and(|all| all.len() > 1 && all.contains(target))
    }

    /// Writes a reference as a pointer, and enters what it leads to where that stands in no known field.
    fn follow(&mut self, document: &mut Value, open: &Open, target: Pointer, flaws: &mut Vec<Flaw>) {
        if position::location(&target) == Location::Unknown
            && !self.regions.iter().any(|(region, kind)| *region == target && *kind == open.kind)
        {
            self.enter(document, target.clone(), open.kind);
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

    /// Puts the file that a reference leads to into the document. Whether there is one.
    fn load(
        &mut self,
        document: &mut Value,
        open: &Open,
        load: &mut dyn FnMut(&str) -> Result<Option<Value>, String>,
    ) -> Result<bool, String> {
        let Some(text) = open.reference.as_str() else { return Ok(false) };
        let (to, fragment) = uri::split_fragment(text);
        let name = uri::resolve(self.base(&open.at), to);
        let Some(file) = load(&name)? else { return Ok(false) };
        self.values += count(&file);
        if self.values > MAX_VALUES {
            return Err(format!("error: with `{name}`, the files have more than {MAX_VALUES} values"));
        }
        let Some(root) = document.as_object_mut() else { return Ok(false) };
        let at = Pointer::of([FILES, &name]);
        // What a file is as a whole, it says itself; what else it holds is known by what refers to it.
        let names_itself = self.version.has_identifiers() && file.get("$id").is_some_and(Value::is_string);
        let is_anchor = fragment.is_some_and(|fragment| !fragment.is_empty() && !fragment.starts_with('/'));
        let whole = if file.get("openapi").is_some() {
            Some(Kind::Document)
        } else {
            (names_itself || is_anchor).then_some(Kind::Schema)
        };
        if let Value::Object(files) = root.entry(FILES).or_insert_with(|| Value::Object(Map::new())) {
            files.insert(name.clone(), file);
        }
        self.resources.insert(name.clone(), at.clone());
        self.bases.push((at.clone(), name));
        if let Some(kind) = whole {
            self.enter(document, at, kind);
        }
        Ok(true)
    }
}

/// What `#/components/…` leads to in the document, where an `$id` makes it relative to a schema: strictly it leads nowhere, but
/// everybody who writes it means the document.
fn from_root(fragment: Option<&str>) -> Option<Pointer> {
    Pointer::from_fragment(fragment?).filter(|target| target.in_component().is_some())
}

/// A schema in one piece: with all schemas that it reaches under `$defs`, and without identifiers. For a judge that knows schemas
/// only; the references of the document are resolved.
pub fn standalone(document: &Value, at: &Pointer) -> Value {
    let mut names: BTreeMap<Pointer, usize> = BTreeMap::new();
    let mut waiting = vec![at.clone()];
    let mut definitions = Map::new();
    names.insert(at.clone(), 0);
    while let Some(pointer) = waiting.pop() {
        let mut schema = pointer.resolve(document).cloned().unwrap_or(Value::Bool(true));
        position::walk_mut(&mut schema, Kind::Schema, &mut Pointer::root(), &mut |_, _, value| {
            let Some(target) = target(value) else { return strip(value) };
            let next = names.len();
            let number = *names.entry(target.clone()).or_insert(next);
            if number == next {
                waiting.push(target);
            }
            strip(value);
            value[REF] = format!("#/$defs/{number}").into();
        });
        let number = names.get(&pointer).copied().unwrap_or_default();
        definitions.insert(number.to_string(), schema);
    }
    json!({ REF: "#/$defs/0", "$defs": definitions })
}

/// Removes what gives a schema another name than its location.
fn strip(schema: &mut Value) {
    if let Some(schema) = schema.as_object_mut() {
        schema.retain(|key, _| {
            super::keywords::keyword(key)
                .is_none_or(|keyword| keyword.role != super::keywords::Role::Identifier)
        });
    }
}

/// The component schemas that something refers to; `kind` is what it is.
pub fn schemas_of(value: &Value, kind: Kind) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    position::walk(value, kind, &mut Pointer::root(), &mut |_, _, value| {
        found.extend(referred(value).map(Cow::into_owned));
    });
    found
}
