//! Takes the webhooks and callbacks out of the document: what the API sends becomes component schemas, and entries of the plan.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::deprecation;
use super::names::joined;
use super::origin::Origins;
use crate::document::media_type::{Form, preferred};
use crate::document::references::referred;
use crate::document::{Kind, Pointer, walk};
use crate::free_name::free_name;
use crate::plan::{Caller, Plan, Webhook};
use crate::problem::Problem;

/// `webhooks: {newPet: {post: {requestBody: {content: {application/json: {schema: {properties: …}}}}}}}` ⇒
/// `components: {schemas: {NewPetPayload: {properties: …}}}`, and the webhook `NewPet` in the plan
///
/// A payload that is a component keeps its type. After operations have their names, which those of callbacks begin with.
pub(super) fn take(
    document: &mut Value,
    origins: &mut Origins,
    plan: &mut Plan,
    problems: &mut Vec<Problem>,
) {
    let mut found = Vec::new();
    walk::each(document, &mut |kind, at, operation| {
        if kind == Kind::Operation
            && let Some(caller) = caller(document, at)
        {
            found.extend(Request::of(document, at, operation, caller, problems));
        }
    });
    // In the order of the document: `each` visits callbacks before the operations that they belong to.
    let mut payloads: BTreeMap<String, Value> = BTreeMap::new();
    for Request { name, caller, schema, at, mut webhook } in found {
        let same = plan.webhooks.iter_mut().find(|other| other.name == name && payloads[&name] == schema);
        if let Some(other) = same {
            // One callback of several operations.
            other.callers.push(caller);
            continue;
        }
        webhook.name = free_name(name.clone(), "", |name| payloads.contains_key(name));
        if webhook.name != name {
            let message = format!("becomes the webhook `{}`, because another one is `{name}`", webhook.name);
            problems.push(Problem::relaxed(&at, message));
        }
        payloads.insert(webhook.name.clone(), schema.clone());
        webhook.payload = match referred(&schema) {
            Some(component) => component.into_owned(),
            None => component(document, origins, &webhook.name, &at, schema),
        };
        webhook.callers.push(caller);
        webhook.at = at;
        plan.webhooks.push(webhook);
    }
    remove(document);
}

/// Reports the webhooks whose payload has become no type of its own, such as a component that is a string.
pub(super) fn without_type(document: &Value, plan: &mut Plan, problems: &mut Vec<Problem>) {
    let schemas = document.pointer("/components/schemas");
    plan.webhooks.retain(|webhook| {
        let has_type = schemas.is_some_and(|schemas| schemas.get(&webhook.payload).is_some());
        if !has_type {
            let message = "no type is generated for a payload that is a single value";
            problems.push(Problem::lossy(&webhook.at, message));
        }
        has_type
    });
}

/// A request that the API makes.
struct Request {
    name: String,
    caller: Caller,
    /// The schema of the payload.
    schema: Value,
    /// Its location.
    at: Pointer,
    webhook: Webhook,
}

impl Request {
    /// `None` if there is no payload, or none that can be read.
    fn of(
        document: &Value,
        at: &Pointer,
        operation: &Value,
        caller: Caller,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let content = operation.get("requestBody").and_then(|body| body.get("content")?.as_object());
        let Some((content, media_type)) = content.and_then(|all| Some((all, preferred(all.keys())?))) else {
            problems.push(Problem::lossy(at, "no type is generated for a request without a body"));
            return None;
        };
        let body = at.join("requestBody");
        let form = Form::of(media_type);
        if !matches!(form, Form::Json | Form::UrlEncoded) {
            problems.push(Problem::lossy(&body, format!("no type is generated for `{media_type}`")));
            return None;
        }
        let others: Vec<String> =
            content.keys().filter(|other| *other != media_type).map(|other| format!("`{other}`")).collect();
        if !others.is_empty() {
            let message =
                format!("the type is that of `{media_type}`; no type is generated for {}", others.join(", "));
            problems.push(Problem::relaxed(&body, message));
        }
        let text = |key: &str| operation.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(Self {
            name: name(document, at),
            caller,
            schema: content[media_type].get("schema").cloned().unwrap_or_else(|| json!({})),
            at: body.join("content").join(media_type).join("schema"),
            webhook: Webhook {
                of: at.clone(),
                is_form: form == Form::UrlEncoded,
                summary: text("summary"),
                description: text("description"),
                deprecation: deprecation::of_value(operation),
                ..Webhook::default()
            },
        })
    }
}

/// Who makes the request at a location; `None` for an operation of the client.
fn caller(document: &Value, at: &Pointer) -> Option<Caller> {
    let verb = walk::method_of(at);
    match *at.tokens() {
        ["webhooks", name, _] => Some(Caller { verb, name: name.to_owned(), callback: None }),
        [ref of @ .., "callbacks", callback, expression, _] => {
            let of = name_in(document, &Pointer::of(of.iter().copied()));
            Some(Caller { verb, name: callback.to_owned(), callback: Some((of, expression.to_owned())) })
        }
        _ => None,
    }
}

/// The `operationId`, which is the method's name by now if the client has the operation.
fn name_in(document: &Value, at: &Pointer) -> String {
    let id = at.resolve(document).and_then(|operation| operation.get("operationId")?.as_str());
    id.filter(|id| !id.is_empty()).map_or_else(|| derived(document, at), str::to_owned)
}

/// `operationId: new-pet` ⇒ `NewPet`
fn name(document: &Value, at: &Pointer) -> String {
    joined([name_in(document, at).as_str()])
}

/// `/webhooks/newPet/post` ⇒ `newPet`, `/webhooks/newPet/put` ⇒ `newPet put`, and of a callback with the operation's name before it
///
/// A second method, or another webhook, changes no name.
fn derived(document: &Value, at: &Pointer) -> String {
    let with_verb = |name: String| match walk::method_of(at).to_ascii_lowercase().as_str() {
        "post" => name,
        method => format!("{name} {method}"),
    };
    match *at.tokens() {
        ["webhooks", name, _] => with_verb(name.to_owned()),
        [ref of @ .., "callbacks", callback, _, _] => {
            let of = name_in(document, &Pointer::of(of.iter().copied()));
            with_verb(format!("{of} {callback}"))
        }
        _ => at.to_string(),
    }
}

/// Adds a component for the payload of a webhook, and returns its name.
fn component(
    document: &mut Value,
    origins: &mut Origins,
    webhook: &str,
    at: &Pointer,
    schema: Value,
) -> String {
    if document.pointer("/components/schemas").and_then(Value::as_object).is_none() {
        document["components"]["schemas"] = json!({});
    }
    let schemas = &mut document["components"]["schemas"];
    let name = free_name(joined([webhook, "Payload"]), "", |name| schemas.get(name).is_some());
    origins.note(name.clone(), at);
    schemas[&name] = schema;
    name
}

/// Removes all webhooks and callbacks.
fn remove(document: &mut Value) {
    if let Some(root) = document.as_object_mut() {
        root.remove("webhooks");
    }
    walk::each_operation_mut(document, &mut |_, operation| {
        if let Some(operation) = operation.as_object_mut() {
            operation.remove("callbacks");
        }
    });
}
