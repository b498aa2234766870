//! Standard output and standard error: colors only on a terminal, no panic on a closed pipe, and untrusted text escaped.

mod escape;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::OnceLock;

use serde_json::Value;

pub use escape::escaped;
use escape::escaped_with;

/// The first error on standard output. A closed pipe, as with `| head`, is not an error.
static FAILURE: OnceLock<String> = OnceLock::new();

/// Writes to standard output, after [`escaped`]. `NO_COLOR` and `CLICOLOR_FORCE` are respected.
pub fn out(text: &str) {
    raw(&escaped(text));
}

/// Writes JSON to standard output. Characters that [`escaped`] replaces become `\u` escapes: they occur only in strings.
pub fn json(value: &Value) {
    raw(&escaped_with(&format!("{value:#}\n"), |shown, c| {
        let mut units = [0; 2];
        c.encode_utf16(&mut units).iter().for_each(|unit| {
            let _ = write!(shown, "\\u{unit:04x}");
        });
    }));
}

/// Writes to standard output without escaping, for example source code.
pub fn raw(text: &str) {
    let mut stdout = anstream::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = FAILURE.set(format!("error: standard output: {error}"));
        }
        _ => {}
    }
}

/// A value as one line of JSON, cut off after `longest` characters.
pub fn short(value: &Value, longest: usize) -> String {
    let text = value.to_string();
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Writes to standard error, after [`escaped`]. Errors are ignored: they could not be reported anywhere.
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

/// Like `println!`, with [`out`].
#[macro_export]
macro_rules! outln {
    ($($part:tt)*) => { $crate::out(&format!("{}\n", format_args!($($part)*))) };
}

/// Like `eprintln!`, with [`err`].
#[macro_export]
macro_rules! errln {
    ($($part:tt)*) => { $crate::err(&format!("{}\n", format_args!($($part)*))) };
}
