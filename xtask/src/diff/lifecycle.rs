//! Deprecation, sunset and stability: what was promised about the future.
//! Knows `deprecated`, `x-sunset` and `x-stability-level`, as oasdiff does; must not know whose promise it is.

use std::time::SystemTime;

use serde_json::Value;

use super::rules::Level;

/// How stable something says it is, from least to most.
const LEVELS: [&str; 4] = ["draft", "alpha", "beta", "stable"];

/// What is wrong or new: a level, the end of an id, and a sentence.
pub(crate) type Told = (Level, &'static str, String);

fn is_deprecated(value: &Value) -> bool {
    value.get("deprecated") == Some(&Value::Bool(true))
}

/// The date of the sunset, where it is one.
fn sunset(value: &Value) -> Option<Result<&str, String>> {
    let sunset = value.get("x-sunset")?;
    let is_date = |text: &str| {
        let bytes = text.as_bytes();
        bytes.len() >= 10
            && bytes[..10].iter().enumerate().all(|(index, byte)| {
                if index == 4 || index == 7 { *byte == b'-' } else { byte.is_ascii_digit() }
            })
    };
    Some(
        sunset
            .as_str()
            .filter(|text| is_date(text))
            .map(|text| &text[..10])
            .ok_or_else(|| sunset.to_string()),
    )
}

fn today() -> String {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    now[..10].to_owned()
}

/// What may be said of a removal: it was announced, too soon, or not at all. Nothing where there was no deprecation.
pub(crate) fn removed(old: &Value) -> Option<Told> {
    if !is_deprecated(old) {
        return None;
    }
    Some(match sunset(old) {
        Some(Err(text)) => (Level::Breaking, "sunset-parse", format!("its sunset {text} is no date")),
        Some(Ok(date)) if *date <= *today() => {
            (Level::Info, "removed-with-deprecation", format!("its sunset {date} has passed"))
        }
        Some(Ok(date)) => (Level::Breaking, "removed-before-sunset", format!("its sunset is {date}")),
        None => (Level::Breaking, "removed-before-sunset", "it was deprecated without a sunset".to_owned()),
    })
}

/// What changed in the promises of something that is there on both sides.
pub(crate) fn changed(old: &Value, new: &Value) -> Vec<Told> {
    let mut told = Vec::new();
    match (is_deprecated(old), is_deprecated(new)) {
        (false, true) => told.push((Level::Info, "deprecated", "it is going to be removed".to_owned())),
        (true, false) => told.push((Level::Info, "reactivated", "it is no longer deprecated".to_owned())),
        _ => {}
    }
    match (sunset(old), sunset(new)) {
        (_, Some(Err(text))) => {
            told.push((Level::Breaking, "sunset-parse", format!("its sunset {text} is no date")));
        }
        (Some(Ok(before)), Some(Ok(after))) if after < before => {
            let message = format!("its sunset was {before} and is {after}");
            told.push((Level::Breaking, "sunset-date-changed-too-small", message));
        }
        (Some(_), None) if is_deprecated(new) => {
            told.push((
                Level::Breaking,
                "sunset-deleted",
                "its sunset is gone, and it is deprecated still".to_owned(),
            ));
        }
        _ => {}
    }
    let stability = |value: &Value| {
        value.get("x-stability-level").map(|level| level.as_str().unwrap_or_default().to_owned())
    };
    let rank = |level: &Option<String>| match level {
        None => Some(LEVELS.len()),
        Some(level) => LEVELS.iter().position(|known| known == level),
    };
    let (before, after) = (stability(old), stability(new));
    match (rank(&before), rank(&after)) {
        (None, _) | (_, None) => {
            told.push((
                Level::Breaking,
                "invalid-stability-level",
                "its stability level is none that is known".to_owned(),
            ));
        }
        (Some(before), Some(after)) if after < before && before < LEVELS.len() => {
            let message = format!("it was {} and is {}", LEVELS[before], LEVELS[after]);
            told.push((Level::Breaking, "stability-decreased", message));
        }
        _ => {}
    }
    told
}
