//! Finds what takes any value in a client, `serde_json::Value`, though the document's schema does not allow any value.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use relay_rest_codegen::document::{Types, is_annotation, references};
use relay_rest_codegen::{Generated, Item, ItemKind, Outline, Pointer, TypeExpr};
use serde_json::{Map, Value};

const VALUE: &str = "::serde_json::Value";

/// The field of a struct with the properties that it does not declare.
const EXTRA: &str = "extra";

/// How many references are followed from an object that is no schema.
const MAX_HOPS: usize = 24;

/// The fields, variants, aliases, parameters, bodies and results that are too wide, by their paths in the outline. References of the
/// document are resolved. What is not found in the document is not counted.
pub(super) fn of(document: &Value, generated: &Generated, outline: &Outline) -> Vec<String> {
    let reader = Reader { document, restricts: RefCell::default() };
    let mut found = Vec::new();
    // A large client has thousands of types, and a hundred thousand items. What belongs to nothing belongs to itself.
    let mut wide: HashMap<String, Vec<&Item>> = HashMap::new();
    for item in outline.items.iter().filter(|item| has_value(item)) {
        wide.entry(item.owner.clone().unwrap_or_else(|| item.path())).or_default().push(item);
    }
    for (name, at) in &generated.types {
        let Some(items) = wide.get(&format!("types::{name}")) else { continue };
        let Some(schema) = reader.find(at) else { continue };
        for item in items {
            let is_too_wide = match item.kind {
                ItemKind::Alias => item.ty.as_ref().is_some_and(|ty| reader.widens(ty, schema)),
                ItemKind::Variant => item.parameters.iter().any(|held| reader.widens(&held.ty, schema)),
                ItemKind::Field => {
                    item.ty.as_ref().is_some_and(|ty| reader.field_widens(&item.name, ty, schema))
                }
                _ => false,
            };
            if is_too_wide {
                found.push(item.path());
            }
        }
    }
    let calls = outline.members(ItemKind::Method, "Client");
    let builders: HashMap<&str, &str> =
        calls.filter_map(|item| Some((&*item.name, &*item.ty.as_ref()?.path))).collect();
    for (method, at) in &generated.operations {
        let builder = builders.get(&**method).and_then(|builder| wide.get(*builder));
        for item in builder.into_iter().flatten().filter(|item| item.kind == ItemKind::Method) {
            let schemas = reader.sent_or_read(at, &item.name);
            let mut types = item.parameters.iter().filter_map(|parameter| parameter.into.as_ref());
            let is_too_wide = match (item.name.as_str(), &item.ty) {
                ("send", Some(ty)) => all(&schemas, |schema| reader.widens(result(ty), schema)),
                _ => types.any(|ty| all(&schemas, |schema| reader.widens(ty, schema))),
            };
            if is_too_wide {
                found.push(item.path());
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

fn has_value(item: &Item) -> bool {
    let types = item.parameters.iter().flat_map(|parameter| [Some(&parameter.ty), parameter.into.as_ref()]);
    types.flatten().chain(&item.ty).any(|ty| ty.paths().contains(&VALUE))
}

/// `Result<Response<T>, Error>` ⇒ `T`
fn result(ty: &TypeExpr) -> &TypeExpr {
    let inner = |ty: &TypeExpr| ty.arguments.first().cloned().is_some();
    let mut ty = ty;
    while matches!(last(ty), "Result" | "Response") && inner(ty) {
        ty = &ty.arguments[0];
    }
    ty
}

/// The last name of a path.
fn last(ty: &TypeExpr) -> &str {
    ty.path.rsplit("::").next().unwrap_or_default()
}

/// Whether there are some, and all are so.
fn all<'d>(schemas: &[&'d Value], is_so: impl Fn(&'d Value) -> bool) -> bool {
    !schemas.is_empty() && schemas.iter().all(|schema| is_so(schema))
}

/// A name without what Rust changes in it: `petType`, `pet-type`, `pet_type` and `PetType` are the same.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

struct Reader<'d> {
    document: &'d Value,
    /// What is known of schemas, by their addresses. One that contains itself is being looked at, and restricts nothing by that.
    restricts: RefCell<HashMap<*const Value, bool>>,
}

impl<'d> Reader<'d> {
    /// Whether a type takes any value where a schema does not.
    fn widens(&self, ty: &TypeExpr, schema: &'d Value) -> bool {
        if ty.path == VALUE {
            return self.restricts(schema);
        }
        let Some(argument) = ty.arguments.last() else { return false };
        match last(ty) {
            "Option" | "Box" => self.widens(argument, schema),
            "Vec" | "HashSet" => all(&self.parts(schema, "items"), |items| self.widens(argument, items)),
            "Map" | "HashMap" | "BTreeMap" => {
                self.others_widen(argument, schema) || argument.path == VALUE && self.names_properties(schema)
            }
            _ => false,
        }
    }

    fn field_widens(&self, name: &str, ty: &TypeExpr, schema: &'d Value) -> bool {
        let by_name = |part: &&'d Value| {
            let properties = part.as_object().into_iter().flatten();
            properties
                .filter(|(key, _)| plain(key) == plain(name))
                .map(|(_, property)| property)
                .collect::<Vec<_>>()
        };
        let declared: Vec<&Value> = self.parts(schema, "properties").iter().flat_map(by_name).collect();
        if !declared.is_empty() {
            return declared.iter().any(|property| self.widens(ty, property));
        }
        match name.parse::<usize>() {
            // An item of a tuple, or the value of a newtype.
            Ok(index) => {
                let items = self.parts(schema, "prefixItems");
                let item = items.iter().find_map(|items| items.get(index));
                self.widens(ty, item.unwrap_or(schema))
            }
            Err(_) if name == EXTRA => ty.arguments.last().is_some_and(|of| self.others_widen(of, schema)),
            Err(_) => false,
        }
    }

    /// Whether the values of a map are of a type that takes any value, and their schema does not.
    fn others_widen(&self, of: &TypeExpr, schema: &'d Value) -> bool {
        let by_pattern = self.parts(schema, "patternProperties");
        let by_pattern = by_pattern.iter().filter_map(|held| held.as_object()).flat_map(|held| held.values());
        let others = self.parts(schema, "additionalProperties");
        // `false` allows no others.
        let others: Vec<&Value> = others.into_iter().filter(|of| **of != false).chain(by_pattern).collect();
        all(&others, |other| self.widens(of, other))
    }

    fn names_properties(&self, schema: &'d Value) -> bool {
        let named = self.parts(schema, "properties");
        named.iter().any(|properties| properties.as_object().is_some_and(|properties| !properties.is_empty()))
    }

    /// The values of a keyword in a schema, and in those that it refers to or is composed of.
    fn parts(&self, schema: &'d Value, keyword: &str) -> Vec<&'d Value> {
        let (mut found, mut seen, mut open) = (Vec::new(), HashSet::new(), vec![schema]);
        while let Some(schema) = open.pop() {
            let Some(map) = schema.as_object().filter(|_| seen.insert(std::ptr::from_ref(schema))) else {
                continue;
            };
            found.extend(map.get(keyword));
            open.extend(self.target(map));
            for composition in ["allOf", "anyOf", "oneOf"] {
                open.extend(map.get(composition).and_then(Value::as_array).into_iter().flatten());
            }
        }
        found
    }

    /// Whether a schema does not allow any value.
    fn restricts(&self, schema: &'d Value) -> bool {
        let Value::Object(map) = schema else { return *schema == false };
        let address = std::ptr::from_ref(schema);
        let known = self.restricts.borrow().get(&address).copied();
        if let Some(known) = known {
            return known;
        }
        self.restricts.borrow_mut().insert(address, false);
        let restricts = map.iter().any(|(key, value)| {
            let members = || value.as_array().into_iter().flatten();
            match key.as_str() {
                _ if references::is_reference_key(key) => {
                    self.target(map).is_some_and(|target| self.restricts(target))
                }
                "allOf" => members().any(|member| self.restricts(member)),
                "anyOf" | "oneOf" => {
                    members().next().is_some() && members().all(|member| self.restricts(member))
                }
                "type" => Types::of(value) != Types::ALL,
                "nullable" | "discriminator" => false,
                _ => !is_annotation(key),
            }
        });
        self.restricts.borrow_mut().insert(address, restricts);
        restricts
    }

    /// What the reference of a schema leads to.
    fn target(&self, schema: &Map<String, Value>) -> Option<&'d Value> {
        references::target_of(schema)?.resolve(self.document)
    }

    /// The schemas of a parameter or the body of an operation, or of its successes, by the name of the method that is for it.
    fn sent_or_read(&self, at: &Pointer, method: &str) -> Vec<&'d Value> {
        let Some(operation) = self.find(at) else { return Vec::new() };
        match method {
            "send" => {
                let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
                let successes = responses.filter(|(status, _)| status.starts_with('2'));
                successes.flat_map(|(_, response)| self.contents(response)).collect()
            }
            "body" => operation.get("requestBody").map(|body| self.contents(body)).unwrap_or_default(),
            name => {
                let shared = at.parent().and_then(|item| self.find(&item)?.get("parameters"));
                let lists = [operation.get("parameters"), shared].into_iter().flatten();
                let all =
                    lists.filter_map(Value::as_array).flatten().map(|parameter| self.followed(parameter));
                let is_meant = |parameter: &&Value| {
                    parameter.get("name").and_then(Value::as_str).is_some_and(|own| plain(own) == plain(name))
                };
                let schemas = all.filter(is_meant).take(1).flat_map(|parameter| {
                    parameter.get("schema").into_iter().chain(self.contents(parameter)).collect::<Vec<_>>()
                });
                schemas.collect()
            }
        }
    }

    /// The schemas of the media types of a body, a response or a parameter.
    fn contents(&self, holder: &'d Value) -> Vec<&'d Value> {
        let content = self.followed(holder).get("content").and_then(Value::as_object);
        content.into_iter().flatten().filter_map(|(_, media_type)| media_type.get("schema")).collect()
    }

    /// What is at a location, which may lead through references: a path item may be one.
    fn find(&self, at: &Pointer) -> Option<&'d Value> {
        let step = |held: &'d Value, token: &&str| Pointer::of([*token]).resolve(self.followed(held));
        at.tokens().iter().try_fold(self.document, step)
    }

    /// The object that a reference leads to.
    fn followed(&self, object: &'d Value) -> &'d Value {
        let mut object = object;
        for _ in 0..MAX_HOPS {
            match references::target(object).and_then(|at| at.resolve(self.document)) {
                Some(target) => object = target,
                None => break,
            }
        }
        object
    }
}
