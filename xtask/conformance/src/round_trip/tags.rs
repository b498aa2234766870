//! Determines the variant of a union that an instance must deserialize to, if a property identifies the branch.

use std::collections::BTreeMap;

use jsonschema::Validator;
use relay_rest_codegen::document::references;
use relay_rest_codegen::{ItemKind, Outline, Pointer};
use serde_json::Value;

use crate::validate::{UNKNOWN, difference, validator};

/// How deep references are followed, because they may be circular.
const DEEPEST: usize = 16;

/// The values that a schema lists for its properties.
type Tags = BTreeMap<String, Vec<Value>>;

/// The variants of all generated types, by the path of the type and the type that they hold.
pub(super) struct Variants(BTreeMap<(String, String), String>);

impl Variants {
    pub(super) fn of(outline: &Outline) -> Self {
        let variants = outline.items.iter().filter(|item| item.kind == ItemKind::Variant);
        let holding = variants.filter_map(|variant| match &variant.parameters[..] {
            [held] => Some(((variant.owner.clone()?, held.ty.to_string()), variant.name.clone())),
            _ => None,
        });
        Self(holding.collect())
    }

    /// Whether a type is an enum with variants that hold types.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.keys().any(|(of, _)| of.strip_prefix("types::") == Some(name))
    }
}

/// A branch of a union.
struct Branch {
    /// Whether the discriminator selects it where it selects no other.
    is_default: bool,
    /// The values that it lists for its properties.
    tags: Tags,
    /// The values of the discriminator that select it.
    selecting: Vec<Value>,
    /// Its variant and its validator, if it is a component.
    variant: Option<(String, Validator)>,
    at: Pointer,
}

/// The branches of a union, or the schemas that extend one with a discriminator.
pub(super) struct Tagged {
    discriminator: Option<String>,
    branches: Vec<Branch>,
}

impl Tagged {
    /// Reads the union that the type `name` was generated from. Other types have no branches.
    pub(super) fn new(
        document: &Value,
        (name, at): &(String, Pointer),
        types: &[(String, Pointer)],
        variants: &Variants,
    ) -> Result<Self, String> {
        let schema = at.resolve(document).unwrap_or(&Value::Null);
        let discriminator = schema.get("discriminator");
        let key = ["oneOf", "anyOf"].into_iter().find(|key| schema.get(*key).is_some());
        let listed: Vec<(Pointer, Value)> = match (key, discriminator) {
            (Some(key), _) => {
                let branches = schema.get(key).and_then(Value::as_array).into_iter().flatten();
                let at = |index: usize| at.join(key).join(&index.to_string());
                branches.enumerate().map(|(index, branch)| (at(index), branch.clone())).collect()
            }
            (None, Some(_)) => {
                extending(document, at).into_iter().map(|at| (at.clone(), references::to(&at))).collect()
            }
            (None, None) => Vec::new(),
        };
        let mapping = discriminator.and_then(|of| of.get("mapping")?.as_object());
        let mut branches = Vec::new();
        for (at, branch) in &listed {
            let mut tags = Tags::new();
            collect(document, branch, &mut tags, 0);
            let target = references::target(branch);
            let held = target.as_ref().and_then(|target| types.iter().find(|(_, at)| at == target));
            let variant = match held
                .and_then(|(held, at)| Some((variants.0.get(&(format!("types::{name}"), held.clone()))?, at)))
            {
                Some((variant, at)) => Some((variant.clone(), validator(document, at)?)),
                None => None,
            };
            let selects = |of: &&Value| {
                let of = of.as_str().unwrap_or_default();
                let named = Pointer::of(["components", "schemas", of]);
                target.as_ref() == Some(&named) || target == Pointer::from_reference(of)
            };
            let mapped = mapping.into_iter().flatten().filter(|(_, of)| selects(of));
            let mut selecting: Vec<Value> = mapped.map(|(tag, _)| Value::from(tag.as_str())).collect();
            if discriminator.is_some() && selecting.is_empty() {
                selecting
                    .extend(target.as_ref().and_then(|target| target.component("schemas")).map(Value::from));
            }
            let default = discriminator.and_then(|of| of.get("defaultMapping"));
            let is_default = default.is_some_and(|of| selects(&of));
            branches.push(Branch {
                is_default,
                tags,
                selecting,
                variant,
                at: target.unwrap_or_else(|| at.clone()),
            });
        }
        let discriminator = discriminator.and_then(|of| of["propertyName"].as_str()).map(str::to_owned);
        Ok(Self { discriminator, branches })
    }

