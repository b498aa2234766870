//! JSON for programs, as documented in `xtask/README.md`. Removing or changing a field raises `VERSION`.

use serde_json::{Value, json};

use super::View;
use crate::basis::FoundIn;
use crate::report::{Place, Report, ReportedChange, RustComparison};
use crate::rules::Direction;
use crate::rust_api::{Bump, ItemChange};

const VERSION: u32 = 2;

/// Prints the report as one object. `docs` lists the documentation changes if they are shown, and counts them otherwise.
pub fn json(report: &Report, view: View) -> Value {
    let all = |changes: &[ReportedChange]| view.of(changes).map(change).collect::<Vec<_>>();
    let mut object = json!({
        "version": VERSION,
        "base": report.names[0],
        "revision": report.names[1],
        "notes": report.notes,
        "changes": all(&report.changes),
        "accepted": all(&report.accepted),
        "anticipated": all(&report.anticipated),
        "stale": report.stale.iter().map(|stale| json!({ "fingerprint": stale.fingerprint, "reason": stale.reason, "expired": stale.has_expired().then_some(&stale.until) })).collect::<Vec<_>>(),
        "docs": report.docs.len(),
        "rust": rust(report, view),
        "due": report.due().map(Bump::name),
        "verdict": report.verdict(),
    });
    if view.docs {
        object["docs"] = json!(report.docs.iter().map(change).collect::<Vec<_>>());
    }
    object
}

fn change(reported: &ReportedChange) -> Value {
    let finding = &reported.finding;
    let [old, new] = &reported.places;
    let line = |place: &Option<Place>| place.as_ref().map(|place| place.line);
    let file = |place: &Option<Place>| place.as_ref().and_then(|place| place.file.clone());
    let operations: Vec<&str> = reported.operations.iter().map(|name| &**name).collect();
    json!({
        "level": finding.level.name(),
        "id": finding.id,
        "rule": finding.rule.row().name,
        "direction": finding.direction.map(Direction::name),
        "operation": operations.first(),
        "operations": operations,
        "pointer": finding.pointer(),
        "old_pointer": finding.old_at.present().map(|at| &**at),
        "new_pointer": finding.new_at.present().map(|at| &**at),
        "old_line": line(old),
        "new_line": line(new),
        "old_file": file(old),
        "new_file": file(new),
        "message": finding.message(),
        "old": finding.old,
        "new": finding.new,
        "values": finding.values,
        "also_at": finding.also_at.iter().map(|place| json!({ "subject": place.subject, "pointer": place.pointer })).collect::<Vec<_>>(),
        "fingerprint": reported.fingerprint,
        "only_in": match reported.found_in {
            FoundIn::Every => None,
            FoundIn::Published(_) => Some("published"),
            FoundIn::Overlaid => Some("overlaid"),
        },
        "hidden_by": if let FoundIn::Published(by) = &reported.found_in { by.as_slice() } else { &[] },
    })
}

fn rust(report: &Report, view: View) -> Value {
    let item = |item: &ItemChange| {
        json!({
            "level": item.bump.name(),
            "old": item.old,
            "new": item.new,
            "cause": item.cause.as_ref().map(|cause| json!({ "message": cause.message, "pointer": cause.pointer })),
        })
    };
    match &report.rust {
        RustComparison::Skipped => Value::Null,
        RustComparison::Failed(reason) => json!({ "level": null, "missing": reason }),
        RustComparison::Compared(_) => json!({
            "level": report.bump_of_items().unwrap_or(Bump::Patch).name(),
            "items": view.items(report).map(item).collect::<Vec<_>>(),
        }),
    }
}
