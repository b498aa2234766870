//! Rewrites the error messages of progenitor and typify in the wording of all others.
//! Knows their messages; must not know what is converted.

use proc_macro2::{Literal, TokenTree};
use syn::{Expr, ExprLit, Item, Lit, LitStr, Macro, Stmt, parse_quote};

use super::as_function;
use super::ast::string;
use super::walk::CodeEdit;

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
        let body = item.items.iter_mut().find_map(as_function).map(|function| &mut function.block.stmts);
        body.into_iter().flatten().filter_map(returned_message).for_each(|message| {
            if let Some(reworded) = length(message) {
                *message = reworded;
            }
        });
    }
}

/// The message in `if … { return Err("…".into()); }`.
fn returned_message(stmt: &mut Stmt) -> Option<&mut Expr> {
    let Stmt::Expr(Expr::If(branch), _) = stmt else { return None };
    let Some(Stmt::Expr(Expr::Return(returned), _)) = branch.then_branch.stmts.first_mut() else {
        return None;
    };
    let Expr::Call(error) = &mut **returned.expr.as_mut()? else { return None };
    match error.args.first_mut()? {
        Expr::MethodCall(converted) => Some(&mut converted.receiver),
        _ => None,
    }
}

/// The message for `longer than 500 characters`.
fn length(message: &Expr) -> Option<Expr> {
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = message else { return None };
    let text = text.value();
    let text = text.strip_suffix(" characters")?;
    let format = match (text.strip_prefix("longer than "), text.strip_prefix("shorter than ")) {
        (None, Some("1")) => return Some(string("is empty")),
        (Some(most), _) => format!("has {{}} characters; {most} are allowed"),
        (None, Some(least)) => format!("has {{}} characters; {least} are required"),
        (None, None) => return None,
    };
    Some(parse_quote!(format!(#format, value.chars().count())))
}

/// `"a was not initialized"` ⇒ `"no value supplied for a"`; ``"conversion to `u8` for a failed"`` ⇒ ``"a: the value is no `u8`"``
///
/// The builders of operations then word their errors as those of types do.
pub(super) struct Wording;

impl CodeEdit for Wording {
    fn text(&mut self, text: &mut LitStr) {
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

    /// ``format!("conversion to `X` for body failed: {}", s)`` ⇒ `format!("{}", s)`: `s` names its property already.
    fn macro_call(&mut self, node: &mut Macro) {
        let mut tokens = node.tokens.clone().into_iter();
        if let Some(TokenTree::Literal(literal)) = tokens.next()
            && conversion(literal.to_string().trim_start_matches('"')).is_some()
        {
            node.tokens = std::iter::once(TokenTree::from(Literal::string("{}"))).chain(tokens).collect();
        }
    }
}

/// The two parts of ``conversion to `X` for Y``.
fn conversion(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("conversion to `")?.split_once("` for ")
}
