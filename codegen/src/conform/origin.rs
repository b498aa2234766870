//! Maps locations in the conformed document to those in the input, so that problems point into the input.

use std::collections::BTreeMap;

use serde_json::Value;

use super::discriminators::{FROM, VARIANTS};
use crate::document::{Kind, Pointer, walk};

/// From locations in the current document to those in the input.
#[derive(Debug, Default)]
pub(super) struct Origins {
    /// By the names of component schemas.
    components: BTreeMap<String, Pointer>,
    /// Of paths and parameters.
    moved: BTreeMap<Pointer, Pointer>,
    /// By the location of a union in the input, of each of its branches: the keyword and the index in the input.
    branches: BTreeMap<Pointer, Vec<[String; 2]>>,
}

impl Origins {
    /// Records that the component `name` was made from the schema at `at`, a location in the current document.
    pub(super) fn note(&mut self, name: String, at: &Pointer) {
        let origin = self.of(at);
        self.components.insert(name, origin);
    }

    /// Records that the components made from `added` are made from `origin`, both locations in the input.
    pub(super) fn redirect(&mut self, origin: &Pointer, added: &Pointer) {
        self.components.values_mut().filter(|at| *at == added).for_each(|at| *at = origin.clone());
    }

    /// Records that the value at `at` was at `origin`.
    pub(super) fn moved(&mut self, at: Pointer, origin: Pointer) {
        if at != origin {
            self.moved.insert(at, origin);
        }
    }

    /// Records where the branches of unions were, after they have been sorted.
    pub(super) fn sorted(&mut self, document: &Value) {
        let mut unions = Vec::new();
        walk::each(document, &mut |kind, at, schema| {
            if let Some(Value::Array(variants)) = schema.get(VARIANTS).filter(|_| kind == Kind::Schema) {
                let from = |variant: &Value| [0, 1].map(|at| variant[FROM][at].as_str().map(str::to_owned));
                let from = variants.iter().map(|variant| match from(variant) {
                    [Some(keyword), Some(index)] => Some([keyword, index]),
                    _ => None,
                });
                unions.extend(from.collect::<Option<Vec<_>>>().map(|from| (at.clone(), from)));
            }
        });
        // A union may be inside the branch of another.
        unions.sort_by_key(|(at, _)| at.tokens().len());
        for (at, from) in unions {
            self.branches.insert(self.of(&at), from);
        }
    }

    /// The components by name, with the locations in the input that they were made from.
    pub(super) fn into_types(self) -> Vec<(String, Pointer)> {
        self.components.into_iter().collect()
    }

    /// `/components/schemas/SendCodeRequest/type` ⇒ `/paths/…/schema/type`: the location in the input.
    pub(super) fn of(&self, at: &Pointer) -> Pointer {
        let (origin, rest) = match *at.tokens() {
            ["components", "schemas", name, ref rest @ ..] if self.components.contains_key(name) => {
                (self.components[name].clone(), rest.to_vec())
            }
            // The latest move first: a path was renamed after what is in it had moved.
            ref tokens @ ["paths", _, ref rest @ ..] if !self.moved.is_empty() => {
                let mut path = Pointer::of(tokens[..2].iter().copied());
                while let Some(before) = self.moved.get(&path) {
                    path = before.clone();
                }
                // The whole of what has moved, and not a part of it.
                let mut inner = path.clone();
                let moved = rest.iter().enumerate().filter_map(|(index, token)| {
                    inner.push(token);
                    Some((self.moved.get(&inner)?.clone(), rest[index + 1..].to_vec()))
                });
                moved.last().unwrap_or((path, rest.to_vec()))
            }
            ref tokens => (Pointer::root(), tokens.to_vec()),
        };
        let mut rest = rest.into_iter();
        let mut origin = origin;
        while let Some(token) = rest.next() {
            let branches = self.branches.get(&origin).filter(|_| token == "oneOf");
            origin = match branches.and_then(|branches| Some((branches, rest.next()?))) {
                Some((branches, index)) => {
                    match index.parse().ok().and_then(|index: usize| branches.get(index)) {
                        Some([keyword, index]) => origin.join(keyword).join(index),
                        None => origin.join(token).join(index),
                    }
                }
                None => origin.join(token),
            };
        }
        origin
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_branch_is_where_the_input_has_it() {
        let variant = |from: &str, index: &str| json!({ "name": "N", FROM: [from, index] });
        let inner = json!({ "oneOf": [{}, {}], VARIANTS: [variant("oneOf", "1"), variant("oneOf", "0")] });
        let outer = json!({
            "oneOf": [{ "type": "object", "properties": { "p": inner } }, {}],
            VARIANTS: [variant("anyOf", "2"), variant("anyOf", "0")],
        });
        let document = json!({ "components": { "schemas": { "A": outer, "B": { "oneOf": [{}, {}] } } } });
        let mut origins = Origins::default();
        origins.sorted(&document);
        let of = |at: &str| {
            let at = Pointer::of(at.split('/').skip(1));
            origins.of(&at).to_string()
        };
        let inner = "/components/schemas/A/oneOf/0/properties/p/oneOf/1";
        assert_eq!(of(inner), "/components/schemas/A/anyOf/2/properties/p/oneOf/0");
        assert_eq!(of("/components/schemas/A/oneOf/1/maxLength"), "/components/schemas/A/anyOf/0/maxLength");
        // What is no branch stays.
        for at in
            ["/components/schemas/A/oneOf", "/components/schemas/A/oneOf/2", "/components/schemas/B/oneOf/1"]
        {
            assert_eq!(of(at), at);
        }
        // A component made of a branch, and a union inside it.
        origins.note("C".to_owned(), &Pointer::of(["components", "schemas", "A", "oneOf", "0"]));
        let at = Pointer::of("components/schemas/C/properties/p/oneOf/1".split('/'));
        assert_eq!(origins.of(&at).to_string(), "/components/schemas/A/anyOf/2/properties/p/oneOf/0");
    }
}
