//! Unwraps parameters whose type has a builder: progenitor panics on those, so conforming wraps them in a list.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use syn::{Item, Type};

use super::ast::{bound_type, field_of, function_of, is_option, type_argument, type_name};
use super::missing;
use crate::plan::ParameterPlan;
use crate::problem::Problem;

/// `filter: Result<Option<Vec<types::Filter>>, _>` ⇒ `filter: Result<Option<types::Filter>, _>`, and in the bound of its setter
pub(super) fn refine(
    operations: &mut [Item],
    builders: &BTreeMap<Ident, Vec<&ParameterPlan>>,
    problems: &mut Vec<Problem>,
) {
    for item in operations {
        let builder = match item {
            Item::Struct(item) => Some(&item.ident),
            Item::Impl(item) => type_name(&item.self_ty),
            _ => None,
        };
        let parameters = builder.and_then(|builder| builders.get(builder)).map_or(&[][..], Vec::as_slice);
        for parameter in parameters {
            let of = match item {
                Item::Struct(item) => field_of(&mut item.fields, &parameter.ident)
                    .and_then(|field| type_argument(&mut field.ty)),
                Item::Impl(item) => function_of(item, &parameter.ident).and_then(|setter| {
                    let bound = if bound_type(&mut setter.sig, "TryInto").is_some() {
                        "TryInto"
                    } else {
                        "IntoOption"
                    };
                    bound_type(&mut setter.sig, bound)
                }),
                _ => None,
            };
            if of.and_then(unwrap).is_none() {
                missing(&format!("list for the parameter `{}`", parameter.ident), problems);
            }
        }
    }
}

/// `Vec<X>` ⇒ `X`, also in an `Option`.
fn unwrap(of: &mut Type) -> Option<()> {
    if is_option(of) {
        return unwrap(type_argument(of)?);
    }
    if type_name(of).is_none_or(|name| name != "Vec") {
        return None;
    }
    let inner = type_argument(of)?.clone();
    *of = inner;
    Some(())
}
