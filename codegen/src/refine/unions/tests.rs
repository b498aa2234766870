//! Which enums become unions that are read as the closest branch.

use std::collections::BTreeSet;

use syn::{Item, parse_quote};

use super::refine;

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
