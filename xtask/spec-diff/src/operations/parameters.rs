//! Compares parameters, and how they are serialized.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{DocumentComparison, FindingDraft, Operation, OperationPair, is_required};
use crate::lifecycle::{self, Lifecycle, Removal};
use crate::normal::{Schemas, Site, Types, below, sites_of};
use crate::rules::{Direction, Part, rule};

/// `in` and name of a parameter.
type Key = (String, String);

impl<'a> DocumentComparison<'a> {
    pub(super) fn parameters(&mut self, pair: &OperationPair<'_, 'a>) {
        let (before, after) = (parameters_of(self.old, pair.old), parameters_of(self.new, pair.new));
        for (key, old) in &before {
            match after.get(key) {
                Some(new) => self.parameter(pair, key, old, new),
                None => self.parameter_removed(pair, key, old),
            }
        }
        for (key, new) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
            let rule =
                rule!(if is_required(new.value) => "new-required-parameter", else "new-optional-parameter");
            let draft = FindingDraft::added(rule, format!("{} is new", name(key, new)), &pair.old.site, new);
            self.report(Some(&pair.name), draft.sent(pair.request_direction, "parameter"));
        }
    }

    fn parameter_removed(&mut self, pair: &OperationPair<'_, 'a>, key: &Key, old: &Site<'a>) {
        let rule = match Lifecycle::at(old).removal() {
            Removal::AfterSunset => rule!("parameter-removed-with-deprecation"),
            Removal::BeforeSunset => rule!("parameter-removed-before-sunset"),
            Removal::Unreadable => rule!("sunset-parse"),
            _ if pair.request_direction == Direction::Response && is_required(old.value) => {
                rule!("required-parameter-removed")
            }
            _ => rule!("parameter-removed"),
        };
        let draft = FindingDraft::removed(rule, format!("{} is gone", name(key, old)), old, &pair.new.site);
        self.report(Some(&pair.name), draft.sent(pair.request_direction, "parameter"));
    }

    fn parameter(&mut self, pair: &OperationPair<'_, 'a>, key: &Key, old: &Site<'a>, new: &Site<'a>) {
        let what = name(key, new);
        let is_styled_anew = is_styled_anew(&key.0, [(self.old, old), (self.new, new)]);
        let mut report = |rule, how: &str| {
            let draft = FindingDraft::changed(rule, format!("{what} {how}"), old, new);
            self.report(Some(&pair.name), draft.sent(pair.request_direction, "parameter"));
        };
        match (is_required(old.value), is_required(new.value)) {
            (false, true) => report(rule!("became-required"), "is required now"),
            (true, false) => report(rule!("became-optional"), "is optional now"),
            _ => {}
        }
        if is_styled_anew {
            report(rule!("style-changed"), "is written in another style");
        }
        let is_true = |site: &Site<'a>, key: &str| site.value.get(key) == Some(&Value::Bool(true));
        match (is_true(old, "allowEmptyValue"), is_true(new, "allowEmptyValue")) {
            (false, true) => report(rule!("allow-empty-value-added"), "may be empty"),
            (true, false) => report(rule!("allow-empty-value-removed"), "may not be empty any more"),
            _ => {}
        }
        if is_true(old, "allowReserved") != is_true(new, "allowReserved") {
            report(rule!("allow-reserved-changed"), "is encoded in another way");
        }
        self.compare_lifecycle(pair, &what, old, new, pair.request_direction, "parameter");
        self.compare_docs(pair, &what, old, new);
        self.compare_schemas(pair, old, new, pair.request_direction, Part::Parameter, &what);
        self.content(pair, old, new, pair.request_direction, Part::Parameter, &what);
    }

    /// Compares deprecation, sunset and stability of a parameter or a header.
    pub(super) fn compare_lifecycle(
        &mut self,
        pair: &OperationPair<'_, 'a>,
        what: &str,
        old: &Site<'a>,
        new: &Site<'a>,
        direction: Direction,
        part: &str,
    ) {
        for change in lifecycle::compare(&Lifecycle::at(old), &Lifecycle::at(new)) {
            let what = format!("{what}: {}", change.rule.words());
            let draft = FindingDraft::changed(change.rule, what, old, new);
            self.report(Some(&pair.name), draft.sent(direction, part).values(change.old, change.new));
        }
    }
}

/// The parameters of an operation and its path item, by `in` and name.
fn parameters_of<'a>(schemas: Schemas<'a>, operation: &Operation<'a>) -> BTreeMap<Key, Site<'a>> {
    let mut all = BTreeMap::new();
    let mut unnamed = 0;
    for owner in operation.items.iter().rev().chain([&operation.site]) {
        for site in sites_of(&owner.at, "parameters", owner.value.get("parameters")) {
            let Some(site) = schemas.resolve(&site) else { continue };
            let text = |key: &str| site.value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (location, mut name) = (text("in"), text("name"));
            if location == "path" {
                // The name is the index in the path: names of path parameters are not sent.
                let braced = format!("{{{name}}}");
                let starts = operation.path.match_indices('{');
                let order = starts
                    .map(|(start, _)| start)
                    .position(|start| operation.path[start..].starts_with(&braced));
                name = order.map_or_else(|| format!("not in the path {unnamed}"), |order| format!("{order}"));
                unnamed += usize::from(order.is_none());
            } else if location == "header" {
                name = name.to_ascii_lowercase();
                // These are ignored (OpenAPI 3.1.0 §4.8.12.2).
                if matches!(name.as_str(), "accept" | "content-type" | "authorization") {
                    continue;
                }
            }
            all.insert((location, name), site);
        }
    }
    all
}

fn name(key: &Key, site: &Site<'_>) -> String {
    format!(
        "the {} parameter `{}`",
        key.0,
        site.value.get("name").and_then(Value::as_str).unwrap_or_default()
    )
}

/// Whether a value is serialized in another way: style and explode (OpenAPI 3.1.0 §4.8.12.2), or by media type.
pub(super) fn is_styled_anew<'a>(
    location: &str,
    [(old, before), (new, after)]: [(Schemas<'a>, &Site<'a>); 2],
) -> bool {
    let is_scalar = is_scalar(old, before) || is_scalar(new, after);
    style(location, before.value, is_scalar) != style(location, after.value, is_scalar)
}

/// Whether a parameter or a header can only be a scalar.
fn is_scalar<'a>(schemas: Schemas<'a>, site: &Site<'a>) -> bool {
    let schema = site.value.get("schema").map(|value| Site { at: below(&site.at, "schema"), value });
    let types = schema.map_or(Types::ALL, |schema| schemas.normal_form(&[schema]).types);
    !types.meets(Types::ARRAY) && !types.meets(Types::OBJECT)
}

/// Style and explode; of a scalar only `label` and `matrix` differ from the other styles.
fn style(location: &str, value: &Value, is_scalar: bool) -> (String, bool) {
    if value.get("content").is_some() {
        return ("content".to_owned(), false);
    }
    let is_named = matches!(location, "query" | "cookie");
    let own = value.get("style").and_then(Value::as_str);
    let style = own.unwrap_or(if is_named { "form" } else { "simple" });
    if is_scalar {
        return (if is_named { "form" } else { style }.to_owned(), false);
    }
    let explode = value.get("explode").and_then(Value::as_bool).unwrap_or(style == "form");
    (style.to_owned(), explode)
}