    /// The variant, if the value has the tags of exactly one branch and is valid for it.
    pub(super) fn variant(&self, value: &Value) -> Option<&str> {
        let (variant, validator) = self.fitting(value)?.variant.as_ref()?;
        // A base may have the tag of a schema that extends it, and lack the properties.
        validator.is_valid(value).then_some(variant)
    }

    /// The schema of the branch that the discriminator selects, or the tags, if the value is valid for it: a base has instances that
    /// are not valid for what extends it.
    pub(super) fn branch(&self, value: &Value) -> Option<&Pointer> {
        let tag = self.discriminator.as_ref().and_then(|name| value.get(name));
        let selected = self.branches.iter().find(|branch| tag.is_some_and(|tag| has(&branch.selecting, tag)));
        let is_valid =
            |branch: &&Branch| branch.variant.as_ref().is_none_or(|(_, validator)| validator.is_valid(value));
        selected.or_else(|| self.fitting(value)).filter(is_valid).map(|branch| &branch.at)
    }

    /// The branch, if the value has the tags of exactly one.
    fn fitting(&self, value: &Value) -> Option<&Branch> {
        let tag = self.discriminator.as_ref().and_then(|name| value.get(name));
        let is_listed = |branch: &Branch| {
            tag.is_some_and(|tag| {
                has(&branch.selecting, tag) || branch.tags.values().any(|all| has(all, tag))
            })
        };
        let default = self.branches.iter().find(|branch| branch.is_default);
        if let Some(default) = default.filter(|_| !self.branches.iter().any(is_listed)) {
            return Some(default);
        }
        let fits = |tags: &Tags| {
            tags.iter().all(|(name, allowed)| value.get(name).is_none_or(|tag| has(allowed, tag)))
        };
        let mut fitting = self.branches.iter().filter(|branch| fits(&branch.tags));
        fitting.next().filter(|_| fitting.next().is_none())
    }

    /// Whether the variant is that of a branch for which the value is invalid, although it is valid for another, and the
    /// discriminator does not say so either.
    pub(super) fn is_another(&self, value: &Value, variant: &str) -> bool {
        let tag = self.discriminator.as_ref().and_then(|name| value.get(name));
        let is_it = |branch: &&Branch| {
            branch
                .variant
                .as_ref()
                .is_some_and(|(name, validator)| name == variant && !validator.is_valid(value))
                && !tag.is_some_and(|tag| has(&branch.selecting, tag))
        };
        let is_valid =
            |branch: &Branch| branch.variant.as_ref().is_some_and(|(_, validator)| validator.is_valid(value));
        self.branches.iter().any(|branch| is_it(&branch)) && self.branches.iter().any(is_valid)
    }

    /// The value with the tags of each other branch, and with an unknown one.
    pub(super) fn with_other_tags(&self, value: &Value) -> Vec<Value> {
        let mut others: Vec<Value> = Vec::new();
        for branch in &self.branches {
            let tags = branch.tags.iter();
            let selecting = self.discriminator.iter().map(|name| (name, &branch.selecting));
            for (name, values) in tags.chain(selecting) {
                let unknown = Value::from(UNKNOWN);
                for tag in values.first().into_iter().chain([&unknown]) {
                    if value.get(name).is_some_and(|own| own != tag) {
                        let mut other = value.clone();
                        other[name] = tag.clone();
                        others.push(other);
                    }
                }
            }
        }
        others.dedup();
        others
    }

