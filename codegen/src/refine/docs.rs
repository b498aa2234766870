//! Descriptions are for a web page: each doc comment becomes what rustdoc renders.
//! Knows where the generator writes doc comments; must not know Markdown.

use std::slice;

use proc_macro2::{Ident, Literal};
use syn::{
    Attribute, Expr, ExprLit, Fields, File, ImplItem, Item, ItemStruct, Lit, LitStr, Meta, MetaNameValue,
};

use super::ast::doc;
use super::markdown;

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

/// Whether it is the module of the operations' builders.
fn is_builders(item: &Item) -> bool {
    matches!(item, Item::Mod(module) if module.ident == "builder")
}

fn content(item: &mut Item) -> Option<&mut Vec<Item>> {
    let Item::Mod(module) = item else { return None };
    module.content.as_mut().map(|(_, items)| items)
}

/// Does something with the attributes of all items that the generator documents, and of their parts.
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

/// Rewrites the whole documentation of an item: rustdoc reads its attributes as one text.
fn attributes(list: &mut Vec<Attribute>, base: Option<&str>) {
    // Reading the value of a literal takes far longer than looking for what could need a change.
    if !list.iter().filter_map(literal).any(|text| needs_care(&text.token())) {
        return;
    }
    let text = markdown::rustdoc(&whole(list), base);
    replace(list, [doc(&text)]);
}

/// Documents the builder of an operation anew: its documentation is the generator's alone, and has links that no description
/// may have. Whether it is as the generator writes it.
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

/// Makes a line comment of each line. In a block comment rustc would take asterisks at the beginnings of lines for
/// decoration, and what is left when they are gone is another text.
pub(super) fn print(items: &mut [Item]) {
    each(items, &mut |list| {
        if list.iter().any(|attribute| literal(attribute).is_some()) {
            let whole = whole(list);
            let line = |line: &str| if line.trim().is_empty() { doc("") } else { doc(&format!(" {line}")) };
            replace(list, whole.split('\n').map(line));
        }
    });
}

/// All doc comments of an item as one text.
fn whole(list: &[Attribute]) -> String {
    list.iter().filter_map(literal).map(LitStr::value).collect::<Vec<_>>().join("\n")
}

/// Puts doc comments in the place of the first one, instead of all.
fn replace(list: &mut Vec<Attribute>, docs: impl IntoIterator<Item = Attribute>) {
    let first = list.iter().position(|attribute| literal(attribute).is_some()).unwrap_or_default();
    list.retain(|attribute| literal(attribute).is_none());
    list.splice(first..first, docs);
}

/// The text of a doc comment.
fn literal(attribute: &Attribute) -> Option<&LitStr> {
    match &attribute.meta {
        Meta::NameValue(MetaNameValue {
            path,
            value: Expr::Lit(ExprLit { lit: Lit::Str(text), .. }),
            ..
        }) => path.is_ident("doc").then_some(text),
        _ => None,
    }
}

/// Whether a doc comment may need a change: looked for in the literal as it is written.
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
