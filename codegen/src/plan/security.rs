//! What a document says of credentials.

/// The security schemes of a document, and what its operations need by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SecurityPlan {
    /// The schemes, in document order; those that only requirements name come last.
    pub schemes: Vec<SchemePlan>,
    /// What operations without requirements of their own need.
    pub default: Vec<Requirement>,
}

/// A Security Requirement Object: the names of the schemes that are needed together, each with its scopes.
pub(crate) type Requirement = Vec<(String, Vec<String>)>;

/// A Security Scheme Object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SchemePlan {
    /// The name in the document.
    pub name: String,
    pub kind: SchemeKind,
}

/// How a scheme authenticates a request. The handwritten enum has variants of the same names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SchemeKind {
    Basic,
    Bearer,
    /// Another HTTP scheme.
    Http(String),
    /// The value of the header, query parameter or cookie with this name; the location is that of the handwritten enum.
    ApiKey(&'static str, String),
    OAuth2,
    OpenIdConnect,
    MutualTls,
    /// The document does not say.
    Undeclared,
}
