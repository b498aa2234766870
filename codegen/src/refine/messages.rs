//! Rewrites typify's error messages in the wording of all others.

use syn::{Expr, ExprLit, Item, Lit, Pat, parse_quote};

use super::ast::{functions, literal};
use super::walk::each_expr;

/// `"longer than 3 characters"` ⇒ `"has {} characters; 3 are allowed"`
///
/// A message names both the actual and the allowed value.
pub(super) fn reword(types: &mut [Item]) {
    for item in types {
        let Item::Impl(item) = item else { continue };
        let parses = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
        if parses.is_none_or(|last| last.ident != "FromStr") {
            continue;
        }
        for function in functions(item) {
            let mut values = Vec::new();
            each_expr(&mut function.block, &mut |expr| {
                if let Expr::Match(parsed) = expr {
                    values.extend(parsed.arms.iter().filter_map(|arm| value(&arm.pat)));
                }
            });
            each_expr(&mut function.block, &mut |expr| {
                if let Some(reworded) = length(expr).or_else(|| unlisted(expr, &values)) {
                    *expr = reworded;
                }
            });
        }
    }
}

/// How many values a message lists.
const LISTED: usize = 12;

/// `"invalid value"` ⇒ ``"is not one of `a`, `b`"``
///
/// The value itself is not quoted: it may be a secret in the wrong property.
fn unlisted(message: &Expr, values: &[String]) -> Option<Expr> {
    if literal(message)?.value() != "invalid value" {
        return None;
    }
    let mut listed: Vec<String> = values.iter().take(LISTED).map(|value| format!("`{value}`")).collect();
    if values.len() > LISTED {
        listed.push(format!("and {} more", values.len() - LISTED));
    }
    let message = format!("is not one of {}", listed.join(", "));
    Some(parse_quote!(#message))
}

/// `a` of the arm `"a" => Ok(Self::A)`.
fn value(pattern: &Pat) -> Option<String> {
    match pattern {
        Pat::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
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
