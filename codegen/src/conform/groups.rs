//! Plans a group of operations for each tag. Must not know schemas.

use std::collections::BTreeSet;

use heck::ToSnakeCase;
use serde_json::Value;

use super::names::{escaped, is_reserved, joined};
use crate::document::walk;
use crate::plan::{Group, Plan};
use crate::problem::Problem;
use crate::settings::Settings;

/// `tags: [Queue Members]` of an operation ⇒ the operation is in the group `QueueMembers`, by the method `queue_members`
///
/// The name is made of the tag alone; one that the client has already, or an operation has, gets a suffix. After operations have
/// their names.
pub(super) fn plan(document: &Value, plan: &mut Plan, settings: &Settings, problems: &mut Vec<Problem>) {
    let methods: BTreeSet<String> =
        plan.operations.iter().map(|operation| operation.method.clone()).collect();
    let is_taken = |method: &str| is_reserved(method, settings) || methods.contains(method);
    for (at, operation) in walk::operations(document) {
        let Some(planned) = plan.operations.iter_mut().find(|planned| planned.at == at) else { continue };
        let tags = operation.get("tags").and_then(Value::as_array).into_iter().flatten().enumerate();
        let named =
            tags.filter_map(|(index, tag)| Some((index, tag.as_str().filter(|tag| !tag.is_empty())?)));
        for (index, tag) in named {
            let name = joined([tag]);
            if !planned.groups.contains(&name) {
                planned.groups.push(name.clone());
            }
            match plan.groups.iter_mut().find(|group| group.name == name) {
                Some(group) if group.tags.iter().any(|own| own == tag) => {}
                Some(group) => group.tags.push(tag.to_owned()),
                None => {
                    let expected = escaped(name.to_snake_case());
                    let mut method = expected.clone();
                    while is_taken(&method) {
                        method = format!("{}_group", method.trim_end_matches('_'));
                    }
                    if method != expected {
                        let message =
                            format!("the group `{tag}` becomes `{method}`, because `{expected}` is taken");
                        problems.push(Problem::relaxed(&at.join("tags").join(&index.to_string()), message));
                    }
                    let tags = vec![tag.to_owned()];
                    plan.groups.push(Group { name, method, tags, description: String::new() });
                }
            }
        }
    }
    for tag in document.get("tags").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| tag.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
        let Some((name, description)) = text("name").zip(text("description")) else { continue };
        let own = plan.groups.iter_mut().find(|group| group.tags.iter().any(|tag| tag == name));
        if let Some(group) = own.filter(|group| group.description.is_empty()) {
            group.description = description.to_owned();
        }
    }
}
