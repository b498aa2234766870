//! `spec-diff.toml`: overrides of levels, and accepted findings.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::operations::Change;
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
        match settings.levels.keys().find(|name| !known.contains(*name)) {
            Some(name) => Err(format!("unknown rule `{name}`; `cargo xtask spec-diff --rules` lists all")),
            None => Ok(settings),
        }
    }

    /// Overrides levels, removes ignored changes, and sorts the rest, the worst first.
    pub(crate) fn set_levels(&self, changes: &mut Vec<Change>) {
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
            true
        });
        changes.sort_by_key(|change| change.finding.level);
    }

    /// Whether a finding is accepted.
    pub(crate) fn accepts(&self, fingerprint: &str) -> bool {
        self.accepted.iter().any(|accepted| accepted.fingerprint == fingerprint)
    }

    /// The accepted findings that are no longer found.
    pub(crate) fn stale(&self, found: &BTreeSet<String>) -> Vec<Accepted> {
        self.accepted.iter().filter(|accepted| !found.contains(&accepted.fingerprint)).cloned().collect()
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
    fn a_rule_is_known_by_its_id_and_by_its_name() {
        let text = "[levels]\nmax-length-set = \"breaking\"\nrequest-body-max-length-set = \"ignore\"\n";
        assert_eq!(Settings::parse(text).expect("it is right").levels.len(), 2);
        for (text, expected) in [
            ("[levels]\nnothing = \"info\"\n", "unknown rule `nothing`"),
            ("[levels]\nmax-length-set = \"bad\"\n", "unknown variant `bad`"),
            ("[[accepted]]\nfingerprint = \"a\"\n", "missing field `reason`"),
        ] {
            let error = Settings::parse(text).expect_err("it is wrong");
            assert!(error.contains(expected), "{error}");
        }
    }
}
