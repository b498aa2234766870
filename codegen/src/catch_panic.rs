//! Runs code that may panic or recurse deeply, and turns a panic into an error.

use std::cell::RefCell;
use std::io;
use std::panic::{self, PanicHookInfo};
use std::sync::Once;
use std::thread::{self, Builder, Scope, ScopedJoinHandle};

/// Enough for schemas nested as deep as the YAML reader lets through; the pages are only reserved.
const STACK_BYTES: usize = 256 << 20;

thread_local! {
    /// The panic message of this thread, while it is guarded.
    static GUARDED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Work on a thread of its own with a large stack.
pub(crate) struct Started<'s, T>(io::Result<ScopedJoinHandle<'s, T>>);

/// Starts `work`, which may recurse as deep as a document is nested.
pub(crate) fn start<'s, T: Send + 's>(
    scope: &'s Scope<'s, '_>,
    work: impl FnOnce() -> T + Send + 's,
) -> Started<'s, T> {
    Started(Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work))
}

/// Runs `work`, which may recurse as deep as a document is nested.
///
/// # Errors
/// The thread could not be started.
pub(crate) fn run<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    thread::scope(|scope| start(scope, work).join())
}

impl<T> Started<'_, T> {
    /// Returns the result of the work, or resumes its panic.
    ///
    /// # Errors
    /// The thread could not be started.
    pub(crate) fn join(self) -> Result<T, String> {
        let thread = self.0.map_err(|error| format!("no thread could be started: {error}"))?;
        Ok(thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic)))
    }
}

/// Runs code that may panic on the content of a document.
///
/// # Errors
/// The message and the location of a panic, in one line; nothing is printed.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    install_hook();
    let around = GUARDED.replace(Some(String::new()));
    let outcome = panic::catch_unwind(panic::AssertUnwindSafe(work));
    let message = GUARDED.replace(around);
    outcome.map_err(|_| message.unwrap_or_default())
}

/// Installs a hook once per process that stores the message of a guarded thread, and calls the previous hook for all others.
fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let is_guarded =
                GUARDED.with_borrow_mut(|message| message.as_mut().map(|message| *message = describe(info)));
            if is_guarded.is_none() {
                before(info);
            }
        }));
    });
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    let message = owned.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    match info.location() {
        Some(place) => {
            let file = place.file().rsplit(['/', '\\']).next().unwrap_or_default();
            format!("{message} ({file}:{})", place.line())
        }
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_place() {
        let error = catch(|| panic!("not\n implemented")).expect_err("it panics");
        assert!(error.starts_with("not implemented (catch_panic.rs:"), "{error}");
    }

    #[test]
    fn what_is_guarded_may_guard_in_turn() {
        let error = catch(|| {
            assert_eq!(
                catch(|| panic!("inner")).map_err(|error| error.contains("inner")),
                Err::<(), _>(true)
            );
            panic!("outer")
        });
        assert!(error.is_err_and(|error: String| error.starts_with("outer (")));
    }

    #[test]
    fn a_value_comes_through_a_large_stack() {
        fn deep(levels: usize) -> usize {
            let frame = std::hint::black_box([levels; 512]);
            if levels == 0 { 0 } else { deep(levels - 1) + usize::from(frame[0] > 0) }
        }
        assert_eq!(std::thread::scope(|scope| start(scope, || deep(20_000)).join()), Ok(20_000));
    }

    #[test]
    fn a_panic_that_nobody_guards_against_goes_on() {
        let joined = || std::thread::scope(|scope| start(scope, || panic!("ours")).join());
        let error = catch(|| catch(joined).and_then(|outcome: Result<(), String>| outcome));
        assert_eq!(error, Ok(Err(String::new())));
    }
}
