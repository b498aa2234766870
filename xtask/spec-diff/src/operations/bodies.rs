//! Compares request bodies and media types.

use std::collections::{BTreeMap, BTreeSet};

use relay_rest_codegen::document::media_type::{essence, is_special_case, normal};
use serde_json::{Map, Value, json};

use super::{DocumentComparison, FindingDraft, OperationPair, is_required, keys, unread};
use crate::normal::{Schemas, Site};
use crate::rules::{Direction, Part, rule, toggled};

impl<'a> DocumentComparison<'a> {
    pub(super) fn body(&mut self, pair: &OperationPair<'_, 'a>) {
        let before = pair.old.site.get("requestBody").and_then(|site| self.old.resolve(&site));
        let after = pair.new.site.get("requestBody").and_then(|site| self.new.resolve(&site));
        let what = pair.subject("request body");
        let mut report = |draft: FindingDraft<'_>| {
            self.report(Some(pair), draft.sent(pair.request_direction, "body"));
        };
        match (before, after) {
            (None, None) => {}
            (Some(old), None) => {
                report(FindingDraft::removed(rule!("body-removed"), what, &old, &pair.new.site));
            }
            (None, Some(new)) => {
                let rule =
                    rule!(if is_required(new.value) => "body-added-required", else "body-added-optional");
                report(FindingDraft::added(rule, what, &pair.old.site, &new));
            }
            (Some(old), Some(new)) => {
                let (was, is) = (is_required(old.value), is_required(new.value));
                if let Some(rule) = toggled(was, is, [rule!("became-required"), rule!("became-optional")]) {
                    report(
                        FindingDraft::changed(rule, &what, &old, &new)
                            .values(Some(was.into()), Some(is.into())),
                    );
                }
                self.compare_docs(pair, &what, &old, &new);
                self.unread(Some(pair), &what, [&old, &new], &unread::BODY);
                self.content(pair, &old, &new, pair.request_direction, Part::Body, &what);
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
        let types = |schemas: Schemas<'a>, site: &Site<'a>| -> BTreeMap<String, Site<'a>> {
            let entries = site.get("content").into_iter().flat_map(|content| content.entries());
            let resolved = entries.map(|(name, site)| (normal(name), schemas.resolve(&site).unwrap_or(site)));
            resolved.collect()
        };
        let (before, after) = (types(self.old, old), types(self.new, new));
        let mut renamed = BTreeSet::new();
        for (media_type, one) in &before {
            let others =
                after.iter().filter(|(name, _)| !before.contains_key(*name) && !renamed.contains(*name));
            let alike = |name: &str| are_compatible(media_type, name, direction);
            let Some((name, other)) =
                after.get_key_value(media_type).or_else(|| others.clone().find(|(name, _)| alike(name)))
            else {
                let draft = FindingDraft::removed(rule!("media-type-removed"), what, one, new);
                let draft =
                    draft.what(format!("`{media_type}`")).values(Some(media_type.as_str().into()), None);
                self.report(Some(pair), draft.sent(direction, part.name()));
                continue;
            };
            if name != media_type {
                renamed.insert(name.clone());
                let rule = match (is_special_case(name, media_type), is_special_case(media_type, name)) {
                    (true, _) => rule!("media-type-name-specialized"),
                    (_, true) => rule!("media-type-name-generalized"),
                    _ => rule!("media-type-name-changed"),
                };
                let draft = FindingDraft::changed(rule, what, one, other);
                let draft = draft.values(Some(media_type.as_str().into()), Some(name.as_str().into()));
                self.report(Some(pair), draft.sent(direction, part.name()));
            }
            if encoding(one.value) != encoding(other.value) {
                let draft = FindingDraft::changed(rule!("encoding-changed"), what, one, other);
                let [old, new] = [one, other].map(|site| encodings(site.value));
                self.report(Some(pair), draft.values(old, new).sent(direction, part.name()));
            }
            self.unread(Some(pair), &format!("{what} `{media_type}`"), [one, other], &unread::MEDIA_TYPE);
            let parts = |site: &Site<'a>| -> BTreeMap<&'a str, Site<'a>> {
                site.get("encoding").into_iter().flat_map(|parts| parts.entries()).collect()
            };
            let others = parts(other);
            for (name, part) in parts(one) {
                if let Some(other) = others.get(name) {
                    let of = format!("the encoding of `{name}` of {what}");
                    self.unread(Some(pair), &of, [&part, other], &unread::ENCODING);
                }
            }
            self.compare_docs(pair, what, one, other);
            // Of several media types, it matters which one it is.
            let of_type = format!("{what} `{media_type}`");
            let what = if before.len() > 1 || after.len() > 1 { &of_type } else { what };
            self.compare_schemas(pair, one, other, direction, part, what);
            let items = |site: &Site<'a>| site.get("itemSchema").into_iter().collect();
            self.compare_sites(
                pair,
                items(one),
                items(other),
                direction,
                part,
                &format!("each item of {what}"),
            );
        }
        let is_new = |media_type: &String| !before.contains_key(media_type) && !renamed.contains(media_type);
        for (media_type, site) in after.iter().filter(|(media_type, _)| is_new(media_type)) {
            let draft = FindingDraft::added(rule!("media-type-added"), what, old, site);
            let draft = draft.what(format!("`{media_type}`")).values(None, Some(media_type.as_str().into()));
            self.report(Some(pair), draft.sent(direction, part.name()));
        }
    }
}

/// How the parts of a form are serialized (OpenAPI 3.1.0 §4.8.15.1), and those that have no names (3.2.0 §4.14.4).
fn encoding(value: &Value) -> BTreeMap<String, Value> {
    let parts = value.get("encoding").and_then(Value::as_object);
    let read = |part: &Value| json!([part.get("contentType"), part.get("style"), part.get("explode")]);
    let named = keys(parts).into_iter().filter_map(|name| Some((name.to_owned(), read(parts?.get(name)?))));
    let first = value.get("prefixEncoding").and_then(Value::as_array).into_iter().flatten();
    let first = first.enumerate().map(|(index, part)| (format!("prefixEncoding/{index}"), read(part)));
    let others = value.get("itemEncoding").map(|part| ("itemEncoding/".to_owned(), read(part)));
    named.chain(first).chain(others).collect()
}

/// The fields of a media type that say how parts are serialized.
fn encodings(value: &Value) -> Option<Value> {
    let fields = ["encoding", "prefixEncoding", "itemEncoding"];
    let given: Map<String, Value> =
        fields.iter().filter_map(|key| Some(((*key).to_owned(), value.get(key)?.clone()))).collect();
    match given.get("encoding") {
        Some(only) if given.len() == 1 => Some(only.clone()),
        _ => (!given.is_empty()).then(|| given.into()),
    }
}

/// Whether a client for the old media type can go on with the new one. In a request, only parameters such as `charset` may
/// differ, because a server may reject types that it does not document.
fn are_compatible(old: &str, new: &str, direction: Direction) -> bool {
    let is_same = essence(old) == essence(new);
    is_same || direction == Direction::Response && (is_special_case(new, old) || is_special_case(old, new))
}
