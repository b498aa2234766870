//! Selects the cryptography of rustls and the minimum version of TLS.

/// Settings of the HTTP client to begin with: TLS 1.2 or later.
///
/// rustls supports nothing older anyway; the library of an operating system may.
pub(crate) fn http() -> reqwest::ClientBuilder {
    let http = reqwest::Client::builder();
    #[cfg(any(feature = "rustls", feature = "rustls-aws-lc", feature = "native-tls"))]
    let http = http.min_tls_version(reqwest::tls::Version::TLS_1_2);
    http
}

/// Installs ring as the crypto provider of rustls in this process, unless the program has installed another: rustls has no default.
pub(crate) fn choose_cryptography() {
    #[cfg(all(feature = "rustls", not(feature = "rustls-aws-lc")))]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // It fails if another thread was faster, and then a provider is installed as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
