//! typify's enums refuse a value that the server has added since: those that are read keep it.
//! Knows enums of strings as typify writes them; must not know where they are used.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenTree};
use quote::format_ident;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Attribute, Expr, ExprLit, ExprMatch, ExprPath, File, Item, ItemEnum, Lit, LitStr, Meta, Pat, Path,
    PathSegment, Type, Variant, parse_quote,
};

use super::missing;
use crate::problem::Problem;

/// Gives each enum in `names` a variant for unknown values, and conversions that cannot fail.
pub(super) fn open(types: &mut Vec<Item>, names: &BTreeSet<String>, problems: &mut Vec<Problem>) {
    if names.is_empty() {
        return;
    }
    let template = Template::new();
    let mut opened = BTreeSet::new();
    types.retain(|item| !is_conversion(item, names));
    let mut conversions = Vec::new();
    for item in types.iter_mut() {
        if let Item::Enum(item) = item
            && names.contains(&item.ident.to_string())
        {
            opened.insert(item.ident.to_string());
            conversions.extend(template.open(item));
        }
    }
    types.append(&mut conversions);
    names.difference(&opened).for_each(|name| missing(&format!("enum `{name}`"), problems));
}

/// typify's `Display`, `FromStr` and `TryFrom` of one of the enums.
fn is_conversion(item: &Item, names: &BTreeSet<String>) -> bool {
    let Item::Impl(item) = item else { return false };
    let Type::Path(of) = &*item.self_ty else { return false };
    item.trait_.is_some() && of.path.get_ident().is_some_and(|ident| names.contains(&ident.to_string()))
}

/// What an open enum has beside its variants, parsed once: `OPEN` and `UNKNOWN` stand for the names.
struct Template {
    unknown: Variant,
    conversions: Vec<Item>,
}

impl Template {
    fn new() -> Self {
        let file: File = parse_quote! {
            impl OPEN {
                /// The value as it is on the wire.
                pub fn as_str(&self) -> &str {
                    match self {
                        Self::UNKNOWN(value) => value,
                    }
                }
            }

            impl ::std::convert::From<&str> for OPEN {
                fn from(value: &str) -> Self {
                    match value {
                        unknown => Self::UNKNOWN(unknown.to_owned()),
                    }
                }
            }

            impl ::std::str::FromStr for OPEN {
                type Err = self::error::ConversionError;

                fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
                    Ok(Self::from(value))
                }
            }

            impl ::std::fmt::Display for OPEN {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.write_str(self.as_str())
                }
            }
        };
        let unknown = parse_quote! {
            /// A value that the document does not list, as it came.
            #[serde(untagged)]
            UNKNOWN(::std::string::String)
        };
        Self { unknown, conversions: file.items }
    }

    /// Opens the enum; the answer is its conversions.
    fn open(&self, item: &mut ItemEnum) -> Vec<Item> {
        let idents: Vec<Ident> = item.variants.iter().map(|variant| variant.ident.clone()).collect();
        let values: Vec<LitStr> = item
            .variants
            .iter()
            .map(|variant| LitStr::new(&wire_value(&variant.attrs, &variant.ident), Span::call_site()))
            .collect();
        let mut fill = Fill { open: item.ident.clone(), unknown: unused("Unknown", &idents), idents, values };
        let mut unknown = self.unknown.clone();
        fill.visit_variant_mut(&mut unknown);
        item.variants.push(unknown);
        // A variant that holds a `String` cannot be copied.
        item.attrs.iter_mut().for_each(|attribute| without_derive(attribute, "Copy"));
        let mut conversions = self.conversions.clone();
        conversions.iter_mut().for_each(|item| fill.visit_item_mut(item));
        conversions
    }
}

/// Drops one of the traits that an attribute derives.
pub(super) fn without_derive(attribute: &mut Attribute, name: &str) {
    let Meta::List(list) = &mut attribute.meta else { return };
    if !list.path.is_ident("derive") {
        return;
    }
    let tokens: Vec<TokenTree> = std::mem::take(&mut list.tokens).into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let is_dropped = |path: &&[TokenTree]| matches!(path.iter().rev().find(|token| !is_comma(token)), Some(TokenTree::Ident(ident)) if ident == name);
    let kept = tokens.split_inclusive(is_comma).filter(|path| !is_dropped(path));
    list.tokens = kept.flatten().cloned().collect();
}

/// Fills in the names and the arms.
struct Fill {
    open: Ident,
    unknown: Ident,
    idents: Vec<Ident>,
    values: Vec<LitStr>,
}

impl VisitMut for Fill {
    /// Each `match` is between variants and values, in one direction or the other.
    fn visit_expr_match_mut(&mut self, node: &mut ExprMatch) {
        visit_mut::visit_expr_match_mut(self, node);
        let of_variants = matches!(*node.expr, Expr::Path(ref path) if path.path.is_ident("self"));
        let known = self.idents.iter().zip(&self.values).map(|(ident, value)| {
            let value = ExprLit { attrs: Vec::new(), lit: Lit::Str(value.clone()) };
            let variant = ExprPath { attrs: Vec::new(), qself: None, path: variant(ident) };
            if of_variants {
                arm(Pat::Path(variant), Expr::Lit(value))
            } else {
                arm(Pat::Lit(value), Expr::Path(variant))
            }
        });
        let known: Vec<Arm> = known.collect();
        node.arms.splice(0..0, known);
    }

    fn visit_ident_mut(&mut self, ident: &mut Ident) {
        if ident == "OPEN" {
            *ident = self.open.clone();
        } else if ident == "UNKNOWN" {
            *ident = self.unknown.clone();
        }
    }
}

/// `Self::Variant`, made without parsing.
pub(super) fn variant(ident: &Ident) -> Path {
    let segments = [Ident::new("Self", Span::call_site()), ident.clone()].into_iter().map(PathSegment::from);
    Path { leading_colon: None, segments: segments.collect() }
}

/// `pat => body,`, made without parsing.
pub(super) fn arm(pat: Pat, body: Expr) -> Arm {
    Arm {
        attrs: Vec::new(),
        pat,
        fat_arrow_token: Default::default(),
        body: Box::new(body),
        comma: Some(Default::default()),
    }
}

/// The value of `#[serde(rename = "…")]`, else the variant's own name.
pub(super) fn wire_value(attributes: &[Attribute], ident: &Ident) -> String {
    let serde = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    serde.filter_map(renamed).next_back().unwrap_or_else(|| ident.to_string())
}

/// The text in `#[serde(rename = "…")]`, found without parsing the attribute.
fn renamed(attribute: &Attribute) -> Option<String> {
    let Meta::List(list) = &attribute.meta else { return None };
    let mut tokens = list.tokens.clone().into_iter();
    tokens.find(|token| matches!(token, TokenTree::Ident(ident) if ident == "rename"))?;
    match tokens.nth(1)? {
        TokenTree::Literal(text) => match Lit::new(text) {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

fn unused(name: &str, taken: &[Ident]) -> Ident {
    let mut ident = format_ident!("{name}");
    while taken.contains(&ident) {
        ident = format_ident!("{ident}Value");
    }
    ident
}
