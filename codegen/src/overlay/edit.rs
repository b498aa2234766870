//! The edits that an action makes to one of its targets, and whether the target has the values that it expects.
//! Must not know JSONPath.

use serde_json::Value;

use super::ActionReport;
use super::read::Version;
use crate::document::Pointer;
use crate::document::keywords::holds_instances;

/// One value that an action adds, replaces or removes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Edit {
    /// Its location in the document at that moment: for an item of an array that is removed, its index before.
    pub pointer: Pointer,
    /// The document's value; `None` where the action adds one.
    pub old: Option<Value>,
    /// The action's value; `None` where it removes one.
    pub new: Option<Value>,
}

/// What a value is to an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Object,
    Array,
    /// Anything else, `null` included.
    Primitive,
}

pub(super) fn form(value: &Value) -> Form {
    match value {
        Value::Object(_) => Form::Object,
        Value::Array(_) => Form::Array,
        _ => Form::Primitive,
    }
}

/// Why an action is an error.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Where the document has another value than the action expects.
    pub(super) unexpected: Vec<String>,
    /// Where the document has a value that the action's value cannot be merged with.
    pub(super) incompatible: Vec<String>,
}

/// Merges `value` into `node`, which is at `at`.
pub(super) fn update(
    node: &mut Value,
    value: &Value,
    version: Version,
    expects: Option<&Value>,
    mut at: Pointer,
    report: &mut ActionReport,
    findings: &mut Findings,
) {
    let mut merge = Merge { version, report, findings };
    match node {
        // An array is concatenated, as inside an object; in 1.0 it is an item.
        Value::Array(items) if version == Version::V1_0 || !value.is_array() => {
            merge.expect_all(Some(&Value::Array(items.clone())), expects, &at);
            merge.append(items, value, &mut at);
        }
        node => merge.merge(node, value, expects, &mut at),
    }
}

/// Removes the value at `at`, which is not the root.
pub(super) fn remove(
    document: &mut Value,
    expects: Option<&Value>,
    at: Pointer,
    report: &mut ActionReport,
    findings: &mut Findings,
) {
    let Some(old) = at.resolve(document).cloned() else { return };
    // Nothing is merged.
    let mut merge = Merge { version: Version::V1_1, report, findings };
    match expects {
        Some(_) => merge.expect_all(Some(&old), expects, &at),
        None => merge
            .findings
            .unexpected
            .push(format!("removes #{at}, and `x-expects` does not state the value there, {}", shown(&old))),
    }
    let (parent, key) = (at.parent().and_then(|parent| parent.resolve_mut(document)), at.last());
    match (parent, key) {
        (Some(Value::Object(parent)), Some(key)) => drop(parent.shift_remove(key)),
        (Some(Value::Array(parent)), Some(key)) => drop(key.parse().map(|index: usize| parent.remove(index))),
        _ => {}
    }
    merge.report.edits.push(Edit { pointer: at, old: Some(old), new: None });
}

struct Merge<'a> {
    version: Version,
    report: &'a mut ActionReport,
    findings: &'a mut Findings,
}

impl Merge<'_> {
    /// Objects merge key by key and arrays are appended to; any other value is replaced.
    fn merge(&mut self, node: &mut Value, value: &Value, expects: Option<&Value>, at: &mut Pointer) {
        match (node, value) {
            (Value::Object(node), Value::Object(value)) => {
                let expected = expects.and_then(Value::as_object);
                if expected.is_none() && expects.is_some() {
                    self.expect_all(Some(&Value::Object(node.clone())), expects, at);
                }
                for (key, expected) in expected.into_iter().flatten() {
                    if !value.contains_key(key) || !node.contains_key(key) {
                        self.expect_all(node.get(key), Some(expected), &at.join(key));
                    }
                }
                if value.is_empty() {
                    self.report.redundant.push(at.clone());
                }
                for (key, value) in value {
                    at.push(key);
                    match node.get_mut(key) {
                        Some(old) => {
                            self.merge(old, value, expected.and_then(|expected| expected.get(key)), at)
                        }
                        None => {
                            node.insert(key.clone(), value.clone());
                            self.edited(at, None, value);
                        }
                    }
                    at.pop();
                }
            }
            (Value::Array(node), Value::Array(value)) => {
                self.expect_all(Some(&Value::Array(node.clone())), expects, at);
                value.iter().for_each(|item| self.append(node, item, at));
            }
            (node, value) if is_same(node, value) => {
                self.expect_all(Some(node), expects, at);
                self.report.redundant.push(at.clone());
            }
            (node, value) if self.version == Version::V1_1 && form(node) != form(value) => {
                let (node, value) = (shown(node), shown(value));
                self.findings.incompatible.push(format!(
                    "replaces {node} at #{at} with {value}, which is of another form; remove it first"
                ));
            }
            (node, value) => {
                match expects {
                    Some(_) => self.expect_all(Some(node), expects, at),
                    None => self.findings.unexpected.push(format!(
                        "replaces {0} at #{at} with {1}, and `x-expects` does not state {0}",
                        shown(node),
                        shown(value)
                    )),
                }
                let old = std::mem::replace(node, value.clone());
                self.edited(at, Some(old), value);
            }
        }
    }

    /// Appends an item, unless the array has an equal one.
    fn append(&mut self, items: &mut Vec<Value>, item: &Value, at: &mut Pointer) {
        match items.iter().position(|other| is_same(other, item)) {
            Some(index) => self.report.redundant.push(at.join(&index.to_string())),
            None => {
                self.edited(&at.join(&items.len().to_string()), None, item);
                items.push(item.clone());
            }
        }
    }

    /// Compares a value with the one that the action expects, if it expects any.
    fn expect_all(&mut self, found: Option<&Value>, expected: Option<&Value>, at: &Pointer) {
        if let Some(expected) = expected
            && !found.is_some_and(|found| is_expected(found, expected))
        {
            let found = found.map_or_else(|| "nothing".to_owned(), shown);
            self.findings
                .unexpected
                .push(format!("expects {} at #{at}, and the document has {found}", shown(expected)));
        }
    }

    fn edited(&mut self, at: &Pointer, old: Option<Value>, new: &Value) {
        self.report.edits.push(Edit { pointer: at.clone(), old, new: Some(new.clone()) });
    }
}

/// Whether a value is the expected one. Descriptions that `x-expects` omits are not compared, so that a reworded
/// description of a removed part is not an error.
fn is_expected(found: &Value, expected: &Value) -> bool {
    let is_prose = |key: &str, value: &Value| matches!(key, "description" | "summary") && value.is_string();
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            let is_stated = |(key, value): (&String, &Value)| match expected.get(key) {
                Some(expected) if holds_instances(key) => is_same(value, expected),
                Some(expected) => is_expected(value, expected),
                None => is_prose(key, value),
            };
            found.iter().all(is_stated) && expected.keys().all(|key| found.contains_key(key))
        }
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len()
                && found.iter().zip(expected).all(|(found, expected)| is_expected(found, expected))
        }
        (found, expected) => is_same(found, expected),
    }
}

/// Whether two values are equal: `4` and `4.0` are (JSON Schema 2020-12 core §4.2.2).
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) if one.is_f64() != other.is_f64() => {
            one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let has_same = |(key, one)| other.get(key).is_some_and(|other| is_same(one, other));
            one.len() == other.len() && one.iter().all(has_same)
        }
        (one, other) => one == other,
    }
}

/// A value in one line, shortened.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 200;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
