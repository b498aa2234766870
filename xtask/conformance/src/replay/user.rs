//! Writes the program of a user: one function for each use of a public item of a client, each in one line. Must not know how
//! spec-diff compares items.

use std::collections::{BTreeMap, BTreeSet};

use quote::{ToTokens, format_ident, quote};
use relay_rest_codegen::{Item, ItemKind, Outline};
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{Lifetime, Path, ReturnType, Signature, Type, parse_quote, parse_str};

/// The name of the client in the program, which a `use` gives it.
pub(super) const CLIENT: &str = "client_of_the_user";

/// A use of an item.
pub(super) struct Use {
    /// The index of the item in the outline.
    pub(super) item: usize,
    /// A function, without its name.
    code: Code,
}

/// What follows the name of a function; generics, parameters and bounds are those of the function.
struct Code {
    before: String,
    after: String,
}

impl Use {
    /// The function with this name.
    pub(super) fn function(&self, name: &str) -> String {
        format!("{} {name} {}", self.code.before, self.code.after)
    }
}

/// The uses of the items of a client that was generated for `module`, such as `scratch::codegen_support`.
pub(super) fn uses(outline: &Outline) -> Vec<Use> {
    let names = Names::of(outline);
    let uses = outline.items.iter().enumerate();
    uses.flat_map(|(item, used)| names.uses(outline, used).into_iter().map(move |code| Use { item, code }))
        .collect()
}

/// The paths of the types and modules of a client.
struct Names {
    /// With the generics of types.
    types: BTreeMap<String, String>,
    modules: BTreeSet<String>,
}

impl Names {
    fn of(outline: &Outline) -> Self {
        let types: BTreeMap<String, String> =
            outline.types().map(|item| (item.path(), item.generics.clone())).collect();
        let mut modules: BTreeSet<String> = BTreeSet::new();
        for item in &outline.items {
            let mut module = item.module.as_str();
            while !module.is_empty() && modules.insert(module.to_owned()) {
                module = module.rsplit_once("::").map_or("", |(outer, _)| outer);
            }
        }
        modules.insert("types::error".to_owned());
        Self { types, modules }
    }

    fn uses(&self, outline: &Outline, item: &Item) -> Vec<Code> {
        let uses = match item.kind {
            ItemKind::Struct | ItemKind::Enum => Some(self.of_type(outline, item)),
            ItemKind::Alias => self.of_alias(item).map(|code| vec![code]),
            ItemKind::Field => self.of_field(item).map(|code| vec![code]),
            ItemKind::Variant => self.of_variant(item),
            ItemKind::Method => self.of_method(item),
            ItemKind::Impl => self.of_impl(item).map(|code| vec![code]),
            _ => None,
        };
        uses.unwrap_or_default()
    }

