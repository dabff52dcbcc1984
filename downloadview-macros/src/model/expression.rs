//! Properties of an expression that its syntax shows.

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Block, Expr, ExprAsync, ExprAwait, ExprCall, ExprClosure, ExprIf, ExprReturn, ExprTry,
    ExprUnary, Ident, Item, Macro, Path, PathSegment, Stmt, UnOp,
    visit::{self, Visit},
};

use super::uses::arguments;
use crate::parse::assigned::without_groups;

/// Returns the error about an expression that is not a value, or that never sets the option.
pub(super) fn no_value(value: &Expr) -> Option<&'static str> {
    match value {
        value if is_none(value) => Some("`None` leaves the option unset; remove the option"),
        Expr::If(choice) if !has_else(choice) => Some(
            "this `if` has no `else`; to leave the option unset, write `if … { Some(…) } else { None }`",
        ),
        Expr::Async(_) => {
            Some("expected a value, found an `async` block; add `.await` after the block")
        }
        Expr::Closure(_) => Some("expected a value, found a closure; remove the `|…|`"),
        Expr::Paren(inner) => no_value(&inner.expr),
        Expr::Group(inner) => no_value(&inner.expr),
        _ => None,
    }
}

fn has_else(choice: &ExprIf) -> bool {
    match choice.else_branch.as_ref().map(|(_, last)| &**last) {
        Some(Expr::If(next)) => has_else(next),
        last => last.is_some(),
    }
}

/// Returns true for an expression that is `None` on every path, whose type cannot be inferred.
fn is_none(value: &Expr) -> bool {
    match value {
        Expr::Path(path) => is_path_of_none(&path.path),
        Expr::Call(call) => wraps(call) && call.args.first().is_some_and(is_none),
        Expr::Paren(inner) => is_none(&inner.expr),
        Expr::Group(inner) => is_none(&inner.expr),
        Expr::Block(inner) => is_none_block(&inner.block),
        Expr::If(choice) => {
            let last = choice.else_branch.as_ref();
            is_none_block(&choice.then_branch) && last.is_some_and(|(_, last)| is_none(last))
        }
        Expr::Match(choice) => {
            !choice.arms.is_empty() && choice.arms.iter().all(|arm| is_none(&arm.body))
        }
        _ => false,
    }
}

fn is_none_block(block: &Block) -> bool {
    matches!(block.stmts.last(), Some(Stmt::Expr(last, None)) if is_none(last))
}

/// Returns true for `None` and `Option::None` without type arguments.
fn is_path_of_none(path: &Path) -> bool {
    let is_typed = |segment: &PathSegment| !segment.arguments.is_none();
    let mut segments = path.segments.iter().rev();
    let is_none = segments.next().is_some_and(|last| last.ident == "None");
    let is_option = segments
        .next()
        .is_none_or(|before| before.ident == "Option");
    is_none && is_option && !path.segments.iter().any(is_typed)
}

/// Returns true for a call of `Some` or `Ok`.
fn wraps(call: &ExprCall) -> bool {
    let name = match &*call.func {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    };
    name.is_some_and(|name| name == "Some" || name == "Ok")
}

/// Returns true for a closure, the name of a function, or an expression that ends in one. The setter completes its type.
pub(super) fn is_callback(expr: &Expr) -> bool {
    match expr {
        Expr::Closure(_) | Expr::Macro(_) | Expr::Path(_) => true,
        Expr::Group(inner) => is_callback(&inner.expr),
        Expr::Paren(inner) => is_callback(&inner.expr),
        Expr::Block(inner) => ends_in_callback(&inner.block),
        Expr::If(inner) => ends_in_callback(&inner.then_branch),
        Expr::Match(inner) => inner.arms.iter().any(|arm| is_callback(&arm.body)),
        _ => false,
    }
}

fn ends_in_callback(block: &Block) -> bool {
    let Some(Stmt::Expr(last, None)) = block.stmts.last() else {
        return false;
    };
    // At the end of a block, a macro is more likely to print than to make a closure.
    is_callback(last) && !matches!(last, Expr::Macro(_))
}

/// Returns true for a closure that returns a future.
pub(super) fn is_async(expr: &Expr) -> bool {
    let Expr::Closure(closure) = without_groups(expr) else {
        return false;
    };
    closure.asyncness.is_some() || matches!(*closure.body, Expr::Async(_))
}

pub(super) fn is_negative(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            ..
        })
    )
}

