//! An item of an outline, in its parts.

use std::collections::BTreeSet;
use std::fmt;

use syn::{
    FnArg, GenericArgument, GenericParam, Pat, PathArguments, ReturnType, Signature, Type, TypeParamBound,
    WherePredicate, punctuated::Punctuated,
};

use super::text;

/// The kind of an [`Item`]. [`Display`](fmt::Display) writes it as the outline does, such as `struct`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ItemKind {
    /// A type alias.
    Alias,
    /// An enum.
    Enum,
    /// A public field of a struct.
    Field,
    /// An implementation of a trait.
    Impl,
    /// A public function of a type.
    Method,
    /// A struct.
    Struct,
    /// A variant of an enum.
    Variant,
}

impl fmt::Display for ItemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alias => "type",
            Self::Enum => "enum",
            Self::Field => "field",
            Self::Impl => "impl",
            Self::Method => "method",
            Self::Struct => "struct",
            Self::Variant => "variant",
        })
    }
}

/// A public item of generated code. [`Display`](fmt::Display) writes its line of the outline.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Item {
    /// Its kind.
    pub kind: ItemKind,
    /// The path of its module, such as `types::builder`; empty for the root.
    pub module: String,
    /// The path of the type that a field, a variant, a method or an impl belongs to, such as `types::MfaRequest`.
    pub owner: Option<String>,
    /// Its own name; of an impl, the name of the trait.
    pub name: String,
    /// The generics of a struct or an enum, or those of a method's type, such as `<'a>`.
    pub generics: String,
    /// The type of a field or an alias, the payload of a variant with its brackets, a method from `fn` to its bounds, `Trait for
    /// Type` of an impl; empty for structs and enums.
    pub signature: String,
    /// The parameters of a method without `self`; what a variant holds.
    pub parameters: Vec<Parameter>,
    /// The type of a field or an alias; the return type of a method, where it has one; the trait of an impl.
    pub ty: Option<TypeExpr>,
    /// The traits that a struct or an enum derives, by their last names. `Debug` counts where it is implemented, and
    /// `Deserialize` where an enum implements it.
    pub derives: BTreeSet<String>,
    /// Whether a struct or an enum is `#[non_exhaustive]`.
    pub non_exhaustive: bool,
    /// The cargo feature that it needs: that of a `#[cfg(feature = "…")]`.
    pub feature: Option<String>,
}

impl Item {
    pub(super) fn new(kind: ItemKind, module: &str, name: String) -> Self {
        Self {
            kind,
            module: module.to_owned(),
            owner: None,
            name,
            generics: String::new(),
            signature: String::new(),
            parameters: Vec::new(),
            ty: None,
            derives: BTreeSet::new(),
            non_exhaustive: false,
            feature: None,
        }
    }

    /// Whether it is a struct or an enum.
    pub fn is_type(&self) -> bool {
        matches!(self.kind, ItemKind::Struct | ItemKind::Enum)
    }

    /// Where it is: `types::A`, the field `types::A.b`, the variant or method `types::A::b`, `Trait for A in types`. No other
    /// item of its kind has the same.
    pub fn path(&self) -> String {
        let owner = self.owner.as_deref().unwrap_or_default();
        match self.kind {
            ItemKind::Alias | ItemKind::Struct | ItemKind::Enum => join(&self.module, &self.name),
            ItemKind::Field => format!("{owner}.{}", self.name),
            ItemKind::Variant | ItemKind::Method => format!("{owner}::{}", self.name),
            ItemKind::Impl => {
                let module = if self.module.is_empty() { "the root" } else { &self.module };
                format!("{} in {module}", self.signature)
            }
        }
    }

    /// The paths of the types that it goes with: its owner; of an impl, whatever is named in it. None for a struct or an enum.
    pub fn owners(&self) -> Vec<String> {
        let named = if self.kind == ItemKind::Impl { self.named() } else { Vec::new() };
        named.into_iter().chain(self.owner.clone()).collect()
    }

    /// The paths of all types and traits in `parameters` and `ty`, as from the root: `super::A` in `types::builder` ⇒ `types::A`. What
    /// begins with `::` stays.
    pub fn named(&self) -> Vec<String> {
        let types = self.parameters.iter().map(|parameter| &parameter.ty).chain(&self.ty);
        types.flat_map(TypeExpr::paths).map(|path| absolute(&self.module, path)).collect()
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, generics, signature, .. } = self;
        match kind {
            ItemKind::Struct | ItemKind::Enum => {
                write!(f, "{kind} {}{generics}", self.path())?;
                let grows = self.non_exhaustive.then_some("non_exhaustive");
                let marks: BTreeSet<&str> = self.derives.iter().map(String::as_str).chain(grows).collect();
                if !marks.is_empty() {
                    write!(f, " ({})", marks.into_iter().collect::<Vec<_>>().join(", "))?;
                }
            }
            ItemKind::Alias => write!(f, "{kind} {} = {signature}", self.path())?,
            ItemKind::Field => write!(f, "{kind} {}: {signature}", self.path())?,
            ItemKind::Variant => write!(f, "{kind} {}{signature}", self.path())?,
            ItemKind::Method => {
                write!(f, "{kind} {}{generics}: {signature}", self.owner.as_deref().unwrap_or_default())?;
            }
            ItemKind::Impl => write!(f, "{kind} {}", self.path())?,
        }
        self.feature.iter().try_for_each(|feature| write!(f, " [feature {feature}]"))
    }
}

