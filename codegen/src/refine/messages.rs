//! Rewrites the error messages of progenitor and typify in the wording of all others.
//! Knows their messages; must not know what is converted.

use proc_macro2::{Literal, TokenTree};
use syn::{Block, Expr, Item, LitStr, parse_quote};

use super::ast::{functions, literal};
use super::walk::{CodePart, each, each_expr};

/// `"longer than 3 characters"` ⇒ `"has {} characters; 3 are allowed"`
///
/// A message says what was found as well as what is allowed.
pub(super) fn lengths(types: &mut [Item]) {
    for item in types {
        let Item::Impl(item) = item else { continue };
        let parses = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
        if parses.is_none_or(|last| last.ident != "FromStr") {
            continue;
        }
        for function in functions(item) {
            each_expr(&mut function.block, &mut |expr| {
                if let Some(reworded) = length(expr) {
                    *expr = reworded;
                }
            });
        }
    }
}

/// The message for `longer than 500 characters`.
fn length(message: &Expr) -> Option<Expr> {
    let text = literal(message)?.value();
    let text = text.strip_suffix(" characters")?;
    let format = match (text.strip_prefix("longer than "), text.strip_prefix("shorter than ")) {
        (None, Some("1")) => return Some(parse_quote!("is empty")),
        (Some(most), _) => format!("has {{}} characters; {most} are allowed"),
        (None, Some(least)) => format!("has {{}} characters; {least} are required"),
        (None, None) => return None,
    };
    Some(parse_quote!(format!(#format, value.chars().count())))
}

/// `"a was not initialized"` ⇒ `"no value supplied for a"`; ``"conversion to `u8` for a failed"`` ⇒ ``"a: the value is no `u8`"``
///
/// ``format!("conversion to `X` for body failed: {}", s)`` ⇒ `format!("{}", s)`: `s` names its property already.
///
/// The builders of operations then word their errors as those of types do.
pub(super) fn reword(block: &mut Block) {
    each(block, &mut |part| match part {
        CodePart::Text(text) => {
            let message = text.value();
            if let Some(name) = message.strip_suffix(" was not initialized") {
                *text = LitStr::new(&format!("no value supplied for {name}"), text.span());
            } else if let Some((of, name)) = conversion(&message)
                && let Some(name) = name.strip_suffix(" failed")
            {
                let of = of.replace(' ', "");
                let of = of.trim_start_matches(':');
                *text = LitStr::new(&format!("{name}: the value is no `{of}`"), text.span());
            }
        }
        CodePart::Macro(call) => {
            let mut tokens = call.tokens.clone().into_iter();
            if let Some(TokenTree::Literal(literal)) = tokens.next()
                && conversion(literal.to_string().trim_start_matches('"')).is_some()
            {
                call.tokens = std::iter::once(TokenTree::from(Literal::string("{}"))).chain(tokens).collect();
            }
        }
        _ => {}
    });
}

/// The two parts of ``conversion to `X` for Y``.
fn conversion(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("conversion to `")?.split_once("` for ")
}
