//! Implements the trait of operations with pages: where a page has its items, and how the next one is asked for.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::visit_mut::{VisitMut, visit_type_path_mut};
use syn::{Fields, ImplItem, Index, Item, Member, Path, Type, TypePath, Visibility, parse_quote};

use super::ast::{functions, is_option, module, type_argument, type_name, wire_value};
use crate::plan::{NextPage, PagesPlan, Plan};
use crate::problem::Problem;

/// `impl Operation for ListQueues { … }`
/// ⇒ the same, and `impl Paged for ListQueues { type Item = types::Queue; … } impl ListQueues { pub fn pages(self) … pub fn items(self) … }`
///
/// An operation whose types have no such list, such as one whose body is any value, has no pages; where the document says that it has
/// some, that is an error. A method whose name a
/// setter has is that of the trait alone.
pub(super) fn add(items: &mut [Item], plan: &Plan, handwritten: &Path, problems: &mut Vec<Problem>) {
    if plan.operations.iter().all(|operation| operation.pages.is_none()) {
        return;
    }
    let Some(types) = module(items, "types") else { return };
    let types = Types::of(types, &plan.ids);
    let Some(operations) = module(items, "builder") else { return };
    let mut added: Vec<Item> = Vec::new();
    for (operation, pages) in
        plan.operations.iter().filter_map(|operation| Some((operation, operation.pages.as_ref()?)))
    {
        let builder = format_ident!("{}", operation.builder());
        let response = response_of(operations, &builder);
        let paged = response.and_then(|response| paged(&types, &response, pages, &builder, handwritten));
        let Some(paged) = paged else {
            if pages.is_stated {
                let message =
                    "the types of this operation have no list of items, or nothing that tells the next page";
                problems.push(Problem::error(&operation.at.join("x-pages"), message));
            }
            continue;
        };
        let setters = setters_of(operations, &builder);
        added.push(paged);
        added.push(methods(&builder, &setters, handwritten));
    }
    operations.extend(added);
}

/// The names of the methods of a builder.
pub(super) fn setters_of(operations: &mut [Item], builder: &Ident) -> BTreeSet<String> {
    let setters = operations.iter_mut().filter_map(|item| match item {
        Item::Impl(item) if item.trait_.is_none() && type_name(&item.self_ty) == Some(builder) => Some(item),
        _ => None,
    });
    setters.flat_map(|item| functions(item).map(|function| function.sig.ident.to_string())).collect()
}

/// The type of the body of a builder's successes.
pub(super) fn response_of(operations: &[Item], builder: &Ident) -> Option<Type> {
    operations.iter().find_map(|item| {
        let Item::Impl(item) = item else { return None };
        let (implemented, _) = item.trait_.as_ref()?;
        let is_it = implemented.segments.last()?.ident == "Operation" && type_name(&item.self_ty)? == builder;
        is_it.then_some(())?;
        item.items.iter().find_map(|item| match item {
            ImplItem::Type(of) if of.ident == "Response" => Some(of.ty.clone()),
            _ => None,
        })
    })
}

fn methods(builder: &Ident, setters: &BTreeSet<String>, handwritten: &Path) -> Item {
    let pages = (!setters.contains("pages")).then(|| {
        quote! {
            /// Returns the pages, from the one that the parameters select, as a stream. Each is requested when it is needed:
            /// `while let Some(page) = pages.next_page().await? { … }`
            pub fn pages(self) -> #handwritten::Pages<Self> {
                #handwritten::Pages::new(self)
            }
        }
    });
    let items = (!setters.contains("items")).then(|| {
        quote! {
            /// Returns the items of all pages, from the one that the parameters select, as a stream. Each page is requested when its
            /// items are needed: `while let Some(item) = items.next_item().await? { … }`
            pub fn items(self) -> #handwritten::Items<Self> {
                #handwritten::Items::new(self)
            }
        }
    });
    parse_quote!(impl #builder { #pages #items })
}

