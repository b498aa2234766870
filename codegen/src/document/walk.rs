//! Maps each location in a document to the OpenAPI object that it holds, and walks all of them.
//!
//! Data is never entered: in `example`, `examples`, `default`, `enum`, `const` and extensions, what looks like a schema or a
//! reference is neither.

use serde_json::Value;

use super::keywords::{Holds, is_extension, keyword};
use super::pointer::Pointer;

/// The kind of object that a location holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Document,
    Components,
    PathItem,
    Operation,
    Parameter,
    RequestBody,
    Response,
    Callback,
    Header,
    MediaType,
    Encoding,
    Example,
    Link,
    SecurityScheme,
    Schema,
}

impl Kind {
    /// Whether it may be a Reference Object, or has a `$ref` of its own, in some version (OpenAPI 3.1.0 §4.8.9, §4.8.23).
    pub fn may_refer(self) -> bool {
        !matches!(self, Self::Document | Self::Components | Self::Operation | Self::Encoding)
    }

    /// What a section of `components` holds.
    pub fn of_section(section: &str) -> Option<Self> {
        COMPONENTS.iter().find(|(name, _)| *name == section).map(|(_, kind)| *kind)
    }

    /// In words, with an article.
    pub fn named(self) -> &'static str {
        match self {
            Self::Document => "an OpenAPI document",
            Self::Components => "the components",
            Self::PathItem => "a path item",
            Self::Operation => "an operation",
            Self::Parameter => "a parameter",
            Self::RequestBody => "a request body",
            Self::Response => "a response",
            Self::Callback => "a callback",
            Self::Header => "a header",
            Self::MediaType => "a media type",
            Self::Encoding => "an encoding",
            Self::Example => "an example",
            Self::Link => "a link",
            Self::SecurityScheme => "a security scheme",
            Self::Schema => "a schema",
        }
    }
}

/// The methods of HTTP that a path item has a field for; `query` is new in 3.2 (OpenAPI 3.1.0 §4.8.9, 3.2.0 §4.9).
pub const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// The field of a path item with the operations of all other methods (OpenAPI 3.2.0 §4.9).
pub const ADDITIONAL: &str = "additionalOperations";

/// What the lowered document has in front of such a method: `additionalOperations: {COPY: O}` ⇒ `'method:COPY': O`. No method has a colon.
const LOWERED: &str = "method:";

/// Whether a key of a path item is that of an operation.
pub fn is_method(key: &str) -> bool {
    METHODS.contains(&key) || is_lowered_method(key)
}

/// Whether a key of a path item is one that only lowering writes.
pub(crate) fn is_lowered_method(key: &str) -> bool {
    key.starts_with(LOWERED)
}

/// The method that a request has: fields have the names in lower case, and methods are case-sensitive (RFC 9110 §9.1).
pub fn method_of(at: &Pointer) -> String {
    let key = at.last().unwrap_or_default();
    match key.strip_prefix(LOWERED) {
        Some(method) => method.to_owned(),
        None if at.parent().is_some_and(|parent| parent.last() == Some(ADDITIONAL)) => key.to_owned(),
        None => key.to_ascii_uppercase(),
    }
}

/// `{get: …, additionalOperations: {COPY: O}}` ⇒ `{get: …, 'method:COPY': O}`
///
/// An operation is then in one place, whatever its method; [`in_input`] leads back.
pub(crate) fn flatten(document: &mut Value) {
    each_mut(document, &mut |kind, _, value| {
        let Some(item) = value.as_object_mut().filter(|_| kind == PathItem) else { return };
        if let Some(Value::Object(operations)) = item.remove(ADDITIONAL) {
            let operations = operations.into_iter();
            item.extend(operations.map(|(method, operation)| (format!("{LOWERED}{method}"), operation)));
        }
    });
}

/// `/paths/~1a/method:COPY/tags` ⇒ `/paths/~1a/additionalOperations/COPY/tags`
pub(crate) fn in_input(at: &Pointer) -> Pointer {
    let mut found = Pointer::root();
    for token in at.iter() {
        match token.strip_prefix(LOWERED) {
            Some(method) if location(&found) == Location::Holds(PathItem) => {
                found.push(ADDITIONAL);
                found.push(method);
            }
            _ => found.push(token),
        }
    }
    found
}

