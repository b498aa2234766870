//! Compares assertions on the value itself, such as types and formats, and annotations. Must not descend into subschemas.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{KeywordValue, Pair, PairComparison};
use crate::lifecycle::{self, Lifecycle};
use crate::normal::{At, Flag, NormalSchema, Site, Sites, Types, canonical};
use crate::rules::{Finding, Location, Part, Rule, rule, toggled};

impl PairComparison<'_, '_> {
    pub(super) fn assertions(&mut self) {
        let Self { pair, old, new, .. } = *self;
        docs(pair, &old.docs, &new.docs).into_iter().for_each(|finding| self.report(finding));
        for (flag, rules) in [
            (Flag::Never, [rule!("became-impossible"), rule!("became-possible")]),
            (Flag::Unresolved, [rule!("reference-broken"), rule!("reference-repaired")]),
        ] {
            if old.is(flag) || new.is(flag) {
                return self.compare_flag(flag, rules);
            }
        }
        self.types(old, new);
        self.values(old, new);
        // Listed values are filtered by the other assertions already, so a change from or to a list is reported once.
        if old.values.is_some() == new.values.is_some() {
            self.formats(old, new);
            self.bounds(old, new);
            self.patterns(old, new);
            self.multiples(old, new);
            // Without any constraint, it was not known to be a string.
            if [old, new]
                .iter()
                .all(|normal| normal.constrains_beyond_unions() || !normal.contents.is_empty())
            {
                self.contents(old, new);
            }
        }
        let not_write_only = rule!(
            if pair.is_required => "required-became-not-write-only", else "became-not-write-only"
        );
        for (flag, rules) in [
            (Flag::UniqueItems, [rule!("unique-items-set"), rule!("unique-items-unset")]),
            (Flag::Closed, [rule!("additional-properties-closed"), rule!("additional-properties-opened")]),
            (Flag::ReadOnly, [rule!("became-read-only"), rule!("became-not-read-only")]),
            (Flag::WriteOnly, [rule!("became-write-only"), not_write_only]),
        ] {
            self.compare_flag(flag, rules);
        }
        self.compare_lifecycle(old, new);
        self.default(old, new);
        self.unknown(old, new);
    }

    fn compare_flag(&mut self, flag: Flag, rules: [Rule; 2]) {
        let Self { pair, old, new, .. } = *self;
        let Some(rule) = toggled(old.is(flag), new.is(flag), rules) else { return };
        let keyword = match flag {
            Flag::Never => "not",
            Flag::Unresolved => "$ref",
            Flag::UniqueItems => "uniqueItems",
            Flag::Closed => "additionalProperties",
            Flag::ReadOnly => "readOnly",
            Flag::WriteOnly => "writeOnly",
        };
        let (before, after) = (old.flags.get(&flag), new.flags.get(&flag));
        let [one, other] = [(self.all.old, before, &pair.old), (self.all.new, after, &pair.new)]
            .map(|(schemas, at, sites)| schemas.keyword_at(at, sites, keyword));
        let whole = |sites: &Sites<'_>| sites.first().map(|site| site.value.clone());
        let (one, other) =
            if flag == Flag::Never { (whole(&pair.old), whole(&pair.new)) } else { (one, other) };
        let mut finding = pair.keyword_finding(rule, keyword, (before, one), (after, other));
        if matches!(flag, Flag::ReadOnly | Flag::WriteOnly) && pair.part == Part::Property {
            let necessity = if pair.is_required { "required" } else { "optional" };
            let direction = pair.direction;
            finding.id = rule.id(direction, &format!("{}-{necessity}-property", direction.name()));
        }
        self.report(finding);
    }

