//! Reads an overlay, and reports every error in it at its own location.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::document::Pointer;
use crate::problem::Problem;

/// A version of the specification. Patch versions are the same (Overlay 1.1.0 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V1_0,
    V1_1,
}

impl Version {
    /// The version that an overlay states.
    ///
    /// # Errors
    /// Returns an error for any other version. The reader of the actions reports one that is missing or not a string.
    fn of(overlay: &Value) -> Result<Self, String> {
        let Some(stated) = overlay.get("overlay").and_then(Value::as_str) else { return Ok(Self::V1_1) };
        let is_of = |start: &str| {
            let patch = stated.strip_prefix(start).unwrap_or_default();
            !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit())
        };
        if is_of("1.0.") {
            Ok(Self::V1_0)
        } else if is_of("1.1.") {
            Ok(Self::V1_1)
        } else {
            Err(format!("the overlay says OpenAPI Overlay {stated}; only 1.0.x and 1.1.x are supported"))
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::V1_0 => "OpenAPI Overlay 1.0",
            Self::V1_1 => "OpenAPI Overlay 1.1",
        }
    }
}

/// The fields of an overlay and of its `info` that are strings (Overlay 1.1.0 §4.4.1, §4.4.2), and whether they are required.
const TEXTS: [(&[&str], bool); 5] = [
    (&["overlay"], true),
    (&["extends"], false),
    (&["info", "title"], true),
    (&["info", "version"], true),
    (&["info", "description"], false),
];

/// One action (§4.4.3). Extensions that are not listed here are ignored, as other keys are.
#[derive(Deserialize)]
pub(super) struct Action {
    pub(super) target: String,
    pub(super) description: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub(super) update: Option<Value>,
    pub(super) copy: Option<String>,
    #[serde(default)]
    pub(super) remove: bool,
    #[serde(default, rename = "x-expects", deserialize_with = "present")]
    pub(super) expects: Option<Value>,
    #[serde(rename = "x-unless")]
    pub(super) unless: Option<String>,
}

/// A value that is there; `null` is one.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The version of an overlay, and its actions.
///
/// # Errors
/// It is not an OpenAPI Overlay 1.0 or 1.1 document. Actions are read one by one, so that an invalid one is named.
pub(super) fn actions(mut overlay: Value) -> Result<(Version, Vec<Action>), Vec<Problem>> {
    let version = Version::of(&overlay)
        .map_err(|reason| vec![Problem::in_overlay(&Pointer::of(["overlay"]), reason)])?;
    let name = version.name();
    let actions = overlay.get_mut("actions").and_then(Value::as_array_mut).map(std::mem::take);
    let mut problems = Vec::new();
    let mut read = Vec::new();
    for (index, value) in actions.iter().flatten().enumerate() {
        match action(value, version) {
            Ok(action) => read.push(action),
            Err(reason) => {
                problems.push(Problem::in_overlay(&Pointer::of(["actions", &index.to_string()]), reason))
            }
        }
    }
    if actions.is_some_and(|actions| actions.is_empty()) {
        let reason = format!("not an {name} document: it has no action");
        problems.push(Problem::in_overlay(&Pointer::of(["actions"]), reason));
    }
    let flaws = flaws(&overlay).into_iter();
    problems
        .extend(flaws.map(|(at, flaw)| Problem::in_overlay(&at, format!("not an {name} document: {flaw}"))));
    if problems.is_empty() { Ok((version, read)) } else { Err(problems) }
}

/// What is wrong with the fields of an overlay, but for its actions. A list is not an object, as serde would have it.
fn flaws(overlay: &Value) -> Vec<(Pointer, String)> {
    let (root, info) = (Pointer::root(), Pointer::of(["info"]));
    if !overlay.is_object() {
        return vec![(root, "expected an object".to_owned())];
    }
    let mut flaws = Vec::new();
    match overlay.get("info") {
        Some(fields) if !fields.is_object() => flaws.push((info, "expected an object".to_owned())),
        Some(_) => {}
        None => flaws.push((root.clone(), "missing field `info`".to_owned())),
    }
    match overlay.get("actions") {
        Some(actions) if !actions.is_array() => {
            flaws.push((Pointer::of(["actions"]), "expected an array".to_owned()));
        }
        Some(_) => {}
        None => flaws.push((root, "missing field `actions`".to_owned())),
    }
    for (path, is_required) in TEXTS {
        let (field, at) = (path[path.len() - 1], Pointer::of(path.iter().copied()));
        let parent = at.parent().unwrap_or_else(Pointer::root);
        let Some(of) = parent.resolve(overlay).filter(|of| of.is_object()) else { continue };
        match of.get(field) {
            Some(Value::String(_)) => {}
            Some(_) => flaws.push((at, "expected a string".to_owned())),
            None if is_required => flaws.push((parent, format!("missing field `{field}`"))),
            None => {}
        }
    }
    flaws
}

/// One action. Its JSONPaths are compiled when it is applied.
///
/// # Errors
/// Returns what is wrong with it.
fn action(value: &Value, version: Version) -> Result<Action, String> {
    if let Some(message) = value.as_object().into_iter().flatten().find_map(|(key, _)| misspelt(key)) {
        return Err(message);
    }
    let name = version.name();
    if !value.is_object() {
        return Err(format!("not an action of {name}: expected an object"));
    }
    let action = Action::deserialize(value).map_err(|error| format!("not an action of {name}: {error}"))?;
    if action.copy.is_some() && version == Version::V1_0 {
        return Err("`copy` is an action of OpenAPI Overlay 1.1; the overlay is of 1.0".to_owned());
    }
    let does = [
        (action.update.is_some(), "`update`"),
        (action.copy.is_some(), "`copy`"),
        (action.remove, "`remove: true`"),
    ];
    let does: Vec<&str> = does.into_iter().filter_map(|(is_there, key)| is_there.then_some(key)).collect();
    match (does.as_slice(), version) {
        ([_], _) => Ok(action),
        ([], Version::V1_0) => {
            Err(format!("not an action of {name}: it has neither `update` nor `remove: true`"))
        }
        ([], Version::V1_1) => {
            Err(format!("not an action of {name}: it has none of `update`, `copy` and `remove: true`"))
        }
        (several, _) => Err(format!(
            "not an action of {name}: it has {}, of which only one can be there",
            several.join(" and ")
        )),
    }
}

/// The extensions of an action. Others are ignored, unless they resemble one of these.
const EXTENSIONS: [&str; 3] = ["x-expects", "x-source", "x-unless"];

fn misspelt(key: &str) -> Option<String> {
    let meant = EXTENSIONS.iter().find(|known| key.starts_with(&known[..5]) && key != **known)?;
    Some(format!("unknown extension `{key}`; did you mean `{meant}`?"))
}
