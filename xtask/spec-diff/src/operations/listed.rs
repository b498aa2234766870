//! Lists the operations of path items.

use std::collections::BTreeMap;
use std::sync::Arc;

use relay_rest_codegen::document::walk::ADDITIONAL;
use relay_rest_codegen::document::{METHODS, is_extension};

use super::Section;
use crate::normal::{Schemas, Site, Sites};

/// An operation, and its path item.
pub(super) struct Operation<'a> {
    pub(super) name: Arc<str>,
    /// The name without the names of path parameters.
    pub(super) key: String,
    pub(super) path: &'a str,
    pub(super) site: Site<'a>,
    /// The path item and the targets of its references. The first one that has a field wins.
    pub(super) items: Sites<'a>,
}

impl<'a> Operation<'a> {
    pub(super) fn new(
        section: Section,
        method: &str,
        path: &'a str,
        site: Site<'a>,
        items: &[Site<'a>],
    ) -> Self {
        let name: Arc<str> = format!("{}{method} {path}", section.prefix()).into();
        Self { key: nameless(&name), name, path, site, items: items.to_vec() }
    }
}

/// The operations by method and path, regardless of the names of path parameters.
pub(super) fn operations<'a>(
    schemas: Schemas<'a>,
    section: Section,
    items: &[(&'a str, Site<'a>)],
) -> BTreeMap<String, Vec<Operation<'a>>> {
    let mut operations: BTreeMap<String, Vec<Operation<'a>>> = BTreeMap::new();
    for (path, site) in items.iter().filter(|(path, _)| !is_extension(path)) {
        let items = schemas.chain(site);
        let find = |method: &'static str| {
            Some((method.to_uppercase(), items.iter().find_map(|item| item.get(method))?))
        };
        // Methods are case-sensitive (RFC 9110 §9.1); the first path item that has one wins.
        let others = items.iter().rev().filter_map(|item| item.get(ADDITIONAL));
        let others: BTreeMap<String, Site<'a>> = others
            .flat_map(|others| {
                others.entries().map(|(method, site)| (method.to_owned(), site)).collect::<Vec<_>>()
            })
            .collect();
        for (method, site) in METHODS.into_iter().filter_map(find).chain(others) {
            let operation = Operation::new(section, &method, path, site, &items);
            operations.entry(operation.key.clone()).or_default().push(operation);
        }
    }
    operations
}

/// `/a/{id}/b` ⇒ `/a/{}/b`
pub(crate) fn nameless(path: &str) -> String {
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
