//! What a change is called, and whom it breaks.
//! Knows the vocabulary of oasdiff, whose ids are used where the meaning is the same; must not know how changes are found.

mod table;

use std::sync::Arc;

use serde_json::Value;

pub(crate) use table::TABLE;

/// Who sends the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Direction {
    /// The client: bodies and parameters, replies to webhooks.
    Request,
    /// The API: answers, bodies of webhooks.
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

/// Where a schema stands.
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

/// How bad a change is for somebody who goes by the old document. The worst comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It breaks.
    Breaking,
    /// It may break.
    Warning,
    /// It breaks nobody.
    Info,
    /// Nothing that travels changes, but what people read.
    Docs,
}

impl Level {
    /// In one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Docs => "docs",
        }
    }
}

/// A row of the table: a kind of change.
#[derive(Debug)]
pub(crate) struct Row {
    /// The name of the rule: the end of its ids, unless they are others.
    pub(crate) name: &'static str,
    /// How bad it is where the client sends the value, and the id; `{}` stands for direction and part.
    pub(crate) request: (Level, &'static str),
    /// The same where the API sends it.
    pub(crate) response: (Level, &'static str),
    /// Why it matters to a caller.
    pub(crate) why: &'static str,
}

/// A rule: an index into the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Rule(usize);

/// The rule with a name; one that is not in the table does not compile.
macro_rules! rule {
    ($name:expr) => {
        const { $crate::rules::find($name) }
    };
}
pub(crate) use rule;

/// Finds a rule when xtask is compiled.
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

    /// The level by default.
    pub(crate) fn level(self, direction: Direction) -> Level {
        match direction {
            Direction::Request => self.row().request.0,
            Direction::Response => self.row().response.0,
        }
    }

    /// The id of a finding; `at` is what stands for direction and part, such as `request-property`.
    pub(crate) fn id(self, direction: Direction, at: &str) -> String {
        let row = self.row();
        let id = if direction == Direction::Request { row.request.1 } else { row.response.1 };
        if id.is_empty() { format!("{at}-{}", row.name) } else { id.replace("{}", at) }
    }

    /// What changed, in words.
    pub(crate) fn words(self) -> String {
        let name = self.row().name;
        // What it is about is said before.
        let about = ["parameter-", "required-property-", "optional-property-", "property-"];
        let rest = about.iter().find_map(|about| name.strip_prefix(about)).filter(|rest| !rest.is_empty());
        let is_about = !name.starts_with("property-names");
        rest.filter(|_| is_about).unwrap_or(name).replace('-', " ")
    }
}

/// One change and whom it breaks.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) rule: Rule,
    pub(crate) level: Level,
    pub(crate) id: String,
    pub(crate) direction: Option<Direction>,
    /// What changed, and why it matters.
    pub(crate) message: String,
    pub(crate) old_at: Spot,
    pub(crate) new_at: Spot,
    pub(crate) old: Option<Value>,
    pub(crate) new: Option<Value>,
}

/// Where a finding is in one of the documents.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spot {
    /// A JSON Pointer, escaped.
    pub(crate) at: Option<Arc<str>>,
    /// The keyword there that it is about.
    pub(crate) keyword: Option<&'static str>,
    /// Whether what the finding is about is not there: the pointer is to where it would be.
    pub(crate) is_absent: bool,
}

impl Spot {
    /// What is there.
    pub(crate) fn at(at: &Arc<str>) -> Self {
        Self { at: Some(at.clone()), keyword: None, is_absent: false }
    }

    /// What is not there, and would be here.
    pub(crate) fn absent(at: Option<&Arc<str>>) -> Self {
        Self { at: at.cloned(), keyword: None, is_absent: true }
    }

    /// The pointer, where something is there.
    pub(crate) fn present(&self) -> Option<&Arc<str>> {
        self.at.as_ref().filter(|_| !self.is_absent)
    }
}

impl Finding {
    /// Where it is: in the new document, unless it is not there.
    pub(crate) fn pointer(&self) -> Option<&str> {
        let spots = [self.new_at.present(), self.old_at.present(), self.new_at.at.as_ref()];
        spots.into_iter().flatten().next().map(|at| &**at)
    }

    /// Whether it is the same cause, whichever way leads to it.
    pub(crate) fn cause(&self) -> (Rule, Option<Direction>, Option<&str>, Option<&str>, String) {
        let values = format!("{:?} {:?}", self.old, self.new);
        (
            self.rule,
            self.direction,
            self.old_at.present().map(|at| &**at),
            self.new_at.present().map(|at| &**at),
            values,
        )
    }
}
