//! Makes one file of a document that consists of several.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::graph::mapping_targets_mut;
use super::pointer::Pointer;
use super::references::{REF, target, to};
use super::resolve::{FILES, Flaw, Reason, Resolver, in_another_file};
use super::walk::{self, Kind};

/// The identifier of a schema.
const ID: &str = "$id";

/// As `bundle`, for a result that is kept as a file of its own: it means the same without the other files, and what is
/// invalid or ignored in it is still there to be reported. Returns `None` if the document refers to no other file.
///
/// `{$ref: 'pets.yaml#/Pet', x: 1}` ⇒ `{$ref: '#/components/schemas/Pet', x: 1}`; `{$id: a, $ref: b.yaml}` ⇒ `{$ref: '#/components/schemas/b'}`
///
/// `load` returns `None` for a file that is to be done without: references to it stay as they are.
///
/// # Errors
/// Those of `bundle`.
pub fn one_file(
    document: &Value,
    own: &str,
    load: &mut dyn FnMut(&str) -> Result<Option<Value>, String>,
) -> Result<Option<Value>, String> {
    let (mut files, mut missing) = (BTreeMap::new(), BTreeSet::new());
    let mut whole = document.clone();
    let mut resolver = Resolver::new(&whole, own);
    let flaws = resolver.run(&mut whole, &mut |name| {
        if missing.contains(name) {
            return Ok(None);
        }
        let file = load(name)?;
        match &file {
            Some(file) => drop(files.insert(name.to_owned(), file.clone())),
            None => drop(missing.insert(name.to_owned())),
        }
        Ok(file)
    })?;
    if files.is_empty() {
        return Ok(None);
    }
    for flaw in flaws {
        let as_written = match in_another_file(&flaw.at) {
            Some((name, at)) => files.get(&name).and_then(|file| at.resolve(file)),
            None => flaw.at.resolve(document),
        };
        keep(&mut whole, &flaw, as_written, &resolver);
    }
    let regions = resolver.regions();
    // References are pointers from the root now, which they would not be below an identifier.
    each(&mut whole, regions, &mut |kind, schema| {
        if kind == Kind::Schema {
            schema.remove(ID);
        }
    });
    move_in(&mut whole, regions);
    Ok(Some(whole))
}

/// Calls `visit` for the objects of a document and of the targets of references outside of known fields.
fn each(
    whole: &mut Value,
    regions: &[(Pointer, Kind)],
    visit: &mut dyn FnMut(Kind, &mut Map<String, Value>),
) {
    for (region, kind) in regions {
        if let Some(part) = region.resolve_mut(whole) {
            walk::walk_mut(part, *kind, &mut region.clone(), &mut |kind, _, value| {
                value.as_object_mut().into_iter().for_each(|object| visit(kind, object));
            });
        }
    }
}

/// `{$ref: '#/x-files/pets.yaml/Pet'}` ⇒ `{$ref: '#/components/schemas/Pet'}`; `/pets: {$ref: '#/x-files/pets.yaml'}` ⇒ `/pets: {get: …}`
///
/// What the document refers to in other files becomes components, which have names of their own, and path items, which are where
/// they are used, as in a document of one file. What cannot be moved stays.
fn move_in(whole: &mut Value, regions: &[(Pointer, Kind)]) {
    let mut parts: BTreeMap<Pointer, Vec<Kind>> = BTreeMap::new();
    for (at, kind) in regions.iter().filter(|(at, _)| in_another_file(at).is_some()) {
        parts.entry(at.clone()).or_default().push(*kind);
    }
    let homes = Homes::of(whole);
    let (mut moved, mut staying) = (BTreeMap::new(), BTreeSet::new());
    for (at, kinds) in &parts {
        // It goes with the part that it is in.
        if at.parent().is_some_and(|above| nearest(&parts, &above).is_some()) {
            continue;
        }
        let to = match kinds.as_slice() {
            [Kind::PathItem] => homes.path_items.get(at).cloned().flatten(),
            [kind] => component(whole, &homes, *kind, at),
            _ => None,
        };
        let held = at.resolve(whole).cloned();
        let to = to.zip(held).and_then(|(to, held)| put(whole, &to, held).then_some(to));
        match to {
            Some(to) => drop(moved.insert(at.clone(), to)),
            None => staying.extend(in_another_file(at).map(|(name, _)| name)),
        }
    }
    if let Some(root) = whole.as_object_mut() {
        match root.get_mut(FILES) {
            Some(Value::Object(kept)) if !staying.is_empty() => kept.retain(|name, _| staying.contains(name)),
            _ => drop(root.shift_remove(FILES)),
        }
    }
    let now_at = |reference: &Value| {
        let target = Pointer::from_reference(reference.as_str()?)?;
        let (from, to) = nearest(&moved, &target)?;
        let mut target_now = to.clone();
        target.tokens().iter().skip(from.tokens().len()).for_each(|token| target_now.push(token));
        Some(Value::from(target_now.to_reference()))
    };
    // What was moved is in the document, whose first region is all of it.
    each(whole, regions, &mut |_, object| {
        for reference in mapping_targets_mut(object) {
            now_at(reference).into_iter().for_each(|now| *reference = now);
        }
        if let Some(reference) = object.get_mut(REF)
            && let Some(now) = now_at(reference)
        {
            *reference = now;
        }
    });
}

