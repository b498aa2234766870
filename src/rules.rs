//! Checks what is sent against the rules of the document that no type enforces. Generated code has the rules, as statics.
//! Uses serde_json and `src/encode.rs` alone: the scratch crate of `xtask check` compiles this file as well.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use serde::Serialize;
use serde_json::{Number, Value};

use crate::encode::as_value;
use crate::setter::{ConversionError, Invalid, all_valid};

/// The rules for a value. Each applies to values of its own type only, as in JSON Schema, and `null` breaks none.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) checks: &'static [Check],
    /// By the names on the wire; all properties that the schema declares where `others` has rules.
    pub(crate) properties: &'static [(&'static str, Option<&'static Rules>)],
    /// For each property that `properties` does not name.
    pub(crate) others: Option<&'static Rules>,
    /// For the first items of a list, by index.
    pub(crate) tuple: &'static [Option<&'static Rules>],
    /// For each other item of a list.
    pub(crate) items: Option<&'static Rules>,
    /// The branches of a union, one of which must hold.
    pub(crate) branches: &'static [Branch],
}

impl Rules {
    /// No rules: what is not named in a static.
    pub(crate) const NONE: Self =
        Self { checks: &[], properties: &[], others: None, tuple: &[], items: None, branches: &[] };
}

/// An assertion of JSON Schema, by its keyword. Numbers and constants are JSON.
#[derive(Debug)]
pub(crate) enum Check {
    MinLength(u64),
    MaxLength(u64),
    /// The pattern as the document writes it, and whether a string matches it.
    Pattern(&'static str, fn(&str) -> bool),
    /// The format, and whether a string is of it.
    Format(&'static str, fn(&str) -> bool),
    MinItems(u64),
    MaxItems(u64),
    UniqueItems,
    MinProperties(u64),
    MaxProperties(u64),
    Minimum(&'static str),
    ExclusiveMinimum(&'static str),
    Maximum(&'static str),
    ExclusiveMaximum(&'static str),
    MultipleOf(&'static str),
    Enum(&'static [&'static str]),
    Required(&'static [&'static str]),
}

/// A branch of a union: the values that can be of it, and its rules.
#[derive(Debug)]
pub(crate) struct Branch {
    /// The type in the document; any without one.
    pub(crate) kind: Option<&'static str>,
    pub(crate) required: &'static [&'static str],
    /// The constants that a property has, in JSON.
    pub(crate) tags: &'static [(&'static str, &'static [&'static str])],
    pub(crate) rules: Option<&'static Rules>,
}

/// A rule that a value breaks, and the path of the value.
pub(crate) type Violation = (String, Invalid);

/// Returns each rule that a value breaks. `name` is that of a parameter, and empty for the body.
///
/// # Errors
/// The value cannot be serialized.
pub(crate) fn violations(
    rules: &'static Rules,
    name: &str,
    value: &impl Serialize,
) -> Result<Vec<Violation>, ConversionError> {
    let mut checker = Checker { at: name.to_owned(), found: Vec::new(), passed: HashMap::new() };
    checker.check(rules, &as_value(value)?);
    Ok(checker.found)
}

/// Fails if there is a violation, with all of them.
pub(crate) fn no_violations(found: &[Vec<Violation>]) -> Result<(), ConversionError> {
    let values: Vec<_> = found.iter().flatten().map(|(at, invalid)| (at.as_str(), Some(invalid))).collect();
    all_valid(&values)
}

/// How many unions inside each other are looked at to find the branch that is meant.
const MOST_NESTED: usize = 4;

/// How many constants a message lists.
const LISTED: usize = 12;

struct Checker {
    /// The path of the value, such as `data[3].name`. The keys of a map are the caller's own, and not shown.
    at: String,
    found: Vec<Violation>,
    /// Whether a value holds to the rules of a branch, by their addresses: branches inside branches would otherwise be checked
    /// once for each way to them.
    passed: HashMap<(*const Rules, *const Value), bool>,
}

impl Checker {
    fn check(&mut self, rules: &'static Rules, value: &Value) {
        for check in rules.checks {
            if let (Check::Required(names), Value::Object(all)) = (check, value) {
                let dot = if self.at.is_empty() { "" } else { "." };
                let missing = names.iter().filter(|name| !all.contains_key(**name));
                self.found.extend(missing.map(|name| (format!("{}{dot}{name}", self.at), Invalid::NotSet)));
            }
            if let Some(reason) = check.violation(value) {
                let at = if self.at.is_empty() { "body" } else { &self.at };
                self.found.push((at.to_owned(), Invalid::because(reason)));
            }
        }
        match value {
            Value::Object(properties) => {
                for (name, value) in properties {
                    let declared = rules.properties.iter().find(|(own, _)| own == name);
                    match declared {
                        Some((name, Some(rules))) => {
                            let dot = if self.at.is_empty() { "" } else { "." };
                            self.part(&format!("{dot}{name}"), rules, value);
                        }
                        Some((_, None)) => {}
                        None => {
                            if let Some(rules) = rules.others {
                                self.part(if self.at.is_empty() { "*" } else { ".*" }, rules, value);
                            }
                        }
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(rules) = rules.tuple.get(index).copied().unwrap_or(rules.items) {
                        self.part(&format!("[{index}]"), rules, item);
                    }
                }
            }
            _ => {}
        }
        let mut branches = rules.branches.iter().filter(|branch| branch.may_hold(value)).peekable();
        let meant = match branches.peek() {
            Some(first) => Some(*first),
            // A constant that no branch allows: the branch that has the most of the others was meant.
            None => {
                let alike = rules.branches.iter().rev().filter(|branch| branch.is_alike(value, MOST_NESTED));
                alike.max_by_key(|branch| branch.tags.iter().filter(|tag| is_tagged(value, tag)).count())
            }
        };
        let is_one = branches.any(|branch| branch.rules.is_none_or(|rules| self.passes(rules, value)));
        if let Some(rules) = meant.and_then(|branch| branch.rules).filter(|_| !is_one) {
            self.check(rules, value);
        }
    }

    /// Checks a part of the value.
    fn part(&mut self, step: &str, rules: &'static Rules, value: &Value) {
        let length = self.at.len();
        self.at.push_str(step);
        self.check(rules, value);
        self.at.truncate(length);
    }

    fn passes(&mut self, rules: &'static Rules, value: &Value) -> bool {
        let key = (std::ptr::from_ref(rules), std::ptr::from_ref(value));
        if let Some(passes) = self.passed.get(&key) {
            return *passes;
        }
        let before = self.found.len();
        self.check(rules, value);
        let passes = self.found.len() == before;
        self.found.truncate(before);
        self.passed.insert(key, passes);
        passes
    }
}

impl Branch {
    /// Whether a value can be of this branch, whatever its rules.
    fn may_hold(&self, value: &Value) -> bool {
        value.is_null()
            || self.is_alike(value, MOST_NESTED) && self.tags.iter().all(|tag| is_tagged(value, tag))
    }

