//! Gives stand-ins to names that would become the same Rust identifier, or that of a generated method.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use unicode_ident::is_xid_start;

use super::deprecation;
use super::names::{setter_name, snake_case};
use super::only_member;
use super::origin::Origins;
use super::parameters::{Encodings, Styles};
use crate::document::Pointer;
use crate::document::references::referred;
use crate::free_name::free_name;
use crate::plan::{ParameterLocation, ParameterPlan, ParameterStyle, Plan, StandIn, Style};

/// The methods of an operation's builder, handwritten ones included, and of its mock, the variables of its `send` that refining looks
/// for, and the function that it calls.
const RESERVED: [&str; 12] = [
    "body",
    "body_map",
    "body_that",
    "client",
    "encode_path",
    "header_map",
    "info",
    "new",
    "request",
    "send",
    "with_header",
    "with_query",
];

/// The field that typify gives the properties that a schema does not name.
const OTHERS: &str = "extra";

/// `properties: {a-b: …, a_b: …}` ⇒ `properties: {a-b: …, a_b_2: …}`, and `a_b` in the plan
///
/// typify would generate two fields with one name. Refining puts the original into `#[serde(rename)]`.
pub(super) fn conform(
    document: &mut Value,
    (styles, mut encodings): (&Styles, Encodings),
    origins: &mut Origins,
    plan: &mut Plan,
) {
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        declare_required(schema);
        let names = schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys);
        plan.property_names.extend(names.cloned());
        plan.properties.extend(properties(name, schema));
    }
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let mut renamed = BTreeMap::new();
    for (path, item) in paths.into_iter().flatten() {
        // Parameters in the path come first, so that they have the same names in each of its operations.
        let (mut in_path, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let stand_ins: BTreeMap<String, String> = names_in(path)
            .filter(|name| seen.insert(*name))
            .filter_map(|name| Some((name.to_owned(), stand_in(name, &RESERVED, "parameter", &mut in_path)?)))
            .collect();
        let operations = item.as_object_mut().into_iter().flatten();
        for (_, operation) in operations.filter(|(_, operation)| operation.get("operationId").is_some()) {
            parameters(path, operation, &stand_ins, in_path.clone(), (styles, &mut encodings), plan);
        }
        if !stand_ins.is_empty() {
            let new = stand_ins.iter().fold(path.clone(), |path, (name, stand_in)| {
                path.replace(&format!("{{{name}}}"), &format!("{{{stand_in}}}"))
            });
            renamed.insert(path.clone(), new);
        }
    }
    rename_paths(document, renamed, origins);
}

