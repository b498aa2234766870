//! Turns a schema with a discriminator into a union of the schemas that extend it, because any of them may be used in its place.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::discriminators::COMPLETE;
use super::origin::Origins;
use crate::document::graph::{extending, mapping_target, reached};
use crate::document::references::{referred, to_schema};
use crate::document::{Pointer, Schema, is_annotation};
use crate::free_name::free_name;

/// The components that were added, each with the one whose keywords it has.
pub(super) struct Bases(Vec<(String, String)>);

impl Bases {
    /// `/components/schemas/PetBase/allOf/0` ⇒ `/components/schemas/Pet/allOf/0`
    pub(super) fn point_to_original(&self, at: &mut Pointer) {
        if let ["components", "schemas", name, ref rest @ ..] = *at.tokens()
            && let Some((original, _)) = self.0.iter().find(|(_, base)| base == name)
        {
            *at = Pointer::of(["components", "schemas", original].into_iter().chain(rest.iter().copied()));
        }
    }

    /// Makes problems of an added component point to the one in the document.
    pub(super) fn note(&self, origins: &mut Origins) {
        for (base, name) in &self.0 {
            let [base, name] = [base, name].map(|name| Pointer::of(["components", "schemas", name]));
            origins.redirect(&base, &name);
        }
    }
}

/// `Pet: {properties: P, discriminator: D}` and `Cat: {allOf: [{$ref: Pet}, C]}` ⇒ `Pet: {oneOf: [{$ref: Cat}, {$ref: PetBase}],
/// discriminator: D}`, `PetBase: {properties: P}` and `Cat: {allOf: [{$ref: PetBase}, C]}`
///
/// A schema without a `oneOf` of its own also allows instances of extensions that it does not list: the base is its last branch.
pub(super) fn conform(document: &mut Value) -> Bases {
    let mut bases = Vec::new();
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else {
        return Bases(bases);
    };
    let extending = extending(Some(schemas));
    for (name, children) in &extending {
        let base = free_name(format!("{name}Base"), "", |name| schemas.contains_key(name));
        let Some(union) = union(name, &base, &extending, schemas) else { continue };
        let Some(Value::Object(mut own)) = schemas.insert(name.clone(), union) else { continue };
        ["discriminator", "oneOf", "anyOf", "nullable"].iter().for_each(|key| drop(own.remove(*key)));
        schemas.insert(base.clone(), Value::Object(own));
        for child in children {
            // An extension may be a base itself.
            let child = bases.iter().find(|(name, _)| name == child).map_or(child, |(_, base)| base);
            let members = schemas.get_mut(child).and_then(|child| child.get_mut("allOf")?.as_array_mut());
            for member in members.into_iter().flatten() {
                if referred(member).is_some_and(|member| member == name.as_str()) {
                    *member = to_schema(&base);
                }
            }
        }
        bases.push((name.clone(), base));
    }
    Bases(bases)
}

/// The union that takes the place of a schema with a discriminator; `None` without one, or if no branch extends it.
fn union(
    name: &str,
    base: &str,
    extending: &BTreeMap<String, BTreeSet<String>>,
    schemas: &Schema,
) -> Option<Value> {
    let schema = schemas.get(name)?.as_object()?;
    let mut discriminator = schema.get("discriminator")?.clone();
    let listed = ["oneOf", "anyOf"].into_iter().find_map(|key| schema.get(key)?.as_array());
    let branches: Vec<Value> = if let Some(listed) = listed {
        let extends =
            |branch: &Value| referred(branch).is_some_and(|branch| extending[name].contains(&*branch));
        listed.iter().any(extends).then(|| listed.clone())?
    } else {
        let mapping = mapping(name, &discriminator, extending, schemas);
        let mut children: Vec<Value> = Vec::new();
        for child in mapping.iter().map(|(_, child)| to_schema(child)) {
            if !children.contains(&child) {
                children.push(child);
            }
        }
        let targets = mapping.into_iter().map(|(value, child)| (value, child.into()));
        discriminator["mapping"] = Value::Object(targets.collect());
        // The base has every other value.
        discriminator[COMPLETE] = true.into();
        let default = discriminator.get("defaultMapping").and_then(Value::as_str).map(mapping_target);
        let default = default.as_ref().and_then(|target| target.component("schemas"));
        let default = default.filter(|target| schemas.contains_key(*target) && *target != name);
        children.extend(default.map(to_schema).filter(|default| !children.contains(default)));
        children.push(to_schema(base));
        children
    };
    let mut union = json!({ "oneOf": branches, "discriminator": discriminator });
    for (key, value) in schema {
        if key == "nullable" || key != "default" && is_annotation(key) && key != "discriminator" {
            union[key] = value.clone();
        }
    }
    Some(union)
}

