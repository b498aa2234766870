//! A client for code without an async runtime: a thread runs the calls.

use std::fmt;
use std::future::poll_fn;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures_core::Stream;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::{
    ConfigError, Credentials, Error, Items, OneTimeCode, Operation, Paged, Pages, Response, RetryPolicy,
    Space, Verification,
};

/// A client whose calls block the thread until there is a response, for scripts and other code without an async runtime.
///
/// It dereferences to a [`relay_rest::Client`](crate::Client), whose methods build the operations to [`send`](Self::send). Clones are
/// cheap and share connections and one thread, which makes the calls of all threads at once; it ends when the last clone is dropped.
///
/// ```no_run
/// use relay_rest::{Verification, blocking::Client, types::MfaRequest};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::from_env()?;
/// let sent = client.send(client.request_mfa_sms().body(MfaRequest::builder().to("+14043287382")))?;
///
/// let mut code = String::new();
/// std::io::stdin().read_line(&mut code)?;
/// if client.verify(&sent.id, code.trim())? == Verification::Verified {
///     println!("welcome");
/// }
/// # Ok(())
/// # }
/// ```
///
/// A client with other settings is built as [`relay_rest::Client`](crate::Client), and then converted:
///
/// ```
/// use std::time::Duration;
/// use relay_rest::{Client, Credentials, blocking};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let credentials = Credentials::new("project-id", "PT-token")?;
/// let client = Client::builder(&"acme".parse()?, credentials).timeout(Duration::from_secs(5)).build()?;
/// let client = blocking::Client::try_from(client)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    client: crate::Client,
    runtime: Arc<Runtime>,
}

impl Client {
    /// Builds a client of `space` with the default settings.
    ///
    /// # Errors
    /// Returns an error if TLS cannot be set up, or the thread cannot be started.
    pub fn new(space: &Space, credentials: Credentials) -> Result<Self, ConfigError> {
        crate::Client::new(space, credentials)?.try_into()
    }

    /// Builds a client from `SIGNALWIRE_SPACE`, `SIGNALWIRE_PROJECT_ID` and `SIGNALWIRE_API_TOKEN`.
    ///
    /// # Errors
    /// Returns an error that names all variables that are missing or empty, or one that is invalid, or if TLS cannot be set up or the
    /// thread cannot be started.
    pub fn from_env() -> Result<Self, ConfigError> {
        crate::Client::from_env()?.try_into()
    }

    /// Sends an operation, and waits for the response. The timeout is that of the client which built the operation.
    ///
    /// # Errors
    /// The same as `send` of the builder. Besides, it is an [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) to call it in a
    /// task of a tokio runtime, which it would block; `tokio::task::spawn_blocking` may call it.
    pub fn send<O: Operation>(&self, operation: O) -> Result<Response<O::Response>, Error> {
        self.runtime.run(O::NAME, operation.send())
    }

    /// Returns the pages of a list, which are requested when they are needed. After an error there are no more.
    ///
    /// # Errors
    /// Each of the iterator's values is a page or an error: those of [`Pages`] and [`send`](Self::send).
    pub fn pages<O: Paged>(&self, list: O) -> Iter<Pages<O>> {
        self.iter(Pages::new(list))
    }

    /// Returns the items of all pages of a list, as [`pages`](Self::pages).
    ///
    /// # Errors
    /// Each of the iterator's values is an item or an error.
    pub fn items<O: Paged>(&self, list: O) -> Iter<Items<O>> {
        self.iter(Items::new(list))
    }

    /// Sends an operation, and returns its response as an iterator of what it streams, as `stream` of the builder.
    ///
    /// # Errors
    /// The same as `stream` of the builder and [`send`](Self::send). Each of the iterator's values is an item or an error.
    #[cfg(feature = "streams")]
    pub fn stream<O: crate::Streamed>(&self, operation: O) -> Result<Iter<crate::ResponseStream<O>>, Error> {
        Ok(self.iter(self.runtime.run(O::NAME, operation.stream())?))
    }

    fn iter<S>(&self, stream: S) -> Iter<S> {
        Iter { stream: Some(stream), runtime: Arc::clone(&self.runtime) }
    }

    /// Verifies the code that a person received, as [`relay_rest::Client::verify`](crate::Client::verify).
    ///
    /// # Errors
    /// The same as that method and [`send`](Self::send).
    pub fn verify(
        &self,
        request_id: impl TryInto<Uuid, Error: fmt::Display>,
        code: impl Into<OneTimeCode>,
    ) -> Result<Verification, Error> {
        crate::mfa::verification(self.send(self.client.verification(request_id, code)))
    }

