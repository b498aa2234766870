//! Generates the outlines of two clients for a comparison, without the operations and types that are the same in both.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use openapiv3::OpenAPI;
use serde::Deserialize;
use serde_json::Value;

use super::{Outline, of_file};
use crate::document::graph::schemas_of;
use crate::document::{Kind, Pointer, graph, walk};
use crate::pipeline::{self, Conformed};
use crate::plan::{Constant, NullableProperty, OperationPlan, Plan, ScalarEnum, StandIn, Union, Webhook};
use crate::problem::Problem;
use crate::settings::Settings;
use crate::{catch_panic, no_thread};

/// The outline of the client of an overlaid document, and where its parts come from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outlined {
    /// The [`outline()`](crate::outline()) of the generated source, without the items that are the same in the other client.
    pub outline: Outline,
    /// The methods of the client by name, with the places of their operations in the document.
    pub operations: Vec<(String, Pointer)>,
    /// The generated types by name, with the places of their schemas in the document.
    pub types: Vec<(String, Pointer)>,
    /// The types in the module `webhooks` by name, with the places of their operations in the document.
    pub webhooks: Vec<(String, Pointer)>,
}

/// The outlines of the clients that [`generate()`](crate::generate()) would make of two documents, overlaid or not, for comparing them: operations
/// and types that are the same in both are left out of both, and not generated.
///
/// # Errors
/// As [`generate()`](crate::generate()), for each.
pub fn outlines(documents: [Value; 2], settings: &Settings) -> [Result<Outlined, Vec<Problem>>; 2] {
    let conform = |document| {
        let mut problems = Vec::new();
        pipeline::conform(document, settings, &mut problems)
            .map(|Conformed { document, plan }| (document, plan, problems))
    };
    let conformed = at_once(documents.map(|document| move || conform(document)));
    let [(old, before, found), (new, after, more)] = match conformed {
        [Ok(old), Ok(new)] => [old, new],
        [one, other] => return [one, other].map(|outcome| Err(outcome.err().unwrap_or_default())),
    };
    let whole = [&before, &after].map(|plan| Outlined {
        outline: Outline::default(),
        operations: plan.operations.iter().map(|plan| (plan.method.clone(), plan.at.clone())).collect(),
        types: plan.types.clone(),
        webhooks: plan.webhooks.iter().map(|webhook| (webhook.name.clone(), webhook.of.clone())).collect(),
    });
    let [old, new] = different_parts([(old, before), (new, after)]);
    let [one, other] = whole;
    let parts = [(old, found, one), (new, more, other)];
    at_once(parts.map(|((document, plan), problems, whole)| {
        let conformed = Conformed { document, plan };
        move || {
            let (outline, ..) = pipeline::write_client(conformed, settings, problems, of_file)?;
            Ok(Outlined { outline, ..whole })
        }
    }))
}

/// Does the same for two things, at once.
fn at_once<T: Send>(
    work: [impl FnOnce() -> Result<T, Vec<Problem>> + Send; 2],
) -> [Result<T, Vec<Problem>>; 2] {
    thread::scope(|scope| {
        let started = work.map(|work| catch_panic::start(scope, work));
        started.map(|work| work.join().unwrap_or_else(no_thread))
    })
}

/// The documents without the operations and schemas that generate the same on both sides. The rest does not refer to anything
/// that is left out. If a document cannot be split, both stay unchanged.
fn different_parts(pair: [(OpenAPI, Plan); 2]) -> [(OpenAPI, Plan); 2] {
    let [(one, before), (other, after)] = &pair;
    let parts = || Some([Parts::of(one, before)?, Parts::of(other, after)?]);
    let Some([old, new]) = parts() else { return pair };
    let same = same_schemas(&old, &new);
    let wanted = [old.wanted(&new, &same), new.wanted(&old, &same)];
    // If one side needs an equal part, the other generates it as well, so that it is no difference.
    let shared: BTreeSet<String> = wanted
        .iter()
        .flat_map(|wanted| &wanted.schemas)
        .filter(|name| same.contains(*name))
        .cloned()
        .collect();
    let [before, after] = wanted.map(|mut wanted| {
        wanted.schemas.extend(shared.iter().cloned());
        wanted
    });
    match [old.only(&before), new.only(&after)] {
        [Some(old), Some(new)] => [old, new],
        _ => pair,
    }
}

/// A document in the parts that generate independently of each other.
struct Parts<'p> {
    document: Value,
    plan: &'p Plan,
    /// The component schemas that each component schema refers to.
    uses: BTreeMap<String, BTreeSet<String>>,
    operations: Vec<Part>,
}

/// What a plan says of a type.
type Planned<'p> = (
    bool,
    Vec<&'p StandIn>,
    Vec<&'p NullableProperty>,
    Option<&'p Union>,
    Option<&'p (String, Vec<Constant>)>,
    Option<&'p ScalarEnum>,
);

/// An operation with what its path says for it.
struct Part {
    at: Pointer,
    method: String,
    value: Value,
    uses: BTreeSet<String>,
}

