//! The selected operations of a document, on the command line and in the record.

use relay_rest_codegen::document::Selection;
use serde::{Deserialize, Serialize};

/// Selects operations that match an entry of every list that is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(crate) struct Slice {
    /// Keep operations whose path begins with these segments, such as /mfa.
    #[arg(long, value_name = "PREFIX")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) paths: Vec<String>,
    /// Keep operations with one of these tags.
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<String>,
    /// Keep operations with one of these operationIds.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) operations: Vec<String>,
    /// Move this prefix of every path into the URL of the server.
    #[arg(long, value_name = "PREFIX")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) strip_prefix: Option<String>,
}

impl Slice {
    /// Whether the whole document is selected, unchanged.
    pub(crate) fn is_whole(&self) -> bool {
        *self == Self::default()
    }

    /// Converts to the pipeline's type, which has no command line. Paths are compared before a prefix is stripped.
    pub(crate) fn selection(&self) -> Selection {
        let Self { paths, tags, operations, strip_prefix } = self.clone();
        Selection { paths, tags, operations, strip_prefix, ..Selection::default() }
    }
}
