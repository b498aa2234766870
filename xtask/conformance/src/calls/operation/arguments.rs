//! The arguments of an operation: random ones, how they are on the wire, and whether given ones are valid.

use relay_rest_codegen::Pointer;
use relay_rest_codegen::document::media_type::Form;
use serde_json::{Value, json};

use super::{Body, TestedOperation};
use crate::calls::wire::{Written, as_is, encoded, reserved, reserved_in_cookie, reserved_in_path, written};
use crate::instances::Instances;
use crate::validate::validator;

/// An argument: the value to set, and how it must appear on the wire.
#[derive(Clone, Debug)]
pub(in crate::calls) struct Argument {
    /// `in` of the parameter.
    pub(in crate::calls) location: String,
    /// The name on the wire.
    pub(in crate::calls) name: String,
    pub(in crate::calls) value: Value,
    /// The names and values on the wire, in order; percent-encoded in a path, in a query and in cookies.
    pub(in crate::calls) pairs: Vec<(String, String)>,
}

impl TestedOperation<'_> {
    /// Returns random arguments for all required parameters and about half of the others.
    pub(in crate::calls) fn arguments(&self, instances: &mut Instances<'_>) -> Result<Vec<Argument>, String> {
        let mut arguments: Vec<Argument> = Vec::new();
        for at in self.parameters() {
            let Some(parameter) = at.resolve(self.document) else { continue };
            let is_required = parameter["required"] == true || parameter["in"] == "path";
            if is_required || instances.include_optional() {
                arguments.extend(self.argument(&at, parameter, instances)?);
            }
        }
        Ok(arguments)
    }

    /// The locations of the parameters. The operation's own hide those of its path. In the order in which setters are named: those in
    /// the path first.
    fn parameters(&self) -> Vec<Pointer> {
        let path = Pointer::of(self.at.tokens().into_iter().take(2));
        let mut found: Vec<Pointer> = Vec::new();
        for list in [self.at.join("parameters"), path.join("parameters")] {
            let count = list.resolve(self.document).and_then(Value::as_array).map_or(0, Vec::len);
            for at in (0..count).map(|index| self.resolved(list.join(&index.to_string()))) {
                let key = |at: &Pointer| {
                    at.resolve(self.document)
                        .map(|parameter| (parameter["name"].clone(), parameter["in"].clone()))
                };
                if !found.iter().any(|other| key(other) == key(&at)) {
                    found.push(at);
                }
            }
        }
        let place = |at: &Pointer| {
            let is_in_path = at.resolve(self.document).is_some_and(|parameter| parameter["in"] == "path");
            (!is_in_path, at.tokens().starts_with(&self.at.tokens()))
        };
        found.sort_by_key(place);
        found
    }

    fn argument(
        &self,
        at: &Pointer,
        parameter: &Value,
        instances: &mut Instances<'_>,
    ) -> Result<Vec<Argument>, String> {
        let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
        let (name, location) = (text("name"), text("in"));
        if !is_set(&location, &name) {
            return Ok(Vec::new());
        }
        if let Some(content) = parameter["content"].as_object() {
            let media_type = content.keys().next().cloned().unwrap_or_default();
            let schema = self.resolved(at.join("content").join(&media_type)).join("schema");
            let value = self.instance(&schema, instances)?;
            return Ok(self.sent(at, parameter, value));
        }
        let mut value = self.instance(&at.join("schema"), instances)?;
        // An empty path parameter would change the path.
        let is_empty = |value: &Value| [json!(""), json!([]), json!([""]), json!({})].contains(value);
        for _ in 0..50 {
            if location != "path" || !is_empty(&value) {
                break;
            }
            value = self.instance(&at.join("schema"), instances)?;
        }
        if location == "path" && is_empty(&value) {
            return Err(format!("#{at}: no instance found that is not empty"));
        }
        if !self.is_typed(&at.join("schema")) && !value.is_null() {
            // The setter takes a string.
            value = written(&value).into();
        }
        Ok(self.sent(at, parameter, value))
    }

    /// What is sent of the value of a parameter.
    fn sent(&self, at: &Pointer, parameter: &Value, value: Value) -> Vec<Argument> {
        let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
        let (name, location, style) = (text("name"), text("in"), text("style"));
        let encode = match location.as_str() {
            "cookie" if style == "cookie" => as_is,
            "query" if parameter["allowReserved"] == true => reserved,
            "path" if parameter["allowReserved"] == true => reserved_in_path,
            "cookie" if parameter["allowReserved"] == true => reserved_in_cookie,
            "query" | "path" | "cookie" => encoded,
            _ => as_is,
        };
        let has_pairs = matches!(location.as_str(), "query" | "cookie");
        let encode_name = if has_pairs && style != "cookie" { encoded } else { as_is };
        let one = |name: &str, value: Value, texts: Vec<String>| Argument {
            location: location.clone(),
            name: name.to_owned(),
            value,
            pairs: texts.into_iter().map(|text| (encode_name(name), encode(&text))).collect(),
        };
        if let Some(content) = parameter["content"].as_object() {
            let media_type = content.keys().next().cloned().unwrap_or_default();
            let schema = self.resolved(at.join("content").join(&media_type)).join("schema");
            if location == "querystring" {
                return vec![self.whole_query(at, &name, &media_type, value)];
            }
            let text = value.to_string();
            let is_typed = Form::of(&media_type) == Form::Json && self.is_typed(&schema);
            let set = if is_typed { value } else { text.clone().into() };
            return vec![one(&name, set, vec![text])];
        }
        let is_form = matches!(style.as_str(), "" | "form" | "cookie");
        let explode = parameter["explode"].as_bool().unwrap_or(is_form && has_pairs);
        let is_deep = style == "deepObject";
        if let Value::Object(properties) = &value
            && has_pairs
            && (explode || is_deep)
        {
            let given = properties.iter().filter(|(_, value)| !value.is_null());
            if self.has_a_parameter_for_each_property(&at.join("schema")) {
                let full = |property: &str| {
                    if is_deep { format!("{name}[{property}]") } else { property.to_owned() }
                };
                return given
                    .map(|(key, value)| one(&full(key), value.clone(), vec![written(value)]))
                    .collect();
            }
        }
        if value.is_null() {
            return Vec::new();
        }
        let mut argument = one(&name, value.clone(), Vec::new());
        let written = Written { has_pairs, style: &style, explode, encode, encode_name };
        argument.pairs = written.pairs(&name, &value);
        vec![argument]
    }

    /// What is sent of the parameter that is the whole query: the pairs of a form, or one text without a name, decoded.
    fn whole_query(&self, at: &Pointer, name: &str, media_type: &str, value: Value) -> Argument {
        let schema = self.resolved(at.join("content").join(media_type)).join("schema");
        let is_typed = self.is_typed(&schema);
        let (value, pairs) = match Form::of(media_type) {
            Form::UrlEncoded if is_typed && value.is_object() => {
                let encoding = self.resolved(at.join("content").join(media_type)).join("encoding");
                let encoding = encoding.resolve(self.document).cloned().unwrap_or_default();
                let body = Body {
                    media_type: media_type.to_owned(),
                    schema: None,
                    encoding,
                    is_formatted: false,
                    is_item_schema: false,
                };
                let pairs = body.form(&value);
                (value, pairs)
            }
            Form::Json if is_typed => {
                let text = value.to_string();
                (value, vec![(String::new(), text)])
            }
            _ => {
                let text = written(&value);
                (text.clone().into(), vec![(String::new(), text)])
            }
        };
        Argument { location: "querystring".to_owned(), name: name.to_owned(), value, pairs }
    }

    /// Reads the arguments of a call that was made for another document. Returns what this one has on the wire for them, and
    /// why it is invalid.
    pub(in crate::calls) fn judge_arguments(&self, given: &[Argument]) -> (Vec<Argument>, Vec<String>) {
        let mut arguments = given.to_vec();
        let mut faults = Vec::new();
        for at in self.parameters() {
            let Some(parameter) = at.resolve(self.document) else { continue };
            let text = |key: &str| parameter[key].as_str().unwrap_or_default();
            let (name, location) = (text("name"), text("in"));
            let schema = at.join("schema");
            let is_each =
                matches!(location, "query" | "cookie") && self.has_a_parameter_for_each_property(&schema);
            if !is_set(location, name) || is_each {
                continue;
            }
            let is_it = |argument: &&Argument| {
                argument.location == location
                    && (argument.name == name
                        || location == "header" && argument.name.eq_ignore_ascii_case(name))
            };
            let Some(argument) = given.iter().find(is_it) else {
                if parameter["required"] == true || location == "path" {
                    faults.push(format!("the required {location} parameter `{name}` is not sent"));
                }
                continue;
            };
            if self.is_typed(&schema) && !self.is_valid_on_the_wire(&schema, &argument.value) {
                faults.push(format!("the {location} parameter `{name}` is invalid: {}", argument.value));
            }
            if parameter.get("content").is_none() {
                let sent = self.sent(&at, parameter, argument.value.clone());
                arguments.retain(|other| !is_it(&other));
                arguments
                    .extend(sent.into_iter().map(|sent| Argument { name: argument.name.clone(), ..sent }));
            }
        }
        (arguments, faults)
    }

    /// Whether a value is valid in any of the types that its text on the wire may have.
    fn is_valid_on_the_wire(&self, schema: &Pointer, value: &Value) -> bool {
        let Ok(validator) = validator(self.document, schema) else { return true };
        let read = |text: &str| serde_json::from_str::<Value>(text).ok().filter(|value| !value.is_object());
        let readings = [Some(value.clone()), Some(written(value).into()), value.as_str().and_then(read)];
        readings.iter().flatten().any(|value| validator.is_valid(value))
    }

    /// The location of the schema of a parameter that is sent as one.
    pub(in crate::calls) fn schema_of(&self, argument: &Argument) -> Option<Pointer> {
        let is_it = |at: &Pointer| {
            let parameter = at.resolve(self.document);
            parameter.is_some_and(|own| own["name"] == *argument.name && own["in"] == *argument.location)
        };
        let at = self.parameters().into_iter().find(is_it)?;
        let content = at.resolve(self.document)?.get("content").and_then(Value::as_object);
        let schema = match content.and_then(|content| content.keys().next()) {
            // What the caller formats is not checked.
            Some(media_type) if matches!(Form::of(media_type), Form::Json | Form::UrlEncoded) => {
                self.resolved(at.join("content").join(media_type)).join("schema")
            }
            Some(_) => return None,
            None => at.join("schema"),
        };
        self.is_typed(&schema).then_some(schema)
    }

    /// Whether the setter of a parameter takes a type, and not a string for any value.
    pub(super) fn is_typed(&self, at: &Pointer) -> bool {
        let Some(schema) = self.resolved(at.clone()).resolve(self.document) else { return false };
        let keys = ["type", "properties", "oneOf", "anyOf", "allOf", "enum", "const"];
        keys.iter().any(|key| schema.get(key).is_some())
    }

    /// Whether an object in a query has no others than scalar properties, each of which has a setter.
    fn has_a_parameter_for_each_property(&self, at: &Pointer) -> bool {
        let at = self.resolved(at.clone());
        let Some(schema) = at.resolve(self.document) else { return false };
        let properties = schema["properties"].as_object();
        let is_scalar = |name: &String| {
            let property = self.resolved(at.join("properties").join(name)).resolve(self.document);
            let of = property.map_or(&Value::Null, |property| &property["type"]);
            let is_one =
                |of: &Value| ["string", "integer", "number", "boolean"].iter().any(|one| *of == *one);
            match of {
                Value::Array(types) => {
                    let mut others = types.iter().filter(|of| **of != "null");
                    others.next().is_some_and(is_one) && others.next().is_none()
                }
                of => is_one(of),
            }
        };
        schema.get("additionalProperties").is_none_or(|others| *others == false)
            && properties.is_some_and(|properties| properties.keys().all(is_scalar))
    }
}

/// Whether a parameter has a setter: these headers have none.
fn is_set(location: &str, name: &str) -> bool {
    let ignored = ["accept", "authorization", "content-type"];
    location != "header" || !ignored.contains(&name.to_ascii_lowercase().as_str())
}
