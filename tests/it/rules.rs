//! Every constructor, builder and deserializer of requests enforces the rules of the document.

use std::borrow::Cow;

use relay_rest::types::builder::MfaRequestBuilder;
use relay_rest::types::{MfaCallRequest, MfaRequest};
use relay_rest::{Bounded, E164, OneSegment};
use serde_json::{Value, json};

/// A request with one property replaced.
fn with(property: &str, value: Value) -> Value {
    let mut request = json!({ "to": "+14043287382" });
    request[property] = value;
    request
}

fn broken() -> Vec<Value> {
    vec![
        with("to", json!("")),
        with("to", json!("14043287382")),
        with("to", json!("+0404328738")),
        with("to", json!("+1404328738212345")),
        with("to", json!("+1 404 328 7382")),
        with("to", json!("+1404３287382")),
        with("to", json!(14_043_287_382_u64)),
        with("to", Value::Null),
        with("from", json!("SignalWire")),
        with("token_length", json!(3)),
        with("token_length", json!(21)),
        with("token_length", json!(6.5)),
        with("token_length", json!("6")),
        with("token_length", json!(18_446_744_073_709_551_615_u64)),
        with("valid_for", json!(0)),
        with("valid_for", json!(604_801)),
        with("valid_for", json!(600.5)),
        with("valid_for", json!("600")),
        with("max_attempts", json!(0)),
        with("max_attempts", json!(21)),
        with("message", json!("")),
    ]
}

#[test]
fn a_broken_request_does_not_deserialise() {
    for request in broken() {
        assert!(serde_json::from_value::<MfaRequest>(request.clone()).is_err(), "{request}");
        assert!(serde_json::from_value::<MfaCallRequest>(request.clone()).is_err(), "{request}");
    }
    assert!(serde_json::from_value::<MfaRequest>(json!({ "from": "+14043287382" })).is_err());
    for message in ["m".repeat(161), "ж".repeat(71)] {
        assert!(serde_json::from_value::<MfaRequest>(with("message", json!(message))).is_err());
        assert!(serde_json::from_value::<MfaCallRequest>(with("message", json!(message))).is_ok());
    }
    for (message, expected) in
        [("m".repeat(501), "has 501 characters; 500 are allowed"), (String::new(), "is empty")]
    {
        let error =
            serde_json::from_value::<MfaCallRequest>(with("message", json!(message))).expect_err(expected);
        assert_eq!(error.to_string(), expected);
        let error =
            MfaCallRequest::builder().to("+14043287382").message(message).build().expect_err(expected);
        assert_eq!(error.to_string(), format!("message: {expected}"));
    }
}

#[test]
fn the_minimum_and_the_maximum_are_allowed() {
    for (property, values) in
        [("token_length", [4, 20]), ("valid_for", [1, 604_800]), ("max_attempts", [1, 20])]
    {
        for value in values {
            let request = with(property, json!(value));
            let read: MfaRequest = serde_json::from_value(request.clone()).expect("within bounds");
            assert_eq!(serde_json::to_value(read).expect("JSON"), request);
        }
    }
    assert!("+12".parse::<E164>().is_ok() && "+123456789012345".parse::<E164>().is_ok());
    assert!("+1".parse::<E164>().is_err() && "+1234567890123456".parse::<E164>().is_err());
}

#[test]
fn a_builder_names_the_property_and_the_rule() {
    let build = |builder: MfaRequestBuilder| builder.build().expect_err("broken").to_string();
    let request = || MfaRequest::builder().to("+14043287382");
    assert_eq!(build(MfaRequest::builder()), "`to` is not set");
    assert_eq!(
        build(MfaRequest::builder().token_length(3).message("").valid_for(0)),
        "message: SMS text is empty, and `to` is not set, and token_length: 3 is out of range; 4 to 20 are allowed, and valid_for: 0 s; 1 to 604800 s are allowed"
    );
    assert_eq!(build(request().token_length(3)), "token_length: 3 is out of range; 4 to 20 are allowed");
    assert_eq!(
        build(request().max_attempts(u64::MAX)),
        "max_attempts: 18446744073709551615 is out of range; 1 to 20 are allowed"
    );
    assert_eq!(
        build(request().message("x".repeat(171))),
        "message: SMS text is too long for one segment: 171 of 160 characters (GSM), 2 segments; shorten it by 11"
    );
    assert_eq!(
        build(request().to("+1404-328")),
        "to: phone number contains a character other than a digit at byte 5 (E.164)"
    );
}

