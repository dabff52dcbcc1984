//! Finds the names from the surrounding scope that an expression uses.

use std::collections::HashSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Arm, Block, Expr, ExprClosure, ExprForLoop, ExprIf, ExprLet, ExprPath, ExprWhile, Ident, Item,
    Lit, Local, Macro, Pat, PatIdent, Token,
    ext::IdentExt,
    parse::Parser,
    punctuated::Punctuated,
    visit::{self, Visit},
};

use crate::parse::{assigned::literal_of, template::captures};

/// Returns the names that an expression uses but does not bind, without `r#`.
///
/// Names of fields and methods are not uses. A macro's arguments are parsed as expressions, with the names that its
/// format strings capture. Where they are something else, every word in them counts.
pub(crate) fn names_used(value: &Expr) -> HashSet<String> {
    let mut uses = Uses::default();
    uses.visit_expr(value);
    uses.used
}

/// Returns every name that a pattern binds.
pub(super) fn bindings(pattern: &Pat) -> Vec<Ident> {
    let mut bindings = Bindings(Vec::new());
    bindings.visit_pat(pattern);
    bindings.0
}

struct Bindings(Vec<Ident>);

impl Visit<'_> for Bindings {
    fn visit_pat_ident(&mut self, pattern: &PatIdent) {
        self.0.push(pattern.ident.clone());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_expr(&mut self, _: &Expr) {}
}

/// Returns the arguments of a macro that takes expressions.
pub(super) fn arguments(node: &Macro) -> Option<Punctuated<Expr, Token![,]>> {
    let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
    parser.parse2(node.tokens.clone()).ok()
}

#[derive(Default)]
struct Uses {
    used: HashSet<String>,
    /// The names that are in scope at the visitor's position, innermost last.
    bound: Vec<String>,
}

impl Uses {
    /// Visits a part of the expression that is a scope.
    fn scoped(&mut self, visit: impl FnOnce(&mut Self)) {
        let outer = self.bound.len();
        visit(self);
        self.bound.truncate(outer);
    }

    fn bind(&mut self, pattern: &Pat) {
        let names = bindings(pattern).into_iter();
        self.bound
            .extend(names.map(|name| name.unraw().to_string()));
    }

    fn note(&mut self, name: String) {
        if !self.bound.contains(&name) {
            self.used.insert(name);
        }
    }

    /// Visits the arguments of a macro such as `format!`, which may include `name = value`.
    fn visit_arguments(&mut self, arguments: &Punctuated<Expr, Token![,]>) {
        self.scoped(|uses| {
            let mut given = Vec::new();
            for argument in arguments {
                match argument {
                    Expr::Assign(named) => {
                        uses.visit_expr(&named.right);
                        given.extend(name_of(&named.left));
                    }
                    argument => uses.visit_expr(argument),
                }
            }
            uses.bound.extend(given);
            let texts = arguments.iter().filter_map(literal_of);
            uses.note_all(texts.flat_map(captures_of));
        });
    }

    /// Notes every word, including those that are captured by strings.
    fn note_words(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(word) => self.note(word.unraw().to_string()),
                TokenTree::Group(group) => self.note_words(group.stream()),
                TokenTree::Literal(text) => self.note_all(captures_of(&Lit::new(text))),
                TokenTree::Punct(_) => {}
            }
        }
    }

    fn note_all(&mut self, names: impl IntoIterator<Item = String>) {
        for name in names {
            self.note(name);
        }
    }
}

fn name_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Path(path) => Some(path.path.get_ident()?.unraw().to_string()),
        _ => None,
    }
}

fn captures_of(literal: &Lit) -> Vec<String> {
    match literal {
        Lit::Str(text) => captures(&text.value()),
        _ => Vec::new(),
    }
}

