//! Edits how a generated `send` builds its request: the URL, the query, the headers and the body.
//! Must not know builders.

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{Block, Expr, ExprMethodCall, Local, Macro, Pat, Path, Stmt, parse_quote};

use super::ast::{literal, string};
use super::send::is_let;
use super::walk::{CodePart, each_expr};
use crate::document::media_type::{JSON, URL_ENCODED};
use crate::plan::{OperationPlan, ParameterLocation, ParameterPlan, ParameterStyle, Part, PartContent};

/// Replaces the `api-version` header by that of the cookies, or drops it, and the header map if it is then empty.
pub(super) fn replace_version_header(block: &mut Block, cookies: Option<Stmt>) -> Option<()> {
    let map = block.stmts.iter().position(|stmt| is_let(stmt, "header_map"))?;
    if !sets_version(block.stmts.get(map + 1)?) {
        return None;
    }
    if let Some(cookies) = cookies {
        block.stmts[map + 1] = cookies;
        return Some(());
    }
    block.stmts.remove(map + 1);
    // Headers of the document are inserted between the map and the request. `x.headers(header_map)` becomes `x`.
    if is_let(block.stmts.get(map + 1)?, "request") {
        block.stmts.remove(map);
        each_expr(block, &mut |expr| {
            if let Expr::MethodCall(call) = expr
                && call.method == "headers"
            {
                *expr = (*call.receiver).clone();
            }
        });
    }
    Some(())
}

/// `if let Some(cookies) = cookies(&[in_cookie(Style::Form, true, "a", &a)?]) { header_map.append(COOKIE, …); }`; `None` for an operation without
/// cookies.
pub(super) fn cookies(plan: &OperationPlan, handwritten: &Path) -> Option<Stmt> {
    let written: Vec<TokenStream> =
        written(plan, ParameterLocation::Cookie, handwritten, ParameterStyle::in_cookie);
    if written.is_empty() {
        return None;
    }
    Some(parse_quote! {
        if let ::std::option::Option::Some(cookies) = #handwritten::cookies(&[#(#written),*]) {
            header_map.append(::reqwest::header::COOKIE, cookies.try_into()?);
        }
    })
}