/// The entry of a location, or of the nearest one above it that has one.
fn nearest<'a, T>(entries: &'a BTreeMap<Pointer, T>, at: &Pointer) -> Option<(&'a Pointer, &'a T)> {
    let mut above = Some(at.clone());
    while let Some(at) = above {
        if let Some(entry) = entries.get_key_value(&at) {
            return Some(entry);
        }
        above = at.parent();
    }
    None
}

/// The sections of `components` that every version has.
const SECTIONS: [&str; 9] = [
    "schemas",
    "responses",
    "parameters",
    "examples",
    "requestBodies",
    "headers",
    "securitySchemes",
    "links",
    "callbacks",
];

/// Where parts of other files belong, by their locations.
#[derive(Default)]
struct Homes {
    /// The first component that only refers to it.
    components: BTreeMap<Pointer, Pointer>,
    /// The path item that only refers to it, if nothing else does.
    path_items: BTreeMap<Pointer, Option<Pointer>>,
}

impl Homes {
    fn of(whole: &Value) -> Self {
        let mut homes = Self::default();
        walk::each(whole, &mut |kind, at, value| {
            let Some(target) = target(value).filter(|target| in_another_file(target).is_some()) else {
                return;
            };
            let is_alias = value.as_object().is_some_and(|object| object.len() == 1);
            if kind == Kind::PathItem {
                let uses = homes.path_items.entry(target);
                uses.and_modify(|first| *first = None).or_insert_with(|| is_alias.then(|| at.clone()));
            } else if is_alias && at.is_component() {
                homes.components.entry(target).or_insert_with(|| at.clone());
            }
        });
        homes
    }
}

/// The location of the component that a part of another file becomes: that of one that only refers to it, or of a new one.
fn component(whole: &Value, homes: &Homes, kind: Kind, from: &Pointer) -> Option<Pointer> {
    if let Some(home) = homes.components.get(from) {
        return Some(home.clone());
    }
    let section = SECTIONS.iter().find(|section| Kind::of_section(section) == Some(kind))?;
    let there = Pointer::of(["components", section]).resolve(whole).and_then(Value::as_object);
    let (file, inside) = in_another_file(from)?;
    let plain = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect()
    };
    let file = file.rsplit_once('.').map_or(&*file, |(stem, _)| stem);
    let stem = file.rsplit('/').next().unwrap_or(file);
    let own = inside.last().map_or_else(|| plain(stem), plain);
    // Only a name that is taken has more in front.
    let longer = [own.clone(), plain(&format!("{stem}_{own}")), plain(&format!("{file}{inside}"))];
    let is_free = |name: &String| !there.is_some_and(|there| there.contains_key(name));
    let free = longer.into_iter().chain((2..).map(|number| format!("{own}_{number}"))).find(is_free);
    free.map(|name| Pointer::of(["components", section, &name]))
}