fn paged(
    types: &Types<'_>,
    response: &Type,
    plan: &PagesPlan,
    builder: &Ident,
    handwritten: &Path,
) -> Option<Item> {
    let list = types.follow(response, &plan.items)?;
    let item = list_item(&list.of)?;
    let items = list.moved();
    // A page that is an `Option` in the plan's end has no list, and so no items.
    let count = list.borrowed(&|list| quote!(#list.len()));
    let count = quote!(|page| #count.unwrap_or_default());
    let text = |path: &[String]| {
        let found = types.follow(response, path)?;
        types.is_text(&found.of).then(|| found.borrowed(&|value| quote!(#value.to_string())))
    };
    let next = match &plan.next {
        NextPage::Url(path) => {
            let url = text(path)?;
            quote!(Url(|page| #url))
        }
        NextPage::Token { path, parameter } => {
            let token = text(path)?;
            quote!(Token(#parameter, |page| #token))
        }
        NextPage::LastItem { path, parameter } => {
            let of_item = types.follow(&item, path)?;
            types.is_text(&of_item.of).then_some(())?;
            let of_item = of_item.borrowed(&|value| quote!(#value.to_string()));
            let last = list.borrowed(&|list| quote!(#list.last()?));
            quote!(Token(#parameter, |page| { let page = #last?; #of_item }))
        }
        NextPage::Link => quote!(Link),
        NextPage::Number(parameter, first) => quote!(Number(#parameter, #first, #count)),
        NextPage::Offset(parameter) => quote!(Offset(#parameter, #count)),
    };
    let more = match &plan.more[..] {
        [] => None,
        path => {
            types.follow(response, path).filter(|found| type_name(&found.of).is_some_and(|of| of == "bool"))
        }
    };
    let more = more.map(|more| {
        let more = more.borrowed(&|value| quote!(*#value));
        quote!(fn has_more(page: &Self::Response) -> ::std::option::Option<bool> { #more })
    });
    let item = types.in_builders(item);
    Some(parse_quote! {
        impl #handwritten::Paged for #builder {
            type Item = #item;
            const NEXT: #handwritten::NextPage<Self::Response> = #handwritten::NextPage::#next;
            #more
            fn into_items(page: Self::Response) -> ::std::vec::Vec<Self::Item> { #items }
        }
    })
}

/// Whether a type is not one of the document's, which have paths without `::` at their beginning.
fn is_outside(of: &Type) -> bool {
    matches!(of, Type::Path(of) if of.path.leading_colon.is_some())
}

/// `X` of `Vec<X>`.
fn list_item(of: &Type) -> Option<Type> {
    type_name(of).filter(|name| *name == "Vec" && is_outside(of))?;
    type_argument(&mut of.clone()).cloned()
}

/// How many types with nothing but one field can be inside each other.
const DEEPEST: usize = 16;

/// The fields of the document's structs.
struct Types<'a> {
    fields: BTreeMap<String, Vec<Field>>,
    names: BTreeSet<String>,
    ids: &'a BTreeSet<String>,
}

struct Field {
    name: String,
    member: Member,
    of: Type,
}

/// A value that a page has: the fields that lead to it, and whether each is optional.
struct Found {
    steps: Vec<(Member, usize)>,
    of: Type,
}

impl<'a> Types<'a> {
    fn of(items: &[Item], ids: &'a BTreeSet<String>) -> Self {
        let (mut fields, mut names) = (BTreeMap::new(), BTreeSet::new());
        for item in items {
            let (ident, of) = match item {
                Item::Struct(item) => (&item.ident, Some(&item.fields)),
                Item::Enum(item) => (&item.ident, None),
                Item::Type(item) => (&item.ident, None),
                _ => continue,
            };
            names.insert(ident.to_string());
            if let Some(of) = of {
                fields.insert(ident.to_string(), fields_of(of));
            }
        }
        Self { fields, names, ids }
    }

    /// Whether a type is a string, an integer or an identifier.
    fn is_text(&self, of: &Type) -> bool {
        let (integers, outside) = (["i64", "u64", "i32", "u32"], ["String", "Identifier", "Uuid"]);
        type_name(of).is_some_and(|name| {
            let is_one = |names: &[&str]| names.iter().any(|known| name == known);
            is_one(&integers) || is_outside(of) && is_one(&outside) || self.ids.contains(&name.to_string())
        })
    }

    /// The fields of a struct of the document, which may be called as one of the standard library: `Vec`, and not `::std::vec::Vec<_>`.
    fn fields_of(&self, of: &Type) -> Option<&[Field]> {
        let Type::Path(TypePath { path, .. }) = of else { return None };
        let last =
            path.segments.last().filter(|last| path.leading_colon.is_none() && last.arguments.is_none())?;
        self.fields.get(&last.ident.to_string()).map(Vec::as_slice)
    }

    /// Follows names on the wire, from a type.
    fn follow(&self, from: &Type, path: &[String]) -> Option<Found> {
        let mut found = Found { steps: Vec::new(), of: from.clone() };
        found.unwrap_newtypes(self);
        for name in path {
            let fields = self.fields_of(&found.of)?;
            let field = fields.iter().find(|field| field.name == *name)?;
            found.step(field.member.clone(), field.of.clone());
            found.unwrap_newtypes(self);
        }
        Some(found)
    }

    /// The same type, in the module of builders: `Queue` ⇒ `types::Queue`.
    fn in_builders(&self, mut of: Type) -> Type {
        struct Prefix<'a>(&'a BTreeSet<String>);
        impl VisitMut for Prefix<'_> {
            fn visit_type_path_mut(&mut self, of: &mut TypePath) {
                let path = &of.path;
                if let Some(name) = path.get_ident().filter(|name| self.0.contains(&name.to_string())) {
                    *of = parse_quote!(types::#name);
                }
                visit_type_path_mut(self, of);
            }
        }
        Prefix(&self.names).visit_type_mut(&mut of);
        of
    }
}

impl Found {
    fn step(&mut self, member: Member, of: Type) {
        let (mut of, mut options) = (of, 0);
        loop {
            let is_boxed = type_name(&of).is_some_and(|name| name == "Box");
            if !is_option(&of) && !is_boxed {
                break;
            }
            options += usize::from(!is_boxed);
            let Some(inner) = type_argument(&mut of).cloned() else { break };
            of = inner;
        }
        self.steps.push((member, options));
        self.of = of;
    }

    /// A list or an object that is a type of its own has what it holds in its only field.
    fn unwrap_newtypes(&mut self, types: &Types<'_>) {
        // A type can hold itself in a box.
        for _ in 0..DEEPEST {
            let Some([Field { member: member @ Member::Unnamed(_), of, .. }]) = types.fields_of(&self.of)
            else {
                return;
            };
            self.step(member.clone(), of.clone());
        }
    }

    /// `(|| Some(end(&page.links.as_ref()?.next.as_ref()?)))()`, for a `page` that is borrowed.
    fn borrowed(&self, end: &dyn Fn(TokenStream) -> TokenStream) -> TokenStream {
        let value = self.steps.iter().fold(quote!(page), |value, (member, options)| {
            let options = (0..*options).map(|_| quote!(.as_ref()?));
            quote!(#value.#member #(#options)*)
        });
        let is_optional = self.steps.iter().any(|(_, options)| *options > 0);
        let value = match self.steps.last() {
            // `as_ref()` has borrowed it already.
            Some((_, 0)) => end(quote!((&#value))),
            _ => end(value),
        };
        match is_optional {
            true => quote!((|| ::std::option::Option::Some(#value))()),
            false => quote!(::std::option::Option::Some(#value)),
        }
    }

    /// `page.data`, for a `page` that is given away.
    fn moved(&self) -> TokenStream {
        let value = self.steps.iter().fold(quote!(page), |value, (member, options)| {
            let options = (0..*options).map(|_| quote!(?));
            quote!(#value.#member #(#options)*)
        });
        match self.steps.iter().all(|(_, options)| *options == 0) {
            true => value,
            false => quote!((|| ::std::option::Option::Some(#value))().unwrap_or_default()),
        }
    }
}

fn fields_of(fields: &Fields) -> Vec<Field> {
    let field = |(index, field): (usize, &syn::Field)| {
        let member = match &field.ident {
            Some(ident) => Member::Named(ident.clone()),
            None => Member::Unnamed(Index::from(index)),
        };
        let name = field.ident.as_ref().map(|ident| wire_value(&field.attrs, ident)).unwrap_or_default();
        Field { name, member, of: field.ty.clone() }
    };
    let is_public = |(_, field): &(usize, &syn::Field)| matches!(field.vis, Visibility::Public(_));
    fields.iter().enumerate().filter(is_public).map(field).collect()
}
