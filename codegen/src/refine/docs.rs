//! Rewrites doc comments, which are descriptions meant for a web page, so that rustdoc renders them.
//! Must not know Markdown.

use std::slice;

use proc_macro2::{Ident, Literal};
use syn::{Attribute, Fields, File, ImplItem, Item, ItemStruct, LitStr};

use super::ast::{doc, doc_literal, module};
use super::markdown;
use crate::plan::OperationPlan;

/// Rewrites every doc comment; `base` is the page that relative links are relative to.
pub(super) fn refine(file: &mut File, base: Option<&str>) {
    let (operations, others): (Vec<_>, Vec<_>) = file.items.iter_mut().partition(|item| is_builders(item));
    for item in others {
        each(slice::from_mut(item), &mut |list| attributes(list, base));
    }
    for item in operations.into_iter().filter_map(content).flatten() {
        let is_done = if let Item::Struct(item) = item { builder(item) } else { false };
        if !is_done {
            each(slice::from_mut(item), &mut |list| attributes(list, base));
        }
    }
}

/// Documents the modules, in place of the generator's documentation.
pub(super) fn modules(items: &mut [Item]) {
    const MODULES: [(&str, &str); 6] = [
        (
            "types",
            "The schemas of the document: what is sent and received. Each object has a builder. `Debug` leaves out strings, which may be secret: serialize a value to see all of it.",
        ),
        ("builder", "The calls: a method of [`Client`] makes one for its operation, and `send()` sends it."),
        (
            "types::builder",
            "The builders of the types: `A::builder()` makes an `ABuilder`, and `build()` makes an `A`.",
        ),
        (
            "groups",
            "The operations by tag: a method of [`Client`] returns a group, whose methods are those of the client that have the tag.",
        ),
        (
            "servers",
            "The servers of the document and of its operations: each is a URL with `url()`, and is taken wherever a URL is. Credentials are sent to the client's base URL and to a server that is set on a call, and to no other.",
        ),
        (
            "webhooks",
            "What the API sends: the types of the bodies of its webhooks and callbacks. Read one with `serde_json::from_slice`: unknown properties are ignored, and enums keep unknown values.",
        ),
    ];
    for (path, text) in MODULES {
        let (outer, inner) =
            path.split_once("::").map_or((None, path), |(outer, inner)| (Some(outer), inner));
        let items = match outer {
            None => Some(&mut *items),
            Some(outer) => module(items, outer).map(Vec::as_mut_slice),
        };
        for item in items.into_iter().flatten() {
            if let Item::Mod(module) = item
                && module.ident == inner
            {
                replace(&mut module.attrs, [doc(text)]);
            }
        }
    }
}

/// ``Sends a `POST` request to `/a#query` `` ⇒ ``Sends a `QUERY` request to `/a` ``
///
/// Where the generator's input has a stand-in for the method.
pub(super) fn name_method(list: &mut [Attribute], of: &OperationPlan) {
    if !of.has_stand_in() {
        return;
    }
    for attribute in list {
        let Some(text) = doc_literal(attribute).map(LitStr::value) else { continue };
        // Descriptions come before it.
        if let Some(start) = text.rfind("Sends a `POST` request to `") {
            let sent = markdown::code_span(&of.path);
            *attribute = doc(&format!("{}Sends a `{}` request to {sent}", &text[..start], of.verb));
        }
    }
}

/// Whether it is the module of the operations' builders.
fn is_builders(item: &Item) -> bool {
    matches!(item, Item::Mod(module) if module.ident == "builder")
}

fn content(item: &mut Item) -> Option<&mut Vec<Item>> {
    let Item::Mod(module) = item else { return None };
    module.content.as_mut().map(|(_, items)| items)
}