/// A parameter of a method, or a field of a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name, or its number.
    pub name: String,
    /// Its type.
    pub ty: TypeExpr,
    /// The type that it is converted to: `A` where its type is bound by `Into<A>` or `TryInto<A>`.
    pub into: Option<TypeExpr>,
}

/// A type or a trait as the source writes it. [`Display`](fmt::Display) writes all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TypeExpr {
    /// Its path without arguments, such as `::std::option::Option`; empty where it is no path, such as `()` or `&str`.
    pub path: String,
    /// The types in its generic arguments; what a reference, a slice or a tuple is of.
    pub arguments: Vec<TypeExpr>,
    text: String,
}

impl TypeExpr {
    pub(super) fn of(ty: &Type) -> Self {
        let arguments = match ty {
            Type::Path(path) => return Self { text: text(ty), ..Self::of_path(&path.path) },
            Type::Reference(ty) => vec![Self::of(&ty.elem)],
            Type::Slice(ty) => vec![Self::of(&ty.elem)],
            Type::Array(ty) => vec![Self::of(&ty.elem)],
            Type::Tuple(ty) => ty.elems.iter().map(Self::of).collect(),
            Type::ImplTrait(ty) => traits(&ty.bounds).map(Self::of_path).collect(),
            Type::TraitObject(ty) => traits(&ty.bounds).map(Self::of_path).collect(),
            _ => Vec::new(),
        };
        Self { path: String::new(), arguments, text: text(ty) }
    }

    pub(super) fn of_path(path: &syn::Path) -> Self {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let root = if path.leading_colon.is_some() { "::" } else { "" };
        let arguments = path.segments.iter().flat_map(|segment| arguments(&segment.arguments));
        Self { path: format!("{root}{}", names.join("::")), arguments: arguments.collect(), text: text(path) }
    }

    /// The paths of all types and traits in it, from left to right.
    pub fn paths(&self) -> Vec<&str> {
        let own = Some(self.path.as_str()).filter(|path| !path.is_empty());
        own.into_iter().chain(self.arguments.iter().flat_map(Self::paths)).collect()
    }

    /// What follows the path: `<'a>`.
    pub(super) fn generics(&self) -> &str {
        self.text.strip_prefix(&self.path).unwrap_or_default()
    }
}

impl fmt::Display for TypeExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn arguments(arguments: &PathArguments) -> Vec<TypeExpr> {
    match arguments {
        PathArguments::None => Vec::new(),
        PathArguments::AngleBracketed(list) => {
            let types = list.args.iter().filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(TypeExpr::of(ty)),
                GenericArgument::AssocType(assigned) => Some(TypeExpr::of(&assigned.ty)),
                _ => None,
            });
            types.collect()
        }
        PathArguments::Parenthesized(list) => {
            let returned = match &list.output {
                ReturnType::Type(_, ty) => Some(&**ty),
                ReturnType::Default => None,
            };
            list.inputs.iter().map(|input| &input.ty).chain(returned).map(TypeExpr::of).collect()
        }
    }
}

/// The parameters of a function without `self`.
pub(super) fn parameters(signature: &Signature) -> Vec<Parameter> {
    let typed = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    });
    let parameter = |typed: &syn::PatType| {
        let name = match &*typed.pat {
            Pat::Ident(name) => name.ident.to_string(),
            pattern => text(pattern),
        };
        Parameter { name, ty: TypeExpr::of(&typed.ty), into: into(signature, &typed.ty) }
    };
    typed.map(parameter).collect()
}

/// `A`, where a type is bound by `Into<A>`, `TryInto<A>` or `IntoOption<A, _>`, in the generics, in a `where` clause, or as `impl Into<A>`.
fn into(signature: &Signature, of: &Type) -> Option<TypeExpr> {
    let name = text(of);
    let own = match of {
        Type::ImplTrait(ty) => Some(&ty.bounds),
        _ => None,
    };
    let declared = signature.generics.params.iter().filter_map(|param| match param {
        GenericParam::Type(param) => (name == text(&param.ident)).then_some(&param.bounds),
        _ => None,
    });
    let clauses = signature.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let demanded = clauses.filter_map(|predicate| match predicate {
        WherePredicate::Type(predicate) => (name == text(&predicate.bounded_ty)).then_some(&predicate.bounds),
        _ => None,
    });
    let conversion = |path: &syn::Path| {
        let last = path.segments.last()?;
        let is_conversion = ["Into", "IntoOption", "TryInto"].iter().any(|name| last.ident == name);
        arguments(&last.arguments).into_iter().next().filter(|_| is_conversion)
    };
    own.into_iter().chain(declared).chain(demanded).flat_map(traits).find_map(conversion)
}

fn traits(bounds: &Punctuated<TypeParamBound, syn::Token![+]>) -> impl Iterator<Item = &syn::Path> {
    bounds.iter().filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => Some(&bound.path),
        _ => None,
    })
}

/// The path of a name in a module.
pub(super) fn join(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}

/// The path that a module means from the root: `super::A` in `types::builder` ⇒ `types::A`. A path of a crate stays.
pub(super) fn absolute(module: &str, path: &str) -> String {
    match path.strip_prefix("super::") {
        Some(rest) => absolute(module.rsplit_once("::").map_or("", |(parent, _)| parent), rest),
        None if path.starts_with("::") => path.to_owned(),
        None => join(module, path),
    }
}
