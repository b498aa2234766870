//! The outline of generated code: one sorted line for each public item, so that a change of the API is a short diff.
//! Knows Rust's public items; must not know the document.

use quote::ToTokens;
use syn::{Fields, ImplItem, Item, Visibility};

/// The outline of a Rust source file: its public items without bodies and docs, one a line, sorted.
///
/// # Errors
/// The source does not parse.
pub fn outline(source: &str) -> syn::Result<String> {
    let mut lines = Vec::new();
    collect(&syn::parse_file(source)?.items, "", &mut lines);
    lines.sort();
    lines.dedup();
    lines.push(String::new());
    Ok(lines.join("\n"))
}

fn collect(items: &[Item], path: &str, lines: &mut Vec<String>) {
    for item in items {
        match item {
            Item::Mod(item) if is_public(&item.vis) => {
                let path = format!("{path}{}::", item.ident);
                item.content.iter().for_each(|(_, items)| collect(items, &path, lines));
            }
            Item::Struct(item) if is_public(&item.vis) => {
                let name = format!("{path}{}{}", item.ident, text(&item.generics));
                lines.push(format!("struct {name}"));
                collect_fields(&item.fields, &name, lines);
            }
            Item::Enum(item) if is_public(&item.vis) => {
                let name = format!("{path}{}", item.ident);
                lines.push(format!("enum {name}"));
                lines.extend(
                    item.variants
                        .iter()
                        .map(|variant| format!("variant {name}::{}{}", variant.ident, text(&variant.fields))),
                );
            }
            Item::Impl(item) => collect_impl(item, path, lines),
            _ => {}
        }
    }
}

fn collect_fields(fields: &Fields, name: &str, lines: &mut Vec<String>) {
    for (index, field) in fields.iter().enumerate().filter(|(_, field)| is_public(&field.vis)) {
        let field_name = field.ident.as_ref().map_or_else(|| index.to_string(), ToString::to_string);
        lines.push(format!("field {name}::{field_name}: {}", text(&field.ty)));
    }
}

fn collect_impl(item: &syn::ItemImpl, path: &str, lines: &mut Vec<String>) {
    let name = format!("{path}{}", text(&item.self_ty));
    if let Some((implemented, _)) = &item.trait_ {
        lines.push(format!("impl {} for {name}", text(implemented)));
        return;
    }
    for function in &item.items {
        if let ImplItem::Fn(function) = function
            && is_public(&function.vis)
        {
            lines.push(format!("method {name}::{}", text(&function.sig).trim_start_matches("fn ")));
        }
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Tokens as people write them.
fn text(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (spaced, tight) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        (" > ", "> "),
        (" >", ">"),
        ("< ", "<"),
        (" ,", ","),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" :", ":"),
        ("& ", "&"),
        ("->", " -> "),
        ("  ", " "),
        ("> ,", ">,"),
    ] {
        text = text.replace(spaced, tight);
    }
    text.trim().to_owned()
}
