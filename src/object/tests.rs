//! Structs of each kind, read and written as JSON.

use std::collections::HashMap;

use serde_json::json;

#[derive(Clone, Debug, PartialEq)]
struct All {
    count: i64,
    name: String,
    note: Option<String>,
    unset: Option<Option<u8>>,
    list: Vec<u8>,
    many: Option<i64>,
}

mod integers {
    /// Reads floats as integers.
    pub(super) struct Integer<T>(pub(super) T);

    impl<'de> serde::Deserialize<'de> for Integer<i64> {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            f64::deserialize(deserializer).map(|value| Self(value as i64))
        }
    }

    impl<'de> serde::Deserialize<'de> for Integer<Option<i64>> {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Option::<f64>::deserialize(deserializer).map(|value| Self(value.map(|value| value as i64)))
        }
    }
}

object! {
    All [count name]
    0 "the count" count required integers;
    1 "name" name required;
    2 "note" note optional;
    3 "unset" unset nullable;
    4 "list" list default;
    5 "many" many optional integers;
}

fn read(text: &str) -> Result<All, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

#[test]
fn a_struct_is_read_from_an_object_in_any_order() {
    let all = All { count: 1, name: "n".to_owned(), note: None, unset: None, list: Vec::new(), many: None };
    assert_eq!(read(r#"{"name":"n","the count":1.0}"#), Ok(all.clone()));
    let nulls = All { unset: Some(None), ..all.clone() };
    assert_eq!(
        read(r#"{"the count":1,"many":null,"x":[{}],"note":null,"unset":null,"name":"n"}"#),
        Ok(nulls)
    );
    let full = All { note: Some("o".to_owned()), unset: Some(Some(2)), list: vec![3], many: Some(4), ..all };
    let text = r#"{"the count":1,"name":"n","note":"o","unset":2,"list":[3],"many":4}"#;
    assert_eq!(read(text), Ok(full.clone()));
    assert_eq!(serde_json::to_string(&full).ok().as_deref(), Some(text));
}

#[test]
fn absent_properties_are_not_written_and_not_counted() {
    let of = |unset| All { count: 1, name: String::new(), note: None, unset, list: Vec::new(), many: None };
    let written = |all: &All| serde_json::to_value(all).expect("JSON");
    assert_eq!(written(&of(None)), json!({"the count": 1, "name": "", "list": []}));
    assert_eq!(written(&of(Some(None))), json!({"the count": 1, "name": "", "unset": null, "list": []}));
}

/// The errors are those of serde's derive.
#[test]
fn an_error_names_the_property() {
    let error = |text: &str| read(text).expect_err("an error");
    assert_eq!(error(r#"{"note":"o"}"#), "missing field `the count` at line 1 column 12");
    assert_eq!(error(r#"{"the count":1}"#), "missing field `name` at line 1 column 15");
    assert_eq!(error(r#"{"note":"","note":""}"#), "duplicate field `note` at line 1 column 17");
    assert_eq!(error("[1, \"n\"]"), "invalid type: sequence, expected struct All at line 1 column 1");
    let wrong = r#"{"the count":1,"name":true,"note":"o"}"#;
    assert_eq!(error(wrong), "invalid type: boolean `true`, expected a string at line 1 column 26");
}

#[derive(Debug, PartialEq)]
struct Closed {
    name: Option<String>,
}
object! { closed Closed [] 0 "name" name optional; }

#[test]
fn a_closed_object_has_no_other_properties() {
    assert_eq!(serde_json::from_str(r#"{"name":null}"#).ok(), Some(Closed { name: None }));
    let error = serde_json::from_str::<Closed>(r#"{"name":"n","x":1}"#).expect_err("closed");
    assert_eq!(error.to_string(), "unknown field `x`, expected `name` at line 1 column 15");
    assert_eq!(serde_json::to_string(&Closed { name: None }).ok().as_deref(), Some("{}"));
}

#[derive(Debug, Default, PartialEq)]
struct Open {
    name: String,
    note: Option<String>,
    extra: HashMap<String, i64>,
}
object! { Open [name] 0 "the name" name required; 1 "note" note optional; ..extra integers }

#[test]
fn other_properties_are_kept_in_a_map() {
    let text = r#"{"the name":"n","b":2}"#;
    let open = serde_json::from_str::<Open>(r#"{"b":1.0,"note":null,"the name":"n","b":2.0}"#);
    let open = open.expect("it can be read");
    assert_eq!(open.extra, HashMap::from([("b".to_owned(), 2)]));
    assert_eq!((&*open.name, open.note.as_deref()), ("n", None));
    assert_eq!(serde_json::to_string(&open).ok().as_deref(), Some(text));
    let error = |text: &str| serde_json::from_str::<Open>(text).expect_err("an error").to_string();
    assert_eq!(error(r#"{"b":1}"#), "missing field `the name` at line 1 column 7");
    assert_eq!(
        error(r#"{"the name":"n","b":[]}"#),
        "invalid type: sequence, expected f64 at line 1 column 20"
    );
}

/// As serde's derive does: what a map may have for a key is for its type to say.
#[test]
fn a_key_that_is_not_of_its_type_is_an_error() {
    struct Keyed {
        extra: HashMap<u8, Option<bool>>,
    }
    object! { Keyed [] ..extra }
    let read = |text: &str| serde_json::from_str::<Keyed>(text).map_err(|error| error.to_string());
    assert_eq!(read("{}").map(|keyed| keyed.extra.len()), Ok(0));
    let error = "invalid type: string \"x\", expected u8 at line 1 column 4";
    assert_eq!(read(r#"{"x":true}"#).map(drop), Err(error.to_owned()));
}

#[test]
fn a_struct_of_many_properties_is_read() {
    struct Nothing;
    object! { Nothing [] }
    let many: String = (0..200).map(|index| format!("\"p{index}\":{index},")).collect();
    assert!(serde_json::from_str::<Nothing>(&format!("{{{many}\"p\":0}}")).is_ok());
    let mut seen = super::Seen::default();
    assert!([0, 63, 64, 200].iter().all(|index| !seen.insert(*index) && seen.has(*index)));
    assert!(seen.insert(64) && seen.insert(63) && !seen.has(65));
}
