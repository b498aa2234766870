//! progenitor sends a header nobody asked for and loses the status of an error: each `send` ends in handwritten code.
//! Knows the body of a generated `send`; must not know types.

use std::cell::{Cell, LazyCell};
use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, TokenStream, TokenTree};
use quote::format_ident;
use syn::{
    Attribute, Block, Expr, ExprLit, ExprMethodCall, FnArg, GenericArgument, Generics, ImplItemFn, Item,
    ItemImpl, Lit, Local, Macro, Pat, Path, PathArguments, ReturnType, Stmt, Type, parse_quote,
    visit_mut::VisitMut,
};

use super::ast::{
    chain, conversion_target, doc, for_parent, ident, import, last_segment, of_path, path, take,
};
use super::messages::Wording;
use super::operation::{self, OperationParts};
use super::optional_body::{self, built};
use super::renames;
use super::walk::{CodeEdit, Walk};
use super::{as_function, function_of, missing};
use crate::plan::{OperationPlan, Plan};
use crate::problem::Problem;

/// Refines the operation builders: their imports, their constructors, their `send` and their documentation.
pub(super) fn refine(
    operations: &mut Vec<Item>,
    plan: &Plan,
    handwritten: &Path,
    problems: &mut Vec<Problem>,
) {
    operations.retain(|item| !matches!(item, Item::Use(_)));
    let templates = Templates::new(handwritten);
    let mut sends = BTreeMap::new();
    for item in operations.iter_mut() {
        if own_client(item).is_none() {
            missing("client in the builder of an operation as progenitor 0.15 writes it", problems);
        }
        let Item::Impl(item) = item else { continue };
        for function in item.items.iter_mut().filter_map(as_function) {
            let name = function.sig.ident.to_string();
            if name == "send" {
                continue;
            }
            if name == "new" {
                function.vis = for_parent();
            } else {
                function.attrs.push(setter_doc(&name));
            }
            Walk(&mut Wording).visit_block_mut(&mut function.block);
        }
        let sent = refine_send(item, plan, &templates);
        sends.extend(built(item).cloned().zip(sent));
    }
    if sends.len() != plan.operations.len() {
        missing("`send` as progenitor 0.15 writes it, in every operation,", problems);
    }
    let has_optional_body =
        |(builder, sent): (&Ident, &OperationParts<'_>)| sent.plan.has_optional_body.then(|| builder.clone());
    let optional = sends.iter().filter_map(has_optional_body).collect();
    optional_body::refine(operations, &optional, problems);
    let items = std::mem::take(operations);
    operations.push(import(&ident("super").into(), "types"));
    let needed = [("Error", true), ("Response", true), ("encode_path", templates.encodes.get())];
    let needed = needed.into_iter().filter(|(_, is_needed)| *is_needed);
    operations.extend(needed.map(|(name, _)| import(handwritten, name)));
    for mut item in items {
        let traits = match &mut item {
            Item::Impl(item) => move_send(item, &mut sends, handwritten),
            _ => None,
        };
        operations.push(item);
        operations.extend(traits.into_iter().flatten());
    }
}

/// Lets a builder own its client, so that it can be sent from anywhere, and at any time.
///
/// `struct X<'a> { client: &'a super::Client, … }` becomes `struct X { client: super::Client, … }`.
fn own_client(item: &mut Item) -> Option<()> {
    match item {
        Item::Struct(item) => {
            item.generics = Generics::default();
            let is_client =
                |field: &&mut syn::Field| field.ident.as_ref().is_some_and(|name| name == "client");
            let client = item.fields.iter_mut().find(is_client)?;
            let Type::Reference(reference) = &client.ty else { return None };
            client.ty = (*reference.elem).clone();
        }
        Item::Impl(item) => {
            item.generics = Generics::default();
            last_segment(&mut item.self_ty)?.arguments = PathArguments::None;
            let new = function_of(item, "new")?;
            let Some(FnArg::Typed(client)) = new.sig.inputs.first_mut() else { return None };
            let Type::Reference(reference) = &mut *client.ty else { return None };
            reference.lifetime = None;
            let Some(Stmt::Expr(Expr::Struct(made), None)) = new.block.stmts.first_mut() else { return None };
            let is_client = |field: &&mut syn::FieldValue| matches!(&field.member, syn::Member::Named(name) if name == "client");
            made.fields.iter_mut().find(is_client)?.expr = parse_quote!(client.clone());
        }
        _ => {}
    }
    Some(())
}

/// Moves the building of the request out of `send` into the traits of the operation, which `send` then calls.
fn move_send(
    item: &mut ItemImpl,
    sends: &mut BTreeMap<Ident, OperationParts<'_>>,
    handwritten: &Path,
) -> Option<[Item; 2]> {
    let builder = built(item)?.clone();
    let mut sent = sends.remove(&builder)?;
    let send = function_of(item, "send")?;
    sent.build = std::mem::replace(&mut send.block, parse_quote!({ #handwritten::send(self).await }));
    Some(operation::implement(&builder, sent, handwritten))
}

/// Code that is parsed once and then adapted.
struct Templates<'a> {
    handwritten: &'a Path,
    /// Whether a parameter in a path is encoded.
    encodes: Cell<bool>,
    /// What an operation with headers needs.
    bad_header: LazyCell<Expr>,
}

impl<'a> Templates<'a> {
    fn new(handwritten: &'a Path) -> Self {
        Self {
            handwritten,
            encodes: Cell::new(false),
            bad_header: LazyCell::new(|| {
                parse_quote!(|_| Error::invalid_request("a header value has a control character".to_owned()))
            }),
        }
    }
}

fn setter_doc(name: &str) -> Attribute {
    let text = match name {
        "body" => {
            "Sets the body, from a value or from its builder. `send` tells what is wrong with it.".to_owned()
        }
        "body_map" => "Changes the builder of the body.".to_owned(),
        parameter => format!("Sets the parameter `{parameter}`. `send` tells what is wrong with it."),
    };
    doc(&text)
}

const SEND_ERRORS: &str = "\n\n# Errors\n\nWhat was set breaks a rule, the request did not get through, or the answer is no success.";

/// Replaces everything after the request is built; `None` when the builder's `send` is not as expected.
fn refine_send<'a>(
    item: &mut ItemImpl,
    plan: &'a Plan,
    templates: &Templates<'_>,
) -> Option<OperationParts<'a>> {
    let of_body = function_of(item, "body").map(body_type);
    let function = function_of(item, "send")?;
    let block = &mut function.block;
    let plan = planned(block, plan)?;
    let (response, read) = own_types(&mut function.sig.output)?;
    function.attrs.push(doc(SEND_ERRORS));

    let built = block.stmts.iter().position(|stmt| is_let(stmt, "request"))?;
    block.stmts.truncate(built + 1);
    drop_version_header(block)?;
    Walk(&mut OwnErrors { templates, path: &plan.path }).visit_block_mut(block);
    map_build_error(block.stmts.last_mut()?)?;
    renames::parameters(block, &plan.parameters);
    block.stmts.push(Stmt::Expr(parse_quote!(Ok((client, request))), None));
    let request = match of_body {
        Some(of) => of?,
        None => parse_quote!(()),
    };
    Some(OperationParts { plan, request, response, read, build: parse_quote!({}) })
}

/// `X` in `fn body<V>(…) where V: TryInto<X>`.
fn body_type(setter: &mut ImplItemFn) -> Option<Type> {
    setter.sig.generics.where_clause.as_mut()?.predicates.iter_mut().find_map(conversion_target).cloned()
}

/// Which operation this is: `let info = OperationInfo { operation_id: "…" };` says so.
fn planned<'a>(block: &Block, plan: &'a Plan) -> Option<&'a OperationPlan> {
    let Stmt::Local(Local { init: Some(init), .. }) = block.stmts.iter().find(|stmt| is_let(stmt, "info"))?
    else {
        return None;
    };
    let Expr::Struct(info) = &*init.expr else { return None };
    let method = string(&info.fields.first()?.expr)?;
    plan.operations.iter().find(|operation| operation.method == method)
}

