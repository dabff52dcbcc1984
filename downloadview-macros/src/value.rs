//! What can be said of the value of an option as it is written.

use quote::ToTokens;
use syn::{Block, Expr, ExprIf, ExprUnary, Stmt, UnOp};

/// What a `macro_rules!` was given as `$value:expr`: it puts invisible groups round it.
pub(crate) fn in_groups(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => in_groups(&group.expr),
        expr => expr,
    }
}

/// Why an expression, as it is written, is no value or always the same lack of one.
pub(crate) fn no_value(value: &Expr) -> Option<&'static str> {
    match value {
        value if is_none(value) => Some("`None` sets nothing: leave the option out"),
        Expr::If(choice) if !has_else(choice) => Some(
            "an `if` without `else` gives no value; to leave the option unset, write `if … { Some(…) } else { None }`",
        ),
        Expr::Async(_) => {
            Some("an `async` block has a value after its `.await`: write that behind it")
        }
        Expr::Closure(_) => Some("this option takes a value, not a closure: leave out the `|…|`"),
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

/// Whether it is `None` on every path, of which nobody can know the type.
pub(crate) fn is_none(value: &Expr) -> bool {
    match value {
        Expr::Path(path) => {
            let path = path.path.to_token_stream().to_string();
            path == "None" || path.ends_with("Option :: None")
        }
        Expr::Call(call) => {
            let name = call.func.to_token_stream().to_string();
            ["Some", "Ok"].contains(&name.as_str()) && call.args.first().is_some_and(is_none)
        }
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

/// Whether an expression is, in the end, a closure or the name of a function, whose type its setter completes.
pub(crate) fn is_callback(expr: &Expr) -> bool {
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

/// Whether it is a closure that gives a future.
pub(crate) fn is_async(expr: &Expr) -> bool {
    let Expr::Closure(closure) = in_groups(expr) else {
        return false;
    };
    closure.asyncness.is_some() || matches!(*closure.body, Expr::Async(_))
}

fn ends_in_callback(block: &Block) -> bool {
    let Some(Stmt::Expr(last, None)) = block.stmts.last() else {
        return false;
    };
    // At the end of a block, a macro more likely prints than makes a closure.
    is_callback(last) && !matches!(last, Expr::Macro(_))
}

pub(crate) fn is_negative(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            ..
        })
    )
}
