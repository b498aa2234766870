//! Reads and writes types whose fields have no names: newtypes, unions and tuples. serde's derive does the same with its attributes
//! `transparent` and `untagged`, but is a package of its own, and takes rustc longer.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeTupleStruct, Serializer};
use serde_json::Value;

/// Implements the traits for a struct with one field, which is read and written as that field.
///
/// ```text
/// transparent! { QueueId: Deserialize, Serialize }
/// transparent! { Sizes: Deserialize integers, Serialize }
/// ```
///
/// `integers`: the field is of a type that `integers::Integer` reads.
macro_rules! transparent {
    ($of:ident: $($trait:ident $($way:ident)?),*) => {
        $($crate::unnamed::transparent!(@$trait $of $($way)?);)*
    };
    (@Deserialize $of:ident $($way:ident)?) => {
        impl<'de> ::serde::Deserialize<'de> for $of {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                $crate::unnamed::transparent!(@read deserializer $($way)?).map(Self)
            }
        }
    };
    (@Serialize $of:ident) => {
        impl ::serde::Serialize for $of {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                ::serde::Serialize::serialize(&self.0, serializer)
            }
        }
    };
    (@read $from:ident) => { ::serde::Deserialize::deserialize($from) };
    (@read $from:ident integers) => {
        ::serde::Deserialize::deserialize($from).map(|integers::Integer(value)| value)
    };
}
pub(crate) use transparent;

/// Implements the traits for an enum of which each variant has one field. A value is read as the first variant that it can be read as,
/// and written as its field.
///
/// ```text
/// untagged! { Size: Deserialize, Serialize; Integer integers, String }
/// ```
///
/// `integers`: the field is of a type that `integers::Integer` reads.
macro_rules! untagged {
    ($of:ident: $($trait:ident),*; $($variant:ident $($way:ident)?),*) => {
        $crate::unnamed::untagged!(@each [$($trait)*] $of [$($variant [$($way)?])*]);
    };
    (@each [$($trait:ident)*] $of:ident $variants:tt) => {
        $($crate::unnamed::untagged!(@$trait $of $variants);)*
    };
    (@Deserialize $of:ident [$($variant:ident [$($way:ident)?])*]) => {
        impl<'de> ::serde::Deserialize<'de> for $of {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                $crate::unnamed::first(
                    deserializer,
                    &[$(|value| $crate::unnamed::transparent!(@read value $($way)?).map(Self::$variant)),*],
                )
            }
        }
    };
    (@Serialize $of:ident [$($variant:ident [$($way:ident)?])*]) => {
        impl ::serde::Serialize for $of {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(value) => ::serde::Serialize::serialize(value, serializer),)*
                }
            }
        }
    };
}
pub(crate) use untagged;

/// Reads a value as one of the variants of an enum.
pub(crate) type Variant<T> = fn(&Value) -> serde_json::Result<T>;

/// Reads a value as the first variant that it can be read as.
///
/// # Errors
/// Returns the error of the deserializer. If no variant fits, the error does not contain the value.
pub(crate) fn first<'de, T, D: Deserializer<'de>>(
    deserializer: D,
    variants: &[Variant<T>],
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    variants
        .iter()
        .find_map(|read| read(&value).ok())
        .ok_or_else(|| D::Error::custom("none of the documented types fits the value"))
}

/// Implements [`Tuple`], `Deserialize` and `Serialize` for a struct that is read from an array with an item for each field, and written as one.
///
/// ```text
/// tuple! { Position: 0, 1, 2 integers }
/// ```
///
/// `integers`: the field is of a type that `integers::Integer` reads.
macro_rules! tuple {
    ($of:ident: $($index:tt $($way:ident)?),*) => {
        impl $crate::unnamed::Tuple for $of {
            const NAME: &str = ::std::stringify!($of);
            const LENGTH: usize = [$($index),*].len();

            fn read<'de, A: ::serde::de::SeqAccess<'de>>(
                items: &mut $crate::unnamed::TupleItems<A>,
            ) -> ::std::result::Result<Self, A::Error> {
                Ok(Self($($crate::unnamed::tuple!(@read items $($way)?)),*))
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $of {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                $crate::unnamed::read(deserializer)
            }
        }

        impl ::serde::Serialize for $of {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                let mut writer = $crate::unnamed::write::<Self, S>(serializer);
                $(writer.item(&self.$index);)*
                writer.end()
            }
        }
    };
    (@read $items:ident) => { $items.next(|value| value)? };
    (@read $items:ident integers) => { $items.next(|integers::Integer(value)| value)? };
}
pub(crate) use tuple;

/// A struct with a field for each item of an array.
pub(crate) trait Tuple: Sized {
    /// The name of the type.
    const NAME: &str;
    /// The number of items.
    const LENGTH: usize;

    /// Reads all items.
    fn read<'de, A: SeqAccess<'de>>(items: &mut TupleItems<A>) -> Result<Self, A::Error>;
}

/// Reads a tuple.
///
/// # Errors
/// The value is not an array of as many items, or an item is not of its type.
pub(crate) fn read<'de, T: Tuple, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_tuple_struct(T::NAME, T::LENGTH, TupleVisitor(PhantomData))
}

