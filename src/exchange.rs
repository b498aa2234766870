//! One exchange: sends what generated code has built, reads what comes back.
//! Knows statuses and bodies; must not know which operation it is.

use std::any::TypeId;

use reqwest::Request;
use reqwest::header::AUTHORIZATION;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::error::{Answer, Error};
use crate::generated::ErrorBody;
use crate::response::Response;

/// What the document says about the answers to an operation. Generated code makes one for each.
pub(crate) struct Operation {
    /// The `operationId`.
    pub(crate) id: &'static str,
    /// Whether a status is one of the documented ones of success.
    pub(crate) is_success: fn(u16) -> bool,
    /// Reads the body that the document has for a status; `None` where it has none.
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
pub(crate) async fn send<T: DeserializeOwned + 'static>(
    client: &Client,
    mut request: Request,
    operation: &Operation,
) -> Result<Response<T>, Error> {
    // `insert` and not `append`: whatever else wanted to authenticate, there is one header.
    request.headers_mut().insert(AUTHORIZATION, client.credentials.authorization());
    let mut response =
        client.client.execute(request).await.map_err(|error| Error::transport_failed(operation.id, error))?;
    let mut answer = Answer {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body: bytes::Bytes::new(),
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
    match read::<T>(&answer.body) {
        Err(error) => Err(Error::unreadable(operation.id, error, answer)),
        Ok(value) if crate::mfa::says_not_queued(&value) => Err(Error::not_queued(operation.id, answer)),
        Ok(value) => Ok(Response::new(value, answer.status, answer.headers)),
    }
}

/// Reads the body of a success. Where the document has no body, whatever is there is ignored.
fn read<T: DeserializeOwned + 'static>(body: &[u8]) -> serde_json::Result<T> {
    let has_no_body = TypeId::of::<T>() == TypeId::of::<()>();
    serde_json::from_slice(if has_no_body { b"null" } else { body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_without_a_body_succeeds_whatever_is_there() {
        for body in [&b""[..], b"{}", b"<html>"] {
            assert!(read::<()>(body).is_ok());
        }
        assert!(read::<bool>(b"").is_err());
    }
}
