//! Adds the groups of operations, one for each tag: views of the client, with methods of the same names.

use std::collections::BTreeMap;

use quote::format_ident;
use syn::{Attribute, Ident, ImplItem, ImplItemFn, Item, ItemImpl, ReturnType, parse_quote};

use super::ast::{doc, doc_literal, functions, type_name};
use super::client::is_client;
use super::deprecated::is_mark;
use super::markdown::{self, code_span};
use crate::plan::{Group, Plan};

/// `impl Client { pub fn list_queues(&self) … }` ⇒ also `impl Client { pub fn queues(&self) -> groups::Queues<'_> }` and
/// `pub mod groups { impl Queues<'_> { pub fn list_queues(&self) … } }`
///
/// The documentation is on the methods of the client; those of a group have its first paragraph and a link.
pub(super) fn add(items: &mut Vec<Item>, plan: &Plan) {
    if plan.groups.is_empty() {
        return;
    }
    let clients = items.iter_mut().filter_map(|item| match item {
        Item::Impl(item) if is_client(item) => Some(item),
        _ => None,
    });
    let methods = clients.flat_map(functions);
    let methods: BTreeMap<String, ImplItemFn> =
        methods.filter_map(|method| Some((method.sig.ident.to_string(), view(method)?))).collect();
    let mut accessors: ItemImpl = parse_quote!(impl Client {});
    let mut groups: Vec<Item> = Vec::new();
    for group in &plan.groups {
        let (ident, method) = (format_ident!("{}", group.name), format_ident!("{}", group.method));
        let title = title(group);
        let returns = doc(&format!("Returns {title}."));
        accessors.items.push(ImplItem::Fn(parse_quote! {
            #returns
            pub fn #method(&self) -> groups::#ident<'_> {
                groups::#ident(self)
            }
        }));
        let about = match group.description.trim() {
            "" => format!("{}.", capital(&title)),
            text => {
                let text = markdown::rustdoc(text, plan.documentation_url.as_deref());
                format!("{}.\n\n{text}", capital(&title))
            }
        };
        let about = doc(&about);
        groups.push(parse_quote! {
            #about
            #[derive(Clone, Copy, Debug)]
            pub struct #ident<'a>(pub(super) &'a super::Client);
        });
        let own = plan.operations.iter().filter(|operation| operation.groups.contains(&group.name));
        let own: Vec<&ImplItemFn> = own.filter_map(|operation| methods.get(&operation.method)).collect();
        if !own.is_empty() {
            groups.push(parse_quote!(impl #ident<'_> { #(#own)* }));
        }
    }
    items.push(Item::Impl(accessors));
    items.push(parse_quote!(pub mod groups { #(#groups)* }));
}

/// `pub fn a(&self) -> builder::A { builder::A::new(self) }` ⇒ `pub fn a(&self) -> super::builder::A { super::builder::A::new(self.0) }`
fn view(method: &ImplItemFn) -> Option<ImplItemFn> {
    let ReturnType::Type(_, builder) = &method.sig.output else { return None };
    let (ident, builder) = (&method.sig.ident, type_name(builder)?);
    let docs = short(&method.attrs, ident);
    let deprecated = method.attrs.iter().filter(is_mark);
    Some(parse_quote! {
        #docs
        #(#deprecated)*
        pub fn #ident(&self) -> super::builder::#builder {
            super::builder::#builder::new(self.0)
        }
    })
}

/// The first paragraph, and a link to the method of the client.
fn short(attributes: &[Attribute], method: &Ident) -> Attribute {
    let docs: Vec<String> = attributes.iter().filter_map(doc_literal).map(syn::LitStr::value).collect();
    let docs = docs.join("\n");
    let first = docs.trim().split("\n\n").next().unwrap_or_default().trim();
    let link = format!("As [`Client::{method}`](super::Client::{method}).");
    doc(&if first.is_empty() { link } else { format!("{first}\n\n{link}") })
}

/// ``the operations with the tag `Queues` ``
fn title(group: &Group) -> String {
    let tags: Vec<String> = group.tags.iter().map(|tag| code_span(tag)).collect();
    format!("the operations with the tag {}", tags.join(" or "))
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().into_iter().flat_map(char::to_uppercase).chain(rest).collect()
}
