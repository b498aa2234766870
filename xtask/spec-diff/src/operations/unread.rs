//! Reports changes of what is not read, such as fields that no version has.

use std::collections::{BTreeMap, BTreeSet};

use relay_rest_codegen::document::{METHODS, is_extension};
use serde_json::{Value, json};

use super::security::scheme_identity;
use super::{DocumentComparison, FindingDraft, OperationPair, entries_at, keys};
use crate::normal::{Schemas, Site};
use crate::rules::{Location, rule};
use crate::schemas::signature;

/// The fields of each object that are read, or are documentation (OpenAPI 3.1.0 §4.8, 3.2.0 §4).
pub(super) const ROOT: [&str; 9] =
    ["openapi", "$self", "info", "servers", "paths", "webhooks", "components", "security", "tags"];
pub(super) const PATH_ITEM: [&str; 3] = ["parameters", "servers", "additionalOperations"];
pub(super) const OPERATION: [&str; 9] = [
    "tags",
    "operationId",
    "parameters",
    "requestBody",
    "responses",
    "callbacks",
    "deprecated",
    "security",
    "servers",
];
pub(super) const PARAMETER: [&str; 10] = [
    "name",
    "in",
    "required",
    "deprecated",
    "allowEmptyValue",
    "style",
    "explode",
    "allowReserved",
    "schema",
    "content",
];
pub(super) const BODY: [&str; 2] = ["content", "required"];
pub(super) const RESPONSE: [&str; 3] = ["headers", "content", "links"];
pub(super) const MEDIA_TYPE: [&str; 5] =
    ["schema", "itemSchema", "encoding", "prefixEncoding", "itemEncoding"];
pub(super) const ENCODING: [&str; 3] = ["contentType", "style", "explode"];
const SECURITY_SCHEME: [&str; 7] =
    ["type", "name", "in", "scheme", "bearerFormat", "flows", "openIdConnectUrl"];
const DIALECT: &str = "jsonSchemaDialect";
/// The dialects whose schemas are read alike.
const DEFAULT_DIALECTS: [&str; 3] = [
    "https://spec.openapis.org/oas/3.1/dialect/base",
    "https://spec.openapis.org/oas/3.2/dialect/2025-09-17",
    "https://json-schema.org/draft/2020-12/schema",
];
/// The documentation that any object may have.
const DOCUMENTATION: [&str; 5] = ["summary", "description", "externalDocs", "example", "examples"];

