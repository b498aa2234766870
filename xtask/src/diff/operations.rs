//! How the operations of two documents differ, and which schemas of each are to be compared.
//! Knows the structure of OpenAPI around schemas; must not know schemas.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::lifecycle;
use super::rules::{Direction, Finding, Level, Place};
use super::schemas::{Comparison, Pair};
use super::shape::{At, Schemas, below};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// A finding and the operations that it reaches.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) finding: Finding,
    pub(crate) operations: BTreeSet<String>,
}

/// All that differs, the worst first.
pub(crate) fn compare(old: &Value, new: &Value) -> Vec<Change> {
    let mut documents = Documents {
        old: Schemas(old),
        new: Schemas(new),
        schemas: Comparison::new(old, new),
        changes: Vec::new(),
        roots: BTreeMap::new(),
    };
    documents.servers();
    documents.paths("paths", false);
    documents.paths("webhooks", true);
    documents.finish()
}

struct Documents<'a> {
    old: Schemas<'a>,
    new: Schemas<'a>,
    schemas: Comparison<'a>,
    changes: Vec<Change>,
    /// The pairs of schemas that operations begin with.
    roots: BTreeMap<usize, BTreeSet<String>>,
}

/// An operation and where it stands; the path item for its parameters.
struct Operation {
    name: String,
    at: At,
    item: At,
}

