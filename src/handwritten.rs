//! The names that generated code uses, all in one place: what `codegen/README.md` calls the handwritten module.
//! Knows where each of them is; must not know what they do.

pub(crate) use crate::bounded::Bounded;
pub(crate) use crate::client::Client;
pub(crate) use crate::e164::E164;
pub(crate) use crate::error::Error;
#[allow(unused_imports, reason = "what a document needs of it depends on its operations")]
pub(crate) use crate::exchange::{Operation, bytes, decode, json, nothing, send};
#[allow(unused_imports, reason = "only an operation whose body is a form needs it")]
pub(crate) use crate::form::form;
pub(crate) use crate::one_segment::OneSegment;
pub(crate) use crate::one_time_code::OneTimeCode;
#[allow(unused_imports, reason = "only an operation with parameters in its path needs it")]
pub(crate) use crate::path_segment::encode_path;
pub(crate) use crate::response::Response;
