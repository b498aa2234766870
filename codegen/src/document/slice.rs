//! Cuts a part out of a document: some operations, and the components that they reach.

use std::collections::{BTreeMap, BTreeSet};

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::graph::components_reached;
use super::keywords::is_extension;
use super::pointer::Pointer;
use super::references::{take, target};
use super::resolve::resolve;
use super::walk::{ADDITIONAL, each_operation_mut, is_method, operations};

/// Selects the operations that match an item of each list that is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Segments that the path begins with, such as `/mfa`.
    pub paths: Vec<String>,
    pub tags: Vec<String>,
    /// `operationId`s.
    pub operations: Vec<String>,
    /// A regular expression that a part of the path matches.
    pub path_pattern: Option<String>,
    /// A prefix of every path, which moves into the URL of each server.
    pub strip_prefix: Option<String>,
}

impl Selection {
    /// Cuts the part out of a document. Paths are compared before a prefix is stripped.
    ///
    /// # Errors
    /// An item of a list matches nothing, or a reference in the part dangles.
    pub fn of(&self, document: Value) -> Result<Value, String> {
        self.cut(document, true).map(|(part, _)| part)
    }

    /// As [`Selection::of`], for a document in which items may match nothing. Returns the items that select no operation as well.
    ///
    /// # Errors
    /// A reference in the part dangles, or a path does not have the prefix.
    pub fn of_any(&self, document: Value) -> Result<(Value, BTreeSet<String>), String> {
        self.cut(document, false)
    }

    fn cut(&self, mut document: Value, must_fit: bool) -> Result<(Value, BTreeSet<String>), String> {
        let mut unused = BTreeSet::new();
        let items = self.items();
        if !items.is_empty() {
            inline_path_items(&mut document);
            let kept;
            (unused, kept) = self.select(&mut document)?;
            if must_fit && !unused.is_empty() {
                let unused: Vec<_> = unused.iter().map(|name| format!("`{name}`")).collect();
                return Err(format!("no operation matches {}", unused.join(", ")));
            }
            if kept == 0 {
                if must_fit {
                    return Err("no operation matches all filters".to_owned());
                }
                unused = items;
            }
            prune(&mut document)?;
        }
        if let Some(prefix) = &self.strip_prefix {
            strip(&mut document, prefix)?;
        }
        Ok((document, unused))
    }

    /// All items by which operations are selected.
    fn items(&self) -> BTreeSet<String> {
        let lists = [&self.paths, &self.tags, &self.operations];
        lists.into_iter().flatten().chain(&self.path_pattern).cloned().collect()
    }

    /// Returns the items that match nothing, and the number of the operations that match all filters.
    fn select(&self, document: &mut Value) -> Result<(BTreeSet<String>, usize), String> {
        let pattern = self.path_pattern.as_ref().map(|pattern| {
            Regex::new(pattern).map_err(|error| format!("`{pattern}` is not a regular expression: {error}"))
        });
        let pattern = pattern.transpose()?;
        let mut unused = self.items();
        let mut kept = 0;
        if let Some(Value::Object(paths)) = document.get_mut("paths") {
            for (path, item) in paths.iter_mut() {
                let Some(item) = item.as_object_mut() else { continue };
                let mut is_kept = |operation: &Value| {
                    let matching = self.matching(path, operation, pattern.as_ref());
                    kept += usize::from(matching.is_some());
                    matching.iter().flatten().for_each(|name| {
                        unused.remove(*name);
                    });
                    matching.is_some()
                };
                item.retain(|key, held| match held {
                    operation if is_method(key) => is_kept(operation),
                    Value::Object(operations) if key == ADDITIONAL => {
                        operations.retain(|_, operation| is_kept(operation));
                        !operations.is_empty()
                    }
                    _ => true,
                });
            }
            paths.retain(|_, item| {
                let mut keys = item.as_object().into_iter().flat_map(Map::keys);
                keys.any(|key| is_method(key) || key == ADDITIONAL)
            });
        }
        if let Some(document) = document.as_object_mut() {
            document.remove("webhooks");
        }
        Ok((unused, kept))
    }

