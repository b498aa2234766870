//! Rewrites one top-level key of a YAML file; comments and all else in it stay as the author wrote them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use saphyr_parser::{Event, Parser, Span};
use serde_json::{Map, Value};

/// The longest value that is written in one line.
const LINE: usize = 100;

/// The text with `value` at the top-level `key`, which is appended if it is not there.
///
/// Only what differs is written anew: a scalar in its place and in its quotes, an entry or an item in its order.
///
/// # Errors
/// The text is not YAML, or is written in a way that this does not know.
pub(crate) fn with_key(text: &str, key: &str, value: &Value) -> Result<String, String> {
    let old: Value = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    let source = Source { text };
    let root = source.root()?;
    let Content::Mapping(entries) = &root.content else { return Err("not a mapping".to_owned()) };
    let edited = match (entries.iter().find(|entry| entry.key == key), old.get(key)) {
        (Some(entry), Some(old)) => {
            let span = entry.span();
            [&text[..span.start], &source.entry(entry, old, value), &text[span.end..]].concat()
        }
        _ => format!("{}\n{key}:{}\n", text.trim_end(), after_colon(value, 0)),
    };
    let mut expected = old;
    expected[key] = value.clone();
    match serde_yaml::from_str::<Value>(&edited) {
        Ok(found) if found == expected => Ok(edited),
        _ => Err(format!("`{key}` is written in a way that cannot be rewritten; write it by hand: {value}")),
    }
}

/// A node of the syntax tree.
struct Node {
    /// Its bytes. Of a block collection these end with its last entry.
    span: Range<usize>,
    content: Content,
}

enum Content {
    /// A scalar or an alias.
    Leaf,
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
}

struct Entry {
    key: String,
    start: usize,
    value: Node,
}

impl Entry {
    fn span(&self) -> Range<usize> {
        self.start..self.value.span.end.max(self.start)
    }
}

/// An item or an entry of a collection as it is to be: which one it was, if it was there, and its text.
struct Piece {
    old: Option<usize>,
    text: String,
}

#[derive(Clone, Copy)]
struct Source<'a> {
    text: &'a str,
}

