//! Builds the pairs of documents from the edits and places in the YAML files of this folder.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Two documents that differ in one edit, and the expected levels.
pub(crate) struct Case {
    /// The sum of the indices of its edit and its place.
    turn: usize,
    pub(crate) rule: String,
    pub(crate) place: String,
    pub(crate) old: Value,
    pub(crate) new: Value,
    pub(crate) expected: Expected,
}

/// The letters of the accepted levels of the worst finding, in each direction or in total.
pub(crate) enum Expected {
    Directions { request: String, response: String },
    Worst(String),
}

#[derive(Deserialize)]
pub(crate) struct Places {
    base: Value,
    places: Vec<Place>,
}

#[derive(Deserialize)]
pub(crate) struct Place {
    pub(crate) name: String,
    side: Side,
    #[serde(default)]
    text: bool,
    #[serde(default)]
    parameter: bool,
    patch: Value,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Side {
    Request,
    Response,
    Both,
}

/// Who sends a value.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    Request,
    Response,
}

impl Place {
    /// Whether the value is a string on the wire.
    pub(crate) fn is_text(&self) -> bool {
        self.text
    }

    pub(crate) fn directions(&self) -> &'static [Direction] {
        match self.side {
            Side::Request => &[Direction::Request],
            Side::Response => &[Direction::Response],
            Side::Both => &[Direction::Request, Direction::Response],
        }
    }
}

#[derive(Deserialize)]
struct Edit {
    rule: String,
    old: Value,
    new: Value,
    #[serde(default)]
    levels: String,
    #[serde(rename = "where")]
    place: Option<Where>,
    /// Components of both documents that the schemas refer to.
    #[serde(default)]
    components: Map<String, Value>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Where {
    /// Places where the value is JSON.
    Json,
    /// Places where the schema is that of a whole parameter.
    Parameter,
    /// All other places.
    Other,
    /// All places.
    Any,
}

#[derive(Deserialize)]
struct Patches {
    edits: Vec<Patch>,
}

#[derive(Deserialize)]
struct Patch {
    rule: String,
    old: Value,
    new: Value,
    #[serde(default)]
    level: String,
    #[serde(default)]
    each: Map<String, Value>,
}

#[derive(Deserialize)]
struct Same {
    schemas: Vec<Edit>,
    documents: Vec<Patch>,
}

/// The edits of the table: of schemas, in every place where they make sense, and of the rest of a document.
pub(crate) fn edits() -> Vec<Case> {
    let places = places();
    let mut cases: Vec<Case> = Vec::new();
    for (text, default) in [
        (include_str!("values.yaml"), Where::Any),
        (include_str!("bounds.yaml"), Where::Any),
        (include_str!("objects.yaml"), Where::Json),
        (include_str!("unions.yaml"), Where::Json),
    ] {
        let edits: Vec<Edit> = serde_yaml::from_str(text).expect("a list of edits");
        cases.extend(edits.iter().enumerate().flat_map(|(turn, edit)| places.of(turn, edit, default)));
    }
    cases = some(cases, 2);
    for text in [include_str!("operations.yaml"), include_str!("messages.yaml")] {
        let patches: Patches = serde_yaml::from_str(text).expect("a list of patches");
        cases.extend(patches.edits.iter().flat_map(|patch| places.patched(patch)));
    }
    cases
}

/// The pairs of equivalent documents.
pub(crate) fn same() -> Vec<Case> {
    let places = places();
    let same: Same = serde_yaml::from_str(include_str!("same.yaml")).expect("lists of pairs");
    let schemas = same.schemas.iter().enumerate().flat_map(|(turn, edit)| places.of(turn, edit, Where::Any));
    let mut cases = some(schemas.collect(), 3);
    cases.extend(same.documents.iter().flat_map(|patch| places.patched(patch)));
    for (index, case) in cases.iter_mut().enumerate() {
        // Equivalence is symmetric, so every other pair is swapped.
        if index % 2 == 1 {
            std::mem::swap(&mut case.old, &mut case.new);
        }
        case.expected = Expected::Worst("-".to_owned());
    }
    cases
}

/// Every `every`th case, because each case is a process; all of them with `ONE_EDIT=all`. `turn` spreads the edits over the
/// places.
fn some(cases: Vec<Case>, every: usize) -> Vec<Case> {
    if std::env::var("ONE_EDIT").is_ok_and(|value| value == "all") {
        return cases;
    }
    cases.into_iter().filter(|case| case.turn % every == 0).collect()
}

pub(crate) fn places() -> Places {
    serde_yaml::from_str(include_str!("places.yaml")).expect("a base and places")
}

impl Places {
    /// A random place.
    pub(crate) fn any(&self, random: &mut fastrand::Rng) -> &Place {
        &self.places[random.usize(..self.places.len())]
    }

