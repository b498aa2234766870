//! Compares `deprecated`, `x-sunset` and `x-stability-level`, which mean what they mean in oasdiff.

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::normal::Site;
use super::rules::{Rule, rule};

/// A value of `x-stability-level`, from least to most stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stability {
    Draft,
    Alpha,
    Beta,
    Stable,
}

impl Stability {
    const ALL: [Self; 4] = [Self::Draft, Self::Alpha, Self::Beta, Self::Stable];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Alpha => "alpha",
            Self::Beta => "beta",
            Self::Stable => "stable",
        }
    }
}

/// Whether a key is a lifecycle extension.
pub(crate) fn is_lifecycle_extension(key: &str) -> bool {
    matches!(key, "x-sunset" | "x-stability-level")
}

/// The lifecycle of one schema, parameter, header or operation.
#[derive(Debug, Default)]
pub(crate) struct Lifecycle<'a> {
    is_deprecated: bool,
    sunset: Option<&'a Value>,
    stability: Option<&'a Value>,
}

/// A change of the lifecycle. The rule is the one for schemas.
pub(crate) struct LifecycleChange {
    pub(crate) rule: Rule,
    pub(crate) old: Option<Value>,
    pub(crate) new: Option<Value>,
}

/// How a removal relates to its announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// It was not deprecated.
    Unannounced,
    /// It was deprecated without a sunset.
    WithoutSunset,
    /// It was removed before its sunset.
    BeforeSunset,
    /// It was removed on its sunset or later.
    AfterSunset,
    /// Its sunset is not a date.
    Unreadable,
}

impl<'a> Lifecycle<'a> {
    pub(crate) fn of(value: &'a Map<String, Value>) -> Self {
        Self {
            is_deprecated: value.get("deprecated") == Some(&Value::Bool(true)),
            sunset: value.get("x-sunset"),
            stability: value.get("x-stability-level"),
        }
    }

    /// The lifecycle of the object at a site.
    pub(crate) fn at(site: &Site<'a>) -> Self {
        site.value.as_object().map(Self::of).unwrap_or_default()
    }

    /// The date of the sunset; an error if it is not a date.
    fn day(&self) -> Option<Result<&'a str, ()>> {
        let day = self.sunset?.as_str().and_then(|text| text.get(..10));
        Some(day.filter(|day| is_day(day)).ok_or(()))
    }

    pub(crate) fn removal(&self) -> Removal {
        if !self.is_deprecated {
            return Removal::Unannounced;
        }
        match self.day() {
            None => Removal::WithoutSunset,
            Some(Err(())) => Removal::Unreadable,
            Some(Ok(day)) if *day <= *today() => Removal::AfterSunset,
            Some(Ok(_)) => Removal::BeforeSunset,
        }
    }

    /// None for an unknown level. Without `x-stability-level`, the level is `stable`.
    pub(crate) fn stability(&self) -> Option<Stability> {
        match self.stability {
            None => Some(Stability::Stable),
            Some(level) => Stability::ALL.into_iter().find(|known| level == known.name()),
        }
    }
}

/// Whether a text is a date such as `2027-06-30`.
pub(crate) fn is_day(day: &str) -> bool {
    humantime::parse_rfc3339(&format!("{day}T00:00:00Z")).is_ok()
}

/// Today in UTC.
pub(crate) fn today() -> String {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    now[..10].to_owned()
}

/// Compares the lifecycles of something that exists on both sides.
pub(crate) fn compare(old: &Lifecycle<'_>, new: &Lifecycle<'_>) -> Vec<LifecycleChange> {
    let mut changes = Vec::new();
    let mut report = |rule, old: Option<&Value>, new: Option<&Value>| {
        changes.push(LifecycleChange { rule, old: old.cloned(), new: new.cloned() });
    };
    match (old.is_deprecated, new.is_deprecated) {
        (false, true) => report(rule!("deprecated"), Some(&json!(false)), Some(&json!(true))),
        (true, false) => report(rule!("reactivated"), Some(&json!(true)), Some(&json!(false))),
        _ => {}
    }
    match (old.day(), new.day()) {
        (_, Some(Err(()))) if old.sunset != new.sunset || new.is_deprecated && !old.is_deprecated => {
            report(rule!("sunset-parse"), old.sunset, new.sunset);
        }
        // Without `deprecated`, nothing was promised.
        (Some(Ok(before)), Some(Ok(after))) if after < before && old.is_deprecated => {
            report(rule!("sunset-date-changed-too-small"), old.sunset, new.sunset);
        }
        (Some(Ok(_)), None) if old.is_deprecated && new.is_deprecated => {
            report(rule!("sunset-deleted"), old.sunset, None);
        }
        _ => {}
    }
    if old.stability != new.stability {
        match (old.stability(), new.stability()) {
            (_, None) => report(rule!("invalid-stability-level"), old.stability, new.stability),
            // Without `x-stability-level` before, the old document made no statement about stability.
            (Some(before), Some(after)) if after < before && old.stability.is_some() => {
                report(rule!("stability-decreased"), old.stability, new.stability);
            }
            _ => {}
        }
    }
    changes
}