impl Source<'_> {
    fn root(self) -> Result<Node, String> {
        let events = Parser::new_from_str(self.text).collect::<Result<Vec<_>, _>>();
        let events = events.map_err(|error| error.to_string())?;
        // The parser counts characters.
        let bytes: Vec<usize> =
            self.text.char_indices().map(|(index, _)| index).chain([self.text.len()]).collect();
        let is_node = |event: &Event| {
            !matches!(
                event,
                Event::Nothing
                    | Event::StreamStart
                    | Event::StreamEnd
                    | Event::DocumentStart(_)
                    | Event::DocumentEnd
            )
        };
        let mut events = events.into_iter().filter(|(event, _)| is_node(event)).map(|(event, span)| {
            let byte = |index: usize| bytes.get(index).copied().unwrap_or(self.text.len());
            (event, byte(span.start.index())..byte(span.end.index()), span)
        });
        self.node(&mut events)?.ok_or_else(|| "an empty document".to_owned())
    }

    /// The node that comes next; none at the end of a collection.
    fn node<'e>(
        self,
        events: &mut impl Iterator<Item = (Event<'e>, Range<usize>, Span)>,
    ) -> Result<Option<Node>, String> {
        let (event, mut span, _) = events.next().ok_or("the text breaks off")?;
        let content = match event {
            Event::SequenceEnd | Event::MappingEnd => return Ok(None),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                while let Some(item) = self.node(events)? {
                    items.push(item);
                }
                Content::Sequence(items)
            }
            Event::MappingStart(..) => {
                let mut entries = Vec::new();
                while let Some(key) = self.node(events)? {
                    let value = self.node(events)?.ok_or("a key without a value")?;
                    let name = serde_yaml::from_str::<String>(&self.text[key.span.clone()]);
                    let name = name.unwrap_or_else(|_| self.text[key.span.clone()].to_owned());
                    entries.push(Entry { key: name, start: key.span.start, value });
                }
                Content::Mapping(entries)
            }
            _ => Content::Leaf,
        };
        // The parser has a block collection end where the next token begins, and a scalar sometimes, too.
        span.end = match &content {
            Content::Leaf => span.start + scalar_len(&self.text[span.clone()]),
            _ if self.text[span.start..].starts_with(['{', '[']) => self.closing(span.start, &content)?,
            Content::Sequence(items) => items.last().map_or(span.end, |item| item.span.end),
            Content::Mapping(entries) => entries.last().map_or(span.end, |entry| entry.span().end),
        };
        Ok(Some(Node { span, content }))
    }

    /// Where a flow collection ends: behind the first bracket after its last entry that is not in a comment.
    fn closing(self, start: usize, content: &Content) -> Result<usize, String> {
        let last = match content {
            Content::Sequence(items) => items.last().map(|item| item.span.end),
            Content::Mapping(entries) => entries.last().map(|entry| entry.span().end),
            Content::Leaf => None,
        };
        let from = last.unwrap_or(start + 1);
        let mut is_comment = false;
        let found = self.text[from..].char_indices().find(|(_, char)| {
            is_comment = (is_comment || *char == '#') && *char != '\n';
            !is_comment && matches!(char, '}' | ']')
        });
        found.map(|(index, _)| from + index + 1).ok_or_else(|| "a bracket is not closed".to_owned())
    }

    /// The column of a byte.
    fn column(self, index: usize) -> usize {
        let line = self.text[..index].rfind('\n').map_or(0, |end| end + 1);
        self.text[line..index].chars().count()
    }

    /// A key and its value.
    fn entry(self, entry: &Entry, old: &Value, new: &Value) -> String {
        let before = &self.text[entry.start..entry.value.span.start.max(entry.start)];
        if let Some(text) = self.changed(&entry.value, old, new) {
            return [before, &text].concat();
        }
        // The whole value is replaced: it begins after the colon, unless a comment is in between.
        if before.trim_end().ends_with(':') {
            let is_scalar = !new.is_array() && !new.is_object();
            let text = if is_scalar || self.is_flow(&entry.value) || self.is_within_flow(entry) {
                format!(" {}", self.written(&entry.value, new))
            } else {
                after_colon(new, self.column(entry.start))
            };
            return [before.trim_end(), &text].concat();
        }
        [before, &self.written(&entry.value, new)].concat()
    }

    fn is_flow(self, node: &Node) -> bool {
        self.text[node.span.clone()].starts_with(['{', '['])
    }

    /// Whether an entry stands in a flow collection: then it does not begin its line.
    fn is_within_flow(self, entry: &Entry) -> bool {
        let line = self.text[..entry.start].rfind('\n').map_or(0, |end| end + 1);
        !self.text[line..entry.start].trim_matches([' ', '-']).is_empty()
    }

    /// A node in one line; a string has the quotes that it had.
    fn written(self, node: &Node, new: &Value) -> String {
        let text = &self.text[node.span.clone()];
        match new {
            Value::String(string) if text.starts_with('\'') && !string.contains(char::is_control) => {
                single_quoted(string)
            }
            Value::String(_) if text.starts_with('"') => new.to_string(),
            new => flow(new),
        }
    }

    /// The text of a node with what differs written anew; none where nothing of it stays.
    fn changed(self, node: &Node, old: &Value, new: &Value) -> Option<String> {
        if old == new {
            return Some(self.text[node.span.clone()].to_owned());
        }
        match (&node.content, old, new) {
            (Content::Mapping(entries), Value::Object(old), Value::Object(new)) => {
                let pieces = self.entries(entries, old, new)?;
                let spans: Vec<_> = entries.iter().map(Entry::span).collect();
                Some(self.joined(node, &spans, &pieces, ""))
            }
            (Content::Sequence(items), Value::Array(old), Value::Array(new)) if items.len() == old.len() => {
                let pieces = self.items(items, old, new)?;
                let spans: Vec<_> = items.iter().map(|item| item.span.clone()).collect();
                Some(self.joined(node, &spans, &pieces, "- "))
            }
            _ => None,
        }
    }

    /// The entries of `new`: those that were there in their order, each new one behind the one that it follows.
    fn entries(
        self,
        entries: &[Entry],
        old: &Map<String, Value>,
        new: &Map<String, Value>,
    ) -> Option<Vec<Piece>> {
        let mut names: Vec<&String> =
            entries.iter().map(|entry| &entry.key).filter(|key| new.contains_key(*key)).collect();
        if names.is_empty() {
            return None;
        }
        let mut before = None;
        for name in new.keys() {
            if !names.contains(&name) {
                let at = names.iter().position(|other| Some(*other) == before).map_or(0, |index| index + 1);
                names.insert(at, name);
            }
            before = Some(name);
        }
        let piece = |name: &String| {
            let index = entries.iter().position(|entry| entry.key == *name);
            let text = match index {
                Some(index) => self.entry(&entries[index], old.get(name)?, &new[name]),
                None => format!("{}: {}", scalar(name), flow(&new[name])),
            };
            Some(Piece { old: index, text })
        };
        names.into_iter().map(piece).collect()
    }

    /// The items of `new`: those that were there, and between them the others in the place of those that have gone.
    fn items(self, items: &[Node], old: &[Value], new: &[Value]) -> Option<Vec<Piece>> {
        if old.is_empty() || new.is_empty() {
            return None;
        }
        let mut pieces = Vec::new();
        let (mut next, mut next_new) = (0, 0);
        let ends = common(old, new, |old, new| old == new).into_iter().chain([(old.len(), new.len())]);
        for (end, end_new) in ends {
            for (index, new) in (next_new..end_new).zip(&new[next_new..end_new]) {
                let replaced = Some(next + index - next_new).filter(|index| *index < end);
                let text = replaced.map(|index| {
                    let changed = self.changed(&items[index], &old[index], new);
                    changed.unwrap_or_else(|| self.written(&items[index], new))
                });
                pieces.push(Piece { old: replaced, text: text.unwrap_or_else(|| flow(new)) });
            }
            if let Some(item) = items.get(end) {
                pieces.push(Piece { old: Some(end), text: self.text[item.span.clone()].to_owned() });
            }
            (next, next_new) = (end + 1, end_new + 1);
        }
        Some(pieces)
    }

    /// A collection of these pieces. What stands between two of them stays, and so do the comments around what has gone.
    fn joined(self, node: &Node, spans: &[Range<usize>], pieces: &[Piece], dash: &str) -> String {
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return String::new() };
        let is_flow = self.is_flow(node);
        let separator = if is_flow {
            ", ".to_owned()
        } else {
            format!("\n{:1$}{dash}", "", self.column(node.span.start))
        };
        let gap = |index: usize| match index.checked_sub(1) {
            Some(before) => &self.text[spans[before].end..spans[index].start],
            None => separator.as_str(),
        };
        let comments = |removed: Range<usize>| {
            let of = |index| gap(index).rfind('\n').map_or("", |end| &gap(index)[..end]);
            removed.filter(|_| !is_flow).map(of).collect::<String>()
        };
        let mut joined = if is_flow { &self.text[node.span.start..first.start] } else { "" }.to_owned();
        let mut next = 0;
        for (index, piece) in pieces.iter().enumerate() {
            let between = match piece.old {
                Some(old) => comments(next..old) + gap(old),
                None => separator.clone(),
            };
            next = piece.old.map_or(next, |old| old + 1);
            match index {
                0 if is_flow => {}
                0 => joined.push_str(between.trim_start()),
                _ => joined.push_str(&between),
            }
            joined.push_str(&piece.text);
        }
        joined.push_str(&comments(next..spans.len()));
        joined.push_str(&self.text[last.end..node.span.end]);
        joined
    }
}

