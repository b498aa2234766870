//! Cuts the body of a response into frames: events, lines, records, or chunks as they arrive.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use eventsource_stream::{EventStream, EventStreamError};
use futures_core::Stream;

use crate::items::Unread;

/// How a body consists of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// `text/event-stream` (HTML, "Server-sent events").
    Events,
    /// A JSON value on each line.
    Lines,
    /// `application/json-seq`: a record separator before each JSON value (RFC 7464).
    Sequence,
    /// Bytes as they arrive.
    Chunks,
}

/// One part of a body. What only an event has is empty in others.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Frame {
    pub(crate) event: String,
    /// The id of this event, or of the last one that has one.
    pub(crate) id: String,
    /// Whether it is not the id of the event before.
    pub(crate) has_own_id: bool,
    pub(crate) retry: Option<Duration>,
    pub(crate) data: Bytes,
}

/// Why a body cannot be read any further, or a frame cannot be read.
#[derive(Debug)]
pub(crate) enum Flaw {
    Content(Unread),
    BrokeOff(reqwest::Error),
    TimedOut(Duration),
    TooLong(usize),
    NotText,
    /// The media type that came, and the one that was asked for.
    OtherType(String, &'static str),
}

impl Flaw {
    /// Whether the rest may come if the request is sent again.
    pub(crate) fn is_temporary(&self) -> bool {
        matches!(self, Self::BrokeOff(_) | Self::TimedOut(_))
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Content(_) => f.write_str("stream has an item that is not as documented"),
            Self::BrokeOff(_) => f.write_str("stream broke off"),
            Self::TimedOut(after) => write!(f, "stream timed out after {after:?} without data"),
            Self::TooLong(limit) => {
                write!(f, "stream has an item that is longer than the limit of {limit} bytes")
            }
            Self::NotText => f.write_str("stream is not UTF-8"),
            Self::OtherType(found, expected) => {
                write!(f, "content type is `{found}` instead of `{expected}`")
            }
        }
    }
}

impl std::error::Error for Flaw {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::BrokeOff(error) => Some(error),
            _ => None,
        }
    }
}

/// The frames of a body.
pub(crate) enum Frames {
    Events {
        events: Pin<Box<EventStream<Pieces>>>,
        /// The longest data of an event.
        limit: usize,
        last_id: String,
    },
    Records(Records),
    Chunks(Chunks),
}

impl Frames {
    /// Reads a response. The body may pause for `idle`, and a frame may have `limit` bytes; chunks have no limit.
    pub(crate) fn new(response: reqwest::Response, framing: Framing, idle: Duration, limit: usize) -> Self {
        let chunks = Chunks { idle, state: Reading::Paused(response) };
        let end = if framing == Framing::Lines { b'\n' } else { RECORD_SEPARATOR };
        match framing {
            Framing::Events => {
                let pieces = Pieces { chunks, rest: Bytes::new(), held: 0, limit };
                let events = Box::pin(EventStream::new(pieces));
                Self::Events { events, limit, last_id: String::new() }
            }
            Framing::Lines | Framing::Sequence => {
                let buffer = BytesMut::new();
                Self::Records(Records { chunks, buffer, scanned: 0, end, is_over: false, limit })
            }
            Framing::Chunks => Self::Chunks(chunks),
        }
    }

    pub(crate) fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame, Flaw>>> {
        let data = |data| Frame { data, ..Frame::default() };
        match self {
            Self::Events { events, limit, last_id } => events.as_mut().poll_next(context).map(|event| {
                Some(match event? {
                    // What came in one piece was not too much to keep.
                    Ok(event) if event.data.len() > *limit => Err(Flaw::TooLong(*limit)),
                    Ok(event) => {
                        let has_own_id = *last_id != event.id;
                        last_id.clone_from(&event.id);
                        let (event, id, retry, data) =
                            (event.event, event.id, event.retry, event.data.into());
                        Ok(Frame { event, id, has_own_id, retry, data })
                    }
                    Err(EventStreamError::Transport(flaw)) => Err(flaw),
                    // All text is a stream of events.
                    Err(EventStreamError::Utf8(_) | EventStreamError::Parser(_)) => Err(Flaw::NotText),
                })
            }),
            Self::Records(records) => records.poll_record(context).map(|record| Some(record?.map(data))),
            Self::Chunks(chunks) => chunks.poll_chunk(context).map(|chunk| Some(chunk?.map(data))),
        }
    }
}

pub(crate) const RECORD_SEPARATOR: u8 = 0x1e;

/// The chunks of a body as they arrive.
pub(crate) struct Chunks {
    idle: Duration,
    state: Reading,
}

enum Reading {
    Paused(reqwest::Response),
    Waiting(Pin<Box<dyn Future<Output = Paused> + Send>>),
    Over,
}

