//! One document of several files: what a reference leads to in another file is put into the document.
//! Knows references; must not know where files are.

use serde_json::{Map, Value};
use url::Url;

use super::shape::below;
use crate::fetch;

/// Where the other files are in the document, each under its name.
const FILES: &str = "x-files";

/// Puts every file that a document refers to into it, so that its references lead nowhere else.
///
/// `own` is the document's name. Other files have names that are relative to its folder, or URLs; `read` gives their content.
///
/// # Errors
/// What `read` says.
pub(crate) fn bundled(
    mut document: Value,
    own: &str,
    read: &dyn Fn(&str) -> Result<Value, String>,
) -> Result<Value, String> {
    let mut files = Map::new();
    let mut waiting = Vec::new();
    point(&mut document, false, own, own, &mut waiting);
    while let Some(name) = waiting.pop() {
        if !files.contains_key(&name) {
            let mut file = read(&name)?;
            point(&mut file, false, &name, own, &mut waiting);
            files.insert(name, file);
        }
    }
    if !files.is_empty() {
        document[FILES] = Value::Object(files);
    }
    Ok(document)
}

/// Whether a pointer leads into one of the files.
pub(crate) fn is_in_a_file(at: &str) -> bool {
    at.strip_prefix('/').and_then(|at| at.strip_prefix(FILES)).is_some_and(|rest| rest.starts_with('/'))
}

/// Makes every reference in `file` one within the document, and notes the files that they led to. `names` says that the keys are
/// names, of properties or components, and no keywords.
fn point(value: &mut Value, names: bool, file: &str, own: &str, found: &mut Vec<String>) {
    const OF_NAMES: [&str; 12] = [
        "$defs",
        "callbacks",
        "definitions",
        "dependentSchemas",
        "headers",
        "parameters",
        "pathItems",
        "patternProperties",
        "properties",
        "requestBodies",
        "responses",
        "schemas",
    ];
    match value {
        Value::Object(map) => {
            if !names && let Some(Value::String(target)) = map.get_mut("$ref") {
                *target = within(target, file, own, found);
            }
            for (key, value) in map.iter_mut() {
                // What is data, and what others have added, may have anything in it.
                let is_data =
                    key.starts_with("x-") || matches!(key.as_str(), "default" | "example" | "examples");
                if names || !is_data {
                    point(value, !names && OF_NAMES.contains(&key.as_str()), file, own, found);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| point(item, false, file, own, found)),
        _ => {}
    }
}

/// The same reference from within the document; the file that it leads to is noted, where it is another one.
fn within(target: &str, file: &str, own: &str, found: &mut Vec<String>) -> String {
    let (to, fragment) = target.split_once('#').unwrap_or((target, ""));
    let name = if to.is_empty() { file.to_owned() } else { resolved(file, to) };
    let reference = if name == own || !(fragment.is_empty() || fragment.starts_with('/')) {
        // The document's own, or an anchor, which is looked for everywhere.
        format!("#{fragment}")
    } else {
        // A `%` in a fragment begins an escape (RFC 3986 §2.1).
        format!("#{}{fragment}", below(&format!("/{FILES}"), &name).replace('%', "%25"))
    };
    if name != own {
        found.push(name);
    }
    reference
}

/// The name of what `to` refers to in a file.
pub(crate) fn resolved(file: &str, to: &str) -> String {
    if fetch::is_url(to) || to.starts_with('/') && !fetch::is_url(file) {
        return to.to_owned();
    }
    if fetch::is_url(file) {
        let joined = Url::parse(file).and_then(|base| base.join(to));
        return joined.map_or_else(|_| to.to_owned(), String::from);
    }
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in to.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_relative_to_its_file() {
        for (file, to, expected) in [
            ("api.yaml", "./schemas/pet.yaml", "schemas/pet.yaml"),
            ("schemas/pet.yaml", "owner.yaml", "schemas/owner.yaml"),
            ("schemas/pet.yaml", "../api.yaml", "api.yaml"),
            ("api.yaml", "../common.yaml", "../common.yaml"),
            ("../common.yaml", "../more.yaml", "../../more.yaml"),
            ("api.yaml", "https://x.example/a.json", "https://x.example/a.json"),
            ("https://x.example/v1/api.yaml", "../a.json", "https://x.example/a.json"),
        ] {
            assert_eq!(resolved(file, to), expected);
        }
    }
}
