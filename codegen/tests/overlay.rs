//! What an overlay may do to a document, for overlays and documents that are made at random.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use relay_rest_codegen::{ActionOutcome, ActionReport, overlaid};
use serde_json::{Map, Value, json};

/// Objects and arrays over few keys and values, so that a document and an update meet often.
fn value() -> impl Strategy<Value = Value> {
    let leaf =
        prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), (0..3).prop_map(Value::from)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map("[a-d]", inner, 0..4).prop_map(|map| map.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    btree_map("[a-d]", value(), 0..4).prop_map(|map| map.into_iter().collect::<Map<_, _>>().into())
}

/// Applies one action on the member `x` of a document that has this value there.
fn apply(x: &Value, action: &Value) -> (Value, ActionReport) {
    apply_as("1.0.0", x, action)
}

/// As [`apply`], by an overlay of this version.
fn apply_as(version: &str, x: &Value, action: &Value) -> (Value, ActionReport) {
    let document = json!({ "openapi": "3.1.0", "x": x });
    let overlay =
        json!({ "overlay": version, "info": { "title": "t", "version": "1" }, "actions": [action] });
    let mut applied = overlaid(&document.to_string(), &overlay.to_string()).expect("both can be read");
    (applied.document["x"].take(), applied.actions.remove(0))
}

/// Whether `new` says all that `old` says: it may have more keys and more items.
fn keeps(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            old.iter().all(|(key, old)| new.get(key).is_some_and(|new| keeps(old, new)))
        }
        (Value::Array(old), Value::Array(new)) => new.starts_with(old),
        (old, new) => old == new,
    }
}

/// What an action has to state so that it may replace what it replaces.
fn expectations(report: &ActionReport) -> Value {
    let mut expects = json!({});
    for edit in &report.edits {
        let Some(old) = &edit.old else { continue };
        let mut at = &mut expects;
        // The first token is `x`, the target.
        for token in &edit.pointer.tokens()[1..] {
            at = &mut at[*token];
        }
        *at = old.clone();
    }
    expects
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn without_expectations_nothing_that_the_document_says_is_lost(x in object(), update in object()) {
        let (merged, report) = apply(&x, &json!({ "target": "$.x", "update": update }));
        if report.outcome == ActionOutcome::Applied {
            prop_assert!(keeps(&x, &merged) && merged != x, "{x} became {merged}");
        } else if matches!(report.outcome, ActionOutcome::Stale(_)) {
            prop_assert_eq!(merged, x);
        } else {
            prop_assert!(matches!(report.outcome, ActionOutcome::Unexpected(_)) && !keeps(&x, &merged));
        }
    }

    #[test]
    fn with_the_values_that_are_there_any_update_applies(x in object(), update in object()) {
        let (merged, report) = apply(&x, &json!({ "target": "$.x", "update": update }));
        let expects = expectations(&report);
        let action = json!({ "target": "$.x", "update": update, "x-expects": expects });
        let (again, report) = apply(&x, &action);
        prop_assert_eq!(&again, &merged);
        prop_assert!(!matches!(report.outcome, ActionOutcome::Unexpected(_)), "{:?}", report);

        // The document changes where the action replaces something, and not to what the action says.
        for edit in report.edits.iter().filter(|edit| edit.old.is_some()) {
            let mut moved = json!({ "x": x });
            *moved.pointer_mut(&edit.pointer.to_string()).expect("it is there") = json!("moved");
            let (_, report) = apply(&moved["x"], &action);
            prop_assert!(matches!(report.outcome, ActionOutcome::Unexpected(_)), "{:?}", report);
        }
    }

    #[test]
    fn what_is_removed_is_what_is_expected(x in object(), other in object()) {
        let action = |expects: &Value| json!({ "target": "$.x", "remove": true, "x-expects": expects });
        prop_assert_eq!(apply(&x, &action(&x)).1.outcome, ActionOutcome::Applied);
        let outcome = apply(&x, &action(&other)).1.outcome;
        prop_assert_eq!(matches!(outcome, ActionOutcome::Unexpected(_)), x != other);
    }

    #[test]
    fn the_same_update_is_stale_the_second_time(x in object(), update in object()) {
        let (merged, _) = apply(&x, &json!({ "target": "$.x", "update": update }));
        let (again, report) = apply(&merged, &json!({ "target": "$.x", "update": update }));
        prop_assert_eq!(again, merged);
        prop_assert!(matches!(report.outcome, ActionOutcome::Stale(_)), "{:?}", report);
    }
}

