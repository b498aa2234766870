//! Compares the public items of two generated clients, and determines the version bump that they require.

mod cause;

use std::collections::BTreeMap;

use relay_rest_codegen::{Item, ItemKind, Outline};

pub(crate) use cause::{Cause, Causes};

/// The part of a version that semver requires to be raised. The largest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bump {
    /// An item was removed, or changed incompatibly.
    Major,
    /// An item was added.
    Minor,
    /// No item changed.
    Patch,
}

impl Bump {
    /// The name in semver.
    pub fn name(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
        }
    }
}

/// A public item that was removed, added or changed.
#[derive(Clone, Debug)]
pub struct ItemChange {
    pub(crate) bump: Bump,
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
    /// The change in the document, if it is known.
    pub(crate) cause: Option<Cause>,
}

/// Compares two outlines. The worst changes come first.
pub(crate) fn compare(old: &Outline, new: &Outline, causes: &Causes<'_>) -> Vec<ItemChange> {
    let (before, after) = (ByPath::of(old), ByPath::of(new));
    let mut changes = Vec::new();
    for (path, item) in &before.0 {
        let new = after.0.get(path);
        let is_same = new.is_some_and(|new| new == item || is_spelled_otherwise(item, new));
        // A removed type is reported without its fields, variants and methods.
        if is_same
            || (new.is_none()
                && (before.owner_is_only_here(item, &after)
                    || after.derives(item)
                    || after.converts_strings(item)))
        {
            continue;
        }
        let feature = new.filter(|new| differs_in_feature(item, new)).map(|new| &new.feature);
        // All items of a builder are behind a feature, or none is; the function that makes one is enough.
        if feature.is_some() && item.name != "builder" {
            continue;
        }
        let is_gained = feature.is_some_and(Option::is_none)
            || new.is_some_and(|new| is_gain(item, new, &after) || takes_more(item, new));
        changes.push(ItemChange {
            bump: if is_gained { Bump::Minor } else { Bump::Major },
            old: Some(item.to_string()),
            new: new.map(ToString::to_string),
            cause: causes.of(item),
        });
    }
    for (_, item) in after.0.iter().filter(|(path, _)| !before.0.contains_key(*path)) {
        if !after.owner_is_only_here(item, &before) {
            let bump = if before.must_not_grow(item) { Bump::Major } else { Bump::Minor };
            changes.push(ItemChange { bump, old: None, new: Some(item.to_string()), cause: causes.of(item) });
        }
    }
    changes.sort_by_key(|change| (change.bump, change.old.is_none()));
    changes
}

/// The items of an outline by kind and path, which identify an item.
struct ByPath<'a>(BTreeMap<(ItemKind, String), &'a Item>);

impl<'a> ByPath<'a> {
    fn of(outline: &'a Outline) -> Self {
        Self(outline.items.iter().map(|item| ((item.kind, item.path()), item)).collect())
    }

