//! A finding: one change, where it is, and the sentence that reports it.

use std::hash::Hash;
use std::sync::Arc;

use serde_json::Value;

use super::{Direction, Level, Rule};
use crate::normal::{Schemas, canonical};
use crate::schemas::identity;

/// One change, and whether it breaks clients.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) rule: Rule,
    pub(crate) level: Level,
    pub(crate) id: String,
    pub(crate) direction: Option<Direction>,
    pub(crate) sentence: Sentence,
    pub(crate) old_at: Location,
    pub(crate) new_at: Location,
    pub(crate) old: Option<Value>,
    pub(crate) new: Option<Value>,
    /// The values that were added to a list or removed from it.
    pub(crate) values: Vec<Value>,
    /// What changed, without the names of components and documentation. With the rule and the place, it identifies the finding.
    pub(crate) identity: String,
    /// Whether the same edit in several places is one finding, such as the same member removed from several unions.
    pub(crate) is_one_edit: bool,
    /// Where the change is, for its fingerprint: the operation and the path from its message down.
    pub(crate) place: String,
    /// Where else the same edit was made.
    pub(crate) also_at: Vec<Place>,
}

/// Another place of a finding.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) subject: String,
    pub(crate) place: String,
    pub(crate) pointer: String,
}

/// The parts of a message: `subject: says; why`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sentence {
    /// What changed, such as ``response 200 body, property `owner.name` ``.
    pub(crate) subject: String,
    /// How it changed. It replaces `{subject}` itself if it has one.
    pub(crate) says: String,
    /// Why that matters to a client.
    pub(crate) why: String,
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

/// A step from a schema to a schema in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The same value.
    Same,
    Property(Arc<str>),
    Items,
    /// Properties that are not listed.
    Additional,
    /// The names of properties.
    Names,
    /// A keyword that applies to the same value.
    Keyword(&'static str),
    /// A member of a union that has a name.
    Member(Arc<str>),
}

impl Sentence {
    /// Replaces `{what}`, or appends the values.
    ///
    /// `maxLength decreased` ⇒ `maxLength decreased from 5 to 4`
    pub(crate) fn new(
        rule: Rule,
        direction: Direction,
        what: &str,
        old: Option<&Value>,
        new: Option<&Value>,
    ) -> Self {
        let says = rule.row().says;
        let says = if says.contains("{what}") {
            says.replace("{what}", what)
        } else {
            format!("{says}{}", values(old, new))
        };
        let why = rule.why(direction).replace("{was}", &expected(old));
        Self { subject: String::new(), says, why }
    }

    /// Names the messages: a webhook is a request of the API, and the client sends its response.
    pub(crate) fn name_messages(&mut self, are_of_webhook: bool) {
        let [sent, received] =
            if are_of_webhook { ["responses", "requests"] } else { ["requests", "responses"] };
        self.why = self.why.replace("{sent}", sent).replace("{received}", received);
    }
}

/// Why a change matters, without its place.
pub(crate) fn in_general(why: &str) -> String {
    let mut sentence = Sentence { why: why.replace("{was}", "other values"), ..Sentence::default() };
    sentence.name_messages(false);
    sentence.why
}

/// What readers of a schema with these types expect.
fn expected(types: Option<&Value>) -> String {
    let name = |name: &Value| {
        Some(match name.as_str()? {
            "array" => "an array",
            "boolean" => "a boolean",
            "integer" => "an integer",
            "null" => "null",
            "number" => "a number",
            "object" => "an object",
            "string" => "a string",
            _ => return None,
        })
    };
    let names: Option<Vec<&str>> = match types {
        Some(Value::Array(types)) => types.iter().map(name).collect(),
        Some(of) => name(of).map(|name| vec![name]),
        None => None,
    };
    names.map_or_else(|| "other values".to_owned(), |names| names.join(" or "))
}

/// ` from 5 to 4` or ` (5)`; empty for long values and objects.
pub(crate) fn values(old: Option<&Value>, new: Option<&Value>) -> String {
    let short = |value: &Value| {
        let text = shown(value)?;
        (text.len() <= 60 && !text.contains('\n')).then_some(text)
    };
    match (old.map(short), new.map(short)) {
        (Some(Some(old)), Some(Some(new))) => format!(" from {old} to {new}"),
        (Some(Some(only)), None) | (None, Some(Some(only))) => format!(" ({only})"),
        _ => String::new(),
    }
}

/// A scalar, or a list of scalars.
fn shown(value: &Value) -> Option<String> {
    Some(match value {
        Value::String(text) => format!("`{text}`"),
        Value::Object(_) => return None,
        Value::Array(values) => {
            let all: Option<Vec<String>> =
                values.iter().map(|value| if value.is_array() { None } else { shown(value) }).collect();
            format!("[{}]", all?.join(", "))
        }
        value => value.to_string(),
    })
}