    /// The items that an operation matches; `None` if it is not selected.
    fn matching(&self, path: &str, operation: &Value, pattern: Option<&Regex>) -> Option<Vec<&str>> {
        let tags = operation.get("tags").and_then(Value::as_array);
        let has_tag = |tag: &str| tags.is_some_and(|tags| tags.iter().any(|own| own == tag));
        let is_id = |id: &str| operation.get("operationId").is_some_and(|own| own == id);
        let all = [
            self.matching_path(path, pattern)?,
            matching(&self.tags, has_tag)?,
            matching(&self.operations, is_id)?,
        ];
        Some(all.concat())
    }

    /// The items that a path matches; `None` if it is not selected.
    fn matching_path(&self, path: &str, pattern: Option<&Regex>) -> Option<Vec<&str>> {
        let mut all = matching(&self.paths, |prefix| rest(path, prefix).is_some())?;
        let matches = |_: &str| pattern.is_some_and(|pattern| pattern.is_match(path));
        all.extend(matching(self.path_pattern.as_slice(), matches)?);
        Some(all)
    }
}

/// The items of a list that match; `None` if it is not empty and no item does.
fn matching(list: &[String], matches: impl Fn(&str) -> bool) -> Option<Vec<&str>> {
    let found: Vec<&str> = list.iter().map(String::as_str).filter(|name| matches(name)).collect();
    (list.is_empty() || !found.is_empty()).then_some(found)
}

/// What follows a prefix of whole segments.
fn rest<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(prefix.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// `{$ref: '#/components/pathItems/A', summary: s}` ⇒ `{…A, summary: s}`
///
/// A part may need only some operations of a path item.
fn inline_path_items(document: &mut Value) {
    let mut resolved = document.clone();
    resolve(&mut resolved);
    let items = resolved.get("paths").and_then(Value::as_object).into_iter().flatten();
    let mut inlined: Vec<(&String, Vec<Pointer>)> = Vec::new();
    for (path, item) in items {
        let mut chain: Vec<Pointer> = Vec::new();
        let mut next = target(item);
        while let Some(at) = next.filter(|at| !chain.contains(at)) {
            next = at.resolve(&resolved).and_then(target);
            chain.push(at);
        }
        if !chain.is_empty() {
            inlined.push((path, chain));
        }
    }
    for (path, chain) in inlined {
        let own = document["paths"].get_mut(path).map(Value::take).unwrap_or_default();
        let mut whole = Map::new();
        let targets = chain.iter().rev().filter_map(|at| at.resolve(document)).cloned();
        for part in targets.collect::<Vec<_>>().into_iter().chain([own]) {
            whole.extend(part.as_object().cloned().unwrap_or_default());
        }
        take(&mut whole);
        document["paths"][path] = whole.into();
    }
}

/// Removes components that are not reached, and tags without operations.
fn prune(document: &mut Value) -> Result<(), String> {
    // The references of the document stay as they are written.
    let mut resolved = document.clone();
    resolve(&mut resolved);
    let (reached, dangling) = components_reached(&resolved);
    if let Some(pointer) = dangling.first() {
        return Err(format!("the slice refers to #{pointer}, which is not in it"));
    }
    // Without any security requirement, any of the schemes may be the one in use.
    let keeps_schemes = document.get("security").is_none()
        && operations(document).any(|(_, operation)| operation.get("security").is_none());
    if let Some(Value::Object(components)) = document.get_mut("components") {
        for (section, entries) in components.iter_mut() {
            if keeps_schemes && section == "securitySchemes" {
                continue;
            }
            if let Some(entries) = entries.as_object_mut() {
                entries.retain(|name, _| reached.contains(&(section.clone(), name.clone())));
            }
        }
        components.retain(|_, entries| entries.as_object().is_none_or(|entries| !entries.is_empty()));
    }
    let mut used: BTreeSet<String> = operations(document)
        .filter_map(|(_, operation)| operation.get("tags")?.as_array())
        .flatten()
        .filter_map(|tag| tag.as_str().map(str::to_owned))
        .collect();
    // The parent of a tag must be there (OpenAPI 3.2.0 §4.22).
    let parents: BTreeMap<&str, &str> = document
        .get("tags")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|tag| Some((tag.get("name")?.as_str()?, tag.get("parent")?.as_str()?)))
        .collect();
    let mut waiting: Vec<String> = used.iter().cloned().collect();
    while let Some(name) = waiting.pop() {
        let parent = parents.get(name.as_str()).map(|parent| (*parent).to_owned());
        waiting.extend(parent.filter(|parent| used.insert(parent.clone())));
    }
    if let Some(Value::Array(tags)) = document.get_mut("tags") {
        tags.retain(|tag| tag.get("name").and_then(Value::as_str).is_some_and(|name| used.contains(name)));
    }
    Ok(())
}