    /// Needs all traits that the type derives, and that it is an enum or a struct. A type that cannot grow is taken apart too.
    fn of_type(&self, outline: &Outline, item: &Item) -> Vec<Code> {
        let own = self.type_at(&item.path());
        let traits: Vec<Path> = item.derives.iter().filter_map(|name| derived(name)).collect();
        let needs = code(&own, &[], quote!({ fn need<T: Sized #(+ #traits)*>() {} need::<#own>() }));
        let mut uses = vec![needs];
        let path = self.path_at(&item.path());
        // An enum has variants to import, and a struct is a pattern.
        uses.push(if item.kind == ItemKind::Enum {
            code(&own, &[], quote!({ use #path::*; }))
        } else {
            code(&own, &[quote!(x: #own)], quote!({ let #path { .. } = x; }))
        });
        let of =
            |kind| outline.members(kind, &item.path()).map(|item| member(&item.name)).collect::<Vec<_>>();
        if !item.non_exhaustive && item.kind == ItemKind::Enum {
            let arms = of(ItemKind::Variant);
            uses.push(code(&own, &[quote!(x: #own)], quote!({ match x { #(#path::#arms { .. } => {})* } })));
        } else if !item.non_exhaustive && !of(ItemKind::Field).is_empty() {
            let fields = of(ItemKind::Field);
            uses.push(code(&own, &[quote!(x: #own)], quote!({ let #path { #(#fields: _),* } = x; })));
        }
        uses
    }

    /// Uses the alias as the type that it is of.
    fn of_alias(&self, item: &Item) -> Option<Code> {
        let own = self.type_at(&item.path());
        let ty = self.rooted(parse_str(&item.signature).ok()?, &item.module, &own);
        Some(code(&own, &[quote!(x: #own)], quote!({ let _: #ty = x; })))
    }

    /// Reads the field into a variable of its type.
    fn of_field(&self, item: &Item) -> Option<Code> {
        let owner = self.type_at(item.owner.as_deref()?);
        let ty = self.rooted(parse_str(&item.signature).ok()?, &item.module, &owner);
        let field = member(&item.name);
        Some(code(&owner, &[quote!(x: #owner)], quote!({ let _: #ty = x.#field; })))
    }

    /// Builds the variant, and matches it.
    fn of_variant(&self, item: &Item) -> Option<Vec<Code>> {
        let owner_path = item.owner.as_deref()?;
        let owner = self.type_at(owner_path);
        let variant = path_with(self.path_at(owner_path), &item.name);
        let held: Vec<Type> = item
            .parameters
            .iter()
            .map(|parameter| {
                Some(self.rooted(parse_str(&parameter.ty.to_string()).ok()?, &item.module, &owner))
            })
            .collect::<Option<_>>()?;
        let fields: Vec<_> = item.parameters.iter().map(|parameter| member(&parameter.name)).collect();
        let values: Vec<_> = (0..held.len()).map(|index| format_ident!("v{index}")).collect();
        let matches =
            quote!({ if let #variant { #(#fields: #values),* } = x { #(let _: #held = #values;)* } });
        let builds = quote!({ let _: #owner = #variant { #(#fields: #values),* }; });
        let parameters: Vec<_> = held.iter().zip(&values).map(|(ty, value)| quote!(#value: #ty)).collect();
        Some(vec![code(&owner, &[quote!(x: #owner)], matches), code(&owner, &parameters, builds)])
    }

    /// Calls the method with whatever its bounds allow, and with the type that it converts to.
    fn of_method(&self, item: &Item) -> Option<Vec<Code>> {
        let owner_path = item.owner.as_deref()?;
        let owner = self.type_at(owner_path);
        let mut signature: Signature = parse_str(&item.signature).ok()?;
        let generics: BTreeSet<String> =
            signature.generics.type_params().map(|parameter| parameter.ident.to_string()).collect();
        self.rooting(&item.module, &owner, generics).visit_signature_mut(&mut signature);
        let mut parameters = Vec::new();
        let mut arguments = Vec::new();
        let mut types = Vec::new();
        for input in &signature.inputs {
            match input {
                syn::FnArg::Receiver(receiver) => {
                    let is_reference = receiver.to_token_stream().to_string().starts_with('&');
                    parameters.push(if is_reference { quote!(x: &#owner) } else { quote!(x: #owner) });
                    arguments.push(quote!(x));
                }
                syn::FnArg::Typed(typed) => {
                    let value = format_ident!("v{}", arguments.len());
                    let ty = &typed.ty;
                    parameters.push(quote!(#value: #ty));
                    types.push((parameters.len() - 1, value.clone()));
                    arguments.push(quote!(#value));
                }
            }
        }
        let method = name(&item.name);
        let awaits = signature.asyncness.is_some().then(|| quote!(.await));
        let call = quote!(<#owner>::#method(#(#arguments),*) #awaits);
        let output = match &signature.output {
            ReturnType::Default => quote!(),
            output => quote!(#output),
        };
        let (bounded, bounds) = (&signature.generics, &signature.generics.where_clause);
        let before = format!("pub {} fn", signature.asyncness.map_or("", |_| "async"));
        let lifetimes = lifetimes(&owner);
        let params: Vec<_> = bounded.params.iter().collect();
        let after = quote!(<#(#lifetimes,)* #(#params),*>(#(#parameters),*) #output #bounds { #call });
        let mut uses = vec![Code { before, after: after.to_string() }];
        if !item.parameters.is_empty() && item.parameters.iter().all(|parameter| parameter.into.is_some()) {
            for ((index, value), parameter) in types.iter().zip(&item.parameters) {
                let into = parameter.into.as_ref()?.to_string();
                let ty = self.rooted(parse_str(&into).ok()?, &item.module, &owner);
                parameters[*index] = quote!(#value: #ty);
            }
            uses.push(code(&owner, &parameters, quote!({ let _ = #call; })));
        }
        Some(uses)
    }

    /// Needs the trait.
    fn of_impl(&self, item: &Item) -> Option<Code> {
        let block: syn::ItemImpl = parse_str(&format!("impl {} {{}}", item.signature)).ok()?;
        let of = self.rooted((*block.self_ty).clone(), &item.module, &block.self_ty);
        let mut implemented = block.trait_?.0;
        self.rooting(&item.module, &of, BTreeSet::new()).visit_path_mut(&mut implemented);
        Elided.visit_path_mut(&mut implemented);
        let both: Type = parse_quote!((#of, dyn #implemented));
        let lifetimes = lifetimes(&both);
        let needs = quote!({ fn need<#(#lifetimes,)* T: #implemented>() {} need::<#of>() });
        Some(code(&both, &[], needs))
    }

    /// The type at a path of the outline, with its generics.
    fn type_at(&self, path: &str) -> Type {
        let generics = self.types.get(path).map_or("", String::as_str);
        parse_str(&format!("{CLIENT}::{path}{generics}")).expect("a path of the outline is a type")
    }

    fn path_at(&self, path: &str) -> Path {
        parse_str(&format!("{CLIENT}::{path}")).expect("a path of the outline is a path")
    }

    /// A type of the outline as the program names it.
    fn rooted(&self, mut ty: Type, module: &str, own: &Type) -> Type {
        self.rooting(module, own, BTreeSet::new()).visit_type_mut(&mut ty);
        ty
    }

    fn rooting<'a>(&'a self, module: &'a str, own: &'a Type, generics: BTreeSet<String>) -> Rooting<'a> {
        Rooting { names: self, module, own, generics }
    }
}

/// Writes paths as from the root of the program.
///
/// `super::Kind` in `types::builder` ⇒ `client_of_the_user::types::Kind`
struct Rooting<'a> {
    names: &'a Names,
    module: &'a str,
    /// The type that `Self` is.
    own: &'a Type,
    /// The type parameters.
    generics: BTreeSet<String>,
}

impl VisitMut for Rooting<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if matches!(ty, Type::Path(path) if path.path.is_ident("Self")) {
            *ty = self.own.clone();
            return;
        }
        visit_mut::visit_type_mut(self, ty);
    }

    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        let mut names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if path.leading_colon.is_some() {
            if names[0] == "scratch" {
                path.leading_colon = None;
                path.segments[0].ident = format_ident!("{CLIENT}");
            }
            return;
        }
        let first = names[0].clone();
        if self.generics.contains(&first) || is_known(&first) {
            return;
        }
        let mut module: Vec<&str> = self.module.split("::").filter(|part| !part.is_empty()).collect();
        let supers = names.iter().take_while(|name| *name == "super").count();
        names.drain(..supers);
        module.truncate(module.len().saturating_sub(supers));
        let here = [&module[..], &[names[0].as_str()]].concat().join("::");
        if supers == 0 && !self.names.types.contains_key(&here) && !self.names.modules.contains(&here) {
            if is_in_prelude(&first) && !self.names.types.contains_key(&first) {
                return;
            }
            // Imported from the root.
            module.clear();
        }
        let outer: Vec<_> = [CLIENT].into_iter().chain(module).map(name).collect();
        let rest = path.segments.iter().skip(supers);
        *path = parse_quote!(#(#outer::)* #(#rest)::*);
    }
}

/// Names the lifetimes of references: bounds may not leave them out.
///
/// `From<&str>` ⇒ `From<&'static str>`
struct Elided;

impl VisitMut for Elided {
    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        reference.lifetime.get_or_insert_with(|| parse_quote!('static));
        visit_mut::visit_type_reference_mut(self, reference);
    }
}

/// Whether it is a primitive type, or the standard library.
fn is_known(name: &str) -> bool {
    let known = [
        "Self", "bool", "char", "core", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "std",
        "str", "u128", "u16", "u32", "u64", "u8", "usize",
    ];
    known.contains(&name)
}

fn is_in_prelude(name: &str) -> bool {
    matches!(name, "Box" | "From" | "Into" | "Option" | "Result" | "String" | "TryFrom" | "TryInto" | "Vec")
}

fn derived(name: &str) -> Option<Path> {
    let path = match name {
        "Clone" | "Copy" | "Default" | "Eq" | "Ord" | "PartialEq" | "PartialOrd" => name.to_owned(),
        "Debug" => "::std::fmt::Debug".to_owned(),
        "Hash" => "::std::hash::Hash".to_owned(),
        "Deserialize" => "::serde::de::DeserializeOwned".to_owned(),
        "Serialize" => "::serde::Serialize".to_owned(),
        _ => return None,
    };
    parse_str(&path).ok()
}

/// A function with the lifetimes of a type.
fn code(of: &Type, parameters: &[proc_macro2::TokenStream], body: proc_macro2::TokenStream) -> Code {
    let lifetimes = lifetimes(of);
    let after = quote!(<#(#lifetimes),*>(#(#parameters),*) #body);
    Code { before: "pub fn".to_owned(), after: after.to_string() }
}

/// The lifetimes in a type, each once.
fn lifetimes(ty: &Type) -> Vec<Lifetime> {
    struct Found(BTreeSet<Lifetime>);
    impl<'ast> Visit<'ast> for Found {
        fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
            if lifetime.ident != "static" && lifetime.ident != "_" {
                self.0.insert(lifetime.clone());
            }
        }
    }
    let mut found = Found(BTreeSet::new());
    found.visit_type(ty);
    found.0.into_iter().collect()
}

/// An identifier, raw where it is a keyword.
fn name(name: &str) -> syn::Ident {
    parse_str(name).unwrap_or_else(|_| format_ident!("r#{name}"))
}

/// The name or the number of a field.
fn member(text: &str) -> syn::Member {
    match text.parse::<usize>() {
        Ok(index) => syn::Member::Unnamed(index.into()),
        Err(_) => syn::Member::Named(name(text)),
    }
}

fn path_with(path: Path, last: &str) -> Path {
    let last = name(last);
    parse_quote!(#path::#last)
}

#[cfg(test)]
mod tests {
    use relay_rest_codegen::outline;

    use super::*;

    #[test]
    fn each_item_is_used() {
        let source = "
            pub enum ErrorBody { Problem(types::Problem) }
            pub mod types {
                #[derive(Clone)] #[non_exhaustive] pub struct Pet { pub id: ::scratch::codegen_support::Identifier, pub kind: Option<Kind> }
                pub enum Kind { Cat }
                pub mod builder { pub struct PetBuilder; impl PetBuilder { pub fn kind<V, K>(mut self, value: V) -> Self where V: ::scratch::codegen_support::IntoOption<super::Kind, K> {} } }
                impl ::std::fmt::Display for Kind {}
                impl From<&str> for Kind {}
                pub mod headers { pub struct H<'a>(&'a str); impl<'a> H<'a> { pub fn x(self) -> ::std::option::Option<&'a str> {} } }
            }
            pub mod builder { pub struct Get; impl Get { pub async fn send(self) -> Result<Response<types::Pet>, Error> {} } }
        ";
        let outline = outline(source).expect("it parses");
        let uses = uses(&outline);
        let used: BTreeSet<usize> = uses.iter().map(|used| used.item).collect();
        assert_eq!(used.len(), outline.items.len(), "{:#?}", outline.items);
        let program: Vec<String> = uses.iter().map(|used| used.function("f").replace(' ', "")).collect();
        for expected in [
            "pubfnf<>(x:client_of_the_user::types::Pet){let_:client_of_the_user::codegen_support::Identifier=x.id;}",
            "let_:client_of_the_user::ErrorBody=client_of_the_user::ErrorBody::Problem{0:v0};",
            "V:client_of_the_user::codegen_support::IntoOption<client_of_the_user::types::Kind,K>",
            "T:From<&'staticstr>",
            "matchx{client_of_the_user::types::Kind::Cat{..}=>{}}",
            "pubasyncfnf<>(x:client_of_the_user::builder::Get)->Result<client_of_the_user::Response<client_of_the_user::types::Pet>,client_of_the_user::Error>",
            "pubfnf<'a,>(x:client_of_the_user::types::headers::H<'a>)->::std::option::Option<&'astr>",
        ] {
            assert!(program.iter().any(|line| line.contains(expected)), "{expected}\n{program:#?}");
        }
        assert!(uses.iter().all(|used| !used.function("f").contains('\n')));
    }
}