    fn types(&mut self, old: &NormalSchema<'_>, new: &NormalSchema<'_>) {
        let (mut before, mut after) = (old.types, new.types);
        if old.is_null_unclear || new.is_null_unclear {
            (before, after) = (before.without(Types::NULL), after.without(Types::NULL));
        }
        let is_text = matches!(self.pair.part, Part::Parameter | Part::Header);
        // Listed values imply their types.
        let is_implied =
            old.values.is_some() && after.has(before) || new.values.is_some() && before.has(after);
        if before == after || (is_implied && before.meets(Types::NULL) == after.meets(Types::NULL)) {
            return;
        }
        let mut report = |rule, before: Types, after: Types| {
            let (before, after) = ((old.types_at(), before.shown()), (new.types_at(), after.shown()));
            self.report_keyword(rule, "type", before, after);
        };
        let rules = [rule!("became-nullable"), rule!("became-not-nullable")];
        if before != Types::ALL
            && after != Types::ALL
            && let Some(rule) = toggled(before.meets(Types::NULL), after.meets(Types::NULL), rules)
        {
            let others = (before.without(Types::NULL), after.without(Types::NULL));
            if others.0 != Types::NONE && others.1 != Types::NONE {
                report(rule, before, after);
                (before, after) = others;
                if before == after || is_implied {
                    return;
                }
            }
        }
        let is_list = before.count() > 1 && after.count() > 1 || before.count() != after.count();
        let is_list = is_list && before != Types::ALL && after != Types::ALL;
        let rule = match (after.has(before), before.has(after)) {
            (true, _) if is_list => rule!("list-of-types-widened"),
            (true, _) => rule!("type-generalized"),
            (_, true) if is_list => rule!("list-of-types-narrowed"),
            (_, true) => rule!("type-specialized"),
            // Parameters and headers are strings on the wire, so a string allows every scalar.
            _ if is_text && is_scalar(before) && after.meets(Types::STRING) => rule!("type-generalized"),
            _ => rule!("type-changed"),
        };
        report(rule, before, after);
    }

    fn formats(&mut self, old: &NormalSchema<'_>, new: &NormalSchema<'_>) {
        let rules = [rule!("format-added"), rule!("format-removed"), rule!("format-changed")];
        let is_in = |narrow, wide| {
            let has = |normal: &NormalSchema<'_>, format| normal.formats.contains_key(format);
            has(old, narrow) && has(new, wide)
        };
        let widened = is_in("int32", "int64") || is_in("float", "double");
        let narrowed = is_in("int64", "int32") || is_in("double", "float");
        let rules = match (widened, narrowed) {
            (true, _) => [rules[0], rules[1], rule!("format-removed")],
            (_, true) => [rules[0], rules[1], rule!("format-added")],
            _ => rules,
        };
        // A format that the bounds of the other side imply did not change; the bounds did, and are compared.
        fn not_implied<'a>(normal: &NormalSchema<'a>, other: &NormalSchema<'_>) -> BTreeMap<&'a str, At> {
            let implied = other.implied_formats();
            let formats = normal.formats.iter().filter(|(format, _)| !implied.contains(format));
            formats.map(|(format, at)| (*format, at.clone())).collect()
        }
        self.compare_sets("format", &not_implied(old, new), &not_implied(new, old), rules, |format| {
            json!(format)
        });
    }

    fn patterns(&mut self, old: &NormalSchema<'_>, new: &NormalSchema<'_>) {
        let rules = [rule!("pattern-added"), rule!("pattern-removed"), rule!("pattern-changed")];
        self.compare_sets("pattern", &old.patterns, &new.patterns, rules, |pattern| json!(pattern));
    }

    fn contents(&mut self, old: &NormalSchema<'_>, new: &NormalSchema<'_>) {
        for (keyword, rule) in [
            ("contentEncoding", rule!("content-encoding-changed")),
            ("contentMediaType", rule!("content-media-type-changed")),
        ] {
            let (before, after) = (old.contents.get(keyword), new.contents.get(keyword));
            if before.map(|(content, _)| content) != after.map(|(content, _)| content) {
                let [before, after] =
                    [before, after].map(|content| content.map(|(content, at)| (at, json!(content))).unzip());
                self.report_keyword(rule, keyword, before, after);
            }
        }
    }

    /// Compares two sets of values that are all asserted, such as patterns.
    pub(super) fn compare_sets<K: Ord>(
        &mut self,
        keyword: &'static str,
        old: &BTreeMap<K, At>,
        new: &BTreeMap<K, At>,
        [added, removed, changed]: [Rule; 3],
        value: impl Fn(&K) -> Value,
    ) {
        let gone = old.iter().find(|(key, _)| !new.contains_key(key));
        let more = new.iter().find(|(key, _)| !old.contains_key(key));
        let rule = match (gone, more) {
            (None, None) => return,
            (None, Some(_)) => added,
            (Some(_), None) => removed,
            (Some(_), Some(_)) => changed,
        };
        let [gone, more] = [gone, more].map(|one| one.map(|(key, at)| (at, value(key))).unzip());
        self.report_keyword(rule, keyword, gone, more);
    }

