//! Makes each `send` call handwritten code: progenitor's sends a header that the document lacks, and loses the status of an error.
//! Must not know types.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;
use quote::format_ident;
use syn::{
    Attribute, Block, Expr, FnArg, Generics, Item, ItemImpl, Local, Pat, Path, PathArguments, ReturnType,
    Stmt, Type, parse_quote,
};

use super::ast::{
    converted_type, doc, field_of, function_of, functions, initial, last_segment, literal, type_argument,
    type_name,
};
use super::builders;
use super::content_type;
use super::docs;
use super::integers::holds_integers;
use super::markdown::{self, code_span};
use super::media_types;
use super::missing;
use super::operation::{OperationParts, Traits, Variants};
use super::optional_body;
use super::renames;
use super::request;
use super::rules::Statics;
use super::servers;
use super::setters::Setters;
use super::walk::{each, each_path};
use super::wrapped;
use crate::plan::{OperationPlan, ParameterLocation, ParameterPlan, Plan};
use crate::problem::Problem;

/// Refines the operation builders: their imports, their constructors, their `send` and their documentation. Returns whether a
/// response consists of integers.
pub(super) fn refine<'a>(
    operations: &mut Vec<Item>,
    plan: &'a Plan,
    rules: &Statics<'_>,
    variants: &Variants,
    handwritten: &Path,
    setters: &Setters,
    problems: &mut Vec<Problem>,
) -> bool {
    operations.retain(|item| !matches!(item, Item::Use(_)));
    let mut sends = BTreeMap::new();
    for item in operations.iter_mut() {
        if own_client(item, handwritten).is_none() {
            missing("client in the builder of an operation as progenitor 0.15 writes it", problems);
        }
        let item = match item {
            Item::Struct(item) => {
                setters.keep_reasons(&mut item.fields);
                item.fields.iter_mut().for_each(|field| name_builder(&mut field.ty));
                continue;
            }
            Item::Impl(item) => item,
            _ => continue,
        };
        let sent = refine_send(item, plan, rules, handwritten, setters);
        let of = type_name(&item.self_ty).cloned();
        let required = function_of(item, "new").map(|new| setters.require(new)).unwrap_or_default();
        for function in functions(item) {
            let is_refined = match function.sig.ident.to_string().as_str() {
                "send" => Some(()),
                "new" => {
                    function.vis = parse_quote!(pub(super));
                    Some(())
                }
                "body_map" => {
                    each_path(&mut function.sig, &mut rename_builder);
                    Some(())
                }
                _ => setters.refine(function),
            };
            if is_refined.is_none() {
                missing(&format!("setter `{}` of an operation", function.sig.ident), problems);
            }
            function.attrs.extend(setter_docs(
                &function.sig.ident.to_string(),
                sent.as_ref().map(|sent| sent.plan),
                &required,
                plan,
            ));
        }
        sends.extend(of.zip(sent));
    }
    if sends.len() != plan.operations.len() {
        missing("`send` as progenitor 0.15 writes it, in every operation,", problems);
    }
    let has_optional_body = |(builder, sent): (&Ident, &OperationParts<'_>)| {
        let may_be_absent = sent.plan.has_optional_body || sent.plan.media_types.others.is_some();
        may_be_absent.then(|| builder.clone())
    };
    let optional = sends.iter().filter_map(has_optional_body).collect();
    optional_body::refine(operations, &optional, problems);
    let own_servers = |(builder, sent): (&Ident, &OperationParts<'a>)| {
        sent.plan.own_servers.as_ref().map(|servers| (builder.clone(), servers))
    };
    servers::refine(operations, &sends.iter().filter_map(own_servers).collect(), handwritten, problems);
    let chosen = |(builder, sent): (&Ident, &OperationParts<'a>)| {
        sent.plan.media_types.chosen.as_ref().map(|chosen| (builder.clone(), chosen))
    };
    content_type::refine(operations, &sends.iter().filter_map(chosen).collect(), handwritten, problems);
    let others = |(builder, sent): (&Ident, &OperationParts<'a>)| {
        sent.plan.media_types.others.as_ref().map(|others| (builder.clone(), others))
    };
    let others = sends.iter().filter_map(others).collect();
    media_types::other_bodies(operations, &others, handwritten, problems);
    let wrapped = |(builder, sent): (&Ident, &OperationParts<'a>)| {
        let wrapped: Vec<_> = sent.plan.parameters.iter().filter(|parameter| parameter.is_wrapped).collect();
        (!wrapped.is_empty()).then(|| (builder.clone(), wrapped))
    };
    wrapped::refine(operations, &sends.iter().filter_map(wrapped).collect(), problems);
    let items = std::mem::take(operations);
    operations.push(parse_quote!(
        use super::types;
    ));
    let is_in_path = |operation: &OperationPlan| {
        let is_plain = |parameter: &ParameterPlan| {
            parameter.location == ParameterLocation::Path && parameter.style.is_none()
        };
        operation.parameters.iter().any(is_plain)
    };
    let needed =
        [("Error", true), ("Response", true), ("encode_path", plan.operations.iter().any(is_in_path))];
    let needed = needed.into_iter().filter(|(_, is_needed)| *is_needed);
    operations.extend(needed.map(|(name, _)| -> Item {
        let name = format_ident!("{name}");
        parse_quote!(use #handwritten::#name;)
    }));
    let has_integers = sends.values().any(|sent| holds_integers(&mut sent.response.clone()));
    let traits = Traits::new(handwritten, variants);
    for mut item in items {
        let implemented = match &mut item {
            Item::Impl(item) => move_send(item, &mut sends, handwritten, &traits),
            _ => None,
        };
        operations.push(item);
        operations.extend(implemented.into_iter().flatten());
    }
    has_integers
}

/// Lets a builder own its client, so that it can be sent from anywhere, and at any time, and has room for what a call adds to its request.
///
/// `struct X<'a> { client: &'a super::Client, … }` becomes `struct X { client: Caller, … }`.
fn own_client(item: &mut Item, handwritten: &Path) -> Option<()> {
    match item {
        Item::Struct(item) => {
            item.generics = Generics::default();
            let client = field_of(&mut item.fields, "client")?;
            let Type::Reference(_) = &client.ty else { return None };
            client.ty = parse_quote!(#handwritten::Caller);
        }
        Item::Impl(item) => {
            item.generics = Generics::default();
            last_segment(&mut item.self_ty)?.arguments = PathArguments::None;
            let new = function_of(item, "new")?;
            let Some(FnArg::Typed(client)) = new.sig.inputs.first_mut() else { return None };
            let Type::Reference(reference) = &mut *client.ty else { return None };
            reference.lifetime = None;
            *initial(new, "client")? = parse_quote!(client.into());
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
    traits: &Traits<'_>,
) -> Option<[Item; 2]> {
    let builder = type_name(&item.self_ty)?.clone();
    let mut sent = sends.remove(&builder)?;
    let send = function_of(item, "send")?;
    sent.build = std::mem::replace(&mut send.block, parse_quote!({ #handwritten::send(self).await }));
    traits.implement(&builder, sent)
}

/// `types::builder::A` ⇒ `types::builder::ABuilder` in `Result<types::builder::A, _>`
fn name_builder(of: &mut Type) {
    if let Some(Type::Path(of)) = type_argument(of) {
        rename_builder(&mut of.path);
    }
}

fn rename_builder(path: &mut Path) {
    let mut last_two = path.segments.iter_mut().rev();
    if let (Some(last), Some(module)) = (last_two.next(), last_two.next())
        && module.ident == "builder"
    {
        last.ident = builders::name_of(&last.ident);
    }
}

/// The documentation of a parameter, and its name on the wire.
fn setter_docs(
    setter: &str,
    of: Option<&OperationPlan>,
    required: &BTreeSet<String>,
    plan: &Plan,
) -> Vec<Attribute> {
    let kind = |is_required| if is_required { "required" } else { "optional" };
    match setter {
        "send" | "new" => Vec::new(),
        "body" => {
            let kind = kind(of.is_none_or(|of| !of.has_optional_body));
            vec![doc(&format!(
                "Sets the {kind} body, from a value or from its builder. `send` returns an error if it is invalid."
            ))]
        }
        "body_map" => vec![doc("Changes the builder of the body.")],
        setter => {
            let parameter =
                of.into_iter().flat_map(|of| &of.parameters).find(|parameter| parameter.ident == setter);
            let Some(parameter) = parameter else {
                return vec![doc(&format!(
                    "Sets the {} parameter `{setter}`.",
                    kind(required.contains(setter))
                ))];
            };
            let place = match parameter.location {
                ParameterLocation::Path => "path",
                ParameterLocation::Query => "query",
                ParameterLocation::Header => "header",
                ParameterLocation::Cookie => "cookie",
                ParameterLocation::Querystring => "querystring",
            };
            let kind = kind(required.contains(setter));
            let which = format!("Sets the {kind} {place} parameter {}.", code_span(&parameter.name));
            if parameter.description.is_empty() {
                return vec![doc(&which)];
            }
            let described = markdown::rustdoc(&parameter.description, plan.documentation_url.as_deref());
            vec![doc(&format!("{described}\n\n{which}"))]
        }
    }
}

const SEND_ERRORS: &str = "\n# Errors\n\nReturns an error if something that was set is invalid or something required is not set, if no response arrives, or if its status is not one of success.";

/// Replaces everything after the request is built; `None` when the builder's `send` is not as expected.
fn refine_send<'a>(
    item: &mut ItemImpl,
    plan: &'a Plan,
    rules: &Statics<'_>,
    handwritten: &Path,
    setters: &Setters,
) -> Option<OperationParts<'a>> {
    let of_body = function_of(item, "body").map(|body| converted_type(body).cloned());
    let function = function_of(item, "send")?;
    let block = &mut function.block;
    let plan = planned(block, plan)?;
    let (response, read) = own_types(&mut function.sig.output)?;
    docs::name_method(&mut function.attrs, plan);
    function.attrs.push(doc(SEND_ERRORS));

    let built = block.stmts.iter().position(|stmt| is_let(stmt, "request"))?;
    block.stmts.truncate(built + 1);
    request::replace_version_header(block, request::cookies(plan, handwritten))?;
    renames::parameters(block, &plan.parameters);
    check_all(block, &plan.parameters, setters)?;
    rules.check(block, plan, handwritten)?;
    request::own_headers(block, plan, handwritten);
    each(block, &mut |part| request::own_errors(part, plan, handwritten));
    request::map_build_error(block.stmts.last_mut()?)?;
    block.stmts.push(Stmt::Expr(parse_quote!(Ok((client, request))), None));
    let request = match of_body {
        Some(of) => of?,
        None => parse_quote!(()),
    };
    Some(OperationParts { plan, request, response, read, build: parse_quote!({}) })
}

/// `let a = a.map_err(Error::InvalidRequest)?; let body = body.and_then(…).map_err(Error::InvalidRequest)?;`
/// ⇒ `let body = body.and_then(…); all_valid(&[("a", a.as_ref().err()), ("", body.as_ref().err())])?; let a = a?; let body = body?;`
///
/// All errors are reported at once, with the names on the wire. The error of a body's builder already names its properties.
fn check_all(block: &mut Block, parameters: &[ParameterPlan], setters: &Setters) -> Option<()> {
    let (mut values, mut built) = (Vec::new(), Vec::new());
    let mut first = None;
    for (index, stmt) in block.stmts.iter_mut().enumerate() {
        let Some((name, tried)) = invalid_request(stmt) else { continue };
        let variable: Expr = parse_quote!(#name);
        let Expr::MethodCall(call) = std::mem::replace(tried, variable.clone()) else { return None };
        first = first.or(Some(index));
        let value = *call.receiver;
        let is_parameter = matches!(value, Expr::Path(_));
        let parameter = parameters.iter().find(|parameter| is_parameter && name == parameter.ident);
        let shown = match parameter {
            Some(parameter) => parameter.name.clone(),
            None if is_parameter => name.to_string(),
            None => String::new(),
        };
        if !is_parameter {
            let Expr::MethodCall(mut build) = value else { return None };
            setters.because_of_conversion(build.args.first_mut()?)?;
            built.push(parse_quote!(let #name = #build;));
        }
        values.push((shown, variable));
    }
    if let Some(first) = first {
        built.push(Stmt::Expr(setters.check(&values), Some(Default::default())));
        block.stmts.splice(first..first, built);
    }
    Some(())
}

/// `a` and `x.map_err(Error::InvalidRequest)` of `let a = x.map_err(Error::InvalidRequest)?;`.
fn invalid_request(stmt: &mut Stmt) -> Option<(Ident, &mut Expr)> {
    let Stmt::Local(Local { pat: Pat::Ident(name), init: Some(init), .. }) = stmt else { return None };
    let Expr::Try(tried) = &mut *init.expr else { return None };
    let Expr::MethodCall(call) = &*tried.expr else { return None };
    let is_ours = matches!(call.args.first(), Some(Expr::Path(error)) if error.path.segments.last().is_some_and(|last| last.ident == "InvalidRequest"));
    (call.method == "map_err" && is_ours).then_some((name.ident.clone(), &mut *tried.expr))
}

/// The operation's id, from `let info = OperationInfo { operation_id: "…" };`.
pub(super) fn planned<'a>(block: &Block, plan: &'a Plan) -> Option<&'a OperationPlan> {
    let Stmt::Local(Local { init: Some(init), .. }) = block.stmts.iter().find(|stmt| is_let(stmt, "info"))?
    else {
        return None;
    };
    let Expr::Struct(info) = &*init.expr else { return None };
    let method = literal(&info.fields.first()?.expr)?.value();
    plan.operations.iter().find(|operation| operation.method == method)
}

/// Whether it is `let name = …`.
pub(super) fn is_let(stmt: &Stmt, name: &str) -> bool {
    matches!(stmt, Stmt::Local(Local { pat: Pat::Ident(pat), .. }) if pat.ident == name)
}

/// `Result<ResponseValue<T>, Error<E>>` becomes `Result<Response<T>, Error>`, a stream of bytes becomes the bytes. Returns `T` and the
/// handwritten function that reads it.
fn own_types(output: &mut ReturnType) -> Option<(Type, &'static str)> {
    let ReturnType::Type(_, result) = output else { return None };
    let response =
        type_argument(result).filter(|of| type_name(of).is_some_and(|of| of == "ResponseValue"))?;
    let (value, read): (Type, _) = match type_argument(response)? {
        Type::Tuple(nothing) if nothing.elems.is_empty() => (parse_quote!(()), "nothing"),
        Type::Path(path) if path.path.is_ident("ByteStream") => (parse_quote!(::bytes::Bytes), "bytes"),
        value => (value.clone(), "json"),
    };
    *output = parse_quote!(-> Result<Response<#value>, Error>);
    Some((value, read))
}
