//! Makes optional nullable properties `Option<Option<_>>`: typify reads absent and `null` as `None`, and writes both as absent.

use std::collections::BTreeMap;

use syn::{Field, Item, Type, parse_quote};

use super::ast::{doc, doc_literal, has_serde, is_option, is_value, optional, type_argument, wire_value};
use super::missing;
use crate::plan::NullableProperty;
use crate::problem::Problem;

/// The documentation of the values of such a field.
pub(super) const MEANING: &str = "`None` where it is absent, `Some(None)` where it is `null`.";

/// `a: Option<u8>` ⇒ `a: Option<Option<u8>>`
///
/// Absent leaves a value as it is and `null` deletes it, so a caller must be able to send either.
pub(super) fn properties(types: &mut [Item], nullable: &[NullableProperty], problems: &mut Vec<Problem>) {
    if nullable.is_empty() {
        return;
    }
    let mut expected: BTreeMap<String, Vec<&NullableProperty>> = BTreeMap::new();
    nullable.iter().for_each(|property| expected.entry(property.of.clone()).or_default().push(property));
    for item in types.iter_mut() {
        if let Item::Struct(item) = item
            && let Some(properties) = expected.get_mut(&item.ident.to_string())
        {
            item.fields.iter_mut().for_each(|field| _ = tell_apart(field, properties));
        }
    }
    for property in expected.into_values().flatten() {
        missing(&format!("property `{}` of `{}`", property.name, property.of), problems);
    }
}

/// `a: Option<u8>` ⇒ `#[serde(default, deserialize_with = "present")] a: Option<Option<u8>>`
///
/// The attribute is a mark for `objects`, which replaces it by a word in the call of a macro; there is no such function.
/// Removes the field's property from the pending ones; `None` if it is not one of them.
fn tell_apart(field: &mut Field, expected: &mut Vec<&NullableProperty>) -> Option<()> {
    let ident = field.ident.clone()?;
    let name = wire_value(&field.attrs, &ident);
    let property = expected.swap_remove(expected.iter().position(|property| property.name == name)?);
    if property.is_optional {
        field.attrs.push(if has_serde(&field.attrs, "default") {
            parse_quote!(#[serde(deserialize_with = "present")])
        } else {
            parse_quote!(#[serde(default, deserialize_with = "present")])
        });
        // `Value` has a `null` of its own.
        if !holds_value(&mut field.ty) {
            if field.attrs.iter().any(|attribute| doc_literal(attribute).is_some()) {
                field.attrs.push(doc(""));
            }
            field.attrs.push(doc(MEANING));
            optional(&mut field.ty);
        }
    }
    Some(())
}

/// Whether it is a `Value` or an `Option` of one.
fn holds_value(of: &mut Type) -> bool {
    is_value(of) || (is_option(of) && type_argument(of).is_some_and(holds_value))
}
