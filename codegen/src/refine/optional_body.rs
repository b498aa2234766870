//! Sends an optional body only if it was set: progenitor always sends one.

use std::collections::BTreeSet;

use proc_macro2::Ident;
use syn::{Expr, ExprMethodCall, ImplItemFn, Item, ItemImpl, ItemStruct, parse_quote};

use super::ast::{assigned, field_of, functions, initial, map_some, optional, type_argument, type_name};
use super::missing;
use super::walk::each_expr;
use crate::problem::Problem;

/// Makes the bodies of the builders with these names optional.
pub(super) fn refine(operations: &mut [Item], builders: &BTreeSet<Ident>, problems: &mut Vec<Problem>) {
    if builders.is_empty() {
        return;
    }
    for item in operations {
        let refined = match item {
            Item::Struct(item) if builders.contains(&item.ident) => keep(item),
            Item::Impl(item) if type_name(&item.self_ty).is_some_and(|ident| builders.contains(ident)) => {
                set(item)
            }
            _ => continue,
        };
        if refined.is_none() {
            missing("body of an operation as progenitor 0.15 writes it", problems);
        }
    }
}

/// `body: Result<T, String>` becomes `body: Result<Option<T>, String>`.
fn keep(item: &mut ItemStruct) -> Option<()> {
    optional(type_argument(&mut field_of(&mut item.fields, "body")?.ty)?);
    Some(())
}

fn set(item: &mut ItemImpl) -> Option<()> {
    for function in functions(item) {
        match function.sig.ident.to_string().as_str() {
            "new" => *initial(function, "body")? = parse_quote!(Ok(::std::option::Option::None)),
            "body" => map_some(assigned(function)?),
            "body_map" => {
                let changed: Expr =
                    parse_quote!(|body| ::std::option::Option::Some(f(body.unwrap_or_default())));
                let Expr::MethodCall(map) = assigned(function)? else { return None };
                *map.args.first_mut()? = changed;
            }
            "send" => send(function)?,
            _ => {}
        }
    }
    Some(())
}

/// `body.and_then(|v| X)` becomes `body.and_then(|v| v.map(|v| X).transpose())`. `x.json(&body)` becomes `x` with or without it, and so
/// does the header that says what a body of bytes is.
fn send(function: &mut ImplItemFn) -> Option<()> {
    let mut is_sent = false;
    each_expr(&mut function.block, &mut |expr| {
        if let Some(request) = request_of_form(expr).filter(|_| !is_sent) {
            let request = std::mem::replace(request, parse_quote!(request));
            *expr = with_or_without(&request, expr);
            is_sent = true;
            return;
        }
        let Expr::MethodCall(call) = expr else { return };
        if call.method == "and_then"
            && let Some(Expr::Closure(build)) = call.args.first_mut()
        {
            let built = &build.body;
            *build.body = parse_quote!(v.map(|v| #built).transpose());
        }
        let writes_body = ["json", "form", "body"].iter().any(|name| call.method == name);
        if is_sent || !writes_body || !call.args.first().is_some_and(is_body) {
            return;
        }
        let receiver = match &mut *call.receiver {
            Expr::MethodCall(header) if is_content_type(header) => &mut header.receiver,
            _ => &mut call.receiver,
        };
        let request = std::mem::replace(&mut **receiver, parse_quote!(request));
        *expr = with_or_without(&request, expr);
        is_sent = true;
    });
    is_sent.then_some(())
}

/// `{ let request = …; match body { Some(body) => …, None => request } }`
fn with_or_without(request: &Expr, with_body: &Expr) -> Expr {
    parse_quote!({
        let request = #request;
        match body {
            ::std::option::Option::Some(body) => #with_body,
            ::std::option::Option::None => request,
        }
    })
}

/// `x` of `…::multipart(x, "…", &body, &[…])?`
fn request_of_form(expr: &mut Expr) -> Option<&mut Expr> {
    let Expr::Try(tried) = expr else { return None };
    let Expr::Call(call) = &mut *tried.expr else { return None };
    let is_form = matches!(&*call.func, Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "multipart"));
    call.args.first_mut().filter(|_| is_form)
}

/// Whether it is `body`, `&body` or `&…::form(&body)?`.
fn is_body(argument: &Expr) -> bool {
    match argument {
        Expr::Path(path) => path.path.is_ident("body"),
        Expr::Reference(of) => is_body(&of.expr),
        Expr::Try(tried) => is_body(&tried.expr),
        Expr::Call(call) => call.args.first().is_some_and(is_body),
        _ => false,
    }
}

/// Whether it is `x.header(CONTENT_TYPE, …)`.
fn is_content_type(call: &ExprMethodCall) -> bool {
    let is_name = |name: &Expr| matches!(name, Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "CONTENT_TYPE"));
    call.method == "header" && call.args.first().is_some_and(is_name)
}
