//! Rewrites typify's error messages in the wording of all others.
//! Knows those messages; must not know what is converted.

use syn::{Expr, Item, parse_quote};

use super::ast::{functions, literal};
use super::walk::each_expr;

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
