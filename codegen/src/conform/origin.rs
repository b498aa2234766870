//! Where a component stood before conforming renamed or hoisted it, so that problems point into the input.
//! Knows pointers only; must not know why a component moved.

use std::collections::BTreeMap;

use crate::pointer::Pointer;

/// From the names of component schemas to where their schemas stood.
#[derive(Debug, Default)]
pub(super) struct Origins(BTreeMap<String, Pointer>);

impl Origins {
    /// Notes that the component `name` was made of what stood at `at`, a pointer into the document as it is now.
    pub(super) fn note(&mut self, name: String, at: &Pointer) {
        let origin = self.of(at);
        self.0.insert(name, origin);
    }

    /// The components by name, with the places in the input that they were made of.
    pub(super) fn into_types(self) -> Vec<(String, Pointer)> {
        self.0.into_iter().collect()
    }

    /// The place in the input that `at` stands for.
    pub(super) fn of(&self, at: &Pointer) -> Pointer {
        let found = match *at.tokens() {
            ["components", "schemas", name, ref rest @ ..] => {
                self.0.get(name).map(|origin| (origin, rest.to_vec()))
            }
            _ => None,
        };
        match found {
            Some((origin, rest)) => rest.iter().fold(origin.clone(), |at, token| at.join(token)),
            None => at.clone(),
        }
    }
}
