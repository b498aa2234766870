//! Standard output and standard error: no colors unless a terminal reads them, and no panic when nobody reads any more.

use std::io::{self, Write};
use std::sync::OnceLock;

/// Why standard output could not be written; a reader that went away, such as `head`, is no failure.
static FAILURE: OnceLock<String> = OnceLock::new();

/// Writes to standard output. `NO_COLOR` and `CLICOLOR_FORCE` are respected.
pub(crate) fn out(text: &str) {
    let mut stdout = anstream::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = FAILURE.set(format!("error: standard output: {error}"));
        }
        _ => {}
    }
}

/// Writes to standard error. If that fails, there is nowhere left to say so.
pub(crate) fn err(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// Fails if something could not be written to standard output.
///
/// # Errors
/// The first failure, such as a full disk.
pub(crate) fn check() -> Result<(), String> {
    FAILURE.get().map_or(Ok(()), |message| Err(message.clone()))
}

/// `println!` by way of [`out`].
macro_rules! outln {
    ($($part:tt)*) => { $crate::output::out(&format!("{}\n", format_args!($($part)*))) };
}

/// `eprintln!` by way of [`err`].
macro_rules! errln {
    ($($part:tt)*) => { $crate::output::err(&format!("{}\n", format_args!($($part)*))) };
}

pub(crate) use {errln, outln};
