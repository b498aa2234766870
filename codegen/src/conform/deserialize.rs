//! Parses the conformed document into the model of `openapiv3`, part by part, so that each invalid field is reported.

use std::collections::BTreeSet;

use openapiv3::{
    Components, Info, OpenAPI, Operation, PathItem, Paths, ReferenceOr, Schema, SchemaKind, Type,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::document::{Pointer, is_annotation, is_extension, references, walk};
use crate::free_name::free_name;
use crate::problem::Problem;

/// Parses the parts that code is generated from; `None` if one of them is invalid. Other parts are not checked.
pub(super) fn read(mut document: Value, problems: &mut Vec<Problem>) -> Option<OpenAPI> {
    let before = problems.len();
    let mut reader = Reader { at: Pointer::root(), problems };
    let mut part = |key: &str| (key.to_owned(), document.get_mut(key).map(Value::take));
    let [openapi, info, paths, components] = ["openapi", "info", "paths", "components"].map(&mut part);
    let read = OpenAPI {
        openapi: reader.within(openapi, Reader::whole),
        info: info.1.map(|info| about(&info)).unwrap_or_default(),
        paths: reader.within(paths, Reader::paths),
        components: reader.within(components, Reader::components),
        ..OpenAPI::default()
    };
    (problems.len() == before).then_some(read)
}

/// `{title: t, version: 1, contact: none}` ⇒ `{title: t, version: '1'}`
fn about(info: &Value) -> Info {
    let text = |key: &str| match info.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    Info {
        title: text("title").unwrap_or_default(),
        version: text("version").unwrap_or_default(),
        description: text("description"),
        ..Info::default()
    }
}

struct Reader<'p> {
    /// The location of the value that is being parsed.
    at: Pointer,
    problems: &'p mut Vec<Problem>,
}