/// The value of a string literal.
fn string(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

fn is_let(stmt: &Stmt, name: &str) -> bool {
    matches!(stmt, Stmt::Local(Local { pat: Pat::Ident(pat), .. }) if pat.ident == name)
}

/// `Result<ResponseValue<T>, Error<E>>` becomes `Result<Response<T>, Error>`, a stream of bytes becomes the bytes. Returns `T` and the
/// handwritten function that reads it.
fn own_types(output: &mut ReturnType) -> Option<(Type, &'static str)> {
    let ReturnType::Type(_, result) = output else { return None };
    let PathArguments::AngleBracketed(arguments) = &mut last_segment(result)?.arguments else { return None };
    let mut arguments = arguments.args.iter_mut();
    let (GenericArgument::Type(response), GenericArgument::Type(error)) =
        (arguments.next()?, arguments.next()?)
    else {
        return None;
    };
    last_segment(response).filter(|segment| segment.ident == "ResponseValue")?.ident =
        format_ident!("Response");
    last_segment(error).filter(|segment| segment.ident == "Error")?.arguments = PathArguments::None;
    let PathArguments::AngleBracketed(value) = &mut last_segment(response)?.arguments else { return None };
    let Some(GenericArgument::Type(value)) = value.args.first_mut() else { return None };
    let read = match value {
        Type::Tuple(nothing) if nothing.elems.is_empty() => "nothing",
        Type::Path(path) if path.path.is_ident("ByteStream") => {
            *value = parse_quote!(::bytes::Bytes);
            "bytes"
        }
        _ => "json",
    };
    Some((value.clone(), read))
}

/// Drops the `api-version` header, and the header map where nothing else goes into it.
fn drop_version_header(block: &mut Block) -> Option<()> {
    let map = block.stmts.iter().position(|stmt| is_let(stmt, "header_map"))?;
    if !sets_version(block.stmts.get(map + 1)?) {
        return None;
    }
    block.stmts.remove(map + 1);
    // Headers that the document has are put in between the map and the request.
    if is_let(block.stmts.get(map + 1)?, "request") {
        block.stmts.remove(map);
        Walk(&mut HeaderMap).visit_stmt_mut(block.stmts.get_mut(map)?);
    }
    Some(())
}

/// Whether it is `header_map.append(HeaderName::from_static("api-version"), …);`.
fn sets_version(stmt: &Stmt) -> bool {
    let Stmt::Expr(Expr::MethodCall(append), _) = stmt else { return false };
    let Some(Expr::Call(name)) = append.args.first() else { return false };
    append.method == "append" && name.args.first().and_then(string).as_deref() == Some("api-version")
}

/// Turns `x.headers(header_map)` into `x`.
struct HeaderMap;

impl CodeEdit for HeaderMap {
    fn expr(&mut self, expr: &mut Expr) {
        if let Expr::MethodCall(call) = expr
            && call.method == "headers"
        {
            *expr = take(&mut call.receiver);
        }
    }
}

/// Makes our error of what cannot be sent: a broken rule, a parameter in the path, a header value, a form.
struct OwnErrors<'a> {
    templates: &'a Templates<'a>,
    /// That of the operation.
    path: &'a str,
}

