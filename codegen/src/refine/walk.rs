//! One walk through code for all edits: syn's visitor is compiled anew, all of it, for each type that is one.
//! Knows which parts of code are edited; must not know any edit.

use proc_macro2::Ident;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, LitStr, Macro, Path};

/// What an edit does to each part of the code that it walks through. What is inside a part has been edited before it.
pub(super) trait CodeEdit {
    /// Edits an expression.
    fn expr(&mut self, _: &mut Expr) {}
    /// Edits a path.
    fn path(&mut self, _: &mut Path) {}
    /// Edits an identifier.
    fn ident(&mut self, _: &mut Ident) {}
    /// Edits the literal of a text.
    fn text(&mut self, _: &mut LitStr) {}
    /// Edits the call of a macro, whose tokens are not walked through.
    fn macro_call(&mut self, _: &mut Macro) {}
}

/// The walk of an edit.
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

/// Gives what has one name another.
pub(super) struct Rename<'a>(pub(super) &'static str, pub(super) &'a Ident);

impl CodeEdit for Rename<'_> {
    fn ident(&mut self, ident: &mut Ident) {
        if ident == self.0 {
            *ident = self.1.clone();
        }
    }
}
