//! How the public items of two generated crates differ, and what is due for it.
//! Knows outlines; must not know what travels, but for naming causes.

mod cause;

use std::collections::{BTreeMap, BTreeSet};

use relay_rest_codegen::Outlined;

pub(crate) use cause::{Cause, Causes};

/// What semver asks for. The largest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bump {
    /// Something that callers use is gone or another one.
    Major,
    /// Something is new.
    Minor,
    /// Neither.
    Patch,
}

impl Bump {
    /// As semver calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
        }
    }
}

/// A public item that is gone, new, or another one.
#[derive(Clone, Debug)]
pub struct ItemChange {
    pub(crate) bump: Bump,
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
    /// What changed in the document, where it is known.
    pub(crate) cause: Option<Cause>,
}

/// All that differs, what breaks first.
pub(crate) fn compare(old: &Outlined, new: &Outlined, causes: &Causes<'_>) -> Vec<ItemChange> {
    let (before, after) = (Items::of(&old.outline), Items::of(&new.outline));
    let mut changes = Vec::new();
    for (key, line) in &before.0 {
        match after.0.get(key) {
            Some(other) if other == line => {}
            Some(other) => changes.push(ItemChange {
                bump: if is_gain(line, other) { Bump::Minor } else { Bump::Major },
                old: Some(line.clone()),
                new: Some(other.clone()),
                cause: causes.of(key),
            }),
            // With a type goes all that it has.
            None if before.is_part_of_one_that_is_not_in(key, &after) => {}
            None => changes.push(ItemChange {
                bump: Bump::Major,
                old: Some(line.clone()),
                new: None,
                cause: causes.of(key),
            }),
        }
    }
    for (key, line) in after.0.iter().filter(|(key, _)| !before.0.contains_key(*key)) {
        if !after.is_part_of_one_that_is_not_in(key, &before) {
            let breaks = before.must_not_grow(key);
            let bump = if breaks { Bump::Major } else { Bump::Minor };
            changes.push(ItemChange { bump, old: None, new: Some(line.clone()), cause: causes.of(key) });
        }
    }
    changes.sort_by_key(|change| (change.bump, change.old.is_none()));
    changes
}

/// The lines of an outline by what they are about: the line without what may change of it.
struct Items(BTreeMap<String, String>);

impl Items {
    fn of(outline: &str) -> Self {
        Self(outline.lines().map(|line| (key(line), line.to_owned())).collect())
    }

    /// Whether an item belongs to a type that this outline has and the other has not.
    fn is_part_of_one_that_is_not_in(&self, key: &str, other: &Self) -> bool {
        let has = |items: &Self, owner: &str| {
            ["struct", "enum"].iter().any(|kind| items.0.contains_key(&format!("{kind} {owner}")))
        };
        let own = owners(key);
        let is_type = key.starts_with("struct ") || key.starts_with("enum ");
        // A builder goes with what it builds.
        let built = key.strip_prefix("struct types::builder::").map(|name| format!("types::{name}"));
        let own = if is_type { built.into_iter().collect() } else { own };
        own.iter().any(|owner| has(self, owner) && !has(other, owner))
    }

    /// Whether somebody may have listed all variants or fields, so that another one breaks him.
    fn must_not_grow(&self, key: &str) -> bool {
        let is_listed = |kind: &str, owner: &str| {
            self.0.get(&format!("{kind} {owner}")).is_some_and(|line| !line.contains("non_exhaustive"))
        };
        if let Some(rest) = key.strip_prefix("variant ") {
            return rest.rsplit_once("::").is_some_and(|(owner, _)| is_listed("enum", owner));
        }
        let Some(rest) = key.strip_prefix("field ") else { return false };
        let Some((owner, _)) = rest.rsplit_once('.') else { return false };
        let has_fields = self.0.keys().any(|key| key.starts_with(&format!("field {owner}.")));
        has_fields && is_listed("struct", owner)
    }
}

/// What a line is about.
fn key(line: &str) -> String {
    let up_to = |end: &str| line.split(end).next().unwrap_or(line).to_owned();
    match line.split(' ').next().unwrap_or_default() {
        // `struct a::B<'a> (Clone)`, `variant a::B::C(d)` or `… { … }`, `field a::B.c: d`
        "struct" | "enum" => {
            let name = line.split(" (").next().unwrap_or(line);
            name.split('<').next().unwrap_or(name).to_owned()
        }
        "variant" => line.split(['(', '{']).next().unwrap_or(line).trim_end().to_owned(),
        "field" => up_to(": "),
        // `method a::B<'a>: async fn c<D>(…)`
        "method" => {
            let Some((owner, signature)) = line.split_once(": ") else { return line.to_owned() };
            let owner = owner.split('<').next().unwrap_or(owner);
            let name = signature.split("fn ").nth(1).and_then(|rest| rest.split(['(', '<']).next());
            format!("{owner}: {}", name.unwrap_or(signature))
        }
        _ => line.to_owned(),
    }
}

