//! The outline of generated code: one sorted line for each public item, so that a change of the API is a short diff.
//! Knows Rust's public items; must not know the document.

pub(crate) mod changed;

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Fields, ImplItem, Item, Type, Visibility, punctuated::Punctuated};

/// The outline of a Rust source file: its public items without bodies and docs, one a line, sorted.
///
/// # Errors
/// The source does not parse.
pub fn outline(source: &str) -> syn::Result<String> {
    Ok(of_file(&syn::parse_file(source)?))
}

/// The outline of a file that is parsed.
pub(crate) fn of_file(file: &syn::File) -> String {
    let mut lines = Vec::new();
    collect(&file.items, "", &mut lines);
    lines.sort();
    lines.push(String::new());
    lines.join("\n")
}

/// Adds the items of the module `path`, which ends in `::` unless it is the root.
fn collect(items: &[Item], path: &str, lines: &mut Vec<String>) {
    // Whether `Debug` is derived or written out makes no difference to anybody, and neither does how an enum is read.
    let enums: BTreeSet<&Ident> = items.iter().filter_map(enum_of).collect();
    let written_out = |item| implemented(item).filter(|(of, name)| *name == "Debug" || enums.contains(of));
    let found: BTreeSet<(&Ident, &str)> = items.iter().filter_map(written_out).collect();
    let attributes = |ident: &Ident, attrs: &[Attribute]| {
        attributes(
            attrs,
            found.range((ident, "")..).take_while(|(of, _)| *of == ident).map(|(_, name)| *name),
        )
    };
    for item in items {
        match item {
            Item::Mod(item) if is_public(&item.vis) => {
                let path = format!("{path}{}::", item.ident);
                item.content.iter().for_each(|(_, items)| collect(items, &path, lines));
            }
            Item::Struct(item) if is_public(&item.vis) => {
                let name = format!("{path}{}", item.ident);
                lines.push(format!(
                    "struct {name}{}{}",
                    text(&item.generics),
                    attributes(&item.ident, &item.attrs)
                ));
                lines.extend(
                    public_fields(&item.fields).map(|(field, of)| format!("field {name}.{field}: {of}")),
                );
            }
            Item::Enum(item) if is_public(&item.vis) => {
                let name = format!("{path}{}", item.ident);
                lines.push(format!(
                    "enum {name}{}{}",
                    text(&item.generics),
                    attributes(&item.ident, &item.attrs)
                ));
                lines
                    .extend(item.variants.iter().map(|variant| format!("variant {name}::{}", text(variant))));
            }
            item if written_out(item).is_some() => {}
            Item::Impl(item) => collect_impl(item, path, lines),
            _ => {}
        }
    }
}

fn enum_of(item: &Item) -> Option<&Ident> {
    match item {
        Item::Enum(item) => Some(&item.ident),
        _ => None,
    }
}

/// The type that an item implements a trait of, and the trait, where that might as well be derived.
fn implemented(item: &Item) -> Option<(&Ident, &'static str)> {
    let Item::Impl(item) = item else { return None };
    let last = item.trait_.as_ref()?.0.segments.last()?;
    let name = ["Debug", "Deserialize"].into_iter().find(|name| last.ident == name)?;
    match &*item.self_ty {
        Type::Path(of) => Some((&of.path.segments.last()?.ident, name)),
        _ => None,
    }
}

fn public_fields(fields: &Fields) -> impl Iterator<Item = (String, String)> + '_ {
    fields.iter().enumerate().filter(|(_, field)| is_public(&field.vis)).map(|(index, field)| {
        let name = field.ident.as_ref().map_or_else(|| index.to_string(), ToString::to_string);
        (name, text(&field.ty))
    })
}

fn collect_impl(item: &syn::ItemImpl, path: &str, lines: &mut Vec<String>) {
    let of = text(&item.self_ty);
    if let Some((implemented, _)) = &item.trait_ {
        let module = if path.is_empty() { "the root" } else { path.trim_end_matches("::") };
        lines.push(format!("impl {} for {of} in {module}", text(implemented)));
        return;
    }
    for function in &item.items {
        if let ImplItem::Fn(function) = function
            && is_public(&function.vis)
        {
            lines.push(format!("method {path}{of}: {}", text(&function.sig)));
        }
    }
}

