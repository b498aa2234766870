//! Mutations of a file as lines: Markdown and YAML have their structure in how lines begin.

use fastrand::Rng;

/// Beginnings of lines, and whole ones, that mean something in Markdown or YAML.
const LINES: [&str; 36] = [
    "",
    "# OpenAPI Specification",
    "## OpenAPI Specification ##",
    "##OpenAPI Specification",
    "```yaml",
    "```yml title",
    "````json",
    "~~~~ YAML",
    "~~~",
    "```",
    "`````",
    "   ```",
    "```\u{a0}yaml",
    "openapi: 3.1.0",
    "'openapi' : 3.1.0",
    "swagger: '2.0'",
    "\u{feff}openapi: 3.1.0",
    "{\"openapi\": \"3.1.0\"}",
    "<!doctype html>",
    "---",
    "...",
    "%YAML 1.2",
    "a: &a [*a]",
    "b: *a",
    "<<: *a",
    "? [a, b]",
    "!!binary x",
    "!tag {a: 1}",
    "d: |2-",
    "e: 0x1F",
    "- [A](https://example.com/a.md): about A",
    "* [B [b]](/b.md \"title\")",
    "+ [](",
    "- [C]()",
    "- [D](\u{a0})",
    "\u{1e}",
];

/// Changes one line.
pub(crate) fn mutate(lines: &mut Vec<String>, rng: &mut Rng) {
    let index = rng.usize(..=lines.len());
    let other = rng.choice(&*lines).filter(|_| rng.bool()).cloned();
    let other = other.unwrap_or_else(|| (*rng.choice(&LINES).unwrap_or(&"")).to_owned());
    match rng.u8(..8) {
        0 if index < lines.len() => drop(lines.remove(index)),
        1 if index < lines.len() => lines[index] = other,
        2 if index < lines.len() => lines[index].insert_str(0, &" ".repeat(rng.usize(..4))),
        3 if index < lines.len() => lines[index] = lines[index].trim_start().to_owned(),
        4 if index < lines.len() => {
            lines[index] += &format!("{}{other}", rng.choice(["", " ", ": ", "\r", "\t"]).unwrap_or(""))
        }
        5 => lines.truncate(index),
        6 => lines.extend_from_within(rng.usize(..=index)..index),
        _ => lines.insert(index, other),
    }
}
