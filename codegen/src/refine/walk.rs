//! One visitor for all edits: each type that implements syn's `VisitMut` compiles all of it again.
//! Knows which parts of code are edited; must not know any edit.

use proc_macro2::Ident;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, LitStr, Macro, Path};

/// Edits parts of a syntax tree, the inner ones before the outer ones.
pub(super) trait CodeEdit {
    /// Edits an expression.
    fn expr(&mut self, _: &mut Expr) {}
    /// Edits a path.
    fn path(&mut self, _: &mut Path) {}
    /// Edits an identifier.
    fn ident(&mut self, _: &mut Ident) {}
    /// Edits a string literal.
    fn text(&mut self, _: &mut LitStr) {}
    /// Edits the call of a macro, whose tokens are not visited.
    fn macro_call(&mut self, _: &mut Macro) {}
}

/// Applies an edit to all of a tree.
pub(super) struct Walk<'a>(pub(super) &'a mut dyn CodeEdit);

impl VisitMut for Walk<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        self.0.expr(expr);
    }

    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        self.0.path(path);
    }

    fn visit_ident_mut(&mut self, ident: &mut Ident) {
        self.0.ident(ident);
    }

    fn visit_lit_str_mut(&mut self, text: &mut LitStr) {
        self.0.text(text);
    }

    fn visit_macro_mut(&mut self, call: &mut Macro) {
        visit_mut::visit_macro_mut(self, call);
        self.0.macro_call(call);
    }
}

/// `BODY` ⇒ `ApiError`: renames an identifier.
pub(super) struct Rename<'a>(pub(super) &'static str, pub(super) &'a Ident);

impl CodeEdit for Rename<'_> {
    fn ident(&mut self, ident: &mut Ident) {
        if ident == self.0 {
            *ident = self.1.clone();
        }
    }
}
