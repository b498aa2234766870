//! Descriptions are for a web page: each doc comment becomes what rustdoc renders.
//! Knows where the generator writes doc comments; must not know Markdown.

use proc_macro2::Literal;
use syn::{Attribute, Expr, ExprLit, Fields, File, ImplItem, Item, Lit, Meta};

use super::markdown::rustdoc;

/// Rewrites every doc comment; `base` is the page that relative links are relative to.
pub(super) fn refine(file: &mut File, base: Option<&str>) {
    items(&mut file.items, base);
}

/// The doc comments of items as the generator writes them, and of their parts.
fn items(list: &mut [Item], base: Option<&str>) {
    for item in list {
        match item {
            Item::Mod(module) => {
                attributes(&mut module.attrs, base);
                items(module.content.as_mut().map_or(&mut [], |(_, items)| items), base);
            }
            Item::Struct(item) => {
                attributes(&mut item.attrs, base);
                fields(&mut item.fields, base);
            }
            Item::Enum(item) => {
                attributes(&mut item.attrs, base);
                for variant in &mut item.variants {
                    attributes(&mut variant.attrs, base);
                    fields(&mut variant.fields, base);
                }
            }
            Item::Impl(item) => {
                attributes(&mut item.attrs, base);
                for part in &mut item.items {
                    if let ImplItem::Fn(function) = part {
                        attributes(&mut function.attrs, base);
                    }
                }
            }
            Item::Fn(item) => attributes(&mut item.attrs, base),
            _ => {}
        }
    }
}

fn fields(fields: &mut Fields, base: Option<&str>) {
    fields.iter_mut().for_each(|field| attributes(&mut field.attrs, base));
}

fn attributes(list: &mut [Attribute], base: Option<&str>) {
    for attribute in list {
        let Meta::NameValue(meta) = &mut attribute.meta else { continue };
        let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &mut meta.value else { continue };
        // Reading the value of a literal takes far longer than looking for what could need a change.
        if !meta.path.is_ident("doc") || !needs_care(&text.token()) {
            continue;
        }
        let said = text.value();
        // The generator's own intra-doc links are in order.
        if said.starts_with("Builder for [`") {
            continue;
        }
        let rewritten = rustdoc(&said, base);
        if rewritten != said {
            *text = syn::LitStr::new(&rewritten, text.span());
        }
    }
}

/// Whether a doc comment may have a link, a tag, code or a URL in it: looked for in the literal as it is written.
fn needs_care(literal: &Literal) -> bool {
    let literal = literal.to_string();
    let literal = literal.as_bytes();
    literal.iter().enumerate().any(|(index, byte)| {
        let begins = |mark: &[u8]| literal[index..].starts_with(mark);
        match byte {
            b'[' | b'<' => true,
            b'h' => begins(b"http"),
            b'`' => begins(b"```"),
            b'~' => begins(b"~~~"),
            b' ' => begins(b"    "),
            b'\\' => begins(b"\\t"),
            _ => false,
        }
    })
}
