//! The parts of a document that the generator cannot carry: conforming takes them out, and refining puts them back.

mod media_types;
mod pages;
mod parameters;
mod rules;
mod security;
mod servers;
mod webhooks;

use std::collections::{BTreeMap, BTreeSet};

use heck::ToPascalCase;

use crate::document::Pointer;
use crate::document::media_type::Form;
pub(crate) use media_types::{
    ChosenMediaType, EventData, EventFields, Lines, MediaTypes, Multipart, OtherBodies, Part, PartContent,
    StreamItem, StreamPlan,
};
pub use pages::{NextPage, PagesPlan};
pub(crate) use parameters::{ParameterLocation, ParameterPlan, ParameterStyle, Style};
pub(crate) use rules::{RuledBranch, Rules, RulesOf};
pub(crate) use security::{Requirement, SchemeKind, SchemePlan, SecurityPlan};
pub(crate) use servers::{OwnServers, ServerPlan, ServerVariable, Servers};
pub(crate) use webhooks::{Caller, Webhook};

/// The module in paths that stand for tuples.
pub(crate) const TUPLES: &str = "tuples";

/// The property that stands for an item of a tuple: the generator sorts properties by their names.
pub(crate) fn item_name(index: usize) -> String {
    format!("item{index:03}")
}

/// What the generated client needs and the generator's input cannot express.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// The operations, in document order.
    pub operations: Vec<OperationPlan>,
    /// The groups of the operations, in the order in which the document has their tags first.
    pub groups: Vec<Group>,
    /// What the API sends to servers of its users.
    pub webhooks: Vec<Webhook>,
    /// The Rust types of error bodies of operations that are not generated.
    pub errors_of_others: BTreeSet<String>,
    /// The names of the groups of operations that are not generated, of which each exists whatever is.
    pub groups_of_others: BTreeSet<String>,
    /// The Rust names of enums that are read from responses and so keep unknown values.
    pub open_enums: BTreeSet<String>,
    /// The Rust names of enums whose values have names or descriptions, with these.
    pub constants: Vec<(String, Vec<Constant>)>,
    /// The enums whose values are integers or booleans.
    pub scalar_enums: Vec<ScalarEnum>,
    /// The unions, by which a value is read as one of their branches.
    pub unions: Vec<Union>,
    /// The components that have rules, with these.
    pub rules: BTreeMap<String, Rules>,
    /// The Rust names of the component schemas, with the locations in the input that they were made from.
    pub types: Vec<(String, Pointer)>,
    /// The properties that have stand-ins for their names.
    pub properties: Vec<StandIn>,
    /// The Rust names of the tuples, which are structs in the generator's output.
    pub tuples: BTreeSet<String>,
    /// The Rust names of the identifiers that the document names with `x-id`.
    pub ids: BTreeSet<String>,
    /// The items of tuples, by name and index, that contain the tuple.
    pub boxed_items: BTreeSet<(String, usize)>,
    /// The names of all properties on the wire.
    pub property_names: BTreeSet<String>,
    /// The properties that may be `null`.
    pub nullable: Vec<NullableProperty>,
    /// The Rust names of the deprecated types.
    pub deprecated_types: BTreeMap<String, Deprecation>,
    /// The deprecated properties.
    pub deprecated_properties: Vec<DeprecatedProperty>,
    /// The URL of the document's first server, placeholders and all.
    pub server_url: String,
    /// The servers of the document that have a type.
    pub servers: Servers,
    /// The security schemes and requirements, if the module uses them.
    pub security: Option<SecurityPlan>,
    /// The base of relative links in descriptions.
    pub documentation_url: Option<String>,
}

impl Plan {
    /// Removes the entries of operations and types that are not generated.
    pub(crate) fn retain(
        &mut self,
        has_operation: &dyn Fn(&OperationPlan) -> bool,
        has_type: &dyn Fn(&str) -> bool,
    ) {
        self.operations.retain(has_operation);
        for stream in self.operations.iter_mut().filter_map(|operation| operation.media_types.stream.as_mut())
        {
            stream.item.retain(has_type);
        }
        let (operations, others) = (&self.operations, &self.groups_of_others);
        self.groups.retain(|group| {
            let has_one = operations.iter().any(|operation| operation.groups.contains(&group.name));
            has_one || others.contains(&group.name)
        });
        self.webhooks.retain(|webhook| has_type(&webhook.payload));
        self.types.retain(|(name, _)| has_type(name));
        self.open_enums.retain(|name| has_type(name));
        self.tuples.retain(|name| has_type(name));
        self.boxed_items.retain(|(name, _)| has_type(name));
        self.constants.retain(|(name, _)| has_type(name));
        self.scalar_enums.retain(|of| has_type(&of.name));
        self.unions.retain(|union| has_type(&union.of));
        self.properties.retain(|property| has_type(&property.of));
        self.nullable.retain(|property| has_type(&property.of));
        self.deprecated_types.retain(|name, _| has_type(name));
        self.deprecated_properties.retain(|property| has_type(&property.of));
    }

