//! What the caller of the pipeline decides: the handwritten code that generated code leans on.
//! Knows Rust names; must not know any document.

use syn::{Ident, Path};

/// The handwritten Rust that generated code uses. `codegen/README.md` lists what has to be there.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The path of the module that has all of it, from the crate's name on: `relay_rest::handwritten`.
    ///
    /// The crate of the generated code has to know itself by that name: `extern crate self as relay_rest;`.
    pub module: String,
    /// Which type of that module stands for a string with a given `format`, as `(format, type)`.
    ///
    /// The type must hold every other constraint of the schema itself: they are not checked anywhere else.
    pub formats: Vec<(String, String)>,
    /// The type `Bounded<const MIN: i64, const MAX: i64>` of that module, for bounded integers in requests.
    pub bounded_integer: String,
    /// The methods and associated functions of the handwritten types that generated code adds a method for each operation to:
    /// `Client` and the server for mocks. An operation with such a name is renamed.
    pub reserved_methods: Vec<String>,
    /// Whether to go on without an operation or a schema that cannot be generated. Each one is reported.
    pub skip_unsupported: bool,
}

impl Settings {
    /// The crate that [`Settings::module`] is in.
    pub(crate) fn crate_name(&self) -> &str {
        self.module.split("::").next().unwrap_or_default()
    }

    /// The path of the module wherever the generated code has it; none where it does not begin with the name of a crate.
    pub(crate) fn module_path(&self) -> Option<Path> {
        // `crate` and the like are no identifiers.
        syn::parse_str::<Ident>(self.crate_name()).ok()?;
        syn::parse_str(&format!("::{}", self.module)).ok()
    }
}
