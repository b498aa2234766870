//! In a copy of the tree that `.ci/canary.sh` makes, this is `codegen/src/generate.rs`: progenitor's client with the types of
//! another typify. `codegen/src/generate/progenitor.rs` is the file that was there.

mod progenitor;
#[allow(unreachable_pub, reason = "it is a copy")]
mod to_schema;

use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{File, Item, parse_quote};
use typify::{CrateVers, TypeSpace, TypeSpaceSettings};

use to_schema::ToSchema;

/// Generates the client; `crate_name` is what the types of `x-rust-type` are in.
pub(crate) fn generate(document: &OpenAPI, crate_name: &str) -> Result<TokenStream, String> {
    let tokens = progenitor::generate(document, crate_name).map_err(|error| error.to_string())?;
    let mut file: File = syn::parse2(tokens).map_err(|error| error.to_string())?;
    let types = types(document, crate_name).map_err(|error| format!("typify: {error}"))?;
    for item in &mut file.items {
        if let Item::Mod(module) = item
            && module.ident == "types"
        {
            *module = parse_quote! {
                /// Types used as operation parameters and responses.
                #[allow(clippy::all)]
                pub mod types { #types }
            };
        }
    }
    Ok(file.into_token_stream())
}

/// As progenitor has typify make them, of the component schemas: conforming hoists all others that need a type, except those
/// of parameters.
fn types(document: &OpenAPI, crate_name: &str) -> Result<TokenStream, typify::Error> {
    let mut settings = TypeSpaceSettings::default();
    settings.map_typespace_settings(|settings| settings.with_struct_builder(true));
    settings.with_crate(crate_name, CrateVers::Any, None);
    let mut types = TypeSpace::new(&settings);
    let schemas = document.components.iter().flat_map(|components| &components.schemas);
    types.add_ref_types(schemas.map(|(name, schema)| (name.clone(), schema.to_schema())))?;
    let types = types.to_stream()?;
    Ok(quote!(#types))
}
