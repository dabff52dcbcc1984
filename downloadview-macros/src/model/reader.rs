//! Reads the value of one option, by the type of values that the option takes.

use downloadview_grammar::options::OptionName;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Expr, ExprLit, ExprPath, Ident, Lit, LitInt, LitStr, Member, Path, Token,
    parse::{ParseStream, Parser},
    punctuated::Punctuated,
    token::Paren,
};

use super::{
    expression::{early_return, is_async, is_callback, is_negative, is_usable, no_value},
    literal::{self, Check},
    structure::Field,
    value::{ContentSource, Expression, Setting, Takes, Value},
};
use crate::{
    errors::{Errors, quoted},
    parse::{
        assigned::{Assigned, literal_of, without_groups},
        options::Written,
        recover::{NO_METHOD, is_unfinished},
        template::Template,
    },
};

/// Methods of `DownloadView`. For a method of the same name, `self.name()` may call that of the trait.
const IN_TRAIT: [&str; 3] = ["into_handler", "content", "metadata"];

const NO_HEADER: &str = "`header` takes a name and a value, as in `header(\"X-Name\", \"value\")`";
const HALF_A_HEADER: &str = "the value of `header` is incomplete";
const NAME_ALONE: &str = "on a field, `header` takes only a name, as in `header(\"X-Name\")`";
const NOT_AWAITED: &str = "`on_finish` does not await a future; spawn it: `|outcome| { tokio::spawn(async move { … }); }`";

/// A literal of a type that the option does not take.
struct WrongType;

/// Reads the value of an option, and reports its mistakes.
pub(super) struct Reader<'a> {
    pub(super) option: OptionName,
    pub(super) written: &'a Written,
    pub(super) order: usize,
    /// The field that has the option and holds its value.
    pub(super) field: Option<&'a Field>,
    pub(super) errors: &'a Errors,
}

