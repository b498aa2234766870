//! Implements the trait of operations whose responses are read as streams: of events, of JSON values, or of bytes.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Item, Path, Type, parse_quote};

use super::ast::{is_bytes, module};
use super::pages::{response_of, setters_of};
use crate::document::media_type::Framing;
use crate::plan::{EventData, EventFields, OperationPlan, Plan, StreamItem};

/// `impl Operation for Chat { … }`
/// ⇒ the same, and `impl Streamed for Chat { type Item = Event<types::Chunk>; … } impl Chat { pub async fn stream(self) … }`
///
/// A method whose name a setter has is that of the trait alone.
pub(super) fn add(items: &mut [Item], plan: &Plan, handwritten: &Path) {
    let Some(operations) = module(items, "builder") else { return };
    let mut added: Vec<Item> = Vec::new();
    for operation in &plan.operations {
        let builder = format_ident!("{}", operation.builder());
        let Some(of) = stream_of(operation, operations, &builder, handwritten) else { continue };
        let setters = setters_of(operations, &builder);
        added.push(implementation(&builder, &of, handwritten));
        added.extend(method(&builder, &of, &setters, handwritten));
    }
    operations.extend(added);
}

/// How the stream of an operation is asked for and read.
struct StreamOf {
    media_type: String,
    framing: Ident,
    switch: Option<String>,
    item: Type,
    /// The function that reads an item.
    read: TokenStream,
    /// What it consists of, for the documentation.
    what: &'static str,
}

/// The stream of an operation; `None` for one whose responses are JSON or have no body.
fn stream_of(
    operation: &OperationPlan,
    operations: &[Item],
    builder: &Ident,
    handwritten: &Path,
) -> Option<StreamOf> {
    let Some(stream) = &operation.media_types.stream else {
        return is_bytes(&response_of(operations, builder)?).then(|| StreamOf {
            media_type: operation.media_types.accept.clone().unwrap_or_else(|| "*/*".to_owned()),
            framing: format_ident!("Chunks"),
            switch: None,
            item: parse_quote!(::bytes::Bytes),
            read: quote!(#handwritten::chunk),
            what: "its bytes as they arrive, without a limit on how many there are",
        });
    };
    let named = |of: &Option<String>| -> Type {
        match of {
            Some(of) => {
                let of = format_ident!("{of}");
                match stream.is_nullable {
                    true => parse_quote!(::std::option::Option<types::#of>),
                    false => parse_quote!(types::#of),
                }
            }
            None => parse_quote!(::serde_json::Value),
        }
    };
    let is_event = stream.framing == Framing::Events;
    let framing = stream.framing;
    let (of, read): (Type, _) = match &stream.item {
        StreamItem::Json(of) if is_event => (named(of), quote!(#handwritten::event_of_json)),
        StreamItem::Json(of) => (named(of), quote!(#handwritten::json_value)),
        StreamItem::JsonOrText(of) => (named(of), quote!(#handwritten::event_of_json_or_text)),
        StreamItem::Text => (parse_quote!(::std::string::String), quote!(#handwritten::event_of_text)),
        StreamItem::WholeEvent(of, fields) => (named(of), whole_event(fields, handwritten)),
    };
    Some(StreamOf {
        media_type: stream.media_type.clone(),
        framing: format_ident!("{framing:?}"),
        switch: stream.switch.clone(),
        item: if is_event { parse_quote!(#handwritten::Event<#of>) } else { of },
        read,
        what: if is_event { "its events as they arrive" } else { "its values as they arrive" },
    })
}

/// `|frame| whole_event(frame, true, &[("added", EventData::Json)], EventData::Either)`
fn whole_event(fields: &EventFields, handwritten: &Path) -> TokenStream {
    let form = |form: EventData| {
        let form = format_ident!("{form:?}");
        quote!(#handwritten::EventData::#form)
    };
    let data = fields.data.iter().map(|(event, of)| {
        let of = form(*of);
        quote!((#event, #of))
    });
    let (has_event, otherwise) = (fields.has_event, form(fields.otherwise));
    quote!(|frame| #handwritten::whole_event(frame, #has_event, &[#(#data),*], #otherwise))
}

fn implementation(builder: &Ident, of: &StreamOf, handwritten: &Path) -> Item {
    let StreamOf { media_type, framing, switch, item, read, .. } = of;
    let switch: TokenStream = match switch {
        Some(switch) => quote!(::std::option::Option::Some(#switch)),
        None => quote!(::std::option::Option::None),
    };
    parse_quote! {
        impl #handwritten::Streamed for #builder {
            type Item = #item;
            const STREAM: #handwritten::StreamOf<Self::Item> = #handwritten::StreamOf {
                media_type: #media_type,
                framing: #handwritten::Framing::#framing,
                switch: #switch,
                read: #read,
            };
        }
    }
}

/// The method of the builder; `None` where a parameter has its name.
fn method(builder: &Ident, of: &StreamOf, setters: &BTreeSet<String>, handwritten: &Path) -> Option<Item> {
    (!setters.contains("stream")).then_some(())?;
    let mut docs = format!(
        " Sends the request, and returns the response as a stream of {}: `while let Some(item) = stream.next_item().await? {{ … }}`",
        of.what
    );
    if let Some(switch) = &of.switch {
        docs.push_str(&format!("\n\n Sets the property `{switch}` of the body to `true`."));
    }
    docs.push_str(
        "\n\n # Errors\n\n Returns the errors of `send`, and an error if the response has another content type.",
    );
    Some(parse_quote! {
        impl #builder {
            #[doc = #docs]
            pub fn stream(
                self,
            ) -> impl ::std::future::Future<Output = ::std::result::Result<#handwritten::ResponseStream<Self>, Error>> + ::std::marker::Send
            {
                #handwritten::stream(self)
            }
        }
    })
}