impl Documents<'_> {
    fn say(&mut self, operation: &str, finding: Finding) {
        self.changes.push(Change { finding, operations: BTreeSet::from([operation.to_owned()]) });
    }

    fn pair(&mut self, operation: &str, old: At, new: At, direction: Direction, place: Place, name: &str) {
        let pair = Pair { old: vec![old], new: vec![new], direction, place, name: name.to_owned() };
        let node = self.schemas.compare(&pair);
        self.roots.entry(node).or_default().insert(operation.to_owned());
    }

    fn finish(mut self) -> Vec<Change> {
        let mut operations: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for (root, names) in &self.roots {
            let mut reached = BTreeSet::new();
            self.schemas.reach(*root, &mut reached);
            for node in reached {
                operations.entry(node).or_default().extend(names.iter().cloned());
            }
        }
        for (node, names) in operations {
            let found = self.schemas.findings(node).to_vec();
            self.changes
                .extend(found.into_iter().map(|finding| Change { finding, operations: names.clone() }));
        }
        let mut changes: Vec<Change> = Vec::new();
        for change in self.changes {
            // One cause in one direction is one change, whichever ways lead to it.
            match changes.iter_mut().find(|known| known.finding == change.finding) {
                Some(known) => known.operations.extend(change.operations),
                None => changes.push(change),
            }
        }
        changes.sort_by(|one, other| {
            let key = |change: &Change| {
                (
                    change.finding.level,
                    change.operations.clone(),
                    change.finding.id.clone(),
                    change.finding.old_at.clone(),
                    change.finding.new_at.clone(),
                    change.finding.message.clone(),
                )
            };
            key(one).cmp(&key(other))
        });
        changes
    }

    /// Deprecation, sunset and stability.
    fn lifecycle(&mut self, name: &str, prefix: &str, what: &str, old: &At, new: &At) {
        let (Some(before), Some(after)) = (self.old.0.pointer(old), self.new.0.pointer(new)) else { return };
        for (level, id, why) in lifecycle::changed(before, after) {
            // oasdiff calls an operation an endpoint where it is deprecated, and else an API.
            let prefix = if prefix == "endpoint" && !matches!(id, "deprecated" | "reactivated") {
                "api"
            } else {
                prefix
            };
            let id = format!("{prefix}-{id}");
            self.say(
                name,
                Finding::of(level, &id, format!("{what}: {why}"), Some(old.clone()), Some(new.clone())),
            );
        }
    }

    fn servers(&mut self) {
        // With the defaults of its variables: a placeholder in words and one with a default may be the same.
        let url = |server: &Value| {
            let url = server.get("url")?.as_str()?.to_owned();
            let variables = server.get("variables").and_then(Value::as_object).into_iter().flatten();
            Some(variables.fold(url, |url, (name, variable)| {
                let default = variable.get("default").and_then(Value::as_str).unwrap_or_default();
                url.replace(&format!("{{{name}}}"), default)
            }))
        };
        let urls = |document: &Value| -> BTreeSet<String> {
            let servers = document.get("servers").and_then(Value::as_array);
            servers.into_iter().flatten().filter_map(url).collect()
        };
        let (old, new) = (urls(self.old.0), urls(self.new.0));
        for gone in old.difference(&new) {
            let message = format!("the server `{gone}` is gone; whoever sends to it reaches nobody");
            let finding = Finding::of(
                Level::Breaking,
                "api-server-url-removed",
                message,
                Some("/servers".to_owned()),
                Some("/servers".to_owned()),
            );
            self.changes.push(Change { finding, operations: BTreeSet::new() });
        }
    }

    /// The operations by method and path; the names of path parameters make no difference.
    fn operations(schemas: &Schemas<'_>, section: &str) -> BTreeMap<String, Operation> {
        let mut operations = BTreeMap::new();
        let paths = schemas.0.get(section).and_then(Value::as_object);
        for path in paths.into_iter().flat_map(Map::keys).filter(|path| !path.starts_with("x-")) {
            let Some((item, value)) = schemas.resolve(&below(&format!("/{section}"), path)) else { continue };
            for method in METHODS.iter().filter(|method| value.get(**method).is_some()) {
                let name = format!("{} {path}", method.to_uppercase());
                let key = format!("{method} {}", nameless(path));
                operations.insert(key, Operation { name, at: below(&item, method), item: item.clone() });
            }
        }
        operations
    }

    fn paths(&mut self, section: &str, is_webhook: bool) {
        let (old, new) = (Self::operations(&self.old, section), Self::operations(&self.new, section));
        for (key, operation) in &old {
            let Some(other) = new.get(key) else {
                let value = self.old.0.pointer(&operation.at).cloned().unwrap_or_default();
                let kind = if is_webhook { "webhook" } else { "api" };
                let (level, id, why) = match lifecycle::removed(&value) {
                    Some((level, id, why)) => (level, format!("{kind}-{id}"), why),
                    None if is_webhook => {
                        (Level::Breaking, "webhook-removed".to_owned(), "it never comes any more".to_owned())
                    }
                    None => (
                        Level::Breaking,
                        "api-removed-without-deprecation".to_owned(),
                        "whoever calls it fails".to_owned(),
                    ),
                };
                let message = format!("{} is gone; {why}", operation.name);
                self.say(&operation.name, Finding::of(level, &id, message, Some(operation.at.clone()), None));
                continue;
            };
            self.operation(operation, other, is_webhook);
        }
        for operation in new.iter().filter(|(key, _)| !old.contains_key(*key)).map(|(_, operation)| operation)
        {
            let id = if is_webhook { "webhook-added" } else { "endpoint-added" };
            let message = format!("{} is new", operation.name);
            self.say(
                &operation.name,
                Finding::of(Level::Info, id, message, None, Some(operation.at.clone())),
            );
        }
    }

    fn operation(&mut self, old: &Operation, new: &Operation, is_webhook: bool) {
        let name = &new.name;
        self.lifecycle(name, "endpoint", name, &old.at, &new.at);
        let (sends, reads) = if is_webhook {
            (Direction::Response, Direction::Request)
        } else {
            (Direction::Request, Direction::Response)
        };
        if !is_webhook {
            self.security(old, new);
        }
        self.parameters(old, new, sends);
        self.body(old, new, sends);
        self.responses(old, new, reads);
    }

    /// What a caller has to show: the old way is enough where all of some new alternative is in it.
    fn security(&mut self, old: &Operation, new: &Operation) {
        let (before, after) = (alternatives(self.old.0, &old.at), alternatives(self.new.0, &new.at));
        if before == after {
            return;
        }
        let works = |alternative: &BTreeSet<String>| after.iter().any(|needed| needed.is_subset(alternative));
        let (level, id, why) = if !before.iter().any(works) {
            (Level::Breaking, "api-security-added", "whoever authenticates as before is refused")
        } else if !before.iter().all(works) {
            (Level::Info, "api-security-removed", "one way to authenticate is gone, another still works")
        } else {
            (Level::Info, "api-security-relaxed", "whoever authenticates as before still can")
        };
        let message = format!("{} is secured in another way; {why}", new.name);
        let finding = Finding::of(level, id, message, Some(old.at.clone()), Some(new.at.clone()));
        self.say(&new.name, finding);
    }

    /// The parameters of an operation by place and name, its path's included.
    fn parameters_of(schemas: &Schemas<'_>, operation: &Operation) -> BTreeMap<(String, String), At> {
        let mut all = BTreeMap::new();
        let mut path_parameters = 0;
        for owner in [&operation.item, &operation.at] {
            let list = format!("{owner}/parameters");
            let count = schemas.0.pointer(&list).and_then(Value::as_array).map_or(0, Vec::len);
            for index in 0..count {
                let Some((at, value)) = schemas.resolve(&format!("{list}/{index}")) else { continue };
                let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                let (place, mut name) = (text("in"), text("name"));
                if place == "path" {
                    // By their order in the path: their names do not travel.
                    let order = operation
                        .name
                        .match_indices('{')
                        .position(|(start, _)| operation.name[start + 1..].starts_with(&format!("{name}}}")));
                    name = format!("{{{}}}", order.unwrap_or(path_parameters));
                    path_parameters += 1;
                } else if place == "header" {
                    name = name.to_ascii_lowercase();
                }
                all.insert((place, name), at);
            }
        }
        all
    }

    fn parameters(&mut self, old: &Operation, new: &Operation, direction: Direction) {
        let name = &new.name;
        let (before, after) = (Self::parameters_of(&self.old, old), Self::parameters_of(&self.new, new));
        let is_required = |schemas: &Schemas<'_>, at: &str| {
            schemas.0.pointer(at).is_some_and(|value| value.get("required") == Some(&Value::Bool(true)))
        };
        for (key, at) in &before {
            let what = format!("the {} parameter `{}`", key.0, key.1);
            let Some(other) = after.get(key) else {
                let value = self.old.0.pointer(at).cloned().unwrap_or_default();
                let ignored = || (Level::Warning, "removed", "what is sent for it is ignored".to_owned());
                // A warning at most, whatever was promised, but for a promise that cannot be read.
                let (level, id, why) = lifecycle::removed(&value)
                    .filter(|(_, id, _)| *id == "sunset-parse")
                    .unwrap_or_else(ignored);
                let finding = Finding::of(
                    level,
                    &format!("request-parameter-{id}"),
                    format!("{what} is gone; {why}"),
                    Some(at.clone()),
                    None,
                );
                self.say(name, finding);
                continue;
            };
            match (is_required(&self.old, at), is_required(&self.new, other)) {
                (false, true) => self.say(
                    name,
                    Finding::of(
                        Level::Breaking,
                        "request-parameter-became-required",
                        format!("{what} is required now"),
                        Some(at.clone()),
                        Some(other.clone()),
                    ),
                ),
                (true, false) => self.say(
                    name,
                    Finding::of(
                        Level::Info,
                        "request-parameter-became-optional",
                        format!("{what} is optional now"),
                        Some(at.clone()),
                        Some(other.clone()),
                    ),
                ),
                _ => {}
            }
            let style = |schemas: &Schemas<'_>, at: &str| {
                let value = schemas.0.pointer(at);
                let style = value
                    .and_then(|value| value.get("style")?.as_str())
                    .unwrap_or(if matches!(key.0.as_str(), "query" | "cookie") { "form" } else { "simple" })
                    .to_owned();
                let explode =
                    value.and_then(|value| value.get("explode")?.as_bool()).unwrap_or(style == "form");
                (style, explode)
            };
            if style(&self.old, at) != style(&self.new, other) {
                let message =
                    format!("{what} is written in another style; what is sent as before is misread");
                self.say(
                    name,
                    Finding::of(
                        Level::Breaking,
                        "request-parameter-style-changed",
                        message,
                        Some(at.clone()),
                        Some(other.clone()),
                    ),
                );
            }
            self.lifecycle(name, "request-parameter", &what, at, other);
            self.pair(
                name,
                format!("{at}/schema"),
                format!("{other}/schema"),
                direction,
                Place::Parameter,
                &what,
            );
            self.content(name, at, other, direction, Place::Parameter, &what);
        }
        for (key, at) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
            let what = format!("the {} parameter `{}`", key.0, key.1);
            let (level, id, how) = if is_required(&self.new, at) {
                (
                    Level::Breaking,
                    "new-required-request-parameter",
                    "is new and required; who does not send it is refused",
                )
            } else {
                (Level::Info, "new-optional-request-parameter", "is new")
            };
            self.say(name, Finding::of(level, id, format!("{what} {how}"), None, Some(at.clone())));
        }
    }

    fn body(&mut self, old: &Operation, new: &Operation, direction: Direction) {
        let name = &new.name;
        let (before, after) = (
            self.old.resolve(&format!("{}/requestBody", old.at)),
            self.new.resolve(&format!("{}/requestBody", new.at)),
        );
        let is_required = |value: &Value| value.get("required") == Some(&Value::Bool(true));
        match (before, after) {
            (None, None) => {}
            (Some((at, _)), None) => {
                let message = "the request body is gone; what is sent is refused or ignored".to_owned();
                self.say(name, Finding::of(Level::Breaking, "request-body-removed", message, Some(at), None));
            }
            (None, Some((at, value))) => {
                let (level, id) = if is_required(value) {
                    (Level::Breaking, "request-body-added-required")
                } else {
                    (Level::Info, "request-body-added-optional")
                };
                self.say(
                    name,
                    Finding::of(level, id, "the request has a body now".to_owned(), None, Some(at)),
                );
            }
            (Some((at, before)), Some((other, after))) => {
                match (is_required(before), is_required(after)) {
                    (false, true) => self.say(
                        name,
                        Finding::of(
                            Level::Breaking,
                            "request-body-became-required",
                            "the request body is required now".to_owned(),
                            Some(at.clone()),
                            Some(other.clone()),
                        ),
                    ),
                    (true, false) => self.say(
                        name,
                        Finding::of(
                            Level::Info,
                            "request-body-became-optional",
                            "the request body is optional now".to_owned(),
                            Some(at.clone()),
                            Some(other.clone()),
                        ),
                    ),
                    _ => {}
                }
                self.content(name, &at, &other, direction, Place::Body, "the request body");
            }
        }
    }

    /// The media types of a body.
    fn content(&mut self, name: &str, old: &str, new: &str, direction: Direction, place: Place, what: &str) {
        let types = |schemas: &Schemas<'_>, at: &str| -> BTreeMap<String, At> {
            let at = format!("{at}/content");
            let map = schemas.0.pointer(&at).and_then(Value::as_object);
            map.into_iter()
                .flat_map(Map::keys)
                .map(|name| (name.to_ascii_lowercase(), below(&at, name)))
                .collect()
        };
        let (before, after) = (types(&self.old, old), types(&self.new, new));
        let side = if direction == Direction::Request { "request-body" } else { "response" };
        let mut renamed = BTreeSet::new();
        for (media_type, at) in &before {
            if let Some(other) = after.get(media_type) {
                self.pair(name, format!("{at}/schema"), format!("{other}/schema"), direction, place, what);
                continue;
            }
            let mut others = after.iter().filter(|(name, _)| !before.contains_key(*name));
            let same = others
                .find(|(name, _)| essence(name) == essence(media_type) || is_special_of(name, media_type));
            let Some((other_name, other)) = same else {
                let message = format!("{what} is no longer `{media_type}`");
                let id = format!("{side}-media-type-removed");
                self.say(
                    name,
                    Finding::of(Level::Breaking, &id, message, Some(at.clone()), Some(new.to_owned())),
                );
                continue;
            };
            renamed.insert(other_name.clone());
            let how = if is_special_of(other_name, media_type) { "specialized" } else { "changed" };
            let id = format!("{side}-media-type-name-{how}");
            let message = format!(
                "{what} is `{other_name}` and no longer `{media_type}`, which is read in the same way"
            );
            self.say(name, Finding::of(Level::Info, &id, message, Some(at.clone()), Some(other.clone())));
            self.pair(name, format!("{at}/schema"), format!("{other}/schema"), direction, place, what);
        }
        let is_new = |media_type: &String| !before.contains_key(media_type) && !renamed.contains(media_type);
        for (media_type, at) in after.iter().filter(|(media_type, _)| is_new(media_type)) {
            let level = if direction == Direction::Request { Level::Info } else { Level::Breaking };
            let message = format!("{what} may be `{media_type}`");
            self.say(
                name,
                Finding::of(
                    level,
                    &format!("{side}-media-type-added"),
                    message,
                    Some(old.to_owned()),
                    Some(at.clone()),
                ),
            );
        }
    }

    fn responses(&mut self, old: &Operation, new: &Operation, direction: Direction) {
        let name = &new.name;
        let statuses = |schemas: &Schemas<'_>, operation: &Operation| -> BTreeMap<String, At> {
            let at = format!("{}/responses", operation.at);
            let map = schemas.0.pointer(&at).and_then(Value::as_object);
            let statuses = map.into_iter().flat_map(Map::keys).filter(|status| !status.starts_with("x-"));
            statuses
                .filter_map(|status| {
                    Some((status.to_ascii_uppercase(), schemas.resolve(&below(&at, status))?.0))
                })
                .collect()
        };
        let (before, after) = (statuses(&self.old, old), statuses(&self.new, new));
        for (status, at) in &before {
            match after.get(status) {
                Some(other) => {
                    let what = format!("the body of {status}");
                    self.content(name, at, other, direction, Place::Body, &what);
                    self.headers(name, status, at, other);
                }
                None => {
                    let (level, id) = if status.starts_with('2') {
                        (Level::Breaking, "response-success-status-removed")
                    } else {
                        (Level::Info, "response-non-success-status-removed")
                    };
                    self.say(
                        name,
                        Finding::of(
                            level,
                            id,
                            format!("the status {status} is gone"),
                            Some(at.clone()),
                            None,
                        ),
                    );
                }
            }
        }
        for (status, at) in after.iter().filter(|(status, _)| !before.contains_key(*status)) {
            let id = if status.starts_with('2') {
                "response-success-status-added"
            } else {
                "response-non-success-status-added"
            };
            self.say(
                name,
                Finding::of(Level::Info, id, format!("the status {status} is new"), None, Some(at.clone())),
            );
        }
    }

    fn headers(&mut self, name: &str, status: &str, old: &str, new: &str) {
        let headers = |schemas: &Schemas<'_>, at: &str| -> BTreeMap<String, At> {
            let at = format!("{at}/headers");
            let map = schemas.0.pointer(&at).and_then(Value::as_object);
            map.into_iter()
                .flat_map(Map::keys)
                .filter_map(|name| Some((name.to_ascii_lowercase(), schemas.resolve(&below(&at, name))?.0)))
                .collect()
        };
        let (before, after) = (headers(&self.old, old), headers(&self.new, new));
        let is_required = |schemas: &Schemas<'_>, at: &str| {
            schemas.0.pointer(at).is_some_and(|value| value.get("required") == Some(&Value::Bool(true)))
        };
        for (header, at) in &before {
            let what = format!("the header `{header}` of {status}");
            let was_required = is_required(&self.old, at);
            match after.get(header) {
                None if was_required => self.say(
                    name,
                    Finding::of(
                        Level::Breaking,
                        "required-response-header-removed",
                        format!("{what} is gone"),
                        Some(at.clone()),
                        None,
                    ),
                ),
                None => self.say(
                    name,
                    Finding::of(
                        Level::Warning,
                        "optional-response-header-removed",
                        format!("{what} is gone"),
                        Some(at.clone()),
                        None,
                    ),
                ),
                Some(other) => {
                    if was_required && !is_required(&self.new, other) {
                        self.say(
                            name,
                            Finding::of(
                                Level::Breaking,
                                "response-header-became-optional",
                                format!("{what} may be missing now"),
                                Some(at.clone()),
                                Some(other.clone()),
                            ),
                        );
                    }
                    self.pair(
                        name,
                        format!("{at}/schema"),
                        format!("{other}/schema"),
                        Direction::Response,
                        Place::Header,
                        &what,
                    );
                }
            }
        }
        for (header, at) in after.iter().filter(|(header, _)| !before.contains_key(*header)) {
            self.say(
                name,
                Finding::of(
                    Level::Info,
                    "response-header-added",
                    format!("the header `{header}` of {status} is new"),
                    None,
                    Some(at.clone()),
                ),
            );
        }
    }
}

