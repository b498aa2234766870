//! Responses that are read as a stream: events, JSON values one after another, or bytes as they arrive.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::{Request, StatusCode};
use serde_json::Value;

use crate::codegen_support::{Client, Error, Operation, open, prepare};
pub(crate) use crate::frames::Framing;
use crate::frames::{Flaw, Frame, Frames};
pub use crate::items::Event;
use crate::items::{LAST, Unread};
use crate::media_types::{essence, of_response};

/// An operation whose successful responses can be read as a stream. Its builder has the method `stream`.
pub trait Streamed: Operation {
    /// What the stream consists of: an [`Event`], a JSON value, or bytes.
    type Item: Send + 'static;

    /// How the response is asked for and read.
    #[doc(hidden)]
    const STREAM: StreamOf<Self::Item>;

    /// Sends the request, and returns the response as a stream.
    ///
    /// # Errors
    /// Those of `send`, and an error if the response has another content type.
    fn stream(self) -> impl Future<Output = Result<ResponseStream<Self>, Error>> + Send {
        stream(self)
    }
}

/// How a stream of items of type `T` is asked for and read.
#[derive(Clone, Copy)]
pub struct StreamOf<T> {
    /// The media type.
    pub(crate) media_type: &'static str,
    /// How the body is cut, if the response does not say it by its content type.
    pub(crate) framing: Framing,
    /// The property of the request's body that asks for a stream.
    pub(crate) switch: Option<&'static str>,
    /// Reads an item.
    pub(crate) read: fn(Frame) -> Result<T, Unread>,
}

/// A response whose items are read as they arrive.
///
/// [`next_item`](Self::next_item) returns one item, and it is a [`Stream`] as well. Dropping it closes the connection, so that the server
/// learns that nobody listens.
///
/// The client's timeout holds until the response begins, and then between two pieces of data: a stream that is alive is not cut.
///
/// # Errors
/// An item that is not as documented is an error, after which the next item can be read. After any other error, such as a broken
/// connection or a timeout, there are no more items.
#[must_use = "items are read by `next_item`, or as a stream"]
pub struct ResponseStream<O: Streamed> {
    status: StatusCode,
    headers: HeaderMap,
    idle_timeout: Duration,
    max_item_bytes: usize,
    state: State,
    client: Client,
    /// The request, if it can be sent again.
    request: Option<Request>,
    reconnects: Reconnects,
    operation: std::marker::PhantomData<fn() -> O>,
}

type Opening = Pin<Box<dyn Future<Output = Result<reqwest::Response, Error>> + Send>>;

enum State {
    Opened(reqwest::Response),
    Reading(Frames, Framing),
    Opening(Opening),
    Over,
}

/// When and how often the request is sent again.
struct Reconnects {
    /// How often in a row.
    allowed: u32,
    made: u32,
    delay: Duration,
    last_id: String,
}

/// The delay before a request is sent again, unless the server says another one. HTML leaves it to the client: "a few seconds".
const RECONNECTION_DELAY: Duration = Duration::from_secs(2);

/// The longest delay that a server can ask for.
const LONGEST_DELAY: Duration = Duration::from_secs(5 * 60);

/// Sends an operation, and returns its response as a stream. The request is built before there is a future, as by `send`.
pub(crate) fn stream<O: Streamed>(
    operation: O,
) -> impl Future<Output = Result<ResponseStream<O>, Error>> + Send {
    let prepared = prepare(operation.into_request(), O::NAME);
    async move {
        let (client, mut request) = prepared?;
        ask_for_stream(&mut request, O::STREAM.media_type, O::STREAM.switch);
        let again = request.try_clone();
        let response = open::<O>(&client, request).await?;
        ResponseStream::new(response, client, again)
    }
}

