//! What the schema of a server-sent event says: of its data alone or of all of its fields, and of the event that ends a stream.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::parameters::resolve;
use super::streams::is_plain_text;
use crate::document::media_type::EVENT_FIELDS;
use crate::lower::EVENT_DATA;
use crate::plan::{EventData, EventFields};

/// The data of the event with which many APIs end a stream. The handwritten code ends it there.
const LAST: &str = "[DONE]";

/// How deep compositions are followed.
pub(super) const DEEPEST: usize = 8;

const UNIONS: [&str; 2] = ["oneOf", "anyOf"];

/// `{oneOf: [A, {type: string, enum: ['[DONE]']}]}` ⇒ `A`;
/// `{oneOf: [A, B, {properties: {data: {enum: ['[DONE]']}}}]}` ⇒ `{oneOf: [A, B]}`
///
/// The end is not an item. `None` if the schema has no such branch, or no other.
pub(super) fn without_end(schema: &Value, schemas: &Value) -> Option<Value> {
    let resolved = resolve(schema, schemas);
    let of_data = resolved.get("properties").and_then(|names| names.get("data"));
    if let Some(data) = of_data.and_then(|data| without_last(data, schemas)) {
        let mut schema = resolved.clone();
        schema["properties"]["data"] = data;
        return Some(schema);
    }
    without_last(resolved, schemas)
}

fn without_last(schema: &Value, schemas: &Value) -> Option<Value> {
    let resolved = resolve(schema, schemas);
    let key = UNIONS.into_iter().find(|key| resolved.get(*key).is_some())?;
    let branches = resolved[key].as_array()?;
    let kept: Vec<Value> = branches.iter().filter_map(|branch| kept(branch, schemas)).collect();
    // Of a union with any other string, the end is one.
    let has_text = kept.iter().any(|branch| is_plain_text(resolve(branch, schemas)));
    if kept == *branches || kept.is_empty() || has_text {
        return None;
    }
    let is_union_alone = resolved.as_object()?.keys().all(|own| {
        own == key || matches!(own.as_str(), "description" | "title" | "discriminator" | "example")
    });
    match kept.as_slice() {
        [only] if is_union_alone => Some(only.clone()),
        _ => {
            let mut schema = resolved.clone();
            schema[key] = kept.into();
            Some(schema)
        }
    }
}

/// What is left of a branch without the end; `None` for the end itself.
fn kept(branch: &Value, schemas: &Value) -> Option<Value> {
    let resolved = resolve(branch, schemas);
    let of_data = resolved.get("properties").and_then(|names| names.get("data"));
    if of_data.is_some_and(|data| resolve(data, schemas)["enum"] == json!([LAST])) {
        return None;
    }
    let Some(values) = resolved.get("enum").and_then(Value::as_array) else { return Some(branch.clone()) };
    let others: Vec<Value> = values.iter().filter(|value| **value != LAST).cloned().collect();
    if others.len() == values.len() {
        return Some(branch.clone());
    }
    (!others.is_empty()).then(|| {
        let mut branch = resolved.clone();
        branch["enum"] = others.into();
        branch
    })
}

/// Whether a union has strings that it lists, beside other values: servers send them as they are, and not as JSON.
pub(super) fn has_words(schema: &Value, schemas: &Value) -> bool {
    let branches = branches(schema);
    let is_word = |branch: &Value| {
        let values = resolve(branch, schemas).get("enum").and_then(Value::as_array);
        values.is_some_and(|values| values.iter().all(Value::is_string))
    };
    branches.iter().any(is_word) && !branches.iter().all(is_word)
}

/// Whether a schema describes all fields of an event, and not what its data is: it has `data`, another field unless it is an `itemSchema`,
/// and nothing else. An `itemSchema` that is no union may have more.
pub(super) fn is_whole(schema: &Value, schemas: &Value, is_item: bool) -> bool {
    has_mark(schema, schemas, 0)
        || is_item && schema["properties"].get("data").is_some()
        || has_only_fields(schema, schemas, is_item)
}

fn has_mark(schema: &Value, schemas: &Value, depth: usize) -> bool {
    let schema = resolve(schema, schemas);
    let mut parts = branches(schema).iter().chain(members(schema));
    schema.get(EVENT_DATA).is_some()
        || depth < DEEPEST && parts.any(|part| has_mark(part, schemas, depth + 1))
}

