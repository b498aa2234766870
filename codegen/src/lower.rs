//! OpenAPI 3.1 is not 3.0: says in 3.0.3 what a 3.1 document says.
//! Knows both specifications; must not know which generator reads the result.

mod schema;

use serde_json::Value;

use crate::pointer::Pointer;
use crate::position::{self, Kind};
use crate::problem::Problem;

/// Lowers a 3.1.0 document to 3.0.3; a 3.0 document passes through with its references checked.
pub(crate) fn lower(mut document: Value) -> (Value, Vec<Problem>) {
    let mut problems = Vec::new();
    let Some(is_3_1) = is_3_1(&document, &mut problems) else { return (document, problems) };
    check_references(&mut document, &mut problems);
    if is_3_1 {
        lower_root(&mut document, &mut problems);
        position::each_mut(&mut document, &mut |kind, at, value| match kind {
            Kind::Schema => schema::lower(at, value, &mut problems),
            Kind::MediaType | Kind::Parameter | Kind::Header => first_example(value),
            _ => {}
        });
    }
    (document, problems)
}

/// Tells 3.1 from 3.0; `None`, with a problem, for anything else.
fn is_3_1(document: &Value, problems: &mut Vec<Problem>) -> Option<bool> {
    let at = Pointer::root().join("openapi");
    match document.get("openapi").and_then(Value::as_str) {
        Some("3.1.0") => Some(true),
        Some(version) if version.starts_with("3.0.") => Some(false),
        Some(version) => {
            let advice =
                "only 3.0.x and 3.1.0 are read; where nothing newer is used, set it to 3.1.0 in the overlay";
            problems.push(Problem::error(&at, format!("the document says OpenAPI {version}; {advice}")));
            None
        }
        None => {
            problems.push(Problem::error(&at, "not an OpenAPI document: there is no `openapi: 3.1.0`"));
            None
        }
    }
}

fn check_references(document: &mut Value, problems: &mut Vec<Problem>) {
    let mut references = Vec::new();
    position::each_mut(document, &mut |_, at, value| {
        if let Some(reference) = value.get("$ref") {
            references.push((at.join("$ref"), reference.clone()));
        }
    });
    for (at, reference) in references {
        let message = match reference.as_str().map(|text| (text, Pointer::from_reference(text))) {
            None => "a $ref must be a string".to_owned(),
            Some((text, None)) => {
                format!("the $ref `{text}` leaves the document; bundle it into one file first")
            }
            Some((text, Some(target))) => match target.resolve(document) {
                None => format!("the $ref `{text}` points at nothing"),
                Some(_) if target.is_component() => continue,
                Some(_) => format!(
                    "the $ref `{text}` does not point at a component; move its target to `components`"
                ),
            },
        };
        problems.push(Problem::error(&at, message));
    }
}

/// What 3.1 added outside schemas: none of it changes what a client sends or reads.
fn lower_root(document: &mut Value, problems: &mut Vec<Problem>) {
    let Some(root) = document.as_object_mut() else { return };
    root.insert("openapi".to_owned(), "3.0.3".into());
    root.remove("jsonSchemaDialect");
    if root.remove("webhooks").is_some() {
        let at = Pointer::root().join("webhooks");
        problems
            .push(Problem::relaxed(&at, "webhooks are what the API calls; the client has no code for them"));
    }
    root.entry("paths").or_insert_with(|| Value::Object(serde_json::Map::new()));
    if let Some(info) = root.get_mut("info").and_then(Value::as_object_mut) {
        info.remove("summary");
        if let Some(license) = info.get_mut("license").and_then(Value::as_object_mut) {
            license.remove("identifier");
        }
    }
    if root.get("components").and_then(|components| components.get("pathItems")).is_some() {
        let at = Pointer::of(["components", "pathItems"]);
        problems.push(Problem::error(
            &at,
            "`components.pathItems` has no 3.0 form; move the path items to `paths`",
        ));
    }
}

/// `examples` beside a schema is a map of Example Objects in both versions and nothing reads it.
fn first_example(value: &mut Value) {
    if let Some(map) = value.as_object_mut() {
        map.remove("examples");
    }
}
