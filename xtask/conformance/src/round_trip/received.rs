//! Finds the generated types that responses and webhooks have.

use std::collections::BTreeSet;

use relay_rest_codegen::{Item, ItemKind, Outline};

/// The paths of the types that the body of a response or a webhook refers to, directly or not.
pub(super) struct Received(BTreeSet<String>);

impl Received {
    pub(super) fn of(outline: &Outline) -> Self {
        let is_send =
            |item: &&Item| item.kind == ItemKind::Method && item.name == "send" && item.module == "builder";
        let bodies = outline.members(ItemKind::Variant, "ErrorBody");
        let webhooks = outline.items.iter().filter(|item| item.kind == ItemKind::Alias);
        let first = outline.items.iter().filter(is_send).chain(bodies).chain(webhooks);
        let mut left: Vec<String> = first.flat_map(Item::named).collect();
        let mut received = BTreeSet::new();
        while let Some(path) = left.pop() {
            // Builders import the module of types.
            let path = path.strip_prefix("builder::").unwrap_or(&path).to_owned();
            if received.insert(path.clone()) {
                let members = [ItemKind::Field, ItemKind::Variant].map(|kind| outline.members(kind, &path));
                left.extend(members.into_iter().flatten().flat_map(|item| item.named()));
            }
        }
        Self(received)
    }

    /// Whether a response or a webhook may have a value of a type.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(&format!("types::{name}"))
    }
}

#[cfg(test)]
mod tests {
    use relay_rest_codegen::outline;

    use super::*;

    #[test]
    fn what_only_requests_have_is_not_received() {
        let source = "
            pub mod builder {
                use super::types;
                impl Get {
                    pub fn body(self, value: types::Sent) -> Self {}
                    pub async fn send(self) -> Result<Response<types::A>, Error> {}
                }
            }
            pub mod types {
                pub struct A { pub b: ::std::option::Option<Vec<B>> }
                pub enum B { C(::std::boxed::Box<C>) }
                pub struct C { pub d: String }
                pub struct Sent { pub a: A }
                pub struct Called(pub Own);
                pub struct Own;
            }
            pub mod webhooks { pub type W = super::types::Called; }";
        let received = Received::of(&outline(source).expect("an outline"));
        assert_eq!(
            ["A", "B", "C", "Called", "Own", "Sent"].map(|name| received.has(name)),
            [true, true, true, true, true, false]
        );
    }
}
