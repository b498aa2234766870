//! What the setters and builders of generated code share: optional values, reasons, and the error of a value that cannot be built.
//! Uses the standard library alone: the scratch crate of `xtask check` compiles this file as well.

use std::borrow::Cow;
use std::fmt::{self, Display};

/// What the setter of an optional property or parameter takes: a value that converts to `T`, or an `Option` of one.
///
/// `None` leaves the property or parameter out of the request. `Kind` tells the compiler which of the two it is; you never write it.
///
/// ```
/// use relay_rest::types::MfaRequest;
///
/// # fn main() -> Result<(), relay_rest::ConversionError> {
/// let from: Option<String> = None;
/// let request = MfaRequest::builder().to("+15551234567").from(from).token_length(6).build()?;
/// assert!(request.from.is_none());
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not convert to `{T}`",
    label = "expected a value that converts to `{T}`, or an `Option` of one",
    note = "`TryInto<{T}>` with an error that implements `Display` is needed"
)]
pub trait IntoOption<T, Kind> {
    /// Returns the value, `None` if there is none, or why the value is invalid.
    #[doc(hidden)]
    fn into_option(self) -> Result<Option<T>, String>;
}

/// The kind of [`IntoOption`] for a value.
#[doc(hidden)]
pub struct OneValue;

/// The kind of [`IntoOption`] for an `Option`.
#[doc(hidden)]
pub struct Optional;

impl<T, V> IntoOption<T, OneValue> for V
where
    V: TryInto<T>,
    V::Error: Display,
{
    fn into_option(self) -> Result<Option<T>, String> {
        self.try_into().map(Some).map_err(|reason| reason.to_string())
    }
}

impl<T, V> IntoOption<T, Optional> for Option<V>
where
    V: TryInto<T>,
    V::Error: Display,
{
    fn into_option(self) -> Result<Option<T>, String> {
        self.map_or(Ok(None), IntoOption::<T, OneValue>::into_option)
    }
}

/// Separates the problems of a builder.
const AND: &str = ", and ";

/// Why a builder has no value for a property or a parameter.
#[derive(Clone, Debug)]
pub(crate) enum Invalid {
    /// It is required and was not set.
    NotSet,
    /// Its value is invalid.
    Because(String),
}

impl Invalid {
    /// The reason that a conversion gives.
    pub(crate) fn because(reason: impl Display) -> Self {
        Self::Because(reason.to_string())
    }

    /// The problem with `name`; without a name, the reason says what it is about.
    fn of(&self, name: &str) -> String {
        match self {
            Self::NotSet => format!("`{name}` is not set"),
            Self::Because(reason) if name.is_empty() => reason.clone(),
            // A builder inside this one has several.
            Self::Because(reason) if reason.contains(AND) => format!("{name}: ({reason})"),
            Self::Because(reason) => format!("{name}: {reason}"),
        }
    }
}

impl Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSet => "a required value is not set",
            Self::Because(reason) => reason,
        })
    }
}

/// What a builder has for a property.
#[derive(Clone, Debug)]
pub(crate) struct Slot<T>(Result<T, Invalid>);

/// Not set.
impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Err(Invalid::NotSet))
    }
}

impl<T> From<T> for Slot<T> {
    fn from(value: T) -> Self {
        Self(Ok(value))
    }
}

impl<T> Slot<T> {
    /// Keeps a value, or why it is invalid.
    pub(crate) fn set(&mut self, value: impl TryInto<T, Error: Display>) {
        self.0 = value.try_into().map_err(Invalid::because);
    }

    /// Why a required property has no value.
    pub(crate) fn problem(&self) -> Option<&Invalid> {
        self.0.as_ref().err()
    }

    /// Why an optional property has no value, unless it is not set.
    pub(crate) fn problem_if_set(&self) -> Option<&Invalid> {
        self.problem().filter(|problem| !matches!(problem, Invalid::NotSet))
    }

