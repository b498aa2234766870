//! Merges documents: equal parts are united, and every conflict is reported with both values.

use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::resolve::FILES;
use serde_json::Value;

use output::short;

/// A document and its name in messages.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) document: Value,
}

/// Merges documents in order. `info` and extensions, but for the files of documents of several, are those of the first one.
///
/// # Errors
/// A message for each location where two documents differ, with both values.
pub(crate) fn merge(documents: Vec<Named>) -> Result<Value, Vec<String>> {
    let mut documents = documents.into_iter();
    let Some(first) = documents.next() else { return Err(vec!["there is no document".to_owned()]) };
    let mut merged = Merged { whole: first.document, names: vec![first.name], conflicts: Vec::new() };
    documents.for_each(|next| merged.add(next));
    if merged.conflicts.is_empty() { Ok(merged.whole) } else { Err(merged.conflicts) }
}

struct Merged {
    whole: Value,
    /// The documents merged so far.
    names: Vec<String>,
    conflicts: Vec<String>,
}

impl Merged {
    fn add(&mut self, next: Named) {
        for key in ["openapi", "servers", "security", "jsonSchemaDialect"] {
            let (ours, theirs) = (self.whole.get(key).cloned(), next.document.get(key).cloned());
            self.compare(&Pointer::of([key]), ours.as_ref(), theirs.as_ref(), &next.name);
        }
        for (section, depth) in [("paths", 2), ("webhooks", 2), ("components", 2), (FILES, 1)] {
            let Some(theirs) = next.document.get(section) else { continue };
            let ours = self.whole.get_mut(section).map(Value::take);
            let united = self.unite(&mut Pointer::of([section]), ours, theirs, depth, &next.name);
            self.whole[section] = united;
        }
        let tags = next.document.get("tags").and_then(Value::as_array);
        for tag in tags.into_iter().flatten() {
            let all = self
                .whole
                .as_object_mut()
                .map(|whole| whole.entry("tags").or_insert_with(|| Value::Array(Vec::new())));
            if let Some(Value::Array(all)) = all
                && !all.iter().any(|other| other.get("name") == tag.get("name"))
            {
                all.push(tag.clone());
            }
        }
        self.names.push(next.name);
    }

    /// Unites two maps down to `depth`; below that, both must be equal.
    fn unite(
        &mut self,
        at: &mut Pointer,
        ours: Option<Value>,
        theirs: &Value,
        depth: usize,
        name: &str,
    ) -> Value {
        match (ours, theirs) {
            (None | Some(Value::Null), theirs) => theirs.clone(),
            (Some(Value::Object(mut ours)), Value::Object(theirs)) if depth > 0 => {
                for (key, theirs) in theirs {
                    at.push(key);
                    let own = ours.get_mut(key).map(Value::take);
                    let united = self.unite(at, own, theirs, depth - 1, name);
                    ours.insert(key.clone(), united);
                    at.pop();
                }
                Value::Object(ours)
            }
            (Some(ours), theirs) => {
                self.compare(at, Some(&ours), Some(theirs), name);
                ours
            }
        }
    }

    /// Adds a conflict if two values differ.
    fn compare(&mut self, at: &Pointer, ours: Option<&Value>, theirs: Option<&Value>, name: &str) {
        if let Some((at, ours, theirs)) = difference(at, ours, theirs) {
            let before = self.names.join(", ");
            let shown =
                |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), |value| short(value, 200));
            self.conflicts.push(format!(
                "#{at} is not the same everywhere:\n  {}\n    in {before}\n  {}\n    in {name}",
                shown(ours),
                shown(theirs)
            ));
        }
    }
}

/// Returns the first location where two values differ, and both values there.
fn difference<'a>(
    at: &Pointer,
    ours: Option<&'a Value>,
    theirs: Option<&'a Value>,
) -> Option<(Pointer, Option<&'a Value>, Option<&'a Value>)> {
    match (ours, theirs) {
        (Some(Value::Object(ours)), Some(Value::Object(theirs))) => {
            let keys = ours.keys().chain(theirs.keys().filter(|key| !ours.contains_key(*key)));
            keys.into_iter().find_map(|key| difference(&at.join(key), ours.get(key), theirs.get(key)))
        }
        (Some(Value::Array(ours)), Some(Value::Array(theirs))) if ours.len() == theirs.len() => {
            let mut items = ours.iter().zip(theirs).enumerate();
            items.find_map(|(index, (ours, theirs))| {
                difference(&at.join(&index.to_string()), Some(ours), Some(theirs))
            })
        }
        (ours, theirs) if ours == theirs => None,
        (ours, theirs) => Some((at.clone(), ours, theirs)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, document: Value) -> Named {
        Named { name: name.to_owned(), document }
    }

    fn document(path: &str, schema: Value) -> Value {
        json!({
            "openapi": "3.1.0", "info": { "title": path, "version": "1" }, "servers": [{ "url": "https://x.org" }],
            "paths": { path: { "get": { "operationId": path } } },
            "components": { "schemas": { "Same": { "type": "string" }, path: schema } },
            "tags": [{ "name": "one" }, { "name": path }],
        })
    }

    #[test]
    fn equal_parts_are_united_in_order() {
        let merged = merge(vec![of("a", document("/a", json!({}))), of("b", document("/b", json!({})))])
            .expect("no conflict");
        let keys = |section: &Value| section.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>());
        assert_eq!(keys(&merged["paths"]), Some(vec!["/a".to_owned(), "/b".to_owned()]));
        assert_eq!(
            keys(&merged["components"]["schemas"]),
            Some(vec!["Same".to_owned(), "/a".to_owned(), "/b".to_owned()])
        );
        assert_eq!(merged["tags"], json!([{ "name": "one" }, { "name": "/a" }, { "name": "/b" }]));
        assert_eq!(merged["info"]["title"], "/a");
    }

    #[test]
    fn methods_of_one_path_unite() {
        let (one, mut other) = (document("/a", json!({})), document("/a", json!({})));
        other["paths"]["/a"] = json!({ "post": {} });
        let merged = merge(vec![of("a", one), of("b", other)]).expect("no conflict");
        assert_eq!(merged["paths"]["/a"], json!({ "get": { "operationId": "/a" }, "post": {} }));
    }

    #[test]
    fn every_conflict_is_reported_with_both_values() {
        let one = document("/a", json!({ "type": "object", "properties": { "x": { "type": "string" } } }));
        let mut other =
            document("/a", json!({ "type": "object", "properties": { "x": { "type": "integer" } } }));
        other["paths"]["/a"]["get"]["operationId"] = "other".into();
        other["servers"] = json!([]);
        let conflicts = merge(vec![of("one.md", one), of("other.md", other)]).expect_err("conflicts");
        assert_eq!(
            conflicts,
            [
                "#/servers is not the same everywhere:\n  [{\"url\":\"https://x.org\"}]\n    in one.md\n  []\n    in other.md",
                "#/paths/~1a/get/operationId is not the same everywhere:\n  \"/a\"\n    in one.md\n  \"other\"\n    in other.md",
                "#/components/schemas/~1a/properties/x/type is not the same everywhere:\n  \"string\"\n    in one.md\n  \"integer\"\n    in other.md",
            ]
        );
        let mut without = document("/a", json!({}));
        without.as_object_mut().expect("an object").remove("servers");
        let conflicts =
            merge(vec![of("a", document("/a", json!({}))), of("b", without)]).expect_err("a conflict");
        assert!(conflicts[0].contains("  nothing\n    in b"), "{conflicts:?}");
    }
}
