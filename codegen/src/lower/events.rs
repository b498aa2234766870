//! Lowers server-sent events whose data is JSON: 3.0 cannot say that a string contains it.

mod copies;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::document::graph::{mapping_target, mapping_targets_mut};
use crate::document::media_type::{EVENT_FIELDS, Form, Framing};
use crate::document::references::{referred, referred_by, target_of, to_schema};
use crate::document::{Kind, Pointer, references, walk};
use crate::problem::Problem;
use copies::decoded_name;

/// What the data of an event is, on the schema of the event: `json`, or `either` where it may be a string as well.
pub(crate) const EVENT_DATA: &str = "x-event-data";

/// How deep compositions are followed.
const DEEPEST: usize = 8;

/// `text/event-stream: {itemSchema: {properties: {data: {type: string, contentMediaType: application/json, contentSchema: S}}}}`
/// ⇒ `text/event-stream: {itemSchema: {properties: {data: S}, x-event-data: json}}`
///
/// Also in the members of compositions and in components, which keep their names. A component that is used elsewhere
/// as well is there a copy of it, `{Name}Text`, so that a stream's type is not named by what else the document has.
/// Returns where the schemas that moved were.
pub(super) fn lower(document: &mut Value) -> Moves {
    let mut roots: Vec<(Pointer, bool)> = Vec::new();
    walk::each(document, &mut |kind, at, value| {
        let is_events = at.last().and_then(Framing::of) == Some(Framing::Events);
        if kind != Kind::MediaType || !is_events {
            return;
        }
        if value.get("itemSchema").is_some() {
            roots.push((at.join("itemSchema"), true));
        } else if value["schema"].get("items").is_some() {
            roots.push((at.join("schema").join("items"), false));
        } else if value.get("schema").is_some() {
            roots.push((at.join("schema"), false));
        }
    });
    for (at, _) in roots.iter().filter(|(_, is_item)| *is_item) {
        typed(at.resolve_mut(document));
    }
    let empty = Map::new();
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).unwrap_or(&empty);
    let mut events = Events { schemas, decoded: BTreeMap::new(), is_item: false };
    let mut changed: Vec<(Pointer, Value)> = Vec::new();
    for (at, is_item) in roots {
        events.is_item = is_item;
        let decoded = at.resolve(document).and_then(|schema| events.event(schema, None, 0));
        changed.extend(decoded.map(|decoded| (at, decoded)));
    }
    let decoded: BTreeMap<String, Value> =
        events.decoded.into_iter().filter_map(|(name, schema)| Some((name, schema?))).collect();
    for (at, schema) in changed {
        if let Some(place) = at.resolve_mut(document) {
            *place = schema;
        }
    }
    let mut moves = Moves::default();
    if !decoded.is_empty() {
        copies::replace(document, decoded, &mut moves);
    }
    walk::each_mut(document, &mut |_, at, value| {
        let origin = value.as_object_mut().and_then(|schema| schema.remove(ORIGIN));
        let content = |origin: Option<Pointer>| origin.unwrap_or_else(|| at.clone()).join("contentSchema");
        let origin = origin.map(|origin| content(origin.as_str().and_then(Pointer::parse)));
        moves.0.extend(origin.map(|origin| (at.clone(), origin)));
    });
    moves
}

/// Where schemas were before they moved, by their locations.
#[derive(Default)]
pub(crate) struct Moves(BTreeMap<Pointer, Pointer>);

impl Moves {
    /// `/…/properties/data/type` ⇒ `/…/properties/data/contentSchema/type`: the location in the input.
    pub(crate) fn of(&self, at: &Pointer) -> Pointer {
        let mut moved = at.clone();
        let mut rest: Vec<&str> = at.iter().collect();
        let length = rest.len();
        for kept in (1..=length).rev().filter(|_| !self.0.is_empty()) {
            if let Some(origin) = self.0.get(&moved) {
                return rest.split_off(kept).into_iter().fold(origin.clone(), |at, token| at.join(token));
            }
            moved.pop();
        }
        at.clone()
    }

    /// Points problems into the input. What is in two places now and was in one is reported once.
    pub(crate) fn point_to_input(&self, problems: &mut Vec<Problem>) {
        if !self.0.is_empty() {
            problems.iter_mut().for_each(|problem| problem.pointer = self.of(&problem.pointer));
            let mut seen = BTreeSet::new();
            problems.retain(|problem| seen.insert((problem.pointer.clone(), problem.message.clone())));
        }
    }
}

/// On a schema that moved: the location of the string that it was the content of, or `null` if it takes its place. No keyword has
/// this name.
const ORIGIN: &str = "\u{0}origin";