    fn get(&self, kind: ItemKind, path: &str) -> Option<&'a Item> {
        self.0.get(&(kind, path.to_owned())).copied()
    }

    /// Whether an item belongs to a type that this outline has and the other one has not.
    fn owner_is_only_here(&self, item: &Item, other: &Self) -> bool {
        let has = |items: &Self, owner: &str| {
            [ItemKind::Struct, ItemKind::Enum].iter().any(|kind| items.get(*kind, owner).is_some())
        };
        // A builder belongs to the type that it builds.
        let built = (item.kind == ItemKind::Struct && item.module == "types::builder")
            .then(|| format!("types::{}", item.name));
        let mut owners = item.owners().into_iter().chain(built);
        owners.any(|owner| has(self, &owner) && !has(other, &owner))
    }

    /// Whether the type of an `impl` derives the trait here.
    fn derives(&self, item: &Item) -> bool {
        let Some(owner) = item.owner.as_ref().filter(|_| item.kind == ItemKind::Impl) else { return false };
        let own = [ItemKind::Struct, ItemKind::Enum].iter().find_map(|kind| self.get(*kind, owner));
        own.is_some_and(|own| own.derives.contains(&item.name))
    }

    /// Whether an `impl From<String>` is here still: an open enum has it from a macro, which an outline does not show, beside its
    /// `impl From<&str>`.
    fn converts_strings(&self, item: &Item) -> bool {
        const STRING: &str = "::std::convert::From<::std::string::String> for ";
        let borrowed = item.path().replace(STRING, "::std::convert::From<&str> for ");
        let is_enum = |owner: &String| self.get(ItemKind::Enum, owner).is_some();
        item.signature.starts_with(STRING)
            && item.owner.as_ref().is_some_and(is_enum)
            && self.get(ItemKind::Impl, &borrowed).is_some()
    }

    /// Whether there is an `impl` of a trait that could be derived, by its last name.
    fn implements(&self, of: &Item, name: &str) -> bool {
        let path = of.path();
        let is_it = |item: &&Item| item.kind == ItemKind::Impl && item.owner.as_ref() == Some(&path);
        self.0.values().filter(|item| is_it(item)).any(|item| item.name == name)
    }

    /// Whether callers may have listed all variants or fields of the owner, so that one more breaks them.
    fn must_not_grow(&self, item: &Item) -> bool {
        let Some(owner) = &item.owner else { return false };
        let is_listed = |kind| self.get(kind, owner).is_some_and(|owner| !owner.non_exhaustive);
        let is_member = |field: &&Item| field.kind == item.kind && field.owner == item.owner;
        match item.kind {
            ItemKind::Variant => is_listed(ItemKind::Enum),
            ItemKind::Field => is_listed(ItemKind::Struct) && self.0.values().any(is_member),
            _ => false,
        }
    }
}

/// Whether two items are the same but for the cargo feature that they need.
fn differs_in_feature(old: &Item, new: &Item) -> bool {
    let mut same = old.clone();
    same.feature.clone_from(&new.feature);
    old.feature != new.feature && same == *new
}

/// Whether a type only gained traits, and did not become `#[non_exhaustive]`.
fn is_gain(old: &Item, new: &Item, after: &ByPath<'_>) -> bool {
    old.is_type()
        && old.generics == new.generics
        && old.derives.iter().all(|name| new.derives.contains(name) || after.implements(new, name))
        && (old.non_exhaustive || !new.non_exhaustive)
}

/// Whether two methods differ only in how they spell the same bounds.
fn is_spelled_otherwise(old: &Item, new: &Item) -> bool {
    old.kind == ItemKind::Method
        && new.kind == ItemKind::Method
        && old.ty == new.ty
        && old.feature == new.feature
        && bounds_in_short(&old.signature) == bounds_in_short(&new.signature)
}

/// `<V as std::convert::TryInto<A>>::Error: std::fmt::Display` ⇒ `V::Error: std::fmt::Display`, and `::std::…` ⇒ `std::…`
fn bounds_in_short(signature: &str) -> String {
    const ERROR: &str = ">::Error";
    let signature = signature.replace("::std::", "std::");
    let mut short = String::new();
    let mut rest = signature.as_str();
    while let Some((before, after)) = rest.split_once("<V as std::convert::TryInto<") {
        let Some((_, after)) = after.split_once(ERROR) else { break };
        short.push_str(before);
        short.push_str("V::Error");
        rest = after;
    }
    short + rest
}

