//! The handwritten code that every `send` ends in, filled in for each operation.
//! Knows what the handwritten module has; must not know what progenitor writes.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Expr, ExprClosure, ExprLit, ExprMatch, Lit, LitInt, LitStr, Macro, Pat, Path, PathSegment,
    parse_quote,
};

use super::chained::take;
use crate::plan::{OperationPlan, Status};

/// The end of every `send`, parsed once: `handwritten::send(client, request, &Operation { … }).await`.
pub(super) struct Calls {
    call: Expr,
    documented: Arm,
    undocumented: Arm,
}

impl Calls {
    pub(super) fn new(handwritten: &Path) -> Self {
        Self {
            call: parse_quote! {
                #handwritten::send(client, request, &#handwritten::Operation {
                    id: "",
                    is_success: |status| matches!(),
                    success_body: #handwritten::READ,
                    error_body: |status, body| match status {},
                })
                .await
            },
            documented: parse_quote!(_ => #handwritten::decode(body, super::ErrorBody::BODY),),
            undocumented: parse_quote!(_ => Ok(None),),
        }
    }

    pub(super) fn of(&self, operation: &OperationPlan, success_body: &str) -> Expr {
        let mut arms: Vec<Arm> =
            operation.errors.iter().map(|(status, body)| self.arm(*status, body)).collect();
        if !operation.errors.iter().any(|(status, _)| *status == Status::Default) {
            arms.push(self.undocumented.clone());
        }
        let success = operation.success.iter().copied().map(pattern);
        let mut call = self.call.clone();
        let is_undocumented = operation.errors.is_empty();
        FillName("READ", success_body).visit_expr_mut(&mut call);
        FillCall {
            id: &operation.operation_id,
            success: quote!(status, #(#success)|*),
            arms,
            is_undocumented,
        }
        .visit_expr_mut(&mut call);
        call
    }

    fn arm(&self, status: Status, body: &str) -> Arm {
        let mut arm = self.documented.clone();
        arm.pat = match status {
            Status::Code(code) => {
                let code = LitInt::new(&format!("{code}u16"), Span::call_site());
                Pat::Lit(ExprLit { attrs: Vec::new(), lit: Lit::Int(code) })
            }
            Status::Range(_) | Status::Default => {
                let pattern = pattern(status);
                parse_quote!(#pattern)
            }
        };
        FillName("BODY", body).visit_arm_mut(&mut arm);
        arm
    }
}

/// Fills in the operation.
struct FillCall<'a> {
    id: &'a str,
    success: TokenStream,
    arms: Vec<Arm>,
    is_undocumented: bool,
}

impl VisitMut for FillCall<'_> {
    fn visit_lit_str_mut(&mut self, text: &mut LitStr) {
        *text = LitStr::new(self.id, text.span());
    }

    fn visit_macro_mut(&mut self, node: &mut Macro) {
        node.tokens = std::mem::take(&mut self.success);
    }

    fn visit_expr_match_mut(&mut self, node: &mut ExprMatch) {
        node.arms = std::mem::take(&mut self.arms);
    }

    /// Without documented errors there is nothing to tell apart: `|_, _| Ok(None)`.
    fn visit_expr_closure_mut(&mut self, closure: &mut ExprClosure) {
        match (&mut *closure.body, self.arms.as_mut_slice()) {
            (Expr::Match(_), [undocumented])
                if matches!(undocumented.pat, Pat::Wild(_)) && self.is_undocumented =>
            {
                let answer = take(&mut undocumented.body);
                let wild = undocumented.pat.clone();
                *closure.body = answer;
                closure.inputs.iter_mut().for_each(|input| *input = wild.clone());
            }
            _ => visit_mut::visit_expr_closure_mut(self, closure),
        }
    }
}

/// Fills in a name.
struct FillName<'a>(&'static str, &'a str);

impl VisitMut for FillName<'_> {
    fn visit_path_segment_mut(&mut self, segment: &mut PathSegment) {
        if segment.ident == self.0 {
            segment.ident = format_ident!("{}", self.1);
        }
        visit_mut::visit_path_segment_mut(self, segment);
    }
}

fn pattern(status: Status) -> TokenStream {
    match status {
        Status::Code(code) => quote!(#code),
        Status::Range(class) => {
            let (first, last) = (class * 100, class * 100 + 99);
            quote!(#first..=#last)
        }
        Status::Default => quote!(_),
    }
}
