//! progenitor sends a header nobody asked for and loses the status of an error: each `send` ends in handwritten code.
//! Knows the body of a generated `send`; must not know types.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, Block, Expr, ExprMethodCall, FnArg, ImplItem, ImplItemFn, Item, Local, Pat, Path, ReturnType,
    Stmt, Type, Visibility, parse_quote, visit_mut::VisitMut,
};

use super::missing;
use crate::plan::{OperationPlan, Plan, Status};
use crate::problem::Problem;

/// Refines the operation builders: their imports, their constructors, their `send` and their documentation.
pub(super) fn refine(
    operations: &mut Vec<Item>,
    plan: &Plan,
    handwritten: &Path,
    problems: &mut Vec<Problem>,
) {
    operations.retain(|item| !matches!(item, Item::Use(_)));
    let imports: [Item; 3] = [
        parse_quote!(
            use super::types;
        ),
        parse_quote! {
            #[allow(unused_imports, reason = "only an operation with parameters in its path needs it")]
            use progenitor_client::encode_path;
        },
        parse_quote!(use #handwritten::{Error, Response};),
    ];
    operations.splice(0..0, imports);

    let mut sends = 0;
    for item in operations {
        let Item::Impl(item) = item else { continue };
        for function in item.items.iter_mut().filter_map(as_function) {
            match function.sig.ident.to_string().as_str() {
                "new" => {
                    function.vis = Visibility::Inherited;
                    function.vis = parse_quote!(pub(super));
                }
                "send" => {
                    sends += usize::from(refine_send(function, plan, handwritten).is_some());
                }
                name => function.attrs.push(setter_doc(name)),
            }
        }
    }
    if sends != plan.operations.len() {
        missing("`send` as progenitor 0.15 writes it, in every operation,", problems);
    }
}

fn as_function(item: &mut ImplItem) -> Option<&mut ImplItemFn> {
    match item {
        ImplItem::Fn(function) => Some(function),
        _ => None,
    }
}

fn setter_doc(name: &str) -> Attribute {
    let doc = match name {
        "body" => {
            "Sets the body, from a value or from its builder. `send` tells what is wrong with it.".to_owned()
        }
        "body_map" => "Changes the builder of the body.".to_owned(),
        parameter => format!("Sets the parameter `{parameter}`. `send` tells what is wrong with it."),
    };
    parse_quote!(#[doc = #doc])
}

/// Replaces everything after the request is built; `None` when the function is not as expected.
fn refine_send(function: &mut ImplItemFn, plan: &Plan, handwritten: &Path) -> Option<()> {
    let operation = planned(&function.block, plan)?;
    let success = success_type(&function.sig.output)?;
    function.sig.output = parse_quote!(-> Result<Response<#success>, Error>);
    function.attrs.push(parse_quote! {
        #[doc = "\n\n# Errors\n\nWhat was set breaks a rule, the request did not get through, or the answer is no success."]
    });

    let block = &mut function.block;
    let built = block.stmts.iter().position(|stmt| is_let(stmt, "request"))?;
    block.stmts.truncate(built + 1);
    drop_version_header(block)?;
    ErrorPath.visit_block_mut(block);
    map_build_error(block.stmts.last_mut()?)?;
    let call = call(operation, handwritten);
    block.stmts.push(Stmt::Expr(call, None));
    matches!(function.sig.inputs.first(), Some(FnArg::Receiver(_))).then_some(())
}

/// Which operation this is: the generated code says so in its `OperationInfo`.
fn planned<'a>(block: &Block, plan: &'a Plan) -> Option<&'a OperationPlan> {
    let info = block.stmts.iter().find(|stmt| is_let(stmt, "info"))?.to_token_stream().to_string();
    plan.operations.iter().find(|operation| info.contains(&format!("\"{}\"", operation.method)))
}

fn is_let(stmt: &Stmt, name: &str) -> bool {
    matches!(stmt, Stmt::Local(Local { pat: Pat::Ident(pat), .. }) if pat.ident == name)
}

/// `T` of `-> Result<ResponseValue<T>, _>`.
fn success_type(output: &ReturnType) -> Option<Type> {
    let ReturnType::Type(_, result) = output else { return None };
    let response = first_argument(result)?;
    first_argument(&response)
}

fn first_argument(of: &Type) -> Option<Type> {
    let Type::Path(path) = of else { return None };
    match &path.path.segments.last()?.arguments {
        syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            syn::GenericArgument::Type(argument) => Some(argument.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Drops the `api-version` header, and the header map where nothing else goes into it.
fn drop_version_header(block: &mut Block) -> Option<()> {
    let before = block.stmts.len();
    block.stmts.retain(|stmt| !stmt.to_token_stream().to_string().contains("\"api-version\""));
    if block.stmts.len() + 1 != before {
        return None;
    }
    let uses =
        block.stmts.iter().filter(|stmt| stmt.to_token_stream().to_string().contains("header_map")).count();
    // The map is made and then used in the request: nothing is put in between.
    if uses == 2 {
        block.stmts.retain(|stmt| !is_let(stmt, "header_map"));
        HeaderMap.visit_block_mut(block);
    }
    Some(())
}

/// Turns `x.headers(header_map)` into `x`.
struct HeaderMap;

impl VisitMut for HeaderMap {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::MethodCall(ExprMethodCall { receiver, method, .. }) = expr
            && method == "headers"
        {
            let receiver = (**receiver).clone();
            *expr = receiver;
        }
        syn::visit_mut::visit_expr_mut(self, expr);
    }
}

/// Turns `Error::InvalidRequest` into the handwritten constructor.
struct ErrorPath;

impl VisitMut for ErrorPath {
    fn visit_path_mut(&mut self, path: &mut Path) {
        if path.segments.len() == 2
            && path.segments[0].ident == "Error"
            && path.segments[1].ident == "InvalidRequest"
        {
            *path = parse_quote!(Error::invalid_request);
        }
    }
}

/// `let mut request = ….build()?` becomes `let request = ….build().map_err(Error::not_built)?`.
fn map_build_error(stmt: &mut Stmt) -> Option<()> {
    let Stmt::Local(Local { attrs, pat, init: Some(init), .. }) = stmt else { return None };
    let Expr::Try(tried) = &mut *init.expr else { return None };
    let built = &tried.expr;
    *tried.expr = parse_quote!(#built.map_err(Error::not_built));
    attrs.clear();
    *pat = parse_quote!(request);
    Some(())
}

/// The end of `send`: `handwritten::send(client, request, &Operation { … }).await`.
fn call(operation: &OperationPlan, handwritten: &Path) -> Expr {
    let id = &operation.operation_id;
    let success = operation.success.iter().copied().map(pattern);
    let errors = operation.errors.iter().map(|(status, body)| {
        let pattern = pattern(*status);
        let variant = format_ident!("{body}");
        quote!(#pattern => #handwritten::decode(body, super::ErrorBody::#variant))
    });
    let fallback = (!operation.errors.iter().any(|(status, _)| *status == Status::Default))
        .then(|| quote!(_ => Ok(None),));
    parse_quote! {
        #handwritten::send(client, request, &#handwritten::Operation {
            id: #id,
            is_success: |status| matches!(status, #(#success)|*),
            error_body: |status, body| match status { #(#errors,)* #fallback },
        })
        .await
    }
}

fn pattern(status: Status) -> TokenStream {
    match status {
        Status::Code(code) => quote!(#code),
        Status::Range(class) => {
            let (first, last) = (class * 100, class * 100 + 99);
            quote!(#first..=#last)
        }
        Status::Default => quote!(_),
    }
}