/// Whether a setter of a required value became one of an optional value, which takes whatever the other one took.
///
/// `value: impl TryInto<A>` ⇒ `value: impl IntoOption<A, K>`
fn takes_more(old: &Item, new: &Item) -> bool {
    let converts_to = |item: &Item| match &item.parameters[..] {
        [parameter] => parameter.into.clone(),
        _ => None,
    };
    let is_optional = |item: &Item| item.signature.contains("IntoOption<");
    old.kind == ItemKind::Method
        && (is_optional(old), is_optional(new)) == (false, true)
        && old.signature.contains("TryInto<")
        && old.ty == new.ty
        && converts_to(old).is_some()
        && converts_to(old) == converts_to(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROWING: &str = "
        pub mod types {
            #[derive(Clone, Debug)] #[non_exhaustive] pub struct A { pub x: u8, pub y: u8 }
            #[derive(Clone)] #[non_exhaustive] pub enum E { One }
            pub mod builder {
                #[derive(Clone)] pub struct A { x: u8 }
                impl A { pub fn x<T>(mut self, value: T) -> Self where T: TryInto<u8> {} }
                impl From<super::A> for A {}
            }
        }
    ";

    fn compared(old: &str, new: &str) -> Vec<(Bump, String)> {
        let [old, new] = [old, new].map(|source| relay_rest_codegen::outline(source).expect("it parses"));
        for outline in [&old, &new] {
            assert_eq!(ByPath::of(outline).0.len(), outline.items.len(), "each item has its own path");
        }
        let found = compare(&old, &new, &Causes::none());
        found.into_iter().map(|change| (change.bump, change.new.or(change.old).unwrap_or_default())).collect()
    }

    #[test]
    fn removed_and_changed_items_break_and_new_ones_do_not() {
        assert_eq!(compared(GROWING, GROWING), []);
        let new =
            GROWING.replace("pub x: u8, pub y: u8", "pub x: u16, pub z: u8").replace("One", "One, Two(u8)");
        let lines = compared(GROWING, &new);
        let breaking: Vec<&str> =
            lines.iter().filter(|(bump, _)| *bump == Bump::Major).map(|(_, line)| line.as_str()).collect();
        assert_eq!(breaking, ["field types::A.x: u16", "field types::A.y: u8"]);
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn a_webhook_of_another_type_breaks() {
        let source = |aliases: &str| {
            format!("pub mod types {{ pub struct A; pub struct B; }} pub mod webhooks {{ {aliases} }}")
        };
        let old = source("pub type W = super::types::A;");
        let line = |of: &str| format!("type webhooks::W = super::types::{of}");
        assert_eq!(compared(&old, &old), []);
        assert_eq!(compared(&old, &source("pub type W = super::types::B;")), [(Bump::Major, line("B"))]);
        assert_eq!(compared(&old, &source("")), [(Bump::Major, line("A"))]);
        assert_eq!(compared(&source(""), &old), [(Bump::Minor, line("A"))]);
    }

    #[test]
    fn a_removed_or_added_type_is_reported_without_its_items() {
        let old = "
            pub mod types {
                #[derive(Clone)] pub struct A { pub x: u8 }
                impl A { pub fn builder() -> builder::A {} }
                impl ::std::fmt::Display for A {}
                pub mod builder {
                    #[derive(Clone)] pub struct A;
                    impl A { pub fn x(self) -> Self {} }
                    impl ::std::convert::From<super::A> for A {}
                }
            }
        ";
        assert_eq!(compared(old, ""), [(Bump::Major, "struct types::A (Clone)".to_owned())]);
        assert_eq!(compared("", old), [(Bump::Minor, "struct types::A (Clone)".to_owned())]);
    }

    #[test]
    fn a_trait_may_be_derived_or_implemented() {
        let derived =
            "pub mod types { #[derive(Clone, Deserialize)] #[non_exhaustive] pub struct A { x: u8 } }";
        let implemented = "pub mod types { #[derive(Clone)] #[non_exhaustive] pub struct A { x: u8 } impl<'de> ::serde::Deserialize<'de> for A {} }";
        let bumps = |old, new| compared(old, new).into_iter().map(|(bump, _)| bump).collect::<Vec<_>>();
        assert!(!bumps(derived, implemented).contains(&Bump::Major));
        assert!(!bumps(implemented, derived).contains(&Bump::Major));
        let without = derived.replace(", Deserialize", "");
        assert_eq!(bumps(derived, &without), [Bump::Major]);
        assert_eq!(bumps(implemented, &without), [Bump::Major]);
    }

    #[test]
    fn a_builder_that_needs_a_feature_breaks_whoever_has_it_not() {
        let source = |gate: &str| {
            format!(
                "pub mod types {{
                    pub struct A {{ pub x: u8 }}
                    impl A {{ {gate} pub fn builder() -> builder::ABuilder {{}} }}
                    pub mod builder {{
                        {gate} #[derive(Clone)] pub struct ABuilder {{ x: u8 }}
                        {gate} impl ABuilder {{ pub fn x(self) -> Self {{}} }}
                        {gate} impl TryFrom<ABuilder> for super::A {{}}
                    }}
                }}"
            )
        };
        let (always, tests_only) = (source(""), source("#[cfg(feature = \"mock\")]"));
        let method = "method types::A: fn builder() -> builder::ABuilder";
        assert_eq!(compared(&always, &tests_only), [(Bump::Major, format!("{method} [feature mock]"))]);
        assert_eq!(compared(&tests_only, &always), [(Bump::Minor, method.to_owned())]);
        assert_eq!(compared(&tests_only, &tests_only), []);
    }

    #[test]
    fn an_open_enum_is_made_of_strings() {
        let source = |item: &str, of: &str| {
            format!(
                "pub mod types {{ #[non_exhaustive] pub {item} impl ::std::convert::From<{of}> for A {{}} }}"
            )
        };
        let old = source("struct A(String);", "::std::string::String");
        let lost = |new: &str| {
            compared(&old, new).iter().any(|(_, line)| line.contains("From<::std::string::String>"))
        };
        assert!(!lost(&source("enum A { One }", "&str")));
        assert!(lost(&source("enum A { One }", "u8")) && lost(&source("struct A(u8);", "&str")));
    }

    #[test]
    fn the_spelling_of_bounds_changes_nothing() {
        let source = |bounds: &str| {
            format!(
                "pub mod builder {{ pub struct A; impl A {{ pub fn body<V>(mut self, value: V) -> Self where V: std::convert::TryInto<{bounds} {{}} }} }}"
            )
        };
        let long = "Vec<S>>, <V as std::convert::TryInto<Vec<S>>>::Error: std::fmt::Display";
        assert_eq!(compared(&source(long), &source("Vec<S>>, V::Error: ::std::fmt::Display")), []);
        assert_eq!(
            compared(&source(long), &source("Vec<T>>, V::Error: ::std::fmt::Display"))[0].0,
            Bump::Major
        );
        assert_eq!(compared(&source(long), &source("Vec<S>>"))[0].0, Bump::Major);
    }

    #[test]
    fn a_setter_that_becomes_optional_takes_what_it_took() {
        let source = |generics: &str, value: &str| {
            format!(
                "pub mod types {{ pub mod builder {{ pub struct A; impl A {{ pub fn x{generics}(mut self, value: impl {value}) -> Self {{}} }} }} }}"
            )
        };
        let required = source("", "TryInto<u8, Error: Display>");
        let optional = |of: &str| source("<K>", &format!("IntoOption<{of}, K>"));
        assert_eq!(compared(&required, &optional("u8"))[0].0, Bump::Minor);
        assert_eq!(compared(&required, &optional("u16"))[0].0, Bump::Major);
        assert_eq!(compared(&optional("u8"), &required)[0].0, Bump::Major);
    }

    #[test]
    fn a_new_variant_or_field_breaks_callers_who_listed_all() {
        let old = "pub mod types { #[derive(Clone)] pub enum E { One } #[derive(Clone)] pub struct S { pub a: u8 } }";
        let bump = |new: &str| compared(old, new)[0].0;
        assert_eq!(bump(&old.replace("One", "One, Two")), Bump::Major);
        assert_eq!(bump(&old.replace("pub a: u8", "pub a: u8, pub b: u8")), Bump::Major);
        let gained = old.replacen("Clone", "Clone, Copy", 1);
        assert_eq!(bump(&gained), Bump::Minor);
        assert_eq!(compared(&gained, old)[0].0, Bump::Major);
    }
}
