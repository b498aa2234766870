//! Plans the rules that are checked when a request is sent: those of its schemas that no generated type enforces.
//! Must not know how they are checked.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::constraints::drop_idle;
use super::directions::Directions;
use super::patterns;
use super::schema::{has_variants, saying, says};
use super::{only_member, parameters};
use crate::document::keywords::Keyword;
use crate::document::media_type::{JSON, URL_ENCODED};
use crate::document::references::referred;
use crate::document::{Pointer, keyword, walk};
use crate::lower::BEYOND_64_BITS;
use crate::plan::{Plan, RuledBranch, Rules, RulesOf};
use crate::problem::Problem;
use crate::settings::Settings;

/// `{type: array, minItems: 1}` in a request ⇒ [`Rules`] in the plan
///
/// Returns the locations of the schemas whose rules are all enforced or reported.
pub(super) fn collect(
    document: &Value,
    directions: &Directions,
    settings: &Settings,
    plan: &mut Plan,
    problems: &mut Vec<Problem>,
) -> BTreeSet<Pointer> {
    let none = Value::Null;
    let schemas = document.pointer("/components/schemas").unwrap_or(&none);
    let mut names: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for own in &plan.properties {
        names.entry(&own.of).or_default().insert(&own.name, &own.original);
    }
    let mut collector = Collector {
        schemas,
        directions,
        settings,
        names,
        read_only: saying(document, "readOnly"),
        write_only: saying(document, "writeOnly"),
        seen: BTreeSet::new(),
        problems,
    };
    let mut components = BTreeMap::new();
    for name in &directions.sent {
        if let Some(schema) = schemas.get(name) {
            let at = Pointer::of(["components", "schemas", name]);
            components.insert(name.clone(), collector.rules(&at, schema, Some(name)));
        }
    }
    let mut bodies = BTreeMap::new();
    let mut of_parameters = BTreeMap::new();
    for (at, operation) in walk::operations(document) {
        let Some(method) = operation.get("operationId").and_then(Value::as_str) else { continue };
        for media_type in [JSON, URL_ENCODED] {
            let path = ["requestBody", "content", media_type, "schema"];
            let at = path.iter().fold(at.clone(), |at, token| at.join(token));
            if let Some(schema) = at.resolve(document) {
                bodies.insert(method.to_owned(), collector.rules(&at, schema, None));
            }
        }
        let list = at.join("parameters");
        let parameters = operation.get("parameters").and_then(Value::as_array);
        for (index, parameter) in parameters.into_iter().flatten().enumerate() {
            if let Some(schema) = parameter.get("schema") {
                let at = list.join(&index.to_string()).join("schema");
                of_parameters.insert((method.to_owned(), index), collector.rules(&at, schema, None));
            }
        }
    }
    let seen = collector.seen;

    let ruled = ruled(&components);
    for operation in &mut plan.operations {
        operation.body_rules = bodies.remove(&operation.method).and_then(|rules| pruned(rules, &ruled));
        for (index, parameter) in operation.parameters.iter_mut().enumerate() {
            let rules = of_parameters.remove(&(operation.method.clone(), index));
            let rules = rules.and_then(|rules| pruned(rules, &ruled));
            parameter.rules = match rules {
                // Its list is there for the generator alone.
                Some(RulesOf::Inline(list)) if parameter.is_wrapped => list.items.map(|items| *items),
                rules => rules,
            };
        }
    }
    plan.rules = components
        .into_iter()
        .filter_map(|(name, rules)| match pruned(rules, &ruled)? {
            RulesOf::Inline(rules) => Some((name, rules)),
            RulesOf::Component(other) => {
                let branch = RuledBranch { rules: Some(RulesOf::Component(other)), ..RuledBranch::default() };
                Some((name, Rules { branches: vec![branch], ..Rules::default() }))
            }
        })
        .collect();
    seen
}

