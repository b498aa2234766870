//! Finds out whether a connection ever began to read a request's body, for requests that fail without a response.
//!
//! reqwest reports a timeout in the same way whether the request waited for a TLS handshake or was written and never answered.
//! A connection writes a request only together with its body, so a body that nobody has read was not sent.

use std::error::Error;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use reqwest::{Body, Request};

/// Who decided first: `true` for the connection, which reads the body; `false` for the caller, who withdrew it.
type IsRead = Arc<OnceLock<bool>>;

/// The caller's side of a body that is watched.
pub(crate) struct Handover(Option<IsRead>);

impl Handover {
    /// Watches the body of a request. A body that is empty or a stream is left alone, and counts as read.
    pub(crate) fn watch(request: &mut Request) -> Self {
        // hyper sends an empty body without reading it.
        let Some(body) =
            request.body_mut().as_mut().filter(|body| body.as_bytes().is_some_and(|b| !b.is_empty()))
        else {
            return Self(None);
        };
        let is_read = IsRead::default();
        let watched = Watched { body: std::mem::take(body), is_read: Arc::clone(&is_read) };
        *body = Body::wrap(watched);
        Self(Some(is_read))
    }

    /// Withdraws the body, and returns whether that was in time. If so, no connection can send it any more, not even one that takes
    /// the request at this moment in another thread.
    pub(crate) fn withdraw(self) -> bool {
        self.0.is_some_and(|is_read| !is_read.get_or_init(|| false))
    }
}

/// The connection's side.
struct Watched {
    body: Body,
    is_read: IsRead,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if !self.is_read.get_or_init(|| true) {
            return Poll::Ready(Some(Err("the request was withdrawn".into())));
        }
        Pin::new(&mut self.body).poll_frame(context).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
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