/// `itemSchema: {properties: {data: A}}` ⇒ `itemSchema: {type: object, properties: {data: A}}`
///
/// Without a type, it allows other values as well, which no event is.
fn typed(schema: Option<&mut Value>) {
    if let Some(Value::Object(schema)) = schema
        && schema.get("properties").is_some_and(|names| names.get("data").is_some())
    {
        schema.entry("type").or_insert_with(|| "object".into());
    }
}

struct Events<'a> {
    schemas: &'a Map<String, Value>,
    /// The components that have been looked at: those whose data is decoded, with the result.
    decoded: BTreeMap<String, Option<Value>>,
    /// Whether it is an `itemSchema`, which describes the whole event.
    is_item: bool,
}

impl Events<'_> {
    /// The schema of an event with its data decoded; `None` if it has none to decode. `base` is what the schema around it says of its data.
    fn event(&mut self, schema: &Value, base: Option<&Value>, depth: usize) -> Option<Value> {
        let object = schema.as_object().filter(|_| depth < DEEPEST)?;
        if let Some(name) = referred_by(object) {
            let name = name.into_owned();
            if object.keys().all(|key| is_annotation(key)) {
                return self.component(&name, depth).then(|| to_schema(&decoded_name(&name)));
            }
            let mut rest = object.clone();
            references::take(&mut rest);
            return self.event(&json!({ "allOf": [to_schema(&name), rest] }), base, depth);
        }
        let mut new = object.clone();
        let names = object.get("properties").and_then(Value::as_object);
        let has_data = names.is_some_and(|names| names.contains_key("data"));
        let is_event = self.is_item
            || names.is_some_and(|names| {
                names.len() > 1 && names.keys().all(|name| EVENT_FIELDS.contains(&name.as_str()))
            });
        let own = names.and_then(|names| names.get("data")).map(|own| merged(base, own));
        let decoded = own.as_ref().filter(|_| is_event).and_then(|own| self.data(own, None, 0));
        let is_decoded = decoded.is_some();
        if let Some((data, form)) = decoded {
            new["properties"]["data"] = data;
            new.insert(EVENT_DATA.to_owned(), form.into());
        }
        let of_union = self.unions(&mut new, own.as_ref().or(base).filter(|_| !is_decoded), depth);
        if of_union && has_data && !is_decoded {
            without_data(&mut new);
        }
        let of_members = self.members(&mut new, is_decoded || of_union, depth);
        if of_members && has_data && !is_decoded && !of_union {
            without_data(&mut new);
        }
        (is_decoded || of_union || of_members).then_some(Value::Object(new))
    }

    /// Whether a component is an event with data to decode.
    fn component(&mut self, name: &str, depth: usize) -> bool {
        if !self.decoded.contains_key(name) {
            // A cycle ends here.
            self.decoded.insert(name.to_owned(), None);
            let decoded = self.schemas.get(name).cloned().and_then(|of| self.event(&of, None, depth + 1));
            self.decoded.insert(name.to_owned(), decoded);
        }
        self.decoded.get(name).is_some_and(Option::is_some)
    }

    /// `{properties: {data: A}, oneOf: [{properties: {data: JSON of S}}, B]}` ⇒ `{oneOf: [{properties: {data: S}}, B with data: A]}`
    ///
    /// The data that all branches have in common is a string, which the decoded one is not.
    fn unions(&mut self, schema: &mut Map<String, Value>, base: Option<&Value>, depth: usize) -> bool {
        let mut is_any = false;
        for key in ["oneOf", "anyOf"] {
            let Some(Value::Array(branches)) = schema.get(key) else { continue };
            let decoded: Vec<Option<Value>> =
                branches.iter().map(|branch| self.event(branch, base, depth + 1)).collect();
            if decoded.iter().all(Option::is_none) {
                continue;
            }
            is_any = true;
            let branches = branches
                .iter()
                .zip(decoded)
                .map(|(branch, new)| new.unwrap_or_else(|| with_data(branch, base)));
            let branches: Vec<Value> = branches.collect();
            schema.insert(key.to_owned(), branches.into());
        }
        if is_any {
            for target in mapping_targets_mut(schema) {
                let at = target.as_str().map(mapping_target);
                let name = at.as_ref().and_then(|at| at.component("schemas"));
                if let Some(name) = name.filter(|name| self.decoded.get(*name).is_some_and(Option::is_some)) {
                    *target = decoded_name(name).into();
                }
            }
        }
        is_any
    }

    /// `{allOf: [{properties: {data: string}}, {properties: {data: JSON of S}}]}` ⇒ `{allOf: [{}, {properties: {data: S}}]}`
    fn members(&mut self, schema: &mut Map<String, Value>, is_decoded: bool, depth: usize) -> bool {
        let Some(Value::Array(members)) = schema.get("allOf") else { return false };
        let decoded: Vec<Option<Value>> =
            members.iter().map(|member| self.event(member, None, depth + 1)).collect();
        let is_any = decoded.iter().any(Option::is_some);
        if is_any || is_decoded {
            let members: Vec<Value> = members
                .iter()
                .zip(decoded)
                .map(|(member, new)| new.unwrap_or_else(|| self.stripped(member, depth)))
                .collect();
            schema.insert("allOf".to_owned(), members.into());
        }
        is_any
    }

    /// A member of a composition without what it says of the data.
    fn stripped(&self, member: &Value, depth: usize) -> Value {
        let target = referred(member).and_then(|name| self.schemas.get(&*name));
        let Some(own) = target.unwrap_or(member).as_object().filter(|_| depth < DEEPEST) else {
            return member.clone();
        };
        let mut new = own.clone();
        without_data(&mut new);
        if let Some(Value::Array(members)) = new.get_mut("allOf") {
            for member in members {
                *member = self.stripped(member, depth + 1);
            }
        }
        if new == *own { member.clone() } else { Value::Object(new) }
    }

    /// The schema of data that is JSON in a string, and the value of [`EVENT_DATA`]. `at` is where the string is, if it is in a component.
    fn data(&self, schema: &Value, at: Option<&Pointer>, depth: usize) -> Option<(Value, &'static str)> {
        let object = schema.as_object().filter(|_| depth < DEEPEST)?;
        if let Some(target) = target_of(object) {
            let name = target.component("schemas")?;
            return self.data(self.schemas.get(name)?, Some(&target), depth + 1);
        }
        let is_json = object.get("contentMediaType").and_then(Value::as_str).is_some_and(is_json)
            && object.get("contentEncoding").is_none_or(is_identity);
        if let Some(content) = object.get("contentSchema").filter(|_| is_json) {
            let mut content = content.clone();
            if let Some(content) = content.as_object_mut() {
                if let Some(own) = object.get("description") {
                    content.entry("description").or_insert_with(|| own.clone());
                }
                content.insert(ORIGIN.to_owned(), at.map(ToString::to_string).into());
            }
            return Some((content, "json"));
        }
        let key = ["oneOf", "anyOf"].into_iter().find(|key| object.contains_key(*key))?;
        let branches = object.get(key)?.as_array()?;
        let branch_at = |index: usize| Some(at?.join(key).join(&index.to_string()));
        let decoded = branches.iter().enumerate();
        let decoded: Vec<_> =
            decoded.map(|(index, branch)| self.data(branch, branch_at(index).as_ref(), depth + 1)).collect();
        let form = match decoded.iter().all(|decoded| matches!(decoded, Some((_, "json")))) {
            true => "json",
            false => "either",
        };
        decoded.iter().any(Option::is_some).then(|| {
            let branches = branches.iter().zip(decoded);
            let branches: Vec<Value> =
                branches.map(|(branch, new)| new.map_or_else(|| branch.clone(), |(new, _)| new)).collect();
            let mut new = object.clone();
            new.remove("type");
            new.insert(key.to_owned(), branches.into());
            (Value::Object(new), form)
        })
    }
}

