//! The traits that the builder of every operation implements, so that handwritten code can send any of them.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Block, Expr, ImplItem, Item, ItemImpl, Member, Path, PathSegment, Type, parse_quote};

use super::ast::{is_option, last_segment, only_type, string, type_argument, type_name};
use super::integers::holds_integers;
use super::security::requirements;
use crate::plan::{OperationPlan, Plan, Status};

/// The parts of an operation's builder after its `send` is refined.
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

/// The types in the variants of enums, by the name of the enum, with the names of the variants.
pub(super) type Variants = BTreeMap<String, Vec<(Ident, Ident)>>;

/// The variants of the types of responses with several successes.
pub(super) fn variants(types: &mut [Item], plan: &Plan) -> Variants {
    if plan.operations.iter().all(|operation| operation.successes_by_type.is_empty()) {
        return Variants::new();
    }
    let enums = types.iter_mut().filter_map(|item| match item {
        Item::Enum(item) => Some(item),
        _ => None,
    });
    let variants = enums.map(|of| {
        let held = of.variants.iter_mut().filter_map(|variant| {
            let field = variant.fields.iter_mut().next().filter(|field| field.ident.is_none())?;
            let of = type_name(&field.ty)?.clone();
            Some((of, variant.ident.clone()))
        });
        (of.ident.to_string(), held.collect())
    });
    variants.collect()
}

/// The two impls of an operation's builder. They are parsed once: a document has hundreds of operations.
pub(super) struct Traits<'a> {
    operation: ItemImpl,
    call: ItemImpl,
    handwritten: &'a Path,
    variants: &'a Variants,
}

