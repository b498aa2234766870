//! Formats problems with the files that they are in.

use relay_rest_codegen::{Input, Problem};

use crate::vendored;

/// The vendored document and its overlay.
pub(crate) const VENDORED: [&str; 2] = [vendored::DOCUMENT, vendored::OVERLAY];

/// One line for each problem: a label, the file, and the problem itself.
pub(crate) fn lines(label: &str, problems: &[Problem], [document, overlay]: [&str; 2]) -> String {
    let line = |problem: &Problem| {
        let file = match problem.input {
            Input::Overlay => overlay,
            Input::Settings => &format!("{}: ", vendored::SETTINGS),
            _ => document,
        };
        format!("{label}: {file}{problem}\n")
    };
    problems.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use relay_rest_codegen::{Pointer, Settings, generate_from, parse};

    use super::*;
    use crate::generator;

    #[test]
    fn a_problem_names_the_file_that_it_is_in() {
        let at = Pointer::of(["actions", "0"]);
        let mut problems = vec![Problem::error(&at, "document"), Problem::in_overlay(&at, "overlay")];
        let settings = Settings { module: "crate::elsewhere".to_owned(), ..generator::settings() };
        let document = parse("{openapi: 3.1.0, info: {title: t, version: '1'}, paths: {}}").expect("YAML");
        problems.extend(generate_from(document, &settings).expect_err("an invalid module"));
        let lines = lines("error", &problems, VENDORED);
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!(lines[0], "error: openapi/relay-rest.yaml#/actions/0: document");
        assert_eq!(lines[1], "error: openapi/overlay.yaml#/actions/0: overlay");
        assert!(lines[2].starts_with("error: src/generator.rs: `Settings::"), "{lines:?}");
    }
}
