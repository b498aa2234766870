//! Responses: statuses and headers.
//! Knows which statuses mean success; must not know bodies.

use super::{Both, Documents, Told, child, is_required, parameters, resolved};
use crate::normal::Site;
use crate::rules::{Place, Spot, rule};

impl<'a> Documents<'a> {
    pub(super) fn responses(&mut self, both: &Both<'_, 'a>) {
        let upper: fn(&str) -> String = str::to_ascii_uppercase;
        let before = resolved(self.old, &both.old.site, "responses", upper);
        let after = resolved(self.new, &both.new.site, "responses", upper);
        for (status, old) in &before {
            if let Some(new) = after.get(status) {
                self.notes(both, &format!("the status {status}"), old, new);
                self.content(both, old, new, both.answers, Place::Body, &format!("the body of {status}"));
                self.headers(both, status, old, new);
                continue;
            }
            let rule = if status.starts_with('2') {
                rule!("success-status-removed")
            } else {
                rule!("non-success-status-removed")
            };
            let spots = (Spot::at(&old.at), Spot::absent(Some(&both.new.site.at)));
            let told = Told::new(rule, format!("the status {status} is gone"), spots.0, spots.1);
            self.say(Some(&both.name), told.sent(both.answers, "status"));
        }
        for (status, new) in after.iter().filter(|(status, _)| !before.contains_key(*status)) {
            let rule = if status.starts_with('2') {
                rule!("success-status-added")
            } else {
                rule!("non-success-status-added")
            };
            let spots = (Spot::absent(Some(&both.old.site.at)), Spot::at(&new.at));
            let told = Told::new(rule, format!("the status {status} is new"), spots.0, spots.1);
            self.say(Some(&both.name), told.sent(both.answers, "status"));
        }
    }

    fn headers(&mut self, both: &Both<'_, 'a>, status: &str, old: &Site<'a>, new: &Site<'a>) {
        let lower: fn(&str) -> String = str::to_ascii_lowercase;
        let (before, after) =
            (resolved(self.old, old, "headers", lower), resolved(self.new, new, "headers", lower));
        // This one is ignored (OpenAPI 3.1.0 §4.8.17.1).
        let counts = |name: &&String| *name != "content-type";
        for name in before.keys().filter(counts) {
            let (site, what) = (&before[name], format!("the header `{name}` of {status}"));
            if let Some(other) = after.get(name) {
                self.header(both, &what, site, other);
                continue;
            }
            let rule = if is_required(site.value) {
                rule!("required-header-removed")
            } else {
                rule!("optional-header-removed")
            };
            let told =
                Told::new(rule, format!("{what} is gone"), Spot::at(&site.at), Spot::absent(Some(&new.at)));
            self.say(Some(&both.name), told.sent(both.answers, "header"));
        }
        for name in after.keys().filter(counts).filter(|name| !before.contains_key(*name)) {
            let site = &after[name];
            let rule = if is_required(site.value) {
                rule!("required-header-added")
            } else {
                rule!("optional-header-added")
            };
            let what = format!("the header `{name}` of {status} is new");
            let told = Told::new(rule, what, Spot::absent(Some(&old.at)), Spot::at(&site.at));
            self.say(Some(&both.name), told.sent(both.answers, "header"));
        }
    }

    fn header(&mut self, both: &Both<'_, 'a>, what: &str, old: &Site<'a>, new: &Site<'a>) {
        let mut tell = |rule, how: &str| {
            let told = Told::new(rule, format!("{what} {how}"), Spot::at(&old.at), Spot::at(&new.at));
            self.say(Some(&both.name), told.sent(both.answers, "header"));
        };
        match (is_required(old.value), is_required(new.value)) {
            (false, true) => tell(rule!("became-required"), "is always there now"),
            (true, false) => tell(rule!("became-optional"), "may be missing now"),
            _ => {}
        }
        if parameters::style("header", old.value) != parameters::style("header", new.value) {
            tell(rule!("style-changed"), "is written in another style");
        }
        self.promises(both, what, old, new, both.answers, "header");
        self.notes(both, what, old, new);
        self.pair(&both.name, child(old, "schema"), child(new, "schema"), both.answers, Place::Header, what);
        self.content(both, old, new, both.answers, Place::Header, what);
    }
}
