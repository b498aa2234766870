//! Adds the security schemes and requirements of the document as data, which the handwritten module uses.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{File, Item, Path, parse_quote};

use crate::plan::{Plan, Requirement, SchemeKind, SchemePlan};

/// `components: {securitySchemes: {token: {type: http, scheme: bearer}}}, security: [{token: []}]`
/// ⇒ `const SECURITY_SCHEMES: &[SecurityScheme] = …; const SECURITY: &[SecurityRequirement] = &[&[("token", &[])]];`
pub(super) fn add(items: &mut Vec<Item>, plan: &Plan, handwritten: &Path) {
    let Some(security) = &plan.security else { return };
    let schemes = security.schemes.iter().map(|scheme| of_scheme(scheme, handwritten));
    let requirements = requirements(&security.default);
    let added: File = parse_quote! {
        /// The security schemes of the document.
        pub(crate) const SECURITY_SCHEMES: &[#handwritten::SecurityScheme] = &[#(#schemes),*];

        /// What authenticates a request of an operation without requirements of its own: the schemes of one of these lists, with scopes.
        pub(crate) const SECURITY: &[#handwritten::SecurityRequirement] = #requirements;
    };
    items.extend(added.items);
}

fn of_scheme(SchemePlan { name, kind }: &SchemePlan, handwritten: &Path) -> TokenStream {
    let kind = match kind {
        SchemeKind::Basic => quote!(Basic),
        SchemeKind::Bearer => quote!(Bearer),
        SchemeKind::Http(scheme) => quote!(Http(#scheme)),
        SchemeKind::ApiKey(location, parameter) => {
            let location = format_ident!("{location}");
            quote!(ApiKey(#handwritten::ApiKeyLocation::#location, #parameter))
        }
        SchemeKind::OAuth2 => quote!(OAuth2),
        SchemeKind::OpenIdConnect => quote!(OpenIdConnect),
        SchemeKind::MutualTls => quote!(MutualTls),
        SchemeKind::Undeclared => quote!(Undeclared),
    };
    quote!(#handwritten::SecurityScheme { name: #name, kind: #handwritten::SecurityKind::#kind })
}

/// `&[&[("a", &["read"]), ("b", &[])], &[]]`
pub(super) fn requirements(all: &[Requirement]) -> TokenStream {
    let all = all.iter().map(|requirement| {
        let schemes = requirement.iter().map(|(name, scopes)| quote!((#name, &[#(#scopes),*])));
        quote!(&[#(#schemes),*])
    });
    quote!(&[#(#all),*])
}
