//! Adds an example to the documentation of each method of the client.
//! Must not know the document.

use std::collections::BTreeMap;

use syn::{Expr, ImplItem, Item, ItemImpl, Member, ReturnType, Stmt, Type};

use super::ast::{doc, function_of, functions, module, type_name};
use super::builders::Required;

/// `/** Gets a thing. */ fn get(&self)` ⇒ `/** Gets a thing. … client.get().id(…).send().await? */ fn get(&self)`
///
/// The examples set what is required. They are not doctests, because valid values are not known.
pub(super) fn add(items: &mut [Item], bodies: &Required) {
    let Some(operations) = module(items, "builder") else { return };
    let (setters, requests) = (required(operations), requests(operations));
    for item in items {
        let Item::Impl(client) = item else { continue };
        if type_name(&client.self_ty).is_none_or(|name| name != "Client") {
            continue;
        }
        for method in functions(client) {
            let ReturnType::Type(_, builder) = &method.sig.output else { continue };
            let Some(builder) = type_name(builder).map(ToString::to_string) else { continue };
            let mut calls = vec![format!("{}()", method.sig.ident)];
            for setter in setters.get(&builder).into_iter().flatten() {
                calls.push(format!("{setter}(…)"));
            }
            if let Some(body) =
                requests.get(&builder).and_then(|request| Some((request, bodies.get(request)?)))
            {
                let (of, required) = body;
                let set: String = required.iter().map(|setter| format!(".{setter}(…)")).collect();
                calls.push(format!("body(types::{of}::builder(){set})"));
            }
            calls.push("send()".to_owned());
            let example = format!(
                "\n# Example\n\n```text\nlet response = client\n    .{}\n    .await?;\n```",
                calls.join("\n    .")
            );
            method.attrs.push(doc(&example));
        }
    }
}

/// The fields that an empty builder has no value for, by the name of the builder.
fn required(builders: &mut [Item]) -> BTreeMap<String, Vec<String>> {
    let impls = builders.iter_mut().filter_map(|item| match item {
        Item::Impl(item) => Some(item),
        _ => None,
    });
    impls.filter_map(|item| Some((type_name(&item.self_ty)?.to_string(), unset(item)?))).collect()
}

/// `a` of `Self { a: Err(NotSet), b: Ok(None) }`, which `new` makes.
fn unset(item: &mut ItemImpl) -> Option<Vec<String>> {
    let constructor = function_of(item, "new")?;
    let Stmt::Expr(Expr::Struct(made), None) = constructor.block.stmts.first()? else { return None };
    let is_unset = |value: &Expr| matches!(value, Expr::Call(call) if matches!(&*call.func, Expr::Path(of) if of.path.is_ident("Err")));
    let unset = made.fields.iter().filter(|field| is_unset(&field.expr));
    Some(
        unset
            .filter_map(|field| match &field.member {
                Member::Named(name) => Some(name.to_string()),
                Member::Unnamed(_) => None,
            })
            .collect(),
    )
}

/// `A` of `types::A`.
fn own_type(of: &Type) -> Option<String> {
    let Type::Path(of) = of else { return None };
    let is_own = of.path.segments.len() == 2 && of.path.segments[0].ident == "types";
    of.path.segments.last().filter(|_| is_own).map(|last| last.ident.to_string())
}

/// The type of the body that each operation's builder sends.
fn requests(operations: &[Item]) -> BTreeMap<String, String> {
    let impls = operations.iter().filter_map(|item| match item {
        Item::Impl(item) => Some(item),
        _ => None,
    });
    let request = |item: &ItemImpl| {
        item.items.iter().find_map(|item| match item {
            ImplItem::Type(of) if of.ident == "Request" => own_type(&of.ty),
            _ => None,
        })
    };
    impls.filter_map(|item| Some((type_name(&item.self_ty)?.to_string(), request(item)?))).collect()
}
