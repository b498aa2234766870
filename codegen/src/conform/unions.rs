//! Moves the properties that distinguish the branches of unions into the plan.

use serde_json::Value;

use super::discriminators::{DEFAULT, DISCRIMINATOR, VARIANTS};
use crate::document::references::referred;
use crate::document::{Kind, walk};
use crate::plan::{Branch, Plan, StandIn, Union};

/// `A: {oneOf: […], x-codegen-variants: […]}` ⇒ `A: {oneOf: […]}`, and a [`Union`] in the plan
pub(super) fn conform(document: &mut Value, plan: &mut Plan) {
    let mut found = Vec::new();
    walk::each_mut(document, &mut |kind, at, schema| {
        let Some(map) = schema.as_object_mut().filter(|_| kind == Kind::Schema) else { return };
        let Some(Value::Array(variants)) = map.remove(VARIANTS) else { return };
        let discriminator = map.remove(DISCRIMINATOR).and_then(|name| name.as_str().map(str::to_owned));
        let name = at.component("schemas").filter(|_| at.is_component());
        let branches = map.get("oneOf").and_then(Value::as_array);
        if let (Some(name), Some(branches)) = (name, branches)
            && branches.len() == variants.len()
        {
            found.push((name.to_owned(), discriminator, variants, branches.clone()));
        }
    });
    for (of, discriminator, variants, schemas) in found {
        let branch = |(variant, schema): (&Value, &Value)| Branch {
            name: variant["name"].as_str().unwrap_or_default().to_owned(),
            tags: tags(variant),
            required: required(document, plan, schema),
            is_object: target(document, schema)["type"] == "object",
            is_default: variant.get(DEFAULT).is_some(),
        };
        let mut branches: Vec<Branch> = variants.iter().zip(&schemas).map(branch).collect();
        let discriminator = discriminator.or_else(|| deciding(&branches));
        for Branch { tags, .. } in &mut branches {
            tags.retain(|(name, values)| match &discriminator {
                Some(discriminator) => name == discriminator,
                // An enum of strings is checked by its own type.
                None => !values.iter().any(Value::is_string),
            });
        }
        plan.unions.push(Union { of, discriminator, branches });
    }
}

fn tags(variant: &Value) -> Vec<(String, Vec<Value>)> {
    let tags = variant["tags"].as_object().into_iter().flatten();
    tags.filter_map(|(name, values)| Some((name.clone(), values.as_array()?.clone()))).collect()
}

/// The schema of a branch.
fn target<'a>(document: &'a Value, branch: &'a Value) -> &'a Value {
    match referred(branch) {
        Some(name) => &document["components"]["schemas"][&*name],
        None => branch,
    }
}

/// The properties without which the type of a branch cannot be read, by their names on the wire.
fn required(document: &Value, plan: &Plan, schema: &Value) -> Vec<String> {
    let component = referred(schema);
    let schema = target(document, schema);
    let names =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let on_the_wire = |name: &str| {
        let is_own = |own: &&StandIn| component.as_deref() == Some(&own.of) && own.name == name;
        plan.properties.iter().find(is_own).map_or(name, |own| &own.original).to_owned()
    };
    // The generator ignores a required name that is no property.
    names.filter(|name| schema["properties"].get(name).is_some()).map(on_the_wire).collect()
}

/// `[{kind: [a], size: [s, m]}, {kind: [b], size: [m]}]` ⇒ `kind`
///
/// The property whose values differ in each branch. It alone decides: a new value of another property does not change the branch.
fn deciding(branches: &[Branch]) -> Option<String> {
    let decides = |name: &String| {
        let mut seen: Vec<&Value> = Vec::new();
        branches.iter().all(|branch| {
            let Some((_, values)) = branch.tags.iter().find(|(own, _)| own == name) else { return false };
            let is_new = values.iter().all(|value| !seen.contains(&value));
            seen.extend(values);
            is_new
        })
    };
    branches.first()?.tags.iter().map(|(name, _)| name).find(|name| decides(name)).cloned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn planned(variants: Value, more: Value) -> Union {
        let branches = vec![json!({ "$ref": "#/components/schemas/One" }), json!({ "type": "string" })];
        let mut union = json!({ "oneOf": branches, VARIANTS: variants });
        union.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        let one =
            json!({ "type": "object", "required": ["a", "b", "none"], "properties": { "a": {}, "b": {} } });
        let mut document = json!({ "components": { "schemas": { "A": union, "One": one } } });
        let stand_in = StandIn { of: "One".to_owned(), name: "b".to_owned(), original: "B!".to_owned() };
        let other = StandIn { of: "Two".to_owned(), name: "a".to_owned(), original: "A!".to_owned() };
        let mut plan = Plan { properties: vec![other, stand_in], ..Plan::default() };
        conform(&mut document, &mut plan);
        let keys: Vec<&String> =
            document["components"]["schemas"]["A"].as_object().expect("a map").keys().collect();
        assert_eq!(keys, ["oneOf"], "no extension is left");
        plan.unions.remove(0)
    }

    fn tags(union: &Union) -> Vec<Vec<&str>> {
        union
            .branches
            .iter()
            .map(|branch| branch.tags.iter().map(|(name, _)| name.as_str()).collect())
            .collect()
    }

    #[test]
    fn what_has_other_values_in_each_branch_decides_alone() {
        let variants = json!([
            { "name": "One", "tags": { "size": ["s", "m"], "kind": ["a", "b"] } },
            { "name": "String", "tags": { "size": ["m"], "kind": ["c"], "more": [1] } },
        ]);
        let union = planned(variants.clone(), json!({}));
        assert_eq!((union.of.as_str(), union.discriminator.as_deref()), ("A", Some("kind")));
        assert_eq!(tags(&union), [["kind"], ["kind"]]);
        assert_eq!(union.branches[0].tags[0].1, [json!("a"), json!("b")]);
        assert_eq!(union.branches[0].name, "One");
        // The names on the wire of properties that are there.
        assert_eq!(union.branches[0].required, ["a", "B!"]);
        assert_eq!(union.branches[1].required, [""; 0]);
        assert_eq!(union.branches.iter().map(|branch| branch.is_object).collect::<Vec<_>>(), [true, false]);
        // A discriminator that is declared does, whatever its values.
        let union = planned(variants, json!({ DISCRIMINATOR: "size" }));
        assert_eq!(
            (tags(&union), union.discriminator.as_deref()),
            (vec![vec!["size"], vec!["size"]], Some("size"))
        );
    }

    #[test]
    fn where_nothing_decides_constants_that_no_type_checks_are_left() {
        let variants = json!([
            { "name": "One", "tags": { "on": [true], "kind": ["a"] } },
            { "name": "String", "tags": { "on": [true, false], "kind": ["a"] } },
        ]);
        let union = planned(variants, json!({}));
        assert_eq!((tags(&union), union.discriminator.as_deref()), (vec![vec!["on"], vec!["on"]], None));
        let variants =
            json!([{ "name": "One", "tags": { "kind": ["a"] } }, { "name": "String", "tags": {} }]);
        assert_eq!(planned(variants, json!({})).discriminator, None);
    }
}