/// Returns true for a constant or a call. They use imports, and cannot be mistakes themselves.
pub(super) fn is_usable(value: &Expr) -> bool {
    match value {
        Expr::Path(path) => {
            let last = path.path.segments.last();
            last.is_some_and(|last| is_constant(&last.ident))
        }
        Expr::Call(call) => matches!(*call.func, Expr::Path(_)) && !is_none(value),
        _ => false,
    }
}

/// Returns true for a name in the style of constants.
pub(super) fn is_constant(name: &Ident) -> bool {
    let name = name.to_string();
    name.len() > 1 && !name.contains(char::is_lowercase)
}

/// Returns the identifiers in an expression such as `text/csv`, `hello-world.txt` or `W/"v1"`.
pub(super) fn words_between_signs(value: &Expr) -> Option<Vec<&Ident>> {
    match value {
        Expr::Lit(_) => Some(Vec::new()),
        Expr::Path(path) => Some(vec![path.path.get_ident()?]),
        Expr::Field(field) => words_between_signs(&field.base),
        Expr::Binary(signed) => {
            let mut words = words_between_signs(&signed.left)?;
            words.extend(words_between_signs(&signed.right)?);
            Some(words)
        }
        _ => None,
    }
}

/// Returns the error about the first `?` or `return` that would return from the view.
pub(super) fn early_return(value: &Expr) -> Option<syn::Error> {
    let mut early = EarlyReturn(None);
    early.visit_expr(value);
    early.0
}

/// Finds a `?` or `return` outside of closures and `async` blocks.
struct EarlyReturn(Option<syn::Error>);

impl Visit<'_> for EarlyReturn {
    fn visit_expr_try(&mut self, node: &ExprTry) {
        visit::visit_expr_try(self, node);
        let message =
            "`?` cannot be used in an option; remove the `?`, because an option takes a `Result`";
        let error = || syn::Error::new_spanned(node.question_token, message);
        self.0.get_or_insert_with(error);
    }

    fn visit_expr_return(&mut self, node: &ExprReturn) {
        let message = "`return` cannot be used in an option; remove the `return`";
        let error = || syn::Error::new_spanned(node.return_token, message);
        self.0.get_or_insert_with(error);
    }

    fn visit_expr_closure(&mut self, _: &ExprClosure) {}

    fn visit_expr_async(&mut self, _: &ExprAsync) {}

    fn visit_item(&mut self, _: &Item) {}
}

/// Returns true if the expression awaits a future.
pub(super) fn waits(value: &Expr) -> bool {
    let mut waits = Waits(false);
    waits.visit_expr(value);
    waits.0
}

/// Finds an `.await` outside of closures and `async` blocks.
struct Waits(bool);

impl Visit<'_> for Waits {
    fn visit_expr_await(&mut self, _: &ExprAwait) {
        self.0 = true;
    }

    fn visit_macro(&mut self, node: &Macro) {
        match arguments(node) {
            Some(arguments) => arguments.iter().for_each(|one| self.visit_expr(one)),
            None => self.0 |= has_await(node.tokens.clone()),
        }
    }

    fn visit_expr_closure(&mut self, _: &ExprClosure) {}

    fn visit_expr_async(&mut self, _: &ExprAsync) {}

    fn visit_item(&mut self, _: &Item) {}
}

fn has_await(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "await",
        TokenTree::Group(group) => has_await(group.stream()),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use syn::parse_str;

    use super::*;

    #[test]
    fn futures_in_closures_and_blocks_are_not_waited_for() {
        for (text, expected) in [
            ("tag(id).await", true),
            ("format!(\"{}\", tag(id).await)", true),
            ("{ let tag = tag.await; tag }", true),
            ("select! { tag = tag.await => tag }", true),
            ("|o| { spawn(async move { tell(o).await }); }", false),
            ("tag(async { id.await })", false),
            ("awaited", false),
        ] {
            assert_eq!(waits(&parse_str(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn none_is_found_on_every_path() {
        for (text, expected) in [
            ("None", true),
            ("std::option::Option::None", true),
            ("Some(Ok(None))", true),
            ("if a { None } else { None }", true),
            ("if a { Some(b) } else { None }", false),
            ("None::<String>", false),
            ("Level::None", false),
            ("f(None)", false),
        ] {
            assert_eq!(is_none(&parse_str(text).unwrap()), expected, "{text}");
        }
    }
}
