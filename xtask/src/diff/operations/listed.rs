//! The operations of path items.
//! Knows path items; must not know what is in an operation.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diff::shape::{Schemas, Site, below};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// An operation, and the path item that has it.
pub(super) struct Operation<'a> {
    pub(super) name: Arc<str>,
    pub(super) path: &'a str,
    pub(super) site: Site<'a>,
    pub(super) item: Site<'a>,
}

/// The operations by method and path; the names of path parameters make no difference.
pub(super) fn operations<'a>(
    schemas: Schemas<'a>,
    items: &[(&'a str, Site<'a>)],
) -> BTreeMap<String, Vec<Operation<'a>>> {
    let mut operations: BTreeMap<String, Vec<Operation<'a>>> = BTreeMap::new();
    for (path, site) in items.iter().filter(|(path, _)| !path.starts_with("x-")) {
        let Some(item) = schemas.resolve(site) else { continue };
        let methods = METHODS.iter().filter_map(|method| Some((method, item.value.get(*method)?)));
        for (method, value) in methods {
            let name = format!("{} {path}", method.to_uppercase()).into();
            let site = Site { at: below(&item.at, method), value };
            let key = format!("{method} {}", nameless(path));
            operations.entry(key).or_default().push(Operation { name, path, site, item: item.clone() });
        }
    }
    operations
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
