//! The outline of generated code: each public item, one a line in the text, so that a change of the API is a short diff.
//! Must not know the document.

pub(crate) mod changed;
mod item;

use std::collections::BTreeSet;
use std::fmt;

use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, Fields, ImplItem, Type, Visibility, punctuated::Punctuated};

pub use item::{Item, ItemKind, Parameter, TypeExpr};

/// The public items of a Rust source file, without bodies and docs. [`Display`](fmt::Display) writes one a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outline {
    /// The items in the order of their lines.
    pub items: Vec<Item>,
}

impl Outline {
    /// The items of a kind that belong to a type, given by its [path](Item::path): `members(ItemKind::Field, "types::A")`.
    pub fn members<'a>(&'a self, kind: ItemKind, owner: &'a str) -> impl Iterator<Item = &'a Item> {
        self.items.iter().filter(move |item| item.kind == kind && item.owner.as_deref() == Some(owner))
    }

    /// The structs and enums.
    pub fn types(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.is_type())
    }
}

impl fmt::Display for Outline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.iter().try_for_each(|item| writeln!(f, "{item}"))
    }
}

/// Reads the outline of a Rust source file.
///
/// # Errors
/// The source does not parse.
pub fn outline(source: &str) -> syn::Result<Outline> {
    Ok(of_file(&syn::parse_file(source)?))
}

/// The outline of a file that is parsed.
pub(crate) fn of_file(file: &syn::File) -> Outline {
    let mut items = Vec::new();
    collect(&file.items, "", &mut items);
    items.sort_by_cached_key(ToString::to_string);
    Outline { items }
}

/// Adds the items of a module.
fn collect(items: &[syn::Item], module: &str, found: &mut Vec<Item>) {
    // Callers cannot tell a derived `Debug` from an implemented one, nor how a value is read and written.
    let enums: BTreeSet<&Ident> = items.iter().filter_map(enum_of).collect();
    let written_out = |item| implemented(item).filter(|(of, name)| *name == "Debug" || enums.contains(of));
    let by_macro = items.iter().filter_map(by_macro);
    let by_macro = by_macro.flat_map(|(of, names)| names.into_iter().map(move |name| (of.clone(), name)));
    let one_by_one = items.iter().filter_map(written_out).map(|(of, name)| (of.clone(), name));
    let implemented: BTreeSet<(Ident, &str)> = one_by_one.chain(by_macro).collect();
    let type_item = |kind, ident: &Ident, generics: &syn::Generics, attrs: &[Attribute]| {
        let of_type = implemented.range((ident.clone(), "")..).take_while(|(of, _)| of == ident);
        Item {
            generics: text(generics),
            derives: of_type.map(|(_, name)| (*name).to_owned()).chain(derived(attrs)).collect(),
            non_exhaustive: attrs.iter().any(|attribute| attribute.path().is_ident("non_exhaustive")),
            feature: feature(attrs),
            ..Item::new(kind, module, ident.to_string())
        }
    };
    for item in items {
        match item {
            syn::Item::Mod(item) if is_public(&item.vis) => {
                let module = item::join(module, &item.ident.to_string());
                item.content.iter().for_each(|(_, items)| collect(items, &module, found));
            }
            syn::Item::Struct(item) if is_public(&item.vis) => {
                let of = type_item(ItemKind::Struct, &item.ident, &item.generics, &item.attrs);
                let owner = of.path();
                found.push(of);
                let public = item.fields.iter().enumerate().filter(|(_, field)| is_public(&field.vis));
                found.extend(public.map(|(index, field)| Item {
                    owner: Some(owner.clone()),
                    signature: text(&field.ty),
                    ty: Some(TypeExpr::of(&field.ty)),
                    ..Item::new(ItemKind::Field, module, name_of(index, field))
                }));
            }
            syn::Item::Enum(item) if is_public(&item.vis) => {
                let of = type_item(ItemKind::Enum, &item.ident, &item.generics, &item.attrs);
                let owner = of.path();
                found.push(of);
                found.extend(item.variants.iter().map(|variant| Item {
                    owner: Some(owner.clone()),
                    signature: payload(variant),
                    parameters: held(&variant.fields),
                    ..Item::new(ItemKind::Variant, module, variant.ident.to_string())
                }));
            }
            syn::Item::Type(item) if is_public(&item.vis) => found.push(Item {
                signature: text(&item.ty),
                ty: Some(TypeExpr::of(&item.ty)),
                ..Item::new(ItemKind::Alias, module, item.ident.to_string())
            }),
            item if written_out(item).is_some() => {}
            syn::Item::Impl(item) => collect_impl(item, module, found),
            _ => {}
        }
    }
}

