//! Which enums become unions that are read as the closest branch, and which variants have other names.

use std::collections::BTreeSet;

use syn::{Item, parse_quote};

use super::{refine, rename_successes};
use crate::document::Pointer;
use crate::plan::{OperationPlan, Plan};

fn is_refined(item: Item) -> bool {
    let mut items = vec![item];
    let is_refined = refine(&mut items, &[], &BTreeSet::from(["Open".to_owned()]));
    assert_eq!(is_refined, items.len() > 1);
    is_refined
}

#[test]
fn only_untagged_enums_are_refined() {
    assert!(is_refined(parse_quote!(
        #[derive(::serde::Deserialize)]
        #[serde(untagged)]
        enum Either {
            One(One),
            Two(Two),
        }
    )));
    assert!(!is_refined(parse_quote!(
        #[derive(::serde::Deserialize)]
        enum External {
            One(One),
            Two(Two),
        }
    )));
    assert!(!is_refined(parse_quote!(
        #[serde(tag = "kind")]
        enum Internal {
            One(One),
            Two(Two),
        }
    )));
    assert!(!is_refined(parse_quote!(
        #[serde(default)]
        enum Defaulted {
            One(One),
            Two(Two),
        }
    )));
    assert!(!is_refined(parse_quote!(
        #[untagged(serde)]
        enum Reversed {
            One(One),
            Two(Two),
        }
    )));
    assert!(!is_refined(parse_quote!(
        #[other(untagged)]
        enum OtherAttribute {
            One(One),
            Two(Two),
        }
    )));
}

#[test]
fn each_variant_has_one_type() {
    assert!(!is_refined(parse_quote!(
        #[serde(untagged)]
        enum Pair {
            One(One),
            Two(Two, One),
        }
    )));
    assert!(!is_refined(parse_quote!(
        #[serde(untagged)]
        enum Unit {
            One(One),
            Two(Two),
            None,
        }
    )));
}

#[test]
fn two_branches_have_parts_or_an_open_enum_is_beside_a_string() {
    let is_refined = |one: syn::Type, two: syn::Type| {
        is_refined(parse_quote!(
            #[serde(untagged)]
            enum Union {
                One(#one),
                Two(#two),
            }
        ))
    };
    assert!(is_refined(parse_quote!(One), parse_quote!(::std::vec::Vec<i64>)));
    assert!(is_refined(parse_quote!(One), parse_quote!([i64; 2])));
    // A component may have the name of a standard type.
    assert!(is_refined(parse_quote!(One), parse_quote!(String)));
    assert!(!is_refined(parse_quote!(One), parse_quote!(::std::string::String)));
    assert!(!is_refined(parse_quote!(One), parse_quote!(f64)));
    assert!(!is_refined(parse_quote!(i64), parse_quote!(bool)));
    assert!(!is_refined(parse_quote!(i64), parse_quote!(::std::string::String)));
    assert!(is_refined(parse_quote!(Open), parse_quote!(::std::string::String)));
    assert!(!is_refined(parse_quote!(Open), parse_quote!(i64)));
}

#[test]
fn the_type_of_several_successes_has_named_variants() {
    let renamed = |method: &str, success_variants: &[&str], components: &[&str]| {
        let success_variants = success_variants.iter().map(ToString::to_string).collect();
        let components = components.iter().map(|name| ((*name).to_owned(), Pointer::root()));
        let plan = Plan {
            operations: vec![OperationPlan {
                method: method.to_owned(),
                success_variants,
                ..OperationPlan::default()
            }],
            types: components.collect(),
            ..Plan::default()
        };
        let mut types = [parse_quote! {
            #[serde(untagged)]
            enum GetAResponse {
                Variant0(B),
                Variant1(::std::vec::Vec<C>),
            }
        }];
        rename_successes(&mut types, &plan);
        let [Item::Enum(renamed)] = types else { panic!("no enum") };
        renamed.variants.iter().map(|variant| variant.ident.to_string()).collect::<Vec<_>>()
    };
    let unchanged = ["Variant0", "Variant1"];
    assert_eq!(renamed("get_a", &["B", "Array"], &["B", "C"]), ["B", "Array"]);
    assert_eq!(renamed("get_a", &["B", "Array"], &["B", "GetAResponse"]), unchanged);
    assert_eq!(renamed("get_b", &["B", "Array"], &["B", "C"]), unchanged);
    assert_eq!(renamed("get_a", &[], &["B", "C"]), unchanged);
    assert_eq!(renamed("get_a", &["B"], &["B", "C"]), unchanged);
}
