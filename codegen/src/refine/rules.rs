//! Writes the rules of requests as statics, and lets each operation that has some check them before it builds its request.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToShoutySnakeCase;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{Block, Item, Path, Stmt, parse_quote};

use super::send::is_let;
use crate::free_name::free_name;
use crate::plan::{OperationPlan, Plan, RuledBranch, Rules, RulesOf};

/// The names of the statics, by the component or the operation and parameter that the rules are of.
#[derive(Default)]
pub(super) struct Statics<'a> {
    names: BTreeMap<Owner<'a>, Ident>,
    taken: BTreeSet<String>,
}

/// What rules are of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner<'a> {
    Component(&'a str),
    Body(&'a str),
    Parameter(&'a str, &'a str),
}

/// The rules of an operation: those of its parameters by their variables and names on the wire, and then those of its body.
fn of_operation(plan: &OperationPlan) -> impl Iterator<Item = (Owner<'_>, &str, &str, &RulesOf)> {
    let method = &*plan.method;
    let parameters = plan.parameters.iter().filter_map(move |parameter| {
        let owner = Owner::Parameter(method, &parameter.ident);
        Some((owner, &*parameter.ident, &*parameter.name, parameter.rules.as_ref()?))
    });
    parameters.chain(plan.body_rules.iter().map(move |rules| (Owner::Body(method), "body", "", rules)))
}

impl<'a> Statics<'a> {
    /// Names the rules that operations use.
    pub(super) fn new(plan: &'a Plan) -> Self {
        let mut statics = Self::default();
        let mut waiting: Vec<&RulesOf> = Vec::new();
        let all = || plan.operations.iter().flat_map(of_operation);
        waiting.extend(all().map(|(_, _, _, rules)| rules));
        let mut used = BTreeSet::new();
        while let Some(rules) = waiting.pop() {
            let rules = match rules {
                RulesOf::Inline(rules) => Some(rules),
                RulesOf::Component(name) if used.insert(&**name) => plan.rules.get(name),
                RulesOf::Component(_) => None,
            };
            waiting.extend(rules.into_iter().flat_map(Rules::parts));
        }
        used.iter().for_each(|name| statics.name(Owner::Component(name), name));
        for (owner, _, _, rules) in all() {
            match (owner, rules) {
                (Owner::Body(method), RulesOf::Inline(_)) => {
                    statics.name(owner, &format!("{method}_request"))
                }
                (Owner::Parameter(method, ident), RulesOf::Inline(_)) => {
                    statics.name(owner, &format!("{method}_{ident}"));
                }
                _ => {}
            }
        }
        statics
    }

    fn name(&mut self, owner: Owner<'a>, name: &str) {
        let name = free_name(name.to_shouty_snake_case(), "_", |name| self.taken.contains(name));
        self.names.insert(owner, format_ident!("{name}"));
        self.taken.insert(name);
    }

    /// `mod rules { pub(super) static PET: Rules = …; }`, if there are any
    pub(super) fn module(&self, plan: &Plan, handwritten: &Path) -> Option<Item> {
        let mut statics = Vec::new();
        let mut put = |owner: Owner<'_>, rules: &Rules| {
            let (name, rules) = (&self.names.get(&owner)?, self.written(rules));
            statics.push(quote!(pub(super) static #name: Rules = #rules;));
            Some(())
        };
        for (name, rules) in &plan.rules {
            put(Owner::Component(name), rules);
        }
        for (owner, _, _, rules) in plan.operations.iter().flat_map(of_operation) {
            if let RulesOf::Inline(rules) = rules {
                put(owner, rules);
            }
        }
        if statics.is_empty() {
            return None;
        }
        let has_branches = self.has_branches(plan);
        let branch = has_branches.then(|| quote!(Branch,));
        let check = quote!(Check,);
        Some(parse_quote! {
            mod rules {
                use #handwritten::{#branch #check Rules};
                #(#statics)*
            }
        })
    }

    fn has_branches(&self, plan: &Plan) -> bool {
        fn has(of: &Rules) -> bool {
            let inline = |part: &RulesOf| matches!(part, RulesOf::Inline(rules) if has(rules));
            !of.branches.is_empty() || of.parts().any(inline)
        }
        let is_used = |name: &String| self.names.contains_key(&Owner::Component(name));
        let of_operations = plan.operations.iter().flat_map(of_operation);
        plan.rules.iter().any(|(name, rules)| is_used(name) && has(rules))
            || of_operations
                .into_iter()
                .any(|(_, _, _, of)| matches!(of, RulesOf::Inline(rules) if has(rules)))
    }

    /// `Rules { checks: &[…], ..Rules::NONE }`
    fn written(&self, rules: &Rules) -> TokenStream {
        let mut fields = Vec::new();
        if !rules.checks.is_empty() {
            let checks = rules.checks.iter().map(|(keyword, value)| check(keyword, value));
            fields.push(quote!(checks: &[#(#checks),*]));
        }
        if !rules.properties.is_empty() {
            let properties = rules.properties.iter().map(|(name, part)| {
                let part = self.optional(part.as_ref());
                quote!((#name, #part))
            });
            fields.push(quote!(properties: &[#(#properties),*]));
        }
        if let Some(part) = &rules.others {
            let part = self.optional(Some(part));
            fields.push(quote!(others: #part));
        }
        if !rules.tuple.is_empty() {
            let parts = rules.tuple.iter().map(|part| self.optional(part.as_ref()));
            fields.push(quote!(tuple: &[#(#parts),*]));
        }
        if let Some(part) = &rules.items {
            let part = self.optional(Some(part));
            fields.push(quote!(items: #part));
        }
        if !rules.branches.is_empty() {
            let branches = rules.branches.iter().map(|branch| self.branch(branch));
            fields.push(quote!(branches: &[#(#branches),*]));
        }
        quote!(Rules { #(#fields,)* ..Rules::NONE })
    }

    fn branch(&self, branch: &RuledBranch) -> TokenStream {
        let RuledBranch { kind, required, tags, rules } = branch;
        let kind = option(kind.as_ref().map(|kind| quote!(#kind)));
        let tags = tags.iter().map(|(name, values)| {
            let values = values.iter().map(Value::to_string);
            quote!((#name, &[#(#values),*]))
        });
        let rules = self.optional(rules.as_ref());
        quote!(Branch { kind: #kind, required: &[#(#required),*], tags: &[#(#tags),*], rules: #rules })
    }

    fn optional(&self, of: Option<&RulesOf>) -> TokenStream {
        option(of.and_then(|of| match of {
            RulesOf::Inline(rules) => {
                let rules = self.written(rules);
                Some(quote!(&#rules))
            }
            RulesOf::Component(name) => self.names.get(&Owner::Component(name)).map(|name| quote!(&#name)),
        }))
    }

    /// `let request = …` ⇒ `no_violations(&[violations(&super::rules::PET, "", &body)?])?; let request = …`
    pub(super) fn check(&self, block: &mut Block, plan: &OperationPlan, handwritten: &Path) -> Option<()> {
        let values: Vec<TokenStream> = of_operation(plan)
            .filter_map(|(owner, variable, name, rules)| {
                let owner = match rules {
                    RulesOf::Component(name) => Owner::Component(name),
                    RulesOf::Inline(_) => owner,
                };
                let (rules, variable) = (self.names.get(&owner)?, format_ident!("{variable}"));
                let value = match name.is_empty() && plan.media_types.multipart.is_some() {
                    true => quote!(#handwritten::without_files(&#variable)?),
                    false => quote!(#variable),
                };
                Some(quote!(#handwritten::violations(&super::rules::#rules, #name, &#value)?))
            })
            .collect();
        if values.is_empty() {
            return Some(());
        }
        let checked: Stmt = parse_quote!(#handwritten::no_violations(&[#(#values),*])?;);
        let first = block.stmts.iter().position(|stmt| is_let(stmt, "url"))?;
        block.stmts.insert(first, checked);
        Some(())
    }
}

fn option(of: Option<TokenStream>) -> TokenStream {
    match of {
        Some(of) => quote!(Some(#of)),
        None => quote!(None),
    }
}

/// `("minItems", 1)` ⇒ `Check::MinItems(1)`
fn check(keyword: &str, value: &Value) -> TokenStream {
    let name = {
        let (first, rest) = keyword.split_at(1);
        format_ident!("{}{rest}", first.to_ascii_uppercase())
    };
    match (keyword, value) {
        ("uniqueItems", _) => quote!(Check::#name),
        ("required", Value::Array(names)) => {
            let names = names.iter().filter_map(Value::as_str);
            quote!(Check::#name(&[#(#names),*]))
        }
        ("enum", Value::Array(values)) => {
            let values = values.iter().map(Value::to_string);
            quote!(Check::#name(&[#(#values),*]))
        }
        ("pattern", Value::Array(patterns)) => {
            let patterns: Vec<_> = patterns.iter().filter_map(Value::as_str).collect();
            let (original, translated) = (patterns.first(), patterns.last());
            quote! {
                Check::#name(#original, |text| {
                    static PATTERN: ::std::sync::LazyLock<::regex_lite::Regex> = ::std::sync::LazyLock::new(
                        || ::regex_lite::Regex::new(#translated).expect("it compiled when this was generated"),
                    );
                    PATTERN.is_match(text)
                })
            }
        }
        ("format", Value::Array(names)) => {
            let mut names = names.iter().filter_map(Value::as_str);
            let (format, of) = (names.next(), names.next().and_then(|of| of.parse::<TokenStream>().ok()));
            quote!(Check::#name(#format, |text| text.parse::<::#of>().is_ok()))
        }
        ("minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf", number) => {
            let number = number.to_string();
            quote!(Check::#name(#number))
        }
        (_, count) => {
            // A float is a whole number here.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
            let count = count.as_u64().unwrap_or_else(|| count.as_f64().unwrap_or_default().ceil() as u64);
            let count = Literal::u64_unsuffixed(count);
            quote!(Check::#name(#count))
        }
    }
}
