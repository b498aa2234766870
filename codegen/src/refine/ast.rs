//! Constructors of small syntax trees: parsing them would take longer than everything else that refining does.
//! Knows syn; must not know the edits.

use proc_macro2::{Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use syn::{
    Arm, AttrStyle, Attribute, Expr, ExprField, ExprLit, ExprMethodCall, ExprPath, ExprReference,
    GenericArgument, Item, ItemMod, ItemUse, Lit, LitStr, Member, Meta, MetaNameValue, Pat, Path,
    PathArguments, PathSegment, Type, TypeParamBound, UseName, UsePath, UseTree, VisRestricted, Visibility,
    WherePredicate,
};

/// `name`.
pub(super) fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// `a::b`.
pub(super) fn path(segments: impl IntoIterator<Item = Ident>) -> Path {
    Path { leading_colon: None, segments: segments.into_iter().map(PathSegment::from).collect() }
}

/// `::std::option::Option::Some`.
pub(super) fn some() -> Expr {
    let mut path = path(["std", "option", "Option", "Some"].map(ident));
    path.leading_colon = Some(Default::default());
    of_path(path)
}

/// `use from::name;`.
pub(super) fn import(from: &Path, name: &str) -> Item {
    let last = UseTree::Name(UseName { ident: ident(name) });
    let tree = from.segments.iter().rev().fold(last, |tree, segment| {
        UseTree::Path(UsePath {
            ident: segment.ident.clone(),
            colon2_token: Default::default(),
            tree: Box::new(tree),
        })
    });
    Item::Use(ItemUse {
        attrs: Vec::new(),
        vis: Visibility::Inherited,
        use_token: Default::default(),
        leading_colon: from.leading_colon,
        tree,
        semi_token: Default::default(),
    })
}

/// `pub(super)`.
pub(super) fn for_parent() -> Visibility {
    Visibility::Restricted(VisRestricted {
        pub_token: Default::default(),
        paren_token: Default::default(),
        in_token: None,
        path: Box::new(ident("super").into()),
    })
}

/// `Self::Variant`.
pub(super) fn variant(name: &Ident) -> Path {
    path([ident("Self"), name.clone()])
}

/// A path in a pattern.
pub(super) fn plain(path: Path) -> ExprPath {
    ExprPath { attrs: Vec::new(), qself: None, path }
}

/// A path as an expression.
pub(super) fn of_path(path: Path) -> Expr {
    Expr::Path(plain(path))
}

/// `&self.field`.
pub(super) fn own(field: &Ident) -> Expr {
    Expr::Reference(ExprReference {
        attrs: Vec::new(),
        and_token: Default::default(),
        mutability: None,
        expr: Box::new(Expr::Field(ExprField {
            attrs: Vec::new(),
            base: Box::new(of_path(ident("self").into())),
            dot_token: Default::default(),
            member: Member::Named(field.clone()),
        })),
    })
}

/// `receiver.method(arguments)`.
pub(super) fn call(receiver: Expr, method: &str, arguments: impl IntoIterator<Item = Expr>) -> Expr {
    Expr::MethodCall(ExprMethodCall {
        attrs: Vec::new(),
        receiver: Box::new(receiver),
        dot_token: Default::default(),
        method: ident(method),
        turbofish: None,
        paren_token: Default::default(),
        args: arguments.into_iter().collect(),
    })
}

/// `x` ⇒ `x.method(argument)`
pub(super) fn chain(expr: &mut Expr, method: &str, argument: Expr) {
    *expr = call(take(expr), method, [argument]);
}

/// Takes an expression out of a tree, to be replaced by another one.
pub(super) fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, Expr::Verbatim(TokenStream::new()))
}

/// `pat => body,`.
pub(super) fn arm(pat: Pat, body: Expr) -> Arm {
    Arm {
        attrs: Vec::new(),
        pat,
        fat_arrow_token: Default::default(),
        body: Box::new(body),
        comma: Some(Default::default()),
    }
}

/// `#[doc = "…"]`.
pub(super) fn doc(text: &str) -> Attribute {
    Attribute {
        pound_token: Default::default(),
        style: AttrStyle::Outer,
        bracket_token: Default::default(),
        meta: Meta::NameValue(MetaNameValue {
            path: ident("doc").into(),
            eq_token: Default::default(),
            value: string(text),
        }),
    }
}

/// `"…"`.
pub(super) fn string(text: &str) -> Expr {
    Expr::Lit(ExprLit { attrs: Vec::new(), lit: Lit::Str(LitStr::new(text, Span::call_site())) })
}

/// The `X` of `<X>`.
pub(super) fn only_type(arguments: &mut PathArguments) -> Option<&mut Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    match arguments.args.first_mut()? {
        GenericArgument::Type(argument) => Some(argument),
        _ => None,
    }
}

/// The items of `mod builder`.
pub(super) fn builder_module(item: &mut Item) -> Option<&mut Vec<Item>> {
    match item {
        Item::Mod(ItemMod { ident, content: Some((_, items)), .. }) if ident == "builder" => Some(items),
        _ => None,
    }
}

/// `#[derive(Clone, Copy)]` ⇒ `#[derive(Clone)]`; an attribute that derives nothing then is removed.
pub(super) fn without_derive(attributes: &mut Vec<Attribute>, name: &str) {
    attributes.retain_mut(|attribute| {
        let Meta::List(list) = &mut attribute.meta else { return true };
        if !list.path.is_ident("derive") {
            return true;
        }
        let (mut kept, mut path): (Vec<TokenTree>, Vec<TokenTree>) = Default::default();
        let end = TokenTree::from(Punct::new(',', Spacing::Alone));
        for token in std::mem::take(&mut list.tokens).into_iter().chain([end]) {
            if !matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',') {
                path.push(token);
            } else if matches!(path.last(), Some(TokenTree::Ident(ident)) if ident == name) {
                path.clear();
            } else if !path.is_empty() {
                kept.append(&mut path);
                kept.push(token);
            }
        }
        kept.pop();
        list.tokens = kept.into_iter().collect();
        !list.tokens.is_empty()
    });
}

/// The name on the wire: the value of `#[serde(rename = "…")]`, else the identifier.
pub(super) fn wire_value(attributes: &[Attribute], ident: &Ident) -> String {
    let serde = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    serde.filter_map(renamed).next_back().unwrap_or_else(|| ident.to_string())
}

/// The value of `#[serde(rename = "…")]`, found without parsing the attribute.
fn renamed(attribute: &Attribute) -> Option<String> {
    let Meta::List(list) = &attribute.meta else { return None };
    let mut tokens = list.tokens.clone().into_iter();
    tokens.find(|token| matches!(token, TokenTree::Ident(ident) if ident == "rename"))?;
    match tokens.nth(1)? {
        TokenTree::Literal(text) => match Lit::new(text) {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// `Option<X>` of `::std::option::Option<X>`.
pub(super) fn last_segment(of: &mut Type) -> Option<&mut PathSegment> {
    match of {
        Type::Path(path) => path.path.segments.last_mut(),
        _ => None,
    }
}

/// `X` in the predicate `T: TryInto<X>`.
pub(super) fn conversion_target(predicate: &mut WherePredicate) -> Option<&mut Type> {
    let WherePredicate::Type(predicate) = predicate else { return None };
    predicate.bounds.iter_mut().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let last = bound.path.segments.last_mut().filter(|last| last.ident == "TryInto")?;
        only_type(&mut last.arguments)
    })
}
