//! progenitor and typify say what is wrong with a value in words of their own: these are the words of everything else.
//! Knows their messages; must not know what is converted.

use proc_macro2::{Literal, TokenTree};
use syn::{Expr, ExprLit, Item, Lit, LitStr, Macro, Stmt, parse_quote};

use super::as_function;
use super::ast::string;
use super::walk::CodeEdit;

/// Says of a text that is too long or too short how long it is, and how long it may be.
pub(super) fn lengths(types: &mut [Item]) {
    for item in types {
        let Item::Impl(item) = item else { continue };
        let parses = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
        if parses.is_none_or(|last| last.ident != "FromStr") {
            continue;
        }
        let body = item.items.iter_mut().find_map(as_function).map(|function| &mut function.block.stmts);
        body.into_iter().flatten().filter_map(refused).for_each(|said| {
            if let Some(told) = length(said) {
                *said = told;
            }
        });
    }
}

/// The text in `if … { return Err("…".into()); }`.
fn refused(stmt: &mut Stmt) -> Option<&mut Expr> {
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

/// What is said instead of `longer than 500 characters`.
fn length(said: &Expr) -> Option<Expr> {
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = said else { return None };
    let text = text.value();
    let text = text.strip_suffix(" characters")?;
    let told = match (text.strip_prefix("longer than "), text.strip_prefix("shorter than ")) {
        (None, Some("1")) => return Some(string("is empty")),
        (Some(most), _) => format!("has {{}} characters; {most} are allowed"),
        (None, Some(least)) => format!("has {{}} characters; {least} are required"),
        (None, None) => return None,
    };
    Some(parse_quote!(format!(#told, value.chars().count())))
}

/// Says what is wrong with a parameter as the builders of types do.
pub(super) struct Wording;

impl CodeEdit for Wording {
    fn text(&mut self, text: &mut LitStr) {
        let said = text.value();
        if let Some(name) = said.strip_suffix(" was not initialized") {
            *text = LitStr::new(&format!("no value supplied for {name}"), text.span());
        } else if let Some((of, name)) = conversion(&said)
            && let Some(name) = name.strip_suffix(" failed")
        {
            let of = of.replace(' ', "");
            let of = of.trim_start_matches(':');
            *text = LitStr::new(&format!("{name}: the value is no `{of}`"), text.span());
        }
    }

    /// `format!("conversion to `X` for body failed: {}", s)`: what is wrong names its property already.
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
