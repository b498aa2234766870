//! Compares responses: statuses and headers.

use serde_json::Value;

use super::{DocumentComparison, FindingDraft, OperationPair, is_required, parameters, resolved, unread};
use crate::normal::Site;
use crate::rules::{Part, rule, toggled};

impl<'a> DocumentComparison<'a> {
    pub(super) fn responses(&mut self, pair: &OperationPair<'_, 'a>) {
        // `4xx` is `4XX`, and `default` stays.
        let folded: fn(&str) -> String = |status| match status.eq_ignore_ascii_case("default") {
            true => "default".to_owned(),
            false => status.to_ascii_uppercase(),
        };
        let before = resolved(self.old, &pair.old.site, "responses", folded);
        let after = resolved(self.new, &pair.new.site, "responses", folded);
        for (status, old) in &before {
            if let Some(new) = after.get(status) {
                let what = pair.subject(&format!("response {status}"));
                self.compare_docs(pair, &what, old, new);
                self.unread(Some(pair), &what, [old, new], &unread::RESPONSE);
                let what = pair.subject(&format!("response {status} body"));
                self.content(pair, old, new, pair.response_direction, Part::Body, &what);
                self.headers(pair, status, old, new);
                continue;
            }
            let is_success = status.starts_with('2');
            let rule = rule!(if is_success => "success-status-removed", else "non-success-status-removed");
            let what = pair.subject(&format!("response {status}"));
            let draft = FindingDraft::removed(rule, what, old, &pair.new.site);
            self.report(Some(pair), draft.sent(pair.response_direction, "status"));
        }
        for (status, new) in after.iter().filter(|(status, _)| !before.contains_key(*status)) {
            let is_success = status.starts_with('2');
            let rule = rule!(if is_success => "success-status-added", else "non-success-status-added");
            let what = pair.subject(&format!("response {status}"));
            let draft = FindingDraft::added(rule, what, &pair.old.site, new);
            self.report(Some(pair), draft.sent(pair.response_direction, "status"));
        }
    }

    fn headers(&mut self, pair: &OperationPair<'_, 'a>, status: &str, old: &Site<'a>, new: &Site<'a>) {
        let lower: fn(&str) -> String = str::to_ascii_lowercase;
        let (before, after) =
            (resolved(self.old, old, "headers", lower), resolved(self.new, new, "headers", lower));
        // A documented `Content-Type` header is ignored (OpenAPI 3.1.0 §4.8.17.1).
        let counts = |name: &&String| *name != "content-type";
        for name in before.keys().filter(counts) {
            let (site, what) = (&before[name], pair.subject(&format!("response {status} header `{name}`")));
            if let Some(other) = after.get(name) {
                self.header(pair, &what, site, other);
                continue;
            }
            let is_required = is_required(site.value);
            let rule = rule!(if is_required => "required-header-removed", else "optional-header-removed");
            let draft = FindingDraft::removed(rule, what, site, new);
            self.report(Some(pair), draft.sent(pair.response_direction, "header"));
        }
        for name in after.keys().filter(counts).filter(|name| !before.contains_key(*name)) {
            let site = &after[name];
            let is_required = is_required(site.value);
            let rule = rule!(if is_required => "required-header-added", else "optional-header-added");
            let what = pair.subject(&format!("response {status} header `{name}`"));
            let draft = FindingDraft::added(rule, what, old, site);
            self.report(Some(pair), draft.sent(pair.response_direction, "header"));
        }
    }

    fn header(&mut self, pair: &OperationPair<'_, 'a>, what: &str, old: &Site<'a>, new: &Site<'a>) {
        let styles = parameters::styles("header", [(self.old, old), (self.new, new)]);
        let mut report = |rule, [before, after]: [Value; 2]| {
            let draft = FindingDraft::changed(rule, what, old, new).values(Some(before), Some(after));
            self.report(Some(pair), draft.sent(pair.response_direction, "header"));
        };
        let (was, is) = (is_required(old.value), is_required(new.value));
        if let Some(rule) = toggled(was, is, [rule!("became-required"), rule!("became-optional")]) {
            report(rule, [was.into(), is.into()]);
        }
        if let Some(styles) = styles {
            report(rule!("style-changed"), styles);
        }
        self.compare_lifecycle(pair, what, old, new, pair.response_direction, "header");
        self.compare_docs(pair, what, old, new);
        self.unread(Some(pair), what, [old, new], &unread::PARAMETER);
        self.schema_or_content(pair, old, new, pair.response_direction, Part::Header, what);
    }
}