/// `Accept: application/json`, `{"model":"a"}` ⇒ `Accept: text/event-stream`, `{"model":"a","stream":true}`
fn ask_for_stream(request: &mut Request, media_type: &'static str, switch: Option<&'static str>) {
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static(media_type));
    let Some(switch) = switch else { return };
    let body = request.body().and_then(reqwest::Body::as_bytes);
    if let Some(Ok(Value::Object(mut body))) = body.map(serde_json::from_slice) {
        body.insert(switch.to_owned(), true.into());
        *request.body_mut() = Some(Value::Object(body).to_string().into());
    }
}

impl<O: Streamed> ResponseStream<O> {
    fn new(response: reqwest::Response, client: Client, request: Option<Request>) -> Result<Self, Error> {
        let (idle_timeout, max_item_bytes) = client.stream_limits();
        let mut stream = Self {
            status: response.status(),
            headers: response.headers().clone(),
            idle_timeout,
            max_item_bytes,
            state: State::Over,
            client,
            request,
            reconnects: Reconnects { allowed: 0, made: 0, delay: RECONNECTION_DELAY, last_id: String::new() },
            operation: std::marker::PhantomData,
        };
        stream.opened(response)?;
        Ok(stream)
    }

    /// Sets for how long the server may send nothing, comments and blank lines included; the client's timeout by default. It must be set
    /// before the first item is read.
    pub fn idle_timeout(self, idle_timeout: Duration) -> Self {
        Self { idle_timeout, ..self }
    }