/// The ways to authenticate for an operation (OpenAPI 3.1.0 §4.8.10 and §4.8.30): each a set of schemes with their scopes. Where
/// nothing is needed, it is the empty one.
fn alternatives(document: &Value, operation: &str) -> BTreeSet<BTreeSet<String>> {
    let own = document.pointer(operation).and_then(|operation| operation.get("security"));
    let Some(Value::Array(requirements)) = own.or_else(|| document.get("security")) else {
        return BTreeSet::from([BTreeSet::new()]);
    };
    if requirements.is_empty() {
        return BTreeSet::from([BTreeSet::new()]);
    }
    let schemes = |requirement: &Value| -> BTreeSet<String> {
        let schemes = requirement.as_object().into_iter().flatten();
        let scopes = |(scheme, scopes): (&String, &Value)| {
            let scopes = scopes.as_array().into_iter().flatten().filter_map(Value::as_str);
            let own = std::iter::once(scheme.clone());
            own.chain(scopes.map(|scope| format!("{scheme} {scope}"))).collect::<Vec<_>>()
        };
        schemes.flat_map(scopes).collect()
    };
    requirements.iter().map(schemes).collect()
}

/// A media type without its parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// `application/problem+json` is `application/json` (RFC 6839 §2).
fn is_special_of(special: &str, general: &str) -> bool {
    let suffix = essence(special).rsplit_once('+').map(|(_, suffix)| suffix);
    essence(general).split_once('/').is_some_and(|(_, subtype)| Some(subtype) == suffix)
}

/// A path without the names of its parameters.
fn nameless(path: &str) -> String {
    let mut out = String::new();
    let mut is_name = false;
    for character in path.chars() {
        match character {
            '{' => is_name = true,
            '}' => is_name = false,
            _ if is_name => continue,
            _ => {}
        }
        out.push(character);
    }
    out
}
