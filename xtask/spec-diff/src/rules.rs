//! The rules that give findings their ids, levels and sentences. Ids are those of oasdiff where the meaning is the same.

mod finding;
mod table;

pub(crate) use finding::{Finding, Location, Place, Step, in_general, listed, path};
pub(crate) use table::TABLE;

/// Who sends the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Direction {
    /// The client: bodies and parameters, replies to webhooks.
    Request,
    /// The API: responses, bodies of webhooks.
    Response,
}

impl Direction {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

/// The part of a message that a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Part {
    Body,
    Property,
    Parameter,
    Header,
}

impl Part {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Property => "property",
            Self::Parameter => "parameter",
            Self::Header => "header",
        }
    }
}

/// How a change affects a client that was written for the old document. The worst comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It breaks clients.
    Breaking,
    /// It may break clients.
    Warning,
    /// It breaks no client.
    Info,
    /// Only documentation changes.
    Docs,
}

impl Level {
    /// The name in reports and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Docs => "docs",
        }
    }
}

/// What a change is about: a proof that the same values are valid, or that each one sent is valid for its reader, says which findings
/// remain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// Which values are valid.
    Values,
    /// Whether a value that may be sent is used, or still comes.
    Presence,
    /// Something else, such as a default.
    Other,
}

/// A row of the table of rules.
#[derive(Debug)]
pub(crate) struct Row {
    /// The name of the rule. An empty id means direction, part and this name.
    pub(crate) name: &'static str,
    pub(crate) about: About,
    /// What the change says of its subject; `{what}` is replaced by what changed.
    pub(crate) says: &'static str,
    /// Level and id if the client sends the value; `{}` in an id is replaced by direction and part.
    pub(crate) request: (Level, &'static str),
    /// Level and id if the API sends the value.
    pub(crate) response: (Level, &'static str),
    /// Why the change matters if the client sends the value, and if the API does: the end of the message. `{sent}` and `{received}` are
    /// replaced by who sends what, `{was}` by what readers expect.
    pub(crate) why: [&'static str; 2],
}

/// A rule: an index into the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Rule(usize);

/// The rule with a name, or one of two by a condition. An unknown name is a compile error.
macro_rules! rule {
    (if $condition:expr => $name:literal, else $other:literal) => {
        if $condition { rule!($name) } else { rule!($other) }
    };
    ($name:expr) => {
        const { $crate::rules::find($name) }
    };
}
pub(crate) use rule;

/// The rule for something that only the new side has, or only the old one.
pub(crate) fn toggled(was: bool, is: bool, [set, unset]: [Rule; 2]) -> Option<Rule> {
    match (was, is) {
        (false, true) => Some(set),
        (true, false) => Some(unset),
        _ => None,
    }
}

/// Finds a rule by name, at compile time if called by [`rule!`].
pub(crate) const fn find(name: &str) -> Rule {
    let mut index = 0;
    while index < TABLE.len() {
        if is_same(TABLE[index].name, name) {
            return Rule(index);
        }
        index += 1;
    }
    panic!("no rule of the table has this name")
}

const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}

impl Rule {
    pub(crate) fn row(self) -> &'static Row {
        &TABLE[self.0]
    }

    /// The default level.
    pub(crate) fn level(self, direction: Direction) -> Level {
        match direction {
            Direction::Request => self.row().request.0,
            Direction::Response => self.row().response.0,
        }
    }

    /// The id of a finding; `at` is direction and part, such as `request-property`.
    pub(crate) fn id(self, direction: Direction, at: &str) -> String {
        let row = self.row();
        let id = if direction == Direction::Request { row.request.1 } else { row.response.1 };
        if id.is_empty() { format!("{at}-{}", row.name) } else { id.replace("{}", at) }
    }

    /// Why the change matters.
    pub(crate) fn why(self, direction: Direction) -> &'static str {
        self.row().why[usize::from(direction == Direction::Response)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words between braces.
    fn placeholders(sentence: &str) -> Vec<&str> {
        sentence.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
    }

    #[test]
    fn sentences_know_their_direction() {
        for row in TABLE {
            let [request, response] = row.why;
            for sentence in [row.says, request, response] {
                assert!(!sentence.ends_with('.') && !sentence.starts_with(char::is_uppercase), "{sentence}");
                for old in
                    ["the other way round", "what was right", "is no date", "is none", "refused", "told"]
                {
                    assert!(!sentence.contains(old), "{}: {sentence}", row.name);
                }
            }
            assert!(
                placeholders(row.says).iter().all(|word| ["what", "subject"].contains(word)),
                "{}",
                row.says
            );
            for why in row.why {
                assert!(
                    placeholders(why).iter().all(|word| ["sent", "received", "was"].contains(word)),
                    "{}: {why}",
                    row.name
                );
            }
            // What only documents or whole operations have is about calls in both directions.
            if request != response {
                assert!(
                    !request.contains("reader") && !request.contains("receiver"),
                    "{}: {request}",
                    row.name
                );
                assert!(
                    !response.contains("reject") && !response.contains("server"),
                    "{}: {response}",
                    row.name
                );
            }
        }
    }
}
