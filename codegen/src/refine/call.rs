//! The handwritten code that every `send` ends in, filled in for each operation.
//! Knows what the handwritten module has; must not know what progenitor writes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::visit_mut::VisitMut;
use syn::{Arm, Expr, ExprLit, Lit, LitInt, LitStr, Macro, Pat, Path, parse_quote};

use super::ast::take;
use super::walk::{CodeEdit, Rename, Walk};
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
        let mut fill = FillCall {
            id: &operation.operation_id,
            success: quote!(status, #(#success)|*),
            success_body: format_ident!("{success_body}"),
            arms,
            is_undocumented: operation.errors.is_empty(),
        };
        Walk(&mut fill).visit_expr_mut(&mut call);
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
        Walk(&mut Rename("BODY", &format_ident!("{body}"))).visit_arm_mut(&mut arm);
        arm
    }
}

/// Fills in the operation.
struct FillCall<'a> {
    id: &'a str,
    success: TokenStream,
    success_body: Ident,
    arms: Vec<Arm>,
    is_undocumented: bool,
}

impl CodeEdit for FillCall<'_> {
    fn ident(&mut self, ident: &mut Ident) {
        if ident == "READ" {
            *ident = self.success_body.clone();
        }
    }

    fn text(&mut self, text: &mut LitStr) {
        *text = LitStr::new(self.id, text.span());
    }

    fn macro_call(&mut self, call: &mut Macro) {
        call.tokens = std::mem::take(&mut self.success);
    }

    fn expr(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Match(of_status) => of_status.arms = std::mem::take(&mut self.arms),
            // Without documented errors there is nothing to tell apart: `|_, _| Ok(None)`.
            Expr::Closure(closure) if self.is_undocumented => {
                if let Expr::Match(of_status) = &mut *closure.body
                    && let [undocumented] = of_status.arms.as_mut_slice()
                {
                    let wild = undocumented.pat.clone();
                    *closure.body = take(&mut undocumented.body);
                    closure.inputs.iter_mut().for_each(|input| *input = wild.clone());
                }
            }
            _ => {}
        }
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
