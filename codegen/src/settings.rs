//! What the caller of the pipeline decides: the handwritten code that generated code leans on.
//! Knows Rust names; must not know any document.

/// The handwritten Rust that generated code uses. `codegen/README.md` lists what has to be there.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The path of the module that has all of it, as seen from the generated code: `crate::handwritten`.
    pub module: String,
    /// Which type of that module stands for a string with a given `format`, as `(format, type)`.
    ///
    /// The type must hold every other constraint of the schema itself: they are not checked anywhere else.
    pub formats: Vec<(String, String)>,
    /// The type `Bounded<const MIN: i64, const MAX: i64>` of that module, for bounded integers in requests.
    pub bounded_integer: String,
    /// Whether to go on without an operation or a schema that cannot be generated. Each one is reported.
    pub skip_unsupported: bool,
}
