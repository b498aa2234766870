//! The client that is shipped in `openapi/`, for builds without the feature `generate`; `cargo xtask generate` writes it anew.

use std::path::{Path, PathBuf};

use output::{errln, outln};
use relay_rest_codegen::{Generated, mocks};

use super::replace::Replacer;
use super::stage::Change;
use crate::vendored::{CLIENT, DOCUMENT, MOCKS, OVERLAY, first_line};
use crate::{files, generator, problems};

/// The command line.
#[derive(clap::Args)]
pub(crate) struct GenerateOptions {
    /// The checkout whose client it is; by default the one that xtask was built from.
    #[arg(long, value_name = "PATH")]
    tree: Option<PathBuf>,
}

/// The texts of the shipped files.
#[derive(PartialEq)]
pub(crate) struct Shipped {
    client: String,
    mocks: String,
}

/// Generates the shipped client of a checkout anew.
///
/// # Errors
/// A file cannot be read or written, or no client can be generated.
pub(crate) fn generate(root: &Path, options: &GenerateOptions) -> Result<(), String> {
    let root = options.tree.as_deref().unwrap_or(root);
    let (replacer, warnings) = Replacer::new(&folder(root), &[CLIENT, MOCKS].map(name))?;
    warnings.iter().for_each(|warning| errln!("{warning}"));
    let [document, overlay] = [DOCUMENT, OVERLAY].map(|file| files::read_below(root, file));
    let (document, overlay) = (document?, overlay?);
    let failed = |found: Vec<_>| problems::lines("error", &found, problems::VENDORED);
    let generated =
        relay_rest_codegen::generate(&document, &overlay, &generator::settings()).map_err(failed)?;
    let (old, new) = (Shipped::read(root)?, Shipped::of([&document, &overlay], &generated)?);
    if old == new {
        outln!("{CLIENT} and {MOCKS} are up to date");
        return Ok(());
    }
    for warning in replacer.replace(&old.changes(&new))? {
        errln!("{warning}");
    }
    outln!("{CLIENT} and {MOCKS} are written");
    Ok(())
}

impl Shipped {
    /// Those of a checkout; empty where a file does not exist.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let read = |file| match root.join(file).exists() {
            true => files::read_below(root, file),
            false => Ok(String::new()),
        };
        Ok(Self { client: read(CLIENT)?, mocks: read(MOCKS)? })
    }

    /// Those of a client that was generated from a document and its overlay.
    ///
    /// # Errors
    /// An operation has no mock.
    pub(super) fn of(inputs: [&str; 2], generated: &Generated) -> Result<Self, String> {
        let mocks = mocks(generated).map_err(|found| problems::lines("error", &found, problems::VENDORED))?;
        let [document, overlay] = inputs;
        let first_line = first_line([document, overlay, SETTINGS], env!("CARGO_PKG_VERSION"));
        Ok(Self {
            client: format!("{first_line}\n{}", generated.source),
            mocks: format!("{first_line}\n{mocks}"),
        })
    }

    /// The same code for another version of the pipeline.
    ///
    /// # Errors
    /// The document or its overlay cannot be read.
    pub(crate) fn of_version(&self, root: &Path, version: &str) -> Result<Self, String> {
        let [document, overlay] = [DOCUMENT, OVERLAY].map(|file| files::read_below(root, file));
        let first_line = first_line([&document?, &overlay?, SETTINGS], version);
        let with_line = |text: &str| {
            let (_, code) = text.split_once('\n').unwrap_or_default();
            format!("{first_line}\n{code}")
        };
        Ok(Self { client: with_line(&self.client), mocks: with_line(&self.mocks) })
    }

    /// Whether a checkout has them.
    pub(crate) fn is_there(&self) -> bool {
        !self.client.is_empty()
    }

    /// The files with their texts.
    pub(crate) fn files(&self) -> [(&'static str, &str); 2] {
        [(CLIENT, &self.client), (MOCKS, &self.mocks)]
    }

    /// What has to be done to the folder to have the new ones.
    pub(super) fn changes<'a>(&'a self, new: &'a Self) -> [Change<'a>; 2] {
        [
            Change { name: name(CLIENT), old: &self.client, new: &new.client },
            Change { name: name(MOCKS), old: &self.mocks, new: &new.mocks },
        ]
    }
}

/// The settings that `generator` has.
const SETTINGS: &str = include_str!("../../../src/generator.rs");

/// The folder of the vendored document.
pub(super) fn folder(root: &Path) -> PathBuf {
    root.join(DOCUMENT).parent().map(Path::to_owned).unwrap_or_default()
}

/// The file name of a path.
pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
