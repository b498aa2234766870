//! An identifier in a response, which keeps the string that the server sent.

use std::borrow::Cow;
use std::fmt;

use uuid::Uuid;

use crate::unnamed::transparent;

/// An identifier that the server assigned, as it sent it: a UUID according to the document.
///
/// It accepts every string, so that a response can be read whatever the server sends. `Debug` shows a UUID and hides any other string,
/// which could be anything; `Display` shows both.
///
/// ```
/// use relay_rest::Identifier;
/// use uuid::Uuid;
///
/// let id = Identifier::from("C5D9B1BA-2B3C-4C1C-9B0E-A1E3D6E4A5B1");
/// assert_eq!(id.as_str(), "C5D9B1BA-2B3C-4C1C-9B0E-A1E3D6E4A5B1");
/// assert_eq!(id.as_uuid(), Some(Uuid::from_u128(0xc5d9b1ba_2b3c_4c1c_9b0e_a1e3d6e4a5b1)));
/// assert_eq!(format!("{id:?}"), "Identifier(C5D9B1BA-2B3C-4C1C-9B0E-A1E3D6E4A5B1)");
/// assert_eq!(format!("{:?}", Identifier::from("+14043287382")), "Identifier(…)");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier(String);

transparent! { Identifier: Deserialize, Serialize }

impl Identifier {
    /// Returns the string that the server sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the UUID, or `None` if the string is not one.
    pub fn as_uuid(&self) -> Option<Uuid> {
        self.0.parse().ok()
    }
}

macro_rules! from_strings {
    ($($string:ty),*) => {$(
        impl From<$string> for Identifier {
            fn from(id: $string) -> Self {
                Self(id.into())
            }
        }
    )*};
}

from_strings!(&str, String, &String, Box<str>, Cow<'_, str>);

impl From<Uuid> for Identifier {
    fn from(id: Uuid) -> Self {
        Self(id.to_string())
    }
}

impl From<Identifier> for String {
    fn from(id: Identifier) -> Self {
        id.0
    }
}

impl TryFrom<&Identifier> for Uuid {
    type Error = uuid::Error;

    fn try_from(id: &Identifier) -> Result<Self, uuid::Error> {
        id.0.parse()
    }
}

impl TryFrom<Identifier> for Uuid {
    type Error = uuid::Error;

    fn try_from(id: Identifier) -> Result<Self, uuid::Error> {
        Self::try_from(&id)
    }
}

impl AsRef<str> for Identifier {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if self.as_uuid().is_some() { &self.0 } else { "…" };
        write!(f, "Identifier({shown})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_keeps_its_string_in_every_conversion() {
        let text = "0E984725-C51C-4BF4-9960-E1C80E27ABA0";
        let uuid: Uuid = text.parse().expect("a UUID");
        for id in
            [text.into(), text.to_owned().into(), (&text.to_owned()).into(), Box::<str>::from(text).into()]
        {
            let id: Identifier = id;
            assert_eq!((id.as_ref(), id.to_string()), (text, text.to_owned()));
            assert_eq!((Uuid::try_from(&id).ok(), Uuid::try_from(id.clone()).ok()), (Some(uuid), Some(uuid)));
            assert_eq!(String::from(id), text);
        }
        assert_eq!(Identifier::from(Cow::Borrowed(text)).as_uuid(), Some(uuid));
        assert_eq!(Identifier::from(uuid).as_str(), "0e984725-c51c-4bf4-9960-e1c80e27aba0");
    }

    #[test]
    fn a_string_that_is_not_a_uuid_is_kept_and_hidden() {
        let id: Identifier = serde_json::from_str("\"mfa_7\"").expect("any string");
        assert_eq!(serde_json::to_string(&id).expect("a string"), "\"mfa_7\"");
        assert_eq!((id.as_uuid(), format!("{id:?}")), (None, "Identifier(…)".to_owned()));
        assert!(Uuid::try_from(&id).is_err());
        assert!(serde_json::from_str::<Identifier>("7").is_err());
    }
}
