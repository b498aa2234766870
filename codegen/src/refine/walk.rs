//! One visitor for all edits: each type that implements syn's `VisitMut` compiles all of it again.

use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Item, LitStr, Macro, Path, Signature, Type};

/// A part of code that an edit may change.
pub(super) enum CodePart<'a> {
    Expr(&'a mut Expr),
    Path(&'a mut Path),
    /// A string literal.
    Text(&'a mut LitStr),
    /// The call of a macro, whose tokens are not visited.
    Macro(&'a mut Macro),
}

/// Calls `edit` with each part of a block, the inner ones before the outer ones.
pub(super) fn each(block: &mut Block, edit: &mut dyn FnMut(CodePart<'_>)) {
    Walk(edit).visit_block_mut(block);
}

/// As [`each`], with the expressions alone.
pub(super) fn each_expr(block: &mut Block, edit: &mut dyn FnMut(&mut Expr)) {
    each(block, &mut |part| {
        if let CodePart::Expr(expr) = part {
            edit(expr);
        }
    });
}

/// Calls `edit` with each path in a signature.
pub(super) fn each_path(signature: &mut Signature, edit: &mut dyn FnMut(&mut Path)) {
    Walk(&mut |part| {
        if let CodePart::Path(path) = part {
            edit(path);
        }
    })
    .visit_signature_mut(signature);
}

/// Calls `edit` with each path in an item.
pub(super) fn each_path_of(item: &mut Item, edit: &mut dyn FnMut(&mut Path)) {
    Walk(&mut |part| {
        if let CodePart::Path(path) = part {
            edit(path);
        }
    })
    .visit_item_mut(item);
}

/// Calls `edit` with each path in a type.
pub(super) fn each_path_of_type(of: &mut Type, edit: &mut dyn FnMut(&mut Path)) {
    Walk(&mut |part| {
        if let CodePart::Path(path) = part {
            edit(path);
        }
    })
    .visit_type_mut(of);
}

struct Walk<'a>(&'a mut dyn FnMut(CodePart<'_>));

impl VisitMut for Walk<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        (self.0)(CodePart::Expr(expr));
    }

    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        (self.0)(CodePart::Path(path));
    }

    fn visit_lit_str_mut(&mut self, text: &mut LitStr) {
        (self.0)(CodePart::Text(text));
    }

    fn visit_macro_mut(&mut self, call: &mut Macro) {
        visit_mut::visit_macro_mut(self, call);
        (self.0)(CodePart::Macro(call));
    }
}
