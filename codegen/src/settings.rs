//! The settings of the pipeline: the handwritten code that generated code uses.

use std::collections::BTreeSet;

use syn::{Ident, Path, PathArguments, PathSegment};

use crate::problem::Problem;

/// The handwritten Rust that generated code uses. `codegen/README.md` lists the required items.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The path of the module that exports all of it, beginning with the crate's name: `relay_rest::codegen_support`.
    ///
    /// The crate of the generated code must refer to itself by that name: `extern crate self as relay_rest;`.
    pub module: String,
    /// The types of that module for strings with a given `format`, as `(format, type)`.
    ///
    /// The type must enforce every other constraint of the schema: they are not checked anywhere else. A type that
    /// [`Settings::received_formats`] has for the same format is the exception: its values may have been received, so a request with one
    /// is sent only if `FromStr` of the type accepts the string, and it holds to the other constraints.
    pub formats: Vec<(String, String)>,
    /// The types of that module for strings with a given `format` in responses, as `(format, type)`. Other strings are `String`.
    ///
    /// The type must accept every string, so that a response can be read whatever the server sends.
    pub received_formats: Vec<(String, String)>,
    /// The type `Bounded<const MIN: i64, const MAX: i64>` of that module, for bounded integers in requests.
    pub bounded_integer: String,
    /// The types of that module, such as `Seconds<const MIN: i64, const MAX: i64>`, for bounded integers with a given
    /// `format`, as `(format, type)`.
    pub integer_formats: Vec<(String, String)>,
    /// Whether the crate of the generated code has `regex-lite`, with which patterns are checked in requests. Without it, each of
    /// them is reported.
    pub patterns: bool,
    /// Whether the module has the types of streams, such as events, and writes requests of JSON values one after another. Without them,
    /// each stream is reported, and its body is bytes.
    pub streams: bool,
    /// Whether the module has what multipart bodies need: `multipart`, `Part`, `Content`, `without_files` and the type `File`. Without it,
    /// operations with such a body are left out.
    pub multipart: bool,
    /// Whether the module uses the security schemes and requirements of the document, which the client then has as data. Without it, an
    /// operation only says whether it needs credentials.
    pub security: bool,
    /// Whether the module makes the URL of the document's first server itself, of `SERVER_URL`. The type of the document's servers
    /// then has the others alone.
    pub fills_server_url: bool,
    /// The cargo feature of the builders of types that no request contains, which only tests need. Without one, they are always
    /// there.
    pub received_builders: Option<String>,
    /// The methods and associated functions of the handwritten types that generated code adds a method for each operation to:
    /// `Client` and the server for mocks. An operation with such a name is renamed.
    pub reserved_methods: Vec<String>,
    /// Whether to skip operations and schemas that cannot be generated. Each one is reported.
    pub skip_unsupported: bool,
}

impl Settings {
    /// The settings of a module with [`Settings::bounded_integer`] as `Bounded`, and without types for formats.
    pub fn of_module(module: &str) -> Self {
        Self {
            module: module.to_owned(),
            formats: Vec::new(),
            received_formats: Vec::new(),
            bounded_integer: "Bounded".to_owned(),
            integer_formats: Vec::new(),
            patterns: true,
            streams: true,
            multipart: true,
            security: true,
            fills_server_url: false,
            received_builders: None,
            reserved_methods: Vec::new(),
            skip_unsupported: false,
        }
    }