    /// The locations of the schemas that extend one with a discriminator, and the value that selects each.
    pub(super) fn extensions(&self, schema: &Value) -> Vec<(&Pointer, &str, &Value)> {
        let has_branches = ["oneOf", "anyOf"].iter().any(|key| schema.get(*key).is_some());
        let branches = self.branches.iter().filter(|_| !has_branches);
        branches
            .filter_map(|branch| {
                Some((&branch.at, self.discriminator.as_deref()?, branch.selecting.first()?))
            })
            .collect()
    }
}

fn has(allowed: &[Value], tag: &Value) -> bool {
    allowed.iter().any(|one| difference(one, tag).is_none())
}

/// The components with a member of `allOf` that is the schema at `at`.
fn extending(document: &Value, at: &Pointer) -> Vec<Pointer> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let extends = |schema: &Value| {
        let members = schema.get("allOf").and_then(Value::as_array);
        members.into_iter().flatten().any(|member| references::target(member).as_ref() == Some(at))
    };
    let found = schemas.into_iter().flatten().filter(|(_, schema)| extends(schema));
    found.map(|(name, _)| Pointer::of(["components", "schemas", name])).collect()
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tagged(document: &Value) -> Tagged {
        let of = |name: &str| (name.to_owned(), Pointer::of(["components", "schemas", name]));
        let types = ["A", "B", "C"].map(of);
        let variant = |name: &str| (("types::A".to_owned(), format!("types::{name}")), format!("Of{name}"));
        let variants = Variants(BTreeMap::from(["B", "C"].map(variant)));
        let types = types.map(|(name, at)| (if name == "A" { name } else { format!("types::{name}") }, at));
        Tagged::new(document, &types[0], &types, &variants).expect("a union")
    }

    fn branch(tag: Value) -> Value {
        json!({ "type": "object", "required": ["kind"], "properties": { "kind": tag, "n": { "type": "integer" } } })
    }

    #[test]
    fn each_branch_has_the_tags_of_the_others_and_an_unknown_one() {
        let to = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let schemas = json!({ "A": { "oneOf": [to("B"), to("C")] }, "B": branch(json!({ "const": 1 })), "C": branch(json!({ "const": true })) });
        let tagged = tagged(&json!({ "components": { "schemas": schemas } }));
        let value = json!({ "kind": 1, "n": 2 });
        assert_eq!(tagged.variant(&value), Some("OfB"));
        let others: Vec<Value> =
            tagged.with_other_tags(&value).into_iter().map(|other| other["kind"].clone()).collect();
        assert_eq!(others, [json!(UNKNOWN), json!(true), json!(UNKNOWN)]);
        assert!(tagged.is_another(&value, "OfC") && !tagged.is_another(&value, "OfB"));
    }

    #[test]
    fn a_discriminator_selects_by_mapping_or_by_name() {
        let extends = json!({ "allOf": [{ "$ref": "#/components/schemas/A" }] });
        let mut base = branch(json!({ "type": "string" }));
        base["discriminator"] =
            json!({ "propertyName": "kind", "mapping": { "b": "#/components/schemas/B" } });
        let document = json!({ "components": { "schemas": { "A": base, "B": extends, "C": extends } } });
        let tagged = tagged(&document);
        let schema = &document["components"]["schemas"]["A"];
        let found: Vec<&Value> = tagged.extensions(schema).into_iter().map(|(.., tag)| tag).collect();
        assert_eq!(found, ["b", "C"]);
        let at = tagged.branch(&json!({ "kind": "C" })).and_then(|at| at.component("schemas"));
        assert_eq!(at, Some("C"));
        assert_eq!(tagged.branch(&json!({ "kind": "C", "n": "none" })), None);
    }
}