impl Visit<'_> for Uses {
    fn visit_expr(&mut self, node: &Expr) {
        match node {
            // `syn` does not know its syntax.
            Expr::Verbatim(tokens) => self.note_words(tokens.clone()),
            node => visit::visit_expr(self, node),
        }
    }

    fn visit_expr_path(&mut self, node: &ExprPath) {
        if let Some(name) = node.path.get_ident() {
            self.note(name.unraw().to_string());
        }
        visit::visit_expr_path(self, node);
    }

    fn visit_macro(&mut self, node: &Macro) {
        match arguments(node) {
            Some(arguments) => self.visit_arguments(&arguments),
            None => self.note_words(node.tokens.clone()),
        }
    }

    fn visit_expr_closure(&mut self, node: &ExprClosure) {
        self.scoped(|uses| {
            node.inputs.iter().for_each(|input| uses.bind(input));
            uses.visit_expr(&node.body);
        });
    }

    fn visit_block(&mut self, node: &Block) {
        self.scoped(|uses| visit::visit_block(uses, node));
    }

    fn visit_local(&mut self, node: &Local) {
        if let Some(init) = &node.init {
            visit::visit_local_init(self, init);
        }
        self.bind(&node.pat);
    }

    fn visit_arm(&mut self, node: &Arm) {
        self.scoped(|uses| {
            uses.bind(&node.pat);
            visit::visit_arm(uses, node);
        });
    }

    fn visit_expr_let(&mut self, node: &ExprLet) {
        self.visit_expr(&node.expr);
        self.bind(&node.pat);
    }

    fn visit_expr_if(&mut self, node: &ExprIf) {
        self.scoped(|uses| {
            uses.visit_expr(&node.cond);
            uses.visit_block(&node.then_branch);
        });
        if let Some((_, last)) = &node.else_branch {
            self.visit_expr(last);
        }
    }

    fn visit_expr_while(&mut self, node: &ExprWhile) {
        self.scoped(|uses| visit::visit_expr_while(uses, node));
    }

    fn visit_expr_for_loop(&mut self, node: &ExprForLoop) {
        self.visit_expr(&node.expr);
        self.scoped(|uses| {
            uses.bind(&node.pat);
            uses.visit_block(&node.body);
        });
    }

    /// An item sees no local names.
    fn visit_item(&mut self, _: &Item) {}
}

#[cfg(test)]
mod tests {
    use syn::parse_str;

    use super::*;

    fn used(text: &str) -> Vec<String> {
        let mut names: Vec<String> = names_used(&parse_str(text).unwrap()).into_iter().collect();
        names.sort();
        names
    }

    #[test]
    fn fields_methods_and_paths_are_not_uses() {
        assert_eq!(
            used("log(o.bytes, o.bytes(), mem::bytes, bytes::new())"),
            ["log", "o"]
        );
        assert_eq!(used("Row { bytes: id, name }"), ["id", "name"]);
        assert_eq!(used("r#type + *b"), ["b", "type"]);
    }

    #[test]
    fn parameters_of_closures_hide_names() {
        assert_eq!(used("|o| log(o.bytes)"), ["log"]);
        assert_eq!(used("|(a, B { b, .. }): T| a + b + c"), ["c"]);
        assert_eq!(used("f(|a| a, a)"), ["a", "f"]);
    }

    #[test]
    fn names_are_bound_from_their_pattern_to_the_end_of_the_block() {
        assert_eq!(used("{ let a = a; let b = 1; a + b }"), ["a"]);
        assert_eq!(used("{ { let a = 1; a }; a }"), ["a"]);
        assert_eq!(
            used("match a { Some(b) if b > c => b, d => d }"),
            ["a", "c"]
        );
        assert_eq!(
            used("if let Some(a) = b && a > 1 { a } else { c }"),
            ["b", "c"]
        );
        assert_eq!(used("if let Some(a) = b { a } else { a }"), ["a", "b"]);
        assert_eq!(used("for a in b { c(a) }"), ["b", "c"]);
        assert_eq!(used("while let Some(a) = b { c(a) }"), ["b", "c"]);
        assert_eq!(used("{ fn f(a: u8) -> u8 { a + b } f(c) }"), ["c", "f"]);
    }

    #[test]
    fn arguments_and_captures_of_macros_are_uses() {
        assert_eq!(used("format!(\"{a:>b$} {{c}} {}\", d.e)"), ["a", "b", "d"]);
        assert_eq!(used("format!(\"{a}{b}\", a = c)"), ["b", "c"]);
        assert_eq!(used("|a| println!(\"{a}{b}\")"), ["b"]);
        assert_eq!(used("json!({ \"a\": b })"), ["b"]);
        assert_eq!(
            used("select! { a = b => c(\"{d}\") }"),
            ["a", "b", "c", "d"]
        );
    }
}
