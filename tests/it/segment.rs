//! Segments: edge cases by hand, and random text compared with another implementation.

use proptest::prelude::*;
use relay_rest::OneSegment;
use relay_rest::segment::{Encoding, measure};
use sms_splitter::SplitSms;

use Encoding::{Gsm7, Ucs2};

#[test]
fn the_edge_cases_of_3gpp_ts_23_038() {
    let of = |text: &str, count: usize| text.repeat(count);
    let cases: Vec<(String, Encoding, usize, bool)> = vec![
        (of("a", 160), Gsm7, 160, true),
        (of("a", 161), Gsm7, 161, false),
        (of("a", 158) + "€", Gsm7, 160, true),
        (of("a", 159) + "€", Gsm7, 161, false),
        (of("{", 80), Gsm7, 160, true),
        (of("}", 81), Gsm7, 162, false),
        (of("[", 80), Gsm7, 160, true),
        (of("\\", 80), Gsm7, 160, true),
        (of("ж", 70), Ucs2, 70, true),
        (of("ж", 71), Ucs2, 71, false),
        (of("😀", 35), Ucs2, 70, true),
        (of("😀", 36), Ucs2, 72, false),
        // A family of four: four emoji and three joiners.
        ("👨‍👩‍👧‍👦".to_owned(), Ucs2, 11, true),
        // In UCS-2 an extension character is one unit again.
        (of("|", 69) + "∞", Ucs2, 70, true),
        (of("|", 70) + "∞", Ucs2, 71, false),
        (of("\r\n", 80), Gsm7, 160, true),
        (of("\u{000C}", 80), Gsm7, 160, true),
        ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?".to_owned(), Gsm7, 63, true),
        ("¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà".to_owned(), Gsm7, 64, true),
        // Composed é is in the GSM alphabet, decomposed é is not.
        ("caf\u{00E9}".to_owned(), Gsm7, 4, true),
        ("cafe\u{0301}".to_owned(), Ucs2, 5, true),
    ];
    for (text, encoding, units, fits) in cases {
        let measured = measure(&text);
        assert_eq!((measured.encoding, measured.units, measured.fits()), (encoding, units, fits), "{text:?}");
        assert_eq!(OneSegment::try_from(text.as_str()).is_ok(), fits, "{text:?}");
    }
}

#[test]
fn look_alikes_force_ucs2_and_are_named_with_their_place() {
    for character in
        ['ç', '`', '\t', '’', '–', '\u{00A0}', '\u{2126}', 'µ', '\u{001B}', '\0', '\u{007F}', 'ı', '“']
    {
        let measured = measure(&format!("é{{{character}"));
        assert_eq!((measured.encoding, measured.units), (Ucs2, 3), "{character:?}");
        assert_eq!(measured.forced_by, Some((3, character)));
    }
    assert_eq!(measure("\u{03A9}").encoding, Gsm7);
}

/// No character of two septets or two UTF-16 units is split between segments.
#[test]
fn a_longer_text_has_room_for_153_septets_or_67_units_in_each_segment() {
    let of = |text: &str, count: usize| text.repeat(count);
    for (text, segments) in [
        (String::new(), 1),
        (of("a", 306), 2),
        (of("a", 307), 3),
        (of("a", 152) + "€" + &of("a", 152), 3),
        (of("ж", 134), 2),
        (of("ж", 135), 3),
        (of("ж", 66) + "😀" + &of("ж", 66), 3),
    ] {
        assert_eq!(measure(&text).segments(), segments, "{text}");
    }
}

#[test]
fn an_empty_text_is_measured_and_is_no_segment() {
    assert_eq!((measure("").units, measure("").encoding), (0, Gsm7));
    let error = "".parse::<OneSegment>().expect_err("empty");
    assert_eq!((error.to_string().as_str(), error.measure()), ("SMS text is empty", None));
}