/// The components that have a rule, themselves or in what they refer to.
fn ruled(components: &BTreeMap<String, RulesOf>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    loop {
        let is_new = |(name, rules): &(&String, &RulesOf)| !found.contains(*name) && has_rules(rules, &found);
        let more: Vec<String> = components.iter().filter(is_new).map(|(name, _)| name.clone()).collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

fn has_rules(of: &RulesOf, ruled: &BTreeSet<String>) -> bool {
    match of {
        RulesOf::Component(name) => ruled.contains(name),
        RulesOf::Inline(rules) => {
            !rules.checks.is_empty() || rules.parts().any(|part| has_rules(part, ruled))
        }
    }
}

/// The rules without those parts that have none.
fn pruned(of: RulesOf, ruled: &BTreeSet<String>) -> Option<RulesOf> {
    if !has_rules(&of, ruled) {
        return None;
    }
    let RulesOf::Inline(mut rules) = of else { return Some(of) };
    let part = |part: Option<Box<RulesOf>>| part.and_then(|part| pruned(*part, ruled)).map(Box::new);
    rules.items = part(rules.items);
    rules.others = part(rules.others);
    rules.tuple = rules.tuple.into_iter().map(|part| part.and_then(|part| pruned(part, ruled))).collect();
    if rules.items.is_none() && rules.tuple.iter().all(Option::is_none) {
        rules.tuple.clear();
    }
    rules.properties = rules
        .properties
        .into_iter()
        .map(|(name, part)| (name, part.and_then(|part| pruned(part, ruled))))
        .filter(|(_, part)| part.is_some() || rules.others.is_some())
        .collect();
    for branch in &mut rules.branches {
        branch.rules = branch.rules.take().and_then(|part| pruned(part, ruled));
    }
    if rules.branches.iter().all(|branch| branch.rules.is_none()) {
        rules.branches.clear();
    }
    Some(RulesOf::Inline(rules))
}

/// How many unions inside each other are looked at for their types.
const MAX_UNIONS: usize = 8;

struct Collector<'a> {
    schemas: &'a Value,
    directions: &'a Directions,
    settings: &'a Settings,
    /// The names on the wire of the properties that have stand-ins, by component.
    names: BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>,
    read_only: BTreeSet<String>,
    write_only: BTreeSet<String>,
    seen: BTreeSet<Pointer>,
    problems: &'a mut Vec<Problem>,
}

impl Collector<'_> {
    /// The rules of a schema, which is `component` or a part of it.
    fn rules(&mut self, at: &Pointer, schema: &Value, component: Option<&str>) -> RulesOf {
        if let Some(name) = referred(schema) {
            return RulesOf::Component(name.into_owned());
        }
        let mut rules = Rules::default();
        let Some(map) = schema.as_object() else { return RulesOf::Inline(rules) };
        let is_received = component.is_some_and(|name| self.directions.received.contains(name));
        rules.checks = self.checks(at, map, is_received);
        self.seen.insert(at.clone());
        if let Some(member) = only_member(map) {
            let member = self.rules(&at.join("allOf").join("0"), member, component);
            if rules == Rules::default() {
                return member;
            }
            rules.branches.push(RuledBranch { rules: Some(member), ..RuledBranch::default() });
            return RulesOf::Inline(rules);
        }
        for (name, part) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let of = self.rules(&at.join("properties").join(name), part, component);
            let is_component = at.is_component();
            let own = component.filter(|_| is_component);
            rules.properties.push((self.on_the_wire(own, name).to_owned(), Some(of)));
        }
        let mut part = |key: &str| {
            let schema = map.get(key).filter(|schema| schema.is_object())?;
            Some(Box::new(self.rules(&at.join(key), schema, component)))
        };
        rules.items = part("items");
        rules.others = part("additionalProperties");
        for (index, item) in list(map, "prefixItems").enumerate() {
            let at = at.join("prefixItems").join(&index.to_string());
            rules.tuple.push(Some(self.rules(&at, item, component)));
        }
        for key in ["oneOf", "anyOf"] {
            for (index, branch) in list(map, key).enumerate() {
                let at = at.join(key).join(&index.to_string());
                let of = self.rules(&at, branch, component);
                rules.branches.push(self.branch(branch, of));
            }
        }
        RulesOf::Inline(rules)
    }

    fn on_the_wire<'n>(&'n self, component: Option<&str>, name: &'n str) -> &'n str {
        component.and_then(|of| self.names.get(of)?.get(name).copied()).unwrap_or(name)
    }

    /// What tells the values of a branch from those of others. A property that only the server writes is not required.
    fn branch(&self, schema: &Value, rules: RulesOf) -> RuledBranch {
        let mut component = None;
        let mut next = schema;
        while let Some(name) = referred(next) {
            let Some(target) = self.schemas.get(&*name) else { break };
            component = Some(name.into_owned());
            next = target;
            if component.as_deref().is_some_and(|name| self.schemas[name].get("oneOf").is_some()) {
                break;
            }
        }
        let of = component.as_deref();
        let properties = || next.get("properties").and_then(Value::as_object).into_iter().flatten();
        let required = next.get("required").and_then(Value::as_array).into_iter().flatten();
        let required = required.filter_map(Value::as_str).filter(|name| {
            let is_read_only = |property| says(property, "readOnly", &self.read_only);
            next["properties"].get(name).is_some_and(|property| !is_read_only(property))
        });
        let tags = properties().filter_map(|(name, property)| {
            let values = parameters::resolve(property, self.schemas).get("enum")?.as_array()?;
            Some((self.on_the_wire(of, name).to_owned(), values.clone()))
        });
        RuledBranch {
            kind: self.kind(next, MAX_UNIONS).map(str::to_owned),
            required: required.map(|name| self.on_the_wire(of, name).to_owned()).collect(),
            tags: tags.collect(),
            rules: Some(rules),
        }
    }

    /// The type of a schema, or that of all branches of a union, so many unions deep.
    fn kind<'s>(&'s self, schema: &'s Value, levels: usize) -> Option<&'s str> {
        if let Some(kind) = schema.get("type").and_then(Value::as_str) {
            return Some(kind);
        }
        let branches = schema.as_object().map(|schema| list(schema, "oneOf").chain(list(schema, "anyOf")))?;
        let mut kinds = branches.map(|branch| match levels {
            0 => None,
            _ => self.kind(parameters::resolve(branch, self.schemas), levels - 1),
        });
        let first = kinds.next()??;
        kinds.all(|kind| kind == Some(first)).then_some(first)
    }

    /// The constraints of a schema, and its values, that its type does not enforce.
    fn checks(
        &mut self,
        at: &Pointer,
        schema: &Map<String, Value>,
        is_received: bool,
    ) -> Vec<(&'static str, Value)> {
        let text = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default();
        let (kind, format) = (text("type"), text("format"));
        let values = schema.get("enum").and_then(Value::as_array);
        let mut checks = Vec::new();
        let common = self.settings.common_format(format).filter(|_| kind == "string" && values.is_none());
        if let Some(of) = common {
            checks.push(("format", json!([format, format!("{}::{of}", self.settings.module)])));
        } else if kind == "string" && !is_received && self.settings.sent_format(format).is_some() {
            return Vec::new();
        }
        if let Some(values) = values.filter(|values| **values != [Value::Null])
            && (is_received || !has_variants(schema, values))
        {
            checks.push(("enum", values.clone().into()));
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        let required = list(schema, "required").filter(|name| {
            // What is received lacks it, and so the type does not require it.
            let property = properties.zip(name.as_str()).and_then(|(all, name)| all.get(name));
            property.is_some_and(|property| {
                says(property, "writeOnly", &self.write_only) && !says(property, "readOnly", &self.read_only)
            })
        });
        let required: Vec<Value> = required
            .filter_map(Value::as_str)
            .map(|name| self.on_the_wire(at.component("schemas"), name).into())
            .collect();
        if is_received && !required.is_empty() {
            checks.push(("required", required.into()));
        }
        let mut constraints: Map<String, Value> = schema
            .iter()
            .filter(|(key, _)| *key == "type" || keyword(key).is_some_and(Keyword::is_bound))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        drop_idle(&mut constraints);
        let is_wide = format == BEYOND_64_BITS || format == "uint64" && !constraints.contains_key("maximum");
        let is_tuple = schema.contains_key("prefixItems");
        for keyword in constraints.keys().filter_map(|key| keyword(key)) {
            let is_typed = match keyword.name {
                "minimum" | "maximum" => kind == "integer" && !is_wide,
                "minItems" | "maxItems" if is_tuple => continue,
                "minLength" | "maxLength" => kind == "string" && format != "uuid" && common.is_none(),
                _ => false,
            };
            let flag = |name: &str| constraints.get(name) == Some(&Value::Bool(true));
            let name = match keyword.name {
                "minimum" if flag("exclusiveMinimum") => "exclusiveMinimum",
                "maximum" if flag("exclusiveMaximum") => "exclusiveMaximum",
                "type" | "exclusiveMinimum" | "exclusiveMaximum" => continue,
                name => name,
            };
            let value = &constraints[keyword.name];
            let is_unsigned = format == "uint64" && value.as_f64().is_some_and(|least| least <= 0.0);
            if is_typed && !is_received || name == "minimum" && is_unsigned {
                continue;
            }
            if name != "pattern" {
                checks.push((name, value.clone()));
                continue;
            }
            match patterns::translate(value.as_str().unwrap_or_default(), self.settings.patterns) {
                Ok(translated) => checks.push((name, vec![value.clone(), translated.into()].into())),
                Err(reason) => self
                    .problems
                    .push(Problem::relaxed(at, format!("the pattern is not checked in requests: {reason}"))),
            }
        }
        checks
    }
}

fn list<'a>(schema: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    schema.get(key).and_then(Value::as_array).into_iter().flatten()
}
