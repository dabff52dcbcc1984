//! The names that options see: arguments of a function, or fields of a struct.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Expr, Ident, ext::IdentExt};

use crate::{errors::did_you_mean, parse::template::is_number};

/// The names, each with the expression that it refers to.
pub(crate) struct Scope {
    names_of: NamesOf,
    names: Vec<(String, TokenStream)>,
}

#[derive(Clone, Copy, PartialEq)]
enum NamesOf {
    Argument,
    Field,
}

impl NamesOf {
    fn as_str(self) -> &'static str {
        match self {
            Self::Argument => "argument",
            Self::Field => "field",
        }
    }

    fn owner(self) -> &'static str {
        match self {
            Self::Argument => "this function",
            Self::Field => "this struct",
        }
    }
}

impl Scope {
    pub(crate) fn of_arguments(bindings: &[Ident]) -> Self {
        let value = |name: &Ident| (name.unraw().to_string(), name.to_token_stream());
        Self {
            names_of: NamesOf::Argument,
            // A later binding hides an earlier one of the same name.
            names: bindings.iter().rev().map(value).collect(),
        }
    }

    pub(crate) fn of_fields(fields: impl Iterator<Item = (String, TokenStream)>) -> Self {
        Self {
            names_of: NamesOf::Field,
            names: fields.collect(),
        }
    }

    pub(super) fn knows(&self, name: &Ident) -> bool {
        self.value(&name.unraw().to_string()).is_some()
    }

    /// Returns true for an expression that is an argument.
    pub(super) fn is_argument(&self, value: &Expr) -> bool {
        let Expr::Path(path) = value else {
            return false;
        };
        let name = path.path.get_ident();
        self.names_of == NamesOf::Argument && name.is_some_and(|name| self.knows(name))
    }

    /// Returns the field at the start of an expression, with the message that `self.` is missing.
    pub(super) fn field_without_self<'e>(&self, value: &'e Expr) -> Option<(&'e Ident, String)> {
        let name = match value {
            Expr::Path(path) => path.path.get_ident()?,
            Expr::Field(field) => return self.field_without_self(&field.base),
            Expr::MethodCall(call) => return self.field_without_self(&call.receiver),
            Expr::Reference(reference) => return self.field_without_self(&reference.expr),
            Expr::Await(waited) => return self.field_without_self(&waited.base),
            _ => return None,
        };
        let is_field = self.names_of == NamesOf::Field && self.knows(name);
        is_field.then(|| (name, format!("`{name}` is a field; write `self.{name}`")))
    }

    /// Returns the expression that a name in a template refers to.
    pub(super) fn value(&self, name: &str) -> Option<&TokenStream> {
        let mut names = self.names.iter();
        let found = names.find(|(known, _)| known == name);
        found.map(|(_, value)| value)
    }

    /// Returns the message about a name that does not exist.
    pub(super) fn unknown(&self, name: &str) -> String {
        let known: Vec<&str> = self.names.iter().map(|(known, _)| known.as_str()).collect();
        let words = known.iter().copied().filter(|word| !is_number(word));
        let names = self.names_of.as_str();
        let hint = match (did_you_mean(name, words), &known[..]) {
            (hint, _) if !hint.is_empty() => hint,
            (_, []) => format!(": {} has no {names}s", self.names_of.owner()),
            (_, [only]) => format!("; the only {names} is `{only}`"),
            (_, all) => format!("; the {names}s are `{}`", all.join("`, `")),
        };
        format!("cannot find {names} `{name}`{hint}")
    }
}
