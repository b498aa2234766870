//! Where things stood before conforming renamed, hoisted or moved them, so that problems point into the input.
//! Knows pointers only; must not know why anything moved.

use std::collections::BTreeMap;

use crate::document::Pointer;

/// From places in the document as it is now to those in the input.
#[derive(Debug, Default)]
pub(super) struct Origins {
    /// By the names of component schemas.
    components: BTreeMap<String, Pointer>,
    /// Of paths and parameters.
    moved: BTreeMap<Pointer, Pointer>,
}

impl Origins {
    /// Notes that the component `name` was made of what stood at `at`, a pointer into the document as it is now.
    pub(super) fn note(&mut self, name: String, at: &Pointer) {
        let origin = self.of(at);
        self.components.insert(name, origin);
    }

    /// Notes that what is at `at` now was at `origin`.
    pub(super) fn moved(&mut self, at: Pointer, origin: Pointer) {
        if at != origin {
            self.moved.insert(at, origin);
        }
    }

    /// The components by name, with the places in the input that they were made of.
    pub(super) fn into_types(self) -> Vec<(String, Pointer)> {
        self.components.into_iter().collect()
    }

    /// The place in the input that `at` stands for.
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
