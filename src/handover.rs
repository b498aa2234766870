//! Finds out whether a connection ever took a request's body, for requests that fail without a response.
//!
//! reqwest reports a timeout in the same way whether the request waited for a TLS handshake or was written and got no response.
//! Before a connection writes the head of a request it asks the body whether it is empty, so a request whose body was never
//! asked was not sent.

use std::error::Error;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use reqwest::header::CONTENT_LENGTH;
use reqwest::{Body, Request};

/// Which side was first: `true` for the connection, which took the body; `false` for the caller, who withdrew it.
type IsTaken = Arc<OnceLock<bool>>;

/// The caller's side of a body that is watched.
pub(crate) struct Handover(Option<IsTaken>);

impl Handover {
    /// Watches the body of a request. A body that is empty or a stream is left alone, and counts as taken.
    pub(crate) fn watch(request: &mut Request) -> Self {
        // hyper sends an empty body without reading it, so it could not be withdrawn.
        let length = request.body().and_then(Body::as_bytes).map_or(0, <[u8]>::len);
        let Some(body) = request.body_mut().as_mut().filter(|_| length > 0) else { return Self(None) };
        let is_taken = IsTaken::default();
        *body = Body::wrap(Watched { body: std::mem::take(body), is_taken: Arc::clone(&is_taken) });
        // A default header of the caller's, such as `Content-Length: 0`, would let hyper send the request without reading the body.
        request.headers_mut().insert(CONTENT_LENGTH, length.into());
        Self(Some(is_taken))
    }

    /// Withdraws the body, and returns whether that was in time. If so, no connection can send it any more, not even one that takes
    /// the request at this moment in another thread.
    pub(crate) fn withdraw(self) -> bool {
        self.0.is_some_and(|is_taken| !is_taken.get_or_init(|| false))
    }
}

/// The connection's side.
struct Watched {
    body: Body,
    is_taken: IsTaken,
}

impl Watched {
    /// Takes the body, unless it was withdrawn.
    fn take(&self) -> bool {
        *self.is_taken.get_or_init(|| true)
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if !self.take() {
            return Poll::Ready(Some(Err("the request was withdrawn".into())));
        }
        Pin::new(&mut self.body).poll_frame(context).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        // The head is written next, possibly long before the body is read.
        self.take();
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: impl Into<Body>) -> Request {
        let mut request = Request::new(reqwest::Method::POST, "http://localhost".parse().expect("a URL"));
        *request.body_mut() = Some(body.into());
        request
    }

    fn read(request: &mut Request) -> Option<Result<Bytes, reqwest::Error>> {
        let body = request.body_mut().as_mut().expect("a body");
        let mut context = Context::from_waker(std::task::Waker::noop());
        match http_body::Body::poll_frame(Pin::new(body), &mut context) {
            Poll::Ready(frame) => frame.map(|frame| frame.map(|frame| frame.into_data().expect("data"))),
            Poll::Pending => panic!("the body is there"),
        }
    }

    #[test]
    fn a_body_that_was_read_cannot_be_withdrawn() {
        let mut request = request("body");
        let handover = Handover::watch(&mut request);
        assert_eq!(read(&mut request).expect("a frame").expect("data"), "body");
        assert!(!handover.withdraw());
    }

    #[test]
    fn a_body_whose_head_is_about_to_be_written_cannot_be_withdrawn() {
        let mut request = request("body");
        let handover = Handover::watch(&mut request);
        let body = request.body().expect("a body");
        assert_eq!(http_body::Body::size_hint(body).exact(), Some(4));
        assert!(!http_body::Body::is_end_stream(body));
        assert!(!handover.withdraw());
        assert_eq!(read(&mut request).expect("a frame").expect("data"), "body");
    }

    #[test]
    fn a_body_that_was_withdrawn_cannot_be_read() {
        let mut request = request("body");
        assert!(Handover::watch(&mut request).withdraw());
        assert!(read(&mut request).expect("a frame").is_err());
    }

    #[test]
    fn nothing_is_known_of_a_request_without_a_body() {
        let mut empty = request("");
        assert!(!Handover::watch(&mut empty).withdraw());
        *empty.body_mut() = None;
        assert!(!Handover::watch(&mut empty).withdraw());
    }
}