    /// Checks each setting, before a document is read.
    ///
    /// # Errors
    /// A problem for each setting with which generated code would not compile.
    pub(crate) fn validate(&self) -> Result<(), Vec<Problem>> {
        let mut problems: Vec<Problem> = self.module_path().err().into_iter().collect();
        let mut wrong = |message: String| problems.push(Problem::in_settings(message));
        let of_strings = [("formats", &self.formats), ("received_formats", &self.received_formats)];
        for (setting, formats) in of_strings.into_iter().chain([("integer_formats", &self.integer_formats)]) {
            let mut seen = BTreeSet::new();
            for (format, of) in formats {
                if format.is_empty() {
                    // Every schema without a format would be of that type.
                    wrong(format!(
                        "`Settings::{setting}` has `{of}` for an empty format; it must be a `format` of schemas, such as `e164`"
                    ));
                }
                if !seen.insert(format) {
                    wrong(format!(
                        "`Settings::{setting}` has the format `{format}` twice; each has one type"
                    ));
                }
            }
        }
        for (setting, formats) in of_strings {
            for (format, of) in formats.iter().filter(|(_, of)| type_path(of).is_none()) {
                wrong(format!(
                    "`Settings::{setting}` has `{of}` for the format `{format}`; it must be the path of a type in `Settings::module`, such as `E164`"
                ));
            }
        }
        // They are given the minimum and the maximum.
        let has_no_arguments = |of: &str| {
            type_path(of).is_some_and(|path| path.segments.iter().all(|segment| segment.arguments.is_none()))
        };
        if !has_no_arguments(&self.bounded_integer) {
            wrong(format!(
                "`Settings::bounded_integer` is `{}`; it must be the path of a type in `Settings::module`, without arguments, such as `Bounded`",
                self.bounded_integer
            ));
        }
        for (format, of) in self.integer_formats.iter().filter(|(_, of)| !has_no_arguments(of)) {
            wrong(format!(
                "`Settings::integer_formats` has `{of}` for the format `{format}`; it must be the path of a type in `Settings::module`, without arguments, such as `Seconds`"
            ));
        }
        for method in self.reserved_methods.iter().filter(|method| identifier(method).is_none()) {
            wrong(format!(
                "`Settings::reserved_methods` has `{method}`; it must be the name of a method, such as `with_timeout`"
            ));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// The type of the strings with a format in responses.
    pub(crate) fn received_format(&self, format: &str) -> Option<&str> {
        self.received_formats.iter().find(|(name, _)| name == format).map(|(_, of)| of.as_str())
    }

    /// The type of the strings with a format in requests.
    pub(crate) fn sent_format(&self, format: &str) -> Option<&str> {
        self.formats.iter().find(|(name, _)| name == format).map(|(_, of)| of.as_str())
    }

    /// The type of the strings with a format in both directions, which does not enforce what is sent.
    pub(crate) fn common_format(&self, format: &str) -> Option<&str> {
        self.sent_format(format).filter(|of| self.received_format(format) == Some(of))
    }

    /// The crate that [`Settings::module`] is in.
    pub(crate) fn crate_name(&self) -> &str {
        self.module.split("::").next().unwrap_or_default()
    }

    /// The path of the module, as any module of the generated code can import it: `::relay_rest::codegen_support`.
    pub(crate) fn module_path(&self) -> Result<Path, Problem> {
        let module = &self.module;
        let is_relative = ["", "crate", "self", "super"].contains(&self.crate_name());
        let expected = if is_relative {
            "begin with the crate's own name"
        } else if !module.split("::").all(|segment| identifier(segment).is_some()) {
            "be identifiers with `::` between them"
        } else if let Ok(path) = syn::parse_str(&format!("::{module}")) {
            return Ok(path);
        } else {
            "be a path"
        };
        Err(Problem::in_settings(format!(
            "`Settings::module` is `{module}`; it must {expected}, such as `relay_rest::codegen_support`"
        )))
    }
}

/// A path from a module on; `crate`, `self` and `super` would lead out of it.
fn type_path(text: &str) -> Option<Path> {
    let path: Path = syn::parse_str(text).ok()?;
    let is_named = |segment: &PathSegment| {
        identifier(&segment.ident.to_string()).is_some()
            && !matches!(segment.arguments, PathArguments::Parenthesized(_))
    };
    (path.leading_colon.is_none() && path.segments.iter().all(is_named)).then_some(path)
}

/// An identifier that is not a keyword.
fn identifier(text: &str) -> Option<Ident> {
    // Without comments and white space, which syn skips.
    syn::parse_str::<Ident>(text).ok().filter(|ident| ident == text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Input;
    use crate::{generate, generate_from, outlines};

    const DOCUMENT: &str = "{openapi: 3.1.0, info: {title: t, version: '1'}, paths: {/a: {get: {operationId: a, responses: {'204': {description: d}}}}}}";

    fn valid() -> Settings {
        Settings {
            module: "relay_rest::codegen_support".to_owned(),
            formats: vec![("e164".to_owned(), "E164".to_owned())],
            received_formats: vec![("uuid".to_owned(), "Identifier".to_owned())],
            bounded_integer: "Bounded".to_owned(),
            integer_formats: vec![("seconds".to_owned(), "Seconds".to_owned())],
            patterns: true,
            streams: true,
            multipart: true,
            security: true,
            fills_server_url: false,
            received_builders: None,
            reserved_methods: vec!["with_timeout".to_owned()],
            skip_unsupported: false,
        }
    }

    fn messages(settings: &Settings) -> Vec<String> {
        let problems = settings.validate().err().unwrap_or_default();
        assert!(problems.iter().all(|problem| problem.input == Input::Settings));
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn valid_settings_have_no_problems() {
        assert_eq!(messages(&valid()), [""; 0]);
        let formats = [("a", "a::B"), ("c", "Text<8>"), ("d", "r#type::D<String>")];
        let formats = formats.map(|(format, of)| (format.to_owned(), of.to_owned())).to_vec();
        assert_eq!(messages(&Settings { module: "relay_rest".to_owned(), formats, ..valid() }), [""; 0]);
        assert_eq!(
            messages(&Settings { bounded_integer: "numbers::Bounded".to_owned(), ..valid() }),
            [""; 0]
        );
        assert_eq!(messages(&Settings { skip_unsupported: true, ..valid() }), [""; 0]);
    }

    #[test]
    fn a_module_that_generated_code_cannot_import_is_rejected() {
        let message = |module: &str| messages(&Settings { module: module.to_owned(), ..valid() });
        let relative = |module: &str| {
            format!(
                "`Settings::module` is `{module}`; it must begin with the crate's own name, such as `relay_rest::codegen_support`"
            )
        };
        for module in ["crate::x", "self::x", "super::x", "::relay_rest::x", ""] {
            assert_eq!(message(module), [relative(module)]);
        }
        for module in
            ["relay-rest::x", "relay_rest::", "a::crate::x", "a::b<c>", "a.b", "a:: b", "_::a", "a::type"]
        {
            assert_eq!(
                message(module),
                [format!(
                    "`Settings::module` is `{module}`; it must be identifiers with `::` between them, such as `relay_rest::codegen_support`"
                )]
            );
        }
    }

    #[test]
    fn a_format_that_is_not_the_path_of_a_type_is_rejected() {
        let message = |formats: &[(&str, &str)]| {
            let formats =
                formats.iter().map(|(format, of)| ((*format).to_owned(), (*of).to_owned())).collect();
            messages(&Settings { formats, ..valid() })
        };
        for of in
            ["", "E 164", "e-164", "&E164", "crate::E164", "a::super::E164", "::a::E164", "Fn(A)", "E164;"]
        {
            assert_eq!(
                message(&[("e164", of)]),
                [format!(
                    "`Settings::formats` has `{of}` for the format `e164`; it must be the path of a type in `Settings::module`, such as `E164`"
                )]
            );
        }
        assert_eq!(
            message(&[("", "E164")]),
            [
                "`Settings::formats` has `E164` for an empty format; it must be a `format` of schemas, such as `e164`"
            ]
        );
        assert_eq!(
            message(&[("a", "A"), ("b", "A"), ("a", "B")]),
            ["`Settings::formats` has the format `a` twice; each has one type"]
        );
    }

    #[test]
    fn a_format_of_responses_that_is_not_the_path_of_a_type_is_rejected() {
        let received = |of: &str| vec![("uuid".to_owned(), of.to_owned()); 2];
        assert_eq!(
            messages(&Settings { received_formats: received("crate::Id"), ..valid() }),
            [
                "`Settings::received_formats` has the format `uuid` twice; each has one type",
                "`Settings::received_formats` has `crate::Id` for the format `uuid`; it must be the path of a type in `Settings::module`, such as `E164`",
                "`Settings::received_formats` has `crate::Id` for the format `uuid`; it must be the path of a type in `Settings::module`, such as `E164`"
            ]
        );
    }

    #[test]
    fn a_bounded_integer_that_takes_no_bounds_is_rejected() {
        for of in ["", "Bounded<1, 2>", "a<u8>::Bounded", "crate::Bounded", "i64?"] {
            assert_eq!(
                messages(&Settings { bounded_integer: of.to_owned(), ..valid() }),
                [format!(
                    "`Settings::bounded_integer` is `{of}`; it must be the path of a type in `Settings::module`, without arguments, such as `Bounded`"
                )]
            );
        }
    }

    #[test]
    fn a_format_of_integers_whose_type_takes_no_bounds_is_rejected() {
        let message = |formats: &[(&str, &str)]| {
            let formats = formats.iter().map(|(format, of)| ((*format).to_owned(), (*of).to_owned()));
            messages(&Settings { integer_formats: formats.collect(), ..valid() })
        };
        for of in ["", "Seconds<1, 2>", "crate::Seconds"] {
            assert_eq!(
                message(&[("seconds", of)]),
                [format!(
                    "`Settings::integer_formats` has `{of}` for the format `seconds`; it must be the path of a type in `Settings::module`, without arguments, such as `Seconds`"
                )]
            );
        }
        assert_eq!(
            message(&[("a", "A"), ("a", "B")]),
            ["`Settings::integer_formats` has the format `a` twice; each has one type"]
        );
        assert_eq!(message(&[("", "A")]).len(), 1);
        assert_eq!(message(&[("e164", "times::Seconds")]), [""; 0]);
    }

    #[test]
    fn a_reserved_method_that_is_not_an_identifier_is_rejected() {
        let methods = ["new", "with-timeout", "", "fn", "a()"].map(str::to_owned).to_vec();
        let expected = ["with-timeout", "", "fn", "a()"].map(|method| {
            format!("`Settings::reserved_methods` has `{method}`; it must be the name of a method, such as `with_timeout`")
        });
        assert_eq!(messages(&Settings { reserved_methods: methods, ..valid() }), expected);
    }

    #[test]
    fn every_way_into_the_pipeline_reports_all_invalid_settings_and_nothing_else() {
        let settings = Settings { module: "crate::x".to_owned(), bounded_integer: String::new(), ..valid() };
        let expected = settings.validate().expect_err("two settings are invalid");
        assert_eq!(expected.len(), 2);
        // Not even that these are no documents.
        assert_eq!(generate("no document", "no overlay", &settings).map(drop), Err(expected.clone()));
        assert_eq!(generate_from("no document".into(), &settings).map(drop), Err(expected.clone()));
        let document = || crate::parse(DOCUMENT).expect("YAML");
        let outlined = outlines([document(), document()], &settings);
        assert!(outlined.into_iter().all(|outcome| outcome.map(drop) == Err(expected.clone())));
        assert!(generate_from(document(), &valid()).is_ok());
    }
}
