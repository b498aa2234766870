//! Spaces, credentials and settings of a client: which are accepted and which are rejected.

use std::time::Duration;

use relay_rest::{Client, ConfigError, Credentials, Space};
use tokio::net::TcpListener;

use crate::scripted::{PROJECT, TOKEN, in_time};

fn credentials() -> Credentials {
    Credentials::new(PROJECT, TOKEN).expect("usable credentials")
}

#[test]
fn a_client_is_where_the_documents_server_is() {
    for text in ["acme", "acme.signalwire.com", "https://acme.signalwire.com"] {
        let space: Space = text.parse().expect("a space");
        let client = Client::new(&space, credentials()).expect("a client");
        assert_eq!(client.base_url(), "https://acme.signalwire.com/api/relay/rest");
    }
}

#[test]
fn rejects_invalid_credentials() {
    for (project_id, token, expected) in [
        ("", TOKEN, "project id is empty"),
        (PROJECT, "", "API token is empty"),
        ("a:b", TOKEN, "project id contains a `:`, which HTTP Basic authentication does not allow"),
        (
            "a\r\nX-Other: b",
            TOKEN,
            "project id contains a control character, perhaps a line break at its end",
        ),
        (PROJECT, "token\n", "API token contains a control character, perhaps a line break at its end"),
        (PROJECT, "to\u{85}ken", "API token contains a control character, perhaps a line break at its end"),
        (PROJECT, "to\0ken", "API token contains a control character, perhaps a line break at its end"),
    ] {
        assert_eq!(Credentials::new(project_id, token).expect_err("refused").to_string(), expected);
    }
    assert!(Credentials::new(PROJECT, "a:b é").is_ok(), "RFC 7617 allows all of that in a password");
}

#[test]
fn rejects_a_base_url_that_would_leak_the_token() {
    let build =
        |url: &str| Client::builder(&"acme".parse().expect("a space"), credentials()).base_url(url).build();
    for (url, expected) in [
        ("http://example.com", "base URL uses `http://`, over which anybody could read the API token"),
        ("https://user@example.com", "base URL contains a user or a password"),
        ("https://:password@example.com", "base URL contains a user or a password"),
        ("https://example.com?x=1", "base URL has a `?` or `#`"),
        ("https://example.com#x", "base URL has a `?` or `#`"),
        ("ftp://example.com", "base URL has a scheme other than `https://`"),
        ("example.com", "base URL is not an absolute URL"),
    ] {
        assert_eq!(build(url).expect_err("refused").to_string(), expected, "{url}");
    }
    for url in ["https://example.com/api/", "http://localhost:1", "http://127.8.9.1", "http://[::1]:80/x"] {
        assert!(build(url).is_ok(), "{url}");
    }
}

#[test]
fn the_settings_are_those_of_the_documentation() {
    let builder = Client::builder(&"acme".parse().expect("a space"), credentials());
    let shown = format!("{builder:?}");
    for setting in [
        "timeout: 30s",
        "connect_timeout: 10s",
        "pool_idle_timeout: 4s",
        "max_body_bytes: 1048576",
        "retry: None",
    ] {
        assert!(shown.contains(setting), "{shown} lacks {setting}");
    }
}

#[tokio::test]
async fn the_timeout_holds() {
    // The system's backlog accepts connections; no response is ever sent.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let space: Space =
        format!("http://{}", listener.local_addr().expect("an address")).parse().expect("a space");
    let client =
        Client::builder(&space, credentials()).timeout(Duration::from_secs(1)).build().expect("a client");
    let call = client.request_mfa_sms().body_map(|body| body.to("+14043287382")).send();
    let error = in_time(call).await.expect_err("too slow");
    assert!(error.is_timeout() && !error.is_connect(), "{error:?}");
    assert_eq!(error.was_sent(), relay_rest::Sent::Unknown);
}

#[test]
fn a_config_error_says_why() {
    let error = ConfigError::from("http://acme".parse::<Space>().expect_err("plain HTTP"));
    assert_eq!(
        error.to_string(),
        "space is an `http://` URL, over which anybody could read the API token; use `https://`"
    );
    assert!(std::error::Error::source(&error).is_none(), "it would say the same again");
}
