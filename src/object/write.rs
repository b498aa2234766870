//! Writes structs as objects.

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

/// Writes a struct. After an error nothing more is written.
pub(crate) struct ObjectWriter<S: Serializer>(Result<S::SerializeStruct, S::Error>);

/// Begins to write a struct, given for each property whether it is absent.
pub(crate) fn write<S: Serializer>(
    serializer: S,
    name: &'static str,
    are_absent: &[bool],
) -> ObjectWriter<S> {
    let fields = are_absent.iter().filter(|is_absent| !**is_absent).count();
    ObjectWriter(serializer.serialize_struct(name, fields))
}

impl<S: Serializer> ObjectWriter<S> {
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