    /// The value of a required property.
    pub(crate) fn value(self) -> Result<T, Invalid> {
        self.0
    }
}

impl<T: Default> Slot<T> {
    /// The value of an optional property.
    pub(crate) fn or_default(self) -> Result<T, Invalid> {
        match self.0 {
            Err(Invalid::NotSet) => Ok(T::default()),
            set => set,
        }
    }
}

impl<T> Slot<Option<T>> {
    /// Keeps a value, `None`, or why a value is invalid.
    pub(crate) fn set_option<K>(&mut self, value: impl IntoOption<T, K>) {
        self.0 = value.into_option().map_err(Invalid::because);
    }

    /// Keeps a value or `None`, each of which is valid.
    #[allow(dead_code, reason = "only documents with such properties need it")]
    pub(crate) fn set_any(&mut self, value: impl Into<Option<T>>) {
        self.0 = Ok(value.into());
    }
}

impl<T> Slot<Option<Option<T>>> {
    /// As [`Slot::set_option`]; `Some(None)` is `null`.
    #[allow(dead_code, reason = "only documents with such properties need it")]
    pub(crate) fn set_nullable<K>(&mut self, value: impl IntoOption<T, K>) {
        self.0 = value.into_option().map(|value| value.map(Some)).map_err(Invalid::because);
    }
}

/// Fails with everything that is invalid among the values of a builder, in their order.
pub(crate) fn all_valid(values: &[(&str, Option<&Invalid>)]) -> Result<(), ConversionError> {
    let problems = values.iter().filter_map(|(name, invalid)| invalid.map(|invalid| invalid.of(name)));
    let problems: Vec<String> = problems.collect();
    if problems.is_empty() { Ok(()) } else { Err(problems.join(AND).into()) }
}

/// A value does not convert to a generated type: it is invalid, or required properties of a builder are not set.
///
/// `Display` names each property and the problem:
///
/// ```
/// use relay_rest::types::MfaRequest;
///
/// let error = MfaRequest::builder().token_length(3).build().unwrap_err();
/// assert_eq!(error.to_string(), "`to` is not set, and token_length: 3 is out of range; 4 to 20 are allowed");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ConversionError(Cow<'static, str>);

impl std::error::Error for ConversionError {}

impl fmt::Debug for ConversionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Display for ConversionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&'static str> for ConversionError {
    fn from(reason: &'static str) -> Self {
        Self(reason.into())
    }
}

impl From<String> for ConversionError {
    fn from(reason: String) -> Self {
        Self(reason.into())
    }
}

impl From<Invalid> for ConversionError {
    fn from(invalid: Invalid) -> Self {
        invalid.to_string().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_lists_each_invalid_value_with_its_reason() {
        let (not_set, too_long) = (Invalid::NotSet, Invalid::because("too long"));
        let one = all_valid(&[("a", None), ("b", Some(&too_long))]).expect_err("an error");
        assert_eq!(one.to_string(), "b: too long");
        assert_eq!(format!("{one:?}"), "\"b: too long\"");
        let two = all_valid(&[("a", Some(&not_set)), ("b", Some(&too_long))]).expect_err("an error");
        // Parentheses show which of them are those of the builder inside.
        let outer = all_valid(&[
            ("c", Some(&Invalid::because(two))),
            ("", Some(&Invalid::because(one))),
            ("d", Some(&not_set)),
        ]);
        let expected = "c: (`a` is not set, and b: too long), and b: too long, and `d` is not set";
        assert_eq!(outer.expect_err("an error").to_string(), expected);
        assert_eq!(all_valid(&[("a", None), ("b", None)]), Ok(()));
    }

    #[test]
    fn a_reason_alone_is_an_error_as_well() {
        let shown = [Invalid::NotSet, Invalid::because("too long")].map(ConversionError::from);
        assert_eq!(shown.map(|error| error.to_string()), ["a required value is not set", "too long"]);
    }
}
