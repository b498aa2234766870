//! Lists that come page by page.

/// Where a page has its items, and how the next page is asked for. Paths are names on the wire, from the body.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PagesPlan {
    /// The list of items; empty if the body is the list.
    pub items: Vec<String>,
    /// How the next page is asked for.
    pub next: NextPage,
    /// The boolean that says whether there are more items; empty without one.
    pub more: Vec<String>,
    /// Whether the document says so, and it is not recognised by a pattern.
    pub is_stated: bool,
}

/// How the next page is asked for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NextPage {
    /// By the URL at this path.
    Url(Vec<String>),
    /// By the token at this path, in a query parameter.
    Token {
        /// Where the token is.
        path: Vec<String>,
        /// The parameter that takes it.
        parameter: String,
    },
    /// By what the last item has at this path, in a query parameter.
    LastItem {
        /// Where an item has it.
        path: Vec<String>,
        /// The parameter that takes it.
        parameter: String,
    },
    /// By the URL in the response header `Link` with `rel=next` (RFC 8288).
    Link,
    /// By the next number in a query parameter, which is this one for the first page.
    Number(String, i64),
    /// By the number of items so far in a query parameter.
    Offset(String),
}
