//! The options of a view, checked against the names that they see.

use std::collections::HashSet;

use downloadview_grammar::options::OptionName;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Expr, Ident, LitStr};

use super::{
    expression::{is_constant, words_between_signs},
    options::Options,
    scope::Scope,
    uses::names_used,
    value::{Expression, Setting, Takes, Value},
};
use crate::{
    errors::Errors,
    parse::template::{Template, format_name},
};

/// The settings of a view.
pub(crate) struct Settings {
    /// Calls of setters with literals.
    pub(crate) literals: Vec<TokenStream>,
    /// Values that are computed for each request. `on_finish` is the first, so that it is called if another value fails.
    pub(crate) computed: Vec<Computed>,
    /// The names that those values use. It is `None` after a mistake, because a use may be missing.
    used: Option<HashSet<String>>,
}

/// A value that is computed for each request.
pub(crate) struct Computed {
    pub(crate) name: Ident,
    pub(crate) value: ComputedValue,
    /// Set if it is awaited.
    pub(crate) waits: bool,
}

pub(crate) enum ComputedValue {
    /// The arguments of `format!`.
    Basename(LitStr, Vec<(Ident, TokenStream)>),
    Expression(Expression),
    /// A closure or a function, whose type the setter completes.
    Callback(Expr),
}

impl Settings {
    pub(crate) fn new(options: &Options, scope: &Scope, errors: &Errors) -> Self {
        let mut settings = options.settings();
        settings.sort_by_key(|setting| setting.option != OptionName::OnFinish);
        let computed = settings
            .iter()
            .filter_map(|one| compute(one, scope, errors))
            .collect();
        let used = settings.iter().flat_map(|one| names(one)).collect();
        Self {
            literals: settings.iter().filter_map(|one| literal(one)).collect(),
            computed,
            used: (errors.count() == 0).then_some(used),
        }
    }

    /// Returns true if a value uses this name, or if a mistake may hide that.
    pub(crate) fn uses(&self, name: &str) -> bool {
        self.used.as_ref().is_none_or(|used| used.contains(name))
    }

    /// Returns true if a value is awaited.
    pub(crate) fn waits(&self) -> bool {
        self.computed.iter().any(|one| one.waits)
    }
}

fn literal(setting: &Setting) -> Option<TokenStream> {
    match &setting.value {
        Value::Literal(call) => Some(call.clone()),
        Value::Template(_) | Value::Expression(_) | Value::Callback(_) => None,
    }
}

/// Returns the names that a value uses.
fn names(setting: &Setting) -> Vec<String> {
    match &setting.value {
        Value::Literal(_) => Vec::new(),
        Value::Template(template) => template.names(),
        Value::Expression(Expression { value, .. }) | Value::Callback(value) => {
            names_used(value).into_iter().collect()
        }
    }
}

fn compute(setting: &Setting, scope: &Scope, errors: &Errors) -> Option<Computed> {
    let value = match &setting.value {
        Value::Literal(_) => return None,
        Value::Template(template) => basename(template, scope, errors),
        Value::Expression(expression) => {
            check(&setting.name, expression, scope, errors)?;
            ComputedValue::Expression(expression.clone())
        }
        Value::Callback(value) if scope.is_argument(value) => {
            ComputedValue::Expression(Expression {
                takes: Takes::Callback,
                header_name: None,
                value: value.clone(),
            })
        }
        Value::Callback(value) => ComputedValue::Callback(value.clone()),
    };
    Some(Computed {
        name: setting.name.clone(),
        value,
        waits: setting.waits(),
    })
}

/// Finds the value of each name, and reports a name that does not exist.
fn basename(template: &Template, scope: &Scope, errors: &Errors) -> ComputedValue {
    let resolve = |name: String| {
        let value = scope.value(&name);
        if value.is_none() {
            errors.at(template.literal(), scope.unknown(&name));
        }
        Some((format_name(&name), value?.clone()))
    };
    let values = template.names().into_iter().filter_map(resolve).collect();
    ComputedValue::Basename(template.format_literal(), values)
}

/// Reports text without quotes, and a field without `self`.
fn check(name: &Ident, expression: &Expression, scope: &Scope, errors: &Errors) -> Option<()> {
    let Expression {
        takes,
        header_name,
        value,
    } = expression;
    if *takes == Takes::Text && header_name.is_none() && is_unquoted(value, scope) {
        let text = value.to_token_stream().to_string().replace(' ', "");
        errors.at(
            value,
            format!("expected text in quotes; write `{name} = {text:?}`"),
        );
        return None;
    }
    if let Some((field, problem)) = scope.field_without_self(value) {
        errors.at(field, problem);
        return None;
    }
    Some(())
}

/// Returns true for text whose quotes are missing: `text/csv`, `no-store`, `hello.txt`.
fn is_unquoted(value: &Expr, scope: &Scope) -> bool {
    let is_unknown = |word: &&Ident| *word != "self" && !is_constant(word) && !scope.knows(word);
    let is_text = matches!(value, Expr::Binary(_) | Expr::Field(_));
    is_text && words_between_signs(value).is_some_and(|words| words.iter().any(is_unknown))
}
