//! The traits that the builder of every operation implements, so that handwritten code can send any of them.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Block, Item, Path, Type, parse_quote};

use crate::plan::{OperationPlan, Status};

/// What the builder of an operation is made of once its `send` is refined.
pub(super) struct OperationParts<'a> {
    pub(super) plan: &'a OperationPlan,
    /// The type of the request's body.
    pub(super) request: Type,
    /// The type of a success's body.
    pub(super) response: Type,
    /// The handwritten function that reads that body.
    pub(super) read: &'static str,
    /// The statements that build the request, and end with `Ok((client, request))`.
    pub(super) build: Block,
}

/// Implements the two traits for a builder.
pub(super) fn implement(builder: &Ident, sent: OperationParts<'_>, handwritten: &Path) -> [Item; 2] {
    let OperationParts { plan, request, response, read, build } = sent;
    let (name, id, path) = (&plan.method, &plan.operation_id, &plan.path);
    let verb = format_ident!("{}", plan.verb);
    let success = plan.success.iter().copied().map(pattern);
    let read = format_ident!("{read}");
    let error_body = error_body(plan, handwritten);
    [
        parse_quote! {
            impl #handwritten::Operation for #builder {
                type Request = #request;
                type Response = #response;
                const NAME: &'static str = #name;
                const ID: &'static str = #id;
                const METHOD: ::reqwest::Method = ::reqwest::Method::#verb;
                const PATH: &'static str = #path;
            }
        },
        parse_quote! {
            impl #handwritten::Call<#response> for #builder {
                const RESPONSES: #handwritten::Responses<#response> = #handwritten::Responses {
                    is_success: |status| matches!(status, #(#success)|*),
                    success_body: #handwritten::#read,
                    error_body: #error_body,
                };
                fn into_request(self) -> Result<(super::Client, ::reqwest::Request), Error> #build
            }
        },
    ]
}

/// `|status, body| match status { 404u16 => decode(body, ErrorBody::X), _ => Ok(None) }`.
fn error_body(plan: &OperationPlan, handwritten: &Path) -> TokenStream {
    if plan.errors.is_empty() {
        return quote!(|_, _| Ok(None));
    }
    let documented = plan.errors.iter().map(|(status, body)| {
        let (pattern, body) = (pattern(*status), format_ident!("{body}"));
        quote!(#pattern => #handwritten::decode(body, super::ErrorBody::#body),)
    });
    let has_default = plan.errors.iter().any(|(status, _)| *status == Status::Default);
    let undocumented = (!has_default).then(|| quote!(_ => Ok(None),));
    quote!(|status, body| match status { #(#documented)* #undocumented })
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