/// `in_query(Style::Form, true, "a", &a)?` for each parameter of a location that handwritten code writes.
fn written(
    plan: &OperationPlan,
    location: ParameterLocation,
    handwritten: &Path,
    function: fn(ParameterStyle) -> &'static str,
) -> Vec<TokenStream> {
    let parameters = plan.parameters.iter().filter(|parameter| parameter.location == location);
    let written = parameters.filter_map(|parameter| {
        let (ident, name) = (format_ident!("{}", parameter.ident), &parameter.name);
        let function = format_ident!("{}", function(parameter.style?));
        let style = style_arguments(parameter.style?, handwritten);
        Some(quote!(#handwritten::#function(#style, #name, &#ident)?))
    });
    written.collect()
}

/// `whole_query(Style::Form, "a", &a, &[("list", Style::Form, false)])?` for the parameter that is the whole query.
fn whole_query(plan: &OperationPlan, handwritten: &Path) -> Option<TokenStream> {
    let is_whole = |parameter: &&ParameterPlan| parameter.location == ParameterLocation::Querystring;
    let parameter = plan.parameters.iter().find(is_whole)?;
    let (ident, name) = (format_ident!("{}", parameter.ident), &parameter.name);
    let style = parameter.style?.style;
    let style = format_ident!("{style:?}");
    let encodings = parameter.encodings.iter().map(|(property, style)| {
        let style = style_arguments(*style, handwritten);
        quote!((#property, #style))
    });
    Some(quote!(#handwritten::whole_query(#handwritten::Style::#style, #name, &#ident, &[#(#encodings),*])?))
}

/// Whether it is `header_map.append(HeaderName::from_static("api-version"), …);`.
fn sets_version(stmt: &Stmt) -> bool {
    let Stmt::Expr(Expr::MethodCall(append), _) = stmt else { return false };
    let Some(Expr::Call(name)) = append.args.first() else { return false };
    let is_version = |name: &Expr| literal(name).is_some_and(|name| name.value() == "api-version");
    append.method == "append" && name.args.first().is_some_and(is_version)
}

/// Converts the errors of values that cannot be sent: a parameter in the path, a header value, a form.
pub(super) fn own_errors(part: CodePart<'_>, plan: &OperationPlan, handwritten: &Path) {
    match part {
        CodePart::Expr(expr) => own_expr(expr, plan, handwritten),
        CodePart::Macro(call) => own_url(call, plan, handwritten),
        CodePart::Path(_) | CodePart::Text(_) => {}
    }
}

/// `format!("{}/a/{}", client.baseurl, encode_path(…))` becomes `format!("{}/a/{}", client.base_url(), encode_path(…)?)`: a
/// value that is not a path segment is an error. The template is the plan's: the generator's replaces two slashes by one.
///
/// A parameter with a style is `in_path(Style::Label, false, "id", &id)?`. Those of the query follow the path:
/// reqwest would encode delimiters, and write a space as `+`.
fn own_url(call: &mut Macro, plan: &OperationPlan, handwritten: &Path) {
    let (mut is_encoded, mut is_url) = (false, false);
    let tokens = std::mem::take(&mut call.tokens).into_iter().flat_map(|token| {
        let is = |name: &str| matches!(&token, TokenTree::Ident(ident) if ident == name);
        if std::mem::replace(&mut is_encoded, is("encode_path")) {
            return match styled_variable(&token, plan) {
                Some((parameter, style)) => {
                    let (ident, name) = (format_ident!("{}", parameter.ident), &parameter.name);
                    let function = format_ident!("{}", style.in_path());
                    let style = style_arguments(style, handwritten);
                    quote!(#handwritten::#function(#style, #name, &#ident)?)
                }
                None => quote!(encode_path #token?),
            };
        }
        match token {
            _ if is_encoded => quote!(),
            _ if is("baseurl") => {
                is_url = true;
                quote!(base_url())
            }
            token => token.into(),
        }
    });
    let mut tokens: Vec<TokenTree> = tokens.collect();
    if let Some(text) = tokens.first_mut().filter(|_| is_url) {
        let mut format = format_of_url(&plan.path);
        let mut in_query = written(plan, ParameterLocation::Query, handwritten, ParameterStyle::in_query);
        in_query.extend(whole_query(plan, handwritten));
        let end = format.find('#').unwrap_or(format.len());
        let has_query = format[..end].contains('?');
        if !in_query.is_empty() {
            format.insert_str(end, "{query}");
        }
        *text = Literal::string(&format).into();
        if !in_query.is_empty() {
            tokens.extend(quote!(query = #handwritten::query(#has_query, &[#(#in_query),*])));
        }
    }
    call.tokens = tokens.into_iter().collect();
}

/// `Style::Label, false`
fn style_arguments(ParameterStyle { style, explode, .. }: ParameterStyle, handwritten: &Path) -> TokenStream {
    let style = format_ident!("{style:?}");
    quote!(#handwritten::Style::#style, #explode)
}

/// The parameter with a style whose variable is the first in `(&id.to_string())`.
fn styled_variable<'a>(
    argument: &TokenTree,
    plan: &'a OperationPlan,
) -> Option<(&'a ParameterPlan, ParameterStyle)> {
    let TokenTree::Group(argument) = argument else { return None };
    let variable = argument.stream().into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => Some(ident),
        _ => None,
    })?;
    let parameter = plan.parameters.iter().find(|parameter| variable == parameter.ident)?;
    Some((parameter, parameter.style?))
}

/// `header_map.append("a", a.to_string().try_into()?)`
/// ⇒ `if let Some(value) = in_header(Style::Simple, false, &a)? { header_map.append("a", value.try_into()?); }`
///
/// Before [`own_errors`], by which the value becomes `header_value(value)?`.
pub(super) fn own_headers(block: &mut Block, plan: &OperationPlan, handwritten: &Path) {
    each_expr(block, &mut |expr| {
        let Expr::MethodCall(append) = expr else { return };
        let Some(name) = append.args.first().filter(|_| append.method == "append").and_then(literal) else {
            return;
        };
        let name = name.value();
        let is_it = |parameter: &&ParameterPlan| {
            parameter.location == ParameterLocation::Header && parameter.name == name
        };
        let style = plan.parameters.iter().find(is_it).and_then(|parameter| parameter.style);
        let (Some(style), Some(mut value)) = (style, append.args.last_mut()) else { return };
        let style = style_arguments(style, handwritten);
        loop {
            match value {
                Expr::Try(tried) => value = &mut tried.expr,
                Expr::MethodCall(call) if call.method == "to_string" => {
                    let variable = (*call.receiver).clone();
                    *value = parse_quote!(value);
                    *expr = parse_quote! {
                        if let ::std::option::Option::Some(value) = #handwritten::in_header(#style, &#variable)? {
                            #append;
                        }
                    };
                    return;
                }
                Expr::MethodCall(call) => value = &mut call.receiver,
                _ => return,
            }
        }
    });
}

/// `/a/{id}` ⇒ `{}/a/{}`
fn format_of_url(path: &str) -> String {
    let mut pieces = path.split('{');
    let start = pieces.next().unwrap_or_default();
    let rest = pieces.filter_map(|piece| piece.split_once('}')).map(|(_, next)| format!("{{}}{next}"));
    format!("{{}}{start}{}", rest.collect::<String>())
}

fn own_expr(expr: &mut Expr, plan: &OperationPlan, handwritten: &Path) {
    match expr {
        // `.query(&QueryParam::new("a", &a))` of a parameter, which is in the URL.
        Expr::MethodCall(call)
            if call.method == "query" && matches!(call.args.first(), Some(Expr::Reference(_))) =>
        {
            *expr = (*call.receiver).clone();
        }
        // progenitor accepts JSON alone; the document's media types follow `http().get(url)`.
        Expr::MethodCall(call) if sets_header(call, "ACCEPT") => *expr = (*call.receiver).clone(),
        Expr::MethodCall(call) if sets_header(call, "CONTENT_TYPE") => {
            if let (Some(Expr::Call(value)), Some(name)) =
                (call.args.last_mut(), &plan.media_types.content_type)
            {
                value.args = std::iter::once(string(name)).collect();
            }
        }
        Expr::MethodCall(call) if call.method == "json" && plan.media_types.lines.is_some() => {
            let Some(lines) = &plan.media_types.lines else { return };
            let framing = lines.framing;
            let framing = format_ident!("{framing:?}");
            let body = call.args.first();
            let name = plan.media_types.content_type.as_deref().unwrap_or_default();
            let request = header(&call.receiver, "CONTENT_TYPE", name);
            *expr = parse_quote!(#request.body(#handwritten::lines(#body, #handwritten::Framing::#framing)?));
        }
        Expr::MethodCall(call) if call.method == "json" => {
            let is_chosen = plan.media_types.chosen.is_some();
            let named = |name: &&String| is_chosen || *name != JSON;
            if let Some(name) = plan.media_types.content_type.as_ref().filter(named) {
                let request = &call.receiver;
                *call.receiver = header(request, "CONTENT_TYPE", name);
            }
        }
        // `client.client` becomes `client.http()`.
        Expr::Field(field) if matches!(&field.member, syn::Member::Named(name) if name == "client") => {
            let client = &field.base;
            *expr = parse_quote!(#client.http());
        }
        Expr::MethodCall(call) => {
            spell_out_method(call, &plan.verb);
            let is_request = matches!(&*call.receiver, Expr::MethodCall(http) if http.method == "http");
            if let Some(name) = plan.media_types.accept.as_ref().filter(|_| is_request) {
                *expr = header(expr, "ACCEPT", name);
            }
        }
        _ => {}
    }
    let Expr::Try(tried) = expr else { return };
    let Expr::MethodCall(call) = &mut *tried.expr else { return };
    if call.method == "form_urlencoded"
        && let Some(multipart) = &plan.media_types.multipart
    {
        let (request, body, media_type) = (&call.receiver, call.args.first(), &multipart.media_type);
        let parts = parts(&multipart.parts, handwritten);
        *expr = parse_quote!(#handwritten::multipart(#request, #media_type, #body, &[#(#parts),*])?);
    } else if call.method == "form_urlencoded" {
        // reqwest's `form` keeps the error until the request is built, and accepts lists. A parameter may be called `form`.
        let body = call.args.first();
        let name = plan.media_types.content_type.as_deref().unwrap_or(URL_ENCODED);
        let request = header(&call.receiver, "CONTENT_TYPE", name);
        let encodings = plan.media_types.encodings.iter().map(|(property, style)| {
            let style = style_arguments(*style, handwritten);
            quote!((#property, #style))
        });
        *expr = parse_quote!(#request.body(#handwritten::form(#body, &[#(#encodings),*])?));
    } else if call.method == "try_into" {
        let value = &call.receiver;
        *tried.expr = parse_quote!(#handwritten::header_value(#value));
    }
}

/// `Part { content: Content::Json, ..Part::named("a") }`
pub(crate) fn parts<'a>(
    parts: &'a [Part],
    handwritten: &'a impl ToTokens,
) -> impl Iterator<Item = TokenStream> + 'a {
    parts.iter().map(move |Part { name, content, content_types, headers, style }| {
        let mut fields = Vec::new();
        if *content != PartContent::ByValue {
            let content = format_ident!("{content:?}");
            fields.push(quote!(content: #handwritten::Content::#content));
        }
        if !content_types.is_empty() {
            fields.push(quote!(content_types: &[#(#content_types),*]));
        }
        if !headers.is_empty() {
            let headers = headers.iter().map(|(name, value)| quote!((#name, #value)));
            fields.push(quote!(headers: &[#(#headers),*]));
        }
        if let Some(ParameterStyle { style, explode, .. }) = style {
            let style = format_ident!("{style:?}");
            fields.push(quote!(style: ::std::option::Option::Some((#handwritten::Style::#style, #explode))));
        }
        match fields.is_empty() {
            true => quote!(#handwritten::Part::named(#name)),
            false => quote!(#handwritten::Part { #(#fields,)* ..#handwritten::Part::named(#name) }),
        }
    })
}

/// `request.header(ACCEPT, HeaderValue::from_static("…"))`
fn header(request: &Expr, name: &str, value: &str) -> Expr {
    let name = format_ident!("{name}");
    parse_quote! {
        #request.header(::reqwest::header::#name, ::reqwest::header::HeaderValue::from_static(#value))
    }
}

/// Whether it is `x.header(ACCEPT, …)`, for the name `ACCEPT`.
pub(super) fn sets_header(call: &ExprMethodCall, name: &str) -> bool {
    let is_name = |path: &Expr| matches!(path, Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == name));
    call.method == "header" && call.args.first().is_some_and(is_name)
}

/// `http.trace(url)` ⇒ `http.request(Method::TRACE, url)`; an extension method ⇒ `http.request(Method::from_bytes(b"QUERY")…, url)`
///
/// reqwest has functions for six methods alone.
fn spell_out_method(call: &mut ExprMethodCall, verb: &str) {
    let method: Expr = match verb {
        "GET" | "PUT" | "POST" | "DELETE" | "HEAD" | "PATCH" => return,
        "OPTIONS" => parse_quote!(::reqwest::Method::OPTIONS),
        "TRACE" => parse_quote!(::reqwest::Method::TRACE),
        verb => {
            let bytes = Literal::byte_string(verb.as_bytes());
            parse_quote!(::reqwest::Method::from_bytes(#bytes).map_err(Error::invalid_request)?)
        }
    };
    let is_http = matches!(&*call.receiver, Expr::MethodCall(http) if http.method == "http");
    if is_http && call.args.len() == 1 {
        call.method = format_ident!("request");
        call.args.insert(0, method);
    }
}

/// `let mut request = ….build()?` becomes `let request = ….build().map_err(Error::not_built)?`.
pub(super) fn map_build_error(stmt: &mut Stmt) -> Option<()> {
    let Stmt::Local(Local { attrs, pat, init: Some(init), .. }) = stmt else { return None };
    let Expr::Try(tried) = &mut *init.expr else { return None };
    let built = &tried.expr;
    *tried.expr = parse_quote!(#built.map_err(Error::not_built));
    attrs.clear();
    if let Pat::Ident(request) = pat {
        request.mutability = None;
    }
    Some(())
}
