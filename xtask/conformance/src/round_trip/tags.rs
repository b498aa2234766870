//! Determines the variant of a union that an instance must deserialize to, if a property identifies the branch.

use std::collections::BTreeMap;

use relay_rest_codegen::document::references;
use relay_rest_codegen::{Generated, ItemKind, Pointer, outline};
use serde_json::Value;

use crate::validate::difference;

/// How deep references are followed, because they may be circular.
const DEEPEST: usize = 16;

/// The values that a schema lists for its properties.
type Tags = BTreeMap<String, Vec<Value>>;

/// The variants of all generated types, by the path of the type and the type that they hold.
pub(super) struct Variants(BTreeMap<(String, String), String>);

impl Variants {
    pub(super) fn of(generated: &Generated) -> Result<Self, String> {
        let outline = outline(&generated.source).map_err(|error| format!("error: {error}"))?;
        let variants = outline.items.into_iter().filter(|item| item.kind == ItemKind::Variant);
        let holding = variants.filter_map(|variant| match &variant.parameters[..] {
            [held] => Some(((variant.owner?, held.ty.to_string()), variant.name)),
            _ => None,
        });
        Ok(Self(holding.collect()))
    }
}

/// The branches of a union: the tags of each, and the variant that holds it if it is a component.
pub(super) struct Tagged {
    branches: Vec<(Tags, Option<String>)>,
}

impl Tagged {
    /// Reads the union that the type `name` was generated from. Other types have no branches.
    pub(super) fn new(
        document: &Value,
        (name, at): &(String, Pointer),
        types: &[(String, Pointer)],
        variants: &Variants,
    ) -> Self {
        let schema = at.resolve(document).unwrap_or(&Value::Null);
        let branches = ["oneOf", "anyOf"].iter().find_map(|key| schema.get(*key)?.as_array());
        let branches = branches.into_iter().flatten().map(|branch| {
            let mut tags = Tags::new();
            collect(document, branch, &mut tags, 0);
            let held =
                references::target(branch).and_then(|target| types.iter().find(|(_, at)| *at == target));
            let variant =
                held.and_then(|(held, _)| variants.0.get(&(format!("types::{name}"), held.clone())).cloned());
            (tags, variant)
        });
        Self { branches: branches.collect() }
    }

    /// The variant, if the value has the tags of exactly one branch.
    pub(super) fn variant(&self, value: &Value) -> Option<&str> {
        let fits = |tags: &Tags| {
            tags.iter().all(|(name, allowed)| {
                value.get(name).is_none_or(|tag| allowed.iter().any(|one| difference(one, tag).is_none()))
            })
        };
        let mut fitting = self.branches.iter().filter(|(tags, _)| fits(tags));
        match (fitting.next(), fitting.next()) {
            (Some((_, variant)), None) => variant.as_deref(),
            _ => None,
        }
    }
}

/// Collects the values that a schema lists for its properties.
fn collect(document: &Value, schema: &Value, tags: &mut Tags, depth: usize) {
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    for part in parts.chain(target(document, schema)).filter(|_| depth < DEEPEST) {
        collect(document, part, tags, depth + 1);
    }
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let property = target(document, property).unwrap_or(property);
        let listed = property.get("enum").and_then(Value::as_array).cloned();
        let allowed = property.get("const").map(|only| vec![only.clone()]).or(listed);
        if let Some(allowed) = allowed {
            tags.insert(name.clone(), allowed);
        }
    }
}

fn target<'a>(document: &'a Value, schema: &Value) -> Option<&'a Value> {
    references::target(schema)?.resolve(document)
}
