//! The values of options.

use downloadview_grammar::options::OptionName;
use proc_macro2::TokenStream;
use syn::{Expr, Ident, LitStr};

use super::{expression::waits, structure::Field};
use crate::parse::template::Template;

/// An option that sets metadata.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(super) option: OptionName,
    pub(super) name: Ident,
    /// The index of the option among all options of the item.
    pub(super) order: usize,
    pub(crate) value: Value,
}

#[derive(Clone)]
pub(crate) enum Value {
    /// A checked literal, as a call of the setter on `Metadata`.
    Literal(TokenStream),
    /// A basename with values in it.
    Template(Template),
    Expression(Expression),
    /// A closure or a function, whose type the setter completes.
    Callback(Expr),
}

/// A value that is computed for each request.
#[derive(Clone)]
pub(crate) struct Expression {
    pub(crate) takes: Takes,
    /// The name in `header("Name", value)`.
    pub(crate) header_name: Option<LitStr>,
    pub(crate) value: Expr,
}

/// The type of values that an option takes, named after its trait in `__private::needs`.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Takes {
    Callback,
    FieldValue,
    Flag,
    Size,
    Text,
    Time,
    Timeout,
}

/// The source of a struct's content.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one value for each struct that is expanded"
)]
pub(crate) enum ContentSource {
    Method(Ident),
    Field(Field),
}

impl Setting {
    /// Returns the value, if it is an expression.
    pub(super) fn expression(&self) -> Option<&Expr> {
        match &self.value {
            Value::Expression(Expression { value, .. }) | Value::Callback(value) => Some(value),
            Value::Literal(_) | Value::Template(_) => None,
        }
    }

    /// Returns true if the value is awaited.
    pub(super) fn waits(&self) -> bool {
        self.expression().is_some_and(waits)
    }
}
