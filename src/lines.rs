//! Writes bodies of JSON values one after another: a value on each line, or a JSON text sequence (RFC 7464).
//! Uses `src/frames.rs`, `src/setter.rs` and crates alone: the scratch crate of `xtask check` compiles this file as well.

use std::io::{Result, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::frames::{Framing, RECORD_SEPARATOR};
use crate::setter::ConversionError;

/// `[{"a": 1}, [2, 3]]` ⇒ `{"a":1}⏎[2,3]⏎`
///
/// The body is in memory, so that it can be sent again.
///
/// # Errors
/// A value cannot be serialized.
pub(crate) fn lines(
    values: &impl Serialize,
    framing: Framing,
) -> std::result::Result<Vec<u8>, ConversionError> {
    let mut body = Vec::new();
    let formatter = Apart { framing, depth: 0 };
    let written = values.serialize(&mut Serializer::with_formatter(&mut body, formatter));
    written.map_err(|error| error.to_string())?;
    Ok(body)
}

/// Writes the items of the outermost list apart from each other, and everything else as compact JSON, which has no line breaks.
struct Apart {
    framing: Framing,
    /// How many lists the next value is in.
    depth: usize,
}

impl Formatter for Apart {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.depth += 1;
        if self.depth > 1 { writer.write_all(b"[") } else { Ok(()) }
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.depth -= 1;
        if self.depth > 0 { writer.write_all(b"]") } else { Ok(()) }
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, is_first: bool) -> Result<()> {
        match (self.depth, self.framing) {
            (1, Framing::Sequence) => writer.write_all(&[RECORD_SEPARATOR]),
            (1, _) => Ok(()),
            _ if is_first => Ok(()),
            _ => writer.write_all(b","),
        }
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        if self.depth == 1 { writer.write_all(b"\n") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
