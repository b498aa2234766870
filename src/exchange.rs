//! One exchange: sends what generated code has built, reads what comes back.
//! Knows statuses and bodies; must not know what any operation is for.

use bytes::Bytes;
use reqwest::Request;
use reqwest::header::AUTHORIZATION;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::error::{Answer, Error};
use crate::generated::ErrorBody;
use crate::response::Response;

/// What the document says about the answers to an operation. Generated code makes one for each.
pub(crate) struct Operation<T> {
    /// The `operationId`.
    pub(crate) id: &'static str,
    /// Whether a status is one of the documented ones of success.
    pub(crate) is_success: fn(u16) -> bool,
    /// Reads the body of a success: [`json`], [`bytes`] or [`nothing`].
    pub(crate) success_body: fn(&Bytes) -> serde_json::Result<T>,
    /// Reads the body that the document has for an error status; `None` where it has none.
    pub(crate) error_body: fn(u16, &[u8]) -> serde_json::Result<Option<ErrorBody>>,
}

/// Reads a body as `T` and wraps it.
pub(crate) fn decode<T: DeserializeOwned>(
    body: &[u8],
    wrap: fn(T) -> ErrorBody,
) -> serde_json::Result<Option<ErrorBody>> {
    serde_json::from_slice(body).map(|body| Some(wrap(body)))
}

/// Sends a request once, with the client's credentials, and sorts out the answer by its status.
pub(crate) async fn send<T: 'static>(
    client: &Client,
    mut request: Request,
    operation: &Operation<T>,
) -> Result<Response<T>, Error> {
    // `insert` and not `append`: whatever else wanted to authenticate, there is one header.
    request.headers_mut().insert(AUTHORIZATION, client.credentials.authorization());
    let mut response =
        client.client.execute(request).await.map_err(|error| Error::transport_failed(operation.id, error))?;
    let mut answer = Answer {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body: Bytes::new(),
    };
    answer.body = match response.bytes().await {
        Ok(body) => body,
        Err(error) => return Err(Error::interrupted(operation.id, error, answer)),
    };
    let status = answer.status.as_u16();
    if !(operation.is_success)(status) {
        let body = (operation.error_body)(status, &answer.body);
        return Err(Error::from_status(operation.id, body, answer));
    }
    if crate::mfa::says_not_queued::<T>(&answer.body) {
        return Err(Error::not_queued(operation.id, answer));
    }
    match (operation.success_body)(&answer.body) {
        Ok(value) => Ok(Response::new(value, answer.status, answer.headers)),
        Err(error) => Err(Error::unreadable(operation.id, error, answer)),
    }
}

/// A success whose body is JSON. Where the document has a body for some statuses only, an empty one is `null`.
pub(crate) fn json<T: DeserializeOwned>(body: &Bytes) -> serde_json::Result<T> {
    serde_json::from_slice(if body.is_empty() { b"null" } else { body })
}

/// A success without a body; what is there all the same is ignored.
#[allow(dead_code, reason = "only documents with such operations need it")]
pub(crate) fn nothing(_: &Bytes) -> serde_json::Result<()> {
    Ok(())
}

/// A success whose body is kept as it is.
#[allow(dead_code, reason = "only documents with such operations need it")]
pub(crate) fn bytes(body: &Bytes) -> serde_json::Result<Bytes> {
    Ok(body.clone())
}
