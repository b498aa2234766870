//! Random input: nothing panics, and accepted values are valid.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use relay_rest::types::MfaRequest;
use relay_rest::{Client, Credentials, E164, Error, OneSegment, Space};

use crate::scripted::{PROJECT, Scripted, TOKEN, response};

proptest! {
    #[test]
    fn any_text_is_a_space_or_an_error(text in any::<String>()) {
        if let Ok(space) = text.parse::<Space>() {
            prop_assert!(space.base_url().starts_with("https://") || space.base_url().starts_with("http://"));
        }
    }

    #[test]
    fn any_url_is_a_space_or_an_error(text in "(https?://)?[a-z0-9.@:/?#\\[\\]-]{0,40}(\\.signalwire\\.com)?[a-z:/]{0,5}") {
        if let Ok(space) = text.parse::<Space>() {
            let credentials = Credentials::new(PROJECT, TOKEN).expect("usable credentials");
            prop_assert!(Client::builder(&space, credentials).build().is_ok(), "{text} is a space and no client");
        }
    }

    #[test]
    fn any_texts_are_credentials_or_an_error(project in any::<String>(), token in any::<String>()) {
        match Credentials::new(project.clone(), token) {
            Ok(credentials) => prop_assert_eq!(credentials.project_id(), project),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn any_base_url_is_a_client_or_an_error(text in "\\PC*") {
        let credentials = Credentials::new(PROJECT, TOKEN).expect("usable credentials");
        let builder = Client::builder(&"acme".parse().expect("a space"), credentials).base_url(text);
        if let Ok(client) = builder.build() {
            prop_assert!(!client.base_url().ends_with('/'));
        }
    }

    #[test]
    fn any_text_is_one_segment_or_an_error(text in any::<String>()) {
        match text.parse::<OneSegment>() {
            Ok(message) => prop_assert_eq!(message.as_str(), text),
            Err(error) => prop_assert!(error.measure().is_none_or(|measure| !measure.fits())),
        }
    }

    #[test]
    fn any_bytes_are_a_request_or_an_error(bytes in vec(any::<u8>(), 0..200)) {
        let _ = serde_json::from_slice::<MfaRequest>(&bytes);
    }
}

/// Strings of which about half are valid numbers; the others have too few or too many digits, a leading zero, or a stray character.
fn nearly_a_number() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => r"\+[1-9][0-9]{0,16}",
        1 => r"\+?[0-9]{0,17}",
        1 => r"\+[0-9]{1,7}([-. +a]|\PC)[0-9]{1,8}",
        1 => any::<String>(),
    ]
}

#[test]
fn any_text_is_a_number_or_an_error() {
    let (mut numbers, mut errors) = (0, 0);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..1000 {
        let text = nearly_a_number().new_tree(&mut runner).expect("a string").current();
        // ITU-T E.164 §6: a country code, which does not begin with 0, and at most 15 digits in all.
        let mut characters = text.chars();
        let is_number = characters.next() == Some('+')
            && characters.next().is_some_and(|first| ('1'..='9').contains(&first))
            && characters.all(|digit| digit.is_ascii_digit())
            && (3..=16).contains(&text.len());
        match text.parse::<E164>() {
            Ok(number) => {
                assert!(is_number, "{text:?} is not a number");
                assert_eq!(number.as_str(), text);
                numbers += 1;
            }
            Err(error) => {
                assert!(!is_number, "{text:?} is a number: {error}");
                assert!(text.len() < 6 || !error.to_string().contains(&text), "{error} repeats {text:?}");
                errors += 1;
            }
        }
    }
    assert!(numbers > 200 && errors > 200, "{numbers} numbers, {errors} errors");
}

/// A status line, headers and a body that a server could have written, or nearly.
fn answer() -> impl Strategy<Value = Vec<u8>> {
    let body = prop_oneof![
        vec(any::<u8>(), 0..200),
        r#"\{"(errors?|success|id|code)":("[ -~]{0,20}"|\[(\{"(code|detail|message)":("[a-z]*"|[0-9]{0,30}|null|\[\])\},?)*\]|-?[0-9]{0,30}|null)[\}\]]?"#
            .prop_map(String::into_bytes),
    ];
    let headers = prop_oneof![
        Just(Vec::new()),
        r"(retry-after|x-request-id|request-id|date|content-type|content-length): [ -~]{0,30}\r\n"
            .prop_map(String::into_bytes),
        vec(any::<u8>(), 0..60),
    ];
    (
        prop_oneof![Just(200_u16), Just(401), Just(404), Just(422), Just(429), Just(500), 100_u16..1000],
        headers,
        body,
    )
        .prop_map(|(status, headers, body)| {
            let mut answer = response(status, &String::from_utf8_lossy(&headers), "");
            answer.extend(&body);
            let length = format!("content-length: {}", body.len());
            let text = String::from_utf8_lossy(&answer).replace("content-length: 0", &length);
            if text.contains('\u{fffd}') { answer } else { text.into_bytes() }
        })
}

/// Calls every accessor of an error.
fn ask(error: &Error) {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let message = error.to_string();
        assert!(!message.contains(['\n', '\r']), "several lines: {message}");
        cause = error.source();
    }
    let _ = (error.kind(), error.was_sent(), error.status(), error.request_id(), error.retry_after());
    let _ = (error.is_timeout(), error.is_connect(), error.codes().count(), error.raw_body(), error.body());
    assert_eq!(error.attempts(), 1);
}

#[test]
fn any_response_is_a_value_or_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut runner = proptest::test_runner::TestRunner::default();
    let tried = runner.run(&answer(), |answer| {
        runtime.block_on(async {
            let server = Scripted::answering(answer).await;
            let client = server.client();
            if let Err(error) = client.request_mfa_sms().body_map(|body| body.to("+14043287382")).send().await
            {
                ask(&error);
            }
            if let Err(error) = client.verify(uuid::Uuid::nil(), "123456").await {
                ask(&error);
            }
        });
        Ok(())
    });
    tried.expect("no panic");
}
