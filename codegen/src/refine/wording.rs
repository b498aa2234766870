//! progenitor says what is wrong with a parameter in its own words: these are the words of the builders of types.
//! Knows progenitor's messages; must not know what is converted.

use proc_macro2::{Literal, TokenTree};
use syn::{LitStr, Macro};

use super::walk::Edit;

/// Says what is wrong with a parameter as the builders of types do.
pub(super) struct Wording;

impl Edit for Wording {
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
