//! Runs code that panics or recurses on the content of a document, and turns that into an error.
//! Knows threads and panics; must not know which generator it guards.

use std::cell::RefCell;
use std::panic::{self, PanicHookInfo};
use std::sync::Once;
use std::thread;

/// Enough for schemas nested as deep as the YAML reader lets through; the pages are only reserved.
const STACK_BYTES: usize = 256 << 20;

thread_local! {
    /// The panic message of this thread, where this thread is guarded.
    static GUARDED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `work` on a thread of its own with a large stack.
///
/// # Errors
/// The message and place of a panic, in one line; nothing is printed.
pub(crate) fn run<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    install_hook();
    let guarded = move || {
        GUARDED.set(Some(String::new()));
        panic::catch_unwind(panic::AssertUnwindSafe(work)).map_err(|_| GUARDED.take().unwrap_or_default())
    };
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, guarded);
        let joined = thread.map(thread::ScopedJoinHandle::join);
        match joined {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err("the thread ended without a message".to_owned()),
            Err(error) => Err(format!("no thread could be started: {error}")),
        }
    })
}

/// Once per process: guarded threads keep their message to themselves, all others panic as before.
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
        let error = run(|| panic!("not\n implemented")).expect_err("it panics");
        assert!(error.starts_with("not implemented (guard.rs:"), "{error}");
    }

    #[test]
    fn a_value_comes_through() {
        assert_eq!(run(|| 7), Ok(7));
    }
}
