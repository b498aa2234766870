//! Reads structs from objects and writes them as such, with one visitor for all of them: serde's derive makes one for each, which
//! is most of what a generated client costs to compile. Uses serde alone: the scratch crate of `xtask check` compiles this file as
//! well.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, IntoDeserializer as _, MapAccess, Visitor,
};
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

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
    deserializer.deserialize_struct(T::SHAPE.name, T::SHAPE.properties, ObjectVisitor(PhantomData))
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
        Ok(usize::try_from(index).unwrap_or(usize::MAX).min(self.names.len()))
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

/// Writes a struct. After an error nothing more is written.
pub(crate) struct Writer<S: Serializer>(Result<S::SerializeStruct, S::Error>);

/// Begins to write a struct, given for each property whether it is absent.
pub(crate) fn write<S: Serializer>(serializer: S, name: &'static str, are_absent: &[bool]) -> Writer<S> {
    let fields = are_absent.iter().filter(|is_absent| !**is_absent).count();
    Writer(serializer.serialize_struct(name, fields))
}

impl<S: Serializer> Writer<S> {
    /// Writes a property.
    pub(crate) fn value<T: Serialize>(&mut self, name: &'static str, value: &T) {
        let written = self.0.as_mut().map(|to| to.serialize_field(name, value));
        if let Ok(Err(error)) = written {
            self.0 = Err(error);
        }
    }

    /// Writes a property, unless it is absent.
    pub(crate) fn optional<T: Serialize>(&mut self, name: &'static str, value: &Option<T>) {
        match value {
            Some(value) => self.value(name, value),
            None => {
                if let Ok(Err(error)) = self.0.as_mut().map(|to| to.skip_field(name)) {
                    self.0 = Err(error);
                }
            }
        }
    }

    /// Ends the struct.
    ///
    /// # Errors
    /// A property could not be written.
    pub(crate) fn end(self) -> Result<S::Ok, S::Error> {
        self.0?.end()
    }
}

/// Writes a struct with properties that have no field of their own. After an error nothing more is written.
pub(crate) struct MapWriter<S: Serializer>(Result<S::SerializeMap, S::Error>);

/// Begins to write such a struct: its size is not known.
pub(crate) fn write_map<S: Serializer>(serializer: S, _: &'static str, _: &[bool]) -> MapWriter<S> {
    MapWriter(serializer.serialize_map(None))
}

impl<S: Serializer> MapWriter<S> {
    /// Writes a property.
    pub(crate) fn value<K: Serialize + ?Sized, V: Serialize>(&mut self, name: &K, value: &V) {
        let written = self.0.as_mut().map(|to| to.serialize_entry(name, value));
        if let Ok(Err(error)) = written {
            self.0 = Err(error);
        }
    }

    /// Writes a property, unless it is absent.
    pub(crate) fn optional<T: Serialize>(&mut self, name: &'static str, value: &Option<T>) {
        if let Some(value) = value {
            self.value(name, value);
        }
    }

