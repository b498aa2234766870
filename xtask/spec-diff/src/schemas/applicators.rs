//! Compares keywords that apply schemas to a part of the value or conditionally, and discriminators.

use std::collections::{BTreeMap, BTreeSet};

use relay_rest_codegen::document::graph::mapping_target;
use serde_json::Value;

use super::{ConditionalFinding, Pair, SchemaComparison};
use crate::normal::{At, Flag, NormalSchema, Site, Sites, below};
use crate::rules::{Location, Rule, rule};

/// A keyword, and the rules for its changes.
struct Applicator {
    keyword: &'static str,
    added: Rule,
    removed: Rule,
    form: Form,
}

/// The value of the keyword, and how it affects what the whole schema allows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A schema. A narrower one makes the whole narrower.
    Schema,
    /// Such schemas by name.
    Schemas,
    /// Such schemas in order.
    List,
    /// Lists of names by name.
    Names,
    /// A schema whose change may narrow or widen the whole, reported by this rule.
    Test(Rule),
}

macro_rules! applicators {
    ($($keyword:literal $name:literal $form:expr),+ $(,)?) => {
        [$(Applicator {
            keyword: $keyword,
            added: rule!(concat!($name, "-added")),
            removed: rule!(concat!($name, "-removed")),
            form: $form,
        }),+]
    };
}

const APPLICATORS: [Applicator; 12] = applicators![
    "not" "not" Form::Test(rule!("not-changed")),
    "if" "if" Form::Test(rule!("if-changed")),
    "then" "then" Form::Schema,
    "else" "else" Form::Schema,
    "contains" "contains" Form::Schema,
    "contentSchema" "content-schema" Form::Schema,
    "propertyNames" "property-names" Form::Schema,
    "unevaluatedItems" "unevaluated-items" Form::Schema,
    "patternProperties" "pattern-property" Form::Schemas,
    "dependentSchemas" "dependent-schema" Form::Schemas,
    "prefixItems" "prefix-items" Form::List,
    "dependentRequired" "dependent-required" Form::Names,
];

impl<'a> SchemaComparison<'a> {
    pub(super) fn applicators(
        &mut self,
        node: usize,
        pair: &Pair<'a>,
        old: &NormalSchema<'a>,
        new: &NormalSchema<'a>,
    ) {
        let none = Sites::new();
        for applicator in &APPLICATORS {
            let before = old.applicators.get(applicator.keyword).unwrap_or(&none);
            let after = new.applicators.get(applicator.keyword).unwrap_or(&none);
            match applicator.form {
                Form::Schema | Form::Test(_) => self.compare_unnamed(node, pair, applicator, before, after),
                Form::Names => {
                    let (before, after) = (names(before), names(after));
                    self.added_and_removed(node, pair, applicator, &before, &after);
                }
                Form::Schemas | Form::List => {
                    let (before, after) = (entries(before), entries(after));
                    let is_closed = old.is(Flag::Closed) && new.is(Flag::Closed);
                    if applicator.keyword == "patternProperties" && is_closed {
                        // In a closed object, a pattern allows properties; elsewhere it constrains them.
                        let allows = Applicator {
                            added: rule!("pattern-property-allowed"),
                            removed: rule!("pattern-property-refused"),
                            ..*applicator
                        };
                        self.added_and_removed(node, pair, &allows, &before, &after);
                    } else {
                        self.added_and_removed(node, pair, applicator, &before, &after);
                    }
                    for (key, one) in &before {
                        if let Some(other) = after.get(key) {
                            let what = format!("`{}` of", applicator.keyword);
                            self.compare_subschemas(
                                node,
                                pair,
                                &what,
                                &vec![one.clone()],
                                &vec![other.clone()],
                            );
                        }
                    }
                }
            }
        }
    }

    /// Matches schemas that all apply: first equal ones, then the rest in order.
    fn compare_unnamed(
        &mut self,
        node: usize,
        pair: &Pair<'a>,
        applicator: &Applicator,
        old: &Sites<'a>,
        new: &Sites<'a>,
    ) {
        let mut left: Vec<&Site<'a>> = new.iter().collect();
        let mut gone = Vec::new();
        for site in old {
            match left.iter().position(|other| other.value == site.value) {
                Some(same) => self.compare_values(node, pair, applicator, site, left.remove(same)),
                None => gone.push(site),
            }
        }
        let mut left = left.into_iter();
        for site in gone {
            match left.next() {
                Some(other) => self.compare_values(node, pair, applicator, site, other),
                None => {
                    self.report_keyword(node, pair, applicator.removed, applicator.keyword, Some(site), None)
                }
            }
        }
        for site in left {
            self.report_keyword(node, pair, applicator.added, applicator.keyword, None, Some(site));
        }
    }

    /// Compares two values of a keyword.
    fn compare_values(
        &mut self,
        node: usize,
        pair: &Pair<'a>,
        applicator: &Applicator,
        old: &Site<'a>,
        new: &Site<'a>,
    ) {
        let (before, after) = (vec![old.clone()], vec![new.clone()]);
        match applicator.form {
            Form::Test(changed) => {
                let at = self.compare(Pair { old: before, new: after, ..pair.clone() });
                let value = |site: &Site<'_>| Some(site.value.clone());
                let (old_at, new_at) = (Location::at(&old.at), Location::at(&new.at));
                let finding = pair.finding(changed, old_at, new_at, value(old), value(new));
                self.conditional.push(ConditionalFinding { node, at, finding });
            }
            _ => {
                self.compare_subschemas(node, pair, &format!("`{}` of", applicator.keyword), &before, &after)
            }
        }
    }

