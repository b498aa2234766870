//! Multi-factor codes: what a schema cannot express.

use std::any::TypeId;

use reqwest::StatusCode;
use uuid::Uuid;

use crate::generated::builder::VerifyMfaToken;
use crate::generated::types::{MfaRequest, MfaResponse, MfaVerifyRequest, MfaVerifyResponse};
use crate::object::object;
use crate::{Bounded, Client, E164, Error, OneSegment, OneTimeCode, Response, SegmentError};

/// The default of `token_length`, as the document says.
const DEFAULT_TOKEN_LENGTH: usize = 6;

/// The outcome of verifying a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Verification {
    /// The code is right. It cannot be used again.
    Verified,
    /// The code is wrong. There may be attempts left.
    WrongCode,
    /// There is no code to verify: no attempts are left, the code has expired or was used already, or the request belongs to another
    /// project.
    Gone,
}

impl Client {
    /// Verifies the code that a person received; `request_id` is the `id` of the response to the request for it, or that
    /// as a string or a [`Uuid`].
    ///
    /// # Errors
    /// Returns an error if the request failed, or the response is neither a success nor a 404 from the API itself, whose body is a JSON
    /// object or empty.
    ///
    /// ```no_run
    /// # async fn example(client: relay_rest::Client, id: uuid::Uuid) -> Result<(), relay_rest::Error> {
    /// use relay_rest::Verification;
    ///
    /// match client.verify(id, "123456").await? {
    ///     Verification::Verified => println!("welcome"),
    ///     Verification::WrongCode => println!("try again"),
    ///     Verification::Gone => println!("ask for another code"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn verify(
        &self,
        request_id: impl TryInto<Uuid, Error: std::fmt::Display>,
        code: impl Into<OneTimeCode>,
    ) -> Result<Verification, Error> {
        verification(self.verification(request_id, code).send().await)
    }

    /// The operation of [`Client::verify`].
    pub(crate) fn verification(
        &self,
        request_id: impl TryInto<Uuid, Error: std::fmt::Display>,
        code: impl Into<OneTimeCode>,
    ) -> VerifyMfaToken {
        let request = MfaVerifyRequest { token: code.into() };
        self.verify_mfa_token().mfa_request_id(request_id).body(request)
    }
}

/// The outcome that a response to [`Client::verification`] means.
pub(crate) fn verification(
    outcome: Result<Response<MfaVerifyResponse>, Error>,
) -> Result<Verification, Error> {
    match outcome {
        Ok(response) if response.success => Ok(Verification::Verified),
        Ok(_) => Ok(Verification::WrongCode),
        Err(error) if is_gone(&error) => Ok(Verification::Gone),
        Err(error) => Err(error),
    }
}

impl MfaRequest {
    /// Checks that the whole SMS fits one segment: the message, a blank, and a code of `token_length` characters, 6 by default.
    ///
    /// The document limits the message alone, and so does its type. But SignalWire delivers the message and then the
    /// code: with a code of 6 characters, an SMS whose message takes more than 153 septets (63 UTF-16 units) is charged as two
    /// segments. A request without a `message` passes.
    ///
    /// # Errors
    /// Returns an error if the whole SMS takes more than one segment.
    ///
    /// ```
    /// use relay_rest::types::MfaRequest;
    ///
    /// let request = MfaRequest::builder().to("+14043287382").message("m".repeat(154)).build()?;
    /// assert!(request.check_one_segment().is_err());
    /// # Ok::<(), relay_rest::Error>(())
    /// ```
    pub fn check_one_segment(&self) -> Result<(), SegmentError> {
        // Written out, so that a document that changes these types does not compile.
        let (message, token_length): (&Option<OneSegment>, Option<Bounded<4, 20>>) =
            (&self.message, self.token_length);
        let _: (&E164, &Option<E164>) = (&self.to, &self.from);
        let Some(message) = message else { return Ok(()) };
        let length = token_length.and_then(|length| usize::try_from(length.get()).ok());
        message.check_with_code(length.unwrap_or(DEFAULT_TOKEN_LENGTH))
    }
}

/// `success: false` in the response to a request for a code: 200, and yet nothing will be sent.
///
/// Reads the property `success` alone, because the others may be missing then.
pub(crate) fn says_not_queued<T: 'static>(body: &[u8]) -> bool {
    struct Queued {
        success: bool,
    }
    // As generated types: a list is no object.
    object! { Queued [success] 0 "success" success required; }
    TypeId::of::<T>() == TypeId::of::<MfaResponse>()
        && serde_json::from_slice::<Queued>(body).is_ok_and(|outcome| !outcome.success)
}

/// Whether a 404 can come from the API itself: its body is a JSON object, like those of its other errors, or empty. The page of a
/// proxy or of a wrong base URL is neither, and an incomplete body could be anything.
fn is_gone(error: &Error) -> bool {
    // Skips the values: a body of 1 MiB can be a tree of 65 MB.
    let is_object = |body: &[u8]| {
        body.trim_ascii_start().starts_with(b"{")
            && str::from_utf8(body)
                .is_ok_and(|body| serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok())
    };
    error.status() == Some(StatusCode::NOT_FOUND)
        && error.is_whole()
        && error.raw_body().is_some_and(|body| body.is_empty() || is_object(body))
}
