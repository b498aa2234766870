//! A derived `Debug` shows every text, and so the numbers, codes and names of people: these show everything but texts.
//! Knows structs and enums as typify and progenitor write them; must not know which texts are secret.

use proc_macro2::{Ident, Span, TokenTree};
use syn::{
    Arm, Attribute, Expr, ExprMatch, ExprMethodCall, ExprPath, ExprReference, Fields, GenericArgument, Item,
    ItemEnum, ItemImpl, ItemStruct, Member, Meta, Pat, PatRest, PatTupleStruct, PathArguments, Stmt, Type,
    Variant, parse_quote,
};

use super::enums::{arm, variant, without_derive};
use super::types::string;

/// Types that are texts, or may hold some.
const TEXTS: [&str; 6] = ["Body", "Bytes", "Map", "String", "Value", "str"];

/// Replaces the derived `Debug` of everything in a list of items that holds a text.
pub(super) fn refine(items: &mut Vec<Item>, template: &Template) {
    let mut shown = Vec::new();
    for item in items.iter_mut() {
        match item {
            Item::Struct(item)
                if item.fields.iter().any(|field| is_text(&field.ty)) && derives_debug(&item.attrs) =>
            {
                shown.push(Item::Impl(template.of_struct(item)));
                item.attrs.iter_mut().for_each(|attribute| without_derive(attribute, "Debug"));
            }
            Item::Enum(item) if has_text(item) && derives_debug(&item.attrs) => {
                shown.push(Item::Impl(template.of_enum(item)));
                item.attrs.iter_mut().for_each(|attribute| without_derive(attribute, "Debug"));
            }
            _ => {}
        }
    }
    items.append(&mut shown);
}

fn derives_debug(attributes: &[Attribute]) -> bool {
    let has_debug = |attribute: &Attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("derive") => list
            .tokens
            .clone()
            .into_iter()
            .any(|token| matches!(token, TokenTree::Ident(ident) if ident == "Debug")),
        _ => false,
    };
    attributes.iter().any(has_debug)
}

fn has_text(item: &ItemEnum) -> bool {
    item.variants.iter().flat_map(|variant| &variant.fields).any(|field| is_text(&field.ty))
}

/// Whether a value of the type may hold a text that its own `Debug` shows. Of a `Result`, the error says which rule was
/// broken, and by which property.
fn is_text(of: &Type) -> bool {
    match of {
        Type::Path(path) => path.path.segments.last().is_none_or(|last| {
            let PathArguments::AngleBracketed(arguments) = &last.arguments else {
                return TEXTS.iter().any(|text| last.ident == text);
            };
            let types = arguments.args.iter().filter_map(|argument| match argument {
                GenericArgument::Type(of) => Some(of),
                _ => None,
            });
            TEXTS.iter().any(|text| last.ident == text)
                || types.take(if last.ident == "Result" { 1 } else { usize::MAX }).any(is_text)
        }),
        Type::Reference(of) => is_text(&of.elem),
        Type::Array(of) => is_text(&of.elem),
        Type::Tuple(of) => of.elems.iter().any(is_text),
        _ => true,
    }
}

/// Code that is parsed once and then adapted.
pub(super) struct Template {
    shown: ItemImpl,
    begin: ExprMethodCall,
    field: ExprMethodCall,
    own: ExprReference,
    end: ExprMethodCall,
    choice: ExprMatch,
    name: ExprMethodCall,
    hidden: PatTupleStruct,
}

impl Template {
    pub(super) fn new() -> Self {
        Self {
            shown: parse_quote! {
                impl ::std::fmt::Debug for Shown {
                    fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {}
                }
            },
            begin: parse_quote!(f.debug_struct("")),
            field: parse_quote!(x.field("", y)),
            own: parse_quote!(&self.x),
            end: parse_quote!(x.finish_non_exhaustive()),
            choice: parse_quote!(match self {}),
            name: parse_quote!(f.write_str("")),
            hidden: PatTupleStruct {
                attrs: Vec::new(),
                qself: None,
                path: variant(&Ident::new("Hidden", Span::call_site())),
                paren_token: Default::default(),
                elems: [Pat::Rest(PatRest { attrs: Vec::new(), dot2_token: Default::default() })]
                    .into_iter()
                    .collect(),
            },
        }
    }