fn enum_of(item: &syn::Item) -> Option<&Ident> {
    match item {
        syn::Item::Enum(item) => Some(&item.ident),
        _ => None,
    }
}

/// The type that an item implements a trait of, and the trait, where that might as well be derived.
fn implemented(item: &syn::Item) -> Option<(&Ident, &'static str)> {
    let syn::Item::Impl(item) = item else { return None };
    let last = item.trait_.as_ref()?.0.segments.last()?;
    let name = ["Debug", "Deserialize", "Serialize"].into_iter().find(|name| last.ident == name)?;
    match &*item.self_ty {
        Type::Path(of) => Some((&of.path.segments.last()?.ident, name)),
        _ => None,
    }
}

/// The type in the call of a macro, and the traits that the macro implements for it. `transparent! { A: Serialize }` and
/// `untagged! { A: Serialize; … }` name them; `object! { A … }` and `tuple! { A: … }` implement `Deserialize` and `Serialize`.
fn by_macro(item: &syn::Item) -> Option<(Ident, Vec<&'static str>)> {
    let syn::Item::Macro(call) = item else { return None };
    let name = call.mac.path.segments.last()?.ident.to_string();
    let names_traits = match name.as_str() {
        "object" | "tuple" => false,
        "transparent" | "untagged" => true,
        _ => return None,
    };
    let mut tokens = call.mac.tokens.clone().into_iter().peekable();
    let first = ident(tokens.next()?)?;
    // `object! { closed A … }`
    let of = tokens.next_if(|token| matches!(token, TokenTree::Ident(_))).and_then(ident).unwrap_or(first);
    let traits =
        tokens.take_while(|token| !matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'));
    let named: BTreeSet<String> = traits.filter_map(ident).map(|name| name.to_string()).collect();
    let mut implemented = vec!["Deserialize", "Serialize"];
    implemented.retain(|name| !names_traits || named.contains(*name));
    Some((of, implemented))
}

fn ident(token: TokenTree) -> Option<Ident> {
    match token {
        TokenTree::Ident(ident) => Some(ident),
        _ => None,
    }
}

/// The name of a field, or its number.
fn name_of(index: usize, field: &syn::Field) -> String {
    field.ident.as_ref().map_or_else(|| index.to_string(), ToString::to_string)
}

/// `(u8)`, ` { a: u8 }`, ` = 1`: what follows the name of a variant.
fn payload(variant: &syn::Variant) -> String {
    let fields = &variant.fields;
    let discriminant = variant.discriminant.as_ref().map(|(equals, value)| quote!(#equals #value));
    text(&quote!(#fields #discriminant))
}

fn held(fields: &Fields) -> Vec<Parameter> {
    let parameter = |(index, field): (usize, &syn::Field)| Parameter {
        name: name_of(index, field),
        ty: TypeExpr::of(&field.ty),
        into: None,
    };
    fields.iter().enumerate().map(parameter).collect()
}

fn collect_impl(block: &syn::ItemImpl, module: &str, found: &mut Vec<Item>) {
    let of = TypeExpr::of(&block.self_ty);
    if let Some((implemented, _)) = &block.trait_ {
        let ty = TypeExpr::of_path(implemented);
        let name = implemented.segments.last().map(|last| last.ident.to_string());
        found.push(Item {
            owner: of.paths().first().map(|path| item::absolute(module, path)),
            signature: format!("{ty} for {of}"),
            ty: Some(ty),
            feature: feature(&block.attrs),
            ..Item::new(ItemKind::Impl, module, name.unwrap_or_default())
        });
        return;
    }
    for function in &block.items {
        if let ImplItem::Fn(function) = function
            && is_public(&function.vis)
        {
            let signature = &function.sig;
            found.push(Item {
                owner: Some(item::join(module, &of.path)),
                generics: of.generics().to_owned(),
                signature: text(signature),
                parameters: item::parameters(signature),
                ty: match &signature.output {
                    syn::ReturnType::Type(_, ty) => Some(TypeExpr::of(ty)),
                    syn::ReturnType::Default => None,
                },
                feature: feature(&function.attrs).or_else(|| feature(&block.attrs)),
                ..Item::new(ItemKind::Method, module, signature.ident.to_string())
            });
        }
    }
}

/// `x` of `#[cfg(feature = "x")]`.
fn feature(attributes: &[Attribute]) -> Option<String> {
    let mut conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    let condition = conditions.find_map(|condition| condition.parse_args::<syn::MetaNameValue>().ok())?;
    match condition.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(name), .. }) => Some(name.value()),
        _ => None,
    }
}

/// The names of the traits that attributes derive.
fn derived(attributes: &[Attribute]) -> impl Iterator<Item = String> + '_ {
    let derives = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    let paths = derives.filter_map(|attribute| {
        attribute.parse_args_with(Punctuated::<syn::Path, syn::Token![,]>::parse_terminated).ok()
    });
    paths.flatten().filter_map(|path| path.segments.last().map(|segment| segment.ident.to_string()))
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Tokens in one line, spaced as people write types and signatures. Attributes and docs are left out.
fn text(tokens: &impl ToTokens) -> String {
    let mut line = String::new();
    write(tokens.to_token_stream(), &mut line);
    line
}

fn write(tokens: TokenStream, line: &mut String) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                // An attribute: the bracketed group after `#` goes with it.
                tokens.next();
            }
            TokenTree::Punct(punct) => {
                let is_trailing_comma = punct.as_char() == ',' && tokens.peek().is_none_or(closes);
                if is_trailing_comma {
                    continue;
                }
                let joined = punct.spacing() == Spacing::Joint;
                if matches!(punct.as_char(), '-' | '+') || (punct.as_char() == '=' && !line.ends_with('-')) {
                    space(line);
                }
                line.push(punct.as_char());
                let ends_arrow = line.ends_with("->") || line.ends_with(" =");
                let after_single_colon = punct.as_char() == ':' && !joined && !line.ends_with("::");
                if matches!(punct.as_char(), ',' | '+') || ends_arrow || after_single_colon {
                    line.push(' ');
                }
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => (" { ", " }"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                line.push_str(open);
                write(group.stream(), line);
                line.push_str(close);
            }
            word => {
                // Two words in a row, or a word after a group or a closed list of arguments.
                if line.ends_with(|last: char| last.is_alphanumeric() || matches!(last, '_' | ')' | '>')) {
                    line.push(' ');
                }
                line.push_str(&word.to_string());
            }
        }
    }
}

