//! Findings, and the rules that give them ids and levels. Ids are those of oasdiff where the meaning is the same.

mod table;

use std::hash::Hash;
use std::sync::Arc;

use serde_json::Value;

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

/// A row of the table of rules.
#[derive(Debug)]
pub(crate) struct Row {
    /// The name of the rule. An empty id means direction, part and this name.
    pub(crate) name: &'static str,
    /// Level and id if the client sends the value; `{}` in an id is replaced by direction and part.
    pub(crate) request: (Level, &'static str),
    /// Level and id if the API sends the value.
    pub(crate) response: (Level, &'static str),
    /// Why the change matters to a client; the end of the message.
    pub(crate) why: &'static str,
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

    /// The name as words, without what the message names already.
    ///
    /// `property-became-required` ⇒ `became required`
    pub(crate) fn words(self) -> String {
        let name = self.row().name;
        let about = ["parameter-", "required-property-", "optional-property-", "property-"];
        let rest = about.iter().find_map(|about| name.strip_prefix(about)).filter(|rest| !rest.is_empty());
        let is_about = !name.starts_with("property-names");
        rest.filter(|_| is_about).unwrap_or(name).replace('-', " ")
    }
}

/// One change, and whether it breaks clients.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) rule: Rule,
    pub(crate) level: Level,
    pub(crate) id: String,
    pub(crate) direction: Option<Direction>,
    /// What changed, and why it matters to a client.
    pub(crate) message: String,
    pub(crate) old_at: Location,
    pub(crate) new_at: Location,
    pub(crate) old: Option<Value>,
    pub(crate) new: Option<Value>,
}

/// Where a finding is in one of the documents.
#[derive(Clone, Debug, Default)]
pub(crate) struct Location {
    /// A JSON Pointer, escaped.
    pub(crate) at: Option<Arc<str>>,
    /// The keyword that changed.
    pub(crate) keyword: Option<&'static str>,
    /// Whether the value is missing on this side; `at` is then the location of its parent.
    pub(crate) is_absent: bool,
}

impl Location {
    /// A value that exists.
    pub(crate) fn at(at: &Arc<str>) -> Self {
        Self { at: Some(at.clone()), keyword: None, is_absent: false }
    }

    /// A value that is missing under `at`.
    pub(crate) fn absent(at: Option<&Arc<str>>) -> Self {
        Self { at: at.cloned(), keyword: None, is_absent: true }
    }

    /// The pointer, if the value exists.
    pub(crate) fn present(&self) -> Option<&Arc<str>> {
        self.at.as_ref().filter(|_| !self.is_absent)
    }
}

impl Finding {
    /// The pointer into the new document, or into the old one if the value was removed.
    pub(crate) fn pointer(&self) -> Option<&str> {
        let locations = [self.new_at.present(), self.old_at.present(), self.new_at.at.as_ref()];
        locations.into_iter().flatten().next().map(|at| &**at)
    }

    /// Whether it affects messages, and not only documentation.
    pub(crate) fn travels(&self) -> bool {
        self.level != Level::Docs
    }

    /// Equal for findings with one cause, however many references lead to it.
    pub(crate) fn cause(&self) -> impl Eq + Hash + use<> {
        let locations = [&self.old_at, &self.new_at].map(|location| location.present().cloned());
        (self.rule, self.direction, locations, format!("{:?} {:?}", self.old, self.new))
    }
}