/// The sections of `components` (OpenAPI 3.1.0 §4.8.7, 3.2.0 §4.7).
const COMPONENTS: [(&str, Kind); 11] = [
    ("schemas", Schema),
    ("responses", Response),
    ("parameters", Parameter),
    ("examples", Example),
    ("requestBodies", RequestBody),
    ("headers", Header),
    ("securitySchemes", SecurityScheme),
    ("links", Link),
    ("callbacks", Callback),
    ("pathItems", PathItem),
    ("mediaTypes", MediaType),
];

/// How a field holds its children.
#[derive(Clone, Copy)]
pub(super) enum Arity {
    One,
    List,
    Map,
}

use Arity::{List, Map, One};
use Kind::{
    Callback, Components, Document, Encoding, Example, Header, Link, MediaType, Operation, Parameter,
    PathItem, RequestBody, Response, Schema, SecurityScheme,
};

/// What a field holds, where it holds further objects: OpenAPI 3.1.0 §4.8, 3.2.0 §4; of schemas, the table of keywords.
pub(super) fn field(kind: Kind, key: &str) -> Option<(Arity, Kind)> {
    Some(match (kind, key) {
        (Document, "paths" | "webhooks") => (Map, PathItem),
        (Document, "components") => (One, Components),
        (Components, section) => (Map, Kind::of_section(section)?),
        (PathItem, method) if is_method(method) => (One, Operation),
        (PathItem, ADDITIONAL) => (Map, Operation),
        // Every key of a callback is an expression, and only extensions are not.
        (Callback, key) if key != REF && !is_extension(key) => (One, PathItem),
        (PathItem | Operation, "parameters") => (List, Parameter),
        (Operation, "requestBody") => (One, RequestBody),
        (Operation, "responses") => (Map, Response),
        (Operation, "callbacks") => (Map, Callback),
        (Response | Encoding, "headers") => (Map, Header),
        (Response, "links") => (Map, Link),
        (Parameter | Header | RequestBody | Response, "content") => (Map, MediaType),
        (Parameter | Header | MediaType, "schema") => (One, Schema),
        (Parameter | Header | MediaType, "examples") => (Map, Example),
        (MediaType, "itemSchema") => (One, Schema),
        (MediaType | Encoding, "encoding") => (Map, Encoding),
        (MediaType | Encoding, "prefixEncoding") => (List, Encoding),
        (MediaType | Encoding, "itemEncoding") => (One, Encoding),
        (Schema, key) => match keyword(key)?.holds {
            Holds::Nothing => return None,
            Holds::Schema => (One, Schema),
            Holds::List => (List, Schema),
            Holds::Map => (Map, Schema),
        },
        _ => return None,
    })
}

/// Whether a field holds a list or a map of objects.
pub(super) fn holds_several(kind: Kind, key: &str) -> bool {
    field(kind, key).is_some_and(|(arity, _)| !matches!(arity, One))
}

const REF: &str = "$ref";

/// Whether the keys of a map are names, which may begin with `x-`; other maps may contain extensions.
pub(super) fn is_named_freely(parent: Kind, child: Kind) -> bool {
    parent == Components
        || matches!(child, Schema | Header | MediaType | Encoding | Example | Link)
        || matches!((parent, child), (Operation, Callback) | (PathItem, Operation))
}

/// Calls `visit` for the object at `at` and every object below it, children before parents.
pub fn walk<'a>(
    value: &'a Value,
    kind: Kind,
    at: &mut Pointer,
    visit: &mut dyn FnMut(Kind, &Pointer, &'a Value),
) {
    for (key, held) in value.as_object().into_iter().flatten() {
        let Some((arity, child)) = field(kind, key) else { continue };
        at.push(key);
        match (arity, held) {
            (One, held) => walk(held, child, at, visit),
            (List, Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    at.push_index(index);
                    walk(item, child, at, visit);
                    at.pop();
                }
            }
            (Map, Value::Object(entries)) => {
                let is_free = is_named_freely(kind, child);
                for (name, entry) in entries.iter().filter(|(name, _)| is_free || !is_extension(name)) {
                    at.push(name);
                    walk(entry, child, at, visit);
                    at.pop();
                }
            }
            _ => {}
        }
        at.pop();
    }
    visit(kind, at, value);
}

