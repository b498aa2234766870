//! For users' tests: the source of a mock of each operation, with the types of the generated client.
//! Knows operations as `mocks/reading.rs` reads them; must not know how refining or a mock server works.

mod reading;
mod send;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Type;

use crate::Generated;
use crate::document::Pointer;
use crate::plan::Status;
use crate::problem::Problem;
use crate::refine::markdown::code_span;

use reading::{Body, Operation, Setter};
use send::Place;

/// The source of the mocks of a generated client, formatted. `codegen/README.md` says what has to be there around it.
///
/// It is read from the generated source, like the outline: whoever needs no mocks pays nothing for them, and what a mock
/// expects is what the client sends, whatever the document says.
///
/// # Errors
/// The operations that are not as the pipeline writes them.
pub fn mocks(generated: &Generated) -> Result<String, Vec<Problem>> {
    let at = |method: &str| {
        let operation = generated.operations.iter().find(|(name, _)| name == method);
        operation.map_or_else(Pointer::root, |(_, at)| at.clone())
    };
    let told = |method: &str| {
        Problem::error(&at(method), format!("the mock of `{method}` cannot be read from its `send`"))
    };
    let file = syn::parse_file(&generated.source)
        .map_err(|error| vec![Problem::error(&Pointer::root(), error.to_string())])?;
    let operations = reading::operations(&file)
        .map_err(|methods| methods.iter().map(|method| told(method)).collect::<Vec<_>>())?;
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

/// The method of the server that sets up a mock.
fn constructor(operation: &Operation) -> TokenStream {
    let Operation { builder, method, id, verb, template, .. } = operation;
    let doc = format!(
        " Sets up a mock of [`Client::{method}`](crate::Client::{method}), {}.",
        code_span(&format!("{verb} {}", shown(operation)))
    );
    quote! {
        #[doc = #doc]
        pub fn #method(&self) -> #builder {
            #builder(self.mock(#id, #verb, #template))
        }
    }
}

fn mock(operation: &Operation) -> TokenStream {
    let Operation { builder, method, answer, .. } = operation;
    let doc = format!(
        " A mock of [`Client::{method}`](crate::Client::{method}). [`Mock`](super::Mock) has what all mocks can."
    );
    let setters = operation.setters.iter().map(expected_parameter);
    let body = operation.body.as_ref().map(expected_body);
    let successes = operation.successes.iter().map(|status| answers(*status, answer));
    let errors = operation.errors.iter().map(|(status, body)| answers(*status, body));
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

        impl #builder {
            #(#setters)*
            #body
            #(#successes)*
            #(#errors)*

            /// Answers with anything at all, documented or not.
            pub fn answers(self, answer: super::Answer) -> Self {
                self.0.answer(answer);
                self
            }
        }
    }
}

