//! The minimal handwritten module that generated code compiles with; `codegen/README.md` lists the required items.

pub use crate::setter::{ConversionError, IntoOption};
#[allow(unused_imports)]
pub(crate) use crate::id::id;
#[allow(unused_imports)]
pub use crate::id::IdError;
#[cfg(feature = "dates")]
#[allow(unused_imports)]
pub use crate::date_time::{Date, DateTime};
#[allow(unused_imports)]
pub(crate) use crate::encode::{Style, cookies, encode_path, form, in_cookie, in_cookie_reserved, in_header, in_path, in_path_reserved, in_query, in_query_reserved, query, whole_query};
#[cfg(feature = "multipart")]
#[allow(unused_imports)]
pub use crate::file::File;
#[cfg(feature = "headers")]
#[allow(unused_imports)]
pub(crate) use crate::headers::{header, header_list, header_value};
#[cfg(feature = "streams")]
#[allow(unused_imports)]
pub(crate) use crate::lines::lines;
#[allow(unused_imports)]
pub(crate) use crate::media_types::{content_type, other_body};
#[cfg(feature = "multipart")]
#[allow(unused_imports)]
pub(crate) use crate::multipart::{Content, Part, multipart, without_files};
#[allow(unused_imports)]
pub(crate) use crate::object::object;
#[allow(unused_imports)]
pub(crate) use crate::enums::string_enum;
#[cfg(feature = "pages")]
#[allow(unused_imports)]
pub(crate) use crate::pages::{Items, NextPage, Paged, Pages};
#[cfg(feature = "rules")]
#[allow(unused_imports)]
pub(crate) use crate::rules::{Branch, Check, Rules, no_violations, violations};
#[allow(unused_imports)]
pub(crate) use crate::security::{ApiKeyLocation, SecurityKind, SecurityRequirement, SecurityScheme};
#[cfg(feature = "servers")]
#[allow(unused_imports)]
pub(crate) use crate::server::{ServerVariable, server_url};
#[allow(unused_imports)]
pub(crate) use crate::setter::{Invalid, Slot, all_valid};
#[cfg(feature = "streams")]
#[allow(unused_imports)]
pub(crate) use crate::items::{
    Event, EventData, chunk, event_of_json, event_of_json_or_text, event_of_text, json_value, whole_event,
};
#[cfg(feature = "streams")]
#[allow(unused_imports)]
pub(crate) use crate::stream::{Framing, ResponseStream, StreamOf, Streamed, stream};
#[allow(unused_imports)]
pub(crate) use crate::unnamed::{transparent, tuple, untagged};

use crate::security::{Credentials, SecurityError};

/// A client without retries or events.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) base_url: String,
    http: reqwest::Client,
    credentials: Credentials,
    /// The server that the caller of this call has chosen.
    chosen: Option<String>,
}

impl Client {
    /// A client that sends credentials to the origin of its base URL, and to a server that is set on a call.
    pub fn new(base_url: String, http: reqwest::Client, credentials: Credentials) -> Result<Self, SecurityError> {
        credentials.check(crate::generated::SECURITY_SCHEMES)?;
        Ok(Self { base_url, http, credentials, chosen: None })
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    #[cfg(feature = "streams")]
    pub(crate) fn stream_limits(&self) -> (std::time::Duration, usize) {
        (std::time::Duration::from_secs(30), 16 << 20)
    }
}

/// The client of one call, to which nothing is added.
#[derive(Clone, Debug)]
pub struct Caller(Client);

impl From<&Client> for Caller {
    fn from(client: &Client) -> Self {
        Self(client.clone())
    }
}

impl std::ops::Deref for Caller {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

/// The server of an operation with servers of its own: the one that the caller has chosen, which gets credentials, else the base URL.
pub(crate) fn server(
    caller: &mut Caller,
    chosen: Option<String>,
    _: &str,
    documented: &[&str],
) -> Result<String, Error> {
    caller.0.chosen = chosen.clone();
    let is_base_url = documented.is_empty() || documented.contains(&caller.base_url());
    let base_url = is_base_url.then(|| caller.base_url().to_owned());
    chosen.or(base_url).ok_or_else(|| Error::Failed(format!("the server is one of {documented:?}")))
}

/// A failure, or a response with an error status and its documented body.
#[derive(Debug)]
pub enum Error {
    Failed(String),
    Status(u16, Option<crate::generated::ErrorBody>),
}

impl Error {
    pub(crate) fn invalid_request(reason: impl std::fmt::Display) -> Self {
        Self::Failed(reason.to_string())
    }