    /// Calls `edit` with each location in the document.
    pub(crate) fn each_location(&mut self, edit: &mut dyn FnMut(&mut Pointer)) {
        self.operations.iter_mut().for_each(|operation| edit(&mut operation.at));
        self.types.iter_mut().for_each(|(_, at)| edit(at));
        for webhook in &mut self.webhooks {
            edit(&mut webhook.of);
            edit(&mut webhook.at);
        }
    }

    /// Whether the document deprecates anything that is generated.
    pub(crate) fn deprecates(&self) -> bool {
        let is_used = |operation: &OperationPlan| {
            operation.deprecation.is_some()
                || operation.parameters.iter().any(|parameter| parameter.deprecation.is_some())
                || operation.headers.iter().any(|header| header.deprecation.is_some())
        };
        !self.deprecated_types.is_empty()
            || self.webhooks.iter().any(|webhook| webhook.deprecation.is_some())
            || !self.deprecated_properties.is_empty()
            || self.operations.iter().any(is_used)
    }

    /// The names of the open enums whose values are strings.
    pub(crate) fn open_string_enums(&self) -> BTreeSet<String> {
        let is_string = |name: &&String| !self.scalar_enums.iter().any(|of| of.name == **name);
        self.open_enums.iter().filter(is_string).cloned().collect()
    }

    /// The Rust types of all error bodies.
    pub(crate) fn error_bodies(&self) -> BTreeSet<&String> {
        let own = self
            .operations
            .iter()
            .flat_map(|operation| {
                let others = operation.errors_by_media_type.iter().map(|(_, _, body)| body);
                operation.errors.iter().map(|(_, body)| body).chain(others)
            })
            .filter_map(Option::as_ref);
        own.chain(&self.errors_of_others).collect()
    }
}

/// The methods that the generator knows.
const KNOWN_METHODS: [&str; 8] = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"];

impl OperationPlan {
    /// Whether the generator's input has another method for it, in a path item of its own.
    pub(crate) fn has_stand_in(&self) -> bool {
        !KNOWN_METHODS.contains(&self.verb.as_str())
    }
}

/// One operation: what it sends, which statuses succeed, and which error bodies it documents.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct OperationPlan {
    /// The method's name in Rust.
    pub method: String,
    /// The `operationId` as the document spells it.
    pub operation_id: String,
    /// The location of the operation in the document.
    pub at: Pointer,
    /// The names of the groups that it is in.
    pub groups: Vec<String>,
    /// Where the document deprecates it.
    pub deprecation: Option<Deprecation>,
    /// The HTTP method, such as `POST`.
    pub verb: String,
    /// The path with a `{name}` for each parameter in it, by its name on the wire.
    pub path: String,
    /// Its own servers, unless the document's first server is the only one of them.
    pub own_servers: Option<OwnServers>,
    /// Whether its requests have credentials: the document requires them, or has no security requirements.
    pub sends_credentials: bool,
    /// Its security requirements, if they are not those of the document.
    pub security: Option<Vec<Requirement>>,
    /// The parameters that are sent.
    pub parameters: Vec<ParameterPlan>,
    /// The media types of the body and of the responses.
    pub media_types: MediaTypes,
    /// How the body is written, if there is one.
    pub body: Option<Form>,
    /// Whether it has a body that may be left out.
    pub has_optional_body: bool,
    /// The rules that its body must hold to.
    pub body_rules: Option<RulesOf>,
    /// The documented statuses of success.
    pub success: Vec<Status>,
    /// The Rust types of the bodies of successes, by status and media type, where there are several types. `None` is any other media type.
    pub successes_by_type: Vec<(Status, Option<String>, String)>,
    /// The names of the variants of the type of these, in its order.
    pub success_variants: Vec<String>,
    /// The Rust type of the body of each documented error status; `None` for a body that is not decoded, or for no body.
    pub errors: Vec<(Status, Option<String>)>,
    /// The same of other media types that an error status has, in lower case and without parameters.
    pub errors_by_media_type: Vec<(Status, String, Option<String>)>,
    /// The headers that its responses declare.
    pub headers: Vec<HeaderPlan>,
    /// How its list is read, if it has pages.
    pub pages: Option<PagesPlan>,
}

