//! The settings with which the client is generated, for `build.rs`, the tests and `xtask`; not part of the crate.

use relay_rest_codegen::Settings;

/// The methods of both kinds of `Client` and of the server for mocks in `src/`.
const METHODS: [&str; 24] = [
    "base_url",
    "builder",
    "client",
    "client_builder",
    "from_env",
    "http",
    "items",
    "iter",
    "mock",
    "new",
    "pages",
    "request",
    "send",
    "space",
    "start",
    "stream",
    "stream_limits",
    "unexpected",
    "verification",
    "verify",
    "with",
    "with_credentials",
    "with_retry",
    "with_timeout",
];

/// Which of the types in `src/codegen_support.rs` generated code uses. No feature changes them: they change the generated code.
pub(crate) fn settings() -> Settings {
    let dates = [("date-time", "DateTime"), ("date", "Date")];
    let formats = [("e164", "E164"), ("sms-segment", "OneSegment"), ("one-time-code", "OneTimeCode")];
    Settings {
        module: "relay_rest::codegen_support".to_owned(),
        formats: formats.into_iter().chain(dates).map(owned).collect(),
        received_formats: [("uuid", "Identifier")].into_iter().chain(dates).map(owned).collect(),
        bounded_integer: "Bounded".to_owned(),
        integer_formats: vec![owned(("seconds", "Seconds"))],
        // The vendored document has none. For one that has some, `regex-lite` has to be among the dependencies as well.
        patterns: false,
        // For a document that has some, the crate has to have its feature `streams`.
        streams: false,
        // Nor has it multipart forms. For one that has some, this is `true`, and the cargo feature `multipart` one of the default features.
        multipart: false,
        // The client has the credentials of a project, and the URL of its space.
        security: false,
        fills_server_url: true,
        received_builders: Some("mock".to_owned()),
        reserved_methods: METHODS.map(str::to_owned).to_vec(),
        skip_unsupported: false,
    }
}

fn owned((format, of): (&str, &str)) -> (String, String) {
    (format.to_owned(), of.to_owned())
}