    /// Sets the maximum length of an event or a JSON value; the `max_body_bytes` of the client by default. It must be set
    /// before the first item is read. A stream of bytes has no maximum.
    pub fn max_item_bytes(self, max_item_bytes: usize) -> Self {
        Self { max_item_bytes, ..self }
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the next item; `None` after the last one.
    ///
    /// It is cancel safe: if the future is dropped, nothing is lost.
    ///
    /// # Errors
    /// See [`ResponseStream`].
    pub async fn next_item(&mut self) -> Result<Option<O::Item>, Error> {
        poll_fn(|context| self.poll_item(context)).await.transpose()
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<O::Item, Error>>> {
        loop {
            match &mut self.state {
                State::Opened(_) => {
                    if let State::Opened(response) = std::mem::replace(&mut self.state, State::Over) {
                        let framing = framing_of(&self.headers).unwrap_or(O::STREAM.framing);
                        // Bytes are not cut, whatever they are.
                        let framing =
                            if O::STREAM.framing == Framing::Chunks { Framing::Chunks } else { framing };
                        let frames = Frames::new(response, framing, self.idle_timeout, self.max_item_bytes);
                        self.state = State::Reading(frames, framing);
                    }
                }
                State::Reading(frames, framing) => {
                    let framing = *framing;
                    match ready!(frames.poll_frame(context)) {
                        Some(Ok(frame)) => {
                            if let Some(item) = self.item(frame, framing).transpose() {
                                return Poll::Ready(Some(item));
                            }
                        }
                        Some(Err(flaw)) if flaw.is_temporary() && self.reconnect_now() => {}
                        Some(Err(flaw)) => {
                            self.state = State::Over;
                            return Poll::Ready(Some(Err(self.failed(flaw, Bytes::new()))));
                        }
                        None => self.state = State::Over,
                    }
                }
                State::Opening(opening) => match ready!(opening.as_mut().poll(context)) {
                    // With 204, a server says that there is nothing more to come (HTML, "Server-sent events").
                    Ok(response) if response.status() == StatusCode::NO_CONTENT => self.state = State::Over,
                    Ok(response) => {
                        if let Err(error) = self.opened(response) {
                            self.state = State::Over;
                            return Poll::Ready(Some(Err(error)));
                        }
                    }
                    Err(_) if self.reconnect_now() => {}
                    Err(error) => {
                        self.state = State::Over;
                        return Poll::Ready(Some(Err(error)));
                    }
                },
                State::Over => return Poll::Ready(None),
            }
        }
    }

    /// Begins to read a response, if it is a stream.
    fn opened(&mut self, response: reqwest::Response) -> Result<(), Error> {
        (self.status, self.headers) = (response.status(), response.headers().clone());
        let found = of_response(&self.headers);
        let is_other = O::STREAM.framing != Framing::Chunks
            && !found.is_empty()
            && framing_of(&self.headers).is_none()
            && found != essence(O::STREAM.media_type);
        if is_other {
            return Err(self.failed(Flaw::OtherType(found, O::STREAM.media_type), Bytes::new()));
        }
        self.state = State::Opened(response);
        Ok(())
    }

    /// Reads an item. Returns `None` for an event that has no data or ends the stream.
    fn item(&mut self, frame: Frame, framing: Framing) -> Result<Option<O::Item>, Error> {
        self.reconnects.heard_of(&frame);
        let data = frame.data.clone();
        match (O::STREAM.read)(frame) {
            Ok(item) => Ok(Some(item)),
            // It says nothing, such as one that only keeps the connection open.
            Err(_) if framing == Framing::Events && data.is_empty() => Ok(None),
            Err(_) if framing == Framing::Events && data.trim_ascii() == LAST => {
                self.state = State::Over;
                Ok(None)
            }
            Err(error) => Err(self.failed(Flaw::Content(error), data)),
        }
    }

    fn failed(&self, flaw: Flaw, item: Bytes) -> Error {
        Error::in_stream(O::NAME, flaw, self.status, &self.headers, item)
    }

    /// Sends the request again after the delay, if that is asked for and possible.
    fn reconnect_now(&mut self) -> bool {
        let again = self.request.as_ref().and_then(Request::try_clone);
        let Some(mut request) = again.filter(|_| self.reconnects.made < self.reconnects.allowed) else {
            return false;
        };
        self.reconnects.made += 1;
        if let Ok(id) = HeaderValue::from_str(&self.reconnects.last_id)
            && !id.is_empty()
        {
            request.headers_mut().insert("last-event-id", id);
        }
        let (client, delay) = (self.client.clone(), self.reconnects.delay);
        self.state = State::Opening(Box::pin(async move {
            tokio::time::sleep(delay).await;
            open::<O>(&client, request).await
        }));
        true
    }
}

impl<T: Send + 'static, O: Streamed<Item = Event<T>>> ResponseStream<O> {
    /// Sends the request again if the connection breaks or times out, with the id of the last event in the header `Last-Event-ID`: at most
    /// `times` in a row, after the delay that the server asked for, else two seconds. A stream that ends is over.
    ///
    /// It is for streams that a server continues after such an id; others would begin anew.
    pub fn reconnect(mut self, times: u32) -> Self {
        self.reconnects.allowed = times;
        self
    }
}

impl Reconnects {
    fn heard_of(&mut self, frame: &Frame) {
        self.made = 0;
        if !frame.id.is_empty() {
            self.last_id.clone_from(&frame.id);
        }
        if let Some(retry) = frame.retry {
            self.delay = retry.min(LONGEST_DELAY);
        }
    }
}

/// How the body of a response is cut, by its media type.
fn framing_of(headers: &HeaderMap) -> Option<Framing> {
    Some(match of_response(headers).as_str() {
        "text/event-stream" => Framing::Events,
        "application/x-ndjson"
        | "application/ndjson"
        | "application/jsonl"
        | "application/x-jsonl"
        | "application/jsonlines"
        | "application/x-jsonlines"
        | "application/stream+json" => Framing::Lines,
        "application/json-seq" => Framing::Sequence,
        sequence if sequence.ends_with("+json-seq") => Framing::Sequence,
        _ => return None,
    })
}

impl<O: Streamed> Stream for ResponseStream<O> {
    type Item = Result<O::Item, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(context)
    }
}

// Nothing is pinned in it: what is waited for is in a box.
impl<O: Streamed> Unpin for ResponseStream<O> {}

/// Does not show the headers, which may contain secrets.
impl<O: Streamed> fmt::Debug for ResponseStream<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseStream")
            .field("operation", &O::NAME)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
