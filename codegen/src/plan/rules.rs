//! What a value that is sent must hold to, and no generated type enforces.

use serde_json::Value;

/// What a value that is sent must hold to and no generated type enforces. The handwritten struct has fields of the same names.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rules {
    /// Constraints by keyword, where `exclusiveMinimum` and `exclusiveMaximum` are numbers. Of a pattern, the document's and its translation; of
    /// a format, its name and its type.
    pub checks: Vec<(&'static str, Value)>,
    /// By their names on the wire; all properties where `others` has rules.
    pub properties: Vec<(String, Option<RulesOf>)>,
    /// Of each other property.
    pub others: Option<Box<RulesOf>>,
    /// Of the first items.
    pub tuple: Vec<Option<RulesOf>>,
    /// Of each other item.
    pub items: Option<Box<RulesOf>>,
    pub branches: Vec<RuledBranch>,
}

impl Rules {
    /// The rules of parts and branches.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &RulesOf> {
        let properties = self.properties.iter().filter_map(|(_, part)| part.as_ref());
        let branches = self.branches.iter().filter_map(|branch| branch.rules.as_ref());
        let inner = self.items.iter().chain(&self.others).map(|part| &**part);
        properties.chain(branches).chain(self.tuple.iter().flatten()).chain(inner)
    }
}

/// The rules of a component, or of a schema without a name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RulesOf {
    Component(String),
    Inline(Rules),
}

/// A branch of a union: which values can be of it, and their rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RuledBranch {
    /// The type in the document.
    pub kind: Option<String>,
    /// Names on the wire of the properties that it requires.
    pub required: Vec<String>,
    /// The values that it allows for some properties, by their names on the wire.
    pub tags: Vec<(String, Vec<Value>)>,
    pub rules: Option<RulesOf>,
}
