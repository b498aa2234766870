//! Small parts of syntax trees: makes them, reads them and finds them in others.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt as _;
use syn::punctuated::Punctuated;
use syn::visit_mut::{VisitMut, visit_path_mut};
use syn::{
    AttrStyle, Attribute, Expr, ExprLit, ExprMethodCall, Field, Fields, GenericArgument, ImplItem,
    ImplItemFn, Item, ItemImpl, ItemMod, Lit, LitStr, Member, Meta, MetaNameValue, Path, PathArguments,
    PathSegment, Signature, Stmt, Token, Type, TypeParamBound, WherePredicate, parse_quote,
};

/// `x` ⇒ `x.map(Some)`
pub(super) fn map_some(expr: &mut Expr) {
    *expr = parse_quote!(#expr.map(::std::option::Option::Some));
}

/// `#[doc = "…"]`, of which there are thousands: parsing each would be a tenth of all that our passes do.
pub(super) fn doc(text: &str) -> Attribute {
    Attribute {
        pound_token: Default::default(),
        style: AttrStyle::Outer,
        bracket_token: Default::default(),
        meta: Meta::NameValue(MetaNameValue {
            path: Ident::new("doc", Span::call_site()).into(),
            eq_token: Default::default(),
            value: string(text),
        }),
    }
}

/// `"…"`.
pub(super) fn string(text: &str) -> Expr {
    Expr::Lit(ExprLit { attrs: Vec::new(), lit: Lit::Str(LitStr::new(text, Span::call_site())) })
}

/// `receiver.method()`
pub(super) fn call(receiver: Expr, method: &str) -> Expr {
    Expr::MethodCall(ExprMethodCall {
        attrs: Vec::new(),
        receiver: Box::new(receiver),
        dot_token: Default::default(),
        method: Ident::new(method, Span::call_site()),
        turbofish: None,
        paren_token: Default::default(),
        args: Punctuated::new(),
    })
}

/// `X` of `Option<X>`.
pub(super) fn only_type(segment: &mut PathSegment) -> Option<&mut Type> {
    let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else { return None };
    match arguments.args.first_mut()? {
        GenericArgument::Type(argument) => Some(argument),
        _ => None,
    }
}

/// `X` ⇒ `Option<X>`
pub(super) fn optional(of: &mut Type) {
    *of = parse_quote!(::std::option::Option<#of>);
}

/// The items of the module `name`.
pub(super) fn module<'a>(items: &'a mut [Item], name: &str) -> Option<&'a mut Vec<Item>> {
    items.iter_mut().find_map(|item| match item {
        Item::Mod(ItemMod { ident, content: Some((_, items)), .. }) if ident == name => Some(items),
        _ => None,
    })
}

/// The field `name` of a struct.
pub(super) fn field_of<'a>(fields: &'a mut Fields, name: &str) -> Option<&'a mut Field> {
    fields.iter_mut().find(|field| field.ident.as_ref().is_some_and(|ident| ident == name))
}

/// The functions of an impl.
pub(super) fn functions(item: &mut ItemImpl) -> impl Iterator<Item = &mut ImplItemFn> {
    item.items.iter_mut().filter_map(|item| match item {
        ImplItem::Fn(function) => Some(function),
        _ => None,
    })
}

/// The function `name` of an impl.
pub(super) fn function_of<'a>(item: &'a mut ItemImpl, name: &str) -> Option<&'a mut ImplItemFn> {
    functions(item).find(|function| function.sig.ident == name)
}

/// `x` in `self.field = x;`, with which a setter begins.
pub(super) fn assigned(setter: &mut ImplItemFn) -> Option<&mut Expr> {
    match setter.block.stmts.first_mut()? {
        Stmt::Expr(Expr::Assign(assign), _) => Some(&mut assign.right),
        _ => None,
    }
}

/// `x` in `Self { field: x }`, which a constructor makes.
pub(super) fn initial<'a>(constructor: &'a mut ImplItemFn, field: &str) -> Option<&'a mut Expr> {
    let Stmt::Expr(Expr::Struct(made), None) = constructor.block.stmts.first_mut()? else { return None };
    let is_field = |member: &Member| matches!(member, Member::Named(name) if name == field);
    made.fields.iter_mut().find(|value| is_field(&value.member)).map(|value| &mut value.expr)
}

