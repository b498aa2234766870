//! The settings for a client in a scratch crate; `cargo xtask corpus` measures with the same.

use relay_rest_codegen::Settings;

/// The handwritten module of a scratch crate.
pub(crate) const MODULE: &str = "scratch::codegen_support";

/// The feature of a scratch crate with the builders of types that no request contains.
pub(crate) const FEATURE: &str = "mock";

/// The settings for a client in a scratch crate.
pub(crate) fn settings(skip_unsupported: bool) -> Settings {
    let dates = [("date-time", "DateTime"), ("date", "Date")];
    let dates = dates.map(|(format, of)| (format.to_owned(), of.to_owned())).to_vec();
    Settings {
        formats: dates.clone(),
        received_formats: dates,
        received_builders: Some(FEATURE.to_owned()),
        skip_unsupported,
        ..Settings::of_module(MODULE)
    }
}
