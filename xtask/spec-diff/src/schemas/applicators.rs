//! Compares keywords that apply schemas to a part of the value or conditionally, and discriminators.

use std::collections::{BTreeMap, BTreeSet};
use std::slice;

use relay_rest_codegen::document::graph::mapping_target;
use relay_rest_codegen::document::is_extension;

use super::{ConditionalFinding, Pair, PairComparison, Proof, values_at};
use crate::normal::{At, NormalSchema, Site, Sites, below};
use crate::rules::{Finding, Location, Rule, Step, rule, toggled};

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

impl Applicator {
    /// The step to a schema of the keyword.
    fn step(&self) -> Step {
        match self.keyword {
            "contains" | "prefixItems" | "unevaluatedItems" => Step::Items,
            "patternProperties" => Step::Additional,
            "propertyNames" => Step::Names,
            keyword => Step::Keyword(keyword),
        }
    }
}

impl<'a> PairComparison<'_, 'a> {
    pub(super) fn applicators(&mut self) {
        let Self { old, new, .. } = *self;
        let none = Sites::new();
        let has = |normal: &NormalSchema<'a>, keyword: &str| normal.applicators.contains_key(keyword);
        // Which items are evaluated depends on these.
        let is_evaluated_anew =
            ["contains", "prefixItems"].iter().any(|keyword| has(old, keyword) != has(new, keyword));
        if is_evaluated_anew && has(old, "unevaluatedItems") && has(new, "unevaluatedItems") {
            let sides = [(self.pair.old_at(), old), (self.pair.new_at(), new)]
                .map(|(at, normal)| (at, Some(normal.applicators["unevaluatedItems"][0].value.clone())));
            let (rule, keyword) = (rule!("keyword-changed"), "unevaluatedItems");
            self.report(self.pair.keyword_finding_of(rule, keyword, &format!("`{keyword}`"), sides));
        }
        for applicator in &APPLICATORS {
            let before = old.applicators.get(applicator.keyword).unwrap_or(&none);
            let after = new.applicators.get(applicator.keyword).unwrap_or(&none);
            match applicator.form {
                Form::Schema | Form::Test(_) => self.compare_unnamed(applicator, before, after),
                Form::Names => self.added_and_removed(applicator, &names(before), &names(after)),
                Form::Schemas | Form::List => {
                    let (before, after) = (entries(before), entries(after));
                    let is_closed = old.patterns_allow() && new.patterns_allow();
                    if applicator.keyword == "patternProperties" && is_closed {
                        // In a closed object, a pattern allows properties; elsewhere it constrains them.
                        let allows = Applicator {
                            added: rule!("pattern-property-allowed"),
                            removed: rule!("pattern-property-refused"),
                            ..*applicator
                        };
                        self.added_and_removed(&allows, &first(&before), &first(&after));
                    } else {
                        self.added_and_removed(applicator, &first(&before), &first(&after));
                    }
                    for (key, one) in &before {
                        if let Some(other) = after.get(key) {
                            self.compare_subschemas(applicator.step(), one, other);
                            if applicator.keyword == "dependentSchemas" {
                                self.properties_in_both(one, other);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Matches schemas that all apply: first equal ones, then the rest in order.
    fn compare_unnamed(&mut self, applicator: &Applicator, old: &Sites<'a>, new: &Sites<'a>) {
        let mut left: Vec<&Site<'a>> = new.iter().collect();
        let mut gone = Vec::new();
        for site in old {
            match left.iter().position(|other| other.value == site.value) {
                Some(same) => self.compare_values(applicator, site, left.remove(same)),
                None => gone.push(site),
            }
        }
        let mut left = left.into_iter();
        for site in gone {
            match left.next() {
                Some(other) => self.compare_values(applicator, site, other),
                None => self.report_sites(applicator.removed, applicator.keyword, "", Some(site), None),
            }
        }
        for site in left {
            self.report_sites(applicator.added, applicator.keyword, "", None, Some(site));
        }
    }

    /// Compares two values of a keyword.
    fn compare_values(&mut self, applicator: &Applicator, old: &Site<'a>, new: &Site<'a>) {
        let (before, after) = (slice::from_ref(old), slice::from_ref(new));
        let has_limit = [self.old, self.new].iter().any(|normal| normal.bounds.contains_key("maxContains"));
        match applicator.form {
            // A match more may be one too many.
            _ if applicator.keyword == "contains" && has_limit => {
                let at = [Location::at(&old.at), Location::at(&new.at)];
                let rule = rule!("keyword-changed");
                let finding = self.pair.finding(rule, "`contains`", at, values_at(old, new));
                self.report_if_changed(before, after, finding);
            }
            Form::Test(changed) => {
                let at = [Location::at(&old.at), Location::at(&new.at)];
                let finding = self.pair.finding(changed, "", at, values_at(old, new));
                self.report_if_changed(before, after, finding);
            }
            _ => {
                self.compare_subschemas(applicator.step(), before, after);
                if matches!(applicator.keyword, "then" | "else") {
                    self.properties_in_both(before, after);
                }
            }
        }
    }

    /// Reports a finding if the comparison of two schemas finds a change.
    fn report_if_changed(&mut self, old: &[Site<'a>], new: &[Site<'a>], finding: Finding) {
        // What is proved about the whole is not proved about them.
        let at = self.all.compare(Pair { proof: Proof::Nothing, ..self.pair.of(old, new) });
        self.all.conditional.push(ConditionalFinding { node: self.node, at, finding });
    }

    /// Reports the entries that only one side has.
    fn added_and_removed(
        &mut self,
        applicator: &Applicator,
        old: &BTreeMap<String, Site<'a>>,
        new: &BTreeMap<String, Site<'a>>,
    ) {
        let what = |key: &String, site: &Site<'a>| match applicator.form {
            Form::Names => {
                let needed = site.value.as_str().unwrap_or_default();
                format!("`{needed}` where `{}` is present", key.split('\n').next().unwrap_or_default())
            }
            Form::List => format!(" at index {}", key.trim_start_matches('0').parse().unwrap_or(0)),
            _ => format!(" (`{key}`)"),
        };
        for (key, gone) in old.iter().filter(|(key, _)| !new.contains_key(*key)) {
            self.report_sites(applicator.removed, applicator.keyword, &what(key, gone), Some(gone), None);
        }
        for (key, more) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
            self.report_sites(applicator.added, applicator.keyword, &what(key, more), None, Some(more));
        }
    }

    /// Reports the change of a keyword, or of an entry of it, whose values are at these sites.
    fn report_sites(
        &mut self,
        rule: Rule,
        keyword: &'static str,
        what: &str,
        old: Option<&Site<'a>>,
        new: Option<&Site<'a>>,
    ) {
        let location = |site: Option<&Site<'_>>, at: Option<&At>| match site {
            Some(site) => Location::at(&site.at),
            None => Location { keyword: Some(keyword), ..Location::absent(at) },
        };
        let at = [location(old, self.pair.old_at()), location(new, self.pair.new_at())];
        let values = [old, new].map(|site| site.map(|site| site.value.clone()));
        self.report(self.pair.finding(rule, what, at, values));
    }

    /// Compares the discriminators of unions.
    pub(super) fn discriminators(&mut self) {
        let Self { old, new, .. } = *self;
        let keyword = "discriminator";
        let (before, after) = match (&old.discriminator, &new.discriminator) {
            (Some(before), Some(after)) => (before, after),
            (before, after) => {
                let rules = [rule!("discriminator-added"), rule!("discriminator-removed")];
                if let Some(rule) = toggled(before.is_some(), after.is_some(), rules) {
                    self.report_sites(rule, keyword, "", before.as_ref(), after.as_ref());
                }
                return;
            }
        };
        let names = [before, after].map(|site| site.value.get("propertyName").cloned());
        if names[0] != names[1] {
            let at = [before, after].map(|site| Location::at(&site.at));
            self.report(self.pair.finding(rule!("discriminator-property-name-changed"), "", at, names));
        }
        let rest = |site: &Site<'a>| {
            let is_read =
                |key: &str| matches!(key, "propertyName" | "mapping" | "defaultMapping") || is_extension(key);
            let rest = site.value.as_object().into_iter().flatten().filter(|(key, _)| !is_read(key));
            rest.map(|(key, value)| (key.clone(), value.clone())).collect::<BTreeMap<_, _>>()
        };
        let [one, other] = [rest(before), rest(after)];
        if one != other {
            let at = [before, after].map(|site| Location::at(&site.at));
            let names: Vec<&String> = one.keys().chain(other.keys()).collect();
            let what = format!("`discriminator.{}`", names[0]);
            self.report(self.pair.finding(rule!("keyword-changed"), &what, at, values_at(before, after)));
        }
        let mapping = |site: &Site<'a>| -> BTreeMap<&'a str, Site<'a>> {
            let site = Site { at: below(&site.at, keyword), value: site.value };
            site.get("mapping").into_iter().flat_map(|mapping| mapping.entries()).collect()
        };
        let (targets, others) = (mapping(before), mapping(after));
        let keys: BTreeSet<_> = targets.keys().chain(others.keys()).collect();
        for key in keys {
            self.compare_mapping(&format!("`{key}`"), targets.get(key), others.get(key));
        }
        let default =
            |site: &Site<'a>| Site { at: below(&site.at, keyword), value: site.value }.get("defaultMapping");
        self.compare_mapping("all other values", default(before).as_ref(), default(after).as_ref());
    }

    /// Compares what a discriminator maps to a schema.
    fn compare_mapping(&mut self, what: &str, old: Option<&Site<'a>>, new: Option<&Site<'a>>) {
        if let (Some(old), Some(new)) = (old, new) {
            return self.compare_mapping_targets(what, old, new);
        }
        let rules = [rule!("discriminator-mapping-added"), rule!("discriminator-mapping-deleted")];
        if let Some(rule) = toggled(old.is_some(), new.is_some(), rules) {
            self.report_sites(rule, "discriminator", what, old, new);
        }
    }

    /// Reports a mapping that has another target, if that differs from the old one.
    fn compare_mapping_targets(&mut self, what: &str, old: &Site<'a>, new: &Site<'a>) {
        let target = |site: &Site<'_>| Some(mapping_target(site.value.as_str()?).to_string());
        let (Some(one), Some(other)) = (target(old), target(new)) else { return };
        if one == other {
            return;
        }
        let at = [Location::at(&old.at), Location::at(&new.at)];
        let rule = rule!("discriminator-mapping-changed");
        let finding = self.pair.finding(rule, what, at, values_at(old, new));
        match (self.all.old.site(&one), self.all.new.site(&other)) {
            (Some(one), Some(other)) => self.report_if_changed(&[one], &[other], finding),
            _ => self.report(finding),
        }
    }
}

/// The schemas of a map or a list, by name or index.
fn entries<'a>(sites: &Sites<'a>) -> BTreeMap<String, Sites<'a>> {
    let mut entries: BTreeMap<String, Sites<'a>> = BTreeMap::new();
    for site in sites {
        for (name, site) in site.entries() {
            entries.entry(name.to_owned()).or_default().push(site);
        }
        for (index, value) in site.value.as_array().into_iter().flatten().enumerate() {
            let at = below(&site.at, &index.to_string());
            entries.entry(format!("{index:04}")).or_default().push(Site { at, value });
        }
    }
    entries
}

/// The first site of each entry, which is where its addition or removal is reported.
fn first<'a>(entries: &BTreeMap<String, Sites<'a>>) -> BTreeMap<String, Site<'a>> {
    entries.iter().filter_map(|(name, sites)| Some((name.clone(), sites.first()?.clone()))).collect()
}

/// The pairs of `dependentRequired`: a property, and one that it requires.
fn names<'a>(sites: &Sites<'a>) -> BTreeMap<String, Site<'a>> {
    let mut names = BTreeMap::new();
    for site in sites {
        for (name, needed) in site.entries() {
            for value in needed.value.as_array().into_iter().flatten() {
                names.insert(format!("{name}\n{value}"), Site { at: needed.at.clone(), value });
            }
        }
    }
    names
}