/// The length of the scalar that a text begins with; nothing but white space and comments comes behind it.
fn scalar_len(text: &str) -> usize {
    let Some(quote) = text.chars().next().filter(|first| matches!(first, '\'' | '"')) else {
        return text.trim_end().len();
    };
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((index, char)) = chars.next() {
        let is_doubled = quote == '\'' && chars.peek().is_some_and(|(_, next)| *next == quote);
        if char == quote && !is_doubled {
            return index + 1;
        }
        if char == quote || (char == '\\' && quote == '"') {
            chars.next();
        }
    }
    text.len()
}

/// The longest common subsequence, by the indexes of its items in both.
pub(crate) fn common<A, B>(one: &[A], other: &[B], is_same: impl Fn(&A, &B) -> bool) -> Vec<(usize, usize)> {
    let mut lengths = vec![vec![0; other.len() + 1]; one.len() + 1];
    for (i, a) in one.iter().enumerate().rev() {
        for (j, b) in other.iter().enumerate().rev() {
            lengths[i][j] = if is_same(a, b) {
                lengths[i + 1][j + 1] + 1
            } else {
                lengths[i + 1][j].max(lengths[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut found = Vec::new();
    while i < one.len() && j < other.len() {
        if is_same(&one[i], &other[j]) && lengths[i][j] == lengths[i + 1][j + 1] + 1 {
            found.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[i + 1][j] >= lengths[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

/// A value behind `key:`: in the same line if it is short, else with a line for each entry or item.
fn after_colon(value: &Value, indent: usize) -> String {
    let line = flow(value);
    let mut text = String::new();
    match value {
        Value::Object(map) if indent + line.len() > LINE => {
            for (key, value) in map {
                let _ = write!(text, "\n{:2$}{}:", "", scalar(key), indent + 2);
                text.push_str(&after_colon(value, indent + 2));
            }
        }
        Value::Array(items) if items.len() > 1 || indent + line.len() > LINE => {
            for item in items {
                let _ = write!(text, "\n{:2$}- {}", "", flow(item), indent + 2);
            }
        }
        _ => {
            text.push(' ');
            text.push_str(&line);
        }
    }
    text
}

/// A value in one line.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| format!("{}: {}", scalar(key), flow(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(string) => scalar(string),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// A string without quotes if it may be, else with the quotes that need no escapes.
fn scalar(string: &str) -> String {
    let is_plain = |string: &str| {
        let read = serde_yaml::from_str::<Value>(&format!("[{{{string}: {string}}}]"));
        read.is_ok_and(|read| read == serde_json::json!([{ string: string }]))
    };
    // YAML 1.1 reads these as booleans.
    let others: BTreeSet<&str> = ["y", "n", "yes", "no", "on", "off", "~"].into();
    if string.contains(char::is_control) {
        Value::from(string).to_string()
    } else if is_plain(string) && !others.contains(string.to_lowercase().as_str()) {
        string.to_owned()
    } else if string.contains('\'') && !string.contains(['"', '\\']) {
        format!("\"{string}\"")
    } else {
        single_quoted(string)
    }
}

fn single_quoted(string: &str) -> String {
    format!("'{}'", string.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A file with everything that has to stay.
    const FILE: &str = "\
# Above.
schema: {a:   1}   # beside
expected: # why
  type: object # a type
  # Of the properties:
  properties:
    a: {type: string,  pattern: '^a'}
    b: {enum: ['x', \"y\", z]}

  # The last.
  required: [a, b]
problems: # each
  - '#/a: one'
  # Of the second.
  - \"#/b: it's two\" # beside

  - '#/c: ü'
# Below.
";

    fn expected() -> Value {
        serde_yaml::from_str::<Value>(FILE).expect("YAML")["expected"].take()
    }

    #[track_caller]
    fn assert_edits(key: &str, value: &Value, edits: &[(&str, &str)]) {
        let mut edited = FILE.to_owned();
        for (from, to) in edits {
            assert!(edited.contains(from), "{from}");
            edited = edited.replacen(from, to, 1);
        }
        assert_eq!(with_key(FILE, key, value).as_deref(), Ok(edited.as_str()));
    }

    #[test]
    fn an_equal_value_changes_nothing() {
        assert_edits("expected", &expected(), &[]);
        assert_edits("problems", &json!(["#/a: one", "#/b: it's two", "#/c: ü"]), &[]);
    }

    #[test]
    fn a_scalar_is_replaced_in_its_place_and_its_quotes() {
        let mut value = expected();
        value["type"] = json!("array");
        value["properties"]["a"]["pattern"] = json!("^it's");
        value["properties"]["b"]["enum"] = json!(["x", "é", 1]);
        assert_edits(
            "expected",
            &value,
            &[("type: object", "type: array"), ("'^a'", "'^it''s'"), ("\"y\", z", "\"é\", 1")],
        );
        assert_edits("problems", &json!(["#/a: one", "#/b: 2", "#/c: ü"]), &[("#/b: it's two", "#/b: 2")]);
    }

    #[test]
    fn an_entry_goes_and_its_comments_stay() {
        let mut value = expected();
        let map = value.as_object_mut().expect("a map");
        map.retain(|key, _| key != "required");
        assert_edits("expected", &value, &[("  required: [a, b]\n", "")]);
        value["properties"].as_object_mut().expect("a map").retain(|key, _| key != "a");
        assert_edits(
            "expected",
            &value,
            &[("  required: [a, b]\n", ""), ("a: {type: string,  pattern: '^a'}\n    ", "")],
        );
    }

    #[test]
    fn an_entry_comes_behind_the_one_that_it_follows() {
        let value = json!({
            "title": "T", "type": "object",
            "properties": {
                "a": {"type": "string", "format": "no", "pattern": "^a"},
                "b": {"enum": ["x", "y", "z"]},
                "c": {},
            },
            "required": ["a", "b"],
        });
        assert_edits(
            "expected",
            &value,
            &[
                ("  type: object", "  title: T\n  type: object"),
                ("string,  pattern", "string, format: 'no',  pattern"),
                ("z]}\n", "z]}\n    c: {}\n"),
            ],
        );
    }

    #[test]
    fn items_come_and_go() {
        assert_edits(
            "problems",
            &json!(["#/b: it's two", "#/c: ü"]),
            &[("- '#/a: one'\n  # Of the second.\n  -", "# Of the second.\n  -")],
        );
        assert_edits("problems", &json!(["#/a: one", "#/b: it's two"]), &[("  - '#/c: ü'\n", "")]);
        assert_edits(
            "problems",
            &json!(["#/0: a", "#/a: one", "#/b: it's two", "#/c: ü", "#/d: it's"]),
            &[("  - '#/a", "  - '#/0: a'\n  - '#/a"), ("ü'\n", "ü'\n  - \"#/d: it's\"\n")],
        );
    }

    #[test]
    fn a_value_of_another_kind_is_replaced_as_a_whole() {
        assert_edits("schema", &json!([1]), &[("{a:   1}", "[1]")]);
        assert_edits("schema", &json!(null), &[("{a:   1}", "null")]);
        let mut value = expected();
        value["properties"] = json!({"c": true});
        assert_edits(
            "expected",
            &value,
            &[("\n    a: {type: string,  pattern: '^a'}\n    b: {enum: ['x', \"y\", z]}\n", " {c: true}\n")],
        );
        assert_eq!(
            with_key("problems: []\nschema: {}\n", "problems", &json!(["#: a", "#: b"])).as_deref(),
            Ok("problems: ['#: a', '#: b']\nschema: {}\n")
        );
        assert_eq!(
            with_key("a:\n  b: 1\nproblems: ['#: a']", "problems", &json!([])).as_deref(),
            Ok("a:\n  b: 1\nproblems: []")
        );
    }

    #[test]
    fn a_key_that_is_not_there_is_appended() {
        assert_edits("reads", &json!(["a: b"]), &[("# Below.\n", "# Below.\nreads: ['a: b']\n")]);
        assert_edits("reads", &json!(["a", "b"]), &[("# Below.\n", "# Below.\nreads:\n  - a\n  - b\n")]);
        let long = "word ".repeat(30).trim_end().to_owned();
        assert_eq!(
            with_key("a: 1", "b", &json!({"c": {"d": long}, "e": {}})),
            Ok(format!("a: 1\nb:\n  c:\n    d: {long}\n  e: {{}}\n"))
        );
    }

    #[test]
    fn what_cannot_be_rewritten_is_an_error_and_never_another_value() {
        assert!(with_key("[a]", "b", &json!(1)).is_err());
        assert!(with_key("a: &x {b: 1}\nc: *x\n", "a", &json!({"b": 2})).is_err());
        assert_eq!(
            with_key("a: &x {b: 1}\nc: *x\n", "c", &json!({"b": 2})).as_deref(),
            Ok("a: &x {b: 1}\nc: {b: 2}\n")
        );
    }

    #[test]
    fn a_quoted_scalar_ends_with_its_quote() {
        for scalar in ["'a'", "''", "'it''s'", "\"a\"", "\"\\\"\\\\\"", "a 'b'", "|\n  a # b"] {
            assert_eq!(scalar_len(scalar), scalar.len(), "{scalar}");
            assert_eq!(scalar_len(&format!("{scalar} \n")), scalar.len(), "{scalar}");
        }
        assert_eq!(scalar_len("'a' # 'b'"), 3);
        assert_eq!(scalar_len("\"a\"  # b\n"), 3);
    }

    #[test]
    fn the_longest_common_subsequence_is_found() {
        let common = |one: &str, other: &str| super::common(one.as_bytes(), other.as_bytes(), |a, b| a == b);
        assert_eq!(common("abcd", "xbyd"), [(1, 1), (3, 3)]);
        assert_eq!(common("ab", ""), []);
        assert_eq!(common("aab", "ab"), [(0, 0), (2, 1)]);
    }
}