    /// Returns a client with another timeout, which shares everything else.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        self.with(self.client.with_timeout(timeout))
    }

    /// Returns a client with another retry policy, or none, which shares everything else.
    #[must_use]
    pub fn with_retry(&self, retry: impl Into<Option<RetryPolicy>>) -> Self {
        self.with(self.client.with_retry(retry))
    }

    /// Returns a client for another space or project that shares the thread, connections and settings, as
    /// [`relay_rest::Client::with_credentials`](crate::Client::with_credentials).
    #[must_use]
    pub fn with_credentials(&self, space: &Space, credentials: Credentials) -> Self {
        self.with(self.client.with_credentials(space, credentials))
    }

    fn with(&self, client: crate::Client) -> Self {
        Self { client, runtime: Arc::clone(&self.runtime) }
    }
}

/// The pages of a list, their items or those of a stream, from the methods of [`Client`].
#[must_use = "nothing is requested unless it is iterated"]
pub struct Iter<S> {
    /// `None` after the thread of the client has ended.
    stream: Option<S>,
    runtime: Arc<Runtime>,
}

impl<S, T> Iterator for Iter<S>
where
    S: Stream<Item = Result<T, Error>> + Named + Send + Unpin + 'static,
    T: Send + 'static,
{
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut stream = self.stream.take()?;
        let next = self.runtime.run(S::NAME, async move {
            let next = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await;
            Ok((stream, next))
        });
        match next {
            Ok((stream, next)) => {
                self.stream = Some(stream);
                next
            }
            Err(error) => Some(Err(error)),
        }
    }
}

impl<S> fmt::Debug for Iter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}

/// A stream of what an operation returns, with its name for errors.
pub trait Named {
    #[doc(hidden)]
    const NAME: &'static str;
}

impl<O: Paged> Named for Pages<O> {
    const NAME: &'static str = O::NAME;
}

impl<O: Paged> Named for Items<O> {
    const NAME: &'static str = O::NAME;
}

#[cfg(feature = "streams")]
impl<O: crate::Streamed> Named for crate::ResponseStream<O> {
    const NAME: &'static str = O::NAME;
}

/// Starts a thread for the calls of a client.
impl TryFrom<crate::Client> for Client {
    type Error = ConfigError;

    fn try_from(client: crate::Client) -> Result<Self, ConfigError> {
        let runtime = Runtime::start().map_err(ConfigError::Thread)?;
        Ok(Self { client, runtime: Arc::new(runtime) })
    }
}

impl Deref for Client {
    type Target = crate::Client;

    fn deref(&self) -> &crate::Client {
        &self.client
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)
    }
}

/// A thread with a runtime, which ends when this is dropped.
struct Runtime {
    handle: Handle,
    /// Ends the thread when it is dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Runtime {
    fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("relay-rest".to_owned()).spawn(move || {
            let _ = runtime.block_on(stopped);
            // Does not wait for a lookup of a host, which cannot be interrupted.
            runtime.shutdown_background();
        })?;
        Ok(Self { handle, stop: Some(stop), thread: Some(thread) })
    }

    /// Runs a call on the thread, and waits for its outcome.
    fn run<T: Send + 'static>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        if is_in_task() {
            const REASON: &str = "blocking client used inside an async runtime; use `relay_rest::Client`";
            return Err(Error::invalid_request(REASON).of(operation));
        }
        // Events of the call belong to the caller's span and subscriber.
        #[cfg(feature = "tracing")]
        let call = {
            use tracing::instrument::{Instrument as _, WithSubscriber as _};
            call.in_current_span().with_current_subscriber()
        };
        let (sender, outcome) = std::sync::mpsc::sync_channel(1);
        // If the call panics, or the runtime has ended, the sender is dropped.
        self.handle.spawn(async move {
            let _ = sender.send(call.await);
        });
        outcome.recv().unwrap_or_else(|_| Err(Error::lost(operation)))
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        drop(self.stop.take());
        let own = |thread: &JoinHandle<()>| thread.thread().id() == thread::current().id();
        if let Some(thread) = self.thread.take().filter(|thread| !own(thread)) {
            let _ = thread.join();
        }
    }
}

/// Whether a task of a tokio runtime is running on this thread, which must not be blocked; not so in `spawn_blocking` or `block_in_place`.
///
/// tokio has no function for this, and whatever blocks panics. But each task may receive only so many values before it has to
/// yield: then even a closed channel is pending ("cooperative scheduling", `tokio::task::coop`). Elsewhere there is no such limit.
fn is_in_task() -> bool {
    let (_, mut closed) = mpsc::channel::<()>(1);
    let mut context = Context::from_waker(Waker::noop());
    // The limit is a `u8`.
    Handle::try_current().is_ok() && (0..=u8::MAX).any(|_| closed.poll_recv(&mut context).is_pending())
}
