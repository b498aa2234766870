//! Most edits put one more method call behind an expression: parsing takes longer than all else, so a call is parsed once.
//! Knows method calls; must not know which.

use proc_macro2::TokenStream;
use syn::{Expr, ExprMethodCall};

/// A method call, to be put behind any number of expressions.
pub(super) struct Chained(ExprMethodCall);

impl Chained {
    /// The call as parsed, `x.f()`; `x` is not used.
    pub(super) fn new(call: ExprMethodCall) -> Self {
        Self(call)
    }

    /// Turns `expr` into `expr.f()`.
    pub(super) fn behind(&self, expr: &mut Expr) {
        let mut call = self.0.clone();
        *call.receiver = take(expr);
        *expr = Expr::MethodCall(call);
    }
}

/// Takes an expression out of a tree that gets another one in its place.
pub(super) fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, Expr::Verbatim(TokenStream::new()))
}
