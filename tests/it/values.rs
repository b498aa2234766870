//! Conversions of validated types: each returns exactly the value that it was made of.

use std::borrow::Cow;
use std::fmt::{Debug, Display};
use std::str::FromStr;
use std::time::Duration;

use relay_rest::types::{MfaCallRequestMessage, MfaRequest, MfaVerifyRequest};
use relay_rest::{Bounded, Date, DateTime, E164, OneSegment, OneTimeCode, Seconds, Space};

/// Every conversion to and from a type that wraps a string.
fn holds<T>(text: &str, as_str: impl Fn(&T) -> &str)
where
    T: FromStr<Err: Debug> + for<'a> TryFrom<&'a str, Error: Debug> + TryFrom<String, Error: Debug>,
    T: for<'a> TryFrom<&'a String, Error: Debug> + for<'a> TryFrom<Cow<'a, str>, Error: Debug>,
    T: TryFrom<Box<str>, Error: Debug> + Into<String> + AsRef<str> + Display,
{
    let made: [T; 7] = [
        text.parse().expect("valid"),
        T::try_from(text).expect("valid"),
        T::try_from(text.to_owned()).expect("valid"),
        T::try_from(&text.to_owned()).expect("valid"),
        T::try_from(Box::from(text)).expect("valid"),
        T::try_from(Cow::Borrowed(text)).expect("valid"),
        T::try_from(Cow::Owned(text.to_owned())).expect("valid"),
    ];
    for value in made {
        assert_eq!((as_str(&value), value.as_ref()), (text, text));
        assert_eq!(value.to_string(), text);
        assert_eq!(value.into(), text);
    }
}

#[test]
fn checked_strings_are_kept_as_they_are() {
    holds("+14043287382", E164::as_str);
    holds("2026-11-22T08:30:00.50+02:00", DateTime::as_str);
    holds("2026-11-22", Date::as_str);
    for message in ["Your Acme code:", " € [\u{1F44B}]\n"] {
        holds(message, OneSegment::as_str);
    }
}

#[test]
fn a_generated_string_type_is_kept_as_it_is() {
    let message: MfaCallRequestMessage = "Your code:".parse().expect("valid");
    assert_eq!(&*message, "Your code:");
    assert_eq!(String::from(message), "Your code:");
}

#[test]
fn a_code_is_kept_whatever_it_is_made_of() {
    assert_eq!(OneTimeCode::from("0 1é").expose(), "0 1é");
    let code = "0 1é".to_owned();
    for made in [
        OneTimeCode::from(&code),
        OneTimeCode::from(code.clone()),
        OneTimeCode::from(Box::from(&*code)),
        OneTimeCode::from(Cow::Borrowed(&*code)),
    ] {
        assert_eq!(made.expose(), code);
    }
}

#[test]
fn codes_with_equal_characters_are_equal() {
    let code = OneTimeCode::from("0 1é");
    assert!(code == OneTimeCode::from("0 1é"));
    for other in ["0 1è", "0 1", "0 1é ", ""] {
        assert!(code != OneTimeCode::from(other), "{other}");
    }
}

/// Builders accept the strings of callers' own types.
#[test]
fn a_builder_takes_borrowed_strings() {
    struct User {
        phone: String,
    }
    let user = User { phone: "+14043287382".to_owned() };
    let request = MfaRequest::builder().to(&user.phone).message(Cow::Borrowed("Your code:")).build();
    assert_eq!(request.expect("valid").to.as_str(), user.phone);
}

#[test]
fn generated_checked_strings_are_made_of_every_string() {
    let text = "a".repeat(500);
    let made: [MfaCallRequestMessage; 7] = [
        text.parse().expect("valid"),
        text.as_str().try_into().expect("valid"),
        text.clone().try_into().expect("valid"),
        (&text).try_into().expect("valid"),
        Box::<str>::from(&*text).try_into().expect("valid"),
        Cow::Borrowed(&*text).try_into().expect("valid"),
        Cow::<str>::Owned(text.clone()).try_into().expect("valid"),
    ];
    assert!(made.iter().all(|message| **message == text));
    let long = Cow::from("a".repeat(501));
    let error = MfaCallRequestMessage::try_from(long).expect_err("too long");
    assert_eq!(error.to_string(), "has 501 characters; 500 are allowed");
}