/// The names in the template of a path, in its order.
pub(super) fn names_in(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

/// Plans the parameters of one operation, and gives stand-ins to some; `taken` are the identifiers of those in the path.
fn parameters(
    path: &str,
    operation: &mut Value,
    in_path: &BTreeMap<String, String>,
    mut taken: BTreeSet<String>,
    (styles, encodings): (&Styles, &mut Encodings),
    plan: &mut Plan,
) {
    let method = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(planned) = plan.operations.iter_mut().find(|planned| planned.method == method) else { return };
    planned.path = path.to_owned();
    let all = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for (index, parameter) in all.into_iter().flatten().enumerate() {
        let Some(name) = parameter.get("name").and_then(Value::as_str).map(str::to_owned) else {
            continue;
        };
        let location = match parameter.get("in").and_then(Value::as_str) {
            Some("path") => ParameterLocation::Path,
            Some("header") => ParameterLocation::Header,
            Some("cookie") => ParameterLocation::Cookie,
            Some("querystring") => ParameterLocation::Querystring,
            _ => ParameterLocation::Query,
        };
        let stand_in = match location {
            ParameterLocation::Path => in_path.get(&name).cloned(),
            _ => stand_in(&name, &RESERVED, "parameter", &mut taken),
        };
        if let Some(stand_in) = &stand_in {
            parameter["name"] = stand_in.as_str().into();
        }
        let ident = setter_name(stand_in.as_ref().unwrap_or(&name));
        let of_schema = parameter.get("schema").and_then(deprecation::of_value);
        let own_style = styles.get(&(method.clone(), index)).copied();
        // reqwest writes a space in a query as `+`, which is one in forms alone.
        let in_pairs = || ParameterStyle { explode: true, ..ParameterStyle::of(parameter, Style::Form) };
        let is_pairs = matches!(location, ParameterLocation::Query | ParameterLocation::Cookie);
        let style = own_style.or_else(|| is_pairs.then(in_pairs));
        if matches!(location, ParameterLocation::Cookie | ParameterLocation::Querystring) {
            // progenitor does not send these. Refining writes them, and removes what it generates for queries.
            parameter["in"] = "query".into();
        }
        let deprecation = deprecation::of_value(parameter).or(of_schema);

        planned.parameters.push(ParameterPlan {
            ident,
            name,
            stand_in,
            location,
            is_wrapped: own_style.is_some() && wrap(parameter),
            style,
            encodings: encodings.remove(&(method.clone(), index)).unwrap_or_default(),
            description: String::new(),
            deprecation,
            rules: None,
        });
    }
    let is_taken = |name: &str| planned.parameters.iter().any(|parameter| parameter.ident == name);
    if let Some(servers) = &mut planned.own_servers {
        servers.setter = free_name("server".to_owned(), "_", is_taken);
    }
    if let Some(chosen) = &mut planned.media_types.chosen {
        chosen.setter = free_name("content_type".to_owned(), "_", is_taken);
    }
    if let Some(others) = &mut planned.media_types.others {
        others.setter = free_name("body_as".to_owned(), "_", is_taken);
    }
}

/// `schema: {$ref: A}` ⇒ `schema: {type: array, items: {$ref: A}}`
///
/// progenitor panics on a parameter whose type has a builder. Refining takes the list away.
fn wrap(parameter: &mut Value) -> bool {
    let Some(schema) = parameter.get_mut("schema") else { return false };
    let only = schema.as_object().and_then(only_member).unwrap_or(schema);
    if referred(only).is_none() {
        return false;
    }
    *schema = json!({ "type": "array", "items": only });
    true
}

/// `/a/{send}` ⇒ `/a/{send_parameter}`; the paths stay in order.
pub(super) fn rename_paths(
    document: &mut Value,
    mut renamed: BTreeMap<String, String>,
    origins: &mut Origins,
) {
    let Some(Value::Object(paths)) = document.get_mut("paths").filter(|_| !renamed.is_empty()) else {
        return;
    };
    let all = std::mem::take(paths).into_iter().map(|(path, item)| match renamed.remove(&path) {
        Some(new) => {
            origins.moved(Pointer::of(["paths", &new]), Pointer::of(["paths", &path]));
            (new, item)
        }
        None => (path, item),
    });
    *paths = all.collect();
}

/// `{properties: {a: …}, required: [b]}` ⇒ `{properties: {a: …, b: {}}, required: [b]}`
///
/// typify makes a field of a required name as well, which could equal that of another property.
fn declare_required(schema: &mut Value) {
    let others = schema.get("additionalProperties").filter(|others| others.is_object()).cloned();
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let is_object = schema.get("type").is_some_and(|kind| kind == "object");
    if is_object && !required.is_empty() && schema.get("properties").is_none() {
        schema["properties"] = Value::Object(Map::new());
    }
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    for name in required.iter().filter_map(Value::as_str) {
        if !properties.contains_key(name) {
            properties.insert(name.to_owned(), others.clone().unwrap_or_else(|| Value::Object(Map::new())));
        }
    }
}

/// Renames properties with the identifier of an earlier one.
fn properties(component: &str, schema: &mut Value) -> Vec<StandIn> {
    let mut found: Vec<StandIn> = Vec::new();
    let is_open = schema.get("additionalProperties").is_some_and(|others| *others != false);
    let reserved: &[&str] = if is_open { &[OTHERS] } else { &[] };
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return found };
    let mut taken = BTreeSet::new();
    let renamed: Map<String, Value> = std::mem::take(properties)
        .into_iter()
        .map(|(original, property)| match stand_in(&original, reserved, "property", &mut taken) {
            None => (original, property),
            Some(name) => {
                found.push(StandIn { of: component.to_owned(), name: name.clone(), original });
                (name, property)
            }
        })
        .collect();
    *properties = renamed;
    for required in schema.get_mut("required").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(stand_in) = found.iter().find(|stand_in| *required == stand_in.original.as_str()) {
            *required = stand_in.name.as_str().into();
        }
    }
    found
}

/// `send` ⇒ `send_parameter`; `+` ⇒ `unnamed_2`; `None` if the name makes an identifier that is neither reserved nor taken.
fn stand_in(original: &str, reserved: &[&str], what: &str, taken: &mut BTreeSet<String>) -> Option<String> {
    let snake = field_name(original);
    let is_reserved = reserved.contains(&snake.as_str());
    if !snake.is_empty() && !is_reserved && taken.insert(snake.clone()) {
        return None;
    }
    let base = if snake.is_empty() { "unnamed" } else { &snake };
    let first = is_reserved.then(|| format!("{base}_{what}"));
    let mut candidates = first.into_iter().chain((2..).map(|number| format!("{base}_{number}")));
    candidates.find(|name| taken.insert(name.clone()))
}

/// The name that typify gives a field, but for an underscore behind a keyword. progenitor begins `_1` where typify begins `x1`;
/// no other parameter has such a name.
fn field_name(name: &str) -> String {
    let snake = snake_case(name);
    if snake.starts_with(|first| !is_xid_start(first)) { format!("x{snake}") } else { snake }
}
