//! Conversions of the types for checked values: each gives back exactly what it was made of.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use relay_rest::types::MfaCallRequestMessage;
use relay_rest::{Bounded, E164, OneSegment, OneTimeCode, Space};

/// Every constructor, and every way out, of a type that wraps a string.
fn holds<T>(text: &str, as_str: impl Fn(&T) -> &str)
where
    T: FromStr<Err: Debug> + for<'a> TryFrom<&'a str, Error: Debug> + TryFrom<String, Error: Debug>,
    T: Into<String> + AsRef<str> + Display,
{
    let parsed: T = text.parse().expect("valid");
    for value in [parsed, T::try_from(text).expect("valid"), T::try_from(text.to_owned()).expect("valid")] {
        assert_eq!((as_str(&value), value.as_ref()), (text, text));
        assert_eq!(value.to_string(), text);
        assert_eq!(value.into(), text);
    }
}

#[test]
fn checked_strings_are_kept_as_they_are() {
    holds("+14043287382", E164::as_str);
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
    assert_eq!(OneTimeCode::from("0 1é".to_owned()).expose(), "0 1é");
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
fn a_space_is_shown_as_what_tells_it_from_others() {
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
