//! The documents and settings from which the client is generated, for `build.rs`, the tests and `xtask`; not part of the crate.

use relay_rest_codegen::Settings;

/// The vendored document.
pub(crate) const DOCUMENT: &str = "openapi/relay-rest.yaml";
/// Its overlay.
pub(crate) const OVERLAY: &str = "openapi/overlay.yaml";

/// The methods of `Client` and of the server for mocks in `src/`.
const METHODS: [&str; 15] = [
    "base_url",
    "builder",
    "client",
    "client_builder",
    "from_env",
    "http",
    "mock",
    "new",
    "space",
    "start",
    "unexpected",
    "verify",
    "with_credentials",
    "with_retry",
    "with_timeout",
];

/// Which of the types in `src/codegen_support.rs` generated code uses. The tests and `xtask` generate with the same ones.
pub(crate) fn settings() -> Settings {
    let formats = [("e164", "E164"), ("sms-segment", "OneSegment"), ("one-time-code", "OneTimeCode")];
    Settings {
        module: "relay_rest::codegen_support".to_owned(),
        formats: formats.map(|(format, of)| (format.to_owned(), of.to_owned())).to_vec(),
        received_formats: vec![("uuid".to_owned(), "Identifier".to_owned())],
        bounded_integer: "Bounded".to_owned(),
        integer_formats: vec![("seconds".to_owned(), "Seconds".to_owned())],
        patterns: false,
        received_builders: Some("mock".to_owned()),
        reserved_methods: METHODS.map(str::to_owned).to_vec(),
        skip_unsupported: false,
    }
}
