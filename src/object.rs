//! Reads structs from objects and writes them as such, with one visitor for all of them: serde's derive makes one for each, which
//! is most of what a generated client costs to compile. Uses serde alone: the scratch crate of `xtask check` compiles this file as
//! well.

mod write;

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, IntoDeserializer as _, MapAccess,
    Unexpected, Visitor,
};

pub(crate) use write::{write, write_map};

/// Implements [`Object`], `Deserialize` and `Serialize` for a struct, given the fields that are required, and all properties in the
/// order in which they are written, each with its index and its name.
///
/// ```text
/// object! { MfaRequest [to] 0 "message" message optional; 1 "to" to required; 2 "token_length" token_length optional integers; }
/// ```
///
/// | | type of the field | absent | `null` |
/// |---|---|---|---|
/// | `required` | any | an error | what the type reads |
/// | `optional` | `Option<T>` | `None` | `None` |
/// | `nullable` | `Option<T>` | `None` | what `T` reads |
/// | `default` | `T: Default` | the default | what the type reads |
///
/// `integers`: of a type that `integers::Integer` reads.
///
/// All other properties are ignored. With `closed` before the name of the type, they are an error. With `..` and a field after the
/// properties, they are the entries of that field, which is a map.
///
/// ```text
/// object! { closed Point [x] 0 "x" x required; }
/// object! { Labels [] 0 "name" name optional; ..extra }
/// ```
macro_rules! object {
    (closed $($of:tt)*) => { $crate::object::object!(@of Denied write $($of)*); };
    ($of:ident [$($required:ident)*] $($index:literal $name:literal $field:ident $kind:ident $($way:ident)?;)*) => {
        $crate::object::object! {
            @of Ignored write $of [$($required)*] $($index $name $field $kind $($way)?;)*
        }
    };
    ($of:ident [$($required:ident)*] $($index:literal $name:literal $field:ident $kind:ident $($way:ident)?;)* ..$($rest:tt)*) => {
        $crate::object::object! {
            @of Kept write_map $of [$($required)*] $($index $name $field $kind $($way)?;)* ..$($rest)*
        }
    };
    (
        @of $others:ident $write:ident $of:ident [$($required:ident)*]
        $($index:literal $name:literal $field:ident $kind:ident $($way:ident)?;)* $(..$extra:ident $($extra_way:ident)?)?
    ) => {
        impl $crate::object::Object for $of {
            const SHAPE: $crate::object::Shape = $crate::object::Shape {
                name: ::std::stringify!($of),
                properties: &[$($name),*],
                are_required: &[$($crate::object::object!(@is_required $kind)),*],
                others: $crate::object::Others::$others,
            };

            // A struct without required properties.
            #[allow(irrefutable_let_patterns)]
            fn read<'de, A: ::serde::de::MapAccess<'de>>(
                properties: &mut $crate::object::Properties<'de, A>,
            ) -> ::std::option::Option<Self> {
                $(let mut $field = $crate::object::object!(@initial $kind);)*
                $(let mut $extra = ::std::default::Default::default();)?
                while let Some(index) = properties.next() {
                    match index {
                        $($index => $crate::object::object!(@read properties $field $kind $($way)?),)*
                        _ => $crate::object::object!(@read_other properties $($extra $($extra_way)?)?),
                    }
                }
                let ($(Some($required),)*) = ($($required,)*) else { return None };
                Some(Self { $($field,)* $($extra)? })
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $of {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                $crate::object::read(deserializer)
            }
        }

        impl ::serde::Serialize for $of {
            // A struct without properties.
            #[allow(unused_mut)]
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                let are_absent = [$($crate::object::object!(@is_absent self $field $kind)),*];
                let mut writer = $crate::object::$write(serializer, ::std::stringify!($of), &are_absent);
                $($crate::object::object!(@write writer self $name $field $kind);)*
                $(writer.others(&self.$extra);)?
                writer.end()
            }
        }
    };
    (@is_required required) => { true };
    (@is_required $kind:ident) => { false };
    (@initial default) => { ::std::default::Default::default() };
    (@initial $kind:ident) => { None };
    (@read $properties:ident $field:ident required) => { $properties.value(&mut $field) };
    (@read $properties:ident $field:ident nullable) => { $properties.value(&mut $field) };
    (@read $properties:ident $field:ident $kind:ident) => { $properties.optional(&mut $field) };
    (@read $properties:ident $field:ident required integers) => {
        $properties.value_as(&mut $field, |integers::Integer(value)| value)
    };
    (@read $properties:ident $field:ident nullable integers) => {
        $properties.value_as(&mut $field, |integers::Integer(value)| value)
    };
    (@read $properties:ident $field:ident $kind:ident integers) => {
        $properties.optional_as(&mut $field, |integers::Integer(value)| value)
    };
    (@read_other $properties:ident) => { $properties.skip() };
    (@read_other $properties:ident $extra:ident) => { $properties.other(&mut $extra, |value| value) };
    (@read_other $properties:ident $extra:ident integers) => {
        $properties.other(&mut $extra, |integers::Integer(value)| value)
    };
    (@is_absent $of:ident $field:ident required) => { false };
    (@is_absent $of:ident $field:ident default) => { false };
    (@is_absent $of:ident $field:ident $kind:ident) => { $of.$field.is_none() };
    (@write $writer:ident $of:ident $name:literal $field:ident required) => { $writer.value($name, &$of.$field) };
    (@write $writer:ident $of:ident $name:literal $field:ident default) => { $writer.value($name, &$of.$field) };
    (@write $writer:ident $of:ident $name:literal $field:ident $kind:ident) => { $writer.optional($name, &$of.$field) };
}
pub(crate) use object;