    fn compare_lifecycle(&mut self, old: &NormalSchema<'_>, new: &NormalSchema<'_>) {
        fn at<'s>(normal: &'s NormalSchema<'_>) -> Option<&'s At> {
            normal.lifecycle.as_ref().map(|(at, _)| at)
        }
        fn lifecycle_of<'a>(normal: &NormalSchema<'a>) -> Lifecycle<'a> {
            normal.lifecycle.as_ref().map(|(_, map)| Lifecycle::of(map)).unwrap_or_default()
        }
        for change in lifecycle::compare(&lifecycle_of(old), &lifecycle_of(new)) {
            self.report_keyword(change.rule, "deprecated", (at(old), change.old), (at(new), change.new));
        }
    }

    fn default(&mut self, old: &NormalSchema<'_>, new: &NormalSchema<'_>) {
        let is_parameter = self.pair.part == Part::Parameter;
        let rule = match (&old.default, &new.default) {
            (None, None) => return,
            (Some(before), Some(after)) if canonical(before.value) == canonical(after.value) => return,
            (None, Some(_)) if is_parameter => rule!("parameter-default-value-added"),
            (Some(_), None) if is_parameter => rule!("parameter-default-value-removed"),
            (Some(_), Some(_)) if is_parameter => rule!("parameter-default-value-changed"),
            (None, Some(_)) => rule!("default-value-added"),
            (Some(_), None) => rule!("default-value-removed"),
            (Some(_), Some(_)) => rule!("default-value-changed"),
        };
        let [before, after] = [&old.default, &new.default].map(|site| keyword_value(site.as_ref()));
        self.report_keyword(rule, "default", before, after);
    }

    fn unknown(&mut self, old: &NormalSchema<'_>, new: &NormalSchema<'_>) {
        let names =
            old.unknown.keys().chain(new.unknown.keys().filter(|key| !old.unknown.contains_key(*key)));
        for name in names {
            let (before, after) = (old.unknown.get(name), new.unknown.get(name));
            let is_changed = match (*name, before, after) {
                ("$dynamicRef" | "$recursiveRef", Some(before), Some(after)) => {
                    let targets = self.all.old.dynamic_targets(before.value);
                    targets != self.all.new.dynamic_targets(after.value)
                        || targets.is_empty() && before.value != after.value
                }
                _ => before.map(|site| site.value) != after.map(|site| site.value),
            };
            if is_changed {
                let sides = [keyword_value(before), keyword_value(after)];
                let rule = rule!("keyword-changed");
                self.report(self.pair.keyword_finding_of(rule, "", &format!("`{name}`"), sides));
            }
        }
    }
}

/// Compares documentation keywords.
pub(super) fn docs<'a>(pair: &Pair<'a>, old: &Docs<'a>, new: &Docs<'a>) -> Vec<Finding> {
    let keywords = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key)));
    let changed = |keyword: &&'static str| {
        let (before, after) = (old.get(keyword), new.get(keyword));
        if before.map(|site| site.value) == after.map(|site| site.value) {
            return None;
        }
        let location = |site: Option<&Site<'_>>, at: Option<&At>| Location {
            keyword: Some(keyword),
            ..site.map_or_else(|| Location::absent(at), |site| Location::at(&site.at))
        };
        let at = [location(before, pair.old_at()), location(after, pair.new_at())];
        let values = [before, after].map(|site| site.map(|site| site.value.clone()));
        let finding = pair.finding(rule!("docs-changed"), &format!("`{keyword}`"), at, values);
        Some(Finding { direction: None, ..finding })
    };
    keywords.filter_map(changed).collect()
}

/// Documentation, by keyword.
type Docs<'a> = BTreeMap<&'static str, Site<'a>>;

fn keyword_value<'s>(site: Option<&'s Site<'_>>) -> KeywordValue<'s> {
    site.map(|site| (&site.at, site.value.clone())).unzip()
}

/// Whether all types can be written as a string in a parameter.
fn is_scalar(types: Types) -> bool {
    !types.meets(Types::ARRAY) && !types.meets(Types::OBJECT)
}
