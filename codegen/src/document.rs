//! Reads OpenAPI and JSON Schema: the single place that interprets documents.
//!
//! Not part of the public API: it serves the pipeline and the tools for maintainers.

pub mod bundle;
pub mod graph;
pub mod keywords;
pub mod later;
pub mod media_type;
pub mod parse;
pub mod pointer;
pub mod references;
pub mod resolve;
pub mod slice;
pub mod standalone;
pub mod token;
pub mod types;
pub mod uri;
pub(crate) mod validate;
pub mod version;
pub mod walk;

/// The keywords of a schema that is an object.
pub(crate) type Schema = serde_json::Map<String, serde_json::Value>;

pub use bundle::one_file;
pub use keywords::{is_annotation, is_documentation, is_extension, keyword};
pub use pointer::Pointer;
pub use resolve::{bundle, resolve};
pub use slice::Selection;
pub use standalone::standalone;
pub use types::Types;
pub use version::Version;
pub use walk::{Kind, METHODS};
