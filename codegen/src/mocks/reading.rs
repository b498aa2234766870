//! Reads the operations of a refined client, and the types that they take and give.
//! Knows their builders; must not know what is made of them.

use proc_macro2::Ident;
use syn::visit::Visit;
use syn::{
    File, GenericArgument, ImplItem, ImplItemFn, Item, ItemImpl, ItemMod, PathArguments, ReturnType, Type,
    TypeParamBound, WherePredicate, parse_quote,
};

use super::send::{Place, Send};
use crate::plan::Status;

/// One operation.
pub(super) struct Operation {
    /// The type of its builder.
    pub builder: Ident,
    /// The method of the client.
    pub method: Ident,
    /// The `operationId`.
    pub id: String,
    /// `POST`.
    pub verb: String,
    /// The path with `{}` for each parameter.
    pub template: String,
    /// What is set besides the body.
    pub setters: Vec<Setter>,
    pub body: Option<Body>,
    /// What a success is read as.
    pub answer: Type,
    pub successes: Vec<Status>,
    /// The documented error bodies.
    pub errors: Vec<(Status, Type)>,
}

/// A parameter.
pub(super) struct Setter {
    pub ident: Ident,
    pub of: Type,
    pub place: Place,
}

/// How a body is written.
pub(super) enum Body {
    Json(Type),
    Form(Type),
    Raw,
}

/// Reads all operations, in their order.
///
/// # Errors
/// The methods that are not as expected.
pub(super) fn operations(file: &File) -> Result<Vec<Operation>, Vec<String>> {
    let builders = file.items.iter().find_map(|item| match item {
        Item::Mod(ItemMod { ident, content: Some((_, items)), .. }) if ident == "builder" => Some(items),
        _ => None,
    });
    let (mut read, mut failed) = (Vec::new(), Vec::new());
    for method in file.items.iter().filter_map(client).flat_map(|client| &client.items) {
        let ImplItem::Fn(method) = method else { continue };
        let ident = &method.sig.ident;
        let operation = returned(&method.sig.output).and_then(|builder| {
            let found = builders?.iter().find_map(|item| inherent(item, &builder))?;
            operation(ident, builder, found)
        });
        match operation {
            Some(operation) => read.push(operation),
            None => failed.push(ident.to_string()),
        }
    }
    if failed.is_empty() { Ok(read) } else { Err(failed) }
}

fn client(item: &Item) -> Option<&ItemImpl> {
    inherent(item, &parse_quote!(Client))
}

fn inherent<'a>(item: &'a Item, of: &Ident) -> Option<&'a ItemImpl> {
    match item {
        Item::Impl(item) if item.trait_.is_none() && last_ident(&item.self_ty).as_ref() == Some(of) => {
            Some(item)
        }
        _ => None,
    }
}

/// The last identifier of the returned type.
fn returned(output: &ReturnType) -> Option<Ident> {
    match output {
        ReturnType::Type(_, of) => last_ident(of),
        ReturnType::Default => None,
    }
}

fn last_ident(of: &Type) -> Option<Ident> {
    match of {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.clone()),
        _ => None,
    }
}

fn operation(method: &Ident, builder: Ident, of: &ItemImpl) -> Option<Operation> {
    let functions = || {
        of.items.iter().filter_map(|item| match item {
            ImplItem::Fn(function) => Some(function),
            _ => None,
        })
    };
    let send = functions().find(|function| function.sig.ident == "send")?;
    let mut request = Send::default();
    request.visit_block(&send.block);
    let mut setters = Vec::new();
    let mut body = None;
    for function in functions().filter(|function| function.sig.ident != "body_map") {
        let Some(of) = converted(function) else { continue };
        let ident = function.sig.ident.clone();
        if ident == "body" {
            body = Some(match request.body.as_deref()? {
                "json" => Body::Json(of),
                "form" => Body::Form(of),
                _ => Body::Raw,
            });
        } else {
            let (_, place) = request.places.iter().find(|(name, _)| *name == ident)?;
            setters.push(Setter { ident, of, place: place.clone() });
        }
    }
    Some(Operation {
        builder,
        method: method.clone(),
        id: request.id?,
        verb: request.verb?,
        template: request.template?,
        setters,
        body,
        answer: answer(&send.sig.output)?,
        successes: request.successes,
        errors: request.errors,
    })
}

/// `X` in `where V: TryInto<X>`.
fn converted(function: &ImplItemFn) -> Option<Type> {
    let predicates = &function.sig.generics.where_clause.as_ref()?.predicates;
    predicates.iter().find_map(|predicate| {
        let WherePredicate::Type(predicate) = predicate else { return None };
        predicate.bounds.iter().find_map(|bound| {
            let TypeParamBound::Trait(bound) = bound else { return None };
            let last = bound.path.segments.last().filter(|last| last.ident == "TryInto")?;
            only_type(&last.arguments)
        })
    })
}

fn only_type(arguments: &PathArguments) -> Option<Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(of) => Some(of.clone()),
        _ => None,
    }
}

/// `T` in `Result<Response<T>, Error>`.
fn answer(output: &ReturnType) -> Option<Type> {
    let inner = |of: &Type| match of {
        Type::Path(path) => only_type(&path.path.segments.last()?.arguments),
        _ => None,
    };
    match output {
        ReturnType::Type(_, of) => inner(&inner(of)?),
        ReturnType::Default => None,
    }
}