/// Calls `edit` with the attributes of each item that the generator documents, and of its parts.
fn each(list: &mut [Item], edit: &mut dyn FnMut(&mut Vec<Attribute>)) {
    for item in list {
        match item {
            Item::Mod(module) => {
                edit(&mut module.attrs);
                each(module.content.as_mut().map_or(&mut [], |(_, items)| items), edit);
            }
            Item::Struct(item) => {
                edit(&mut item.attrs);
                each_field(&mut item.fields, edit);
            }
            Item::Enum(item) => {
                edit(&mut item.attrs);
                for variant in &mut item.variants {
                    edit(&mut variant.attrs);
                    each_field(&mut variant.fields, edit);
                }
            }
            Item::Impl(item) => {
                edit(&mut item.attrs);
                for part in &mut item.items {
                    if let ImplItem::Fn(function) = part {
                        edit(&mut function.attrs);
                    }
                }
            }
            Item::Fn(item) => edit(&mut item.attrs),
            Item::Const(item) => edit(&mut item.attrs),
            Item::Type(item) => edit(&mut item.attrs),
            _ => {}
        }
    }
}

fn each_field(fields: &mut Fields, edit: &mut dyn FnMut(&mut Vec<Attribute>)) {
    fields.iter_mut().for_each(|field| edit(&mut field.attrs));
}

/// `#[doc = "See [a](/b)."]` ⇒ `#[doc = "See [a](https://example.com/b)."]`
///
/// All of an item at once, because rustdoc joins its attributes.
fn attributes(list: &mut Vec<Attribute>, base: Option<&str>) {
    // Parsing a literal takes far longer than searching it for what may need an edit.
    if !list.iter().filter_map(doc_literal).any(|text| needs_care(&text.token())) {
        return;
    }
    let text = markdown::rustdoc(&whole(list), base);
    replace(list, [doc(&text)]);
}

/// ``Builder for [`Client::a`]\n\n[`Client::a`]: super::Client::a`` ⇒ ``Builder for [`Client::a`](super::Client::a).``
///
/// The generator wrote this one alone, with a link that would be escaped in a description. Returns whether it is as expected.
fn builder(item: &mut ItemStruct) -> bool {
    let text = whole(&item.attrs);
    let method = text.strip_prefix("Builder for [`Client::").and_then(|rest| rest.split('`').next());
    let method = method.filter(|method| syn::parse_str::<Ident>(method).is_ok());
    if let Some(method) = method {
        replace(
            &mut item.attrs,
            [doc(&format!("Builder for [`Client::{method}`](super::Client::{method})."))],
        );
    }
    method.is_some()
}

/// `#[doc = "a\n* b"]` ⇒ `/// a` and `/// * b`
///
/// prettyplease would print a block comment, in which rustc removes asterisks at the beginnings of lines as decoration.
pub(super) fn print(items: &mut [Item]) {
    each(items, &mut |list| {
        if list.iter().any(|attribute| doc_literal(attribute).is_some()) {
            let whole = whole(list);
            let line = |line: &str| if line.trim().is_empty() { doc("") } else { doc(&format!(" {line}")) };
            replace(list, whole.split('\n').map(line));
        }
    });
}

/// The doc comments of an item, joined.
fn whole(list: &[Attribute]) -> String {
    list.iter().filter_map(doc_literal).map(LitStr::value).collect::<Vec<_>>().join("\n")
}

/// Replaces all doc comments, at the position of the first one.
fn replace(list: &mut Vec<Attribute>, docs: impl IntoIterator<Item = Attribute>) {
    let first = list.iter().position(|attribute| doc_literal(attribute).is_some()).unwrap_or_default();
    list.retain(|attribute| doc_literal(attribute).is_none());
    list.splice(first..first, docs);
}

/// Whether a doc comment may need an edit, by its unparsed literal.
fn needs_care(literal: &Literal) -> bool {
    let literal = literal.to_string();
    let literal = literal.as_bytes();
    let mut is_escaped = false;
    literal.iter().enumerate().any(|(index, byte)| {
        let begins = |mark: &[u8]| literal[index..].starts_with(mark);
        if std::mem::take(&mut is_escaped) {
            // Control characters and the like are written by name or number.
            return !matches!(byte, b'n' | b'"' | b'\'' | b'\\');
        }
        is_escaped = *byte == b'\\';
        match byte {
            b'[' | b'<' => true,
            b'h' => begins(b"http"),
            b'`' => begins(b"```"),
            b'~' => begins(b"~~~"),
            b' ' => begins(b"    "),
            _ => false,
        }
    })
}