fn has_only_fields(schema: &Value, schemas: &Value, is_item: bool) -> bool {
    let branches = branches(schema);
    if !branches.is_empty() {
        return branches.iter().all(|branch| {
            let branch = resolve(branch, schemas);
            // One level is enough: unions of unions are rare, and a document has cycles.
            UNIONS.iter().all(|key| branch.get(*key).is_none()) && has_only_fields(branch, schemas, is_item)
        });
    }
    let mut names = BTreeSet::new();
    property_names(schema, schemas, 0, &mut names);
    (names.len() > 1 || is_item)
        && names.contains("data")
        && names.iter().all(|name| EVENT_FIELDS.contains(name))
}

/// The branches of a union.
fn branches(schema: &Value) -> &[Value] {
    let branches = UNIONS.iter().find_map(|key| schema.get(*key)?.as_array());
    branches.map_or(&[], Vec::as_slice)
}

/// The schemas that one is composed of.
fn members(schema: &Value) -> &[Value] {
    schema.get("allOf").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The names of the properties of a schema, and of those that it is composed of by `allOf`.
fn property_names<'a>(schema: &'a Value, schemas: &'a Value, depth: usize, names: &mut BTreeSet<&'a str>) {
    let schema = resolve(schema, schemas);
    let own = schema.get("properties").and_then(Value::as_object);
    names.extend(own.into_iter().flat_map(|own| own.keys().map(String::as_str)));
    if depth < DEEPEST {
        members(schema).iter().for_each(|part| property_names(part, schemas, depth + 1, names));
    }
}

/// What the schema of a whole event says of its fields.
pub(super) fn fields(schema: &Value, schemas: &Value) -> EventFields {
    let mut found = Found::default();
    found.add(schema, schemas, None, 0);
    let mut data: Vec<(String, EventData)> = Vec::new();
    for (event, form) in found.named {
        match data.iter_mut().find(|(other, _)| *other == event) {
            Some((_, own)) if *own != form => *own = EventData::Either,
            Some(_) => {}
            None => data.push((event, form)),
        }
    }
    let all_alike = |forms: &[EventData]| forms.windows(2).all(|pair| pair[0] == pair[1]);
    let otherwise = match found.unnamed.first() {
        Some(form) if all_alike(&found.unnamed) => *form,
        _ => EventData::Either,
    };
    // What says the same of every event needs no list.
    if data.iter().all(|(_, form)| *form == otherwise) {
        data.clear();
    }
    EventFields { has_event: found.has_event, data, otherwise }
}

#[derive(Default)]
struct Found {
    has_event: bool,
    /// By the types of events.
    named: Vec<(String, EventData)>,
    /// Of branches that do not say which events they are.
    unnamed: Vec<EventData>,
}

impl Found {
    fn add(&mut self, schema: &Value, schemas: &Value, around: Option<EventData>, depth: usize) {
        let schema = resolve(schema, schemas);
        let form = form(schema, schemas, depth).or(around);
        let mut event = Vec::new();
        property(schema, "event", schemas, depth, &mut event);
        self.has_event |= !event.is_empty();
        let branches = branches(schema);
        if !branches.is_empty() && depth < DEEPEST {
            branches.iter().for_each(|branch| self.add(branch, schemas, form, depth + 1));
            return;
        }
        let form = form.unwrap_or(EventData::Either);
        let types = event.iter().find_map(|event| event.get("enum")?.as_array());
        match types {
            Some(types) => self
                .named
                .extend(types.iter().filter_map(Value::as_str).map(|event| (event.to_owned(), form))),
            None => self.unnamed.push(form),
        }
    }
}

/// What the data of an event is; `None` if the schema says nothing of it.
fn form(schema: &Value, schemas: &Value, depth: usize) -> Option<EventData> {
    let schema = resolve(schema, schemas);
    match schema.get(EVENT_DATA).and_then(Value::as_str) {
        Some("json") => return Some(EventData::Json),
        Some(_) => return Some(EventData::Either),
        None => {}
    }
    if let Some(data) = schema.get("properties").and_then(|names| names.get("data")) {
        let data = resolve(data, schemas);
        return Some(if is_plain_text(data) { EventData::Text } else { EventData::Either });
    }
    let mut members = members(schema).iter().filter(|_| depth < DEEPEST);
    members.find_map(|member| form(member, schemas, depth + 1))
}

/// What a schema, and those that it is composed of by `allOf`, say of a property.
fn property<'a>(schema: &'a Value, name: &str, schemas: &'a Value, depth: usize, found: &mut Vec<&'a Value>) {
    let schema = resolve(schema, schemas);
    let own = schema.get("properties").and_then(|names| names.get(name));
    found.extend(own.map(|own| resolve(own, schemas)));
    if depth < DEEPEST {
        members(schema).iter().for_each(|member| property(member, name, schemas, depth + 1, found));
    }
}
