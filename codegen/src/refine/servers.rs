//! Adds a setter of the server to operations with servers of their own, because credentials go to a host only if the user names it.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::{
    Block, Expr, FieldPat, ImplItem, ImplItemFn, Item, ItemImpl, ItemStruct, Macro, Path, Stmt, Type,
    parse_quote,
};

use super::ast::{doc, function_of, type_name};
use super::markdown::code_span;
use super::missing;
use super::walk::{CodePart, each};
use crate::plan::OwnServers;
use crate::problem::Problem;

/// Adds a setter of the server to the builders with these names.
pub(super) fn refine(
    operations: &mut [Item],
    builders: &BTreeMap<Ident, &OwnServers>,
    handwritten: &Path,
    problems: &mut Vec<Problem>,
) {
    let edit = |item: &mut ItemImpl, servers: &&OwnServers| set(item, servers, handwritten);
    let what = "base URL in `send` as progenitor 0.15 writes it";
    each_builder(operations, builders, &setting(), |of| &of.setter, edit, || missing(what, problems));
}

/// The type of what a setter keeps.
pub(super) fn setting() -> Type {
    parse_quote!(::std::string::String)
}

/// Adds an optional field of a type to the builders with these names and edits what they implement; calls `fails` where an edit finds nothing.
pub(super) fn each_builder<T>(
    operations: &mut [Item],
    builders: &BTreeMap<Ident, T>,
    kept: &Type,
    field: impl Fn(&T) -> &str,
    edit: impl Fn(&mut ItemImpl, &T) -> Option<()>,
    mut fails: impl FnMut(),
) {
    for item in operations {
        let refined = match item {
            Item::Struct(item) => builders.get(&item.ident).map(|of| add_field(item, field(of), kept)),
            Item::Impl(item) => {
                let of = type_name(&item.self_ty).and_then(|builder| builders.get(builder));
                of.map(|of| edit(item, of))
            }
            _ => None,
        };
        if refined == Some(None) {
            fails();
        }
    }
}

/// `struct X { client: Client }` ⇒ `struct X { client: Client, server: Option<String> }`
fn add_field(item: &mut ItemStruct, setter: &str, kept: &Type) -> Option<()> {
    let setter = format_ident!("{setter}");
    let syn::Fields::Named(fields) = &mut item.fields else { return None };
    fields.named.push(parse_quote!(#setter: ::std::option::Option<#kept>));
    Some(())
}

fn set(item: &mut ItemImpl, servers: &OwnServers, handwritten: &Path) -> Option<()> {
    let setter = format_ident!("{}", servers.setter);
    send(&mut function_of(item, "send")?.block, servers, handwritten)?;
    let urls: Vec<String> = servers.servers.all.iter().map(|server| code_span(&server.url)).collect();
    let otherwise = match servers.has_base_url {
        true => "the request is sent to the client's base URL",
        false => "`send` returns an error unless the client's base URL is one of them",
    };
    let name = &servers.servers.name;
    let docs = format!(
        "Sets the server: a [`{name}`](super::servers::{name}), or any `https://` URL to which the path is appended. It receives the client's credentials.\n\nThe document has servers of its own for this operation: {}. Without this setter, {otherwise}.",
        urls.join(", ")
    );
    let docs = doc(&docs);
    let function: ImplItemFn = parse_quote! {
        #docs
        pub fn #setter(mut self, url: impl ::std::convert::Into<::std::string::String>) -> Self {
            self.#setter = ::std::option::Option::Some(url.into());
            self
        }
    };
    add_setter(item, &servers.setter, function)
}

/// Adds a setter before `send`, whose field begins as `None`.
pub(super) fn add_setter(item: &mut ItemImpl, field: &str, setter: ImplItemFn) -> Option<()> {
    let field = format_ident!("{field}");
    match function_of(item, "new")?.block.stmts.first_mut()? {
        Stmt::Expr(Expr::Struct(made), None) => {
            made.fields.push(parse_quote!(#field: ::std::option::Option::None))
        }
        _ => return None,
    }
    let is_send = |item: &ImplItem| matches!(item, ImplItem::Fn(function) if function.sig.ident == "send");
    let at = item.items.iter().position(is_send)?;
    item.items.insert(at, ImplItem::Fn(setter));
    Some(())
}

/// `let Self { client } = self;` ⇒ `let Self { client, server } = self;`. Returns whether it was there.
pub(super) fn unpack(block: &mut Block, field: &str) -> bool {
    unpack_into(block, field, |unpacked| quote!(#unpacked))
}

/// Adds a field to those that are unpacked, and writes each of the others.
fn unpack_into(block: &mut Block, field: &str, write: impl Fn(&FieldPat) -> TokenStream) -> bool {
    let field = format_ident!("{field}");
    if let Some(Stmt::Local(local)) = block.stmts.first_mut()
        && let syn::Pat::Struct(unpacked) = &local.pat
    {
        let fields = unpacked.fields.iter().map(write);
        local.pat = parse_quote!(Self { #(#fields,)* #field });
        return true;
    }
    false
}

/// `let Self { client } = self; let url = format!("{}/a", client.base_url());`
/// ⇒ `let Self { mut client, server } = self; let server = server(&mut client, server, "server", &["…"])?; let url = format!("{}/a", server);`
fn send(block: &mut Block, servers: &OwnServers, handwritten: &Path) -> Option<()> {
    let setter = format_ident!("{}", servers.setter);
    let is_client = |field: &FieldPat| matches!(&field.member, syn::Member::Named(name) if name == "client");
    let is_unpacked = unpack_into(block, &servers.setter, |field| {
        if is_client(field) { quote!(mut #field) } else { quote!(#field) }
    });
    let mut is_replaced = false;
    each(block, &mut |part| {
        if let CodePart::Macro(call) = part {
            is_replaced |= replace_base_url(call, &setter);
        }
    });
    // Without a list, any base URL will do.
    let urls = servers.servers.all.iter().map(|server| &server.url).filter(|_| !servers.has_base_url);
    let name = &servers.setter;
    let chosen: Stmt =
        parse_quote!(let #setter = #handwritten::server(&mut client, #setter, #name, &[#(#urls),*])?;);
    block.stmts.insert(1, chosen);
    (is_unpacked && is_replaced).then_some(())
}

/// `client.base_url()` ⇒ `server` in the arguments of `format!`. Returns whether it was there.
fn replace_base_url(call: &mut Macro, server: &Ident) -> bool {
    let mut tokens: Vec<TokenTree> = std::mem::take(&mut call.tokens).into_iter().collect();
    let is_base_url = |token: &TokenTree| matches!(token, TokenTree::Ident(ident) if ident == "base_url");
    let at = tokens.iter().position(is_base_url).filter(|at| *at >= 2);
    if let Some(at) = at {
        // `client`, `.`, `base_url` and `()`.
        tokens.splice(at - 2..at + 2, [TokenTree::Ident(server.clone())]);
    }
    call.tokens = tokens.into_iter().collect();
    at.is_some()
}