    /// The base with a schema at a place.
    pub(crate) fn document(&self, place: &Place, schema: &Value, components: &Value) -> Value {
        let mut document = self.base.clone();
        merge(&mut document, &json!({ "components": { "schemas": components } }));
        merge(&mut document, &put(&place.patch, schema));
        document
    }

    /// Applies an edit in each place where it makes sense.
    fn of<'a>(&'a self, turn: usize, edit: &'a Edit, default: Where) -> impl Iterator<Item = Case> + 'a {
        let fits = move |place: &&Place| match edit.place.unwrap_or(default) {
            Where::Json => !place.text,
            Where::Parameter => place.parameter,
            Where::Other => !place.parameter,
            Where::Any => true,
        };
        let (request, response) = edit.levels.split_once('/').unwrap_or_default();
        self.places.iter().filter(fits).enumerate().map(move |(index, place)| {
            let components = json!(edit.components);
            let document = |schema: &Value| self.document(place, schema, &components);
            let level = |of: Side, level: &str| {
                (if place.side == Side::Both || place.side == of { level } else { "-" }).to_owned()
            };
            Case {
                turn: turn + index,
                rule: edit.rule.clone(),
                place: place.name.clone(),
                old: document(&edit.old),
                new: document(&edit.new),
                expected: Expected::Directions {
                    request: level(Side::Request, request),
                    response: level(Side::Response, response),
                },
            }
        })
    }

    /// Applies an edit to the base, once for each value of its placeholder.
    fn patched(&self, patch: &Patch) -> Vec<Case> {
        let each = patch.each.iter().flat_map(|(word, values)| {
            values.as_array().into_iter().flatten().map(move |value| (word.as_str(), plain(value)))
        });
        let mut words: Vec<(&str, String)> = each.collect();
        if words.is_empty() {
            words.push(("", String::new()));
        }
        let case = |(word, value): &(&str, String)| {
            let document = |patch: &Value| {
                let text = patch.to_string();
                let text = if word.is_empty() { text } else { text.replace(word, value) };
                let mut document = self.base.clone();
                merge(&mut document, &serde_json::from_str(&text).expect("a word in JSON"));
                document
            };
            Case {
                turn: 0,
                rule: patch.rule.clone(),
                place: value.clone(),
                old: document(&patch.old),
                new: document(&patch.new),
                expected: Expected::Worst(patch.level.clone()),
            }
        };
        words.iter().map(case).collect()
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Replaces HERE in the patch of a place with the schema.
fn put(patch: &Value, schema: &Value) -> Value {
    match patch {
        Value::String(text) if text == "HERE" => schema.clone(),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, value)| (key.clone(), put(value, schema))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| put(item, schema)).collect()),
        _ => patch.clone(),
    }
}

/// Applies a merge patch (RFC 7386), except that empty objects stay.
fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                match (target.get_mut(key), value) {
                    (_, Value::Null) => {
                        target.remove(key);
                    }
                    (Some(known), value) => merge(known, value),
                    (None, value) => {
                        target.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}
