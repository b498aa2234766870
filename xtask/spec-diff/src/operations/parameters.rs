//! Compares parameters, and how they are serialized.

use std::collections::BTreeMap;

use relay_rest_codegen::document::Version;
use relay_rest_codegen::document::media_type::essence;
use serde_json::{Value, json};

use super::{DocumentComparison, FindingDraft, Operation, OperationPair, is_required, unread};
use crate::lifecycle::{self, Lifecycle, Removal};
use crate::normal::{Schemas, Site, Sites, Types, below, sites_of};
use crate::rules::{Direction, Part, Rule, rule, toggled};
use crate::schemas::signature;

/// `in` and name of a parameter.
type Key = (String, String);

impl<'a> DocumentComparison<'a> {
    pub(super) fn parameters(&mut self, pair: &OperationPair<'_, 'a>) {
        let (mut before, mut after) = (parameters_of(self.old, pair.old), parameters_of(self.new, pair.new));
        self.exploded(pair, &mut before, &mut after);
        self.in_path(pair, &mut before, &mut after);
        for (key, old) in &before {
            match after.get(key) {
                Some(new) => self.parameter(pair, key, old, new),
                None => self.parameter_removed(pair, key, old),
            }
        }
        for (key, new) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
            let rule =
                rule!(if is_required(new.value) => "new-required-parameter", else "new-optional-parameter");
            let draft = FindingDraft::added(rule, name(pair, key, new), &pair.old.site, new);
            self.report(Some(pair), draft.sent(pair.request_direction, "parameter"));
        }
    }

    /// Compares an exploded object with parameters that are its properties: both are written in the same way
    /// (OpenAPI 3.1.0 §4.8.12.4). What was compared is removed from both maps.
    fn exploded(
        &mut self,
        pair: &OperationPair<'_, 'a>,
        before: &mut BTreeMap<Key, Site<'a>>,
        after: &mut BTreeMap<Key, Site<'a>>,
    ) {
        for is_old in [true, false] {
            let (schemas, own, others) = if is_old {
                (self.old, &mut *before, &mut *after)
            } else {
                (self.new, &mut *after, &mut *before)
            };
            let objects: Vec<Key> = own.keys().filter(|key| !others.contains_key(*key)).cloned().collect();
            for key in objects {
                let Some(object) = own.get(&key).cloned() else { continue };
                let properties = exploded_properties(schemas, &key, &object);
                let is_split = |(name, _): &(&str, _)| {
                    let key = (key.0.clone(), (*name).to_owned());
                    others.contains_key(&key) && !own.contains_key(&key)
                };
                // A property that is no parameter of its own is reported with the whole.
                if properties.is_empty() || !properties.iter().all(|(name, of)| is_split(&(*name, of))) {
                    continue;
                }
                own.remove(&key);
                for (name, (sites, is_required)) in properties {
                    if let Some(other) = others.remove(&(key.0.clone(), name.to_owned())) {
                        self.property_or_parameter(pair, &key.0, is_old, (&sites, is_required), &other);
                    }
                }
            }
        }
    }

    /// Compares a property of an exploded object with a parameter.
    fn property_or_parameter(
        &mut self,
        pair: &OperationPair<'_, 'a>,
        location: &str,
        is_old: bool,
        (property, is_needed): (&Sites<'a>, bool),
        parameter: &Site<'a>,
    ) {
        let what = name(pair, &(location.to_owned(), String::new()), parameter);
        let [was, is] = if is_old {
            [is_needed, is_required(parameter.value)]
        } else {
            [is_required(parameter.value), is_needed]
        };
        if let (Some(rule), Some(property)) =
            (toggled(was, is, [rule!("became-required"), rule!("became-optional")]), property.first())
        {
            let (old, new) = if is_old { (property, parameter) } else { (parameter, property) };
            let draft =
                FindingDraft::changed(rule, &what, old, new).values(Some(was.into()), Some(is.into()));
            self.report(Some(pair), draft.sent(pair.request_direction, "parameter"));
        }
        let schema: Sites<'a> = parameter.get("schema").into_iter().collect();
        let (old, new) = if is_old { (property.clone(), schema) } else { (schema, property.clone()) };
        self.compare_sites(pair, old, new, pair.request_direction, Part::Parameter, &what);
    }

    /// Compares path parameters that have other names than the path: the path has the same places on both sides, so that none of
    /// them comes or goes. What was compared is removed from both maps.
    fn in_path(
        &mut self,
        pair: &OperationPair<'_, 'a>,
        before: &mut BTreeMap<Key, Site<'a>>,
        after: &mut BTreeMap<Key, Site<'a>>,
    ) {
        let only_in = |own: &BTreeMap<Key, Site<'a>>, others: &BTreeMap<Key, Site<'a>>| -> Vec<Key> {
            own.keys().filter(|key| key.0 == "path" && !others.contains_key(*key)).cloned().collect()
        };
        let (gone, more) = (only_in(before, after), only_in(after, before));
        let are_the_same = gone.len() == 1 && more.len() == 1;
        let gone: Vec<Site<'a>> = gone.iter().filter_map(|key| before.remove(key)).collect();
        let more: Vec<(Key, Site<'a>)> =
            more.into_iter().filter_map(|key| after.remove_entry(&key)).collect();
        if let ([old], [(key, new)], true) = (gone.as_slice(), more.as_slice(), are_the_same) {
            self.parameter(pair, key, old, new);
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
        let draft = FindingDraft::removed(rule, name(pair, key, old), old, &pair.new.site);
        self.report(Some(pair), draft.sent(pair.request_direction, "parameter"));
    }

    fn parameter(&mut self, pair: &OperationPair<'_, 'a>, key: &Key, old: &Site<'a>, new: &Site<'a>) {
        let what = name(pair, key, new);
        let place = Value::from(key.0.as_str());
        let is_read = [self.old, self.new].iter().all(|side| Version::of(side.0).has_value("in", &place));
        if !is_read || !matches!(key.0.as_str(), "path" | "query" | "querystring" | "header" | "cookie") {
            return self.unread_parameter(pair, &what, old, new);
        }
        let styles = styles(&key.0, [(self.old, old), (self.new, new)]);
        let mut report = |rule, [before, after]: [Value; 2]| {
            let draft = FindingDraft::changed(rule, &what, old, new).values(Some(before), Some(after));
            self.report(Some(pair), draft.sent(pair.request_direction, "parameter"));
        };
        let mut compare = |key: &str, rules: [Rule; 2]| {
            let [was, is] = [old, new].map(|site| site.value.get(key) == Some(&Value::Bool(true)));
            if let Some(rule) = toggled(was, is, rules) {
                report(rule, [was.into(), is.into()]);
            }
        };
        compare("required", [rule!("became-required"), rule!("became-optional")]);
        compare("allowEmptyValue", [rule!("allow-empty-value-added"), rule!("allow-empty-value-removed")]);
        compare("allowReserved", [rule!("allow-reserved-changed"), rule!("allow-reserved-changed")]);
        if let Some(styles) = styles {
            report(rule!("style-changed"), styles);
        }
        self.compare_lifecycle(pair, &what, old, new, pair.request_direction, "parameter");
        self.compare_docs(pair, &what, old, new);
        self.unread(Some(pair), &what, [old, new], &unread::PARAMETER);
        self.schema_or_content(pair, old, new, pair.request_direction, Part::Parameter, &what);
    }

    /// Reports the change of a parameter of another location, which no version has.
    fn unread_parameter(&mut self, pair: &OperationPair<'_, 'a>, what: &str, old: &Site<'a>, new: &Site<'a>) {
        if signature(self.old, old.value) != signature(self.new, new.value) {
            let draft = FindingDraft::changed(rule!("not-compared"), what, old, new);
            let [one, other] = [old, new].map(|site| Some(site.value.clone()));
            self.report(Some(pair), draft.what("{subject} changed").values(one, other));
        }
    }

    /// Compares the schema of a parameter or a header, or its media types.
    pub(super) fn schema_or_content(
        &mut self,
        pair: &OperationPair<'_, 'a>,
        old: &Site<'a>,
        new: &Site<'a>,
        direction: Direction,
        part: Part,
        what: &str,
    ) {
        let has_content = |site: &Site<'a>| site.value.get("content").is_some();
        if has_content(old) != has_content(new)
            && let (Some(old), Some(new)) = (plain(self.old, old), plain(self.new, new))
        {
            return self.compare_schemas(pair, &old, &new, direction, part, what);
        }
        self.compare_schemas(pair, old, new, direction, part, what);
        self.content(pair, old, new, direction, part, what);
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
            let draft = FindingDraft::changed(change.rule, what, old, new);
            self.report(Some(pair), draft.sent(direction, part).values(change.old, change.new));
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

fn name(pair: &OperationPair<'_, '_>, key: &Key, site: &Site<'_>) -> String {
    let name = site.value.get("name").and_then(Value::as_str).unwrap_or_default();
    pair.subject(&format!("{} parameter `{name}`", key.0))
}

/// How a value is serialized, if that changed: style and explode (OpenAPI 3.1.0 §4.8.12.2), or by media type.
pub(super) fn styles<'a>(
    location: &str,
    [(old, before), (new, after)]: [(Schemas<'a>, &Site<'a>); 2],
) -> Option<[Value; 2]> {
    let is_scalar = is_scalar(old, before) || is_scalar(new, after);
    let has_content = |site: &Site<'a>| site.value.get("content").is_some();
    let is_moved = has_content(before) != has_content(after);
    let style = |schemas, site: &Site<'a>| {
        let is_plain = is_moved && has_content(site) && plain(schemas, site).is_some();
        style(location, site.value, is_scalar || is_plain, is_plain)
    };
    let styles = [style(old, before), style(new, after)];
    (styles[0] != styles[1])
        .then(|| styles.map(|(style, explode)| json!({ "style": style, "explode": explode })))
}

/// The object with the schema of a parameter or a header whose media type, if it has one, writes the value as a style does:
/// `text/plain`, or a number or a boolean as JSON.
fn plain<'a>(schemas: Schemas<'a>, site: &Site<'a>) -> Option<Site<'a>> {
    let Some(content) = site.get("content") else { return Some(site.clone()) };
    let mut entries = content.entries();
    let (media_type, of) = entries.next().filter(|_| content.entries().count() == 1)?;
    let types = of.get("schema").map_or(Types::ALL, |schema| schemas.normal_form(&[schema]).types);
    let is_plain = match essence(media_type).as_str() {
        "text/plain" => !types.meets(Types::ARRAY) && !types.meets(Types::OBJECT),
        "application/json" => Types::NUMBER.or(Types::BOOLEAN).has(types),
        _ => false,
    };
    is_plain.then_some(of)
}

/// The properties of an object that are written as parameters of their own, each with its schemas and whether it is required.
fn exploded_properties<'a>(
    schemas: Schemas<'a>,
    key: &Key,
    site: &Site<'a>,
) -> Vec<(&'a str, (Sites<'a>, bool))> {
    let Some(schema) = site.get("schema") else { return Vec::new() };
    let normal = schemas.normal_form(&[schema]);
    let is_exploded = matches!(key.0.as_str(), "query" | "cookie")
        && style(&key.0, site.value, false, false) == ("form".to_owned(), true);
    if !is_exploded || normal.types != Types::OBJECT || !normal.unions.is_empty() {
        return Vec::new();
    }
    let is_needed = |name: &str| is_required(site.value) && normal.required.contains_key(name);
    normal.properties.iter().map(|(name, sites)| (*name, (sites.clone(), is_needed(name)))).collect()
}

