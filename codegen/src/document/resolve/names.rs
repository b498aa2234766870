//! Where identifiers lead: the base URIs, resources and anchors of a document and of the other files that are put into it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::document::pointer::Pointer;
use crate::document::uri;
use crate::document::version::Version;
use crate::document::walk::{self, Kind};

const SELF: &str = "$self";

/// The identifiers of a document and their locations.
pub(super) struct Names {
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
    /// The schemas with an `$id` that are known.
    identified: BTreeSet<Pointer>,
}

impl Names {
    /// The name of a document, which was read from `own`. Its schemas have none before [`Names::collect`].
    pub(super) fn new(document: &Value, own: &str) -> Self {
        let mut names = Self {
            version: Version::of(document),
            own: own.to_owned(),
            bases: BTreeMap::new(),
            retrieved: BTreeMap::new(),
            resources: BTreeMap::from([(own.to_owned(), Pointer::root())]),
            anchors: BTreeMap::new(),
            dynamic: BTreeMap::new(),
            identified: BTreeSet::new(),
        };
        names.name_itself(document, &Pointer::root(), own);
        names
    }

    /// Adds a file that is put into the document at `at`, and the identifiers in it. It is `null` if the document has something else there.
    pub(super) fn add_file(&mut self, name: &str, at: &Pointer, file: &Value) {
        self.resources.insert(name.to_owned(), at.clone());
        self.bases.insert(at.clone(), name.to_owned());
        self.name_itself(file, at, name);
        let kind = if file.get("openapi").is_some() { Kind::Document } else { Kind::Schema };
        self.collect(file, at, kind);
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

    /// Adds the identifiers in a part of the document.
    pub(super) fn collect(&mut self, part: &Value, region: &Pointer, kind: Kind) {
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
    pub(super) fn base(&self, at: &Pointer) -> &str {
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
    pub(super) fn resource(&self, at: &Pointer, to: &str) -> String {
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

    /// The location of a resource.
    pub(super) fn location(&self, resource: &str) -> Option<&Pointer> {
        self.resources.get(resource)
    }

    /// The location of an anchor of a resource.
    pub(super) fn anchor(&self, resource: &str, name: &str) -> Option<&Pointer> {
        self.anchors.get(&(resource.to_owned(), name.to_owned()))
    }

    /// Whether other schemas have the dynamic anchor of this one, too: the target then depends on the schema that was entered first.
    pub(super) fn is_dynamic(&self, target: &Pointer, name: &str) -> bool {
        self.dynamic.get(name).is_some_and(|all| all.len() > 1 && all.contains(target))
    }
}
