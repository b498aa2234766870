//! Adds `#[deprecated]` where the document has `deprecated`, which the generator ignores.

use syn::{Attribute, File, Item, parse_quote};

use super::ast::{function_of, module, type_name, wire_value};
use super::markdown;
use super::missing;
use super::send::planned;
use crate::plan::{Deprecation, Plan};
use crate::problem::Problem;

/// `pub fn old(&self)` ⇒ `#[deprecated(note = "use `new`")] pub fn old(&self)`
///
/// The same for methods of the client, parameters, properties and types. Generated code uses what it declares, so the lint is
/// allowed there. It finds items by the generator's names, so it comes before the edits that rename some.
pub(super) fn mark(file: &mut File, plan: &Plan, problems: &mut Vec<Problem>) {
    if !plan.deprecates() {
        return;
    }
    let base = plan.documentation_url.as_deref();
    methods(&mut file.items, plan, base, problems);
    if let Some(operations) = module(&mut file.items, "builder") {
        parameters(operations, plan, base, problems);
    }
    if let Some(types) = module(&mut file.items, "types") {
        declarations(types, plan, base, problems);
        properties(types, plan, base, problems);
    }
    for item in &mut file.items {
        if let Item::Mod(item) = item {
            item.attrs.push(allowed());
        }
    }
}

/// The attribute of generated code that uses deprecated items.
pub(super) fn allowed() -> Attribute {
    parse_quote!(#[allow(deprecated)])
}

/// Whether it is what [`mark`] adds.
pub(super) fn is_mark(attribute: &&Attribute) -> bool {
    attribute.path().is_ident("deprecated")
}

fn methods(items: &mut [Item], plan: &Plan, base: Option<&str>, problems: &mut Vec<Problem>) {
    for operation in &plan.operations {
        let Some(deprecation) = &operation.deprecation else { continue };
        let method = items.iter_mut().find_map(|item| match item {
            Item::Impl(item) if type_name(&item.self_ty).is_some_and(|name| name == "Client") => {
                function_of(item, &operation.method)
            }
            _ => None,
        });
        match method {
            Some(method) => method.attrs.push(attribute(deprecation, base)),
            None => missing(&format!("method `{}`", operation.method), problems),
        }
    }
}

fn parameters(operations: &mut [Item], plan: &Plan, base: Option<&str>, problems: &mut Vec<Problem>) {
    for item in operations {
        let Item::Impl(item) = item else { continue };
        let Some(operation) = function_of(item, "send").and_then(|send| planned(&send.block, plan)) else {
            continue;
        };
        for parameter in &operation.parameters {
            let Some(deprecation) = &parameter.deprecation else { continue };
            match function_of(item, &parameter.ident) {
                Some(setter) => setter.attrs.push(attribute(deprecation, base)),
                None => missing(&format!("setter `{}` of `{}`", parameter.ident, operation.method), problems),
            }
        }
    }
}

fn declarations(types: &mut [Item], plan: &Plan, base: Option<&str>, problems: &mut Vec<Problem>) {
    for (name, deprecation) in &plan.deprecated_types {
        let attributes = types.iter_mut().find_map(|item| match item {
            Item::Struct(item) if item.ident == name.as_str() => Some(&mut item.attrs),
            Item::Enum(item) if item.ident == name.as_str() => Some(&mut item.attrs),
            _ => None,
        });
        match attributes {
            Some(attributes) => attributes.push(attribute(deprecation, base)),
            None => missing(&format!("type `{name}`"), problems),
        }
    }
}

fn properties(types: &mut [Item], plan: &Plan, base: Option<&str>, problems: &mut Vec<Problem>) {
    for property in &plan.deprecated_properties {
        let attribute = attribute(&property.deprecation, base);
        let field = types.iter_mut().find_map(|item| match item {
            Item::Struct(item) if item.ident == property.of.as_str() => {
                let is_own = |field: &&mut syn::Field| {
                    let ident = field.ident.as_ref();
                    ident.is_some_and(|ident| wire_value(&field.attrs, ident) == property.name)
                };
                item.fields.iter_mut().find(is_own)
            }
            _ => None,
        });
        match field {
            Some(field) => field.attrs.push(attribute),
            None => missing(&format!("property `{}` of `{}`", property.name, property.of), problems),
        }
    }
}

/// The note is a description like others: rustdoc renders it.
pub(super) fn attribute(deprecation: &Deprecation, base: Option<&str>) -> Attribute {
    match &deprecation.note {
        Some(note) => {
            let note = markdown::rustdoc(note, base);
            parse_quote!(#[deprecated(note = #note)])
        }
        None => parse_quote!(#[deprecated]),
    }
}