#[test]
fn an_item_is_appended_unless_the_array_has_an_equal_one() {
    let items = json!([{ "a": 1 }, { "a": 1, "b": 2 }, [1, 2], 1, "1"]);
    let same = json!([{ "a": 1.0 }, { "b": 2, "a": 1 }, [1.0, 2], 1.0, "1"]);
    let (merged, report) =
        apply(&json!({ "x": items }), &json!({ "target": "$.x", "update": { "x": same } }));
    assert_eq!(merged, json!({ "x": items }));
    let redundant: Vec<String> = report.redundant.iter().map(ToString::to_string).collect();
    assert_eq!(redundant, ["/x/x/0", "/x/x/1", "/x/x/2", "/x/x/3", "/x/x/4"]);

    let others = json!([{ "a": 2 }, { "c": 1 }, { "a": 1, "b": 3 }, { "a": 1, "b": 2, "c": 3 }, {}, [1], [1, 3], [1, 2, 3], [], 1.5, 2, true]);
    let (merged, report) =
        apply(&json!({ "x": items }), &json!({ "target": "$.x", "update": { "x": others } }));
    let appended = [items.as_array(), others.as_array()].into_iter().flatten().flatten();
    assert_eq!(merged["x"], appended.cloned().collect::<Value>());
    assert_eq!((report.edits.len(), report.redundant.len()), (12, 0));
}

#[test]
fn a_long_value_is_shortened_in_messages() {
    let action = |update: Value| json!({ "target": "$.x", "update": { "a": update } });
    let reason = |old: &str| match apply(&json!({ "a": old }), &action(json!("b"))).1.outcome {
        ActionOutcome::Unexpected(reason) => reason,
        outcome => panic!("{outcome:?}"),
    };
    // With its quotes, the first is just short enough.
    assert!(reason(&"é".repeat(198)).contains(&format!("replaces \"{}\" at", "é".repeat(198))));
    assert!(reason(&"é".repeat(199)).contains(&format!("replaces \"{}… at", "é".repeat(199))));
}

/// Applies an action of Overlay 1.1 that has to succeed. Returns the result and the locations of its edits.
fn applied(x: &Value, action: &Value) -> (Value, Vec<String>) {
    let (result, report) = apply_as("1.1.0", x, action);
    assert_eq!(report.outcome, ActionOutcome::Applied, "{action}");
    (result, report.edits.iter().map(|edit| edit.pointer.to_string()).collect())
}

#[test]
fn a_copy_is_merged_like_an_update_with_what_the_document_has() {
    let x = json!({ "a": { "p": 1, "list": [1] }, "b": { "q": 2, "list": [2] }, "c": {}, "text": "t", "none": null });
    let copy = |target: &str, from: &str| applied(&x, &json!({ "target": target, "copy": from }));
    let (result, edits) = copy("$.x.b", "$.x.a");
    assert_eq!(result["b"], json!({ "q": 2, "list": [2, 1], "p": 1 }));
    assert_eq!(edits, ["/x/b/p", "/x/b/list/1"]);
    // Into itself, and into several: each gets what was there before the action.
    let (result, _) = copy("$.x.c", "$.x");
    assert_eq!(result["c"], x);
    let (result, _) = copy("$.x['b', 'c']", "$.x.a");
    assert_eq!((&result["b"]["p"], &result["c"]["p"]), (&json!(1), &json!(1)));
    // An array is concatenated, anything else appended.
    assert_eq!(copy("$.x.a.list", "$.x.b.list").0["a"]["list"], json!([1, 2]));
    assert_eq!(copy("$.x.a.list", "$.x.text").0["a"]["list"], json!([1, "t"]));
    assert_eq!(copy("$.x.a.list", "$.x.c").0["a"]["list"], json!([1, {}]));
    assert_eq!(
        apply_as("1.0.0", &x, &json!({ "target": "$.x.a.list", "update": [2] })).0["a"]["list"],
        json!([1, [2]])
    );
    let stated = json!({ "target": "$.x.none", "copy": "$.x.text", "x-expects": null });
    assert_eq!(applied(&x, &stated).0["none"], "t");
}

