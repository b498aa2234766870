//! Compares request bodies and media types.

use std::collections::{BTreeMap, BTreeSet};

use relay_rest_codegen::document::media_type::{essence, is_special_case, normal};
use serde_json::{Value, json};

use super::{DocumentComparison, FindingDraft, OperationPair, child, is_required, keys};
use crate::normal::{Site, entries_of};
use crate::rules::{Direction, Location, Part, rule};

impl<'a> DocumentComparison<'a> {
    pub(super) fn body(&mut self, pair: &OperationPair<'_, 'a>) {
        let before = child(&pair.old.site, "requestBody").and_then(|site| self.old.resolve(&site));
        let after = child(&pair.new.site, "requestBody").and_then(|site| self.new.resolve(&site));
        let (old_at, new_at) = (Some(&pair.old.site.at), Some(&pair.new.site.at));
        let mut report = |rule, what: &str, old: Location, new: Location| {
            self.report(
                Some(&pair.name),
                FindingDraft::new(rule, what, old, new).sent(pair.request_direction, "body"),
            );
        };
        match (before, after) {
            (None, None) => {}
            (Some(old), None) => {
                report(
                    rule!("body-removed"),
                    "the request body is gone",
                    Location::at(&old.at),
                    Location::absent(new_at),
                );
            }
            (None, Some(new)) => {
                let rule = if is_required(new.value) {
                    rule!("body-added-required")
                } else {
                    rule!("body-added-optional")
                };
                report(rule, "the request has a body now", Location::absent(old_at), Location::at(&new.at));
            }
            (Some(old), Some(new)) => {
                let locations = (Location::at(&old.at), Location::at(&new.at));
                match (is_required(old.value), is_required(new.value)) {
                    (false, true) => report(
                        rule!("became-required"),
                        "the request body is required now",
                        locations.0,
                        locations.1,
                    ),
                    (true, false) => report(
                        rule!("became-optional"),
                        "the request body is optional now",
                        locations.0,
                        locations.1,
                    ),
                    _ => {}
                }
                self.compare_docs(pair, "the request body", &old, &new);
                self.content(pair, &old, &new, pair.request_direction, Part::Body, "the request body");
            }
        }
    }

    /// Compares the media types of a body, a parameter or a header.
    pub(super) fn content(
        &mut self,
        pair: &OperationPair<'_, 'a>,
        old: &Site<'a>,
        new: &Site<'a>,
        direction: Direction,
        part: Part,
        what: &str,
    ) {
        let types = |site: &Site<'a>| -> BTreeMap<String, Site<'a>> {
            let entries = entries_of(&site.at, "content", site.value.get("content")).into_iter();
            entries.map(|(name, site)| (normal(name), site)).collect()
        };
        let (before, after) = (types(old), types(new));
        let mut renamed = BTreeSet::new();
        for (media_type, one) in &before {
            let others =
                after.iter().filter(|(name, _)| !before.contains_key(*name) && !renamed.contains(*name));
            let alike = |name: &str| are_compatible(media_type, name, direction);
            let Some((name, other)) =
                after.get_key_value(media_type).or_else(|| others.clone().find(|(name, _)| alike(name)))
            else {
                let draft = FindingDraft::new(
                    rule!("media-type-removed"),
                    format!("{what} is no longer `{media_type}`"),
                    Location::at(&one.at),
                    Location::absent(Some(&new.at)),
                );
                self.report(Some(&pair.name), draft.sent(direction, part.name()));
                continue;
            };
            if name != media_type {
                renamed.insert(name.clone());
                let rule = match (is_special_case(name, media_type), is_special_case(media_type, name)) {
                    (true, _) => rule!("media-type-name-specialized"),
                    (_, true) => rule!("media-type-name-generalized"),
                    _ => rule!("media-type-name-changed"),
                };
                let what = format!("{what} is `{name}` and no longer `{media_type}`");
                let draft = FindingDraft::new(rule, what, Location::at(&one.at), Location::at(&other.at));
                self.report(Some(&pair.name), draft.sent(direction, part.name()));
            }
            if encoding(one.value) != encoding(other.value) {
                let what = format!("the parts of {what} are written in another way");
                let draft = FindingDraft::new(
                    rule!("encoding-changed"),
                    what,
                    Location::at(&one.at),
                    Location::at(&other.at),
                );
                self.report(Some(&pair.name), draft.sent(direction, part.name()));
            }
            self.compare_docs(pair, what, one, other);
            self.compare_schemas(
                &pair.name,
                child(one, "schema"),
                child(other, "schema"),
                direction,
                part,
                what,
            );
        }
        let is_new = |media_type: &String| !before.contains_key(media_type) && !renamed.contains(media_type);
        for (media_type, site) in after.iter().filter(|(media_type, _)| is_new(media_type)) {
            let draft = FindingDraft::new(
                rule!("media-type-added"),
                format!("{what} may be `{media_type}`"),
                Location::absent(Some(&old.at)),
                Location::at(&site.at),
            );
            self.report(Some(&pair.name), draft.sent(direction, part.name()));
        }
    }
}

/// How the parts of a form are serialized (OpenAPI 3.1.0 §4.8.15.1).
fn encoding(value: &Value) -> BTreeMap<&str, Value> {
    let parts = value.get("encoding").and_then(Value::as_object);
    let read = |part: &Value| json!([part.get("contentType"), part.get("style"), part.get("explode")]);
    let all = keys(parts).into_iter();
    all.filter_map(|name| Some((name, read(parts?.get(name)?)))).collect()
}

/// Whether a client for the old media type can go on with the new one. In a request, only parameters such as `charset` may
/// differ, because a server may reject types that it does not document.
fn are_compatible(old: &str, new: &str, direction: Direction) -> bool {
    let is_same = essence(old) == essence(new);
    is_same || direction == Direction::Response && (is_special_case(new, old) || is_special_case(old, new))
}
