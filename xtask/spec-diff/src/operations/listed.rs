//! The operations of path items.
//! Knows path items; must not know what is in an operation.

use std::collections::BTreeMap;
use std::sync::Arc;

use relay_rest_codegen::document::{METHODS, is_extension};

use crate::normal::{Schemas, Site, Sites, below};

/// An operation, and the path item that has it.
pub(super) struct Operation<'a> {
    pub(super) name: Arc<str>,
    pub(super) path: &'a str,
    pub(super) site: Site<'a>,
    /// The path item, and what it refers to: its own fields come first.
    pub(super) items: Sites<'a>,
}

/// The operations by method and path; the names of path parameters make no difference.
pub(super) fn operations<'a>(
    schemas: Schemas<'a>,
    items: &[(&'a str, Site<'a>)],
) -> BTreeMap<String, Vec<Operation<'a>>> {
    let mut operations: BTreeMap<String, Vec<Operation<'a>>> = BTreeMap::new();
    for (path, site) in items.iter().filter(|(path, _)| !is_extension(path)) {
        let items = schemas.chain(site);
        let find = |method: &&'static str| {
            let found = items.iter().find_map(|item| {
                Some(Site { at: below(&item.at, method), value: item.value.get(*method)? })
            })?;
            Some((*method, found))
        };
        for (method, site) in METHODS.iter().filter_map(find) {
            let name = format!("{} {path}", method.to_uppercase()).into();
            let key = format!("{method} {}", nameless(path));
            operations.entry(key).or_default().push(Operation { name, path, site, items: items.clone() });
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
