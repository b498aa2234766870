//! `cargo xtask expand` and `outline`: generates the client of a document.

use std::path::{Path, PathBuf};

use relay_rest_codegen::{generate, generate_from, parse};

use crate::related::Elsewhere;
use crate::slice::Slice;
use crate::{generator, problems, source};

/// The command line.
#[derive(clap::Args)]
pub(crate) struct ExpandOptions {
    /// The document: a file, a URL, or a revision of git, alone or as REV:PATH; by default the vendored one with its overlay.
    #[arg(value_name = "DOCUMENT", conflicts_with = "tree")]
    document: Option<String>,
    /// The checkout whose vendored document it is.
    #[arg(long, value_name = "PATH")]
    tree: Option<PathBuf>,
}

/// Generates the source of the client.
///
/// # Errors
/// The document cannot be read, or no client can be generated from it.
pub(crate) fn source(root: &Path, options: &ExpandOptions) -> Result<String, String> {
    let tree = options.tree.as_deref().unwrap_or(root).display().to_string();
    let source = options.document.as_deref().unwrap_or(&tree);
    let side = source::load_side(root, source, &Slice::default(), &Elsewhere::Nothing)?;
    let whole = side.one_file()?;
    let settings = generator::settings();
    let generated = match &side.overlay {
        Some(overlay) => {
            let text = whole.map_or(side.text, |whole| whole.to_string());
            generate(&text, &overlay.text, &settings)
        }
        None => {
            let document = whole.map_or_else(|| parse(&side.text), Ok);
            let document = document.map_err(|reason| format!("error: {}: {reason}", side.name))?;
            generate_from(document, &settings)
        }
    };
    let files = [&*side.file, side.overlay.as_ref().map_or(&side.file, |overlay| &overlay.file)];
    let generated = generated.map_err(|problems| problems::lines("error", &problems, files))?;
    output::err(&problems::lines("relaxed", &generated.problems, files));
    Ok(generated.source)
}
