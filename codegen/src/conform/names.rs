//! Names that a Rust reader expects, and no two that become one.
//! Knows how the generator makes identifiers; must not know schemas.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::{Map, Value};

use super::origin::Origins;
use crate::plan::{OperationPlan, Plan};
use crate::pointer::{Pointer, reference};
use crate::position;
use crate::problem::Problem;

/// Renames component schemas to the Rust names of their types and follows every `$ref`.
///
/// A dotted namespace goes (`Types.StatusCodes.StatusCode401` is `StatusCode401`), and so does the same namespace
/// written without dots (`TypesStatusCodesStatusCode401Error`), unless two names would become one.
pub(super) fn components(document: &mut Value, problems: &mut Vec<Problem>) -> Origins {
    let mut origins = Origins::default();
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas").map(Value::take) else {
        return origins;
    };
    let renamed = rust_names(&schemas, problems);
    let schemas: Map<_, _> = schemas
        .into_iter()
        .map(|(name, schema)| (renamed.get(&name).cloned().unwrap_or(name), schema))
        .collect();
    document["components"]["schemas"] = Value::Object(schemas);
    position::each_mut(document, &mut |_, _, value| {
        let Some(Value::String(target)) = value.get_mut("$ref") else { return };
        let pointer = Pointer::from_reference(target);
        if let Some(name) = pointer.as_ref().and_then(|pointer| pointer.component("schemas"))
            && let Some(new) = renamed.get(name)
        {
            *target = reference("schemas", new);
        }
    });
    let at = Pointer::of(["components", "schemas"]);
    renamed.into_iter().for_each(|(name, new)| origins.note(new, &at.join(&name)));
    origins
}

fn rust_names(schemas: &Map<String, Value>, problems: &mut Vec<Problem>) -> BTreeMap<String, String> {
    let namespaces: BTreeSet<String> = schemas
        .keys()
        .filter_map(|name| name.rsplit_once('.'))
        .map(|(namespace, _)| namespace.replace('.', ""))
        .collect();
    let short: Vec<String> = schemas
        .keys()
        .map(|name| identifier(without_namespace(name, &namespaces)).to_pascal_case())
        .collect();
    let mut users: BTreeMap<&String, usize> = BTreeMap::new();
    short.iter().for_each(|short| *users.entry(short).or_default() += 1);
    let renamed: BTreeMap<String, String> = schemas
        .keys()
        .zip(&short)
        .map(|(name, short)| {
            let rust = if users[short] == 1 { short.clone() } else { identifier(name).to_pascal_case() };
            (name.clone(), rust)
        })
        .collect();

    let mut owners: BTreeMap<&String, &String> = BTreeMap::new();
    for (name, rust) in &renamed {
        if let Some(other) = owners.insert(rust, name) {
            let at = Pointer::of(["components", "schemas", name]);
            problems.push(Problem::error(
                &at,
                format!("`{name}` and `{other}` would both be the Rust type `{rust}`"),
            ));
        }
    }
    renamed
}

fn without_namespace<'a>(name: &'a str, namespaces: &BTreeSet<String>) -> &'a str {
    if let Some((_, last)) = name.rsplit_once('.') {
        return last;
    }
    namespaces
        .iter()
        .rev()
        .filter_map(|namespace| name.strip_prefix(namespace.as_str()))
        .find(|rest| rest.starts_with(|first: char| first.is_uppercase()))
        .unwrap_or(name)
}

/// Gives every operation the `operationId` that is its method's name in Rust, and starts its plan.
pub(super) fn operations(document: &mut Value, plan: &mut Plan, problems: &mut Vec<Problem>) {
    let mut owners: BTreeMap<String, Pointer> = BTreeMap::new();
    position::each_operation_mut(document, &mut |at, operation| {
        let named = operation.get("operationId").and_then(Value::as_str).filter(|id| !id.is_empty());
        let operation_id = named.map_or_else(|| derived_id(at), str::to_owned);
        let method = identifier(&operation_id).to_snake_case();
        if let Some(other) = owners.insert(method.clone(), at.clone()) {
            let both = format!(
                "the operationId `{operation_id}` is the Rust method `{method}`, as is that of #{other}"
            );
            problems.push(Problem::error(&at.join("operationId"), both));
        }
        operation["operationId"] = method.as_str().into();
        plan.operations.push(OperationPlan {
            method,
            operation_id,
            at: at.clone(),
            success: Vec::new(),
            errors: Vec::new(),
            parameters: Vec::new(),
        });
    });
}

/// `GET /queues/{id}` is `get_queues_by_id`.
fn derived_id(at: &Pointer) -> String {
    let [_, path, method] = *at.tokens() else { return at.to_string() };
    let segments = path.split('/').filter(|segment| !segment.is_empty()).map(|segment| {
        match segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) {
            Some(parameter) => format!("by_{parameter}"),
            None => segment.to_owned(),
        }
    });
    std::iter::once(method.to_owned()).chain(segments).collect::<Vec<_>>().join("_")
}

/// Every run of characters that cannot stand in an identifier becomes a word boundary.
pub(super) fn identifier(name: &str) -> String {
    name.replace('\'', "").replace(|c: char| !(c.is_alphanumeric() || c == '_'), "-")
}

/// A Rust type name made of several names.
pub(super) fn joined<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    parts.into_iter().map(|part| identifier(part).to_pascal_case()).collect()
}