impl OperationPlan {
    /// The name of its builder, as the generator writes it: `_1st` of `_1st`.
    pub(crate) fn builder(&self) -> String {
        let name = self.method.to_pascal_case();
        match name.chars().next() {
            Some(first) if unicode_ident::is_xid_start(first) => name,
            _ => format!("_{name}"),
        }
    }
}

/// The operations with a tag.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    /// The name of its type.
    pub name: String,
    /// The method of the client that returns it.
    pub method: String,
    /// The tags that become this name.
    pub tags: Vec<String>,
    /// The description of the first of them that has one, in CommonMark; empty without one.
    pub description: String,
}

/// A response header.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HeaderPlan {
    /// The name on the wire.
    pub name: String,
    /// The method that reads it.
    pub method: String,
    pub kind: HeaderKind,
    /// Whether it lists several values, with commas between them.
    pub is_list: bool,
    /// The description, in Markdown; empty without one.
    pub description: String,
    pub deprecation: Option<Deprecation>,
}

/// The type of the values of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderKind {
    Text,
    Integer,
    Unsigned,
    Number,
    Boolean,
}

/// A value of an enum.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Constant {
    /// The value on the wire.
    pub value: String,
    /// The name of its variant, if it is not made of the value.
    pub name: Option<String>,
    /// Its description in the document, in CommonMark.
    pub description: Option<String>,
}

/// An enum of integers or booleans. In the generator's input, its values are the names of its variants.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ScalarEnum {
    /// Its name in Rust.
    pub name: String,
    /// The names of its variants, with their values on the wire.
    pub values: Vec<(String, ScalarValue)>,
}

impl ScalarEnum {
    pub(crate) fn has_integers(&self) -> bool {
        self.values.iter().any(|(_, value)| matches!(value, ScalarValue::Integer(_)))
    }
}

/// A value that is not a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScalarValue {
    Integer(i64),
    Boolean(bool),
}

/// A component whose values are those of several schemas.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Union {
    /// The Rust name of its type.
    pub of: String,
    /// The property whose value says which branch it is, declared as discriminator or not.
    pub discriminator: Option<String>,
    /// In the order of the generator's input.
    pub branches: Vec<Branch>,
}

/// One of the schemas of a union.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Branch {
    /// The name of its variant.
    pub name: String,
    /// The values that it allows for some properties, by their names on the wire.
    pub tags: Vec<(String, Vec<serde_json::Value>)>,
    /// Names on the wire of properties without which it cannot be read.
    pub required: Vec<String>,
    /// Whether its values are objects.
    pub is_object: bool,
    /// Whether the discriminator selects it where it selects no other.
    pub is_default: bool,
}

/// That the document deprecates something.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Deprecation {
    /// Why, in the document's words.
    pub note: Option<String>,
}

/// A property that the document deprecates.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DeprecatedProperty {
    /// The type that it belongs to.
    pub of: String,
    /// Its name in the generator's input.
    pub name: String,
    pub deprecation: Deprecation,
}

/// A property that may be `null`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NullableProperty {
    /// The type that it belongs to.
    pub of: String,
    /// Its name in the generator's input.
    pub name: String,
    /// Whether it may also be absent.
    pub is_optional: bool,
}

/// A property whose name in the generator's input stands in for its own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StandIn {
    /// The type that it belongs to.
    pub of: String,
    /// The name in the generator's input, which is its identifier in Rust as well.
    pub name: String,
    /// The name on the wire.
    pub original: String,
}

/// A key of a Responses Object. The order is the order to match in: a code before its range before `default`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    Code(u16),
    /// `4XX` is `Range(4)`.
    Range(u16),
    Default,
}

impl Status {
    /// Reads `404`, `4XX` or `default`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text == "default" {
            return Some(Self::Default);
        }
        if !text.is_ascii() || text.len() != 3 {
            return None;
        }
        if let Some(class) = text.strip_suffix("XX") {
            return class.parse().ok().filter(|class| (1..=5).contains(class)).map(Self::Range);
        }
        text.parse().ok().filter(|code| (100..=599).contains(code)).map(Self::Code)
    }

    /// Whether it is one of 2xx.
    pub(crate) fn is_success(self) -> bool {
        matches!(self, Self::Code(200..=299) | Self::Range(2))
    }
}
