//! Implements the conversions of validated strings from every kind of string.

/// Implements them for `$name(String)`, whose `check(&str)` says what is invalid; `$otherwise` is the error for JSON that is not a string.
/// Without it, `Deserialize` is not implemented.
macro_rules! string_newtype {
    ($name:ident, $error:path, $otherwise:literal) => {
        $crate::string_newtype::string_newtype!($name, $error);

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::deserialize::text(deserializer, $otherwise)
            }
        }
    };
    ($name:ident, $error:path) => {
        impl ::std::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                Self::check(text).map(|()| Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                Self::check(&text).map(|()| Self(text))
            }
        }

        $crate::string_newtype::string_newtype!(@borrowed $name, $error, &str);
        $crate::string_newtype::string_newtype!(@borrowed $name, $error, &String);
        $crate::string_newtype::string_newtype!(@owned $name, $error, Box<str>);
        $crate::string_newtype::string_newtype!(@owned $name, $error, ::std::borrow::Cow<'_, str>);

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
    (@borrowed $name:ident, $error:path, $from:ty) => {
        impl TryFrom<$from> for $name {
            type Error = $error;

            fn try_from(text: $from) -> Result<Self, $error> {
                text.parse()
            }
        }
    };
    (@owned $name:ident, $error:path, $from:ty) => {
        impl TryFrom<$from> for $name {
            type Error = $error;

            fn try_from(text: $from) -> Result<Self, $error> {
                String::from(text).try_into()
            }
        }
    };
}

pub(crate) use string_newtype;
