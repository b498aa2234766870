//! Where in an OpenAPI document each kind of object stands, so that passes go by position and never by key name.
//! Knows the structure of OpenAPI 3.0 and 3.1; must not know what a pass does with what it finds.

mod flaws;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::pointer::{Pointer, referred};

pub(crate) use flaws::{Flaw, each_misshapen};

/// The kind of object that a position holds. Everything else (`example`, `default`, `enum`, `x-…`) is opaque data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Document,
    Components,
    PathItem,
    Operation,
    Parameter,
    RequestBody,
    Response,
    Header,
    MediaType,
    Encoding,
    Schema,
}

/// How a field holds its children: directly, in a list, in a map, or in a map of lists or maps.
#[derive(Clone, Copy)]
enum Shape {
    One,
    List,
    Map,
    MapOfMaps,
}

use Kind::{
    Components, Document, Encoding, Header, MediaType, Operation, Parameter, PathItem, RequestBody, Response,
    Schema,
};
use Shape::{List, Map, MapOfMaps, One};

/// What a field holds, where it holds further positions: OpenAPI 3.1.0 §4.8, JSON Schema 2020-12 core §10 and §11.
///
/// Passes ask this of every key of a document, so it is a `match`: comparing with a constant takes a few instructions.
fn field(kind: Kind, key: &str) -> Option<(Shape, Kind)> {
    Some(match kind {
        Document => match key {
            "paths" | "webhooks" => (Map, PathItem),
            "components" => (One, Components),
            _ => return None,
        },
        Components => match key {
            "schemas" => (Map, Schema),
            "responses" => (Map, Response),
            "parameters" => (Map, Parameter),
            "requestBodies" => (Map, RequestBody),
            "headers" => (Map, Header),
            "callbacks" => (MapOfMaps, PathItem),
            "pathItems" => (Map, PathItem),
            _ => return None,
        },
        PathItem => match key {
            "parameters" => (List, Parameter),
            "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace" => (One, Operation),
            _ => return None,
        },
        Operation => match key {
            "parameters" => (List, Parameter),
            "requestBody" => (One, RequestBody),
            "responses" => (Map, Response),
            "callbacks" => (MapOfMaps, PathItem),
            _ => return None,
        },
        Parameter | Header => match key {
            "schema" => (One, Schema),
            "content" => (Map, MediaType),
            _ => return None,
        },
        RequestBody => match key {
            "content" => (Map, MediaType),
            _ => return None,
        },
        Response => match key {
            "headers" => (Map, Header),
            "content" => (Map, MediaType),
            _ => return None,
        },
        MediaType => match key {
            "schema" => (One, Schema),
            "encoding" => (Map, Encoding),
            _ => return None,
        },
        Encoding => match key {
            "headers" => (Map, Header),
            _ => return None,
        },
        Schema => match key {
            "properties" | "patternProperties" | "dependentSchemas" | "$defs" => (Map, Schema),
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => (List, Schema),
            "additionalProperties" | "unevaluatedProperties" | "propertyNames" => (One, Schema),
            "items" | "unevaluatedItems" | "contains" => (One, Schema),
            "not" | "if" | "then" | "else" | "contentSchema" => (One, Schema),
            _ => return None,
        },
    })
}

/// Calls `visit` for the value at `at` and every position below it, children before parents.
pub(crate) fn walk_mut(
    value: &mut Value,
    kind: Kind,
    at: &mut Pointer,
    visit: &mut dyn FnMut(Kind, &Pointer, &mut Value),
) {
    for (key, held) in value.as_object_mut().into_iter().flatten() {
        let Some((shape, child)) = field(kind, key) else { continue };
        at.push(key);
        match (shape, held) {
            (One, held) => walk_mut(held, child, at, visit),
            (List, Value::Array(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    at.push_index(index);
                    walk_mut(item, child, at, visit);
                    at.pop();
                }
            }
            (Map, held) => walk_map(held, child, at, visit),
            (MapOfMaps, Value::Object(map)) => {
                for (name, inner) in map.iter_mut().filter(|(name, _)| !is_extension(name)) {
                    at.push(name);
                    walk_map(inner, child, at, visit);
                    at.pop();
                }
            }
            _ => {}
        }
        at.pop();
    }
    visit(kind, at, value);
}

fn walk_map(
    held: &mut Value,
    child: Kind,
    at: &mut Pointer,
    visit: &mut dyn FnMut(Kind, &Pointer, &mut Value),
) {
    let named_freely = is_named_freely(child);
    let Value::Object(map) = held else { return };
    for (name, entry) in map.iter_mut().filter(|(name, _)| named_freely || !is_extension(name)) {
        at.push(name);
        walk_mut(entry, child, at, visit);
        at.pop();
    }
}

/// A property or a component may be named `x-…`; only maps with fixed meaning have extensions.
fn is_named_freely(kind: Kind) -> bool {
    matches!(kind, Schema | Header | Parameter | RequestBody | MediaType | Encoding)
}

/// Calls `visit` for every position of a document, children before parents.
pub(crate) fn each_mut(document: &mut Value, visit: &mut dyn FnMut(Kind, &Pointer, &mut Value)) {
    walk_mut(document, Document, &mut Pointer::root(), visit);
}

/// Calls `visit` for the operations in `paths`, and for nothing below them.
pub(crate) fn each_operation_mut(document: &mut Value, visit: &mut dyn FnMut(&Pointer, &mut Value)) {
    let Some(Value::Object(paths)) = document.get_mut("paths") else { return };
    for (path, item) in paths.iter_mut().filter(|(path, _)| !is_extension(path)) {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if let Some((_, Operation)) = field(PathItem, method) {
                visit(&Pointer::of(["paths", path, method]), operation);
            }
        }
    }
}

/// Whether a pointer goes to a schema or into one; what extensions hold, and keywords that nobody knows, may be one as well.
pub(crate) fn is_within_schema(at: &Pointer) -> bool {
    let (mut kind, mut tokens) = (Document, at.iter());
    while let Some(token) = tokens.next().filter(|_| kind != Schema) {
        if is_extension(token) {
            return true;
        }
        let Some((shape, child)) = field(kind, token) else { return false };
        let names = match shape {
            One => 0,
            List | Map => 1,
            MapOfMaps => 2,
        };
        if (0..names).any(|_| tokens.next().is_none()) {
            return false;
        }
        kind = child;
    }
    kind == Schema
}

/// The component schemas that something of a kind refers to.
pub(crate) fn schemas_of(value: &mut Value, kind: Kind) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk_mut(value, kind, &mut Pointer::root(), &mut |_, _, value| {
        found.extend(referred(value.get("$ref")).map(Cow::into_owned));
    });
    found
}

fn is_extension(name: &str) -> bool {
    name.starts_with("x-")
}