/// ` (Clone, Debug, non_exhaustive)`: what is derived or might as well be, and whether the type may grow.
fn attributes<'a>(attributes: &[Attribute], implemented: impl Iterator<Item = &'a str>) -> String {
    let mut found: Vec<String> = implemented.map(str::to_owned).collect();
    for attribute in attributes {
        if attribute.path().is_ident("derive") {
            let derived =
                attribute.parse_args_with(Punctuated::<syn::Path, syn::Token![,]>::parse_terminated);
            let last = |path: &syn::Path| path.segments.last().map(|segment| segment.ident.to_string());
            found.extend(derived.iter().flatten().filter_map(last));
        } else if attribute.path().is_ident("non_exhaustive") {
            found.push("non_exhaustive".to_owned());
        }
    }
    found.sort();
    if found.is_empty() { String::new() } else { format!(" ({})", found.join(", ")) }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Tokens in one line, spaced as people write types and signatures. Attributes and docs are left out.
fn text(tokens: &impl ToTokens) -> String {
    let mut line = String::new();
    write(tokens.to_token_stream(), &mut line);
    line
}

fn write(tokens: TokenStream, line: &mut String) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                // An attribute: the bracketed group after `#` goes with it.
                tokens.next();
            }
            TokenTree::Punct(punct) => {
                let is_trailing_comma = punct.as_char() == ',' && tokens.peek().is_none_or(closes);
                if is_trailing_comma {
                    continue;
                }
                let joined = punct.spacing() == Spacing::Joint;
                if matches!(punct.as_char(), '-' | '+') || (punct.as_char() == '=' && !line.ends_with('-')) {
                    space(line);
                }
                line.push(punct.as_char());
                let ends_arrow = line.ends_with("->") || line.ends_with(" =");
                let after_single_colon = punct.as_char() == ':' && !joined && !line.ends_with("::");
                if matches!(punct.as_char(), ',' | '+') || ends_arrow || after_single_colon {
                    line.push(' ');
                }
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => (" { ", " }"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                line.push_str(open);
                write(group.stream(), line);
                line.push_str(close);
            }
            word => {
                // Two words in a row, or a word after a group or a closed list of arguments.
                if line.ends_with(|last: char| last.is_alphanumeric() || matches!(last, '_' | ')' | '>')) {
                    line.push(' ');
                }
                line.push_str(&word.to_string());
            }
        }
    }
}

fn closes(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == '>')
}

fn space(line: &mut String) {
    if !line.ends_with(' ') {
        line.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_items_are_in_the_outline_and_it_is_sorted() {
        let source = "
            pub mod m {
                /// Doc.
                #[derive(::serde::Serialize, Clone)] #[non_exhaustive]
                pub struct S<'a> { #[doc = \"x\"] pub b: ::std::option::Option<&'a str>, a: u8 }
                pub enum E { A, B(u8, String), }
                impl<'a> S<'a> { pub async fn f<T>(mut self, t: T,) -> Result<Self, E> where T: Into<u8>, { } fn g() {} }
                impl ::std::fmt::Debug for E {}
                impl<'de> ::serde::Deserialize<'de> for E {}
                impl<'de> ::serde::Deserialize<'de> for S<'de> {}
                impl From<u8> for E { fn from(_: u8) -> E { E::A } }
                struct Hidden;
            }
            mod hidden { pub struct AlsoHidden; }
        ";
        let expected = [
            "enum m::E (Debug, Deserialize)",
            "field m::S.b: ::std::option::Option<&'a str>",
            "impl ::serde::Deserialize<'de> for S<'de> in m",
            "impl From<u8> for E in m",
            "method m::S<'a>: async fn f<T>(mut self, t: T) -> Result<Self, E> where T: Into<u8>",
            "struct m::S<'a> (Clone, Serialize, non_exhaustive)",
            "variant m::E::A",
            "variant m::E::B(u8, String)",
            "",
        ];
        assert_eq!(outline(source).expect("it parses"), expected.join("\n"));
    }
}