fn expected_parameter(setter: &Setter) -> TokenStream {
    let Setter { ident, of, place } = setter;
    let name = plain(ident);
    let function = format_ident!("with_{name}");
    let doc = format!(" Only for requests with this `{name}`.");
    let expect = match place {
        Place::Path(index) => quote!(self.0.expect_in_path(#name, #index, &value.to_string())),
        Place::Query(wire) => quote! {
            self.0.expect_in_query(#wire, &::progenitor_client::QueryParam::new(#wire, &value))
        },
        Place::Header(wire) => quote!(self.0.expect_header(#wire, &value.to_string())),
    };
    quote! {
        #[doc = #doc]
        ///
        /// # Panics
        /// The value breaks a rule of the document.
        #[track_caller]
        pub fn #function<V>(self, value: V) -> Self
        where
            V: ::std::convert::TryInto<#of, Error: ::std::fmt::Display>,
        {
            let value: #of = super::given(#name, value);
            #expect;
            self
        }
    }
}

fn expected_body(body: &Body) -> TokenStream {
    let (of, expect) = match body {
        Body::Json(of) => (of, quote!(self.0.expect_json(&body))),
        Body::Form(of) => (of, quote!(self.0.expect_form(&body))),
        Body::Raw => {
            return quote! {
                /// Only for requests with this body.
                pub fn with_body(self, body: impl ::std::convert::Into<::bytes::Bytes>) -> Self {
                    self.0.expect_bytes(body.into());
                    self
                }

                /// The bodies that were received, oldest first.
                pub fn bodies(&self) -> ::std::vec::Vec<::bytes::Bytes> {
                    self.0.received_bytes()
                }
            };
        }
    };
    let given = quote! {
        /// Only for requests with this body, given as a value or as its builder.
        ///
        /// # Panics
        /// The body breaks a rule of the document.
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
    // Forms are written and never read: nothing here could make a value of one.
    let read = matches!(body, Body::Json(_)).then(|| {
        quote! {
            /// Only for requests whose body is like that.
            pub fn with_body_that(
                self,
                is_so: impl Fn(&#of) -> bool + ::std::marker::Send + 'static,
            ) -> Self {
                self.0.expect_body_that(is_so);
                self
            }

            /// The bodies that were received, oldest first.
            pub fn bodies(&self) -> ::std::vec::Vec<#of> {
                self.0.received()
            }
        }
    });
    quote!(#given #read)
}

/// The method that answers with a documented status.
fn answers(status: Status, of: &Type) -> TokenStream {
    let (function, told, argument, code) = match status {
        Status::Code(code) => (format_ident!("answers_{code}"), format!("{code}"), quote!(), quote!(#code)),
        Status::Range(class) => {
            let (first, last) = (class * 100, class * 100 + 99);
            let told = format!("a status from {first} to {last}");
            let code = quote!(super::in_range(status, #first..=#last));
            (format_ident!("answers_{class}xx"), told, quote!(status: u16,), code)
        }
        Status::Default => {
            let told = "a status that is not listed".to_owned();
            (format_ident!("answers_default"), told, quote!(status: u16,), quote!(status))
        }
    };
    let what = if is(of, "()") { "without a body" } else { "and this body" };
    let doc = format!(" Answers with {told} {what}, as the document has it.");
    if is(of, "()") {
        return quote! {
            #[doc = #doc]
            pub fn #function(self, #argument) -> Self {
                self.0.answer(super::Answer::new(#code));
                self
            }
        };
    }
    if is(of, "Bytes") {
        return quote! {
            #[doc = #doc]
            pub fn #function(self, #argument body: impl ::std::convert::Into<::bytes::Bytes>) -> Self {
                self.0.answer(super::Answer::new(#code).body(body));
                self
            }
        };
    }
    quote! {
        #[doc = #doc]
        ///
        /// # Panics
        /// Something required is not set.
        #[track_caller]
        pub fn #function<V>(self, #argument body: V) -> Self
        where
            V: ::std::convert::TryInto<#of, Error: ::std::fmt::Display>,
        {
            let body: #of = super::given("body", body);
            self.0.answer(super::Answer::new(#code).json(&body));
            self
        }
    }
}

/// Whether a type is `()`, or its last segment is `name`.
fn is(of: &Type, name: &str) -> bool {
    match of {
        Type::Tuple(tuple) => tuple.elems.is_empty() && name == "()",
        Type::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == name),
        _ => false,
    }
}

/// The path with the names of its parameters.
fn shown(operation: &Operation) -> String {
    let name = |index| {
        let setter = operation.setters.iter().find(|setter| setter.place == Place::Path(index));
        setter.map(|setter| plain(&setter.ident)).unwrap_or_default()
    };
    let mut pieces = operation.template.split("{}").enumerate();
    let first = pieces.next().map(|(_, piece)| piece.to_owned()).unwrap_or_default();
    pieces.fold(first, |path, (index, piece)| format!("{path}{{{}}}{piece}", name(index - 1)))
}

fn plain(ident: &Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}
