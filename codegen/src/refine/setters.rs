//! Makes setters accept values that convert, or an `Option` of one if the value is optional, and keep the reason if one does not.

use std::collections::BTreeSet;

use syn::{
    Expr, ExprArray, ExprMethodCall, ExprTuple, Fields, GenericArgument, ImplItemFn, Member, Path,
    PathArguments, PredicateType, Signature, Stmt, Type, WherePredicate, parse_quote,
};

use super::ast::{
    assigned, bound_type, call, is_option, is_value, last_segment, string, type_argument, type_name,
};

/// The parts of setters that are the same in all of them; parsed once.
pub(super) struct Setters {
    /// `fn set<V, K>(mut self, value: V) -> Self where V: IntoOption<X, K>`
    optional: Signature,
    /// `IntoOption::into_option(value)`
    into_option: Expr,
    /// `fn set<V>(mut self, value: V) -> Self where V: Into<Option<X>>`
    optional_value: Signature,
    /// `Invalid::because`
    because: Expr,
    /// `V::Error: Display`
    is_shown: WherePredicate,
    /// `Invalid`
    invalid: Type,
    /// `Invalid::NotSet`
    not_set: Expr,
    /// `all_valid(&[])?`
    check_all: Expr,
}

impl Setters {
    pub(super) fn new(handwritten: &Path) -> Self {
        let setter: ImplItemFn = parse_quote! {
            pub fn set<V, K>(mut self, value: V) -> Self where V: #handwritten::IntoOption<(), K> {}
        };
        let setter_of_value: ImplItemFn = parse_quote! {
            pub fn set<V>(mut self, value: V) -> Self where V: ::std::convert::Into<::std::option::Option<()>> {}
        };
        Self {
            optional: setter.sig,
            optional_value: setter_of_value.sig,
            into_option: parse_quote!(#handwritten::IntoOption::into_option(value)),
            because: parse_quote!(#handwritten::Invalid::because),
            is_shown: parse_quote!(V::Error: ::std::fmt::Display),
            invalid: parse_quote!(#handwritten::Invalid),
            not_set: parse_quote!(#handwritten::Invalid::NotSet),
            check_all: parse_quote!(#handwritten::all_valid(&[])?),
        }
    }

    /// `a: Result<X, String>` ⇒ `a: Result<X, Invalid>`
    ///
    /// A reason is a type, because the builder adds the name of the property, and lists all reasons.
    pub(super) fn keep_reasons(&self, fields: &mut Fields) {
        for field in fields {
            let Some(result) = last_segment(&mut field.ty).filter(|last| last.ident == "Result") else {
                continue;
            };
            let PathArguments::AngleBracketed(arguments) = &mut result.arguments else { continue };
            if let Some(GenericArgument::Type(error)) = arguments.args.last_mut() {
                *error = self.invalid.clone();
            }
        }
    }

    /// `Self { a: Err("no value supplied for a".to_string()), … }` ⇒ `Self { a: Err(Invalid::NotSet), … }` in the function that makes
    /// an empty builder
    ///
    /// Returns the fields that have no value yet: they are required.
    pub(super) fn require(&self, constructor: &mut ImplItemFn) -> BTreeSet<String> {
        let Some(Stmt::Expr(Expr::Struct(made), None)) = constructor.block.stmts.first_mut() else {
            return BTreeSet::new();
        };
        let required = made.fields.iter_mut().filter_map(|field| {
            let (Member::Named(name), Expr::Call(call)) = (&field.member, &mut field.expr) else {
                return None;
            };
            if !matches!(&*call.func, Expr::Path(path) if path.path.is_ident("Err")) {
                return None;
            }
            *call.args.first_mut()? = self.not_set.clone();
            Some(name.to_string())
        });
        required.collect()
    }

    /// Refines a setter; `None` if it is not as progenitor writes it.
    ///
    /// ```text
    /// fn a<V: TryInto<X>>(mut self, value: V) { self.a = value.try_into().map(Some).map_err(|_| …) }
    ///   ⇒ fn a<V: IntoOption<X, K>, K>(mut self, value: V) { self.a = into_option(value).map_err(because) }
    /// fn a<V: TryInto<X>>(mut self, value: V) { self.a = value.try_into().map_err(|_| …) }
    ///   ⇒ fn a<V: TryInto<X>>(mut self, value: V) { self.a = value.try_into().map_err(because) }
    /// fn a<V: TryInto<Value>>(mut self, value: V) { self.a = value.try_into().map(Some).map_err(|_| …) }
    ///   ⇒ fn a<V: Into<Option<Value>>>(mut self, value: V) { self.a = Ok(value.into()) }
    /// ```
    ///
    /// An `Option` converts to a `Value`, where `None` is `null`, so that such a setter could not distinguish a property
    /// that is absent from one that is `null`.
    pub(super) fn refine(&self, setter: &mut ImplItemFn) -> Option<()> {
        let converted = bound_type(&mut setter.sig, "TryInto")?.clone();
        let value = assigned(setter)?;
        let kept = kept(value)?;
        *kept.args.first_mut()? = self.because.clone();
        if maps_to_some(&kept.receiver) {
            let (signature, bound) = if is_value(&converted) {
                *value = parse_quote!(Ok(value.into()));
                (&self.optional_value, "Into")
            } else {
                *kept.receiver = self.into_option.clone();
                (&self.optional, "IntoOption")
            };
            let name = std::mem::replace(&mut setter.sig, signature.clone()).ident;
            setter.sig.ident = name;
            let bound = bound_type(&mut setter.sig, bound)?;
            *(if is_option(bound) { type_argument(bound)? } else { bound }) = converted;
            return Some(());
        }
        let predicates = &mut setter.sig.generics.where_clause.as_mut()?.predicates;
        if predicates.len() == 1
            && let Some(WherePredicate::Type(converts)) = predicates.first()
        {
            let mut is_shown = self.is_shown.clone();
            if let WherePredicate::Type(PredicateType { bounded_ty: Type::Path(error), .. }) = &mut is_shown {
                error.path.segments.first_mut()?.ident = type_name(&converts.bounded_ty)?.clone();
            }
            predicates.push(is_shown);
        }
        Some(())
    }

    /// `|v| X::try_from(v).map_err(|e| e.to_string())` ⇒ `|v| X::try_from(v).map_err(Invalid::because)`
    pub(super) fn because_of_conversion(&self, conversion: &mut Expr) -> Option<()> {
        let Expr::Closure(conversion) = conversion else { return None };
        let Expr::MethodCall(kept) = &mut *conversion.body else { return None };
        *kept.args.first_mut().filter(|_| kept.method == "map_err")? = self.because.clone();
        Some(())
    }

    /// `all_valid(&[("a-b", value.a_b.as_ref().err()), …])?` for the wire name `a-b` and `value.a_b`, …. Built, not parsed: each property
    /// has one.
    pub(super) fn check(&self, values: &[(String, Expr)]) -> Expr {
        let one = |(name, value): &(String, Expr)| {
            let reason = call(call(value.clone(), "as_ref"), "err");
            let elems = [string(name), reason];
            Expr::Tuple(ExprTuple {
                attrs: Vec::new(),
                paren_token: Default::default(),
                elems: elems.into_iter().collect(),
            })
        };
        let all = Expr::Array(ExprArray {
            attrs: Vec::new(),
            bracket_token: Default::default(),
            elems: values.iter().map(one).collect(),
        });
        let mut check = self.check_all.clone();
        if let Expr::Try(tried) = &mut check
            && let Expr::Call(check) = &mut *tried.expr
            && let Some(Expr::Reference(values)) = check.args.first_mut()
        {
            *values.expr = all;
        }
        check
    }
}

/// `x.map_err(…)`, from which a setter may convert further: `x.map_err(…).map(…)`.
fn kept(value: &mut Expr) -> Option<&mut ExprMethodCall> {
    let Expr::MethodCall(call) = value else { return None };
    if call.method == "map_err" { Some(call) } else { kept(&mut call.receiver) }
}

/// Whether it is `x.map(Some)`.
fn maps_to_some(receiver: &Expr) -> bool {
    matches!(receiver, Expr::MethodCall(ExprMethodCall { method, args, .. }) if method == "map"
        && matches!(args.first(), Some(Expr::Path(path)) if path.path.segments.last().is_some_and(|last| last.ident == "Some")))
}

#[cfg(test)]
mod tests {
    use syn::ItemStruct;

    use super::*;

    #[test]
    fn a_builder_keeps_the_reason_why_a_value_is_invalid() {
        let mut builder: ItemStruct = parse_quote! {
            struct A { client: &'a super::Client, a: Result<Option<i64>, String>, b: Option<String> }
        };
        Setters::new(&parse_quote!(crate::handwritten)).keep_reasons(&mut builder.fields);
        let expected: ItemStruct = parse_quote! {
            struct A { client: &'a super::Client, a: Result<Option<i64>, crate::handwritten::Invalid>, b: Option<String> }
        };
        assert_eq!(quote::quote!(#builder).to_string(), quote::quote!(#expected).to_string());
    }
}
