//! Merging two comparisons, and finding the overlay actions that hide a change.

use serde_json::json;

use super::*;
use crate::rules::rule;

/// Parses `LEVEL DIRECTION POINTER#KEYWORD OPERATIONS ID`. `-` before the pointer: removed in the new document.
fn change(text: &str) -> Change {
    let words: [&str; 5] = text.split(' ').collect::<Vec<_>>().try_into().expect("five words");
    let [level, direction, at, operations, id] = words;
    let (at, keyword) = match at.split_once('#') {
        Some((at, "")) => (at, Some("")),
        Some((at, "minimum")) => (at, Some("minimum")),
        Some((_, keyword)) => panic!("{keyword}"),
        None => (at, None),
    };
    let (old_at, new_at) = match at.strip_prefix('-') {
        Some(gone) => (Location::at(&gone.into()), Location::absent(Some(&"/around".into()))),
        None => (Location::at(&at.into()), Location::at(&at.into())),
    };
    let direction = if direction == "request" { Direction::Request } else { Direction::Response };
    let at = [old_at, new_at].map(|location| Location { keyword, ..location });
    let finding = Finding {
        level: serde_json::from_value(json!(level)).expect("a level"),
        id: id.to_owned(),
        ..Finding::new(rule!("docs-changed"), Some(direction), "", at, [None, None])
    };
    Change { finding, operations: Arc::new(operations.split(',').map(Arc::from).collect()) }
}

fn changes(texts: &[&str]) -> Vec<Change> {
    texts.iter().map(|text| change(text)).collect()
}

/// Level, id, operations, and which comparison has it.
fn shown(changes: &[(Change, FoundIn)]) -> Vec<String> {
    let text = |(change, found_in): &(Change, FoundIn)| {
        let operations: Vec<&str> = change.operations.iter().map(|name| &**name).collect();
        let found_in = match found_in {
            FoundIn::Every => "always".to_owned(),
            FoundIn::Overlaid => "overlaid".to_owned(),
            FoundIn::Published(targets) => format!("hidden by [{}]", targets.join(", ")),
        };
        format!("{} {} {}: {found_in}", change.finding.level.name(), change.finding.id, operations.join(","))
    };
    changes.iter().map(text).collect()
}

/// The same document on both sides, with the same overlay.
fn published(document: &Value, actions: &Value) -> Published {
    let overlay = json!({ "overlay": "1.0.0", "info": { "title": "t", "version": "1" }, "actions": actions });
    let apply = || {
        let applied = relay_rest_codegen::overlaid(&document.to_string(), &overlay.to_string());
        let applied = applied.expect("both are read");
        assert_eq!(applied.problems(), []);
        applied.actions
    };
    Published { documents: [document.clone(), document.clone()], actions: [apply(), apply()] }
}

/// Merges two comparisons with empty overlays; `met` is what the client meets in each document.
fn united(overlaid: &[&str], upstream: &[&str], met: [&[&str]; 2]) -> [Vec<String>; 2] {
    let published =
        Published { documents: [json!({ "side": 0 }), json!({ "side": 1 })], actions: [vec![], vec![]] };
    let met = |document: &Value| changes(met[usize::from(document["side"] == 1)]);
    let united = published.unite(changes(overlaid), changes(upstream), met);
    [shown(&united.changes), shown(&united.anticipated)]
}

#[test]
fn a_change_is_shown_with_the_comparison_that_has_it() {
    let both = "warning request /a A both";
    assert_eq!(united(&[both], &[both], [&[], &[]]), [vec!["warning both A: always"], vec![]]);
    assert_eq!(united(&[both], &[], [&[], &[]]), [vec!["warning both A: overlaid"], vec![]]);
    assert_eq!(united(&[], &[both], [&[], &[]]), [vec![], vec!["warning both A: hidden by []"]]);
    // Documentation never counts as anticipated.
    let docs = "docs request /a A docs";
    assert_eq!(united(&[], &[docs], [&[], &[]]), [vec!["docs docs A: hidden by []"], vec![]]);
    // Only the operations that the other comparison lacks.
    let more = "warning request /a A,B more";
    assert_eq!(
        united(&[both], &[more], [&[], &[]]),
        [vec!["warning both A: always"], vec!["warning more B: hidden by []"]]
    );
    // Another direction, and another location of a removal.
    let (other, gone) = ("warning response /a A other", "warning request -/a/1 A gone");
    let left = "warning request -/a/2 A left";
    assert_eq!(
        united(&[both, gone], &[other, left], [&[], &[]]),
        [
            vec!["warning both A: overlaid", "warning gone A: overlaid"],
            vec!["warning other A: hidden by []", "warning left A: hidden by []"]
        ]
    );
    assert_eq!(united(&[gone], &[gone], [&[], &[]]), [vec!["warning gone A: always"], vec![]]);
}

