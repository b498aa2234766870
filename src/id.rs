//! The identifiers of resources, each a type of its own, so that one is not taken for another.

use std::fmt;

/// Implements an identifier for `pub struct $name(String)`: a UUID when it is set, and any string when it is received.
macro_rules! id {
    ($name:ident) => {
        impl $name {
            /// Returns the string that the server sent, or that it was made of.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns the UUID, or `None` if the server sent another string.
            pub fn as_uuid(&self) -> Option<::uuid::Uuid> {
                self.0.parse().ok()
            }

            fn check(text: &str) -> Result<(), $crate::id::IdError> {
                $crate::id::check(text)
            }
        }

        $crate::string_newtype::string_newtype!($name, $crate::id::IdError);

        impl From<::uuid::Uuid> for $name {
            fn from(id: ::uuid::Uuid) -> Self {
                Self(id.to_string())
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::id::debug(stringify!($name), &self.0, f)
            }
        }
    };
}

pub(crate) use id;

pub(crate) fn check(text: &str) -> Result<(), IdError> {
    uuid::Uuid::try_parse(text).map(drop).map_err(|_| IdError(()))
}

/// Shows a UUID, and hides any other string, which could be anything.
pub(crate) fn debug(name: &str, text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let shown = if check(text).is_ok() { text } else { "…" };
    write!(f, "{name}({shown})")
}

/// A string is not an identifier: it is not a UUID. It does not repeat the string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdError(());

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a UUID")
    }
}

impl std::error::Error for IdError {}

#[cfg(test)]
#[allow(unreachable_pub, reason = "generated code has the macro in a public module")]
mod tests {
    use uuid::Uuid;

    use super::IdError;
    use crate::unnamed::transparent;

    #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
    struct QueueId(String);

    transparent! { QueueId: Deserialize, Serialize }
    id!(QueueId);

    #[test]
    fn an_id_is_set_from_a_uuid_and_received_as_it_is() {
        let text = "0E984725-C51C-4BF4-9960-E1C80E27ABA0";
        let uuid: Uuid = text.parse().expect("a UUID");
        let id: QueueId = text.parse().expect("a UUID");
        assert_eq!((id.as_str(), id.as_uuid(), QueueId::from(&id)), (text, Some(uuid), id.clone()));
        assert_eq!(QueueId::from(uuid).as_str(), text.to_lowercase());
        assert_eq!(format!("{id:?}"), format!("QueueId({text})"));
        assert_eq!(
            "mfa_7".parse::<QueueId>().map_err(|error| error.to_string()),
            Err("not a UUID".to_owned())
        );

        let other: QueueId = serde_json::from_str("\"mfa_7\"").expect("any string");
        assert_eq!(
            (other.as_uuid(), format!("{other:?}"), other.to_string()),
            (None, "QueueId(…)".to_owned(), "mfa_7".to_owned())
        );
        assert_eq!(serde_json::to_string(&other).expect("a string"), "\"mfa_7\"");
    }
}
