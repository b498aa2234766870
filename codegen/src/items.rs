//! Parses generated code item by item, so that the tokens of one are freed before the next is parsed.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::token::Brace;
use syn::{File, Item};

/// Parses a file. `syn::parse2` does the same, and holds all its tokens twice beside the syntax tree. The module at the path
/// `emptied` has no items.
///
/// # Errors
/// Those of `syn`.
pub(crate) fn parse(tokens: TokenStream, emptied: &[&str]) -> syn::Result<File> {
    let mut file: File = syn::parse2(TokenStream::new())?;
    let mut head: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let is_end = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && !ends_with_semicolon(&head),
            _ => false,
        };
        let (token, inside) = match token {
            TokenTree::Group(group) if is_end && is_module(&head) => {
                (Group::new(Delimiter::Brace, TokenStream::new()).into(), Some(group.stream()))
            }
            token => (token, None),
        };
        head.push(token);
        if is_end {
            let mut own: File = syn::parse2(head.drain(..).collect())?;
            if let (Some(inside), Some(Item::Mod(module))) = (inside, own.items.last_mut()) {
                let content = match emptied {
                    [only] if module.ident == only => parse(TokenStream::new(), &[])?,
                    [first, rest @ ..] if module.ident == first => parse(inside, rest)?,
                    _ => parse(inside, &[])?,
                };
                module.attrs.extend(content.attrs);
                module.content = Some((Brace::default(), content.items));
            }
            file.attrs.append(&mut own.attrs);
            file.items.append(&mut own.items);
        }
    }
    // What is left is no item.
    let rest: File = syn::parse2(head.into_iter().collect())?;
    file.attrs.extend(rest.attrs);
    Ok(file)
}

/// The words of an item, which begin with its keywords.
fn words(head: &[TokenTree]) -> impl Iterator<Item = String> {
    let idents = head.iter().filter_map(|token| match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    });
    idents.filter(|word| word != "pub")
}

/// Whether an item that begins so ends with `;`, whatever braces it has before.
fn ends_with_semicolon(head: &[TokenTree]) -> bool {
    let mut words = words(head);
    match words.next().as_deref() {
        Some("use" | "type" | "static") => true,
        Some("const") => words.next().is_none_or(|word| word != "fn"),
        _ => false,
    }
}

fn is_module(head: &[TokenTree]) -> bool {
    words(head).next().is_some_and(|word| word == "mod")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that a file of the generator has, and what could be taken for the end of an item.
    const SOURCE: &str = "
        #![allow(unused)]
        pub use a::{b, c::{d}};
        #[doc = \"A list of numbers; {}\"]
        pub type A = [u8; { 1 + 1 }];
        pub const B: C = C { d: 1 };
        pub(crate) const fn e() -> u8 { 1 }
        static F: fn() = || { g(); };
        pub struct H;
        struct I(u8);
        #[derive(Clone)] struct J<T> where T: Copy { k: T }
        impl<T> J<T> where T: Copy { const L: u8 = 1; fn m(self) -> T { { self.k } } }
        pub mod n { #![doc = \"Inside.\"] pub mod o {} use p::q; enum R { S { t: u8 }, U } }
        mod v;
    ";

    #[test]
    fn items_are_parsed_as_by_syn() {
        let tokens: TokenStream = SOURCE.parse().expect("tokens");
        let parsed = parse(tokens.clone(), &[]).expect("items");
        let expected: File = syn::parse2(tokens).expect("a file");
        assert_eq!(parsed.items.len(), expected.items.len());
        assert_eq!(prettyplease::unparse(&parsed), prettyplease::unparse(&expected));
    }

    #[test]
    fn what_is_not_an_item_is_an_error() {
        for source in ["fn a()", "struct { }", "mod a { struct }", "#[b]", "let c = 1;"] {
            assert!(parse(source.parse().expect("tokens"), &[]).is_err(), "{source}");
        }
    }
}