#[test]
fn a_new_break_that_the_client_meets_is_reported() {
    let of = |level: &str| format!("{level} request /a A met");
    for (level, is_reported) in [("breaking", true), ("warning", true), ("info", false), ("docs", false)] {
        let met = of(level);
        let reported = if is_reported { vec![format!("{level} met A: hidden by []")] } else { vec![] };
        assert_eq!(united(&[], &[], [&[], &[&met]]), [reported, vec![]]);
        // Found in BASE too, so not new.
        assert_eq!(united(&[], &[], [&[&met], &[&met]]), [[""; 0], [""; 0]]);
    }
    // Unless a finding of the same level or worse is reported at this location.
    for (level, is_more) in [("breaking", false), ("warning", false), ("info", true)] {
        let overlaid = format!("{level} request /a A overlaid");
        let mut expected = vec![format!("{level} overlaid A: overlaid")];
        expected.splice(0..0, is_more.then(|| "warning met A: hidden by []".to_owned()));
        assert_eq!(united(&[&overlaid], &[], [&[], &[&of("warning")]]), [expected, vec![]]);
    }
}

#[test]
fn the_worse_of_the_upstream_change_and_the_one_the_client_meets_is_reported() {
    let met = "warning request /a A,B met";
    for (upstream, expected) in [
        ("breaking request /a A upstream", "breaking upstream A,B: hidden by []"),
        ("warning request /a A upstream", "warning met A,B: hidden by []"),
        ("info request /a A upstream", "warning met A,B: hidden by []"),
    ] {
        assert_eq!(united(&[], &[upstream], [&[], &[met]]), [vec![expected], vec![]], "{upstream}");
    }
    // At another location, or for other operations.
    for (upstream, expected) in [
        ("breaking request /b A upstream", "breaking upstream A: hidden by []"),
        ("breaking request /a C upstream", "breaking upstream C: hidden by []"),
    ] {
        let found = united(&[], &[upstream], [&[], &[met]]);
        assert_eq!(found, [vec!["warning met A,B: hidden by []"], vec![expected]], "{upstream}");
    }
}

#[test]
fn a_further_cause_of_a_break_is_not_anticipated() {
    let upstream = "warning request /a/b A upstream";
    for (met, is_shown) in [
        ("warning request /a A met", true),
        ("breaking request /a/b A,B met", true),
        ("info request /a A met", false),
        ("warning response /a A met", false),
        ("warning request /a B met", false),
        ("warning request /a/b/c A met", false),
        ("warning request /c A met", false),
    ] {
        let expected = vec!["warning upstream A: hidden by []".to_owned()];
        let expected = if is_shown { [expected, vec![]] } else { [vec![], expected] };
        assert_eq!(united(&[], &[upstream], [&[met], &[met]]), expected, "{met}");
    }
    let harmless = "info request /a/b A upstream";
    let met = "warning request /a A met";
    assert_eq!(
        united(&[], &[harmless], [&[met], &[met]]),
        [vec![], vec!["info upstream A: hidden by []".to_owned()]]
    );
}

#[test]
fn a_change_is_hidden_by_actions_around_it_or_else_inside_it() {
    let document = json!({ "openapi": "3.1.0", "a": { "type": "integer" }, "b": { "c": {}, "d": {} } });
    let published = published(
        &document,
        &json!([
            { "target": "$.a", "update": { "minimum": 1 } },
            { "target": "$['a']", "update": { "maximum": 9 } },
            { "target": "$.b.c", "update": { "x": 1, "y": 2 } },
        ]),
    );
    for (at, targets) in [
        ("/a#minimum", vec!["$.a"]),
        ("/a/minimum/within", vec!["$.a"]),
        ("/a", vec!["$.a", "$['a']"]),
        ("/a#", vec!["$.a", "$['a']"]),
        ("-/b", vec!["$.b.c"]),
        ("/b/d", vec![]),
    ] {
        let found = published.hidden_by(&change(&format!("info request {at} A id")));
        assert_eq!(found, targets, "{at}");
    }
}

#[test]
fn items_after_a_removed_one_move_up() {
    let document = json!({ "openapi": "3.1.0", "a": [{ "x": 0 }, { "x": 1 }, { "x": 1 }, { "x": 3 }], "b": { "0": {}, "1": {} } });
    let published = published(
        &document,
        &json!([
            { "target": "$.a[?@.x == 1]", "remove": true, "x-expects": { "x": 1 } },
            { "target": "$.b['0']", "remove": true, "x-expects": {} },
        ]),
    );
    let moved = Moved::new(&document, &published.actions[0]);
    for (published, overlaid) in [
        ("/a/0/x", "/a/0/x"),
        ("/a/1/x", "/a/1/x"),
        ("/a/3/x", "/a/1/x"),
        ("/a", "/a"),
        ("/b/1", "/b/1"),
        ("/c/3", "/c/3"),
    ] {
        let found = moved.by_overlay(Pointer::parse(published).expect("a pointer"));
        assert_eq!(found.to_string(), overlaid);
    }
}
