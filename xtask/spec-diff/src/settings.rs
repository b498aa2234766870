//! `spec-diff.toml`: overrides of levels, and accepted findings.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use serde_json::Value;

use super::lifecycle::{self, Stability};
use super::operations::{Change, nameless, names};
use super::rules::{Direction, Level, Part, TABLE, in_general};

/// The content of `spec-diff.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Overrides of levels, by the id or the name of a rule.
    #[serde(default)]
    levels: BTreeMap<String, LevelOverride>,
    #[serde(default)]
    accepted: Vec<Accepted>,
    /// The `x-stability-level`s of operations that may change as they like.
    #[serde(default)]
    exempt: BTreeSet<Stability>,
}

/// A level, or `ignore`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum LevelOverride {
    Breaking,
    Warning,
    Info,
    Ignore,
}

/// An accepted finding, and the reason.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accepted {
    pub(crate) fingerprint: String,
    pub(crate) reason: String,
    /// The last day on which it is accepted, such as `2027-06-30`.
    #[serde(default)]
    pub(crate) until: Option<String>,
}

impl Accepted {
    /// Whether its last day has passed.
    pub(crate) fn has_expired(&self) -> bool {
        self.until.as_ref().is_some_and(|until| *until < lifecycle::today())
    }

    /// Why the entry has no effect.
    pub(crate) fn why_stale(&self) -> String {
        match self.until.as_ref().filter(|_| self.has_expired()) {
            Some(until) => format!("expired after {until}"),
            None => "does not occur any more".to_owned(),
        }
    }
}

impl Settings {
    /// Parses the file.
    ///
    /// # Errors
    /// Invalid TOML, unknown keys, or unknown rules.
    pub fn parse(text: &str) -> Result<Self, String> {
        let settings: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let known: BTreeSet<String> =
            rules().into_iter().flat_map(|(id, name, ..)| [id, name.to_owned()]).collect();
        if let Some(name) = settings.levels.keys().find(|name| !known.contains(*name)) {
            return Err(format!("unknown rule `{name}`; `cargo xtask spec-diff --rules` lists all"));
        }
        let mut days = settings.accepted.iter().filter_map(|accepted| accepted.until.as_ref());
        match days.find(|day| !lifecycle::is_day(day)) {
            Some(day) => Err(format!("`until = {day:?}` is not a date such as 2027-06-30")),
            None => Ok(settings),
        }
    }

    /// Overrides levels, removes ignored changes, and sorts the rest, the worst first. What affects only operations of BASE that
    /// are exempt is no more than an `info`.
    pub(crate) fn set_levels(&self, changes: &mut Vec<Change>, base: &Value) {
        let exempt = self.exempt_operations(base);
        changes.retain_mut(|change| {
            let finding = &mut change.finding;
            let set = self.levels.get(&finding.id).or_else(|| self.levels.get(finding.rule.row().name));
            finding.level = match set {
                None => finding.level,
                Some(LevelOverride::Breaking) => Level::Breaking,
                Some(LevelOverride::Warning) => Level::Warning,
                Some(LevelOverride::Info) => Level::Info,
                Some(LevelOverride::Ignore) => return false,
            };
            let names = &change.operations;
            if !names.is_empty() && names.iter().all(|name| exempt.contains(&nameless(name))) {
                finding.level = finding.level.max(Level::Info);
            }
            true
        });
        changes.sort_by_key(|change| change.finding.level);
    }

    /// The operations whose stability is exempt, without the names of path parameters.
    fn exempt_operations(&self, base: &Value) -> BTreeSet<String> {
        if self.exempt.is_empty() {
            return BTreeSet::new();
        }
        names(base, &|lifecycle| {
            lifecycle.stability().is_some_and(|stability| self.exempt.contains(&stability))
        })
    }

    /// Whether a finding is accepted.
    pub(crate) fn accepts(&self, fingerprint: &str) -> bool {
        let mut valid = self.accepted.iter().filter(|accepted| !accepted.has_expired());
        valid.any(|accepted| accepted.fingerprint == fingerprint)
    }

    /// The accepted findings that are no longer found, or are accepted no longer.
    pub(crate) fn stale(&self, found: &BTreeSet<String>) -> Vec<Accepted> {
        let is_stale =
            |accepted: &&Accepted| accepted.has_expired() || !found.contains(&accepted.fingerprint);
        self.accepted.iter().filter(is_stale).cloned().collect()
    }
}

/// All rules: each id, the name of the rule, the level, and why it matters.
pub fn rules() -> Vec<(String, &'static str, Level, String)> {
    let parts = [Part::Body, Part::Property, Part::Parameter, Part::Header].map(Part::name);
    let parts = || parts.into_iter().chain(["required-property", "optional-property"]);
    let mut rules = BTreeMap::new();
    for row in TABLE {
        let rule = super::rules::find(row.name);
        for direction in [Direction::Request, Direction::Response] {
            for part in parts() {
                let id = rule.id(direction, &format!("{}-{part}", direction.name()));
                rules.insert((id, row.name), (rule.level(direction), in_general(rule.why(direction))));
            }
        }
    }
    rules.into_iter().map(|((id, name), (level, why))| (id, name, level, why)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acceptance_ends_after_its_last_day() {
        let entry = |fingerprint: &str, until: &str| {
            format!("[[accepted]]\nfingerprint = {fingerprint:?}\nreason = \"r\"\n{until}\n")
        };
        let text =
            entry("a", "") + &entry("b", "until = \"9999-12-31\"") + &entry("c", "until = \"2020-01-01\"");
        let settings = Settings::parse(&text).expect("it is right");
        assert_eq!(["a", "b", "c", "d"].map(|name| settings.accepts(name)), [true, true, false, false]);
        let found = ["b", "c"].map(str::to_owned).into();
        let stale: Vec<String> = settings
            .stale(&found)
            .iter()
            .map(|one| format!("{} {}", one.fingerprint, one.why_stale()))
            .collect();
        assert_eq!(stale, ["a does not occur any more", "c expired after 2020-01-01"]);
    }

    #[test]
    fn a_rule_is_known_by_its_id_and_by_its_name() {
        let text = "[levels]\nmax-length-set = \"breaking\"\nrequest-body-max-length-set = \"ignore\"\n";
        assert_eq!(Settings::parse(text).expect("it is right").levels.len(), 2);
        for (text, expected) in [
            ("[levels]\nnothing = \"info\"\n", "unknown rule `nothing`"),
            ("[levels]\nmax-length-set = \"bad\"\n", "unknown variant `bad`"),
            ("[[accepted]]\nfingerprint = \"a\"\n", "missing field `reason`"),
            ("[[accepted]]\nfingerprint = \"a\"\nreason = \"r\"\nuntil = \"soon\"\n", "is not a date"),
            ("[[accepted]]\nfingerprint = \"a\"\nreason = \"r\"\nuntil = \"2027-02-30\"\n", "is not a date"),
        ] {
            let error = Settings::parse(text).expect_err("it is wrong");
            assert!(error.contains(expected), "{error}");
        }
    }
}
