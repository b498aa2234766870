//! Standard output and standard error: no colors unless a terminal reads them, no panic when nobody reads any more, and
//! nothing that a document or a page says controls the terminal or the log of a CI job.

mod escape;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::OnceLock;

use serde_json::Value;

pub use escape::escaped;
use escape::escaped_with;

/// Why standard output could not be written; a reader that went away, such as `head`, is no failure.
static FAILURE: OnceLock<String> = OnceLock::new();

/// Writes to standard output, after [`escaped`]. `NO_COLOR` and `CLICOLOR_FORCE` are respected.
pub fn out(text: &str) {
    raw(&escaped(text));
}

/// Writes JSON to standard output: what [`escaped`] escapes can only be in strings.
pub fn json(value: &Value) {
    raw(&escaped_with(&format!("{value:#}\n"), |shown, c| {
        let mut units = [0; 2];
        c.encode_utf16(&mut units).iter().for_each(|unit| {
            let _ = write!(shown, "\\u{unit:04x}");
        });
    }));
}

/// Writes to standard output what has to stay as it is, such as source code.
pub fn raw(text: &str) {
    let mut stdout = anstream::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = FAILURE.set(format!("error: standard output: {error}"));
        }
        _ => {}
    }
}

/// A value in one line, cut off after so many characters.
pub fn short(value: &Value, longest: usize) -> String {
    let text = value.to_string();
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Writes to standard error. If that fails, there is nowhere left to say so.
pub fn err(text: &str) {
    let _ = anstream::stderr().write_all(escaped(text).as_bytes());
}

/// Fails if something could not be written to standard output.
///
/// # Errors
/// The first failure, such as a full disk.
pub fn check() -> Result<(), String> {
    FAILURE.get().map_or(Ok(()), |message| Err(message.clone()))
}

/// `println!` by way of [`out`].
#[macro_export]
macro_rules! outln {
    ($($part:tt)*) => { $crate::out(&format!("{}\n", format_args!($($part)*))) };
}

/// `eprintln!` by way of [`err`].
#[macro_export]
macro_rules! errln {
    ($($part:tt)*) => { $crate::err(&format!("{}\n", format_args!($($part)*))) };
}
