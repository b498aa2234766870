//! The trait of all operations, for generic code.

use std::fmt::Display;

use bytes::Bytes;
use reqwest::Request;
use reqwest::header::{ACCEPT, HeaderValue};

use crate::caller::Caller;
use crate::client::Client;
use crate::error::Error;
use crate::exchange::{Endpoint, Responses, bytes, exchange};
use crate::media_types::content_type;
use crate::response::Response;

/// An operation of the API with its parameters. It is sealed: exactly the types in [`builder`](crate::builder) implement it.
///
/// With it, generic code sends any operation: in a batch, on another thread, with a wrapper for metrics.
///
/// ```
/// use relay_rest::{Error, Operation, Response};
/// use tokio::task::JoinSet;
///
/// /// Sends all at once, and returns what succeeded.
/// async fn send_all<O: Operation>(operations: Vec<O>) -> Vec<Response<O::Response>> {
///     let sent: JoinSet<_> = operations.into_iter().map(Operation::send).collect();
///     let outcomes: Vec<Result<_, Error>> = sent.join_all().await;
///     outcomes.into_iter().filter_map(Result::ok).collect()
/// }
/// ```
pub trait Operation: Call<<Self as Operation>::Response> + Send + 'static {
    /// The body of a request, or `()` if the operation has none.
    type Request;
    /// The body of a successful response.
    type Response: Send + 'static;

    /// The name of its method of [`Client`](crate::Client), which errors, events and mocks show.
    const NAME: &'static str;
    /// The `operationId` in the OpenAPI document.
    const ID: &'static str;
    /// The HTTP method, such as `POST`. It compares equal to the [`reqwest::Method`] of a request.
    const METHOD: &'static str;
    /// The path in the OpenAPI document, with a `{name}` for each parameter in it.
    const PATH: &'static str;

    /// Adds a header to the request of this call; several of one name are all sent. `Debug` and errors do not show the value.
    ///
    /// `send` returns an error, and sends nothing, if the name or the value is invalid, if the operation sends such a header as a parameter,
    /// or if the client sets it itself or it belongs to the connection: `Authorization`, `Accept`, `Accept-Encoding`, `Content-Type`,
    /// `Content-Encoding`, `Content-Length`, `Host`, `User-Agent`, `Expect`, `Connection`, `Keep-Alive`, `TE`, `Trailer`, `Transfer-Encoding`,
    /// `Upgrade`, `Proxy-Authorization` and `Proxy-Connection`.
    ///
    /// ```no_run
    /// # async fn example(client: relay_rest::Client) -> Result<(), relay_rest::Error> {
    /// use relay_rest::{Operation, types::MfaRequest};
    ///
    /// let request = MfaRequest::builder().to("+14043287382");
    /// let sent = client.request_mfa_sms().body(request).with_header("X-Correlation-Id", 7).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    fn with_header(mut self, name: &str, value: impl Display) -> Self {
        self.caller().header(name, &value);
        self
    }

    /// Adds a parameter to the query of this call, after those of the operation. Name and value are percent-encoded.
    ///
    /// It is for parameters that the document does not have: those that it has are methods of the builder.
    #[must_use]
    fn with_query(mut self, name: &str, value: impl Display) -> Self {
        self.caller().query(name, &value);
        self
    }

    /// Sends the request. The builders have an inherent method of the same name.
    ///
    /// # Errors
    /// The same as `send` of the builder.
    fn send(self) -> impl Future<Output = Result<Response<Self::Response>, Error>> + Send {
        send(self)
    }
}

/// The generated part of an operation whose successful responses have a body of type `T`. It seals [`Operation`].
pub trait Call<T>: Sized {
    /// How to read its responses.
    const RESPONSES: Responses<T>;
    /// Whether its requests have the client's credentials.
    const SENDS_CREDENTIALS: bool = true;

    /// Returns its client, to which a call adds headers and parameters.
    fn caller(&mut self) -> &mut Caller;

    /// Builds the request, to be sent by the client.
    ///
    /// # Errors
    /// Returns an error if a parameter or the body is missing or invalid.
    fn into_request(self) -> Result<(Caller, Request), Error>;
}

/// Sends an operation and reads its response. It builds the request before it returns a future, which then needs no room for both.
pub(crate) fn send<O: Operation>(
    operation: O,
) -> impl Future<Output = Result<Response<O::Response>, Error>> + Send {
    send_built(operation.into_request(), endpoint::<O>(), O::RESPONSES)
}

/// Sends an operation, and asks for a response of another media type than its own. The body is not decoded.
#[allow(dead_code, reason = "only documents with such operations need it")]
pub(crate) fn send_accepting<O: Operation>(
    operation: O,
    media_type: String,
    allowed: &[&str],
) -> impl Future<Output = Result<Response<Bytes>, Error>> + Send + use<O> {
    let built = operation.into_request().and_then(|(caller, mut request)| {
        let media_type = content_type(Some(media_type), "media_type", allowed, None)?;
        let accept = HeaderValue::try_from(media_type)
            .map_err(|_| Error::invalid_request("the media type is not the value of a header"))?;
        request.headers_mut().insert(ACCEPT, accept);
        Ok((caller, request))
    });
    let Responses { is_success, error_body, .. } = O::RESPONSES;
    send_built(built, endpoint::<O>(), Responses { is_success, success_body: bytes, error_body })
}

/// Sends a request, with what its call adds to it, if it could be built.
pub(crate) fn send_built<T: Send + 'static>(
    built: Result<(Caller, Request), Error>,
    endpoint: Endpoint,
    responses: Responses<T>,
) -> impl Future<Output = Result<Response<T>, Error>> + Send + use<T> {
    let prepared = prepare(built, endpoint.name);
    async move {
        let (client, request) = prepared?;
        exchange(&client, request, endpoint, &responses).await
    }
}

/// Adds what a call adds to a request that could be built.
pub(crate) fn prepare(
    built: Result<(Caller, Request), Error>,
    name: &'static str,
) -> Result<(Client, Request), Error> {
    built
        .and_then(|(caller, mut request)| Ok((caller.add_to(&mut request)?, request)))
        .map_err(|error| error.of(name))
}

/// Sends a request of an operation and reads its response.
pub(crate) async fn send_request<O: Operation>(
    client: &Client,
    request: Request,
) -> Result<Response<O::Response>, Error> {
    exchange(client, request, endpoint::<O>(), &O::RESPONSES).await
}

fn endpoint<O: Operation>() -> Endpoint {
    Endpoint { name: O::NAME, template: Some(O::PATH), sends_credentials: O::SENDS_CREDENTIALS }
}

/// Sends a request of an operation, and returns the response when its head is there.
#[cfg(feature = "streams")]
pub(crate) async fn open<O: Operation>(
    client: &Client,
    request: Request,
) -> Result<reqwest::Response, Error> {
    let Responses { is_success, error_body, .. } = O::RESPONSES;
    crate::exchange::open(client, request, endpoint::<O>(), is_success, error_body).await
}
