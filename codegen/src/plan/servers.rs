//! The servers of a document and of its operations.

/// The servers of an operation that it can be sent to beside that of the client.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OwnServers {
    pub servers: Servers,
    /// Whether the document's first server is one of them, so that the base URL of the client is one as well.
    pub has_base_url: bool,
    /// The name of the setter in Rust.
    pub setter: String,
}

/// Servers to choose from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Servers {
    /// The name of the enum.
    pub name: String,
    pub all: Vec<ServerPlan>,
}

/// A Server Object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ServerPlan {
    /// The name of the variant.
    pub name: String,
    /// The name of the type that has the values of its variables, if it has some.
    pub of_variables: String,
    /// The URL, placeholders and all.
    pub url: String,
    /// The description, in CommonMark; empty without one.
    pub description: String,
    /// In the order of the URL.
    pub variables: Vec<ServerVariable>,
}

/// A Server Variable Object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ServerVariable {
    /// The name in the URL.
    pub name: String,
    /// The name of its setter.
    pub ident: String,
    /// The description, in CommonMark; empty without one.
    pub description: String,
    /// The value without a choice; `None` if the document does not declare the variable.
    pub default: Option<String>,
    /// The type of its values and their variants, if the document lists them.
    pub values: Option<(String, Vec<(String, String)>)>,
}