/// Setters accept every kind of string, and an `Option` of one.
#[test]
fn a_setter_takes_what_people_have() {
    let owned = "+14043287382".to_owned();
    let built = |builder: MfaRequestBuilder| builder.build().expect("a request");
    let from = |from: Option<&str>| built(MfaRequest::builder().to(&owned).from(from)).from;
    assert_eq!(from(Some("+14043287383")).map(String::from), Some("+14043287383".to_owned()));
    assert_eq!(from(None), None);
    built(MfaRequest::builder().to(owned.clone()).from(owned.as_str()));
    built(MfaRequest::builder().to(Box::<str>::from(&*owned)).from(Some(Cow::Borrowed(&*owned))));
    built(MfaRequest::builder().to(Cow::Borrowed(&*owned)).from(Some(&owned)));
    let unset = built(MfaRequest::builder().to(&owned).token_length(5).token_length(None::<u8>));
    assert_eq!(unset.token_length, None);
    let error = MfaRequest::builder().to(&owned).from(Some("404")).build().expect_err("no number");
    assert_eq!(error.to_string(), "from: phone number must begin with `+` and the country code (E.164)");
}

#[test]
fn a_value_that_is_already_checked_is_taken_as_it_is() {
    let to: E164 = "+14043287382".parse().expect("a number");
    let message: OneSegment = "Code:".parse().expect("a segment");
    let length: Bounded<4, 20> = 8.try_into().expect("within bounds");
    let mut request =
        MfaRequest::builder().to(to).message(message).token_length(length).build().expect("a request");
    request.message = None;
    assert_eq!(
        serde_json::to_value(&request).expect("JSON"),
        json!({ "to": "+14043287382", "token_length": 8 })
    );
}

/// The default of `token_length` is that of the document.
#[test]
fn the_default_length_is_that_of_the_document() {
    let document: Value = serde_yaml::from_str(include_str!("../../openapi/relay-rest.yaml")).expect("YAML");
    let length =
        document["components"]["schemas"]["MfaRequest"]["properties"]["token_length"]["default"].as_u64();
    let longest = 160 - 1 - usize::try_from(length.expect("a default")).expect("a length");
    let fits = |septets: usize| {
        let request = MfaRequest::builder().to("+14043287382").message("m".repeat(septets));
        request.build().expect("a request").check_one_segment().is_ok()
    };
    assert!(fits(longest) && !fits(longest + 1));
}

#[test]
fn checking_building_and_sending_have_one_error() {
    fn check() -> Result<(), relay_rest::Error> {
        let to: E164 = "+14043287382".parse()?;
        MfaRequest::builder().to(to).message("m".repeat(155)).build()?.check_one_segment()?;
        Ok(())
    }
    let error = check().expect_err("162 septets");
    assert_eq!(
        error.to_string(),
        "invalid request, nothing was sent: SMS text with a blank and a code of 6 characters is too long for one segment: \
         162 of 160 characters (GSM), 2 segments; shorten it by 2"
    );
    assert!(std::error::Error::source(&error).is_none(), "it would say the same again");
    let invalid = error.invalid_value().and_then(|value| value.downcast_ref::<relay_rest::SegmentError>());
    assert_eq!(invalid.and_then(relay_rest::SegmentError::measure).map(|measured| measured.units), Some(162));
}

#[test]
fn the_whole_sms_is_checked_with_its_code() {
    let request = |message: &str, length: Option<i64>| {
        let builder = MfaRequest::builder().to("+14043287382").message(message);
        let builder = match length {
            Some(length) => builder.token_length(length),
            None => builder,
        };
        builder.build().expect("the message alone fits").check_one_segment()
    };
    assert!(request(&"m".repeat(153), None).is_ok());
    assert!(request(&"ж".repeat(63), None).is_ok());
    assert!(request(&"m".repeat(155), Some(4)).is_ok());
    assert!(request(&"m".repeat(139), Some(20)).is_ok());
    assert!(request(&"m".repeat(140), Some(20)).is_err());
    let error = request(&"m".repeat(154), None).expect_err("161 septets");
    assert_eq!(
        error.to_string(),
        "SMS text with a blank and a code of 6 characters is too long for one segment: 161 of 160 characters (GSM), \
         2 segments; shorten it by 1"
    );
    assert_eq!(error.measure().map(|measured| measured.units), Some(161));
    let error = request(&"ж".repeat(64), None).expect_err("71 units");
    assert_eq!(
        error.to_string(),
        "SMS text with a blank and a code of 6 characters is too long for one segment: 71 of 70 characters (UCS-2, because \
         ж (U+0436) is not in the GSM alphabet), 2 segments; use GSM characters only, of which 160 fit, or shorten it by 1"
    );
    assert!(
        MfaRequest::builder()
            .to("+14043287382")
            .token_length(20)
            .build()
            .expect("a request")
            .check_one_segment()
            .is_ok()
    );
}