#[test]
fn what_cannot_be_copied_is_an_error() {
    let x = json!({ "a": { "p": 1 }, "b": { "p": 2 }, "c": { "p": 1 }, "list": [1] });
    let outcome = |action: Value| apply_as("1.1.0", &x, &action).1.outcome;
    let stale = |outcome| matches!(outcome, ActionOutcome::Stale(_));
    let invalid = |outcome| matches!(outcome, ActionOutcome::Invalid(_));
    assert!(stale(outcome(json!({ "target": "$.x.c", "copy": "$.x.a" }))), "the document has these values");
    assert!(stale(outcome(json!({ "target": "$.x.c", "copy": "$.x.gone" }))));
    assert!(stale(outcome(json!({ "target": "$.x.gone", "copy": "$.x.a" }))));
    assert!(invalid(outcome(json!({ "target": "$.x.c", "copy": "$.x['a', 'b']" }))), "one value, not two");
    assert!(invalid(outcome(json!({ "target": "$.x.a", "copy": "$.x.list" }))), "an array into an object");
    assert!(invalid(outcome(json!({ "target": "$.x['a', 'list']", "update": {} }))), "targets of two forms");
    assert!(matches!(outcome(json!({ "target": "$.x.b", "copy": "$.x.a" })), ActionOutcome::Unexpected(_)));
    let stated = json!({ "target": "$.x.b", "copy": "$.x.a", "x-expects": { "p": 2 } });
    assert_eq!(outcome(stated), ActionOutcome::Applied);
    let skipped = json!({ "target": "$.x.b", "copy": "$.x.a", "x-unless": "$.x.list" });
    assert!(matches!(outcome(skipped), ActionOutcome::Skipped { .. }));
}

#[test]
fn an_overlay_1_1_updates_and_removes_primitives() {
    let x = json!({ "text": "old", "tags": ["a", "b", "c"], "n": 1 });
    let update = |expects: &Value| {
        apply_as("1.1.0", &x, &json!({ "target": "$.x.text", "update": "new", "x-expects": expects }))
    };
    let (result, report) = update(&json!("old"));
    assert_eq!((&result["text"], &report.outcome), (&json!("new"), &ActionOutcome::Applied));
    assert_eq!(report.edits[0].old, Some(json!("old")));
    assert!(matches!(update(&json!("other")).1.outcome, ActionOutcome::Unexpected(_)));
    let unstated = json!({ "target": "$.x.text", "update": "new" });
    assert!(matches!(apply_as("1.1.0", &x, &unstated).1.outcome, ActionOutcome::Unexpected(_)));
    // In 1.0, a target is an object or an array.
    assert!(matches!(apply(&x, &unstated).1.outcome, ActionOutcome::Invalid(_)));
    let same = json!({ "target": "$.x.text", "update": "old" });
    assert!(matches!(apply_as("1.1.0", &x, &same).1.outcome, ActionOutcome::Stale(_)));
    let other_form = json!({ "target": "$.x.text", "update": {}, "x-expects": "old" });
    assert!(matches!(apply_as("1.1.0", &x, &other_form).1.outcome, ActionOutcome::Invalid(_)));

    // A `null` is a value, not the absence of one.
    let (result, _) = applied(&x, &json!({ "target": "$.x.text", "update": null, "x-expects": "old" }));
    assert_eq!(result["text"], Value::Null);

    // What is not removed keeps its order.
    let (result, _) = applied(&x, &json!({ "target": "$.x.text", "remove": true, "x-expects": "old" }));
    assert_eq!(result.to_string(), r#"{"tags":["a","b","c"],"n":1}"#);
    let (result, edits) =
        applied(&x, &json!({ "target": "$.x.tags[?@ == 'b']", "remove": true, "x-expects": "b" }));
    assert_eq!((&result["tags"], edits), (&json!(["a", "c"]), vec!["/x/tags/1".to_owned()]));
}

#[test]
fn an_action_applies_once_to_each_match_whatever_their_order() {
    let x = json!(["a", "b", "a", "b", "b", "b", "b", "b", "b", "b", "a"]);
    let remove = json!({ "target": "$.x[2, 10, 0, 0, -11]", "remove": true, "x-expects": "a" });
    let (result, edits) = applied(&x, &remove);
    assert_eq!(result, json!(["b", "b", "b", "b", "b", "b", "b", "b"]));
    assert_eq!(edits, ["/x/10", "/x/2", "/x/0"]);
}
