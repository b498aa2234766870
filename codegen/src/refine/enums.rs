//! Opens enums that are received: typify's fail on a value that the server has added since.
//! Knows enums of strings as typify writes them; must not know where they are used.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::visit_mut::VisitMut;
use syn::{
    Arm, Block, Expr, ExprLit, File, Item, ItemEnum, ItemImpl, Lit, LitStr, Pat, Type, Variant, parse_quote,
};

use super::ast::{arm, of_path, plain, variant, wire_value, without_derive};
use super::walk::{CodeEdit, Walk};
use super::{as_function, missing};
use crate::problem::Problem;

/// `enum A { B }` ⇒ `enum A { B, #[serde(untagged)] Unknown(String) }`, with conversions that cannot fail
///
/// A client that is not rebuilt must read values that the API adds. With `are_counted`, deserializing reports to `count` whether
/// the value is known, by which a union chooses between its variants.
pub(super) fn open(
    types: &mut Vec<Item>,
    names: &BTreeSet<String>,
    are_counted: bool,
    problems: &mut Vec<Problem>,
) {
    if names.is_empty() {
        return;
    }
    let template = Template::new(are_counted);
    let (mut opened, mut kept) = (BTreeSet::new(), 0);
    let mut conversions = Vec::new();
    types.retain_mut(|item| match item {
        Item::Enum(item) if names.contains(&item.ident.to_string()) => {
            opened.insert(item.ident.to_string());
            conversions.extend(template.open(item));
            true
        }
        Item::Impl(item) if is_conversion(item, names) => {
            let is_kept = template.refine(item).is_some();
            kept += usize::from(is_kept);
            is_kept
        }
        _ => true,
    });
    types.append(&mut conversions);
    names.difference(&opened).for_each(|name| missing(&format!("enum `{name}`"), problems));
    if kept != opened.len() * template.bodies.len() {
        missing("`Display` and `FromStr` of every enum that is read", problems);
    }
}

/// typify's `Display`, `FromStr` or `TryFrom` of one of the enums.
fn is_conversion(item: &ItemImpl, names: &BTreeSet<String>) -> bool {
    let Type::Path(of) = &*item.self_ty else { return false };
    item.trait_.is_some() && of.path.get_ident().is_some_and(|ident| names.contains(&ident.to_string()))
}

/// What is added to an enum, parsed once, with `OPEN` and `UNKNOWN` as placeholders for the names.
struct Template {
    unknown: Variant,
    conversions: Vec<Item>,
    /// Whether the conversions replace the derived `Deserialize`.
    are_counted: bool,
    /// The new bodies of typify's conversions, by trait.
    bodies: [(&'static str, Block); 2],
}

impl Template {
    fn new(are_counted: bool) -> Self {
        let mut file: File = parse_quote! {
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
        };
        if are_counted {
            file.items.push(parse_quote! {
                impl<'de> ::serde::Deserialize<'de> for OPEN {
                    fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
                    where
                        D: ::serde::Deserializer<'de>,
                    {
                        let value = <::std::string::String as ::serde::Deserialize>::deserialize(deserializer)?;
                        let value = Self::from(value.as_str());
                        if let Self::UNKNOWN(_) = value {
                            count(0, 1);
                        } else {
                            count(1, 0);
                        }
                        Ok(value)
                    }
                }
            });
        }
        let unknown = parse_quote! {
            /// A value that the document does not list, as it came.
            #[serde(untagged)]
            UNKNOWN(::std::string::String)
        };
        let bodies = [
            ("Display", parse_quote!({ f.write_str(self.as_str()) })),
            ("FromStr", parse_quote!({ Ok(Self::from(value)) })),
        ];
        Self { unknown, conversions: file.items, are_counted, bodies }
    }

    /// Gives one of typify's conversions a body that cannot fail; `None` for those that [`From`] replaces.
    fn refine(&self, item: &mut ItemImpl) -> Option<()> {
        let of = &item.trait_.as_ref()?.0.segments.last()?.ident;
        let (_, body) = self.bodies.iter().find(|(name, _)| of == name)?;
        item.items.iter_mut().find_map(as_function)?.block = body.clone();
        Some(())
    }

    /// Opens the enum, and returns its conversions.
    fn open(&self, item: &mut ItemEnum) -> Vec<Item> {
        let idents: Vec<Ident> = item.variants.iter().map(|variant| variant.ident.clone()).collect();
        let values: Vec<LitStr> = item
            .variants
            .iter()
            .map(|variant| LitStr::new(&wire_value(&variant.attrs, &variant.ident), Span::call_site()))
            .collect();
        let mut fill =
            FillEnum { open: item.ident.clone(), unknown: unused("Unknown", &idents), idents, values };
        let mut unknown = self.unknown.clone();
        Walk(&mut fill).visit_variant_mut(&mut unknown);
        item.variants.push(unknown);
        // A variant that holds a `String` cannot be copied.
        without_derive(&mut item.attrs, "Copy");
        if self.are_counted {
            without_derive(&mut item.attrs, "Deserialize");
        }
        let mut conversions = self.conversions.clone();
        conversions.iter_mut().for_each(|item| Walk(&mut fill).visit_item_mut(item));
        conversions
    }
}

/// `match self { Self::UNKNOWN(value) => value }` ⇒ `match self { Self::B => "b", Self::Unknown(value) => value }`
struct FillEnum {
    open: Ident,
    unknown: Ident,
    idents: Vec<Ident>,
    values: Vec<LitStr>,
}

impl CodeEdit for FillEnum {
    /// Each `match` maps variants to values, or values to variants.
    fn expr(&mut self, expr: &mut Expr) {
        let Expr::Match(node) = expr else { return };
        let of_variants = matches!(*node.expr, Expr::Path(ref path) if path.path.is_ident("self"));
        let known = self.idents.iter().zip(&self.values).map(|(ident, value)| {
            let value = ExprLit { attrs: Vec::new(), lit: Lit::Str(value.clone()) };
            if of_variants {
                arm(Pat::Path(plain(variant(ident))), Expr::Lit(value))
            } else {
                arm(Pat::Lit(value), of_path(variant(ident)))
            }
        });
        let known: Vec<Arm> = known.collect();
        node.arms.splice(0..0, known);
    }

    fn ident(&mut self, ident: &mut Ident) {
        if ident == "OPEN" {
            *ident = self.open.clone();
        } else if ident == "UNKNOWN" {
            *ident = self.unknown.clone();
        }
    }
}

fn unused(name: &str, taken: &[Ident]) -> Ident {
    let mut ident = format_ident!("{name}");
    while taken.contains(&ident) {
        ident = format_ident!("{ident}Value");
    }
    ident
}