impl Reader<'_> {
    /// Parses a field, with `at` at its location.
    fn within<T: Default>(
        &mut self,
        (key, value): (String, Option<Value>),
        read: impl FnOnce(&mut Self, Value) -> T,
    ) -> T {
        let Some(value) = value else { return T::default() };
        self.at.push(&key);
        let read = read(self, value);
        self.at.pop();
        read
    }

    /// Parses each entry of a map.
    fn entries(&mut self, map: Value, mut read: impl FnMut(&mut Self, String, Value)) {
        let Value::Object(entries) = map else { return };
        for (name, entry) in entries {
            self.at.push(&name);
            read(self, name, entry);
            self.at.pop();
        }
    }

    /// Parses a value as a whole: its fields are not tried one by one.
    fn whole<T: DeserializeOwned + Default>(&mut self, value: Value) -> T {
        self.fitting(value, &|| Value::Null).unwrap_or_default()
    }

    /// Parses a value; `least` has the required fields of its type.
    fn fitting<T: DeserializeOwned>(&mut self, value: Value, least: &dyn Fn() -> Value) -> Option<T> {
        T::deserialize(&value).map_err(|error| self.report::<T>(&value, least(), &error)).ok()
    }

    /// Reports the fields that are invalid, by parsing each one next to the required ones.
    fn report<T: DeserializeOwned>(&mut self, value: &Value, least: Value, error: &serde_json::Error) {
        let problem = |at: &Pointer, error: &serde_json::Error| {
            Problem::error(at, format!("not valid OpenAPI: {error}"))
        };
        let before = self.problems.len();
        let fields = value.as_object().filter(|_| least.is_object());
        for (key, field) in fields.into_iter().flatten() {
            let mut alone = least.clone();
            alone[key] = field.clone();
            if let Err(error) = T::deserialize(alone) {
                self.problems.push(problem(&self.at.join(key), &error));
            }
        }
        if self.problems.len() == before {
            self.problems.push(problem(&self.at, error));
        }
    }

    fn paths(&mut self, paths: Value) -> Paths {
        let mut read = Paths::default();
        let taken: BTreeSet<String> = paths.as_object().into_iter().flat_map(Map::keys).cloned().collect();
        self.entries(paths, |reader, path, item| {
            if path.starts_with('/') {
                let mut read_item = PathItem::default();
                let others = reader.path_item(item, &mut read_item);
                read.paths.insert(path.clone(), ReferenceOr::Item(read_item));
                for (key, operation) in others {
                    let item = PathItem { post: Some(operation), ..PathItem::default() };
                    // A path of the document may be called so.
                    let stand_in = free_name(format!("{path}#{key}"), "#", |name| taken.contains(name));
                    read.paths.insert(stand_in, ReferenceOr::Item(item));
                }
            } else if !is_extension(&path) {
                reader.problems.push(Problem::error(&reader.at, "a path must begin with `/`"));
            }
        });
        read
    }

    /// Parses a path item. Returns the operations of methods that the model does not have.
    ///
    /// `/a: {get: A, query: B}` ⇒ `/a: {get: A}, '/a#query': {post: B}`
    ///
    /// The method and the path of each operation are in the plan; refining writes these.
    fn path_item(&mut self, item: Value, into: &mut PathItem) -> Vec<(String, Operation)> {
        let mut others = Vec::new();
        let Value::Object(item) = item else { return others };
        for (key, mut value) in item.into_iter().filter(|(key, _)| walk::is_method(key)) {
            if let Some(fields) = value.as_object_mut() {
                fields.retain(|field, _| !is_needless(field));
            }
            let operation: Option<Operation> = self.within((key.clone(), Some(value)), |reader, value| {
                reader.fitting(value, &|| json!({ "responses": {} }))
            });
            match key.as_str() {
                "get" => into.get = operation,
                "put" => into.put = operation,
                "post" => into.post = operation,
                "delete" => into.delete = operation,
                "options" => into.options = operation,
                "head" => into.head = operation,
                "patch" => into.patch = operation,
                "trace" => into.trace = operation,
                _ => others.extend(operation.map(|operation| (key, operation))),
            }
        }
        others
    }

    fn components(&mut self, components: Value) -> Option<Components> {
        let Value::Object(mut components) = components else { return None };
        let schemas = ("schemas".to_owned(), components.remove("schemas"));
        let schemas = self.within(schemas, Self::schemas);
        Some(Components { schemas, ..Components::default() })
    }

    /// Parses a map of schemas.
    fn schemas<T: From<Schema>, M: Default + Extend<(String, ReferenceOr<T>)>>(
        &mut self,
        schemas: Value,
    ) -> M {
        let mut read = M::default();
        self.entries(schemas, |reader, name, schema| {
            // `ReferenceOr` is untagged: serde would buffer each schema, and its error would not name the problem.
            let schema = match references::target(&schema) {
                Some(target) => Some(ReferenceOr::Reference { reference: target.to_reference() }),
                None => reader.schema(schema).map(|schema| ReferenceOr::Item(schema.into())),
            };
            read.extend(schema.map(|schema| (name, schema)));
        });
        read
    }

    /// Parses a schema: its properties one by one, and annotations apart from the rest. `Schema` is flattened and untagged, so
    /// that serde would buffer it once for each level of nesting.
    fn schema(&mut self, mut schema: Value) -> Option<Schema> {
        let Some(map) = schema.as_object_mut() else { return self.fitting(schema, &|| Value::Null) };
        let mut own = None;
        if let Some(properties) = map.get_mut("properties").filter(|properties| properties.is_object()) {
            let properties = std::mem::replace(properties, json!({}));
            own = self.within(("properties".to_owned(), Some(properties)), |reader, properties| {
                Some(reader.schemas(properties))
            });
        }
        let (data, kind): (Map<_, _>, Map<_, _>) =
            std::mem::take(map).into_iter().partition(|(key, _)| describes(key));
        let schema_data = self.fitting(data.into(), &|| json!({}));
        let schema_kind = self.fitting(kind.into(), &|| json!({}));
        let (schema_data, mut schema_kind) = (schema_data?, schema_kind?);
        match (&mut schema_kind, own) {
            (SchemaKind::Type(Type::Object(object)), Some(own)) => object.properties = own,
            (SchemaKind::Any(any), Some(own)) => any.properties = own,
            // A schema with `properties`, even empty ones, is parsed as one of the two.
            _ => {}
        }
        Some(Schema { schema_data, schema_kind })
    }
}

/// Whether nothing is generated from a field of an operation.
fn is_needless(field: &str) -> bool {
    matches!(field, "externalDocs" | "security" | "servers" | "tags") || is_extension(field)
}

/// Whether a keyword is one of the generator's `SchemaData`.
fn describes(keyword: &str) -> bool {
    is_annotation(keyword) && keyword != "format" || keyword == "nullable"
}
