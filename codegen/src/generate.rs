//! Runs progenitor with the settings that the rest of the pipeline counts on.

use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor::{CrateVers, GenerationSettings, Generator, InterfaceStyle, TagStyle};

/// Generates the client; `crate_name` is what the types of `x-rust-type` are in, besides `serde_json`.
///
/// Tags are merged: with separate tags each tag is a public trait. `refine/groups.rs` adds a group for each.
/// All types are `PartialEq`, for tests. Not `Eq` or `Hash`: a property with a number that upstream adds would take these away.
///
/// # Errors
/// progenitor's own, without a location. It also panics: call it guarded.
pub(crate) fn generate(document: &OpenAPI, crate_name: &str) -> Result<TokenStream, progenitor::Error> {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Merged)
        .with_derive("PartialEq")
        .with_crate(crate_name, CrateVers::Any, None)
        .with_crate("serde_json", CrateVers::Any, None);
    Generator::new(&settings).generate_tokens(document)
}