/// The values of a mapping, with the components that they stand for; without one, the names of those that extend the schema, and
/// of those that extend these in turn.
fn mapping(
    name: &str,
    discriminator: &Value,
    extending: &BTreeMap<String, BTreeSet<String>>,
    schemas: &Schema,
) -> Vec<(String, String)> {
    let mapping = discriminator.get("mapping").and_then(Value::as_object);
    let mapped = mapping.into_iter().flatten().filter_map(|(value, target)| {
        let target = mapping_target(target.as_str()?).component("schemas")?.to_owned();
        (schemas.contains_key(&target) && target != name).then(|| (value.clone(), target))
    });
    let mapped: Vec<_> = mapped.collect();
    if !mapped.is_empty() {
        return mapped;
    }
    let of = |child: &String| {
        let descendants = reached(std::iter::once(child), extending);
        let descendants = descendants.into_iter().filter(|value| value != name);
        descendants.map(|value| (value, child.clone())).collect::<Vec<_>>()
    };
    extending.get(name).into_iter().flatten().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conformed(schemas: Value) -> Value {
        let mut document = json!({ "components": { "schemas": schemas } });
        conform(&mut document);
        document["components"]["schemas"].take()
    }

    fn reference(name: &str) -> Value {
        to_schema(name)
    }

    #[test]
    fn a_base_is_a_union_of_what_its_mapping_names_and_of_itself() {
        let schemas = conformed(json!({
            "Pet": {
                "type": "object",
                "description": "Any pet.",
                "default": {},
                "nullable": true,
                "properties": { "kind": { "type": "string" } },
                "discriminator": { "propertyName": "kind", "mapping": { "cat": "#/components/schemas/Cat", "kitty": "Cat", "pet": "Pet", "none": "None" } },
            },
            "PetBase": { "type": "string" },
            "Cat": { "allOf": [reference("Pet"), { "type": "object" }] },
            "Dog": { "allOf": [reference("Pet")] },
        }));
        let union = json!({
            "oneOf": [reference("Cat"), reference("PetBase2")],
            "discriminator": { "propertyName": "kind", "mapping": { "cat": "Cat", "kitty": "Cat" }, COMPLETE: true },
            "description": "Any pet.",
            "nullable": true,
        });
        assert_eq!(schemas["Pet"], union);
        let base = json!({ "type": "object", "description": "Any pet.", "default": {}, "properties": { "kind": { "type": "string" } } });
        assert_eq!(schemas["PetBase2"], base);
        assert_eq!(schemas["Cat"]["allOf"][0], reference("PetBase2"));
        assert_eq!(schemas["Dog"]["allOf"][0], reference("PetBase2"));
    }

    #[test]
    fn the_schema_of_all_other_values_is_a_branch() {
        let mapping = json!({ "propertyName": "kind", "mapping": { "cat": "Cat" }, "defaultMapping": "#/components/schemas/Other" });
        let schemas = conformed(json!({
            "Pet": { "type": "object", "discriminator": mapping },
            "Cat": { "allOf": [reference("Pet")] },
            "Other": { "allOf": [reference("Pet")] },
        }));
        assert_eq!(
            schemas["Pet"]["oneOf"],
            json!([reference("Cat"), reference("Other"), reference("PetBase")])
        );
    }

    #[test]
    fn without_a_mapping_the_names_are_the_values() {
        let schemas = conformed(json!({
            "Shape": { "type": "object", "discriminator": { "propertyName": "form" } },
            "Round": { "allOf": [reference("Shape")], "discriminator": { "propertyName": "form" } },
            "Ball": { "allOf": [reference("Round")] },
            "Other": { "type": "object", "discriminator": { "propertyName": "form" } },
        }));
        let mapping = |name: &str| schemas[name]["discriminator"]["mapping"].clone();
        assert_eq!(mapping("Shape"), json!({ "Ball": "Round", "Round": "Round" }));
        assert_eq!(mapping("Round"), json!({ "Ball": "Ball" }));
        assert_eq!(schemas["RoundBase"]["allOf"][0], reference("ShapeBase"));
        assert_eq!(schemas["Ball"]["allOf"][0], reference("RoundBase"));
        // Nothing extends it.
        assert_eq!(schemas["Other"]["oneOf"], Value::Null);
    }

    #[test]
    fn a_base_that_lists_what_extends_it_keeps_its_list() {
        let pet = |branches: Value| {
            conformed(json!({
                "Pet": { "type": "object", "discriminator": { "propertyName": "kind" }, "anyOf": branches },
                "Cat": { "allOf": [reference("Pet")] },
                "Fish": { "type": "object" },
            }))
        };
        let both = json!([reference("Cat"), reference("Fish")]);
        assert_eq!(
            pet(both.clone())["Pet"],
            json!({ "oneOf": both, "discriminator": { "propertyName": "kind" } })
        );
        assert_eq!(pet(both)["PetBase"], json!({ "type": "object" }));
        let other = json!([reference("Fish")]);
        assert_eq!(pet(other.clone())["Pet"]["anyOf"], other);
    }

    #[test]
    fn problems_of_an_added_base_point_at_the_schema_itself() {
        let mut document = json!({ "components": { "schemas": {
            "pet": { "type": "object", "discriminator": { "propertyName": "kind" } },
            "Cat": { "allOf": [reference("pet")] },
        } } });
        let bases = conform(&mut document);
        let mut origins = super::super::names::components(&mut document, &mut Vec::new());
        bases.note(&mut origins);
        let at = |name: &str| origins.of(&Pointer::of(["components", "schemas", name])).to_string();
        assert_eq!(
            (at("PetBase"), at("Cat")),
            ("/components/schemas/pet".to_owned(), "/components/schemas/Cat".to_owned())
        );
    }
}
