//! Maps locations in the conformed document to those in the input, so that problems point into the input.

use std::collections::BTreeMap;

use crate::document::Pointer;

/// From locations in the current document to those in the input.
#[derive(Debug, Default)]
pub(super) struct Origins {
    /// By the names of component schemas.
    components: BTreeMap<String, Pointer>,
    /// Of paths and parameters.
    moved: BTreeMap<Pointer, Pointer>,
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

    /// The components by name, with the locations in the input that they were made from.
    pub(super) fn into_types(self) -> Vec<(String, Pointer)> {
        self.components.into_iter().collect()
    }

    /// `/components/schemas/SendCodeRequest/type` ⇒ `/paths/…/schema/type`: the location in the input.
    pub(super) fn of(&self, at: &Pointer) -> Pointer {
        let (origin, rest) = match *at.tokens() {
            ["components", "schemas", name, ref rest @ ..] => match self.components.get(name) {
                Some(origin) => (origin.clone(), rest.to_vec()),
                None => return at.clone(),
            },
            // The latest move first: a path was renamed after its parameters had moved.
            ref tokens @ ["paths", _, ref rest @ ..] if !self.moved.is_empty() => {
                let mut path = Pointer::of(tokens[..2].iter().copied());
                while let Some(before) = self.moved.get(&path) {
                    path = before.clone();
                }
                let inner = rest.iter().take(3).fold(path.clone(), |at, token| at.join(token));
                match self.moved.get(&inner) {
                    Some(origin) => (origin.clone(), rest.iter().skip(3).copied().collect()),
                    None => (path, rest.to_vec()),
                }
            }
            _ => return at.clone(),
        };
        rest.iter().fold(origin, |at, token| at.join(token))
    }
}