/// Whether a keyword beside `$ref` says nothing about instances.
fn is_annotation(key: &str) -> bool {
    references::is_reference_key(key) || matches!(key, "description" | "summary" | "title" | "deprecated")
}

fn is_json(media_type: &str) -> bool {
    Form::of(media_type) == Form::Json && !media_type.contains('*')
}

/// Whether an encoding leaves text as it is (RFC 2045 §6.2). A string of base64 is not JSON.
fn is_identity(encoding: &Value) -> bool {
    let names = ["7bit", "8bit", "binary"];
    encoding.as_str().is_some_and(|encoding| names.iter().any(|name| encoding.eq_ignore_ascii_case(name)))
}

/// What two schemas say together of one string, as far as one can be written into the other.
fn merged(base: Option<&Value>, own: &Value) -> Value {
    match (base, own) {
        (Some(Value::Object(base)), Value::Object(own))
            if target_of(base).is_none() && target_of(own).is_none() =>
        {
            let mut both = base.clone();
            both.extend(own.clone());
            Value::Object(both)
        }
        _ => own.clone(),
    }
}

/// A branch that has the data of the schema around it.
fn with_data(branch: &Value, base: Option<&Value>) -> Value {
    let Some(base) = base else { return branch.clone() };
    match branch.as_object() {
        Some(own) if target_of(own).is_none() => {
            let mut new = own.clone();
            let properties = new.entry("properties").or_insert_with(|| json!({}));
            let data = properties.get("data").map_or_else(|| base.clone(), |own| merged(Some(base), own));
            if let Some(properties) = properties.as_object_mut() {
                properties.insert("data".to_owned(), data);
            }
            Value::Object(new)
        }
        Some(_) => json!({ "allOf": [branch, { "type": "object", "properties": { "data": base } }] }),
        None => branch.clone(),
    }
}

fn without_data(schema: &mut Map<String, Value>) {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.remove("data");
    }
}