    #[cfg(feature = "streams")]
    pub(crate) fn in_stream(
        _: &'static str,
        flaw: crate::frames::Flaw,
        _: reqwest::StatusCode,
        _: &reqwest::header::HeaderMap,
        item: bytes::Bytes,
    ) -> Self {
        Self::Failed(format!("{flaw:?}: {}", String::from_utf8_lossy(&item)))
    }

    #[cfg(feature = "pages")]
    pub(crate) fn next_page(reason: &'static str) -> Self {
        Self::Failed(reason.to_owned())
    }

    pub(crate) fn of(self, _: &'static str) -> Self {
        self
    }

    pub(crate) fn not_built(error: reqwest::Error) -> Self {
        Self::Failed(format!("{error:?}"))
    }
}

impl From<ConversionError> for Error {
    fn from(error: ConversionError) -> Self {
        Self::invalid_request(error)
    }
}

impl From<Invalid> for Error {
    fn from(error: Invalid) -> Self {
        Self::invalid_request(error)
    }
}

/// A response, with its headers and its body as received.
#[derive(Clone, Debug)]
pub struct Response<T>(pub T, reqwest::header::HeaderMap, bytes::Bytes);

impl<T> Response<T> {
    pub(crate) fn into_inner(self) -> T {
        self.0
    }

    pub(crate) fn headers(&self) -> &reqwest::header::HeaderMap {
        &self.1
    }

    pub(crate) fn raw_body(&self) -> &[u8] {
        &self.2
    }
}

impl<T> std::ops::Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// An operation.
pub trait Operation: Call<<Self as Operation>::Response> + Send + 'static {
    type Request;
    type Response: Send + 'static;
    const NAME: &'static str;
    const ID: &'static str;
    const METHOD: &'static str;
    const PATH: &'static str;
}

/// The generated part of an operation.
pub trait Call<T>: Sized {
    const RESPONSES: Responses<T>;
    const SENDS_CREDENTIALS: bool = true;
    const SECURITY: &'static [SecurityRequirement] = crate::generated::SECURITY;

    fn caller(&mut self) -> &mut Caller;