struct TupleVisitor<T>(PhantomData<T>);

impl<'de, T: Tuple> Visitor<'de> for TupleVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an array of {} items", T::LENGTH)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<T, A::Error> {
        T::read(&mut TupleItems { sequence, read: 0, expected: T::LENGTH })
    }
}

/// The items of an array that is being read.
pub(crate) struct TupleItems<A> {
    sequence: A,
    read: usize,
    expected: usize,
}

impl<A> TupleItems<A> {
    /// Reads the next item, by way of another type.
    ///
    /// # Errors
    /// There is no other item, or it is not of its type.
    pub(crate) fn next<'de, V: Deserialize<'de>, T>(&mut self, inner: fn(V) -> T) -> Result<T, A::Error>
    where
        A: SeqAccess<'de>,
    {
        let item = self.sequence.next_element()?;
        let item = item.ok_or_else(|| {
            A::Error::custom(format_args!(
                "{} of {} items are missing",
                self.expected - self.read,
                self.expected
            ))
        })?;
        self.read += 1;
        Ok(inner(item))
    }
}

/// Writes a tuple. After an error nothing more is written.
pub(crate) struct TupleWriter<S: Serializer>(Result<S::SerializeTupleStruct, S::Error>);

/// Begins to write a tuple.
pub(crate) fn write<T: Tuple, S: Serializer>(serializer: S) -> TupleWriter<S> {
    TupleWriter(serializer.serialize_tuple_struct(T::NAME, T::LENGTH))
}

impl<S: Serializer> TupleWriter<S> {
    /// Writes an item.
    pub(crate) fn item<T: Serialize>(&mut self, item: &T) {
        if let Ok(Err(error)) = self.0.as_mut().map(|to| to.serialize_field(item)) {
            self.0 = Err(error);
        }
    }

    /// Ends the tuple.
    ///
    /// # Errors
    /// An item could not be written.
    pub(crate) fn end(self) -> Result<S::Ok, S::Error> {
        self.0?.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    mod integers {
        /// Reads floats as integers.
        pub(super) struct Integer<T>(pub(super) T);

        impl<'de> serde::Deserialize<'de> for Integer<i64> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                f64::deserialize(deserializer).map(|value| Self(value as i64))
            }
        }
    }

    #[derive(Debug, PartialEq)]
    struct Name(String);
    transparent! { Name: Deserialize, Serialize }

    #[derive(Debug, PartialEq)]
    struct Count(i64);
    transparent! { Count: Deserialize integers, Serialize }

    #[derive(Debug, PartialEq)]
    enum Either {
        Count(i64),
        Name(Name),
        Names(Vec<Name>),
    }
    untagged! { Either: Deserialize, Serialize; Count integers, Name, Names }

    #[test]
    fn a_struct_is_its_field() {
        assert_eq!(serde_json::from_str::<Name>("\"a\"").ok(), Some(Name("a".to_owned())));
        assert_eq!(serde_json::from_str::<Count>("2.0").ok(), Some(Count(2)));
        assert_eq!(serde_json::to_string(&[Count(2)]).ok().as_deref(), Some("[2]"));
        let error = serde_json::from_str::<Vec<Name>>("[\"a\", 1]").expect_err("not a string");
        assert_eq!(error.to_string(), "invalid type: integer `1`, expected a string at line 1 column 7");
    }

    #[test]
    fn a_union_is_the_first_variant_that_fits() {
        let all = json!([2.0, "a", ["b"]]);
        let read: Vec<Either> = serde_json::from_value(all).expect("each fits");
        assert_eq!(
            read,
            [Either::Count(2), Either::Name(Name("a".to_owned())), Either::Names(vec![Name("b".to_owned())])]
        );
        assert_eq!(serde_json::to_value(&read).ok(), Some(json!([2, "a", ["b"]])));
    }

    #[derive(Debug, PartialEq)]
    struct Pair(Name, i64);
    tuple! { Pair: 0, 1 integers }

    #[test]
    fn a_tuple_is_an_array_with_an_item_for_each_field() {
        let read = |text: &str| serde_json::from_str::<Pair>(text).map_err(|error| error.to_string());
        let pair = Pair(Name("a".to_owned()), 2);
        assert_eq!(serde_json::to_string(&pair).ok().as_deref(), Some(r#"["a",2]"#));
        assert_eq!(read(r#"["a",2.0]"#), Ok(pair));
        let error = |text: &str| read(text).expect_err("not a pair");
        assert_eq!(error(r#"["a"]"#), "1 of 2 items are missing at line 1 column 5");
        assert_eq!(error("[]"), "2 of 2 items are missing at line 1 column 2");
        assert_eq!(error(r#"["a",2,3]"#), "trailing characters at line 1 column 8");
        assert_eq!(error("{}"), "invalid type: map, expected an array of 2 items at line 1 column 0");
    }

    /// The value may be a secret.
    #[test]
    fn a_value_that_does_not_fit_is_not_in_the_error() {
        let error = serde_json::from_str::<Either>("{\"code\":\"123456\"}").expect_err("an object");
        assert_eq!(error.to_string(), "none of the documented types fits the value");
        assert!(serde_json::from_str::<Either>("[").is_err_and(|error| error.is_eof()));
    }
}
