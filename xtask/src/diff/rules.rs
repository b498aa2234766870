//! What a change is called, and whom it breaks.
//! Knows the vocabulary of oasdiff, whose ids are used where the meaning is the same; must not know how changes are found.

use serde_json::Value;

use super::shape::At;

/// Who sends the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Direction {
    /// The client: bodies and parameters, replies to webhooks.
    Request,
    /// The API: answers, bodies of webhooks.
    Response,
}

/// Where a schema stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Place {
    Body,
    Property,
    Parameter,
    Header,
}

/// How bad a change is for somebody who goes by the old document. The worst comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Level {
    Breaking,
    Warning,
    Info,
}

use Level::{Breaking, Info, Warning};

/// A change of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    TypeChanged,
    TypeNarrowed,
    TypeWidened,
    BecameNullable,
    BecameNotNullable,
    BecameNever,
    BecamePossible,
    FormatSet,
    FormatDropped,
    FormatChanged,
    EnumSet,
    EnumDropped,
    ValueRemoved,
    ValueAdded,
    ConstantSet,
    ConstantDropped,
    ConstantChanged,
    BoundSet(&'static str),
    BoundUnset(&'static str),
    BoundTightened(&'static str),
    BoundLoosened(&'static str),
    PatternAdded,
    PatternRemoved,
    PatternChanged,
    MultipleSet,
    MultipleDropped,
    MultipleChanged,
    UniqueSet,
    UniqueDropped,
    Closed,
    Opened,
    ReadOnlySet,
    ReadOnlyDropped,
    WriteOnlySet,
    WriteOnlyDropped,
    Deprecated,
    Reactivated,
    ConditionAdded(&'static str),
    ConditionRemoved(&'static str),
    ConditionChanged(&'static str),
    DefaultChanged,
    DiscriminatorAdded,
    DiscriminatorRemoved,
    DiscriminatorChanged,
    UnionAdded,
    UnionRemoved,
    MemberAdded(&'static str),
    MemberRemoved(&'static str),
    PropertyRemoved,
    PropertyRefused,
    RequiredPropertyRemoved,
    OptionalPropertyRemoved,
    RequiredPropertyAdded,
    OptionalPropertyAdded,
    BecameRequired,
    BecameOptional,
}

/// What the rule of a change says: the end of its id, its levels for requests and responses, and why it matters.
struct Rule {
    id: String,
    request: Level,
    response: Level,
    why: &'static str,
}

const NARROWS: &str = "what was allowed is refused now";
const WIDENS: &str = "values may come that were not possible before";
const NEITHER: &str = "what was right is wrong now, and the other way round";
const HARMLESS: &str = "what was sent or read before still is right";

impl Kind {
    fn rule(self) -> Rule {
        let (id, request, response, why) = match self {
            Self::TypeChanged => ("type-changed".to_owned(), Breaking, Breaking, NEITHER),
            Self::TypeNarrowed => ("list-of-types-narrowed".to_owned(), Breaking, Info, NARROWS),
            Self::TypeWidened => ("list-of-types-widened".to_owned(), Info, Breaking, WIDENS),
            Self::BecameNullable => {
                ("became-nullable".to_owned(), Info, Breaking, "`null` may come where it could not before")
            }
            Self::BecameNotNullable => {
                ("became-not-nullable".to_owned(), Breaking, Info, "`null` is refused now")
            }
            Self::BecameNever => ("became-impossible".to_owned(), Breaking, Info, NARROWS),
            Self::BecamePossible => ("became-possible".to_owned(), Info, Breaking, WIDENS),
            Self::FormatSet => ("format-added".to_owned(), Breaking, Info, NARROWS),
            Self::FormatDropped => ("format-removed".to_owned(), Info, Breaking, WIDENS),
            Self::FormatChanged => ("type-changed".to_owned(), Breaking, Breaking, NEITHER),
            Self::EnumSet => ("became-enum".to_owned(), Breaking, Info, NARROWS),
            Self::EnumDropped => ("enum-removed".to_owned(), Info, Breaking, WIDENS),
            Self::ValueRemoved => {
                ("enum-value-removed".to_owned(), Breaking, Info, "the value is refused now")
            }
            Self::ValueAdded => {
                ("enum-value-added".to_owned(), Info, Warning, "a value may come that was not listed")
            }
            Self::ConstantSet => ("const-added".to_owned(), Breaking, Info, NARROWS),
            Self::ConstantDropped => ("const-removed".to_owned(), Info, Breaking, WIDENS),
            Self::ConstantChanged => ("const-changed".to_owned(), Breaking, Breaking, NEITHER),
            Self::BoundSet(keyword @ "minLength") => {
                (format!("{}-set", kebab(keyword)), Breaking, Info, NARROWS)
            }
            Self::BoundSet(keyword) => {
                (format!("{}-set", kebab(keyword)), Warning, Info, "what was allowed may be refused now")
            }
            Self::BoundUnset(keyword) => (format!("{}-unset", kebab(keyword)), Info, Breaking, WIDENS),
            Self::BoundTightened(keyword) => (
                format!(
                    "{}-{}",
                    kebab(keyword),
                    if keyword.contains("in") { "increased" } else { "decreased" }
                ),
                Breaking,
                Info,
                NARROWS,
            ),
            Self::BoundLoosened(keyword) => (
                format!(
                    "{}-{}",
                    kebab(keyword),
                    if keyword.contains("in") { "decreased" } else { "increased" }
                ),
                Info,
                Breaking,
                WIDENS,
            ),
            Self::PatternAdded => ("pattern-added".to_owned(), Breaking, Info, NARROWS),
            Self::PatternRemoved => ("pattern-removed".to_owned(), Info, Breaking, WIDENS),
            Self::PatternChanged => (
                "pattern-changed".to_owned(),
                Warning,
                Warning,
                "whether the new pattern allows the same is not known",
            ),
            Self::MultipleSet => ("multiple-of-set".to_owned(), Breaking, Info, NARROWS),
            Self::MultipleDropped => ("multiple-of-unset".to_owned(), Info, Breaking, WIDENS),
            Self::MultipleChanged => ("multiple-of-changed".to_owned(), Breaking, Breaking, NEITHER),
            Self::UniqueSet => ("unique-items-set".to_owned(), Breaking, Info, NARROWS),
            Self::UniqueDropped => ("unique-items-unset".to_owned(), Info, Breaking, WIDENS),
            Self::Closed => (
                "additional-properties-closed".to_owned(),
                Breaking,
                Info,
                "properties that are not named are refused now",
            ),
            Self::Opened => (
                "additional-properties-opened".to_owned(),
                Info,
                Breaking,
                "properties may come that are not named",
            ),
            Self::ReadOnlySet => ("became-read-only".to_owned(), Info, Info, HARMLESS),
            Self::ReadOnlyDropped => ("became-not-read-only".to_owned(), Info, Info, HARMLESS),
            Self::WriteOnlySet => ("became-write-only".to_owned(), Info, Info, HARMLESS),
            Self::WriteOnlyDropped => ("became-not-write-only".to_owned(), Info, Info, HARMLESS),
            Self::Deprecated => ("deprecated".to_owned(), Info, Info, "it is going to be removed"),
            Self::Reactivated => ("reactivated".to_owned(), Info, Info, HARMLESS),
            Self::ConditionAdded(keyword) => (format!("{}-added", kebab(keyword)), Breaking, Info, NARROWS),
            Self::ConditionRemoved(keyword) => {
                (format!("{}-removed", kebab(keyword)), Info, Breaking, WIDENS)
            }
            Self::ConditionChanged(keyword) => {
                (format!("{}-changed", kebab(keyword)), Breaking, Breaking, NEITHER)
            }
            Self::DefaultChanged => {
                ("default-value-changed".to_owned(), Info, Info, "what is not sent means something else")
            }
            Self::DiscriminatorAdded => ("discriminator-added".to_owned(), Info, Info, HARMLESS),
            Self::DiscriminatorRemoved => (
                "discriminator-removed".to_owned(),
                Breaking,
                Breaking,
                "the kinds of objects are told apart in another way",
            ),
            Self::DiscriminatorChanged => (
                "discriminator-changed".to_owned(),
                Breaking,
                Breaking,
                "the kinds of objects are told apart in another way",
            ),
            Self::UnionAdded => ("union-added".to_owned(), Breaking, Info, NARROWS),
            Self::UnionRemoved => ("union-removed".to_owned(), Info, Breaking, WIDENS),
            Self::MemberAdded(keyword) => (format!("{}-added", kebab(keyword)), Info, Breaking, WIDENS),
            Self::MemberRemoved(keyword) => (format!("{}-removed", kebab(keyword)), Breaking, Info, NARROWS),
            Self::PropertyRemoved => {
                ("removed".to_owned(), Warning, Warning, "what is sent for it is ignored now")
            }
            Self::PropertyRefused => {
                ("removed".to_owned(), Breaking, Breaking, "the object is closed, so that it is refused now")
            }
            Self::RequiredPropertyRemoved => {
                ("required-removed".to_owned(), Breaking, Breaking, "what is relied on is missing now")
            }
            Self::OptionalPropertyRemoved => {
                ("optional-removed".to_owned(), Warning, Warning, "it never comes any more")
            }
            Self::RequiredPropertyAdded => {
                ("required-added".to_owned(), Breaking, Info, "what does not send it is refused now")
            }
            Self::OptionalPropertyAdded => ("optional-added".to_owned(), Info, Info, HARMLESS),
            Self::BecameRequired => {
                ("became-required".to_owned(), Breaking, Info, "what does not send it is refused now")
            }
            Self::BecameOptional => {
                ("became-optional".to_owned(), Info, Breaking, "what is relied on may be missing now")
            }
        };
        Rule { id, request, response, why }
    }

    /// The id as oasdiff has it, where it has it.
    fn id(self, direction: Direction, place: Place) -> String {
        let side = if direction == Direction::Request { "request" } else { "response" };
        match (self, direction) {
            (Self::RequiredPropertyAdded, Direction::Request) => "new-required-request-property".to_owned(),
            (Self::OptionalPropertyAdded, Direction::Request) => "new-optional-request-property".to_owned(),
            (Self::RequiredPropertyAdded, _) => "response-required-property-added".to_owned(),
            (Self::OptionalPropertyAdded, _) => "response-optional-property-added".to_owned(),
            (Self::RequiredPropertyRemoved, _) => "response-required-property-removed".to_owned(),
            (Self::OptionalPropertyRemoved, _) => "response-optional-property-removed".to_owned(),
            _ => {
                let place = match place {
                    Place::Body => "body",
                    Place::Property => "property",
                    Place::Parameter => "parameter",
                    Place::Header => "header",
                };
                format!("{side}-{place}-{}", self.rule().id)
            }
        }
    }
}

/// `minLength` as `min-length`; `exclusiveMinimum` as `exclusive-min`, `minimum` as `min`.
fn kebab(keyword: &str) -> String {
    let short = keyword.replace("imum", "").replace("Maximum", "Max");
    short.chars().flat_map(|c| c.is_uppercase().then_some('-').into_iter().chain(c.to_lowercase())).collect()
}

/// One change and whom it breaks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finding {
    pub(crate) level: Level,
    pub(crate) id: String,
    pub(crate) direction: Option<Direction>,
    /// What changed, and why it matters.
    pub(crate) message: String,
    /// Where it is in the documents, as far as it is there.
    pub(crate) old_at: Option<At>,
    pub(crate) new_at: Option<At>,
    pub(crate) old: Option<Value>,
    pub(crate) new: Option<Value>,
}

impl Finding {
    #[expect(clippy::too_many_arguments, reason = "a finding has as many parts")]
    pub(crate) fn new(
        kind: Kind,
        direction: Direction,
        place: Place,
        name: &str,
        old_at: Option<At>,
        new_at: Option<At>,
        old: Option<Value>,
        new: Option<Value>,
    ) -> Self {
        let rule = kind.rule();
        let level = match (kind, direction, place) {
            (Kind::DefaultChanged, Direction::Request, Place::Parameter) => Breaking,
            (_, Direction::Request, _) => rule.request,
            (_, Direction::Response, _) => rule.response,
        };
        let message = format!("{name}: {}; {}", rule.id.replace('-', " "), rule.why);
        Self {
            level,
            id: kind.id(direction, place),
            direction: Some(direction),
            message,
            old_at,
            new_at,
            old,
            new,
        }
    }

    /// A change of something other than a schema.
    pub(crate) fn of(
        level: Level,
        id: &str,
        message: String,
        old_at: Option<At>,
        new_at: Option<At>,
    ) -> Self {
        Self { level, id: id.to_owned(), direction: None, message, old_at, new_at, old: None, new: None }
    }
}