/// Lists values, a long list in part: ``the values `a`, `b` and 39 more``.
pub(crate) fn listed(values: &[Value]) -> String {
    const SHOWN: usize = 5;
    let text = |value: &Value| shown(value).unwrap_or_else(|| "an object".to_owned());
    let shown: Vec<String> = values.iter().take(SHOWN).map(text).collect();
    match (values, values.len().saturating_sub(SHOWN)) {
        ([_], _) => format!("the value {}", shown.concat()),
        (_, more @ 1..) => format!("the values {} and {more} more", shown.join(", ")),
        _ => format!("the values {}", shown.join(", ")),
    }
}

/// The path of a value in a message: ``, property `owner.name` ``.
pub(crate) fn path(steps: &[Step]) -> String {
    let mut path = String::new();
    let mut last = &Step::Same;
    let mut within = None;
    for step in steps {
        match step {
            Step::Same => continue,
            Step::Keyword(_) | Step::Member(_) => {
                within = Some(step);
                continue;
            }
            Step::Property(name) if path.is_empty() => path.push_str(name),
            Step::Property(name) => path = format!("{path}.{name}"),
            Step::Items => path.push_str("[]"),
            Step::Additional if path.is_empty() => path.push('*'),
            Step::Additional => path.push_str(".*"),
            Step::Names => {}
        }
        last = step;
    }
    let of = |path: &str| if path.is_empty() { String::new() } else { format!(" of `{path}`") };
    let mut text = match last {
        Step::Property(_) => format!(", property `{path}`"),
        Step::Items => format!(", items{}", of(path.strip_suffix("[]").unwrap_or(&path))),
        Step::Additional => {
            format!(", other properties{}", of(path.trim_end_matches('*').trim_end_matches('.')))
        }
        Step::Names => format!(", names of properties{}", of(&path)),
        Step::Same | Step::Keyword(_) | Step::Member(_) => String::new(),
    };
    match within {
        Some(Step::Keyword(keyword)) => text += &format!(", in `{keyword}`"),
        Some(Step::Member(name)) => text += &format!(", in {name}"),
        _ => {}
    }
    text
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
    /// Creates a finding whose level and id are those of the rule, and which has no place yet.
    pub(crate) fn new(
        rule: Rule,
        direction: Option<Direction>,
        what: &str,
        [old_at, new_at]: [Location; 2],
        [old, new]: [Option<Value>; 2],
    ) -> Self {
        let side = direction.unwrap_or(Direction::Request);
        Self {
            rule,
            level: rule.level(side),
            id: rule.id(side, side.name()),
            direction,
            sentence: Sentence::new(rule, side, what, old.as_ref(), new.as_ref()),
            old_at,
            new_at,
            old,
            new,
            values: Vec::new(),
            identity: String::new(),
            is_one_edit: false,
            place: String::new(),
            also_at: Vec::new(),
        }
    }

    /// Says what changed without the names of components, so that renaming one does not make it another finding.
    pub(crate) fn identify(&mut self, old: Schemas<'_>, new: Schemas<'_>) {
        let value = |of: &Option<Value>, schemas| {
            of.as_ref().map_or_else(String::new, |value| identity(schemas, value))
        };
        self.identity = if self.values.is_empty() {
            format!("{}\n{}", value(&self.old, old), value(&self.new, new))
        } else {
            self.values.iter().map(canonical).collect::<Vec<_>>().join("\n")
        };
    }

    /// What changed, and why it matters to a client.
    pub(crate) fn message(&self) -> String {
        let Sentence { subject, says, why } = &self.sentence;
        let others = match self.also_at.len() {
            0 => String::new(),
            others => format!(" (in {} places)", others + 1),
        };
        if subject.is_empty() || says.contains("{subject}") {
            return format!("{}{others}; {why}", says.replace("{subject}", subject));
        }
        format!("{subject}: {says}{others}; {why}")
    }

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_begins_at_the_body() {
        let property = |name: &str| Step::Property(name.into());
        for (steps, expected) in [
            (vec![], ""),
            (vec![Step::Same], ""),
            (vec![property("a")], ", property `a`"),
            (vec![property("a"), Step::Items, property("b")], ", property `a[].b`"),
            (vec![property("a"), Step::Items], ", items of `a`"),
            (vec![Step::Items], ", items"),
            (vec![property("a"), Step::Additional], ", other properties of `a`"),
            (vec![Step::Additional], ", other properties"),
            (vec![property("a"), Step::Names], ", names of properties of `a`"),
            (vec![Step::Member("`Cat`".into()), property("a")], ", property `a`, in `Cat`"),
            (vec![property("a"), Step::Keyword("not")], ", property `a`, in `not`"),
        ] {
            assert_eq!(path(&steps), expected, "{steps:?}");
        }
    }

    #[test]
    fn long_lists_are_counted() {
        let values: Vec<Value> = (0..41).map(|number| json!(format!("v{number}"))).collect();
        assert_eq!(listed(&values), "the values `v0`, `v1`, `v2`, `v3`, `v4` and 36 more");
        assert_eq!(listed(&values[..1]), "the value `v0`");
        assert_eq!(listed(&[json!(1), json!(null)]), "the values 1, null");
    }
}