/// `servers: [{url: /api}], paths: {/v1/a: …}` ⇒ `servers: [{url: /api/v1}], paths: {/a: …}`
fn strip(document: &mut Value, prefix: &str) -> Result<(), String> {
    let prefix = prefix.trim_end_matches('/');
    if !prefix.starts_with('/') {
        return Err(format!("`{prefix}` is no prefix of paths: they begin with `/`"));
    }
    if let Some(Value::Object(paths)) = document.get_mut("paths") {
        let mut stripped = Map::new();
        for (path, item) in std::mem::take(paths) {
            let path = match rest(&path, prefix) {
                Some("") => "/".to_owned(),
                Some(rest) => rest.to_owned(),
                None if is_extension(&path) => path,
                None => return Err(format!("the path `{path}` does not begin with `{prefix}`")),
            };
            stripped.insert(path, item);
        }
        *paths = stripped;
    }
    let Some(root) = document.as_object_mut() else { return Ok(()) };
    let servers = root.entry("servers").or_insert_with(|| Value::Array(Vec::new()));
    if servers.as_array().is_some_and(Vec::is_empty) {
        *servers = serde_json::json!([{ "url": "/" }]);
    }
    append(document, prefix);
    let items = document.get_mut("paths").and_then(Value::as_object_mut);
    for (_, item) in items.into_iter().flatten().filter(|(path, _)| !is_extension(path)) {
        append(item, prefix);
    }
    each_operation_mut(document, &mut |_, operation| append(operation, prefix));
    Ok(())
}

