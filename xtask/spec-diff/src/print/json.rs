//! JSON for programs, as documented in `xtask/README.md`. Removing or changing a field raises `VERSION`.

use serde_json::{Value, json};

use crate::basis::FoundIn;
use crate::report::{Report, ReportedChange, RustComparison};
use crate::rules::Direction;
use crate::rust_api::{Bump, ItemChange};

const VERSION: u32 = 2;

/// Prints the report as one object; with `with_docs`, `docs` lists the documentation changes instead of counting them.
pub fn json(report: &Report, with_docs: bool) -> Value {
    let all = |changes: &[ReportedChange]| changes.iter().map(change).collect::<Vec<_>>();
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
        "rust": rust(report),
        "due": report.due().map(Bump::name),
        "verdict": report.verdict(),
    });
    if with_docs {
        object["docs"] = json!(all(&report.docs));
    }
    object
}

fn change(reported: &ReportedChange) -> Value {
    let finding = &reported.finding;
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
        "old_line": reported.lines[0],
        "new_line": reported.lines[1],
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

fn rust(report: &Report) -> Value {
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
        RustComparison::Compared(items) => json!({
            "level": report.bump_of_items().unwrap_or(Bump::Patch).name(),
            "items": items.iter().map(item).collect::<Vec<_>>(),
        }),
    }
}