impl CodeEdit for OwnErrors<'_> {
    /// `format!("{}/a/{}", client.baseurl, encode_path(…))` becomes `format!("{}/a/{}", client.base_url(), encode_path(…)?)`: what
    /// is no segment of a path is an error. The text becomes the plan's: the generator's has one slash for two.
    fn macro_call(&mut self, node: &mut Macro) {
        let mut tokens = Vec::new();
        let (mut is_encoded, mut is_url) = (false, false);
        for token in std::mem::take(&mut node.tokens) {
            let was_name = std::mem::replace(
                &mut is_encoded,
                matches!(&token, TokenTree::Ident(ident) if ident == "encode_path"),
            );
            if matches!(&token, TokenTree::Ident(ident) if ident == "baseurl") {
                tokens.push(ident("base_url").into());
                tokens.push(Group::new(Delimiter::Parenthesis, TokenStream::new()).into());
                is_url = true;
                continue;
            }
            tokens.push(token);
            if was_name {
                tokens.push(Punct::new('?', Spacing::Alone).into());
                self.templates.encodes.set(true);
            }
        }
        if let Some(text) = tokens.first_mut().filter(|_| is_url) {
            *text = Literal::string(&format_of_url(self.path)).into();
        }
        node.tokens = tokens.into_iter().collect();
    }

    fn path(&mut self, path: &mut Path) {
        if path.segments.len() == 2
            && path.segments[0].ident == "Error"
            && path.segments[1].ident == "InvalidRequest"
        {
            path.segments[1].ident = format_ident!("invalid_request");
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        match expr {
            // `client.client` becomes `client.http()`.
            Expr::Field(field) if matches!(&field.member, syn::Member::Named(name) if name == "client") => {
                *expr = super::ast::call(take(&mut field.base), "http", []);
            }
            Expr::MethodCall(call) => spell_out_method(call),
            _ => {}
        }
        let Expr::Try(tried) = expr else { return };
        let Expr::MethodCall(call) = &mut *tried.expr else { return };
        if call.method == "form_urlencoded" {
            // reqwest's own keeps the error until the request is built, and takes lists for one. A parameter may be called `form`.
            call.method = format_ident!("form");
            let handwritten = self.templates.handwritten;
            let pairs: Option<Expr> = call.args.first().map(|body| parse_quote!(&#handwritten::form(#body)?));
            call.args = pairs.into_iter().collect();
            *expr = take(&mut tried.expr);
        } else if call.method == "try_into" {
            chain(&mut tried.expr, "map_err", self.templates.bad_header.clone());
        }
    }
}

/// `/a/{id}` ⇒ `{}/a/{}`
fn format_of_url(path: &str) -> String {
    let mut pieces = path.split('{');
    let start = pieces.next().unwrap_or_default();
    let rest = pieces.filter_map(|piece| piece.split_once('}')).map(|(_, next)| format!("{{}}{next}"));
    format!("{{}}{start}{}", rest.collect::<String>())
}

/// reqwest has no function for two of the methods: `http.trace(url)` becomes `http.request(Method::TRACE, url)`.
fn spell_out_method(call: &mut ExprMethodCall) {
    let method: Expr = match call.method.to_string().as_str() {
        "options" => parse_quote!(::reqwest::Method::OPTIONS),
        "trace" => parse_quote!(::reqwest::Method::TRACE),
        _ => return,
    };
    let is_http = matches!(&*call.receiver, Expr::MethodCall(http) if http.method == "http");
    if is_http && call.args.len() == 1 {
        call.method = format_ident!("request");
        call.args.insert(0, method);
    }
}

/// `let mut request = ….build()?` becomes `let request = ….build().map_err(Error::not_built)?`.
fn map_build_error(stmt: &mut Stmt) -> Option<()> {
    let Stmt::Local(Local { attrs, pat, init: Some(init), .. }) = stmt else { return None };
    let Expr::Try(tried) = &mut *init.expr else { return None };
    chain(&mut tried.expr, "map_err", of_path(path(["Error", "not_built"].map(ident))));
    attrs.clear();
    if let Pat::Ident(request) = pat {
        request.mutability = None;
    }
    Some(())
}