impl<'a> Traits<'a> {
    pub(super) fn new(handwritten: &'a Path, variants: &'a Variants) -> Self {
        let operation = parse_quote! {
            impl #handwritten::Operation for Builder {
                type Request = ();
                type Response = ();
                const NAME: &'static str = "";
                const ID: &'static str = "";
                const METHOD: &'static str = "";
                const PATH: &'static str = "";
            }
        };
        let call = parse_quote! {
            impl #handwritten::Call<()> for Builder {
                const RESPONSES: #handwritten::Responses<()> = #handwritten::Responses {
                    is_success: |_| false,
                    success_body: #handwritten::read,
                    error_body: |_, _, _| Ok(None),
                };
                fn caller(&mut self) -> &mut #handwritten::Caller {
                    &mut self.client
                }
                fn into_request(self) -> Result<(#handwritten::Caller, ::reqwest::Request), Error> {}
            }
        };
        Self { operation, call, handwritten, variants }
    }

    /// Implements the two traits for a builder.
    pub(super) fn implement(&self, builder: &Ident, parts: OperationParts<'_>) -> Option<[Item; 2]> {
        let OperationParts { plan, request, response, read, build } = parts;
        let (mut operation, mut call) = (self.operation.clone(), self.call.clone());
        for of in [&mut operation, &mut call] {
            last_segment(&mut of.self_ty)?.ident = builder.clone();
        }
        for item in &mut operation.items {
            match item {
                ImplItem::Type(of) if of.ident == "Request" => of.ty = request.clone(),
                ImplItem::Type(of) => of.ty = response.clone(),
                ImplItem::Const(of) if of.ident == "NAME" => of.expr = string(&plan.method),
                ImplItem::Const(of) if of.ident == "ID" => of.expr = string(&plan.operation_id),
                ImplItem::Const(of) if of.ident == "PATH" => of.expr = string(&plan.path),
                ImplItem::Const(of) => of.expr = string(&plan.verb),
                _ => {}
            }
        }
        *only_type(call.trait_.as_mut()?.0.segments.last_mut()?)? = response.clone();
        let [ImplItem::Const(responses), ImplItem::Fn(_), ImplItem::Fn(into_request)] = &mut call.items[..]
        else {
            return None;
        };
        *type_argument(&mut responses.ty)? = response.clone();
        into_request.block = build;
        let Expr::Struct(made) = &mut responses.expr else { return None };
        for field in &mut made.fields {
            let Member::Named(name) = &field.member else { return None };
            match name.to_string().as_str() {
                "is_success" => {
                    let success = plan.success.iter().copied().map(pattern);
                    field.expr = parse_quote!(|status| matches!(status, #(#success)|*));
                }
                "success_body" => {
                    last_of(&mut field.expr)?.ident = format_ident!("{read}");
                    if holds_integers(&mut response.clone()) {
                        let read = &field.expr;
                        field.expr = parse_quote!(
                            |status, media_type, body| #read::<types::integers::Integer<#response>>(status, media_type, body).map(|read| read.0)
                        );
                    }
                    if let Some(read) = self.read_by_type(plan, &response) {
                        field.expr = read;
                    }
                }
                _ if plan.errors.iter().all(|(_, body)| body.is_none()) => {}
                _ => field.expr = error_body(plan, self.handwritten),
            }
        }
        if let Some(own) = &plan.security {
            let handwritten = self.handwritten;
            let own = requirements(own);
            call.items.insert(
                0,
                parse_quote!(
                    const SECURITY: &'static [#handwritten::SecurityRequirement] = #own;
                ),
            );
        }
        if !plan.sends_credentials {
            call.items.insert(
                0,
                parse_quote!(
                    const SENDS_CREDENTIALS: bool = false;
                ),
            );
        }
        Some([Item::Impl(operation), Item::Impl(call)])
    }

    /// `|status, media_type, body| match (status, media_type) { (200u16, _) => one_of(body, types::A::B), _ => json(…) }` for
    /// successes of several types; `None` where the document does not say which of them comes.
    fn read_by_type(&self, plan: &OperationPlan, response: &Type) -> Option<Expr> {
        let handwritten = self.handwritten;
        let mut union = response.clone();
        let is_optional = is_option(&union);
        if is_optional {
            union = type_argument(&mut union)?.clone();
        }
        let variants = self.variants.get(&type_name(&union)?.to_string())?;
        let arms = plan.successes_by_type.iter().filter_map(|(status, media_type, of)| {
            let (_, variant) = variants.iter().find(|(own, _)| own == of)?;
            let status = pattern(*status);
            let media_type = media_type.as_ref().map_or_else(|| quote!(_), |media_type| quote!(#media_type));
            let wrap = match is_optional {
                true => quote!(|body| ::std::option::Option::Some(#union::#variant(body))),
                false => quote!(#union::#variant),
            };
            Some(quote!((#status, #media_type) => #handwritten::one_of(body, #wrap),))
        });
        let arms: Vec<TokenStream> = arms.collect();
        (!arms.is_empty()).then(|| {
            parse_quote!(|status, media_type, body| match (status, media_type) {
                #(#arms)*
                _ => #handwritten::json(status, media_type, body),
            })
        })
    }
}

/// `|status, _, body| match status { 401u16 => Ok(None), 404u16 => decode(body, ErrorBody::X), _ => Ok(None) }`; of a status with
/// several media types `|status, media_type, body| … 404u16 => match media_type { "text/plain" => Ok(None), _ => … }`.
///
/// A status without a type has an arm only if a later, wider one would decode its body. Neighbours with one body share an arm.
fn error_body(plan: &OperationPlan, handwritten: &Path) -> Expr {
    let typed = plan.errors.iter().rposition(|(_, body)| body.is_some()).map_or(0, |last| last + 1);
    let mut arms: Vec<(Vec<TokenStream>, TokenStream)> = Vec::new();
    for (status, body) in &plan.errors[..typed] {
        let read = decoded(body.as_ref(), handwritten);
        let others = plan.errors_by_media_type.iter().filter(|(of, _, _)| body.is_some() && of == status);
        let others: Vec<_> = others
            .map(|(_, media_type, body)| {
                let read = decoded(body.as_ref(), handwritten);
                quote!(#media_type => #read,)
            })
            .collect();
        let read = match others.is_empty() {
            true => read,
            false => quote!(match media_type { #(#others)* _ => #read }),
        };
        match arms.last_mut() {
            Some((statuses, other))
                if *status != Status::Default && other.to_string() == read.to_string() =>
            {
                statuses.push(pattern(*status));
            }
            _ => arms.push((vec![pattern(*status)], read)),
        }
    }
    let documented = arms.into_iter().map(|(statuses, read)| quote!(#(#statuses)|* => #read,));
    let media_type = if plan.errors_by_media_type.is_empty() { quote!(_) } else { quote!(media_type) };
    let has_default = plan.errors[..typed].iter().any(|(status, _)| *status == Status::Default);
    let undocumented = (!has_default).then(|| quote!(_ => Ok(None),));
    parse_quote!(|status, #media_type, body| match status { #(#documented)* #undocumented })
}

/// `decode(body, ErrorBody::X)`, or `Ok(None)` for a body without a type.
fn decoded(body: Option<&String>, handwritten: &Path) -> TokenStream {
    let Some(body) = body else { return quote!(Ok(None)) };
    let body = format_ident!("{body}");
    quote!(#handwritten::decode(body, super::ErrorBody::#body))
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

/// `c` of `a::b::c`.
fn last_of(path: &mut Expr) -> Option<&mut PathSegment> {
    match path {
        Expr::Path(path) => path.path.segments.last_mut(),
        _ => None,
    }
}