/// A response, and what was read of it; `None` at its end.
type Paused = (reqwest::Response, Result<Option<Bytes>, Flaw>);

impl Chunks {
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Flaw>>> {
        loop {
            match std::mem::replace(&mut self.state, Reading::Over) {
                Reading::Paused(response) => {
                    self.state = Reading::Waiting(Box::pin(chunk(response, self.idle)))
                }
                Reading::Waiting(mut waiting) => {
                    let Poll::Ready((response, outcome)) = waiting.as_mut().poll(context) else {
                        self.state = Reading::Waiting(waiting);
                        return Poll::Pending;
                    };
                    match outcome {
                        Ok(Some(chunk)) => {
                            self.state = Reading::Paused(response);
                            if !chunk.is_empty() {
                                return Poll::Ready(Some(Ok(chunk)));
                            }
                        }
                        Ok(None) => return Poll::Ready(None),
                        Err(flaw) => return Poll::Ready(Some(Err(flaw))),
                    }
                }
                Reading::Over => return Poll::Ready(None),
            }
        }
    }
}

async fn chunk(mut response: reqwest::Response, idle: Duration) -> Paused {
    let outcome = match tokio::time::timeout(idle, response.chunk()).await {
        Ok(chunk) => chunk.map_err(|error| Flaw::BrokeOff(error.without_url())),
        Err(_) => Err(Flaw::TimedOut(idle)),
    };
    (response, outcome)
}

/// The longest piece that the parser of events gets. It moves the rest of what it has at the end of each line, so that the time for a
/// chunk with many lines would grow with the square of its length.
const LONGEST_PIECE: usize = 4096;

/// Chunks in pieces, with a limit on what the parser of events has to keep of them.
pub(crate) struct Pieces {
    chunks: Chunks,
    rest: Bytes,
    /// How many bytes came after the last empty line.
    held: usize,
    limit: usize,
}

impl Stream for Pieces {
    type Item = Result<Bytes, Flaw>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let pieces = self.get_mut();
        if pieces.rest.is_empty() {
            match ready!(pieces.chunks.poll_chunk(context)) {
                Some(Ok(chunk)) => pieces.rest = chunk,
                other => return Poll::Ready(other),
            }
        }
        let piece = pieces.rest.split_to(pieces.rest.len().min(LONGEST_PIECE));
        match after_empty_line(&piece) {
            Some(after) => pieces.held = after,
            None => pieces.held += piece.len(),
        }
        if pieces.held > pieces.limit {
            (pieces.rest, pieces.chunks.state) = (Bytes::new(), Reading::Over);
            return Poll::Ready(Some(Err(Flaw::TooLong(pieces.limit))));
        }
        Poll::Ready(Some(Ok(piece)))
    }
}

/// How many bytes there are after the last empty line, with which an event ends.
fn after_empty_line(piece: &[u8]) -> Option<usize> {
    let is_end = |at: &usize| {
        let before = &piece[..*at];
        before.ends_with(b"\n\n") || before.ends_with(b"\r\r") || before.ends_with(b"\r\n\r\n")
    };
    (0..=piece.len()).rev().find(is_end).map(|at| piece.len() - at)
}

/// The records of a body that end with a byte, or with the body.
pub(crate) struct Records {
    chunks: Chunks,
    buffer: BytesMut,
    /// How many bytes of the buffer are known to have no end.
    scanned: usize,
    end: u8,
    is_over: bool,
    limit: usize,
}

impl Records {
    fn poll_record(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Flaw>>> {
        loop {
            let end = self.buffer[self.scanned..].iter().position(|byte| *byte == self.end);
            let record = match end {
                Some(at) => {
                    let record = self.buffer.split_to(self.scanned + at).freeze();
                    self.buffer.advance(1);
                    record
                }
                None if self.is_over => self.buffer.split().freeze(),
                None => {
                    self.scanned = self.buffer.len();
                    if self.scanned <= self.limit {
                        match ready!(self.chunks.poll_chunk(context)) {
                            Some(Ok(chunk)) => self.buffer.extend_from_slice(&chunk),
                            Some(Err(flaw)) => {
                                self.is_over = true;
                                self.buffer.clear();
                                self.scanned = 0;
                                return Poll::Ready(Some(Err(flaw)));
                            }
                            None => self.is_over = true,
                        }
                        continue;
                    }
                    self.buffer.split().freeze()
                }
            };
            self.scanned = 0;
            if record.len() > self.limit {
                (self.is_over, self.chunks.state) = (true, Reading::Over);
                self.buffer.clear();
                return Poll::Ready(Some(Err(Flaw::TooLong(self.limit))));
            }
            // Lines that are empty, and what is before the first record of a sequence.
            if !record.trim_ascii().is_empty() {
                return Poll::Ready(Some(Ok(record)));
            }
            if self.is_over && self.buffer.is_empty() {
                return Poll::Ready(None);
            }
        }
    }
}