/// Whether a parameter or a header can only be a scalar.
fn is_scalar<'a>(schemas: Schemas<'a>, site: &Site<'a>) -> bool {
    let schema = site.value.get("schema").map(|value| Site { at: below(&site.at, "schema"), value });
    let types = schema.map_or(Types::ALL, |schema| schemas.normal_form(&[schema]).types);
    !types.meets(Types::ARRAY) && !types.meets(Types::OBJECT)
}

/// Style and explode; of a scalar only `label` and `matrix` differ from the other styles.
fn style(location: &str, value: &Value, is_scalar: bool, is_plain: bool) -> (String, bool) {
    if value.get("content").is_some() && !is_plain {
        return ("content".to_owned(), false);
    }
    let is_named = matches!(location, "query" | "cookie");
    let own = value.get("style").and_then(Value::as_str);
    let style = own.unwrap_or(if is_named { "form" } else { "simple" });
    // It encodes nothing (OpenAPI 3.2.0 §4.12.3).
    let is_as_it_is = style == "cookie";
    if is_scalar && !is_as_it_is {
        return (if is_named { "form" } else { style }.to_owned(), false);
    }
    let explode = value.get("explode").and_then(Value::as_bool).unwrap_or(matches!(style, "form" | "cookie"));
    (style.to_owned(), explode && !is_scalar)
}