/// A struct with a field for each property of an object.
pub(crate) trait Object: Sized {
    /// One constant, because each takes rustc as long as a function.
    const SHAPE: Shape;

    /// Reads all properties. `None` if a required one is missing; if another could not be read, the value is of no use.
    fn read<'de, A: MapAccess<'de>>(properties: &mut Properties<'de, A>) -> Option<Self>;
}

/// What is known of a struct before it is read.
pub(crate) struct Shape {
    /// The name of the type.
    pub(crate) name: &'static str,
    /// The names of the properties.
    pub(crate) properties: &'static [&'static str],
    /// Which of them are required.
    pub(crate) are_required: &'static [bool],
    pub(crate) others: Others,
}

/// What becomes of properties without a field of their own.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Others {
    Ignored,
    Denied,
    Kept,
}

/// Reads a struct.
///
/// # Errors
/// The value is not an object, a required property is missing, a property occurs twice, is not of its type, or is not allowed.
pub(crate) fn read<'de, T: Object, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    match T::SHAPE.others {
        Others::Kept => deserializer.deserialize_map(ObjectVisitor(PhantomData)),
        _ => deserializer.deserialize_struct(T::SHAPE.name, T::SHAPE.properties, ObjectVisitor(PhantomData)),
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Object> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "struct {}", T::SHAPE.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        let names = T::SHAPE.properties;
        let mut properties = Properties {
            map,
            names,
            others: T::SHAPE.others,
            other: String::new(),
            next: 0,
            seen: Seen::default(),
            error: None,
            lifetime: PhantomData,
        };
        let value = T::read(&mut properties);
        if let Some(error) = properties.error {
            return Err(error);
        }
        value.ok_or_else(|| {
            let mut all = names.iter().zip(T::SHAPE.are_required).enumerate();
            let missing = all.find(|(index, (_, is_required))| **is_required && !properties.seen.has(*index));
            // Without an error, each property that was seen has a value.
            A::Error::missing_field(missing.map_or("a property", |(_, (name, _))| name))
        })
    }
}

/// The properties of an object that is being read. After an error there are no more.
pub(crate) struct Properties<'de, A: MapAccess<'de>> {
    map: A,
    names: &'static [&'static str],
    others: Others,
    /// The last name that is not among the names, if it is kept.
    other: String,
    /// Where the next name is looked for first: most objects have their properties in the order of the document.
    next: usize,
    seen: Seen,
    error: Option<A::Error>,
    lifetime: PhantomData<&'de ()>,
}