#[test]
fn requests_are_equal_if_all_that_was_set_is() {
    let request = |message: &str| {
        MfaRequest::builder().to("+14043287382").message(message).token_length(6).build().expect("valid")
    };
    assert_eq!(request("Your code:"), request("Your code:"));
    assert_ne!(request("Your code:"), request("Your Acme code:"));
    let verification = |code: &str| MfaVerifyRequest::builder().token(code).build().expect("valid");
    assert_eq!(verification("123456"), verification("123456"));
    assert_ne!(verification("123456"), verification("123457"));
}

#[test]
fn a_bounded_integer_is_kept_as_it_is() {
    for value in [-3, 0, 7] {
        let bounded = Bounded::<-3, 7>::try_from(value).expect("in range");
        assert_eq!((bounded.get(), i64::from(bounded)), (value, value));
        assert_eq!(bounded.to_string(), value.to_string());
        // `Display` follows the formatter, as that of an integer does.
        assert_eq!(format!("{bounded:+05}"), format!("{value:+05}"));
    }
    let narrowest = Bounded::<{ i64::MIN }, { i64::MAX }>::try_from(u64::MAX).expect_err("out of range");
    assert!(narrowest.to_string().starts_with("18446744073709551615 is out of range"), "{narrowest}");
}

#[test]
fn a_bounded_integer_knows_its_range_and_fits_smaller_integers() {
    type Length = Bounded<4, 20>;
    const LENGTH: Length = Length::new::<6>();
    assert_eq!((Length::MIN, Length::MAX), (4, 20));
    let found = (LENGTH.as_u8(), LENGTH.as_u16(), LENGTH.as_u32(), LENGTH.as_u64(), LENGTH.as_usize());
    assert_eq!(found, (6, 6, 6, 6, 6));
    assert_eq!(Bounded::<0, { i64::MAX }>::new::<{ i64::MAX }>().as_u64(), i64::MAX as u64);
}

#[test]
fn seconds_are_made_of_a_duration_or_of_integers() {
    type Week = Seconds<1, 604_800>;
    const DAY: Week = Week::new::<86_400>();
    let day = Duration::from_secs(86_400);
    assert_eq!((Week::MIN, Week::MAX), (1, 604_800));
    assert_eq!((DAY.as_secs(), DAY.as_duration(), DAY.to_string()), (86_400, day, "86400".to_owned()));
    for week in [Week::try_from(day), Week::try_from(86_400_u32), Week::try_from(86_400_i64)] {
        assert_eq!(week, Ok(DAY));
    }
    for (duration, message) in [
        (Duration::ZERO, "0 s; 1 to 604800 s are allowed"),
        (Duration::from_secs(604_801), "604801 s; 1 to 604800 s are allowed"),
        (Duration::from_secs(u64::MAX), "18446744073709551615 s; 1 to 604800 s are allowed"),
        (Duration::from_millis(1_500), "1.5s has a fraction of a second; only whole seconds are allowed"),
        (
            Duration::MAX,
            "18446744073709551615.999999999s has a fraction of a second; only whole seconds are allowed",
        ),
    ] {
        assert_eq!(Week::try_from(duration).expect_err(message).to_string(), message);
        let request = MfaRequest::builder().to("+14043287382").valid_for(duration).build();
        assert_eq!(request.expect_err(message).to_string(), format!("valid_for: {message}"));
    }
    assert_eq!(Week::try_from(-1_i64).expect_err("negative").to_string(), "-1 s; 1 to 604800 s are allowed");
}

#[test]
fn a_space_shows_its_name_or_its_loopback_url() {
    for (text, shown) in [
        ("acme", "acme"),
        ("https://Acme.SignalWire.com", "acme"),
        ("http://127.0.0.1:4010", "http://127.0.0.1:4010"),
    ] {
        let space: Space = text.parse().expect("a space");
        assert_eq!(space.to_string(), shown);
        assert_eq!(shown.parse::<Space>().expect("a space"), space);
    }
}