#[test]
fn the_error_says_size_limit_segments_and_what_to_do() {
    let of = |text: &str, count: usize| text.repeat(count);
    for (text, expected) in [
        (of("a", 161), "161 of 160 characters (GSM), 2 segments; shorten it by 1"),
        (of("a", 159) + "€", "161 of 160 characters (GSM; € counts twice), 2 segments; shorten it by 1"),
        (
            of("a", 150) + "€[\\\u{000C}€[a",
            "163 of 160 characters (GSM; €, [, \\, \\f count twice), 2 segments; shorten it by 3",
        ),
        (
            of("x", 83) + "’’",
            "85 of 70 characters (UCS-2, because ’ (U+2019) is not in the GSM alphabet), 2 segments; \
             use GSM characters only, of which 160 fit, or shorten it by 15",
        ),
        (
            of("x", 70) + "`\u{00A0}\t😀`€",
            "77 of 70 characters (UCS-2, because ` (U+0060), \\u{a0}, \\t and 😀 (U+1F600, counts twice) are not in the \
             GSM alphabet), 2 segments; use GSM characters only, of which 160 fit, or shorten it by 7",
        ),
        (
            of("абвгдежзий", 17),
            "170 of 70 characters (UCS-2, because а (U+0430), б (U+0431), в (U+0432), г (U+0433), д (U+0434), \
             е (U+0435), ж (U+0436), з (U+0437) and 2 more are not in the GSM alphabet), 3 segments; shorten it by 100",
        ),
        (
            of("١٢٣٤٥٦٧", 11),
            "77 of 70 characters (UCS-2, because digits other than 0 to 9 are not in the GSM alphabet), 2 segments; \
             use GSM characters only, of which 160 fit, or shorten it by 7",
        ),
        (
            of("x", 70) + "’١",
            "72 of 70 characters (UCS-2, because ’ (U+2019) and digits other than 0 to 9 are not in the GSM alphabet), \
             2 segments; use GSM characters only, of which 160 fit, or shorten it by 2",
        ),
    ] {
        let error = text.parse::<OneSegment>().expect_err("too long");
        assert_eq!(error.to_string(), format!("SMS text is too long for one segment: {expected}"));
    }
    assert_eq!(
        measure("é’").to_string(),
        "2 of 70 characters (UCS-2, because ’ (U+2019) at byte 2 is not in the GSM alphabet)"
    );
}

#[test]
fn a_code_is_counted_as_if_it_were_written_out() {
    for message in ["m".repeat(159) + "m", "m".repeat(151) + "€", "ж".repeat(66), "m".to_owned()] {
        for length in [4, 20, 139, 140, 145, 146, 500, 10_000] {
            let whole = measure(&format!("{message} {}", "7".repeat(length)));
            let message: OneSegment = message.parse().expect("one segment");
            let counted = message.check_with_code(length);
            assert_eq!(counted.is_ok(), whole.fits(), "{message} {length}");
            let counted = counted.err().and_then(|error| error.measure());
            assert!(counted.is_none_or(|counted| counted == whole), "{message} {length}");
        }
    }
    let message: OneSegment = "m".parse().expect("one segment");
    assert!(message.check_with_code(usize::MAX).is_err());
}

#[test]
fn a_segment_is_what_was_given_and_what_is_written() {
    let text = "ﬁ e\u{0301} \r\n";
    let segment: OneSegment = text.parse().expect("it fits");
    assert_eq!((segment.as_str(), segment.to_string().as_str()), (text, text));
    let json = serde_json::to_string(&segment).expect("JSON");
    assert_eq!(serde_json::from_str::<OneSegment>(&json).expect("a segment"), segment);
}

/// Characters around the borders of the alphabet, and any others.
fn text() -> impl Strategy<Value = String> {
    let gsm = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./059:;<=>?¡AZÄÖÑÜ§¿azäöñüà\u{000C}^{}\\[~]|€";
    let gsm: Vec<char> = gsm.chars().collect();
    let near = proptest::sample::select(gsm.clone());
    let mixed = prop_oneof![
        20 => proptest::sample::select(gsm),
        1 => proptest::sample::select("ç`\t’–\u{00A0}\u{2126}µ\u{001B}😀ж".chars().collect::<Vec<_>>()),
        1 => any::<char>(),
    ];
    prop_oneof![
        proptest::collection::vec(near, 1..200).prop_map(String::from_iter),
        proptest::collection::vec(mixed, 1..200).prop_map(String::from_iter),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn measuring_agrees_with_sms_splitter(text in text()) {
        let measured = measure(&text);
        let split = SplitSms::default().split(text.clone());
        let encoding = if split.character_set == "GSM" { Gsm7 } else { Ucs2 };
        prop_assert_eq!(measured.encoding, encoding);
        prop_assert_eq!(measured.segments(), split.parts.len());
        prop_assert_eq!(measured.fits(), measured.segments() == 1);
        // Beyond one segment, the other implementation counts an escape that does not fit twice.
        if measured.fits() {
            let units = if encoding == Gsm7 { split.bytes } else { split.bytes / 2 };
            prop_assert_eq!(measured.units, units);
        }
    }

    #[test]
    fn a_text_is_a_segment_exactly_when_it_fits(text in any::<String>()) {
        prop_assert_eq!(OneSegment::try_from(text.clone()).is_ok(), !text.is_empty() && measure(&text).fits());
    }
}
