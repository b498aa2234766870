//! Renames components and operations so that their Rust names are idiomatic and distinct.
//! Must not know schemas.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToPascalCase, ToSnakeCase};
use http::StatusCode;
use serde_json::{Map, Value};
use unicode_ident::{is_xid_continue, is_xid_start};

use super::deprecation;
use super::origin::Origins;
use crate::document::Pointer;
use crate::document::media_type::Form;
use crate::document::references::{self, referred};
use crate::document::walk;
use crate::free_name::free_name;
use crate::plan::{MediaTypes, OperationPlan, Plan};
use crate::problem::Problem;
use crate::settings::Settings;

/// `Types.StatusCodes.StatusCode401` ⇒ `Unauthorized`, and every `$ref` to it
///
/// Renames component schemas to the Rust names of their types, so that the plan can name them.
/// A dotted namespace is dropped, as is the same namespace without dots (`TypesStatusCodesStatusCode401Error`), unless two names
/// would become the same. The number of a status becomes what it means.
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
    walk::each_mut(document, &mut |_, _, value| {
        if let Some(new) = referred(value).and_then(|name| renamed.get(&*name)) {
            references::point(value, &Pointer::of(["components", "schemas", new]));
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
    let short = schemas.keys().map(|name| pascal_case(without_namespace(name, &namespaces)));
    let short: Vec<String> = short.map(|name| with_reason(&name).unwrap_or(name)).collect();
    let mut users: BTreeMap<&String, usize> = BTreeMap::new();
    short.iter().for_each(|short| *users.entry(short).or_default() += 1);
    let wanted: Vec<String> = schemas
        .keys()
        .zip(&short)
        .map(|(name, short)| {
            let rust = if users[short] == 1 { short.clone() } else { pascal_case(name) };
            type_name(rust)
        })
        .collect();
    distinct(schemas.keys().cloned().zip(wanted).collect(), problems)
}

/// `a, A` ⇒ `A2, A`
///
/// Numbers the names that would become the same Rust type, except the one that is spelled like it.
fn distinct(wanted: Vec<(String, String)>, problems: &mut Vec<Problem>) -> BTreeMap<String, String> {
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for (name, rust) in &wanted {
        if name == rust || !owners.contains_key(rust) {
            owners.insert(rust.clone(), name.clone());
        }
    }
    let mut renamed = BTreeMap::new();
    for (name, rust) in wanted {
        let owner = owners.get(&rust).cloned();
        let other = owner.filter(|owner| *owner != name);
        let own = match other {
            Some(other) => {
                let own = free_name(rust.clone(), "", |own| owners.contains_key(own));
                problems.push(Problem::relaxed(
                    &Pointer::of(["components", "schemas", &name]),
                    format!("`{name}` becomes the Rust type `{own}`, because `{other}` is `{rust}`"),
                ));
                owners.insert(own.clone(), name.clone());
                own
            }
            None => rust,
        };
        renamed.insert(name, own);
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

/// `StatusCode401Error` ⇒ `UnauthorizedError`; `None` for a name that does not begin with the status of an error
///
/// The meaning of a status is clearer in a `match` on `ErrorBody`. It depends on the name alone, and not on the statuses that have
/// the type, so that an added operation renames no type.
fn with_reason(name: &str) -> Option<String> {
    let number = ["StatusCode", "Status", "Http"].into_iter().find_map(|word| name.strip_prefix(word))?;
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    let status = number[..end].parse().ok().and_then(|code: u16| StatusCode::from_u16(code).ok())?;
    let is_error = status.is_client_error() || status.is_server_error();
    let reason = status.canonical_reason().filter(|_| is_error)?;
    Some(pascal_case(reason) + &number[end..])
}

/// `operationId: send-code` ⇒ `operationId: send_code`
///
/// Gives every operation the name of its Rust method, and starts its plan.
/// Two operations with one id are an error, as 3.1.0 §4.8.10 has it; [`Settings::skip_unsupported`] names the second by its
/// method and path. An operation whose method the client has already is renamed, whatever other operations there are:
/// `verify` ⇒ `verify_operation`, so that an added operation renames no other.
pub(super) fn operations(
    document: &mut Value,
    plan: &mut Plan,
    mut media_types: BTreeMap<Pointer, MediaTypes>,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) {
    let of_document = document.get("security").cloned();
    let mut ids: BTreeMap<String, Pointer> = BTreeMap::new();
    // By the name of the builder: that of `a2` and of `a_2` is `A2`.
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    let id_of = |operation: &Value| {
        operation.get("operationId").and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned)
    };
    // An operation with an id keeps its name, whatever the order: one without an id gives way.
    let of_ids: BTreeSet<String> = walk::operations(document)
        .filter_map(|(_, operation)| id_of(operation))
        .map(|id| method_name(&id).to_pascal_case())
        .collect();
    walk::each_operation_mut(document, &mut |at, operation| {
        let (mut place, mut is_derived) = (at.join("operationId"), false);
        let mut operation_id = id_of(operation).unwrap_or_else(|| {
            (place, is_derived) = (at.clone(), true);
            derived_id(at)
        });
        if let Some(other) = ids.get(&operation_id).filter(|_| !is_derived) {
            let both = format!("the operationId `{operation_id}` is also that of #{other}");
            if settings.skip_unsupported {
                (operation_id, is_derived) = (derived_id(at), true);
                let named = format!("{both}; this one is named by its method and path");
                problems.push(Problem::relaxed(&place, named));
            } else {
                problems.push(Problem::error(&place, both));
                return;
            }
        }
        if !is_derived {
            ids.insert(operation_id.clone(), at.clone());
        }
        let mut expected = method_name(&operation_id);
        if is_reserved(&expected, settings) {
            let renamed = format!("{}_operation", expected.trim_end_matches('_'));
            let message =
                format!("`{operation_id}` becomes the method `{renamed}`, because `{expected}` is reserved");
            problems.push(Problem::relaxed(&place, message));
            expected = renamed;
        }
        // The generator would write `self__2` as `self_2`.
        let base = expected.trim_end_matches('_');
        let mut candidates =
            std::iter::once(expected.clone()).chain((2..).map(|number| format!("{base}_{number}")));
        let is_free = |name: &String| {
            let builder = name.to_pascal_case();
            !(owners.contains_key(&builder) || is_derived && of_ids.contains(&builder))
        };
        let Some(method) = candidates.find(is_free) else { return };
        if method != expected {
            let other = owners.get(&expected.to_pascal_case());
            let other = other.map_or_else(|| "another operation".to_owned(), |other| format!("`{other}`"));
            let both =
                format!("`{operation_id}` becomes the method `{method}`, because {other} is `{expected}`");
            problems.push(Problem::relaxed(&place, both));
        }
        let owner = if is_derived { format!("#{at}") } else { operation_id.clone() };
        owners.insert(method.to_pascal_case(), owner);
        operation["operationId"] = method.as_str().into();
        let media_types = media_types.remove(at).unwrap_or_default();
        plan.operations.push(OperationPlan {
            method,
            operation_id,
            at: at.clone(),
            deprecation: deprecation::of_value(operation),
            verb: walk::method_of(at),
            sends_credentials: asks_for_credentials(operation.get("security").or(of_document.as_ref())),
            body: match (&media_types.multipart, &media_types.lines) {
                (Some(_), _) => Some(Form::Multipart),
                (None, Some(_)) => Some(Form::Stream),
                (None, None) => operation.get("requestBody").and_then(form),
            },
            media_types,
            has_optional_body: operation.get("requestBody").is_some_and(|body| body["required"] != true),
            ..OperationPlan::default()
        });
    });
}

/// Whether a list of Security Requirement Objects requires credentials: neither `[]` nor `[{}]`. Where the document has no list,
/// it does not say how requests are authenticated.
fn asks_for_credentials(security: Option<&Value>) -> bool {
    let requirements = security.and_then(Value::as_array);
    requirements.is_none_or(|all| all.iter().any(|one| one.as_object().is_some_and(|one| !one.is_empty())))
}

/// How a body with a single media type is written.
fn form(body: &Value) -> Option<Form> {
    body.get("content")?.as_object()?.keys().next().map(|media_type| Form::of(media_type))
}

/// `GET /queues/{id}` ⇒ `get_queues_by_id`, for an operation without an id.
fn derived_id(at: &Pointer) -> String {
    let [_, path, _] = *at.tokens() else { return at.to_string() };
    let method = walk::method_of(at).to_ascii_lowercase();
    let segments = path.split('/').filter(|segment| !segment.is_empty()).map(|segment| {
        match segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) {
            Some(parameter) => format!("by_{parameter}"),
            None => segment.to_owned(),
        }
    });
    std::iter::once(method).chain(segments).collect::<Vec<_>>().join("_")
}

/// Methods that generated code calls, those that every client has by the traits that it implements (a method of its own with that
/// name would be called instead), and those whose builders would have the name of a type that the module of builders uses.
const RESERVED_METHODS: [&str; 18] = [
    "base_url",
    "borrow",
    "borrow_mut",
    "clone",
    "clone_from",
    "clone_into",
    "error",
    "fmt",
    "from",
    "http",
    "into",
    "option",
    "response",
    "result",
    "string",
    "to_owned",
    "try_into",
    "type_id",
];

/// Whether the client has a method of this name that is no operation.
pub(super) fn is_reserved(method: &str, settings: &Settings) -> bool {
    RESERVED_METHODS.contains(&method) || settings.reserved_methods.iter().any(|own| own == method)
}

/// Names that a type cannot have: a keyword, and what typify leaves to the prelude, where a type of one field would be called instead.
const RESERVED: [&str; 6] = ["Default", "Err", "None", "Ok", "Self", "Some"];

/// A name that a type can have.
fn type_name(pascal: String) -> String {
    match pascal.chars().next() {
        Some(first) if is_xid_start(first) && !RESERVED.contains(&pascal.as_str()) => pascal,
        Some(first) if is_xid_start(first) => format!("{pascal}Type"),
        _ => format!("X{pascal}"),
    }
}

/// The method of an operation, as the generator names it.
fn method_name(operation_id: &str) -> String {
    // Twice, as the generator reads it again: `İ` becomes an `i` and a combining mark at first, then `i`.
    escaped(identifier(operation_id).to_snake_case().to_snake_case())
}

/// The setter of a parameter, as the generator names it.
pub(super) fn setter_name(parameter: &str) -> String {
    escaped(snake_case(parameter))
}

/// A name in snake case, as the generator writes it.
pub(super) fn snake_case(name: &str) -> String {
    match name {
        "+1" => "plus1".to_owned(),
        "-1" => "minus1".to_owned(),
        name => identifier(name).to_snake_case(),
    }
}

/// An identifier: with an underscore behind a keyword and before a digit.
pub(super) fn escaped(snake: String) -> String {
    match snake.chars().next() {
        None => "x".to_owned(),
        Some(first) if !is_xid_start(first) => format!("_{snake}"),
        // syn takes `gen` for an identifier, as editions before 2024 do; the generator does not.
        Some(_) if snake == "gen" || syn::parse_str::<syn::Ident>(&snake).is_err() => format!("{snake}_"),
        Some(_) => snake,
    }
}

/// Every run of characters that are invalid in an identifier becomes a word boundary, as in the generator: `²` is a number
/// in Unicode, but invalid in an identifier; a combining mark is valid in one.
fn identifier(name: &str) -> String {
    name.replace('\'', "").replace(|c: char| !is_xid_continue(c), "-")
}

/// A Rust type name made of several names.
pub(super) fn joined<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    type_name(pascal_case(&parts.into_iter().map(pascal_case).collect::<String>()))
}

/// One name in the case of Rust types; it can begin with a digit.
///
/// As the generator, which reads it again, would write it: a word of one letter makes `PlanAB` of `plan-a-b` at first, then
/// `PlanAb`.
pub(super) fn pascal_case(name: &str) -> String {
    identifier(name).to_pascal_case().to_pascal_case()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_name_in_the_case_of_types_stays(name in "[A-Za-z0-9_.-]{0,12}") {
            let once = pascal_case(&name);
            prop_assert_eq!(once.to_pascal_case(), once);
        }
    }
}