/// `#[derive(Clone, Copy)]` ⇒ `#[derive(Clone)]`; an attribute that derives nothing then is removed. Returns whether the trait was
/// derived.
pub(super) fn without_derive(attributes: &mut Vec<Attribute>, name: &str) -> bool {
    let mut was_derived = false;
    attributes.retain_mut(|attribute| {
        let Some(derived) = derived(attribute) else { return true };
        let (removed, kept): (Vec<_>, Vec<_>) = derived.into_iter().partition(|path| ends_in(path, name));
        was_derived |= !removed.is_empty();
        *attribute = parse_quote!(#[derive(#(#kept),*)]);
        !kept.is_empty()
    });
    was_derived
}

/// Whether attributes derive the trait.
pub(super) fn derives(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().filter_map(derived).flatten().any(|path| ends_in(&path, name))
}

/// The traits of `#[derive(…)]`.
fn derived(attribute: &Attribute) -> Option<Punctuated<Path, Token![,]>> {
    let is_derive = attribute.path().is_ident("derive");
    is_derive.then(|| attribute.parse_args_with(Punctuated::parse_terminated).ok())?
}

fn ends_in(path: &Path, name: &str) -> bool {
    path.segments.last().is_some_and(|last| last.ident == name)
}

/// Whether it is `#[serde(…)]`.
pub(super) fn is_serde(attribute: &Attribute) -> bool {
    attribute.path().is_ident("serde")
}

/// The arguments of `#[serde(…)]`.
pub(super) fn serde_settings(attributes: &[Attribute]) -> impl Iterator<Item = Meta> {
    let serde = attributes.iter().filter(|attribute| is_serde(attribute));
    let settings =
        serde.filter_map(|serde| serde.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok());
    settings.flatten()
}

/// The value of `#[serde(name = "…")]`.
pub(super) fn serde_value(attributes: &[Attribute], name: &str) -> Option<String> {
    let values = serde_settings(attributes).filter_map(|setting| match setting {
        Meta::NameValue(setting) if setting.path.is_ident(name) => literal(&setting.value).map(LitStr::value),
        _ => None,
    });
    values.last()
}

/// Whether a field has `#[serde(name)]`, with or without a value.
pub(super) fn has_serde(attributes: &[Attribute], name: &str) -> bool {
    serde_settings(attributes).any(|setting| setting.path().is_ident(name))
}

/// The name on the wire: the value of `#[serde(rename = "…")]`, else the identifier.
pub(super) fn wire_value(attributes: &[Attribute], ident: &Ident) -> String {
    serde_value(attributes, "rename").unwrap_or_else(|| ident.unraw().to_string())
}

/// A string literal.
pub(super) fn literal(expr: &Expr) -> Option<&LitStr> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
        _ => None,
    }
}

/// The literal of a doc comment.
pub(super) fn doc_literal(attribute: &Attribute) -> Option<&LitStr> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => literal(&meta.value),
        _ => None,
    }
}

/// `Option<X>` of `::std::option::Option<X>`.
pub(super) fn last_segment(of: &mut Type) -> Option<&mut PathSegment> {
    match of {
        Type::Path(path) => path.path.segments.last_mut(),
        _ => None,
    }
}

/// The name of a type without its path and arguments.
pub(super) fn type_name(of: &Type) -> Option<&Ident> {
    match of {
        Type::Path(path) => path.path.segments.last().map(|last| &last.ident),
        _ => None,
    }
}

/// Whether it is an `Option`, and not a type of the document's that is called so.
pub(super) fn is_option(of: &Type) -> bool {
    matches!(of, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Option" && !last.arguments.is_none()))
}

/// Whether it is `serde_json::Value`, and not a type of the document's that is called so.
pub(super) fn is_value(of: &Type) -> bool {
    let Type::Path(path) = of else { return false };
    let mut last_two = path.path.segments.iter().rev();
    last_two.next().is_some_and(|last| last.ident == "Value")
        && last_two.next().is_some_and(|module| module.ident == "serde_json")
}

/// `X` of `Option<X>`; the first of several.
pub(super) fn type_argument(of: &mut Type) -> Option<&mut Type> {
    only_type(last_segment(of)?)
}

/// `X` in `fn a<T>(value: T) where T: TryInto<X>`.
pub(super) fn converted_type(setter: &mut ImplItemFn) -> Option<&mut Type> {
    bound_type(&mut setter.sig, "TryInto")
}

/// `X` in `fn a<T>(value: T) where T: Bound<X>`; the first of several.
pub(super) fn bound_type<'a>(signature: &'a mut Signature, name: &str) -> Option<&'a mut Type> {
    let predicates = &mut signature.generics.where_clause.as_mut()?.predicates;
    let bounds = predicates.iter_mut().filter_map(|predicate| match predicate {
        WherePredicate::Type(predicate) => Some(&mut predicate.bounds),
        _ => None,
    });
    bounds.flatten().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        only_type(bound.path.segments.last_mut().filter(|last| last.ident == name)?)
    })
}

/// New names of the variants of an enum, by the old ones.
pub(super) type Variants = BTreeMap<Ident, Ident>;

/// `enum A { B }` and `Self::B` ⇒ `enum A { C }` and `Self::C`, for the enums with new names of variants.
pub(super) fn rename_variants(types: &mut [Item], renamed: &BTreeMap<String, Variants>) {
    if renamed.is_empty() {
        return;
    }
    for item in types {
        match item {
            Item::Enum(item) => {
                let Some(names) = renamed.get(&item.ident.to_string()) else { continue };
                for variant in &mut item.variants {
                    if let Some(new) = names.get(&variant.ident) {
                        variant.ident = new.clone();
                    }
                }
            }
            Item::Impl(item) => {
                if let Some(names) = type_name(&item.self_ty).and_then(|name| renamed.get(&name.to_string()))
                {
                    Renaming(names).visit_item_impl_mut(item);
                }
            }
            _ => {}
        }
    }
}

struct Renaming<'a>(&'a Variants);

impl VisitMut for Renaming<'_> {
    fn visit_path_mut(&mut self, path: &mut Path) {
        if path.segments.len() == 2
            && path.segments[0].ident == "Self"
            && let Some(new) = self.0.get(&path.segments[1].ident)
        {
            path.segments[1].ident = new.clone();
        }
        visit_path_mut(self, path);
    }
}

/// Whether a type is `::bytes::Bytes`, and not a component of the document's that is called so.
pub(crate) fn is_bytes(of: &Type) -> bool {
    matches!(of, Type::Path(path) if path.path.segments.iter().map(|segment| &segment.ident).eq(["bytes", "Bytes"]))
}
