//! Reads what a `send` sends, where, and what it takes for an answer.
//! Knows `send` as refining leaves it; must not know the rest of its builder.

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{
    Arm, Block, Expr, ExprCall, ExprIf, ExprMethodCall, ExprStruct, Lit, Local, Macro, Member, Pat, Stmt,
    Token, Type, parse_quote, punctuated::Punctuated,
};

use crate::document::walk::is_method;
use crate::plan::Status;

/// Where a parameter goes: which `{}`, or under which name.
#[derive(Clone, PartialEq)]
pub(super) enum Place {
    Path(usize),
    Query(String),
    Header(String),
}

/// What a `send` says.
#[derive(Default)]
pub(super) struct Send {
    pub id: Option<String>,
    pub verb: Option<String>,
    pub template: Option<String>,
    pub places: Vec<(Ident, Place)>,
    /// The method that writes the body.
    pub body: Option<String>,
    pub successes: Vec<Status>,
    pub errors: Vec<(Status, Type)>,
    /// The parameter that `if let Some(value) = …` has around what is visited.
    optional: Option<Ident>,
}

impl Visit<'_> for Send {
    fn visit_local(&mut self, local: &Local) {
        if let (Pat::Ident(pat), Some(init)) = (&local.pat, &local.init)
            && pat.ident == "url"
            && let Expr::Macro(format) = &*init.expr
        {
            self.read_url(&format.mac);
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_if(&mut self, branch: &ExprIf) {
        if let Expr::Let(condition) = &*branch.cond {
            self.optional = variable(&condition.expr);
        }
        visit::visit_expr_if(self, branch);
        self.optional = None;
    }

    fn visit_expr_call(&mut self, call: &ExprCall) {
        if let (Expr::Path(function), [name, value]) = (&*call.func, &*call.args.iter().collect::<Vec<_>>())
            && function.path.segments.iter().any(|segment| segment.ident == "QueryParam")
            && let (Some(name), Some(value)) = (string(name), variable(value))
        {
            self.places.push((value, Place::Query(name)));
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        let arguments: Vec<&Expr> = call.args.iter().collect();
        match (call.method.to_string().as_str(), &*arguments) {
            (verb, [url]) if is_method(verb) && is(url, "url") => {
                self.verb = Some(verb.to_ascii_uppercase());
            }
            ("request", [Expr::Path(verb), url]) if is(url, "url") => {
                self.verb = verb.path.segments.last().map(|last| last.ident.to_string());
            }
            (writes @ ("json" | "form" | "body"), [body]) if is(body, "body") => {
                self.body = Some(writes.to_owned());
            }
            ("append", [name, value]) if is(&call.receiver, "header_map") => {
                let parameter = self.optional.clone().or_else(|| variable(value));
                if let (Some(name), Some(parameter)) = (string(name), parameter) {
                    self.places.push((parameter, Place::Header(name)));
                }
            }
            _ => {}
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_struct(&mut self, operation: &ExprStruct) {
        for field in &operation.fields {
            let Member::Named(name) = &field.member else { continue };
            match (name.to_string().as_str(), &field.expr) {
                ("id", id) => self.id = string(id),
                ("is_success", Expr::Closure(closure)) => {
                    if let Expr::Macro(matches) = bare(&closure.body) {
                        self.successes = matched(&matches.mac);
                    }
                }
                ("error_body", Expr::Closure(closure)) => {
                    if let Expr::Match(by_status) = bare(&closure.body) {
                        self.errors = by_status.arms.iter().filter_map(documented).collect();
                    }
                }
                _ => {}
            }
        }
    }
}

impl Send {
    /// `format!("{}/a/{}", client.baseurl, encode_path(&x.to_string())?)`.
    fn read_url(&mut self, format: &Macro) {
        let Ok(arguments) = format.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated) else {
            return;
        };
        let mut arguments = arguments.iter();
        let template = arguments.next().and_then(string);
        self.template = template.and_then(|template| template.strip_prefix("{}").map(str::to_owned));
        let parameters = arguments.skip(1).filter_map(variable).enumerate();
        self.places.extend(parameters.map(|(index, name)| (name, Place::Path(index))));
    }
}

/// The statuses in `matches!(status, 200u16 | 300u16..=399u16)`.
fn matched(matches: &Macro) -> Vec<Status> {
    let read = matches.parse_body_with(|input: syn::parse::ParseStream<'_>| {
        input.parse::<Expr>()?;
        input.parse::<Token![,]>()?;
        Pat::parse_multi(input)
    });
    match read {
        Ok(Pat::Or(any)) => any.cases.iter().filter_map(status).collect(),
        Ok(one) => status(&one).into_iter().collect(),
        Err(_) => Vec::new(),
    }
}

fn status(pattern: &Pat) -> Option<Status> {
    let code = |expr: &Expr| match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(code) => code.base10_parse::<u16>().ok(),
            _ => None,
        },
        _ => None,
    };
    match pattern {
        Pat::Lit(literal) => code(&Expr::Lit(literal.clone())).map(Status::Code),
        Pat::Range(range) => code(range.start.as_deref()?).map(|first| Status::Range(first / 100)),
        Pat::Wild(_) => Some(Status::Default),
        _ => None,
    }
}

/// `404u16 => decode(body, super::ErrorBody::X)`.
fn documented(arm: &Arm) -> Option<(Status, Type)> {
    let Expr::Call(decode) = bare(&arm.body) else { return None };
    let Some(Expr::Path(variant)) = decode.args.iter().nth(1) else { return None };
    let name = &variant.path.segments.last()?.ident;
    Some((status(&arm.pat)?, parse_quote!(types::#name)))
}

/// What a block of one expression stands for.
fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Block(block) => only(&block.block).map_or(expr, bare),
        _ => expr,
    }
}

fn only(block: &Block) -> Option<&Expr> {
    match block.stmts.as_slice() {
        [Stmt::Expr(expr, None)] => Some(expr),
        _ => None,
    }
}

/// The variable that an expression is made of: `x` of `encode_path(&x.to_string())?`.
fn variable(expr: &Expr) -> Option<Ident> {
    match expr {
        Expr::Path(path) => path.path.get_ident().cloned(),
        Expr::Reference(reference) => variable(&reference.expr),
        Expr::Try(tried) => variable(&tried.expr),
        Expr::MethodCall(call) => variable(&call.receiver),
        Expr::Call(call) => variable(call.args.first()?),
        _ => None,
    }
}

fn is(expr: &Expr, name: &str) -> bool {
    matches!(expr, Expr::Path(_) | Expr::Reference(_)) && variable(expr).is_some_and(|ident| ident == name)
}

fn string(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
