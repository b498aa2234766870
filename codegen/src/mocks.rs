//! For users' tests: the source of a mock of each operation, with the types of the generated client.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Type, parse_quote};

use crate::Generated;
use crate::document::Pointer;
use crate::document::media_type::Form;
use crate::outline::{Item, ItemKind, Outline, TypeExpr, outline};
use crate::plan::{
    Lines, MediaTypes, OperationPlan, ParameterLocation, ParameterPlan, ParameterStyle, Status,
};
use crate::problem::Problem;
use crate::refine::ast::is_bytes;
use crate::refine::markdown::code_span;
use crate::refine::request;

/// The source of the mocks of a generated client, formatted. `codegen/README.md` says what has to be there around it.
///
/// What an operation sends comes from the plan of the client, the types from its outline: without mocks, nothing is computed for
/// them.
///
/// # Errors
/// The operations whose types are not in the generated source.
pub fn mocks(generated: &Generated) -> Result<String, Vec<Problem>> {
    let outline = outline(&generated.source)
        .map_err(|error| vec![Problem::error(&Pointer::root(), error.to_string())])?;
    let (mut operations, mut problems) = (Vec::new(), Vec::new());
    for plan in &generated.plans {
        match Operation::of(plan, &outline) {
            Some(operation) => operations.push(operation),
            None => {
                let method = &plan.method;
                let message = format!("no mock of `{method}`: its types are not in the generated source");
                problems.push(Problem::error(&plan.at, message));
            }
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let constructors = operations.iter().map(constructor);
    let mocks = operations.iter().map(mock);
    let tokens = quote! {
        impl super::Server { #(#constructors)* }
        #(#mocks)*
    };
    let file = syn::parse2(tokens).map_err(|error| {
        vec![Problem::error(&Pointer::root(), format!("the mocks do not parse: {error}"))]
    })?;
    Ok(prettyplease::unparse(&file))
}

/// An operation with the types that the generated client has for it.
struct Operation<'a> {
    plan: &'a OperationPlan,
    method: Ident,
    builder: Ident,
    parameters: Vec<(&'a ParameterPlan, Type)>,
    body: Option<Type>,
    /// The body of a success.
    response: Type,
}

impl<'a> Operation<'a> {
    fn of(plan: &'a OperationPlan, outline: &Outline) -> Option<Self> {
        let method = |owner: &str, name: &str| {
            outline.members(ItemKind::Method, owner).find(|method| method.name == name).cloned()
        };
        let builder = method("Client", &plan.method)?.ty?.path;
        let taken = |setter: &str| parsed(method(&builder, setter)?.parameters.first()?.into.as_ref()?);
        let parameters = plan.parameters.iter().map(|parameter| Some((parameter, taken(&parameter.ident)?)));
        let Item { ty: Some(result), .. } = method(&builder, "send")? else { return None };
        let response = result.arguments.first()?.arguments.first()?;
        Some(Self {
            plan,
            method: syn::parse_str(&plan.method).ok()?,
            builder: syn::parse_str(builder.rsplit("::").next()?).ok()?,
            parameters: parameters.collect::<Option<_>>()?,
            body: if plan.body.is_some() { Some(taken("body")?) } else { None },
            response: parsed(response)?,
        })
    }
}

fn parsed(of: &TypeExpr) -> Option<Type> {
    syn::parse_str(&of.to_string()).ok()
}

/// The method of the server that sets up a mock.
fn constructor(operation: &Operation<'_>) -> TokenStream {
    let Operation { plan, builder, method, .. } = operation;
    let sent = code_span(&format!("{} {}", plan.verb, plan.path));
    let doc = format!(" Sets up a mock of [`Client::{method}`](crate::Client::{method}), {sent}.");
    quote! {
        #[doc = #doc]
        pub fn #method(&self) -> #builder {
            #builder(self.mock::<crate::builder::#builder>())
        }
    }
}

fn mock(operation: &Operation<'_>) -> TokenStream {
    let Operation { plan, builder, method, parameters, body, response } = operation;
    let doc = format!(
        " A mock of [`Client::{method}`](crate::Client::{method}). [`Mock`](super::Mock) has what all mocks can."
    );
    let setters = parameters.iter().map(|(parameter, of)| expected_parameter(parameter, of));
    let body = plan.body.zip(body.as_ref()).map(|(form, of)| expected_body(form, of, &plan.media_types));
    let successes = plan.success.iter().map(|status| responds(*status, response));
    let errors = plan.errors.iter().filter_map(|(status, body)| {
        let body = format_ident!("{}", body.as_ref()?);
        Some(responds(*status, &parse_quote!(types::#body)))
    });
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        pub struct #builder(super::Mock);

        impl ::std::ops::Deref for #builder {
            type Target = super::Mock;

            fn deref(&self) -> &super::Mock {
                &self.0
            }
        }

        // Types of the document, which may deprecate them.
        #[allow(deprecated)]
        impl #builder {
            #(#setters)*
            #body
            #(#successes)*
            #(#errors)*

            /// Responds with any reply, whether the document has it or not.
            pub fn responds(self, reply: super::Reply) -> Self {
                self.0.respond(reply);
                self
            }
        }
    }
}

fn expected_parameter(parameter: &ParameterPlan, of: &Type) -> TokenStream {
    let ParameterPlan { ident, name: wire, location, style, encodings, .. } = parameter;
    // `_1st` begins with an underscore only because a name cannot begin with a digit.
    let function = format_ident!("with_{}", ident.trim_start_matches('_'));
    let doc = format!(" Only for requests with this `{ident}`.");
    let in_query = format_ident!("{}", style.map_or("in_query", ParameterStyle::in_query));
    let in_cookie = format_ident!("{}", style.map_or("in_cookie", ParameterStyle::in_cookie));
    let is_reserved = style.is_some_and(|style| style.allows_reserved);
    let whole = style.map(|ParameterStyle { style, .. }| format_ident!("{style:?}"));
    let encodings = encodings.iter().map(|(property, ParameterStyle { style, explode, .. })| {
        let style = format_ident!("{style:?}");
        quote!((#property, super::Style::#style, #explode))
    });
    let style = style.map(|ParameterStyle { style, explode, .. }| {
        let style = format_ident!("{style:?}");
        quote!(super::Style::#style, #explode)
    });
    let expect = match location {
        ParameterLocation::Path if is_reserved => {
            quote!(self.0.expect_written_in_path(#wire, super::in_path_reserved(#style, #wire, &value)))
        }
        ParameterLocation::Path if style.is_some() => {
            quote!(self.0.expect_styled_in_path(#style, #wire, &value))
        }
        ParameterLocation::Header if style.is_some() => {
            quote!(self.0.expect_styled_header(#style, #wire, &value))
        }
        ParameterLocation::Path => quote!(self.0.expect_in_path(#wire, &value.to_string())),
        ParameterLocation::Query => quote! {
            self.0.expect_in_query(#wire, super::#in_query(#style, #wire, &value))
        },
        ParameterLocation::Header => quote!(self.0.expect_header(#wire, &value.to_string())),
        ParameterLocation::Cookie => quote! {
            self.0.expect_in_cookies(#wire, super::#in_cookie(#style, #wire, &value))
        },
        ParameterLocation::Querystring => quote! {
            self.0.expect_query(#wire, super::whole_query(super::Style::#whole, #wire, &value, &[#(#encodings),*]))
        },
    };
    quote! {
        #[doc = #doc]
        ///
        /// # Panics
        /// Panics if the value is invalid.
        #[track_caller]
        pub fn #function<V>(self, value: V) -> Self
        where
            V: ::std::convert::TryInto<#of, Error: ::std::fmt::Display>,
        {
            let value: #of = super::given(#ident, value);
            #expect;
            self
        }
    }
}

fn expected_body(form: Form, of: &Type, media_types: &MediaTypes) -> TokenStream {
    let parent = quote!(super);
    let expect = match (&media_types.multipart, &media_types.lines, form) {
        (Some(multipart), ..) => {
            let parts = request::parts(&multipart.parts, &parent);
            quote!(self.0.expect_multipart(&body, &[#(#parts),*]))
        }
        (None, Some(Lines { framing, .. }), _) => {
            let framing = format_ident!("{framing:?}");
            quote!(self.0.expect_lines(&body, super::Framing::#framing))
        }
        (None, None, Form::Json) => quote!(self.0.expect_json(&body)),
        (None, None, Form::UrlEncoded) => {
            let encodings =
                media_types.encodings.iter().map(|(property, ParameterStyle { style, explode, .. })| {
                    let style = format_ident!("{style:?}");
                    quote!((#property, super::Style::#style, #explode))
                });
            quote!(self.0.expect_form(&body, &[#(#encodings),*]))
        }
        (None, None, Form::Bytes | Form::Text | Form::Multipart | Form::Stream) => {
            return quote! {
                /// Matches only requests with this body.
                pub fn with_body(self, body: impl ::std::convert::Into<::bytes::Bytes>) -> Self {
                    self.0.expect_bytes(body.into());
                    self
                }

                /// Returns the bodies that were received, oldest first.
                pub fn bodies(&self) -> ::std::vec::Vec<::bytes::Bytes> {
                    self.0.received_bytes()
                }
            };
        }
    };
    let given = quote! {
        /// Matches only requests with this body, given as a value or as its builder.
        ///
        /// # Panics
        /// Panics if the body is invalid.
        #[track_caller]
        pub fn with_body<V>(self, body: V) -> Self
        where
            V: ::std::convert::TryInto<#of, Error: ::std::fmt::Display>,
        {
            let body: #of = super::given("body", body);
            #expect;
            self
        }
    };
    // Forms are written and never parsed, so the received value is not available.
    let read = (form == Form::Json).then(|| {
        quote! {
            /// Matches only requests whose body satisfies the condition.
            pub fn with_body_that(
                self,
                is_so: impl ::std::ops::Fn(&#of) -> bool + ::std::marker::Send + 'static,
            ) -> Self {
                self.0.expect_body_that(is_so);
                self
            }

            /// Returns the bodies that were received, oldest first.
            pub fn bodies(&self) -> ::std::vec::Vec<#of> {
                self.0.received()
            }
        }
    });
    quote!(#given #read)
}

/// The method that responds with a documented status.
fn responds(status: Status, of: &Type) -> TokenStream {
    let (function, shown, argument, code) = match status {
        Status::Code(code) => (format_ident!("responds_{code}"), format!("{code}"), quote!(), quote!(#code)),
        Status::Range(class) => {
            let (first, last) = (class * 100, class * 100 + 99);
            let shown = format!("a status from {first} to {last}");
            let code = quote!(super::in_range(status, #first..=#last));
            (format_ident!("responds_{class}xx"), shown, quote!(status: u16,), code)
        }
        Status::Default => {
            let shown = "a status that is not listed".to_owned();
            (format_ident!("responds_default"), shown, quote!(status: u16,), quote!(status))
        }
    };
    let body = if is_nothing(of) { "without a body" } else { "and this body" };
    let doc = format!(" Responds with {shown} {body}, as the document has it.");
    if is_nothing(of) {
        return quote! {
            #[doc = #doc]
            pub fn #function(self, #argument) -> Self {
                self.0.respond(super::Reply::new(#code));
                self
            }
        };
    }
    if is_bytes(of) {
        return quote! {
            #[doc = #doc]
            pub fn #function(self, #argument body: impl ::std::convert::Into<::bytes::Bytes>) -> Self {
                self.0.respond(super::Reply::new(#code).body(body));
                self
            }
        };
    }
    quote! {
        #[doc = #doc]
        ///
        /// # Panics
        /// Panics if a required property is not set, or a value is invalid.
        #[track_caller]
        pub fn #function<V>(self, #argument body: V) -> Self
        where
            V: ::std::convert::TryInto<#of, Error: ::std::fmt::Display>,
        {
            let body: #of = super::given("body", body);
            self.0.respond(super::Reply::new(#code).json(&body));
            self
        }
    }
}

/// Whether a type is `()`.
fn is_nothing(of: &Type) -> bool {
    matches!(of, Type::Tuple(tuple) if tuple.elems.is_empty())
}