impl<'p> Parts<'p> {
    fn of(document: &OpenAPI, plan: &'p Plan) -> Option<Self> {
        let document = serde_json::to_value(document).ok()?;
        let uses = graph::schema_uses(&document);
        let part = |(at, operation): (Pointer, &Value)| {
            let method = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
            Part { at, method, value: operation.clone(), uses: schemas_of(operation, Kind::Operation) }
        };
        let operations = walk::operations(&document).map(part).collect();
        Some(Self { document, plan, uses, operations })
    }

    fn schema(&self, name: &str) -> Option<&Value> {
        self.document.get("components")?.get("schemas")?.get(name)
    }

    /// The entries of the plan for a type, which do not depend on its schema alone.
    fn planned(&self, name: &str) -> Planned<'_> {
        let plan = self.plan;
        let stand_ins = plan.properties.iter().filter(|property| property.of == name);
        let nullable = plan.nullable.iter().filter(|property| property.of == name);
        let union = plan.unions.iter().find(|union| union.of == name);
        let constants = plan.constants.iter().find(|(of, _)| of == name);
        let scalars = plan.scalar_enums.iter().find(|of| of.name == name);
        (plan.open_enums.contains(name), stand_ins.collect(), nullable.collect(), union, constants, scalars)
    }

    fn operation_plan(&self, method: &str) -> Option<&OperationPlan> {
        self.plan.operations.iter().find(|operation| operation.method == method)
    }

    /// The parameters of the path, which are its operations' as well.
    fn of_path(&self, part: &Part) -> Option<&Value> {
        let [section, path, _] = *part.at.tokens() else { return None };
        self.document.get(section)?.get(path)?.get("parameters")
    }

    /// Whether the other side has the same operation, of the same types.
    fn is_same(&self, part: &Part, other: &Self, same: &BTreeSet<String>) -> bool {
        let is_other = |candidate: &&Part| {
            candidate.at == part.at
                && candidate.value == part.value
                && self.of_path(part) == other.of_path(candidate)
        };
        let plans = || (self.operation_plan(&part.method), other.operation_plan(&part.method));
        part.uses.iter().all(|name| same.contains(name))
            && other.operations.iter().any(|candidate| is_other(&candidate))
            && matches!(plans(), (Some(one), Some(other)) if one == other)
    }

    /// The differing parts, and all that they refer to.
    fn wanted(&self, other: &Self, same: &BTreeSet<String>) -> Wanted {
        let operations: Vec<&Part> =
            self.operations.iter().filter(|part| !self.is_same(part, other, same)).collect();
        let others = self.uses.keys().filter(|name| !same.contains(*name));
        let is_same =
            |webhook: &&Webhook| other.plan.webhooks.iter().any(|other| is_same_alias(webhook, other));
        let webhooks = self.plan.webhooks.iter().filter(|webhook| !is_same(webhook));
        let of_operations = operations.iter().flat_map(|part| &part.uses);
        let used = others.chain(of_operations).chain(webhooks.map(|webhook| &webhook.payload));
        let schemas = graph::reached(used, &self.uses);
        Wanted { operations: operations.iter().map(|part| part.method.clone()).collect(), schemas }
    }

    /// The document and its plan with these parts alone.
    fn only(&self, wanted: &Wanted) -> Option<(OpenAPI, Plan)> {
        let mut document = self.document.clone();
        if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
            schemas.retain(|name, _| wanted.schemas.contains(name));
        }
        for part in self.operations.iter().filter(|part| !wanted.operations.contains(&part.method)) {
            if let [section, path, method] = *part.at.tokens() {
                let item = document.get_mut(section).and_then(|section| section.get_mut(path));
                item.and_then(Value::as_object_mut).and_then(|item| item.remove(method));
            }
        }
        let mut plan = self.plan.clone();
        plan.errors_of_others = self.plan.error_bodies().into_iter().cloned().collect();
        let others = self.plan.operations.iter().filter(|plan| !wanted.operations.contains(&plan.method));
        plan.groups_of_others = others.flat_map(|plan| plan.groups.iter().cloned()).collect();
        plan.retain(&|operation| wanted.operations.contains(&operation.method), &|name| {
            wanted.schemas.contains(name)
        });
        Some((OpenAPI::deserialize(&document).ok()?, plan))
    }
}

/// Whether two aliases are the same item.
fn is_same_alias(one: &Webhook, other: &Webhook) -> bool {
    one.name == other.name && one.payload == other.payload
}

/// The parts to generate: the methods of operations, and component schemas.
struct Wanted {
    operations: BTreeSet<String>,
    schemas: BTreeSet<String>,
}

/// The schemas that both sides have, that say the same, and that refer to such schemas only.
fn same_schemas(old: &Parts<'_>, new: &Parts<'_>) -> BTreeSet<String> {
    let is_equal = |name: &&String| {
        old.schema(name) == new.schema(name)
            && new.uses.contains_key(*name)
            && old.planned(name) == new.planned(name)
    };
    let mut same: BTreeSet<String> = old.uses.keys().filter(is_equal).cloned().collect();
    // A schema that refers to a differing one differs.
    let mut users: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
    for (name, used) in &old.uses {
        used.iter().for_each(|used| users.entry(used).or_default().push(name));
    }
    let mut waiting: Vec<&String> = users.keys().filter(|name| !same.contains(**name)).copied().collect();
    while let Some(name) = waiting.pop() {
        let users = users.get(name).into_iter().flatten();
        waiting.extend(users.filter(|user| same.remove(**user)));
    }
    same
}