    /// Whether a value has the type and the properties of this branch, whatever its constants; of a union inside it, of one of its
    /// branches, so many levels deep.
    fn is_alike(&self, value: &Value, levels: usize) -> bool {
        let inner = self.rules.map_or(&[][..], |rules| rules.branches);
        let is_of_one = || inner.iter().any(|branch| branch.is_alike(value, levels - 1));
        if levels > 0 && !inner.is_empty() && !is_of_one() {
            return false;
        }
        let is_of_kind = match self.kind {
            None => true,
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            Some("string") => value.is_string(),
            Some("boolean") => value.is_boolean(),
            Some("integer") => value.as_f64().is_some_and(|value| value.fract() == 0.0),
            Some(_) => value.is_number(),
        };
        is_of_kind && self.required.iter().all(|name| value.get(name).is_some())
    }
}

/// Whether a property is one of these constants, or absent.
fn is_tagged(value: &Value, (name, constants): &(&str, &[&str])) -> bool {
    value.get(name).is_none_or(|value| value.is_null() || is_one_of(value, constants))
}

impl Check {
    /// Why a value breaks the rule. It shows no part of the value.
    fn violation(&self, value: &Value) -> Option<String> {
        match (self, value) {
            (Self::MinLength(least), Value::String(text)) => too_few(characters(text), *least, "character"),
            (Self::MaxLength(most), Value::String(text)) => too_many(characters(text), *most, "character"),
            (Self::Pattern(pattern, matches), Value::String(text)) => {
                (!matches(text)).then(|| format!("does not match the pattern `{pattern}`"))
            }
            (Self::Format(format, is_valid), Value::String(text)) => {
                (!is_valid(text)).then(|| format!("is not a `{format}`"))
            }
            (Self::MinItems(least), Value::Array(items)) => too_few(items.len(), *least, "item"),
            (Self::MaxItems(most), Value::Array(items)) => too_many(items.len(), *most, "item"),
            (Self::UniqueItems, Value::Array(items)) => {
                let mut seen = HashSet::new();
                (!items.iter().all(|item| seen.insert(item))).then(|| "has two equal items".to_owned())
            }
            (Self::MinProperties(least), Value::Object(all)) => too_few(all.len(), *least, "propert"),
            (Self::MaxProperties(most), Value::Object(all)) => too_many(all.len(), *most, "propert"),
            (Self::Minimum(limit), Value::Number(number)) => {
                let is_below = compare(number, limit) == Some(Ordering::Less);
                is_below.then(|| format!("is out of range; at least {limit} is required"))
            }
            (Self::ExclusiveMinimum(limit), Value::Number(number)) => {
                let is_above = compare(number, limit).is_none_or(|order| order == Ordering::Greater);
                (!is_above).then(|| format!("is out of range; more than {limit} is required"))
            }
            (Self::Maximum(limit), Value::Number(number)) => {
                let is_above = compare(number, limit) == Some(Ordering::Greater);
                is_above.then(|| format!("is out of range; at most {limit} is allowed"))
            }
            (Self::ExclusiveMaximum(limit), Value::Number(number)) => {
                let is_below = compare(number, limit).is_none_or(|order| order == Ordering::Less);
                (!is_below).then(|| format!("is out of range; less than {limit} is required"))
            }
            (Self::MultipleOf(step), Value::Number(number)) => {
                (!is_multiple(number, step)).then(|| format!("is not a multiple of {step}"))
            }
            (Self::Enum(constants), value) if !value.is_null() && !is_one_of(value, constants) => {
                let listed = constants.iter().take(LISTED).map(|constant| format!("`{}`", shown(constant)));
                let mut listed: Vec<String> = listed.collect();
                if constants.len() > LISTED {
                    listed.push(format!("and {} more", constants.len() - LISTED));
                }
                Some(format!("is not one of {}", listed.join(", ")))
            }
            _ => None,
        }
    }
}

fn characters(text: &str) -> usize {
    text.chars().count()
}

fn too_few(count: usize, least: u64, of: &str) -> Option<String> {
    let is = if least == 1 { "is" } else { "are" };
    (count_of(count) < least).then(|| format!("has {}; at least {least} {is} required", counted(count, of)))
}

fn too_many(count: usize, most: u64, of: &str) -> Option<String> {
    let is = if most == 1 { "is" } else { "are" };
    (count_of(count) > most).then(|| format!("has {}; at most {most} {is} allowed", counted(count, of)))
}

fn count_of(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// `1 item`, `2 items`, `1 property`, `2 properties`
fn counted(count: usize, of: &str) -> String {
    let (one, more) = if of == "propert" { ("y", "ies") } else { ("", "s") };
    format!("{count} {of}{}", if count == 1 { one } else { more })
}

/// Integers are compared as such, so that those beyond 2⁵³ keep apart.
fn compare(number: &Number, limit: &str) -> Option<Ordering> {
    let limit: Number = serde_json::from_str(limit).ok()?;
    match (number.as_i128(), limit.as_i128()) {
        (Some(number), Some(limit)) => Some(number.cmp(&limit)),
        _ => number.as_f64()?.partial_cmp(&limit.as_f64()?),
    }
}

/// Whether a number is a multiple. Of fractions, what a `f64` cannot hold exactly is within its precision.
fn is_multiple(number: &Number, step: &str) -> bool {
    let Ok(step) = serde_json::from_str::<Number>(step) else { return true };
    if let (Some(number), Some(step)) = (number.as_i128(), step.as_i128()) {
        return step == 0 || number % step == 0;
    }
    let (Some(number), Some(step)) = (number.as_f64(), step.as_f64()) else { return true };
    let quotient = number / step;
    !quotient.is_finite() || (quotient - quotient.round()).abs() <= quotient.abs().max(1.0) * 1e-12
}

/// Whether a value is one of the constants; `1.0` is `1`.
fn is_one_of(value: &Value, constants: &[&str]) -> bool {
    constants.iter().any(|constant| match (value, serde_json::from_str(constant)) {
        (Value::Number(number), Ok(Value::Number(_))) => compare(number, constant) == Some(Ordering::Equal),
        (value, Ok(constant)) => *value == constant,
        (_, Err(_)) => true,
    })
}

/// `"a"` ⇒ `a`
fn shown(constant: &str) -> String {
    serde_json::from_str(constant).unwrap_or_else(|_| constant.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What is said of a value; nothing if it holds to the rules.
    fn said(rules: &'static Rules, value: &Value) -> String {
        let found = violations(rules, "", value).expect("it is serialized");
        no_violations(&[found]).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn each_check_holds_up_to_its_limit_and_not_beyond() {
        for (check, valid, invalid, reason) in [
            (Check::MinLength(2), json!("é€"), json!("é"), "has 1 character; at least 2 are required"),
            (Check::MaxLength(1), json!("€"), json!("é€"), "has 2 characters; at most 1 is allowed"),
            (
                Check::Pattern("^a$", |text| text == "a"),
                json!("a"),
                json!("b"),
                "does not match the pattern `^a$`",
            ),
            (
                Check::Format("date", |text| text.parse::<crate::date_time::Date>().is_ok()),
                json!("2024-02-29"),
                json!("2026-02-29"),
                "is not a `date`",
            ),
            (Check::MinItems(1), json!([1]), json!([]), "has 0 items; at least 1 is required"),
            (Check::MaxItems(1), json!([1]), json!([1, 2]), "has 2 items; at most 1 is allowed"),
            (
                Check::UniqueItems,
                json!([1, "1", { "a": 1, "b": [] }, { "a": 1 }]),
                json!([{ "a": 1, "b": 2 }, 3, { "b": 2, "a": 1 }]),
                "has two equal items",
            ),
            (
                Check::MinProperties(2),
                json!({ "a": 1, "b": 2 }),
                json!({ "a": 1 }),
                "has 1 property; at least 2 are required",
            ),
            (
                Check::MaxProperties(1),
                json!({ "a": 1 }),
                json!({ "a": 1, "b": 2 }),
                "has 2 properties; at most 1 is allowed",
            ),
            (Check::Minimum("-0.5"), json!(-0.5), json!(-1), "is out of range; at least -0.5 is required"),
            (
                Check::ExclusiveMinimum("1"),
                json!(1.25),
                json!(1.0),
                "is out of range; more than 1 is required",
            ),
            (
                Check::Maximum("9007199254740992"),
                json!(9_007_199_254_740_992_u64),
                json!(9_007_199_254_740_993_u64),
                "is out of range; at most 9007199254740992 is allowed",
            ),
            (
                Check::ExclusiveMaximum("18446744073709551615"),
                json!(u64::MAX - 1),
                json!(u64::MAX),
                "is out of range; less than 18446744073709551615 is required",
            ),
            (Check::MultipleOf("0.1"), json!(0.3), json!(0.25), "is not a multiple of 0.1"),
            (
                Check::MultipleOf("5"),
                json!(9_007_199_254_740_995_i64),
                json!(9_007_199_254_740_996_i64),
                "is not a multiple of 5",
            ),
            (Check::Enum(&["1", "\"a\"", "true"]), json!(1.0), json!("b"), "is not one of `1`, `a`, `true`"),
        ] {
            assert_eq!(check.violation(&valid), None, "{check:?} {valid}");
            assert_eq!(check.violation(&invalid).as_deref(), Some(reason), "{check:?} {invalid}");
            for other in
                [json!(null), json!(true), json!("a"), json!([1]), json!({ "a": 1, "b": 2 }), json!(5)]
            {
                let is_of_its_kind = std::mem::discriminant(&other) == std::mem::discriminant(&valid)
                    || matches!(check, Check::Enum(_)) && !other.is_null();
                assert!(is_of_its_kind || check.violation(&other).is_none(), "{check:?} {other}");
            }
        }
    }

    #[test]
    fn what_only_requests_have_must_be_set() {
        static PART: Rules = Rules { checks: &[Check::Required(&["a", "b"])], ..Rules::NONE };
        static WHOLE: Rules = Rules { properties: &[("part", Some(&PART))], ..Rules::NONE };
        assert_eq!(said(&PART, &json!({ "a": 1, "b": "" })), "");
        assert_eq!(said(&PART, &json!({ "c": 1 })), "`a` is not set, and `b` is not set");
        assert_eq!(said(&WHOLE, &json!({ "part": { "a": 1 } })), "`part.b` is not set");
        assert_eq!(said(&WHOLE, &json!({})), "");
    }

    static SHORT: Rules = Rules { checks: &[Check::MaxLength(1)], ..Rules::NONE };
    static NODE: Rules = Rules {
        checks: &[Check::MinProperties(1)],
        properties: &[("name", Some(&SHORT)), ("free", None), ("nodes", Some(&NODES))],
        others: Some(&SHORT),
        ..Rules::NONE
    };
    static NODES: Rules =
        Rules { checks: &[Check::MaxItems(2)], items: Some(&NODE), tuple: &[None], ..Rules::NONE };

    #[test]
    fn all_violations_are_listed_with_their_paths_and_none_of_the_values() {
        let valid = json!({ "name": "a", "free": "secret", "nodes": [{}, { "x": "b" }], "y": null });
        assert_eq!(said(&NODE, &valid), "");
        assert_eq!(said(&NODE, &json!({})), "body: has 0 properties; at least 1 is required");
        let invalid = json!({ "secret": "secret", "nodes": [{}, { "name": "secret" }, {}] });
        let mut said: Vec<String> = said(&NODE, &invalid).split(", and ").map(str::to_owned).collect();
        said.sort();
        assert_eq!(
            said,
            [
                "*: has 6 characters; at most 1 is allowed",
                "nodes: has 3 items; at most 2 are allowed",
                "nodes[1].name: has 6 characters; at most 1 is allowed",
                "nodes[2]: has 0 properties; at least 1 is required",
            ]
        );
        let found = violations(&NODES, "ids", &[json!({}), json!({})]).expect("it is serialized");
        assert_eq!(
            no_violations(&[Vec::new(), found]).expect_err("a violation").to_string(),
            "ids[1]: has 0 properties; at least 1 is required"
        );
    }

    static LIST: Rules = Rules { checks: &[Check::MaxItems(1)], ..Rules::NONE };
    static A: Rules = Rules { properties: &[("list", Some(&LIST)), ("next", Some(&UNION))], ..Rules::NONE };
    static UNION: Rules = Rules {
        branches: &[
            Branch { kind: Some("string"), required: &[], tags: &[], rules: Some(&SHORT) },
            Branch { kind: Some("object"), required: &[], tags: &[("kind", &["1"])], rules: Some(&A) },
            Branch { kind: Some("object"), required: &["next"], tags: &[("kind", &["2"])], rules: Some(&A) },
            Branch { kind: Some("object"), required: &["free"], tags: &[("kind", &["2"])], rules: None },
        ],
        ..Rules::NONE
    };

    #[test]
    fn a_union_holds_if_a_branch_that_the_value_can_be_of_does() {
        let long = json!([1, 2]);
        for (value, expected) in [
            (json!("a"), ""),
            (json!("ab"), "body: has 2 characters; at most 1 is allowed"),
            (json!(true), ""),
            (json!({ "kind": 1.0, "list": [1] }), ""),
            (json!({ "kind": 1, "list": long }), "list: has 2 items; at most 1 is allowed"),
            (json!({ "kind": 2, "list": long, "next": null, "free": 1 }), ""),
            (json!({ "kind": 2, "list": long, "next": null }), "list: has 2 items; at most 1 is allowed"),
            // No branch allows this kind: of those that it could be of without it, the first is checked.
            (json!({ "kind": 3, "list": long }), "list: has 2 items; at most 1 is allowed"),
            (json!({ "kind": 3, "list": [1] }), ""),
        ] {
            assert_eq!(said(&UNION, &value), expected, "{value}");
        }
    }

    static LONGER: Rules = Rules { checks: &[Check::MaxItems(2)], ..Rules::NONE };
    static EITHER: Rules = Rules {
        branches: &[
            Branch { kind: Some("array"), required: &[], tags: &[], rules: Some(&LIST) },
            Branch { kind: None, required: &[], tags: &[], rules: Some(&LONGER) },
        ],
        ..Rules::NONE
    };

    static SMALL: Rules = Rules { checks: &[Check::Maximum("9")], ..Rules::NONE };
    static INTEGER: Rules = Rules {
        branches: &[Branch { kind: Some("integer"), required: &[], tags: &[], rules: Some(&SMALL) }],
        ..Rules::NONE
    };

    #[test]
    fn an_integer_is_a_number_without_a_fraction() {
        for (value, is_integer) in [
            (json!(10), true),
            (json!(10.0), true),
            (json!(u64::MAX), true),
            (json!(10.5), false),
            (json!("a"), false),
        ] {
            assert_eq!(!said(&INTEGER, &value).is_empty(), is_integer, "{value}");
        }
    }

    #[test]
    fn a_message_lists_so_many_constants() {
        const ALL: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"];
        const FIRST: &[&str] = ALL.split_at(LISTED).0;
        let said = |constants: &'static [&'static str]| {
            Check::Enum(constants).violation(&json!("a")).unwrap_or_default()
        };
        assert!(said(FIRST).ends_with(", `11`"), "{}", said(FIRST));
        assert!(said(ALL).ends_with(", `11`, and 2 more"), "{}", said(ALL));
    }

    #[test]
    fn the_rules_of_one_branch_are_enough() {
        assert_eq!([json!([1]), json!([1, 2])].map(|value| said(&EITHER, &value)), ["", ""]);
        assert_eq!(said(&EITHER, &json!([1, 2, 3])), "body: has 3 items; at most 1 is allowed");
    }

    #[test]
    fn a_union_in_a_branch_holds_only_what_its_own_branches_do() {
        static INNER: Rules = Rules {
            branches: &[
                Branch { kind: Some("object"), required: &["a"], tags: &[], rules: None },
                Branch { kind: Some("string"), required: &[], tags: &[], rules: None },
            ],
            ..Rules::NONE
        };
        static OUTER: Rules = Rules {
            branches: &[
                Branch { kind: None, required: &[], tags: &[], rules: Some(&INNER) },
                Branch { kind: Some("array"), required: &[], tags: &[], rules: Some(&LIST) },
            ],
            ..Rules::NONE
        };
        for (value, expected) in [
            (json!([1, 2]), "body: has 2 items; at most 1 is allowed"),
            (json!([1]), ""),
            (json!("a"), ""),
            (json!({ "a": 1 }), ""),
        ] {
            assert_eq!(said(&OUTER, &value), expected, "{value}");
        }
    }

    #[test]
    fn unions_inside_unions_are_checked_once() {
        let mut value = json!({ "list": [1, 2] });
        for _ in 0..60 {
            value = json!({ "next": value });
        }
        let expected = format!("{}list: has 2 items; at most 1 is allowed", "next.".repeat(60));
        assert_eq!(said(&UNION, &value), expected);
    }
}