impl<'a> DocumentComparison<'a> {
    /// Reports changes of the fields of an object that are not read, and of what they refer to.
    pub(super) fn unread(
        &mut self,
        operation: Option<&OperationPair<'_, 'a>>,
        of: &str,
        [old, new]: [&Site<'a>; 2],
        read: &[&str],
    ) {
        let is_read = |key: &str| read.contains(&key) || DOCUMENTATION.contains(&key) || is_extension(key);
        let all = keys(old.value.as_object()).into_iter().chain(keys(new.value.as_object()));
        let names: BTreeSet<&str> = all.filter(|key| !is_read(key)).collect();
        for key in names {
            // What a reference refers to counts, and not its name.
            let part = |site: &Site<'a>| if key == "$ref" { Some(site.clone()) } else { site.get(key) };
            let (before, after) = (part(old), part(new));
            let [one, other] = [(self.old, &before), (self.new, &after)]
                .map(|(schemas, site)| site.as_ref().map(|site| signature(schemas, site.value)));
            if one == other {
                continue;
            }
            let location = |found: &Option<Site<'a>>, parent: &Site<'a>| match found {
                Some(site) => Location::at(&site.at),
                None => Location::absent(Some(&parent.at)),
            };
            let at = [location(&before, old), location(&after, new)];
            let [one, other] = [before, after].map(|site| site.map(|site| site.value.clone()));
            let draft = FindingDraft::new(rule!("not-compared"), of, at);
            self.report(operation, draft.what(format!("`{key}` of {{subject}} changed")).values(one, other));
        }
    }

    /// Compares what is not read of the document itself: its version, fields and security schemes.
    pub(super) fn unread_of_document(&mut self) {
        let [Some(old), Some(new)] = [self.old.site(""), self.new.site("")] else { return };
        let [before, after] = [&old, &new].map(|site| site.value.get("openapi").and_then(Value::as_str));
        if let (Some(before), Some(after)) = (before, after)
            && before != after
            && [before, after].iter().any(|version| is_later(version))
        {
            let at = ["openapi", "openapi"]
                .map(|keyword| Location { keyword: Some(keyword), ..Location::at(&old.at) });
            let what = format!("what is new since OpenAPI 3.2; {{subject}} changed from {before} to {after}");
            let draft = FindingDraft::new(rule!("not-compared"), "`openapi`", at).what(what);
            self.report(None, draft.values(Some(before.into()), Some(after.into())));
        }
        // The default may be named (OpenAPI 3.1.0 §4.8.24.5).
        let [one, other] = [&old, &new].map(|site| site.value.get(DIALECT).and_then(Value::as_str));
        let is_default =
            |dialect: Option<&str>| dialect.is_none_or(|dialect| DEFAULT_DIALECTS.contains(&dialect));
        let read: Vec<&str> = ROOT
            .into_iter()
            .chain([DIALECT].into_iter().filter(|_| is_default(one) && is_default(other)))
            .collect();
        self.unread(None, "the document", [&old, &new], &read);
        self.unread_of_schemes();
    }

    /// Compares what is not read of the security schemes. A renamed one is still the same.
    fn unread_of_schemes(&mut self) {
        let schemes = |schemas: Schemas<'a>| -> BTreeMap<&'a str, Site<'a>> {
            let all = entries_at(schemas, "/components/securitySchemes").into_iter();
            all.filter_map(|(name, site)| Some((name, schemas.resolve(&site)?))).collect()
        };
        let (before, mut after) = (schemes(self.old), schemes(self.new));
        let (kept, gone): (Vec<_>, Vec<_>) =
            before.into_iter().partition(|(name, _)| after.contains_key(name));
        let mut pairs: Vec<_> =
            kept.into_iter().filter_map(|(name, old)| Some((name, old, after.remove(name)?))).collect();
        for (name, old) in gone {
            let is_same = |new: &Site<'_>| scheme_identity(new.value) == scheme_identity(old.value);
            let renamed = after.iter().filter(|(_, new)| is_same(new));
            // An equal one is the better match.
            let found = renamed.min_by_key(|(_, new)| new.value != old.value).map(|(name, _)| *name);
            pairs.extend(found.and_then(|found| after.remove(found)).map(|new| (name, old, new)));
        }
        for (name, old, new) in pairs {
            let of = format!("the security scheme `{name}`");
            self.unread(None, &of, [&old, &new], &SECURITY_SCHEME);
            // Other flows are other ways to authenticate, which the operations report.
            let [one, other] =
                [(&old, &new), (&new, &old)].map(|(site, other)| urls(site.value, other.value));
            if one != other {
                let draft = FindingDraft::changed(rule!("not-compared"), of, &old, &new);
                self.report(None, draft.what("`flows` of {subject} changed").values(Some(one), Some(other)));
            }
        }
    }

    /// Compares the fields of path items that are not read.
    pub(super) fn unread_of_path_items(&mut self, old: &[(&'a str, Site<'a>)], new: &[(&'a str, Site<'a>)]) {
        let read: Vec<&str> = METHODS.into_iter().chain(PATH_ITEM).chain(["$ref"]).collect();
        for (path, item) in old {
            let Some((_, other)) = new.iter().find(|(other, _)| other == path) else { continue };
            let [item, other] = [(self.old, item), (self.new, other)]
                .map(|(schemas, site)| schemas.resolve(site).unwrap_or_else(|| site.clone()));
            self.unread(None, path, [&item, &other], &read);
        }
    }
}

/// Whether a version is later than those that are read.
pub(crate) fn is_later(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse::<u64>().unwrap_or(0));
    numbers.next() == Some(3) && numbers.next().is_some_and(|minor| minor > 2)
}

/// The URLs of the flows that two security schemes have, of the first one.
fn urls(scheme: &Value, other: &Value) -> Value {
    let flows = scheme.get("flows").and_then(Value::as_object).into_iter().flatten();
    let flows = flows.filter(|(name, _)| other.get("flows").is_some_and(|flows| flows.get(name).is_some()));
    let urls = |flow: &Value| -> Value {
        let fields = flow.as_object().into_iter().flatten().filter(|(key, _)| key.ends_with("Url"));
        fields.map(|(key, url)| (key.clone(), url.clone())).collect::<serde_json::Map<_, _>>().into()
    };
    json!(flows.map(|(name, flow)| (name.clone(), urls(flow))).collect::<BTreeMap<_, _>>())
}