/// Puts a value at a location whose parents may be missing. Returns whether it is there.
fn put(whole: &mut Value, at: &Pointer, value: Value) -> bool {
    let mut here = whole;
    for token in at.tokens() {
        let Some(object) = here.as_object_mut() else { return false };
        here = object.entry(token).or_insert_with(|| Value::Object(Map::new()));
    }
    *here = value;
    true
}

/// Writes what is wrong with a reference so that it is wrong in one file, too.
fn keep(whole: &mut Value, flaw: &Flaw, as_written: Option<&Value>, resolver: &Resolver) {
    let Some(object) = flaw.at.resolve_mut(whole).and_then(Value::as_object_mut) else { return };
    match &flaw.reason {
        Reason::Ignored(keys) => {
            for key in keys {
                let value = as_written.and_then(|as_written| as_written.get(key));
                object.extend(value.map(|value| (key.clone(), value.clone())));
            }
        }
        // In the document, the pointer of another file could lead to something.
        Reason::Nothing | Reason::Other if object.contains_key(flaw.keyword) => {
            if let Some(target) = resolver.literally(flaw)
                && let Value::Object(reference) = to(&target)
            {
                object.remove(flaw.keyword);
                object.extend(reference);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::resolve;

    fn in_one(document: &Value, files: &Value) -> Option<Value> {
        one_file(document, "api.yaml", &mut |name| Ok(files.get(name).cloned())).expect("no error")
    }

    fn schemas(schemas: Value) -> Value {
        json!({ "openapi": "3.1.0", "components": { "schemas": schemas } })
    }

    fn reported(mut document: Value) -> Vec<String> {
        let flaws = resolve(&mut document);
        flaws.iter().map(|flaw| format!("{}: {flaw}", flaw.at)).collect()
    }

    #[test]
    fn a_document_of_one_file_stays_as_it_is() {
        let document = schemas(json!({ "A": { "$anchor": "a", "$ref": "#b" }, "B": { "$anchor": "b" } }));
        assert_eq!(in_one(&document, &json!({})), None);
    }

    #[test]
    fn what_is_wrong_in_several_files_is_wrong_in_one() {
        let mut document = schemas(json!({
            // What the file lacks, the document has.
            "A": { "$ref": "pet.yaml#/components/schemas/B" }, "B": { "$ref": "pet.yaml#/Pet" }, "C": { "$ref": "pet.yaml#none" },
        }));
        document["x-own"] = json!({ "B": {} });
        document["components"]["parameters"] = json!({ "P": { "$ref": "pet.yaml#/parameter", "name": "q" }, "Q": { "$ref": "#/components/parameters/P", "in": "query" } });
        let pet = json!({
            "Pet": { "items": { "$ref": "#/x-own/B" }, "title": "pet" },
            "parameter": { "name": "p", "in": "query", "schema": { "$ref": "#/Pet" } },
        });
        let whole = in_one(&document, &json!({ "pet.yaml": pet })).expect("two files");
        assert_eq!(whole["components"]["schemas"]["B"]["title"], "pet");
        let mut reported = reported(whole);
        reported.sort();
        assert_eq!(
            reported,
            [
                "/components/parameters/P: beside a $ref, `name` is ignored",
                "/components/parameters/Q: beside a $ref, `in` is ignored",
                "/components/schemas/A: the $ref `#/x-files/pet.yaml/components/schemas/B` points at nothing",
                "/components/schemas/B/items: the $ref `#/x-files/pet.yaml/x-own/B` points at nothing",
                "/components/schemas/C: the $ref `#/x-files/pet.yaml/none` points at nothing",
            ]
        );
    }

    #[test]
    fn references_of_schemas_with_identifiers_lead_to_the_same() {
        let document = schemas(json!({
            "A": { "$id": "https://a.example/a", "properties": { "b": { "$ref": "b" } } },
            "B": { "$id": "https://a.example/b", "title": "b", "properties": { "c": { "$ref": "#/$defs/c" } }, "$defs": { "c": { "title": "c" } } },
            "D": { "$ref": "d.yaml" },
        }));
        let d = json!({ "$id": "https://a.example/d", "items": { "$ref": "a" }, "properties": { "e": { "$ref": "#/$defs/e" } }, "$defs": { "e": { "title": "e" } } });
        let whole = in_one(&document, &json!({ "d.yaml": d })).expect("two files");
        let d = &whole["components"]["schemas"]["D"];
        assert_eq!(d["items"]["$ref"], "#/components/schemas/A");
        assert_eq!(d["properties"]["e"]["$ref"], "#/components/schemas/D/$defs/e");
        assert_eq!(reported(whole.clone()), [""; 0]);
        assert!(!whole.to_string().contains("$id"), "{whole}");
    }

    #[test]
    fn parts_of_files_become_components_and_path_items() {
        let document = json!({
            "openapi": "3.2.0",
            "paths": {
                "/pets": { "$ref": "paths/pets.yaml" },
                "/a": { "$ref": "paths/same.yaml" }, "/b": { "$ref": "paths/same.yaml" },
            },
            "components": { "schemas": {
                "Animal": { "$ref": "all.yaml#/Pet" }, "Owner": { "title": "another" },
            } },
        });
        let files = json!({
            "paths/pets.yaml": { "get": { "responses": {
                "200": { "$ref": "../all.yaml#/responses/ok" }, "404": { "content": { "a/b": { "schema": { "$ref": "../all.yaml#/Owner" } } } },
            } } },
            "paths/same.yaml": { "get": { "parameters": [{ "$ref": "../limit.json" }] } },
            "limit.json": { "name": "limit", "in": "query" },
            "all.yaml": {
                "Pet": { "discriminator": { "mapping": { "o": "#/Owner" }, "defaultMapping": "#/Owner" }, "properties": { "owner": { "$ref": "#/Owner" }, "name": { "title": "n" } } },
                "Owner": { "title": "owner", "properties": { "pet": { "$ref": "#/Pet" }, "name": { "$ref": "#/Pet/properties/name" } } },
                "responses": { "ok": { "description": "d" } },
                "unused": { "$ref": "nowhere.yaml" },
            },
        });
        let whole = in_one(&document, &files).expect("several files");
        let same = json!({ "get": { "parameters": [{ "$ref": "#/components/parameters/limit" }] } });
        assert_eq!(
            whole,
            json!({
                "openapi": "3.2.0",
                "paths": {
                    "/pets": { "get": { "responses": {
                        "200": { "$ref": "#/components/responses/ok" },
                        "404": { "content": { "a/b": { "schema": { "$ref": "#/components/schemas/all_Owner" } } } },
                    } } },
                    "/a": { "$ref": "#/x-files/paths~1same.yaml" }, "/b": { "$ref": "#/x-files/paths~1same.yaml" },
                },
                "components": {
                    "schemas": {
                        "Animal": {
                            "discriminator": { "mapping": { "o": "#/components/schemas/all_Owner" }, "defaultMapping": "#/components/schemas/all_Owner" },
                            "properties": { "owner": { "$ref": "#/components/schemas/all_Owner" }, "name": { "title": "n" } },
                        },
                        "Owner": { "title": "another" },
                        "all_Owner": { "title": "owner", "properties": {
                            "pet": { "$ref": "#/components/schemas/Animal" },
                            "name": { "$ref": "#/components/schemas/Animal/properties/name" },
                        } },
                    },
                    "responses": { "ok": { "description": "d" } },
                    "parameters": { "limit": { "name": "limit", "in": "query" } },
                },
                "x-files": { "paths/same.yaml": same },
            })
        );
        assert_eq!(reported(whole), [""; 0]);
    }

    #[test]
    fn references_to_a_file_that_is_missing_stay() {
        let document = schemas(json!({ "A": { "$ref": "a.yaml" }, "B": { "$ref": "none.yaml#/B" } }));
        let whole =
            in_one(&document, &json!({ "a.yaml": { "items": { "$ref": "none.yaml" } } })).expect("two files");
        assert_eq!(
            reported(whole),
            [
                "/components/schemas/A/items: the $ref `none.yaml` leaves the document; bundle it into one file first",
                "/components/schemas/B: the $ref `none.yaml#/B` leaves the document; bundle it into one file first",
            ]
        );
        let nothing = schemas(json!({ "B": { "$ref": "none.yaml#/B" } }));
        assert_eq!(in_one(&nothing, &json!({})), None);
    }
}
