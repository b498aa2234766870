//! The conformed document becomes the generator's own model, part by part, so that what does not fit is named.
//! Knows the shape of that model; must not know what is generated from it.

use openapiv3::{OpenAPI, PathItem, ReferenceOr, Schema, SchemaKind, Type};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::pointer::Pointer;
use crate::problem::Problem;

/// The entries of a map, each in the place of what it refers to or is.
type Entries<T> = Vec<(String, ReferenceOr<T>)>;

/// Reads the whole document; there is none where a part of it does not fit.
pub(super) fn read(mut document: Value, problems: &mut Vec<Problem>) -> Option<OpenAPI> {
    let before = problems.len();
    let mut reader = Reader { at: Pointer::root(), problems };
    let paths: Entries<PathItem> = reader.each(&mut document, &["paths"], Reader::fitting);
    let schemas = reader.each(&mut document, &["components", "schemas"], Reader::schema);
    let read: Option<OpenAPI> = reader.fitting(document);
    let mut read = read.filter(|_| problems.len() == before)?;
    read.paths.paths = paths.into_iter().collect();
    if let Some(components) = &mut read.components {
        components.schemas = schemas.into_iter().collect();
    }
    Some(read)
}

struct Reader<'p> {
    /// The place of what is being read.
    at: Pointer,
    problems: &'p mut Vec<Problem>,
}

impl Reader<'_> {
    /// Reads a part that has no parts of its own here.
    fn fitting<T: DeserializeOwned>(&mut self, value: Value) -> Option<T> {
        let told = |error| Problem::error(&self.at, format!("not what OpenAPI has here: {error}"));
        T::deserialize(value).map_err(|error: serde_json::Error| self.problems.push(told(error))).ok()
    }

    /// Takes the entries of one map out of what is being read, and reads them with `read`.
    fn each<T>(
        &mut self,
        of: &mut Value,
        path: &[&str],
        read: impl Fn(&mut Self, Value) -> Option<T>,
    ) -> Entries<T> {
        let entries =
            path.iter().try_fold(of, |value, key| value.get_mut(key)).and_then(Value::as_object_mut);
        let entries = entries.map(std::mem::take).unwrap_or_default();
        let mut all = Vec::with_capacity(entries.len());
        path.iter().for_each(|key| self.at.push(key));
        for (name, entry) in entries {
            self.at.push(&name);
            // Told apart here, what is no reference says what is wrong with it, and is not read into a buffer first.
            let entry = match reference(&entry) {
                Some(reference) => Some(ReferenceOr::Reference { reference }),
                None => read(self, entry).map(ReferenceOr::Item),
            };
            all.extend(entry.map(|entry| (name, entry)));
            self.at.pop();
        }
        path.iter().for_each(|_| self.at.pop());
        all
    }

    /// Reads a schema: its properties one by one, and what describes it apart from what it asks for. All at once serde would
    /// read it into a buffer first, and once more for each level below it.
    fn schema(&mut self, mut schema: Value) -> Option<Schema> {
        let properties =
            self.each(&mut schema, &["properties"], |reader, property| reader.schema(property).map(Box::new));
        let Value::Object(schema) = schema else { return self.fitting(schema) };
        let (data, kind): (Map<_, _>, Map<_, _>) = schema.into_iter().partition(|(key, _)| describes(key));
        let schema_data = self.fitting(data.into())?;
        let mut schema_kind = self.fitting(kind.into())?;
        match &mut schema_kind {
            SchemaKind::Type(Type::Object(object)) => object.properties.extend(properties),
            SchemaKind::Any(any) => any.properties.extend(properties),
            // What has properties, if only an empty map of them, is read as one of the two.
            _ => {}
        }
        Some(Schema { schema_data, schema_kind })
    }
}

/// Whether a keyword is one of the generator's `SchemaData`.
fn describes(keyword: &str) -> bool {
    match keyword {
        "default" | "deprecated" | "description" | "discriminator" | "example" | "externalDocs"
        | "nullable" | "readOnly" | "title" | "writeOnly" => true,
        other => other.starts_with("x-"),
    }
}

fn reference(value: &Value) -> Option<String> {
    value.get("$ref").and_then(Value::as_str).map(str::to_owned)
}