fn closes(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == '>')
}

fn space(line: &mut String) {
    if !line.ends_with(' ') {
        line.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_items_are_in_the_outline_and_it_is_sorted() {
        let source = "
            pub mod m {
                /// Doc.
                #[derive(::serde::Serialize, Clone)] #[non_exhaustive]
                pub struct S<'a> { #[doc = \"x\"] pub b: ::std::option::Option<&'a str>, a: u8 }
                pub enum E { A, B(u8, String), }
                impl<'a> S<'a> { pub async fn f<T>(mut self, t: T,) -> Result<Self, E> where T: Into<u8>, { } fn g() {} }
                impl ::std::fmt::Debug for E {}
                impl<'de> ::serde::Deserialize<'de> for E {}
                impl<'de> ::serde::Deserialize<'de> for S<'de> {}
                support::object! { Hidden [a] 0 \"a\" a required; }
                support::object! { closed T [] }
                #[derive(Clone)] pub struct New(pub u8);
                support::transparent! { New: Deserialize integers, Serialize }
                pub enum Union { Deserialize(u8) }
                support::untagged! { Union: Serialize; Deserialize }
                pub struct Pair(u8, u8);
                support::tuple! { Pair: 0, 1 }
                pub type Alias = super::types::A;
                type Own = u8;
                #[cfg(feature = \"f\")] pub struct T;
                #[cfg(feature = \"f\")] impl T { pub fn h() {} }
                impl From<u8> for E { fn from(_: u8) -> E { E::A } }
                struct Hidden;
            }
            mod hidden { pub struct AlsoHidden; }
        ";
        let expected = [
            "enum m::E (Debug, Deserialize)",
            "enum m::Union (Serialize)",
            "field m::New.0: u8",
            "field m::S.b: ::std::option::Option<&'a str>",
            "impl ::serde::Deserialize<'de> for S<'de> in m",
            "impl From<u8> for E in m",
            "method m::S<'a>: async fn f<T>(mut self, t: T) -> Result<Self, E> where T: Into<u8>",
            "method m::T: fn h() [feature f]",
            "struct m::New (Clone, Deserialize, Serialize)",
            "struct m::Pair (Deserialize, Serialize)",
            "struct m::S<'a> (Clone, Serialize, non_exhaustive)",
            "struct m::T (Deserialize, Serialize) [feature f]",
            "type m::Alias = super::types::A",
            "variant m::E::A",
            "variant m::E::B(u8, String)",
            "variant m::Union::Deserialize(u8)",
            "",
        ];
        assert_eq!(outline(source).expect("it parses").to_string(), expected.join("\n"));
    }

    #[test]
    fn an_item_has_its_parts() {
        let source = "
            pub enum ErrorBody { Problem(types::Problem), Other { a: u8 } }
            impl Client { pub fn change(&self) -> builder::Change<'_> {} }
            pub mod builder {
                pub struct Change<'a> { client: &'a super::Client }
                impl<'a> Change<'a> {
                    pub fn body<V>(mut self, value: V) -> Self
                    where V: std::convert::TryInto<types::Part>, <V as std::convert::TryInto<types::Part>>::Error: std::fmt::Display {}
                    pub fn raw<B: Into<reqwest::Body>>(self, value: B) -> Self {}
                    pub fn bytes(self, status: u16, bytes: impl ::std::convert::Into<::bytes::Bytes>) -> Self {}
                    pub fn body_map<F>(mut self, f: F) -> Self where F: FnOnce(types::builder::Part) -> types::builder::Part {}
                    pub async fn send(self) -> Result<Response<::std::vec::Vec<types::Part>>, Error> {}
                    pub fn nothing(self) {}
                }
            }
            pub mod types {
                #[derive(Clone)] #[non_exhaustive] pub struct Part { pub a: Option<u8> }
                pub mod builder { pub struct Part; impl ::std::convert::From<&super::Part> for Part {} }
            }
        ";
        let outline = outline(source).expect("it parses");
        let only = |kind, owner, name: &str| {
            let mut named = outline.members(kind, owner).filter(|item| item.name == name);
            named.next().unwrap_or_else(|| panic!("{owner} has no {name}:\n{outline}"))
        };

        let part = outline.types().find(|item| item.path() == "types::Part").expect("a struct");
        assert!(part.non_exhaustive && part.derives.contains("Clone") && part.owners().is_empty());
        let field = only(ItemKind::Field, "types::Part", "a");
        assert_eq!(field.path(), "types::Part.a");
        assert_eq!(field.owners(), ["types::Part"]);
        let ty = field.ty.as_ref().expect("a type");
        assert_eq!((ty.path.as_str(), ty.arguments[0].to_string().as_str()), ("Option", "u8"));

        let problem = only(ItemKind::Variant, "ErrorBody", "Problem");
        assert_eq!(problem.path(), "ErrorBody::Problem");
        assert_eq!(problem.named(), ["types::Problem"]);
        let other = only(ItemKind::Variant, "ErrorBody", "Other");
        assert_eq!((other.parameters[0].name.as_str(), other.signature.as_str()), ("a", " { a: u8 }"));

        let change = only(ItemKind::Method, "Client", "change");
        assert_eq!(change.path(), "Client::change");
        assert_eq!(change.ty.as_ref().map(|ty| ty.path.as_str()), Some("builder::Change"));
        let method = |name| only(ItemKind::Method, "builder::Change", name);
        assert_eq!(method("body").generics, "<'a>");
        let into = |name| {
            let last = method(name).parameters.last()?;
            last.into.as_ref().map(ToString::to_string)
        };
        assert_eq!(into("body").as_deref(), Some("types::Part"));
        assert_eq!(into("raw").as_deref(), Some("reqwest::Body"));
        assert_eq!(into("bytes").as_deref(), Some("::bytes::Bytes"));
        assert_eq!(into("body_map"), None);
        let sent = method("send").ty.as_ref().expect("a result");
        assert_eq!(sent.arguments[0].arguments[0].to_string(), "::std::vec::Vec<types::Part>");
        assert_eq!(sent.paths(), ["Result", "Response", "::std::vec::Vec", "types::Part", "Error"]);
        assert_eq!(method("nothing").ty, None);

        let from = only(ItemKind::Impl, "types::builder::Part", "From");
        assert_eq!(from.owners(), ["::std::convert::From", "types::Part", "types::builder::Part"]);
        assert_eq!(from.path(), "::std::convert::From<&super::Part> for Part in types::builder");
    }
}