impl<'de, A: MapAccess<'de>> Properties<'de, A> {
    /// The index of the next property among the names, or their number for an unknown one. Its value has to be read next.
    pub(crate) fn next(&mut self) -> Option<usize> {
        if self.error.is_some() {
            return None;
        }
        let name = Name { names: self.names, first: self.next, others: self.others, other: &mut self.other };
        let index = match self.map.next_key_seed(name) {
            Ok(index) => index?,
            Err(error) => {
                self.error = Some(error);
                return None;
            }
        };
        if let Some(name) = self.names.get(index) {
            self.next = index + 1;
            if self.seen.insert(index) {
                self.error = Some(A::Error::duplicate_field(name));
                return None;
            }
        }
        Some(index)
    }

    /// Reads a value that is required, or that may be `null` as well as absent.
    pub(crate) fn value<T: Deserialize<'de>>(&mut self, into: &mut Option<T>) {
        self.value_as(into, |value| value);
    }

    /// Reads a value that has a default.
    pub(crate) fn optional<T: Deserialize<'de>>(&mut self, into: &mut T) {
        self.optional_as(into, |value| value);
    }

    /// As [`Properties::value`], by way of another type.
    pub(crate) fn value_as<V: Deserialize<'de>, T>(&mut self, into: &mut Option<T>, inner: fn(V) -> T) {
        match self.map.next_value() {
            Ok(value) => *into = Some(inner(value)),
            Err(error) => self.error = Some(error),
        }
    }

    /// As [`Properties::optional`], by way of another type.
    pub(crate) fn optional_as<V: Deserialize<'de>, T>(&mut self, into: &mut T, inner: fn(V) -> T) {
        match self.map.next_value() {
            Ok(value) => *into = inner(value),
            Err(error) => self.error = Some(error),
        }
    }

    /// Reads the value of a property without a field of its own into a map, by way of another type.
    pub(crate) fn other<K, V, W, M>(&mut self, into: &mut M, inner: fn(W) -> V)
    where
        K: Deserialize<'de>,
        W: Deserialize<'de>,
        M: IntoIterator<Item = (K, V)> + Extend<(K, V)>,
    {
        let name = std::mem::take(&mut self.other);
        let entry = K::deserialize(name.into_deserializer())
            .and_then(|name| self.map.next_value().map(|value| (name, inner(value))));
        match entry {
            Ok(entry) => into.extend([entry]),
            Err(error) => self.error = Some(error),
        }
    }

    /// Ignores a value.
    pub(crate) fn skip(&mut self) {
        self.error = self.map.next_value::<IgnoredAny>().err();
    }
}

/// The set of the properties that an object has, by their indices. The first 64 need no memory of their own.
#[derive(Default)]
struct Seen {
    first: u64,
    others: Vec<usize>,
}

impl Seen {
    fn has(&self, index: usize) -> bool {
        if index < 64 { self.first & (1 << index) != 0 } else { self.others.contains(&index) }
    }

    /// Returns whether it was there before.
    fn insert(&mut self, index: usize) -> bool {
        let had = self.has(index);
        if index < 64 {
            self.first |= 1 << index;
        } else if !had {
            self.others.push(index);
        }
        had
    }
}

/// Reads a name as its index.
struct Name<'a> {
    names: &'static [&'static str],
    first: usize,
    others: Others,
    other: &'a mut String,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("field identifier")
    }

    fn visit_u64<E: Error>(self, index: u64) -> Result<usize, E> {
        let known = usize::try_from(index).ok().filter(|index| *index < self.names.len());
        match (known, self.others) {
            (Some(index), _) => Ok(index),
            (None, Others::Ignored) => Ok(self.names.len()),
            (None, _) => Err(E::invalid_value(Unexpected::Unsigned(index), &self)),
        }
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        let (before, after) = self.names.split_at(self.first.min(self.names.len()));
        let found = |names: &[&str]| names.iter().position(|own| *own == name);
        let index = found(after).map(|index| before.len() + index).or_else(|| found(before));
        if index.is_none() {
            match self.others {
                Others::Ignored => {}
                Others::Denied => return Err(E::unknown_field(name, self.names)),
                Others::Kept => name.clone_into(self.other),
            }
        }
        Ok(index.unwrap_or(self.names.len()))
    }

    fn visit_bytes<E: Error>(self, name: &[u8]) -> Result<usize, E> {
        self.visit_str(&String::from_utf8_lossy(name))
    }
}

#[cfg(test)]
mod tests;