    /// Reports the entries that only one side has.
    fn added_and_removed(
        &mut self,
        node: usize,
        pair: &Pair<'a>,
        applicator: &Applicator,
        old: &BTreeMap<String, Site<'a>>,
        new: &BTreeMap<String, Site<'a>>,
    ) {
        for (_, gone) in old.iter().filter(|(key, _)| !new.contains_key(*key)) {
            self.report_keyword(node, pair, applicator.removed, applicator.keyword, Some(gone), None);
        }
        for (_, more) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
            self.report_keyword(node, pair, applicator.added, applicator.keyword, None, Some(more));
        }
    }

    fn report_keyword(
        &mut self,
        node: usize,
        pair: &Pair<'a>,
        rule: Rule,
        keyword: &'static str,
        old: Option<&Site<'a>>,
        new: Option<&Site<'a>>,
    ) {
        let location = |site: Option<&Site<'_>>, at: Option<&At>| match site {
            Some(site) => Location::at(&site.at),
            None => Location { keyword: Some(keyword), ..Location::absent(at) },
        };
        let value = |site: Option<&Site<'_>>| site.map(|site| site.value.clone());
        let (old_at, new_at) = (location(old, pair.old_at()), location(new, pair.new_at()));
        self.report(node, pair.finding(rule, old_at, new_at, value(old), value(new)));
    }
}

/// The schemas of a map or a list, by name or index.
fn entries<'a>(sites: &Sites<'a>) -> BTreeMap<String, Site<'a>> {
    let mut entries = BTreeMap::new();
    for site in sites {
        match site.value {
            Value::Object(map) => entries.extend(
                map.iter().map(|(name, value)| (name.clone(), Site { at: below(&site.at, name), value })),
            ),
            Value::Array(items) => entries.extend(items.iter().enumerate().map(|(index, value)| {
                (format!("{index:04}"), Site { at: below(&site.at, &index.to_string()), value })
            })),
            _ => {}
        }
    }
    entries
}

/// The pairs of `dependentRequired`: a property, and one that it requires.
fn names<'a>(sites: &Sites<'a>) -> BTreeMap<String, Site<'a>> {
    let mut names = BTreeMap::new();
    for site in sites {
        for (name, needed) in site.value.as_object().into_iter().flatten() {
            let at = below(&site.at, name);
            for value in needed.as_array().into_iter().flatten() {
                names.insert(format!("{name} {value}"), Site { at: at.clone(), value });
            }
        }
    }
    names
}

impl<'a> SchemaComparison<'a> {
    /// Compares the discriminators of unions.
    pub(super) fn discriminators(
        &mut self,
        node: usize,
        pair: &Pair<'a>,
        old: &NormalSchema<'a>,
        new: &NormalSchema<'a>,
    ) {
        let keyword = "discriminator";
        let (before, after) = match (&old.discriminator, &new.discriminator) {
            (None, None) => return,
            (None, Some(site)) => {
                return self.report_keyword(
                    node,
                    pair,
                    rule!("discriminator-added"),
                    keyword,
                    None,
                    Some(site),
                );
            }
            (Some(site), None) => {
                return self.report_keyword(
                    node,
                    pair,
                    rule!("discriminator-removed"),
                    keyword,
                    Some(site),
                    None,
                );
            }
            (Some(before), Some(after)) => (before, after),
        };
        if before.value.get("propertyName") != after.value.get("propertyName") {
            let rule = rule!("discriminator-property-name-changed");
            self.report_keyword(node, pair, rule, keyword, Some(before), Some(after));
        }
        let mapping = |site: &Site<'a>| -> BTreeMap<&'a str, Site<'a>> {
            let site = Site { at: below(&site.at, keyword), value: site.value };
            site.get("mapping").into_iter().flat_map(|mapping| mapping.entries()).collect()
        };
        let (targets, others) = (mapping(before), mapping(after));
        let keys: BTreeSet<_> = targets.keys().chain(others.keys()).collect();
        for key in keys {
            match (targets.get(key), others.get(key)) {
                (Some(gone), None) => {
                    let rule = rule!("discriminator-mapping-deleted");
                    self.report_keyword(node, pair, rule, keyword, Some(gone), None);
                }
                (None, Some(more)) => {
                    let rule = rule!("discriminator-mapping-added");
                    self.report_keyword(node, pair, rule, keyword, None, Some(more));
                }
                (Some(one), Some(other)) => self.compare_mapping_targets(node, pair, one, other),
                (None, None) => {}
            }
        }
    }

    /// Reports a mapping that has another target, if that differs from the old one.
    fn compare_mapping_targets(&mut self, node: usize, pair: &Pair<'a>, old: &Site<'a>, new: &Site<'a>) {
        let target = |site: &Site<'_>| Some(mapping_target(site.value.as_str()?).to_string());
        let (Some(one), Some(other)) = (target(old), target(new)) else { return };
        if one == other {
            return;
        }
        let value = |site: &Site<'_>| Some(site.value.clone());
        let finding = pair.finding(
            rule!("discriminator-mapping-changed"),
            Location::at(&old.at),
            Location::at(&new.at),
            value(old),
            value(new),
        );
        match (self.old.site(&one), self.new.site(&other)) {
            (Some(one), Some(other)) => {
                let at = self.compare(Pair { old: vec![one], new: vec![other], ..pair.clone() });
                self.conditional.push(ConditionalFinding { node, at, finding });
            }
            _ => self.report(node, finding),
        }
    }
}
