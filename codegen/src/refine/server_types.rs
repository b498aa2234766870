//! Adds the servers of the document and of its operations as enums, with the variables of a server as a type of its own.

use proc_macro2::Ident;
use quote::{format_ident, quote};
use syn::{Attribute, File, Item, Path, parse_quote};

use super::ast::doc;
use super::debug;
use super::markdown::{self, code_span};
use crate::plan::{Plan, ServerPlan, ServerVariable, Servers};

/// `servers: [{url: 'https://{region}.example.com', variables: {region: {enum: [eu, us], default: eu}}, description: Regional}, …]`
/// ⇒ `pub mod servers { pub enum Server { Regional(ServerRegional), … } pub struct ServerRegional { region: ServerRegionalRegion } … }`
pub(super) fn add(items: &mut Vec<Item>, plan: &Plan, handwritten: &Path) {
    let base = plan.documentation_url.as_deref();
    let mut types = Vec::new();
    if !plan.servers.all.is_empty() {
        let about = "A server of the document, for the base URL of a client.".to_owned();
        of_servers(&plan.servers, about, base, handwritten, &mut types);
    }
    for operation in &plan.operations {
        if let Some(own) = &operation.own_servers {
            let method = &operation.method;
            let about = format!("A server of [`{method}`](super::Client::{method}).");
            of_servers(&own.servers, about, base, handwritten, &mut types);
        }
    }
    if types.is_empty() {
        return;
    }
    // Values of variables are strings of the caller.
    debug::refine(&mut types);
    items.push(parse_quote!(pub mod servers { #(#types)* }));
}

fn of_servers(
    servers: &Servers,
    about: String,
    base: Option<&str>,
    handwritten: &Path,
    types: &mut Vec<Item>,
) {
    let name = format_ident!("{}", servers.name);
    let (about, returns) = (doc(&about), doc("Returns its URL."));
    let (mut variants, mut arms) = (Vec::new(), Vec::new());
    for server in &servers.all {
        let variant = format_ident!("{}", server.name);
        let docs = described(&code_span(&server.url), &server.description, base);
        if server.variables.is_empty() {
            let url = &server.url;
            variants.push(quote!(#docs #variant));
            arms.push(quote!(Self::#variant => ::std::string::String::from(#url)));
        } else {
            let of = format_ident!("{}", server.of_variables);
            variants.push(quote!(#docs #variant(#of)));
            arms.push(quote!(Self::#variant(variables) => variables.url()));
        }
    }
    let made: File = parse_quote! {
        #about
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum #name { #(#variants,)* }

        impl #name {
            #returns
            pub fn url(&self) -> ::std::string::String {
                match self { #(#arms,)* }
            }
        }

        impl ::std::convert::From<#name> for ::std::string::String {
            fn from(server: #name) -> Self {
                server.url()
            }
        }
    };
    types.extend(made.items);
    for server in servers.all.iter().filter(|server| !server.variables.is_empty()) {
        of_variables(server, &name, base, handwritten, types);
    }
}

/// The type of the variables of a server. Those without a default are parameters of `new`, the others have setters.
fn of_variables(
    server: &ServerPlan,
    servers: &Ident,
    base: Option<&str>,
    handwritten: &Path,
    types: &mut Vec<Item>,
) {
    let (name, variant) = (format_ident!("{}", server.of_variables), format_ident!("{}", server.name));
    let about = doc(&format!("The variables of {}.", code_span(&server.url)));
    let template = &server.url;
    let (mut fields, mut initial, mut setters, mut values, mut parameters) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for variable in &server.variables {
        let ident = format_ident!("{}", variable.ident);
        let wire = &variable.name;
        let set = match &variable.values {
            Some((of, all)) => {
                let of = format_ident!("{of}");
                let default = all.iter().find(|(value, _)| Some(value) == variable.default.as_ref());
                let default = default.or(all.first()).map(|(_, variant)| format_ident!("{variant}"));
                fields.push(quote!(#ident: #of));
                initial.push(quote!(#ident: #of::#default));
                values.push(quote!((#wire, #handwritten::ServerVariable::Documented(self.#ident.as_str()))));
                types.extend(values_of(&of, variable, all));
                Some((quote!(#of), quote!(#ident)))
            }
            None => {
                fields.push(quote!(#ident: ::std::string::String));
                match &variable.default {
                    Some(default) => {
                        initial.push(quote!(#ident: ::std::string::String::from(#default)));
                        values
                            .push(quote!((#wire, #handwritten::ServerVariable::of(&self.#ident, #default))));
                        let of = quote!(impl ::std::convert::Into<::std::string::String>);
                        Some((of, quote!(#ident.into())))
                    }
                    None => {
                        parameters.push(quote!(#ident: impl ::std::convert::Into<::std::string::String>));
                        initial.push(quote!(#ident: #ident.into()));
                        values.push(quote!((#wire, #handwritten::ServerVariable::Other(&self.#ident))));
                        None
                    }
                }
            }
        };
        if let Some((of, value)) = set {
            let which = format!("Sets the variable {}{}.", code_span(wire), by_default(variable));
            let docs = described(&which, &variable.description, base);
            setters.push(quote! {
                #docs
                #[must_use]
                pub fn #ident(mut self, #ident: #of) -> Self {
                    self.#ident = #value;
                    self
                }
            });
        }
    }
    let default: Option<Item> = parameters.is_empty().then(|| {
        parse_quote! {
            impl ::std::default::Default for #name {
                fn default() -> Self {
                    Self::new()
                }
            }
        }
    });
    let new = doc(match parameters.is_empty() {
        true => "The server with the default of each variable.",
        false => "The server with these variables, and the default of each other one.",
    });
    let returns = doc(
        "Returns the URL. In a value that the document does not have, characters that would change its host or path are percent-encoded.",
    );
    let made: File = parse_quote! {
        #about
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct #name { #(#fields,)* }

        impl #name {
            #new
            pub fn new(#(#parameters),*) -> Self {
                Self { #(#initial,)* }
            }

            #(#setters)*

            #returns
            pub fn url(&self) -> ::std::string::String {
                #handwritten::server_url(#template, &[#(#values),*])
            }
        }

        #default

        impl ::std::convert::From<#name> for #servers {
            fn from(variables: #name) -> Self {
                Self::#variant(variables)
            }
        }

        impl ::std::convert::From<#name> for ::std::string::String {
            fn from(variables: #name) -> Self {
                variables.url()
            }
        }
    };
    types.extend(made.items);
}

/// The enum of the values that the document lists for a variable.
fn values_of(name: &Ident, variable: &ServerVariable, all: &[(String, String)]) -> Vec<Item> {
    let about = doc(&format!("A value of the variable {}.", code_span(&variable.name)));
    let variants: Vec<Ident> = all.iter().map(|(_, variant)| format_ident!("{variant}")).collect();
    let values: Vec<&String> = all.iter().map(|(value, _)| value).collect();
    let returns = doc("Returns the value as it is in the URL.");
    let docs = values.iter().map(|value| doc(&code_span(value)));
    let made: File = parse_quote! {
        #about
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum #name { #(#docs #variants,)* }

        impl #name {
            #returns
            pub fn as_str(&self) -> &'static str {
                match self { #(Self::#variants => #values,)* }
            }
        }
    };
    made.items
}

/// ``; `eu` by default``
fn by_default(variable: &ServerVariable) -> String {
    let default = variable.default.as_ref().filter(|default| !default.is_empty());
    default.map(|default| format!("; {} by default", code_span(default))).unwrap_or_default()
}

/// What something is, and its description in the document.
fn described(what: &str, description: &str, base: Option<&str>) -> Attribute {
    doc(&match description {
        "" => what.to_owned(),
        text => format!("{what}\n\n{}", markdown::rustdoc(text, base)),
    })
}
