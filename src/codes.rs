//! SignalWire's error codes that matter to a program that sends one-time codes, for matching on [`Error::code`](crate::Error::code).
//!
//! The names are those of SignalWire's page of error codes (repository `signalwire/docs`, `error-codes.mdx` at `fbb9d235f9`,
//! 2026-07-07), which also names the Geographic Permissions; the other sentences, and the advice, are this crate's. The list is
//! not complete, and SignalWire adds codes over time: that is why `code()` returns a string, and a `match` needs a last arm.
//!
//! ```
//! use relay_rest::{Error, codes};
//!
//! fn advice(error: &Error) -> &'static str {
//!     match error.code() {
//!         Some(codes::NOT_ROUTABLE | codes::UNROUTEABLE_MESSAGE) => "we cannot reach this number; use another one",
//!         Some(codes::CARRIER_VIOLATION | codes::MESSAGE_BLOCKED_BY_CARRIER) => "your carrier blocks our messages; we can call you",
//!         Some(codes::INSUFFICIENT_BALANCE_TO_SEND_MESSAGE | codes::SENDING_DISABLED_FOR_SPACE) => "sorry, we are on it",
//!         _ => "something went wrong; try again later",
//!     }
//! }
//! ```
//!
//! [`Error::codes`](crate::Error::codes) has all codes of a response. [`ApiError::code`](crate::ApiError::code) can be matched in the same way.

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {$(
        $(#[$doc])*
        #[doc = concat!("\n\nThe code is `", $code, "`.")]
        pub const $name: &str = $code;
    )*};
}

codes! {
    /// The campaign of the sending number is not active: send from a number of an active campaign, or have this one activated.
    ASSOCIATED_CAMPAIGN_INACTIVE = "associated_campaign_inactive";
    /// The campaign of the sending number is suspended: send from a number of another campaign, and settle why with SignalWire.
    ASSOCIATED_CAMPAIGN_SUSPENDED = "associated_campaign_suspended";
    /// The campaign of the sending number sends faster than it may: send more slowly, and repeat this request later.
    CAMPAIGN_THROUGHPUT_EXCEEDED = "campaign_throughput_exceeded";
    /// The message violates a rule of the carrier: change the message, because repeating it changes nothing.
    CARRIER_VIOLATION = "carrier_violation";
    /// The balance of the account does not cover the message: add funds, and repeat the request.
    INSUFFICIENT_BALANCE_TO_SEND_MESSAGE = "insufficient_balance_to_send_message";
    /// The carrier blocked the message: offer a phone call, and ask SignalWire for the reason if it happens often.
    MESSAGE_BLOCKED_BY_CARRIER = "message_blocked_by_carrier";
    /// There is no route to the number: ask for another number.
    NOT_ROUTABLE = "not_routable";
    /// The space may not send messages: ask SignalWire's support to enable sending.
    SENDING_DISABLED_FOR_SPACE = "sending_disabled_for_space";
    /// The daily limit for messages to T-Mobile's customers is used up: offer a phone call, or wait until the next day.
    TMOBILE_DAILY_LIMIT_REACHED = "tmobile_daily_limit_reached";
    /// The number's country is not enabled: enable it under Geographic Permissions, or ask for another number.
    UNROUTEABLE_MESSAGE = "unrouteable_message";
}