    fn of_struct(&self, item: &ItemStruct) -> ItemImpl {
        let fields = item.fields.iter().filter(|field| !is_text(&field.ty));
        let fields = fields.filter_map(|field| field.ident.as_ref());
        let body = self.shown(&item.ident, fields.map(|ident| (ident, self.own(ident))));
        self.implemented(&item.ident, &item.generics, body)
    }

    /// `&self.x`.
    fn own(&self, ident: &Ident) -> Expr {
        let mut own = self.own.clone();
        if let Expr::Field(field) = &mut *own.expr {
            field.member = Member::Named(ident.clone());
        }
        Expr::Reference(own)
    }

    fn of_enum(&self, item: &ItemEnum) -> ItemImpl {
        let mut body = self.choice.clone();
        body.arms = item.variants.iter().map(|variant| self.of_variant(variant)).collect();
        self.implemented(&item.ident, &item.generics, Expr::Match(body))
    }

    /// `Self::V => …,`, in which the fields have their own names, or `value`.
    fn of_variant(&self, of: &Variant) -> Arm {
        let ident = &of.ident;
        match &of.fields {
            Fields::Unit => {
                let mut name = self.name.clone();
                name.args[0] = named(ident);
                let pattern = ExprPath { attrs: Vec::new(), qself: None, path: variant(ident) };
                arm(Pat::Path(pattern), Expr::MethodCall(name))
            }
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 && !is_text(&fields.unnamed[0].ty) => {
                let name = named(ident);
                parse_quote!(Self::#ident(value) => f.debug_tuple(#name).field(value).finish(),)
            }
            Fields::Unnamed(_) => {
                let mut hidden = self.hidden.clone();
                hidden.path = variant(ident);
                arm(Pat::TupleStruct(hidden), self.shown(ident, std::iter::empty()))
            }
            Fields::Named(fields) => {
                let shown = fields.named.iter().filter(|field| !is_text(&field.ty));
                let shown: Vec<&Ident> = shown.filter_map(|field| field.ident.as_ref()).collect();
                let body = self.shown(ident, shown.iter().map(|ident| (*ident, parse_quote!(#ident))));
                parse_quote!(Self::#ident { #(#shown,)* .. } => #body,)
            }
        }
    }

    /// `f.debug_struct("X").field("a", …).finish_non_exhaustive()`.
    fn shown<'a>(&self, name: &Ident, fields: impl Iterator<Item = (&'a Ident, Expr)>) -> Expr {
        let mut begin = self.begin.clone();
        begin.args[0] = named(name);
        let mut shown = Expr::MethodCall(begin);
        for (ident, value) in fields {
            let mut field = self.field.clone();
            field.args[0] = named(ident);
            field.args[1] = value;
            *field.receiver = shown;
            shown = Expr::MethodCall(field);
        }
        let mut end = self.end.clone();
        *end.receiver = shown;
        Expr::MethodCall(end)
    }

    fn implemented(&self, ident: &Ident, generics: &syn::Generics, body: Expr) -> ItemImpl {
        let mut shown = self.shown.clone();
        let (of_impl, of_type, _) = generics.split_for_impl();
        if generics.params.is_empty() {
            *shown.self_ty =
                Type::Path(syn::TypePath { attrs: Vec::new(), qself: None, path: ident.clone().into() });
        } else {
            *shown.self_ty = parse_quote!(#ident #of_type);
            shown.generics = parse_quote!(#of_impl);
        }
        if let Some(syn::ImplItem::Fn(fmt)) = shown.items.first_mut() {
            fmt.block.stmts = vec![Stmt::Expr(body, None)];
        }
        shown
    }
}

fn named(ident: &Ident) -> Expr {
    Expr::Lit(syn::ExprLit { attrs: Vec::new(), lit: string(ident.to_string().trim_start_matches("r#")) })
}
