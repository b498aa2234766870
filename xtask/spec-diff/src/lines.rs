//! Finds the line of each value in the YAML or JSON of a document.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser};

use super::normal::below;

/// The line of each value, by JSON Pointer. The line of a map's entry is that of its key.
#[derive(Debug, Default)]
pub(crate) struct Lines(HashMap<String, usize>);

/// The map or list that the parser is in.
enum Container {
    /// A map, and the pointer of the key whose value comes next.
    Map(Option<String>),
    List(usize),
}

impl Lines {
    /// Parses a text. After a syntax error, values have no lines.
    pub(crate) fn of(text: &str) -> Self {
        let mut lines = HashMap::new();
        let mut stack: Vec<(String, Container)> = Vec::new();
        for event in Parser::new_from_str(text) {
            let Ok((event, span)) = event else { break };
            let opens = match &event {
                Event::MappingStart(..) => Some(Container::Map(None)),
                Event::SequenceStart(..) => Some(Container::List(0)),
                Event::Scalar(..) | Event::Alias(_) => None,
                Event::MappingEnd | Event::SequenceEnd => {
                    stack.pop();
                    continue;
                }
                _ => continue,
            };
            let at = match stack.last_mut() {
                None => String::new(),
                Some((at, Container::List(index))) => {
                    *index += 1;
                    let at = format!("{at}/{}", *index - 1);
                    lines.insert(at.clone(), span.start.line());
                    at
                }
                Some((at, Container::Map(key @ None))) => {
                    // A key: the next event begins its value.
                    let name = if let Event::Scalar(name, ..) = &event { name.as_ref() } else { "" };
                    let at = below(at, name).to_string();
                    lines.insert(at.clone(), span.start.line());
                    *key = Some(at);
                    continue;
                }
                Some((_, Container::Map(key))) => key.take().unwrap_or_default(),
            };
            stack.extend(opens.map(|within| (at, within)));
        }
        Self(lines)
    }

    /// The line of a value, from 1. A missing value has the line of its nearest ancestor.
    pub(crate) fn line(&self, at: &str) -> usize {
        let mut at = at;
        loop {
            if let Some(line) = self.0.get(at) {
                return *line;
            }
            match at.rfind('/') {
                Some(end) => at = &at[..end],
                None => return 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_on_the_line_of_its_key() {
        let yaml = "a:\n  b/c: 1\n  list:\n    - x\n    - y: |\n        text: no\n        more\n      z: 2\n'200': {d: e}\n";
        let lines = Lines::of(yaml);
        for (at, line) in [
            ("/a", 1),
            ("/a/b~1c", 2),
            ("/a/list", 3),
            ("/a/list/0", 4),
            ("/a/list/1", 5),
            ("/a/list/1/y", 5),
            ("/a/list/1/z", 8),
            ("/200/d", 9),
            ("/a/list/1/nothing/here", 5),
            ("/nothing", 1),
        ] {
            assert_eq!(lines.line(at), line, "{at}");
        }
        assert_eq!(Lines::of("{\n \"a\": [1,\n 2]\n}").line("/a/1"), 3);
    }
}
