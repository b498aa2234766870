//! Adds a type alias for the payload of each webhook and callback, named and documented as the document has it.

use std::collections::BTreeSet;

use quote::format_ident;
use syn::{Item, parse_quote};

use super::ast::doc;
use super::deprecated::{allowed, attribute};
use super::markdown::{self, code_span};
use crate::plan::{Caller, Plan, Webhook};

/// `webhooks: {newPet: {post: …}}` ⇒ `pub mod webhooks { pub type NewPet = super::types::NewPetPayload; }`
pub(super) fn add(items: &mut Vec<Item>, plan: &Plan) {
    if plan.webhooks.is_empty() {
        return;
    }
    let methods: BTreeSet<&str> = plan.operations.iter().map(|operation| operation.method.as_str()).collect();
    let aliases = plan.webhooks.iter().map(|webhook| alias(webhook, plan, &methods));
    items.push(parse_quote! {
        pub mod webhooks {
            #(#aliases)*
        }
    });
}

fn alias(webhook: &Webhook, plan: &Plan, methods: &BTreeSet<&str>) -> Item {
    let base = plan.documentation_url.as_deref();
    let mut paragraphs = vec![sentence(&webhook.callers, methods)];
    let of_document = [&webhook.summary, &webhook.description].map(|text| text.trim());
    let texts = of_document.iter().filter(|text| !text.is_empty());
    paragraphs.extend(texts.map(|text| markdown::rustdoc(text, base)));
    // Many documents have the same summary and description.
    paragraphs.dedup();
    if webhook.is_form {
        let form = "The body is a form (`application/x-www-form-urlencoded`): read it with `serde_urlencoded`, and not with `serde_json`. Strings, booleans and fractions are read; integers and lists are not, because a form has strings alone.";
        paragraphs.push(form.to_owned());
    }
    let docs = doc(&paragraphs.join("\n\n"));
    let deprecated = webhook.deprecation.as_ref().map(|deprecation| attribute(deprecation, base));
    let allowed = plan.deprecated_types.contains_key(&webhook.payload).then(allowed);
    let (name, payload) = (format_ident!("{}", webhook.name), format_ident!("{}", webhook.payload));
    parse_quote! {
        #docs
        #deprecated
        #allowed
        pub type #name = super::types::#payload;
    }
}

/// ``The body of the webhook `newPet`, which the API sends by `POST`.``
fn sentence(callers: &[Caller], methods: &BTreeSet<&str>) -> String {
    let of = |Caller { verb, name, callback }: &Caller| match callback {
        None => format!("the webhook {}, which the API sends by `{verb}`", code_span(name)),
        Some((operation, expression)) => {
            let operation = match methods.contains(operation.as_str()) {
                true => format!("[`{operation}`](super::Client::{operation})"),
                false => code_span(operation),
            };
            let (name, to) = (code_span(name), code_span(expression));
            format!("the callback {name} of {operation}, which the API sends by `{verb}` to {to}")
        }
    };
    let all: Vec<String> = callers.iter().map(of).collect();
    format!("The body of {}.", all.join(", and of "))
}