/// Adds a prefix to the servers of a document, a path item or an operation.
fn append(of: &mut Value, prefix: &str) {
    for server in of.get_mut("servers").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(Value::String(url)) = server.get_mut("url") {
            *url = format!("{}{prefix}", url.trim_end_matches('/'));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Value {
        json!({
            "openapi": "3.1.0",
            "servers": [{ "url": "https://x.org/" }],
            "security": [{ "basic": [] }],
            "paths": {
                "/api/mfa": { "parameters": [{ "$ref": "#/components/parameters/P" }], "get": { "operationId": "m", "tags": ["mfa"] } },
                "/api/mfa/{id}": {
                    "get": { "operationId": "g", "tags": ["mfa"], "requestBody": { "$ref": "#/components/requestBodies/B" } },
                    "put": { "operationId": "p", "tags": ["other"], "security": [{ "token": [] }] },
                },
                "/api/mfab": { "get": { "operationId": "b", "tags": ["other"] } },
            },
            "webhooks": { "w": {} },
            "tags": [{ "name": "mfa" }, { "name": "other" }, { "name": "unused" }],
            "components": {
                "parameters": { "P": {}, "Q": {} },
                "requestBodies": { "B": { "content": { "a/b": { "schema": { "$ref": "#/components/schemas/One/properties/x" } } } } },
                "schemas": {
                    "One": { "properties": { "x": {}, "y": { "$ref": "#/components/schemas/Two" } } },
                    "Two": { "discriminator": { "mapping": { "a": "Three", "b": "#/components/schemas/Four" } } },
                    "Three": { "$ref": "#/components/schemas/Three" }, "Four": {}, "Five": {},
                },
                "securitySchemes": { "basic": {}, "token": {} },
                "headers": { "H": {} },
            },
        })
    }

    fn slice(paths: &[&str], tags: &[&str], operations: &[&str]) -> Selection {
        let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Selection { paths: all(paths), tags: all(tags), operations: all(operations), ..Selection::default() }
    }

    fn keys(value: &Value) -> Vec<&str> {
        value.as_object().map(|map| map.keys().map(String::as_str).collect()).unwrap_or_default()
    }

    #[test]
    fn a_slice_has_its_operations_and_what_they_reach() {
        let found = slice(&["/api/mfa/"], &["mfa"], &[]).of(document()).expect("a slice");
        assert_eq!(keys(&found["paths"]), ["/api/mfa", "/api/mfa/{id}"]);
        assert_eq!(keys(&found["paths"]["/api/mfa/{id}"]), ["get"]);
        assert_eq!(keys(&found["components"]), ["parameters", "requestBodies", "schemas", "securitySchemes"]);
        assert_eq!(keys(&found["components"]["schemas"]), ["One", "Two", "Three", "Four"]);
        assert_eq!(keys(&found["components"]["parameters"]), ["P"]);
        assert_eq!(keys(&found["components"]["securitySchemes"]), ["basic"]);
        assert_eq!(found["tags"], json!([{ "name": "mfa" }]));
        assert!(found.get("webhooks").is_none());
    }

    #[test]
    fn an_operation_is_found_by_its_id() {
        let found = slice(&[], &[], &["p"]).of(document()).expect("a slice");
        assert_eq!(keys(&found["paths"]), ["/api/mfa/{id}"]);
        assert_eq!(keys(&found["components"]), ["securitySchemes"]);
        assert_eq!(keys(&found["components"]["securitySchemes"]), ["basic", "token"]);
    }

    #[test]
    fn a_path_item_elsewhere_is_cut_as_well() {
        let mut elsewhere = document();
        let item = elsewhere["paths"]["/api/mfa/{id}"].take();
        elsewhere["components"]["pathItems"] = json!({ "Item": item });
        elsewhere["paths"]["/api/mfa/{id}"] = json!({ "$ref": "#/components/pathItems/Item", "summary": "beside", "delete": { "operationId": "d" } });
        let found = slice(&[], &[], &["g"]).of(elsewhere.clone()).expect("a slice");
        assert_eq!(keys(&found["paths"]["/api/mfa/{id}"]), ["get", "summary"]);
        let found = slice(&[], &[], &["d"]).of(elsewhere).expect("a slice");
        assert_eq!(keys(&found["paths"]["/api/mfa/{id}"]), ["delete", "summary"]);
        assert!(found["components"].get("pathItems").is_none());
    }

    /// Some documents have a scheme that nothing refers to.
    #[test]
    fn security_schemes_that_nothing_refers_to_are_kept() {
        let mut unsaid = document();
        unsaid.as_object_mut().expect("an object").remove("security");
        let schemes = |operation: &str| {
            let found = slice(&[], &[], &[operation]).of(unsaid.clone()).expect("a slice");
            keys(&found["components"]["securitySchemes"]).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(schemes("m"), ["basic", "token"]);
        assert_eq!(schemes("p"), ["token"], "the operation says what it needs");
    }

    #[test]
    fn what_is_not_there_is_named() {
        for (slice, named) in [
            (slice(&["/mfa"], &[], &[]), "`/mfa`"),
            (slice(&[], &["mfa", "nothing"], &[]), "`nothing`"),
            (slice(&[], &["mfa"], &["b"]), "`b`, `mfa`"),
        ] {
            assert_eq!(slice.of(document()), Err(format!("no operation matches {named}")));
        }
        let mut dangling = document();
        dangling["paths"]["/api/mfa"]["get"]["requestBody"] =
            json!({ "$ref": "#/components/requestBodies/None" });
        let error = slice(&[], &[], &["m"]).of(dangling).expect_err("a reference to nothing");
        assert_eq!(error, "the slice refers to #/components/requestBodies/None, which is not in it");
    }

    #[test]
    fn a_pattern_selects_paths_and_items_that_select_nothing_are_returned() {
        let pattern =
            |pattern: &str| Selection { path_pattern: Some(pattern.to_owned()), ..Selection::default() };
        let (found, unused) = pattern("mfa/\\{").of_any(document()).expect("a part");
        assert_eq!(keys(&found["paths"]), ["/api/mfa/{id}"]);
        assert!(unused.is_empty());
        assert_eq!(
            pattern("^/mfa").of_any(document()).expect("a part").1,
            BTreeSet::from(["^/mfa".to_owned()])
        );
        let error = pattern("(").of_any(document()).expect_err("not a regular expression");
        assert!(error.starts_with("`(` is not a regular expression: "), "{error}");
        // Each of them matches, but no operation matches both.
        let (_, unused) = slice(&["/api/mfab"], &["mfa"], &[]).of_any(document()).expect("a part");
        assert_eq!(unused.len(), 2, "{unused:?}");
    }

    #[test]
    fn an_operation_of_3_2_is_selected_like_any_other() {
        let mut later = document();
        let operation = |id: &str, tag: &str| json!({ "operationId": id, "tags": [tag] });
        let others = json!({ "COPY": operation("copy", "mfa"), "MOVE": operation("move", "child") });
        later["paths"]["/later"] = json!({ "query": operation("later", "mfa"), ADDITIONAL: others });
        later["paths"]["/none"] = json!({ "summary": "no operation" });
        later["tags"] = json!([{ "name": "child", "parent": "mfa" }, { "name": "mfa", "parent": "top" }, { "name": "top" }, { "name": "x" }]);
        let found = |paths: &[&str], tags: &[&str], operations: &[&str]| {
            let (found, _) = slice(paths, tags, operations).of_any(later.clone()).expect("a part");
            let operations =
                super::operations(&found).map(|(_, operation)| operation["operationId"].to_string());
            (operations.collect::<Vec<_>>().join(" "), found["tags"].as_array().map_or(0, Vec::len))
        };
        assert_eq!(found(&["/later", "/none"], &[], &[]), (r#""later" "copy" "move""#.to_owned(), 3));
        assert_eq!(found(&["/later"], &["child"], &[]), (r#""move""#.to_owned(), 3));
        assert_eq!(found(&[], &[], &["later"]), (r#""later""#.to_owned(), 2));
        assert_eq!(found(&[], &[], &["p"]).0, r#""p""#);
    }

    #[test]
    fn a_prefix_moves_into_the_server() {
        let whole = Selection { strip_prefix: Some("/api/".to_owned()), ..Selection::default() };
        let found = whole.of(document()).expect("a document");
        assert_eq!(keys(&found["paths"]), ["/mfa", "/mfa/{id}", "/mfab"]);
        assert_eq!(found["servers"], json!([{ "url": "https://x.org/api" }]));
        let servers = json!([{ "url": "https://y.org" }]);
        let own = json!({ "servers": [], "paths": { "x-a": {}, "/api/a": { "servers": servers, "get": { "servers": servers } } } });
        let found = whole.of(own).expect("a document");
        assert_eq!(keys(&found["paths"]), ["x-a", "/a"]);
        assert_eq!(found["servers"], json!([{ "url": "/api" }]));
        let moved = json!([{ "url": "https://y.org/api" }]);
        assert_eq!(found["paths"]["/a"], json!({ "servers": moved, "get": { "servers": moved } }));
        let wrong = Selection { strip_prefix: Some("/api/mfa".to_owned()), ..Selection::default() };
        assert_eq!(
            wrong.of(document()),
            Err("the path `/api/mfab` does not begin with `/api/mfa`".to_owned())
        );
    }
}