    fn into_request(self) -> Result<(Caller, reqwest::Request), Error>;
}

/// The responses that the document declares for an operation.
pub struct Responses<T> {
    pub(crate) is_success: fn(u16) -> bool,
    pub(crate) success_body: fn(u16, &str, &bytes::Bytes) -> serde_json::Result<T>,
    pub(crate) error_body: fn(u16, &str, &[u8]) -> serde_json::Result<Option<crate::generated::ErrorBody>>,
}

pub(crate) async fn send<O: Operation>(operation: O) -> Result<Response<O::Response>, Error> {
    let (Caller(client), request) = operation.into_request()?;
    send_request::<O>(&client, request).await
}

pub(crate) fn prepare(
    built: Result<(Caller, reqwest::Request), Error>,
    _: &'static str,
) -> Result<(Client, reqwest::Request), Error> {
    built.map(|(Caller(client), request)| (client, request))
}

fn failed<O: Operation>(error: impl std::fmt::Debug) -> Error {
    Error::Failed(format!("{}: {error:?}", O::ID))
}

/// Sends a request with its credentials. Returns the response with its media type, if its status is one of success.
async fn sent<O: Operation>(client: &Client, mut request: reqwest::Request) -> Result<(reqwest::Response, String), Error> {
    if *request.method() != O::METHOD {
        return Err(Error::Failed(format!("{} is not sent by {}", O::ID, O::METHOD)));
    }
    // On each request, so that no position in a list has a credential in its URL.
    let trusted = [Some(client.base_url()), client.chosen.as_deref()];
    let trusted: Vec<&str> = trusted.into_iter().flatten().collect();
    let added = client.credentials.add_to(&mut request, crate::generated::SECURITY_SCHEMES, O::SECURITY, &trusted);
    added.map_err(Error::invalid_request)?;
    // The URL may have a credential.
    let response = client.http.execute(request).await.map_err(|error| failed::<O>(error.without_url()))?;
    let status = response.status().as_u16();
    let media_type = crate::media_types::of_response(response.headers());
    if !(O::RESPONSES.is_success)(status) {
        let body = response.bytes().await.map_err(failed::<O>)?;
        let body = (O::RESPONSES.error_body)(status, &media_type, &body).map_err(failed::<O>)?;
        return Err(Error::Status(status, body));
    }
    Ok((response, media_type))
}

pub(crate) async fn send_request<O: Operation>(client: &Client, request: reqwest::Request) -> Result<Response<O::Response>, Error> {
    let (response, media_type) = sent::<O>(client, request).await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.map_err(failed::<O>)?;
    let value = (O::RESPONSES.success_body)(status, &media_type, &body).map_err(failed::<O>)?;
    Ok(Response(value, headers, body))
}

/// Sends an operation, and asks for a response of another media type. The body is not decoded.
#[cfg(feature = "media_types")]
pub(crate) fn send_accepting<O: Operation>(
    operation: O,
    media_type: String,
    allowed: &[&str],
) -> impl Future<Output = Result<Response<bytes::Bytes>, Error>> + Send + use<O> {
    let prepared = prepare(operation.into_request(), O::NAME).and_then(|(client, mut request)| {
        let accept = content_type(Some(media_type), "media_type", allowed, None)?;
        let accept = accept.try_into().map_err(|_| Error::Failed("no header value".to_owned()))?;
        request.headers_mut().insert("accept", accept);
        Ok((client, request))
    });
    async move {
        let (client, request) = prepared?;
        let (response, _) = sent::<O>(&client, request).await?;
        let headers = response.headers().clone();
        let body = response.bytes().await.map_err(failed::<O>)?;
        Ok(Response(body.clone(), headers, body))
    }
}

#[cfg(feature = "streams")]
pub(crate) async fn open<O: Operation>(client: &Client, request: reqwest::Request) -> Result<reqwest::Response, Error> {
    sent::<O>(client, request).await.map(|(response, _)| response)
}

pub(crate) fn decode<T: serde::de::DeserializeOwned>(
    body: &[u8],
    wrap: fn(T) -> crate::generated::ErrorBody,
) -> serde_json::Result<Option<crate::generated::ErrorBody>> {
    serde_json::from_slice(body).map(|body: Option<T>| body.map(wrap))
}

pub(crate) fn json<T: serde::de::DeserializeOwned>(_: u16, _: &str, body: &bytes::Bytes) -> serde_json::Result<T> {
    // If only some statuses have a documented body, the type is optional, and an empty body is `None`.
    serde_json::from_slice(if body.is_empty() { b"null" } else { body })
}

pub(crate) fn one_of<T: serde::de::DeserializeOwned, U: serde::de::DeserializeOwned>(
    body: &bytes::Bytes,
    wrap: fn(T) -> U,
) -> serde_json::Result<U> {
    serde_json::from_slice(body).map(wrap).or_else(|error| json(200, "", body).map_err(|_| error))
}

pub(crate) fn nothing(_: u16, _: &str, _: &bytes::Bytes) -> serde_json::Result<()> {
    Ok(())
}

pub(crate) fn bytes(_: u16, _: &str, body: &bytes::Bytes) -> serde_json::Result<bytes::Bytes> {
    Ok(body.clone())
}

/// An integer with a minimum and a maximum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounded<const MIN: i64, const MAX: i64>(i64);

impl<'de, const MIN: i64, const MAX: i64> serde::Deserialize<'de> for Bounded<MIN, MAX> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(i64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl<const MIN: i64, const MAX: i64> serde::Serialize for Bounded<MIN, MAX> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<const MIN: i64, const MAX: i64> TryFrom<i64> for Bounded<MIN, MAX> {
    type Error = &'static str;

    fn try_from(value: i64) -> Result<Self, &'static str> {
        if (MIN..=MAX).contains(&value) { Ok(Self(value)) } else { Err("out of range") }
    }
}

impl<const MIN: i64, const MAX: i64> std::fmt::Display for Bounded<MIN, MAX> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
