//! Memory for listing the errors in a huge body: a unit test of `src/api_error.rs` that needs a dependency of its own.

use api_error::ApiError;

#[path = "../../src/api_error.rs"]
#[allow(dead_code, unreachable_pub, reason = "only the listing is wanted here")]
mod api_error;

#[test]
fn a_huge_body_costs_little() {
    let many = |item: &str| {
        format!(r#"{{"errors":[{}{item}]}}"#, format!("{item},").repeat((1 << 20) / (item.len() + 1)))
    };
    let deep = format!(r#"{{"error":{}{}}}"#, "[".repeat(1 << 19), "]".repeat(1 << 19));
    for (body, expected) in [
        (many(r#""x""#), 100),
        (many(r#"{"code":1}"#), 100),
        (many("{}"), 0),
        (many("0"), 0),
        (many(r#"{"code":{},"a":[[]]}"#), 0),
        (deep, 0),
        (format!(r#"{{{}"code":1}}"#, r#""code":[],"#.repeat(100_000)), 1),
    ] {
        let mut listed = 0;
        let cost = allocation_counter::measure(|| listed = ApiError::all(body.as_bytes()).len());
        assert_eq!(listed, expected, "{}", &body[..40]);
        // Brackets that are not closed yet are a byte each.
        assert!(cost.bytes_max < 1 << 20, "{} bytes for {}", cost.bytes_max, &body[..40]);
    }
    let long = format!(r#"{{"error":"{}"}}"#, "x".repeat(1 << 20));
    let cost = allocation_counter::measure(|| assert_eq!(ApiError::all(long.as_bytes()).len(), 1));
    assert!(cost.bytes_max < 3 << 20, "{} bytes", cost.bytes_max);
}