/// As [`walk`], for changing what is visited.
pub fn walk_mut(
    value: &mut Value,
    kind: Kind,
    at: &mut Pointer,
    visit: &mut dyn FnMut(Kind, &Pointer, &mut Value),
) {
    for (key, held) in value.as_object_mut().into_iter().flatten() {
        let Some((arity, child)) = field(kind, key) else { continue };
        at.push(key);
        match (arity, held) {
            (One, held) => walk_mut(held, child, at, visit),
            (List, Value::Array(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    at.push_index(index);
                    walk_mut(item, child, at, visit);
                    at.pop();
                }
            }
            (Map, Value::Object(entries)) => {
                let is_free = is_named_freely(kind, child);
                for (name, entry) in entries.iter_mut().filter(|(name, _)| is_free || !is_extension(name)) {
                    at.push(name);
                    walk_mut(entry, child, at, visit);
                    at.pop();
                }
            }
            _ => {}
        }
        at.pop();
    }
    visit(kind, at, value);
}

/// Calls `visit` for every object of a document, children before parents.
pub fn each<'a>(document: &'a Value, visit: &mut dyn FnMut(Kind, &Pointer, &'a Value)) {
    walk(document, Document, &mut Pointer::root(), visit);
}

/// As [`each`], for changing what is visited.
pub fn each_mut(document: &mut Value, visit: &mut dyn FnMut(Kind, &Pointer, &mut Value)) {
    walk_mut(document, Document, &mut Pointer::root(), visit);
}

/// The operations in `paths`, in the order of the document.
pub fn operations(document: &Value) -> impl Iterator<Item = (Pointer, &Value)> {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let paths = paths.filter(|(path, _)| !is_extension(path));
    paths.flat_map(|(path, item)| {
        of_item(item).map(move |(key, operation)| (operation_at(path, key), operation))
    })
}

/// The operations of a path item, in the order of the document.
fn of_item(item: &Value) -> impl Iterator<Item = (OperationKey<'_>, &Value)> {
    item.as_object().into_iter().flatten().flat_map(|(key, held)| {
        let others = held.as_object().filter(|_| key == ADDITIONAL).into_iter().flatten();
        let own = is_method(key).then_some((OperationKey::Field(key), held));
        own.into_iter().chain(others.map(|(method, operation)| (OperationKey::Additional(method), operation)))
    })
}

/// Where a path item has an operation.
enum OperationKey<'a> {
    Field(&'a str),
    Additional(&'a str),
}

fn operation_at(path: &str, key: OperationKey<'_>) -> Pointer {
    match key {
        OperationKey::Field(method) => Pointer::of(["paths", path, method]),
        OperationKey::Additional(method) => Pointer::of(["paths", path, ADDITIONAL, method]),
    }
}

/// Calls `visit` for the operations in `paths`, and for nothing below them.
pub fn each_operation_mut(document: &mut Value, visit: &mut dyn FnMut(&Pointer, &mut Value)) {
    let Some(Value::Object(paths)) = document.get_mut("paths") else { return };
    for (path, item) in paths.iter_mut().filter(|(path, _)| !is_extension(path)) {
        for (key, held) in item.as_object_mut().into_iter().flatten() {
            if is_method(key) {
                visit(&operation_at(path, OperationKey::Field(key)), held);
            } else if key == ADDITIONAL {
                for (method, operation) in held.as_object_mut().into_iter().flatten() {
                    visit(&operation_at(path, OperationKey::Additional(method)), operation);
                }
            }
        }
    }
}

/// What a pointer alone says about its location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// It holds an object of this kind.
    Holds(Kind),
    /// It holds a list or a map of objects, or data.
    Other,
    /// It is in an extension, or in a field that neither OpenAPI nor JSON Schema has.
    Unknown,
}

/// What a location holds, by its pointer alone.
pub fn location(at: &Pointer) -> Location {
    let (mut kind, mut tokens) = (Document, at.iter());
    while let Some(token) = tokens.next() {
        let Some((arity, child)) = field(kind, token) else {
            let is_unknown = is_extension(token) || kind == Schema && keyword(token).is_none();
            return if is_unknown { Location::Unknown } else { Location::Other };
        };
        if !matches!(arity, One) {
            match tokens.next() {
                None => return Location::Other,
                Some(name) if is_extension(name) && !is_named_freely(kind, child) => {
                    return Location::Unknown;
                }
                Some(_) => {}
            }
        }
        kind = child;
    }
    Location::Holds(kind)
}

