//! The body of a form with content that is read while it is sent.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, ReadBuf};

use crate::file::{BoxError, BoxStream};

/// How much is read of a file at once.
const BUFFER: usize = 64 << 10;

/// A file on disk that is being opened.
type Opening = Pin<Box<dyn Future<Output = io::Result<tokio::fs::File>> + Send>>;

/// A part of the body that is read in one way.
pub(super) enum Piece {
    Bytes(Bytes),
    Stream(BoxStream, Left),
    Path(Arc<Path>, Left),
    Opening(Arc<Path>, Opening, Left),
    File(Arc<Path>, tokio::fs::File, Left),
}

/// How many bytes must still come, if it is known.
#[derive(Clone, Copy)]
pub(super) struct Left(Option<u64>);

impl Left {
    /// Counts bytes that have come.
    fn minus(&mut self, count: usize) -> Result<(), BoxError> {
        let Some(left) = &mut self.0 else { return Ok(()) };
        *left = left.checked_sub(count as u64).ok_or("there is more content than the length says")?;
        Ok(())
    }

    fn is_complete(self) -> Result<(), BoxError> {
        match self.0 {
            Some(left) if left > 0 => Err(format!("the content ended {left} bytes too early").into()),
            _ => Ok(()),
        }
    }
}

impl Piece {
    pub(super) fn of_stream(stream: BoxStream, length: Option<u64>) -> Self {
        Self::Stream(stream, Left(length))
    }

    pub(super) fn of_path(path: &Arc<Path>, length: Option<u64>) -> Self {
        Self::Path(Arc::clone(path), Left(length))
    }

    /// The length of what is in memory.
    pub(super) fn in_memory(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            _ => 0,
        }
    }

    /// The length, if it is known.
    pub(super) fn length(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Stream(_, left)
            | Self::Path(_, left)
            | Self::Opening(_, _, left)
            | Self::File(_, _, left) => left.0,
        }
    }

    /// Reads some bytes; none at the end.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, BoxError>> {
        loop {
            match self {
                Self::Bytes(bytes) if bytes.is_empty() => return Poll::Ready(Ok(None)),
                Self::Bytes(bytes) => return Poll::Ready(Ok(Some(std::mem::take(bytes)))),
                Self::Stream(stream, left) => {
                    let Some(bytes) = ready!(stream.as_mut().poll_next(context)).transpose()? else {
                        return Poll::Ready(left.is_complete().map(|()| None));
                    };
                    left.minus(bytes.len())?;
                    if !bytes.is_empty() {
                        return Poll::Ready(Ok(Some(bytes)));
                    }
                }
                Self::Path(path, left) => {
                    let opening: Opening = Box::pin(tokio::fs::File::open(path.to_path_buf()));
                    *self = Self::Opening(Arc::clone(path), opening, *left);
                }
                Self::Opening(path, opening, left) => {
                    let file =
                        ready!(opening.as_mut().poll(context)).map_err(|error| unreadable(path, &error))?;
                    *self = Self::File(Arc::clone(path), file, *left);
                }
                Self::File(path, file, left) => {
                    let mut buffer = vec![0; BUFFER];
                    let mut read = ReadBuf::new(&mut buffer);
                    let filled = Pin::new(file).poll_read(context, &mut read);
                    ready!(filled).map_err(|error| unreadable(path, &error))?;
                    let count = read.filled().len();
                    buffer.truncate(count);
                    let counted = if count == 0 { left.is_complete() } else { left.minus(count) };
                    counted.map_err(|reason| format!("the file {}: {reason}", path.display()))?;
                    return Poll::Ready(Ok((count > 0).then(|| buffer.into())));
                }
            }
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> BoxError {
    format!("the file {} cannot be read: {error}", path.display()).into()
}

/// The pieces that were not sent yet.
pub(super) struct FormBody {
    /// A body must be `Sync`, which streams are not. Nobody else has the lock.
    pieces: Mutex<VecDeque<Piece>>,
    is_done: bool,
    /// How many bytes are not sent yet, if it is known.
    left: Option<u64>,
}

impl FormBody {
    pub(super) fn new(pieces: Vec<Piece>, length: Option<u64>) -> Self {
        Self { pieces: Mutex::new(pieces.into()), is_done: false, left: length }
    }
}

impl http_body::Body for FormBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        let pieces = this.pieces.get_mut().unwrap_or_else(PoisonError::into_inner);
        while let Some(piece) = pieces.front_mut() {
            match ready!(piece.poll(context)) {
                Ok(Some(bytes)) => {
                    this.left = this.left.map(|left| left.saturating_sub(bytes.len() as u64));
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                Ok(None) => _ = pieces.pop_front(),
                Err(error) => {
                    pieces.clear();
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        this.is_done = true;
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.is_done
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