    /// Writes the properties without a field of their own.
    pub(crate) fn others<'a, K: Serialize + 'a, V: Serialize + 'a>(
        &mut self,
        others: impl IntoIterator<Item = (&'a K, &'a V)>,
    ) {
        others.into_iter().for_each(|(name, value)| self.value(name, value));
    }

    /// Ends the struct.
    ///
    /// # Errors
    /// A property could not be written.
    pub(crate) fn end(self) -> Result<S::Ok, S::Error> {
        self.0?.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    #[derive(Clone, Debug, PartialEq)]
    struct All {
        count: i64,
        name: String,
        note: Option<String>,
        unset: Option<Option<u8>>,
        list: Vec<u8>,
        many: Option<i64>,
    }

    mod integers {
        /// Reads floats as integers.
        pub(super) struct Integer<T>(pub(super) T);

        impl<'de> serde::Deserialize<'de> for Integer<i64> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                f64::deserialize(deserializer).map(|value| Self(value as i64))
            }
        }

        impl<'de> serde::Deserialize<'de> for Integer<Option<i64>> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Option::<f64>::deserialize(deserializer).map(|value| Self(value.map(|value| value as i64)))
            }
        }
    }

    object! {
        All [count name]
        0 "the count" count required integers;
        1 "name" name required;
        2 "note" note optional;
        3 "unset" unset nullable;
        4 "list" list default;
        5 "many" many optional integers;
    }

    fn read(text: &str) -> Result<All, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_struct_is_read_from_an_object_in_any_order() {
        let all =
            All { count: 1, name: "n".to_owned(), note: None, unset: None, list: Vec::new(), many: None };
        assert_eq!(read(r#"{"name":"n","the count":1.0}"#), Ok(all.clone()));
        let nulls = All { unset: Some(None), ..all.clone() };
        assert_eq!(
            read(r#"{"the count":1,"many":null,"x":[{}],"note":null,"unset":null,"name":"n"}"#),
            Ok(nulls)
        );
        let full =
            All { note: Some("o".to_owned()), unset: Some(Some(2)), list: vec![3], many: Some(4), ..all };
        let text = r#"{"the count":1,"name":"n","note":"o","unset":2,"list":[3],"many":4}"#;
        assert_eq!(read(text), Ok(full.clone()));
        assert_eq!(serde_json::to_string(&full).ok().as_deref(), Some(text));
    }

    #[test]
    fn absent_properties_are_not_written_and_not_counted() {
        let of =
            |unset| All { count: 1, name: String::new(), note: None, unset, list: Vec::new(), many: None };
        let written = |all: &All| serde_json::to_value(all).expect("JSON");
        assert_eq!(written(&of(None)), json!({"the count": 1, "name": "", "list": []}));
        assert_eq!(written(&of(Some(None))), json!({"the count": 1, "name": "", "unset": null, "list": []}));
    }

    /// The errors are those of serde's derive.
    #[test]
    fn an_error_names_the_property() {
        let error = |text: &str| read(text).expect_err("an error");
        assert_eq!(error(r#"{"note":"o"}"#), "missing field `the count` at line 1 column 12");
        assert_eq!(error(r#"{"the count":1}"#), "missing field `name` at line 1 column 15");
        assert_eq!(error(r#"{"note":"","note":""}"#), "duplicate field `note` at line 1 column 17");
        assert_eq!(error("[1, \"n\"]"), "invalid type: sequence, expected struct All at line 1 column 1");
        let wrong = r#"{"the count":1,"name":true,"note":"o"}"#;
        assert_eq!(error(wrong), "invalid type: boolean `true`, expected a string at line 1 column 26");
    }

    #[derive(Debug, PartialEq)]
    struct Closed {
        name: Option<String>,
    }
    object! { closed Closed [] 0 "name" name optional; }

    #[test]
    fn a_closed_object_has_no_other_properties() {
        assert_eq!(serde_json::from_str(r#"{"name":null}"#).ok(), Some(Closed { name: None }));
        let error = serde_json::from_str::<Closed>(r#"{"name":"n","x":1}"#).expect_err("closed");
        assert_eq!(error.to_string(), "unknown field `x`, expected `name` at line 1 column 15");
        assert_eq!(serde_json::to_string(&Closed { name: None }).ok().as_deref(), Some("{}"));
    }

    #[derive(Debug, Default, PartialEq)]
    struct Open {
        name: String,
        note: Option<String>,
        extra: HashMap<String, i64>,
    }
    object! { Open [name] 0 "the name" name required; 1 "note" note optional; ..extra integers }

    #[test]
    fn other_properties_are_kept_in_a_map() {
        let text = r#"{"the name":"n","b":2}"#;
        let open = serde_json::from_str::<Open>(r#"{"b":1.0,"note":null,"the name":"n","b":2.0}"#);
        let open = open.expect("it can be read");
        assert_eq!(open.extra, HashMap::from([("b".to_owned(), 2)]));
        assert_eq!((&*open.name, open.note.as_deref()), ("n", None));
        assert_eq!(serde_json::to_string(&open).ok().as_deref(), Some(text));
        let error = |text: &str| serde_json::from_str::<Open>(text).expect_err("an error").to_string();
        assert_eq!(error(r#"{"b":1}"#), "missing field `the name` at line 1 column 7");
        assert_eq!(
            error(r#"{"the name":"n","b":[]}"#),
            "invalid type: sequence, expected f64 at line 1 column 20"
        );
    }

    /// As serde's derive does: what a map may have for a key is for its type to say.
    #[test]
    fn a_key_that_is_not_of_its_type_is_an_error() {
        struct Keyed {
            extra: HashMap<u8, Option<bool>>,
        }
        object! { Keyed [] ..extra }
        let read = |text: &str| serde_json::from_str::<Keyed>(text).map_err(|error| error.to_string());
        assert_eq!(read("{}").map(|keyed| keyed.extra.len()), Ok(0));
        let error = "invalid type: string \"x\", expected u8 at line 1 column 4";
        assert_eq!(read(r#"{"x":true}"#).map(drop), Err(error.to_owned()));
    }

    #[test]
    fn a_struct_of_many_properties_is_read() {
        struct Nothing;
        object! { Nothing [] }
        let many: String = (0..200).map(|index| format!("\"p{index}\":{index},")).collect();
        assert!(serde_json::from_str::<Nothing>(&format!("{{{many}\"p\":0}}")).is_ok());
        let mut seen = super::Seen::default();
        assert!([0, 63, 64, 200].iter().all(|index| !seen.insert(*index) && seen.has(*index)));
        assert!(seen.insert(64) && seen.insert(63) && !seen.has(65));
    }
}