impl Reader<'_> {
    /// Reads text. A literal may be a template.
    pub(super) fn basename(&self) -> Option<Setting> {
        self.value(Takes::Text, |literal| match literal {
            Lit::Str(text) => Ok(self.template(text)),
            _ => Err(WrongType),
        })
    }

    /// Reads text. A literal is checked.
    pub(super) fn text(&self, check: Check) -> Option<Setting> {
        self.value(Takes::Text, |literal| self.checked(literal, check))
    }

    /// Reads text that must be a literal.
    pub(super) fn literal_text(&self, check: Check) -> Option<Setting> {
        self.above_the_struct()?;
        match &self.written.assigned {
            Assigned::Value(value) => match literal_of(value).map(|text| self.checked(text, check))
            {
                Some(Ok(value)) => Some(self.setting(value?)),
                _ => self.refuse(value),
            },
            _ => self.refuse(&self.written.name),
        }
    }

    pub(super) fn number(&self) -> Option<Setting> {
        if let Assigned::Value(value) = &self.written.assigned {
            if self.field.is_none() && is_negative(value) {
                return self.refuse(value);
            }
        }
        self.value(Takes::Size, |literal| match literal {
            Lit::Int(number) if matches!(number.suffix(), "" | "u64") => Ok(self.bytes(number)),
            _ => Err(WrongType),
        })
    }

    /// Reads a value that cannot be a literal.
    pub(super) fn expression(&self, takes: Takes) -> Option<Setting> {
        self.value(takes, |_| Err(WrongType))
    }

    /// Reads `attachment` alone, or with a `bool`.
    pub(super) fn switch(&self) -> Option<Setting> {
        if self.field.is_none() && matches!(self.written.assigned, Assigned::Nothing) {
            return Some(self.setting(self.literal(&quote!())));
        }
        self.value(Takes::Flag, |literal| match literal {
            Lit::Bool(on) if on.value => Ok(Some(Value::Literal(quote!(.attachment())))),
            Lit::Bool(_) => Ok(Some(Value::Literal(quote!(.inline())))),
            _ => Err(WrongType),
        })
    }

    /// Reads a `bool`.
    pub(super) fn boolean(&self) -> Option<Setting> {
        self.value(Takes::Flag, |literal| match literal {
            Lit::Bool(_) => Ok(Some(self.literal(&literal.to_token_stream()))),
            _ => Err(WrongType),
        })
    }

    /// Reads a name without a value.
    pub(super) fn flag(&self) -> Option<Setting> {
        let name = self.name_alone();
        name.map(|_| self.setting(self.literal(&quote!())))
    }

    /// Reads a name without a value, which sets no metadata.
    pub(super) fn name_alone(&self) -> Option<Ident> {
        self.above_the_struct()?;
        match &self.written.assigned {
            Assigned::Nothing => Some(self.written.name.clone()),
            _ => self.refuse(&self.written.name),
        }
    }

    /// Reads a closure, or an expression that evaluates to one.
    pub(super) fn callback(&self) -> Option<Setting> {
        match &self.written.assigned {
            Assigned::Value(value) if self.field.is_none() && is_async(value) => {
                self.errors.at(value, NOT_AWAITED);
                None
            }
            Assigned::Value(value)
                if self.field.is_none() && literal_of(value).is_none() && is_callback(value) =>
            {
                Some(self.setting(Value::Callback(value.clone())))
            }
            _ => self.expression(Takes::Callback),
        }
    }

    /// Reads `header("Name", value)`.
    pub(super) fn header(&self) -> Option<Setting> {
        if let Some(field) = self.field {
            return self.header_on(field);
        }
        match &self.written.assigned {
            Assigned::List(paren, tokens) => {
                let (name, value) = self.name_and_value(*paren, tokens)?;
                Some(self.setting(self.header_value(&name, &value)?))
            }
            _ => self.refuse(&self.written.name),
        }
    }

    /// Reads the name of a method, or the field that holds the content.
    pub(super) fn content(&self) -> Option<ContentSource> {
        match (self.field, &self.written.assigned) {
            (Some(field), Assigned::Nothing) => Some(ContentSource::Field(field.clone())),
            (Some(_), _) => self.refuse_value_on_field(),
            (None, Assigned::Value(value)) => self.method(value).map(ContentSource::Method),
            (None, _) => self.refuse(&self.written.name),
        }
    }

    pub(super) fn path(&self) -> Option<Path> {
        self.above_the_struct()?;
        match &self.written.assigned {
            Assigned::Value(Expr::Path(ExprPath {
                path, qself: None, ..
            })) => Some(path.clone()),
            Assigned::Value(value) => self.refuse(value),
            _ => self.refuse(&self.written.name),
        }
    }

    /// Reads a value from a field, a literal or an expression.
    fn value(
        &self,
        takes: Takes,
        literal: impl FnOnce(&Lit) -> Result<Option<Value>, WrongType>,
    ) -> Option<Setting> {
        if let Some(field) = self.field {
            return self.held_by(field, takes);
        }
        let Assigned::Value(value) = &self.written.assigned else {
            return self.refuse(&self.written.name);
        };
        match literal_of(value).map(literal) {
            Some(Ok(literal)) => Some(self.setting(literal?)),
            Some(Err(WrongType)) => self.refuse(value),
            None => Some(self.setting(self.computed(takes, None, value)?)),
        }
    }

    fn held_by(&self, field: &Field, takes: Takes) -> Option<Setting> {
        match &self.written.assigned {
            Assigned::Nothing => Some(self.held(takes, None, field)),
            _ => self.refuse_value_on_field(),
        }
    }

    fn held(&self, takes: Takes, name: Option<LitStr>, field: &Field) -> Setting {
        self.setting(Value::Expression(Expression {
            takes,
            header_name: name,
            value: field.lent(),
        }))
    }

    /// Reads `header("Name")` on the field that holds the value.
    fn header_on(&self, field: &Field) -> Option<Setting> {
        let Assigned::List(_, name) = &self.written.assigned else {
            self.errors.at(&self.written.name, NAME_ALONE);
            return None;
        };
        let alone = |_| syn::Error::new(self.written.name.span(), NAME_ALONE);
        let name = syn::parse2::<LitStr>(name.clone()).map_err(alone);
        let name = self.errors.check(name)?;
        let is_valid = self.check(&name, literal::field_name);
        is_valid.then(|| self.held(Takes::FieldValue, Some(name), field))
    }

    /// Reads a value that is computed for each request. It may be a `Result`.
    fn computed(&self, takes: Takes, header_name: Option<LitStr>, value: &Expr) -> Option<Value> {
        if let Some(problem) = no_value(value) {
            self.errors.at(value, problem);
            return None;
        }
        if let Some(error) = early_return(value) {
            self.errors.push(error);
            return None;
        }
        Some(Value::Expression(Expression {
            takes,
            header_name,
            value: value.clone(),
        }))
    }

    fn template(&self, text: &LitStr) -> Option<Value> {
        let template = Template::parse(text).and_then(|template| {
            literal::basename(&template.sketch())?;
            Ok(template)
        });
        let refused = |reason| {
            let message = format!("{} {reason}", quoted(&text.value()));
            self.errors.at(text, message);
        };
        let template = template.map_err(refused).ok()?;
        if template.names().is_empty() {
            let name = template.sketch();
            return Some(self.literal(&quote_spanned!(text.span()=> #name)));
        }
        Some(Value::Template(template))
    }

    fn checked(&self, literal: &Lit, check: Check) -> Result<Option<Value>, WrongType> {
        let Lit::Str(text) = literal else {
            return Err(WrongType);
        };
        Ok(self
            .check(text, check)
            .then(|| self.literal(&quote!(#text))))
    }

    fn bytes(&self, number: &LitInt) -> Option<Value> {
        let too_large = |_| {
            let message = format!("`{number}` is too large for a `u64`");
            self.errors.at(number, message);
        };
        let bytes = number.base10_parse::<u64>().map_err(too_large).ok()?;
        Some(self.literal(&quote_spanned!(number.span()=> #bytes)))
    }

    fn name_and_value(&self, paren: Paren, tokens: &TokenStream) -> Option<(LitStr, Expr)> {
        let Ok((name, value)) = name_and_value.parse2(tokens.clone()) else {
            let has_value = tokens.clone().into_iter().nth(2).is_some();
            let is_begun = has_value && is_unfinished(name_and_value, tokens);
            let message = if is_begun { HALF_A_HEADER } else { NO_HEADER };
            self.errors
                .push(syn::Error::new(paren.span.join(), message));
            return None;
        };
        let Some(Lit::Str(name)) = literal_of(&name) else {
            let message =
                "expected a string literal as the name, as in `header(\"X-Name\", value)`";
            self.errors.at(name, message);
            return None;
        };
        Some((name.clone(), value))
    }

    fn header_value(&self, name: &LitStr, value: &Expr) -> Option<Value> {
        let is_named = self.check(name, literal::field_name);
        let is_valid = match literal_of(value) {
            Some(Lit::Str(text)) => self.check(text, literal::field_value),
            Some(Lit::Int(_)) => true,
            _ if !is_named => return None,
            _ => return self.computed(Takes::FieldValue, Some(name.clone()), value),
        };
        (is_named && is_valid).then(|| self.literal(&quote!(#name, #value)))
    }

    /// Reads the name in `content = rows`.
    fn method(&self, value: &Expr) -> Option<Ident> {
        let value = without_groups(value);
        let name = match value {
            Expr::Path(ExprPath {
                path, qself: None, ..
            }) => path.get_ident(),
            _ => None,
        };
        let Some(name) = name else {
            self.errors.at(value, no_method(value));
            return None;
        };
        if IN_TRAIT.iter().any(|taken| name == taken) {
            let message =
                format!("`{name}` is a method of the trait `DownloadView`; rename your method");
            self.errors.at(name, message);
            return None;
        }
        Some(name.clone())
    }

    /// Calls the setter with these arguments.
    fn literal(&self, arguments: &TokenStream) -> Value {
        let setter = &self.written.name;
        Value::Literal(quote!(.#setter(#arguments)))
    }

    fn setting(&self, value: Value) -> Setting {
        Setting {
            option: self.option,
            name: self.written.name.clone(),
            order: self.order,
            value,
        }
    }

    fn check(&self, text: &LitStr, check: Check) -> bool {
        let wrong = check(&text.value()).err();
        if let Some(reason) = &wrong {
            let message = format!("{} {reason}", quoted(&text.value()));
            self.errors.at(text, message);
        }
        wrong.is_none()
    }

    /// Reports an option that cannot be used on a field, and returns `None` for it.
    fn above_the_struct(&self) -> Option<()> {
        if self.field.is_some() {
            let name = &self.written.name;
            self.errors.at(
                name,
                format!("`{name}` cannot be used on a field; move it above the struct"),
            );
            return None;
        }
        Some(())
    }

    fn refuse_value_on_field<T>(&self) -> Option<T> {
        let name = &self.written.name;
        let message = format!(
            "on a field, `{name}` takes no value; write `{name}`, or move `{name} = …` above the struct"
        );
        self.errors.at(name, message);
        None
    }

    /// Reports a wrong value, with a message about what the option takes.
    fn refuse<T>(&self, place: impl ToTokens) -> Option<T> {
        let message = format!("`{}` takes {}", self.written.name, self.option.takes());
        self.errors.at(place, message);
        None
    }
}

fn name_and_value(input: ParseStream<'_>) -> syn::Result<(Expr, Expr)> {
    let name = input.parse()?;
    input.parse::<Token![,]>()?;
    let value = input.parse()?;
    input.parse::<Option<Token![,]>>()?;
    Ok((name, value))
}

/// Returns the message for `content = People::rows()` or `self.rows()`, with the name alone.
fn no_method(value: &Expr) -> String {
    let last = |path: &ExprPath| path.path.segments.last().map(|last| last.ident.clone());
    let name = match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => text.parse().ok(),
        Expr::Path(path) => last(path),
        Expr::MethodCall(call) => Some(call.method.clone()),
        Expr::Field(field) => match &field.member {
            Member::Named(name) => Some(name.clone()),
            Member::Unnamed(_) => None,
        },
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => last(path),
            _ => None,
        },
        _ => None,
    };
    name.map_or_else(
        || NO_METHOD.to_owned(),
        |name| format!("`content` takes the name of a method; write `content = {name}`"),
    )
}

/// Returns those parts of a refused value that use an import and cannot be mistakes themselves.
///
/// They are emitted, so that the mistake does not also cause a warning about an unused import.
pub(super) fn usable(written: &Written) -> Vec<Expr> {
    let values: Vec<Expr> = match &written.assigned {
        Assigned::Nothing | Assigned::Unread | Assigned::Broken(_) => Vec::new(),
        Assigned::Value(value) => vec![value.clone()],
        Assigned::List(_, tokens) => Punctuated::<Expr, Token![,]>::parse_terminated
            .parse2(tokens.clone())
            .map(|values| values.into_iter().collect())
            .unwrap_or_default(),
    };
    values.into_iter().filter(is_usable).collect()
}
