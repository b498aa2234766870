//! TLS: which cryptography rustls uses, and the oldest version that is spoken.

/// Settings of the HTTP client to begin with: TLS 1.2 or later.
///
/// rustls speaks nothing older anyway; operating systems may.
pub(crate) fn http() -> reqwest::ClientBuilder {
    let http = reqwest::Client::builder();
    #[cfg(any(feature = "rustls", feature = "rustls-aws-lc", feature = "native-tls"))]
    let http = http.min_tls_version(reqwest::tls::Version::TLS_1_2);
    http
}

/// Makes ring the cryptography of rustls in this process, unless the program has chosen another: rustls has none of its own.
pub(crate) fn choose_cryptography() {
    #[cfg(all(feature = "rustls", not(feature = "rustls-aws-lc")))]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // When another thread was faster, one is chosen all the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