/// The types that an item belongs to, as `struct` and `enum` name them.
fn owners(key: &str) -> Vec<String> {
    if let Some(rest) = key.strip_prefix("field ") {
        return rest.rsplit_once('.').map(|(owner, _)| owner.to_owned()).into_iter().collect();
    }
    if let Some(rest) = key.strip_prefix("variant ") {
        return rest.rsplit_once("::").map(|(owner, _)| owner.to_owned()).into_iter().collect();
    }
    if let Some(rest) = key.strip_prefix("method ") {
        return rest.split_once(": ").map(|(owner, _)| owner.to_owned()).into_iter().collect();
    }
    let Some((implemented, module)) = key.strip_prefix("impl ").and_then(|rest| rest.rsplit_once(" in "))
    else {
        return Vec::new();
    };
    // Whatever is named in it: `From<super::A> for B in types::builder`.
    let words = implemented.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    let words = words.filter(|word| !word.is_empty() && !word.starts_with("::"));
    let named = words.map(|word| match word.strip_prefix("super::") {
        Some(rest) => format!("{}{rest}", parent(module)),
        None if module == "the root" => word.to_owned(),
        None => format!("{module}::{word}"),
    });
    named.collect()
}

fn parent(module: &str) -> String {
    module.rsplit_once("::").map(|(parent, _)| format!("{parent}::")).unwrap_or_default()
}

/// Whether a type only has more derives than before, and may not be matched less.
fn is_gain(old: &str, new: &str) -> bool {
    if !(old.starts_with("struct ") || old.starts_with("enum ")) {
        return false;
    }
    let split = |line: &str| {
        let (head, derives) = line.split_once(" (").unwrap_or((line, ")"));
        let derives: BTreeSet<String> =
            derives.trim_end_matches(')').split(", ").map(str::to_owned).collect();
        (head.to_owned(), derives)
    };
    let ((head, before), (other, after)) = (split(old), split(new));
    let grows = "non_exhaustive";
    head == other
        && before.iter().all(|derive| derive == grows || derive.is_empty() || after.contains(derive))
        && (before.contains(grows) || !after.contains(grows))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(old: &[&str], new: &[&str]) -> Vec<(Bump, String)> {
        let outlined = |lines: &[&str]| lines.join("\n");
        let (before, after) = (Items::of(&outlined(old)), Items::of(&outlined(new)));
        assert_eq!(before.0.len(), old.len(), "each line has its own key");
        assert_eq!(after.0.len(), new.len(), "each line has its own key");
        let causes = Causes::none();
        let found = compare(&Outline(outlined(old)).into(), &Outline(outlined(new)).into(), &causes);
        found.into_iter().map(|change| (change.bump, change.new.or(change.old).unwrap_or_default())).collect()
    }

    struct Outline(String);

    impl From<Outline> for Outlined {
        fn from(Outline(outline): Outline) -> Self {
            let empty = serde_json::json!({ "openapi": "3.1.0", "info": { "title": "t", "version": "1" }, "paths": {} });
            let settings = relay_rest_codegen::Settings {
                module: "client::handwritten".to_owned(),
                formats: Vec::new(),
                bounded_integer: "Bounded".to_owned(),
                reserved_methods: Vec::new(),
                skip_unsupported: false,
            };
            let [made, _] = relay_rest_codegen::outlines([empty.clone(), empty], &settings);
            let mut made = made.expect("an empty document");
            made.outline = outline;
            made
        }
    }

    #[test]
    fn what_is_gone_or_another_breaks_and_what_is_new_does_not() {
        let old = [
            "struct types::A (Clone, Debug, non_exhaustive)",
            "field types::A.x: u8",
            "field types::A.y: u8",
            "struct types::builder::A (Clone)",
            "method types::builder::A: fn x<T>(mut self, value: T) -> Self where T: TryInto<u8>",
            "impl From<super::A> for A in types::builder",
            "enum types::E (Clone, non_exhaustive)",
            "variant types::E::One",
        ];
        let mut new = old.to_vec();
        assert_eq!(compared(&old, &new), []);
        new[1] = "field types::A.x: u16";
        new[2] = "field types::A.z: u8";
        new.push("variant types::E::Two(u8)");
        let lines = compared(&old, &new);
        let breaking: Vec<&str> =
            lines.iter().filter(|(bump, _)| *bump == Bump::Major).map(|(_, line)| line.as_str()).collect();
        assert_eq!(breaking, ["field types::A.x: u16", "field types::A.y: u8"]);
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn with_a_type_goes_all_that_it_has() {
        let old = [
            "struct types::A (Clone)",
            "field types::A.x: u8",
            "method types::A: fn builder() -> builder::A",
            "struct types::builder::A (Clone)",
            "method types::builder::A: fn x(self) -> Self",
            "impl ::std::convert::From<super::A> for A in types::builder",
            "impl ::std::fmt::Display for A in types",
        ];
        assert_eq!(compared(&old, &[]), [(Bump::Major, "struct types::A (Clone)".to_owned())]);
        assert_eq!(compared(&[], &old), [(Bump::Minor, "struct types::A (Clone)".to_owned())]);
    }

    #[test]
    fn who_listed_all_is_broken_by_one_more() {
        let old = [
            "enum types::E (Clone)",
            "variant types::E::One",
            "struct types::S (Clone)",
            "field types::S.a: u8",
        ];
        let more = |line: &'static str| [&old[..], &[line]].concat();
        assert_eq!(compared(&old, &more("variant types::E::Two"))[0].0, Bump::Major);
        assert_eq!(compared(&old, &more("field types::S.b: u8"))[0].0, Bump::Major);
        let gained = ["enum types::E (Clone, Copy)", old[1], old[2], old[3]];
        assert_eq!(compared(&old, &gained)[0].0, Bump::Minor);
        assert_eq!(compared(&gained, &old)[0].0, Bump::Major);
    }
}
