//! Guides: how to send codes in production, and what the types mean.
//!
//! # Sending codes in production
//!
//! **Build one client and share it.** Building one reads the certificates of the operating system and opens a pool of connections. A
//! clone of a [`Client`](crate::Client) costs nothing and shares both.
//!
//! **`success: true` means queued**, not delivered. SignalWire sends at limited rates (by its page "Rate limits" of August 2026: calls 1
//! per second; messages 3 per second from a toll-free number, 4 from a 10DLC number, 10 from a short code) from a queue of up to
//! 10,000 each, which can take longer than a code is valid: set `valid_for` accordingly, and do not offer "send again" at once.
//!
//! **Send nothing twice.** After a timeout or a broken connection the message may be on its way
//! ([`Sent::Unknown`](crate::Sent::Unknown)): a second one confuses people and costs again. SignalWire's pages advise that a 5xx can be
//! retried safely; for a code it is not safe, so that a [`RetryPolicy`](crate::RetryPolicy) repeats only what certainly did nothing.
//!
//! **Set `from` with a `message` of your own.** An older page of SignalWire's requires it, and the present one does not say. A message
//! is your text, a blank and the code: write no `{code}` or `{{code}}` into it, which is sent as it is.
//! [`MfaRequest::check_one_segment`](crate::types::MfaRequest::check_one_segment) checks that all of it is one SMS.
//!
//! **Limit your users.** The API counts attempts for one code ([`Verification::Gone`](crate::Verification::Gone) when there are none left) and
//! not how many codes somebody asks for: limit those for each number, account and address, or strangers send at your expense.
//!
//! **Log the request id.** It is in the text of every error that has one, and [`Response::request_id`](crate::Response::request_id)
//! has it for successes: SignalWire's support asks for it.
//!
//! # Many tenants
//!
//! [`Client::with_credentials`](crate::Client::with_credentials) makes a client for another project or space that shares connections and
//! settings:
//!
//! ```
//! use relay_rest::{Client, ConfigError, Credentials};
//!
//! struct Tenant {
//!     space: String,
//!     project_id: String,
//!     token: String,
//! }
//!
//! fn client_of(shared: &Client, tenant: &Tenant) -> Result<Client, ConfigError> {
//!     let credentials = Credentials::new(&*tenant.project_id, &*tenant.token)?;
//!     Ok(shared.with_credentials(&tenant.space.parse()?, credentials))
//! }
//! ```
//!
//! # Blocking code
//!
//! Calls need a tokio runtime, such as `Builder::new_current_thread().enable_all().build()?`. Keep it beside the client, for it drives the
//! connections between calls:
//!
//! ```no_run
//! use relay_rest::{Client, Error, Operation, Response};
//! use tokio::runtime::Runtime;
//!
//! struct Blocking {
//!     client: Client,
//!     runtime: Runtime,
//! }
//!
//! impl Blocking {
//!     fn send<O: Operation>(&self, operation: O) -> Result<Response<O::Response>, Error> {
//!         self.runtime.block_on(operation.send())
//!     }
//! }
//! ```
//!
//! [`Client::verify`](crate::Client::verify) is no operation of its own: `self.runtime.block_on(self.client.verify(id, code))`. Both panic
//! inside another runtime; there, use `.await`.
//!
//! # Absent and null
//!
//! An optional property is an `Option`: `None` is not sent, and what a response does not have is `None`. A property that may also be
//! `null` is an `Option<Option<_>>`: `None` is absent, `Some(None)` is `null`. Its setter takes a value, and `name_null()` sets `null`.
//!
//! # What later versions of the API change
//!
//! | SignalWire adds | a program that is built | a build with the new document |
//! |---|---|---|
//! | a property of a response | ignores it; [`Response::raw_body`](crate::Response::raw_body) has it | compiles: types are `#[non_exhaustive]` |
//! | an optional property of a request | does not send it | compiles: requests have builders |
//! | a value of an enum in a response | reads it as `Unknown`, with the value | compiles: enums are `#[non_exhaustive]` |
//! | an error status, or a body for one | reports the status; the body is kept | compiles: `ErrorBody` is `#[non_exhaustive]` |
//! | a status of success (2xx) | takes it for a success | compiles |
//! | an operation | does not know it | compiles: an operation called as a method of [`Client`](crate::Client) gets the suffix `_operation` |
