//! Parameters, and the styles in which they are written.

use serde_json::Value;

use super::{Deprecation, RulesOf};

/// A parameter of an operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ParameterPlan {
    /// The name of its setter in Rust.
    pub ident: String,
    /// The name on the wire.
    pub name: String,
    /// The name in the generator's input, if it differs.
    pub stand_in: Option<String>,
    pub location: ParameterLocation,
    /// How handwritten code writes it, if the generator does not.
    pub style: Option<ParameterStyle>,
    /// Of a parameter that is the whole query, the styles of its properties, by their names on the wire.
    pub encodings: Vec<(String, ParameterStyle)>,
    /// Whether it is a list with one item in the generator's input, because its type has a builder.
    pub is_wrapped: bool,
    /// Its description in the document, in CommonMark.
    pub description: String,
    /// Where the document deprecates it.
    pub deprecation: Option<Deprecation>,
    /// The rules that its value must hold to.
    pub rules: Option<RulesOf>,
}

/// How a parameter, or a property of a form, is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ParameterStyle {
    pub style: Style,
    pub explode: bool,
    /// Whether reserved characters stay as they are.
    pub allows_reserved: bool,
}

impl ParameterStyle {
    /// Reads `style` and `explode` of a Parameter or an Encoding Object.
    pub(crate) fn of(object: &Value, default: Style) -> Self {
        let style = object.get("style").and_then(Value::as_str).and_then(Style::parse).unwrap_or(default);
        let explode = object
            .get("explode")
            .and_then(Value::as_bool)
            .unwrap_or(matches!(style, Style::Form | Style::Cookie));
        let allows_reserved = object.get("allowReserved") == Some(&Value::Bool(true));
        Self { style, explode, allows_reserved }
    }

    /// The handwritten function that writes a parameter of the path.
    pub(crate) fn in_path(self) -> &'static str {
        if self.allows_reserved { "in_path_reserved" } else { "in_path" }
    }

    /// The handwritten function that writes a parameter of the query.
    pub(crate) fn in_query(self) -> &'static str {
        if self.allows_reserved { "in_query_reserved" } else { "in_query" }
    }

    /// The handwritten function that writes a cookie.
    pub(crate) fn in_cookie(self) -> &'static str {
        if self.allows_reserved { "in_cookie_reserved" } else { "in_cookie" }
    }
}

/// A style of OpenAPI (3.1.1 §4.8.12.2), or JSON. The handwritten enum has variants of the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Simple,
    Label,
    Matrix,
    Form,
    SpaceDelimited,
    PipeDelimited,
    DeepObject,
    Cookie,
    Json,
}

impl Style {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "simple" => Self::Simple,
            "label" => Self::Label,
            "matrix" => Self::Matrix,
            "form" => Self::Form,
            "spaceDelimited" => Self::SpaceDelimited,
            "pipeDelimited" => Self::PipeDelimited,
            "deepObject" => Self::DeepObject,
            "cookie" => Self::Cookie,
            _ => return None,
        })
    }
}

/// Where a request has a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParameterLocation {
    Path,
    Query,
    Header,
    Cookie,
    /// It is the whole query.
    Querystring,
}
