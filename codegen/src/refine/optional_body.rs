//! progenitor sends a body whether or not it was set: one that may be left out is sent only when it was.
//! Knows the builder of an operation as sending leaves it; must not know which bodies may be left out.

use std::collections::BTreeSet;

use proc_macro2::Ident;
use syn::visit_mut::VisitMut;
use syn::{
    Expr, ExprMethodCall, ImplItemFn, Item, ItemImpl, ItemStruct, Local, Member, Pat, Stmt, Type, parse_quote,
};

use super::ast::last_segment;
use super::ast::only_type;
use super::ast::{chain, some};
use super::walk::{CodeEdit, Walk};
use super::{as_function, missing};
use crate::problem::Problem;

/// Makes the bodies of the builders with these names optional.
pub(super) fn refine(operations: &mut [Item], builders: &BTreeSet<Ident>, problems: &mut Vec<Problem>) {
    if builders.is_empty() {
        return;
    }
    for item in operations {
        let refined = match item {
            Item::Struct(item) if builders.contains(&item.ident) => keep(item),
            Item::Impl(item) if built(item).is_some_and(|ident| builders.contains(ident)) => set(item),
            _ => continue,
        };
        if refined.is_none() {
            missing("body of an operation as progenitor 0.15 writes it", problems);
        }
    }
}

/// The builder that the methods are of.
pub(super) fn built(item: &ItemImpl) -> Option<&Ident> {
    match &*item.self_ty {
        Type::Path(path) => path.path.segments.last().map(|last| &last.ident),
        _ => None,
    }
}

/// `body: Result<T, String>` becomes `body: Result<Option<T>, String>`.
fn keep(item: &mut ItemStruct) -> Option<()> {
    let is_body = |field: &&mut syn::Field| field.ident.as_ref().is_some_and(|ident| ident == "body");
    let field = item.fields.iter_mut().find(is_body)?;
    let of = only_type(&mut last_segment(&mut field.ty)?.arguments)?;
    *of = parse_quote!(::std::option::Option<#of>);
    Some(())
}

fn set(item: &mut ItemImpl) -> Option<()> {
    for function in item.items.iter_mut().filter_map(as_function) {
        match function.sig.ident.to_string().as_str() {
            "new" => {
                let mut unset = Unset(false);
                Walk(&mut unset).visit_block_mut(&mut function.block);
                unset.0.then_some(())?;
            }
            "body" => chain(assigned(function)?, "map", some()),
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

/// What `self.body = …;` sets.
fn assigned(function: &mut ImplItemFn) -> Option<&mut Expr> {
    match function.block.stmts.first_mut()? {
        Stmt::Expr(Expr::Assign(assign), _) => Some(&mut assign.right),
        _ => None,
    }
}

/// Begins with no body.
struct Unset(bool);

impl CodeEdit for Unset {
    fn expr(&mut self, expr: &mut Expr) {
        let Expr::Struct(built) = expr else { return };
        let is_body = |member: &Member| matches!(member, Member::Named(name) if name == "body");
        if let Some(field) = built.fields.iter_mut().find(|field| is_body(&field.member)) {
            field.expr = parse_quote!(Ok(::std::option::Option::None));
            self.0 = true;
        }
    }
}

/// Builds a body that is there, and sends it.
fn send(function: &mut ImplItemFn) -> Option<()> {
    let block = &mut function.block;
    let body = block.stmts.iter_mut().find_map(|stmt| match stmt {
        Stmt::Local(Local { pat: Pat::Ident(pat), init: Some(init), .. }) if pat.ident == "body" => {
            Some(&mut *init.expr)
        }
        _ => None,
    });
    Walk(&mut Built).visit_expr_mut(body?);
    let mut sent = Sent(false);
    Walk(&mut sent).visit_block_mut(block);
    sent.0.then_some(())
}

/// `body.and_then(|v| X)` becomes `body.and_then(|v| v.map(|v| X).transpose())`.
struct Built;

impl CodeEdit for Built {
    fn expr(&mut self, expr: &mut Expr) {
        let Expr::MethodCall(call) = expr else { return };
        if call.method == "and_then"
            && let Some(Expr::Closure(build)) = call.args.first_mut()
        {
            let built = &build.body;
            *build.body = parse_quote!(v.map(|v| #built).transpose());
        }
    }
}

/// `x.json(&body)` becomes `x` with or without it, and so does the header that says what a body of bytes is.
struct Sent(bool);

impl CodeEdit for Sent {
    fn expr(&mut self, expr: &mut Expr) {
        let Expr::MethodCall(writes) = expr else { return };
        let writes_body = ["json", "form", "body"].iter().any(|name| writes.method == name);
        if self.0 || !writes_body || !writes.args.first().is_some_and(is_body) {
            return;
        }
        let receiver = match &mut *writes.receiver {
            Expr::MethodCall(header) if is_content_type(header) => &mut header.receiver,
            _ => &mut writes.receiver,
        };
        let request = std::mem::replace(&mut **receiver, parse_quote!(request));
        *expr = parse_quote!({
            let request = #request;
            match body {
                ::std::option::Option::Some(body) => #writes,
                ::std::option::Option::None => request,
            }
        });
        self.0 = true;
    }
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