/// `/paths/~1a/get/callbacks/c/{$url}/post` ⇒ `/paths/~1a/get/callbacks/c`: the webhook or the callback that a location is in.
pub(crate) fn called(at: &Pointer) -> Option<Pointer> {
    let tokens = at.tokens();
    let holder = |index: usize| location(&Pointer::of(tokens[..index].iter().copied()));
    let is_field = |index: &usize| match tokens[*index] {
        "webhooks" => *index == 0,
        "callbacks" => matches!(holder(*index), Location::Holds(Operation | Components)),
        _ => false,
    };
    let index = (0..tokens.len()).find(is_field)?;
    Some(Pointer::of(tokens.iter().take(index + 2).copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_alone_says_what_its_location_holds() {
        for (at, expected) in [
            ("", Location::Holds(Document)),
            ("/paths", Location::Other),
            ("/paths/~1a", Location::Holds(PathItem)),
            ("/paths/x-a/get", Location::Unknown),
            ("/paths/~1a/get/tags", Location::Other),
            ("/paths/~1a/get/callbacks/x-a", Location::Holds(Callback)),
            ("/paths/~1a/get/callbacks/a/{$url}", Location::Holds(PathItem)),
            ("/paths/~1a/get/callbacks/a/$ref", Location::Other),
            ("/paths/~1a/get/callbacks/a/x-a", Location::Unknown),
            ("/components/schemas/x-a/properties/x-b/items", Location::Holds(Schema)),
            ("/components/schemas/A/default/items", Location::Other),
            ("/components/schemas/A/other", Location::Unknown),
            ("/paths/~1a/additionalOperations/x-a", Location::Holds(Operation)),
            ("/paths/~1a/additionalOperations", Location::Other),
            ("/components/mediaTypes/a/prefixEncoding/0/itemEncoding", Location::Holds(Encoding)),
            ("/components/mediaTypes/a/itemSchema/items", Location::Holds(Schema)),
            ("/other", Location::Other),
        ] {
            let pointer = Pointer::parse(at).expect("a pointer");
            assert_eq!(location(&pointer), expected, "{at}");
        }
    }

    #[test]
    fn an_operation_of_any_method_has_one_place_in_the_lowered_document() {
        let operation = |id: &str| serde_json::json!({ "operationId": id });
        let mut document = serde_json::json!({
            "paths": { "/a": { "get": operation("g"), ADDITIONAL: { "COPY": operation("c"), "summary": operation("s") } } },
            "webhooks": { "w": { ADDITIONAL: { "x-m": {} } } },
            "components": { "schemas": { "A": { "properties": { "method:a": {} } } } },
        });
        let places = |document: &Value| -> Vec<(String, String)> {
            let method = |(at, _): (Pointer, &Value)| (at.to_string(), method_of(&at));
            operations(document).map(method).collect()
        };
        let own = |at: &str, method: &str| (at.to_owned(), method.to_owned());
        let before = places(&document);
        assert_eq!(
            before,
            [
                own("/paths/~1a/get", "GET"),
                own("/paths/~1a/additionalOperations/COPY", "COPY"),
                own("/paths/~1a/additionalOperations/summary", "summary"),
            ]
        );
        flatten(&mut document);
        assert_eq!(places(&document)[1], own("/paths/~1a/method:COPY", "COPY"));
        let back: Vec<_> = operations(&document).map(|(at, _)| in_input(&at).to_string()).collect();
        assert_eq!(back, before.into_iter().map(|(at, _)| at).collect::<Vec<_>>());
        for (at, expected) in [
            ("/webhooks/w/method:x-m/tags", "/webhooks/w/additionalOperations/x-m/tags"),
            ("/components/schemas/A/properties/method:a", "/components/schemas/A/properties/method:a"),
        ] {
            assert_eq!(in_input(&Pointer::parse(at).expect("a pointer")).to_string(), expected);
        }
    }

    #[test]
    fn a_location_is_in_the_first_webhook_or_callback_on_its_way() {
        for (at, expected) in [
            ("/webhooks", Some("/webhooks")),
            ("/webhooks/w/post/callbacks/c", Some("/webhooks/w")),
            ("/paths/~1a/get/callbacks/c/{$url}/post", Some("/paths/~1a/get/callbacks/c")),
            ("/components/callbacks/c/{$url}", Some("/components/callbacks/c")),
            ("/components/pathItems/p/get/callbacks/c", Some("/components/pathItems/p/get/callbacks/c")),
            ("/components/schemas/A/properties/callbacks", None),
            ("/paths/webhooks/get", None),
        ] {
            let pointer = Pointer::parse(at).expect("a pointer");
            assert_eq!(called(&pointer).map(|at| at.to_string()).as_deref(), expected, "{at}");
        }
    }
}
