//! The option grammar, shared by the attribute and the derive: `name`, `name = value` or `name(…)`, between commas.
//!
//! On a field stands the `name` alone: the field is the value.

use std::collections::HashSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Attribute, Expr, ExprLit, ExprPath, ExprUnary, Ident, Lit, LitInt, LitStr, Meta, Path, Token,
    UnOp,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    token::Paren,
};

use crate::{
    basename::{Basename, Template},
    errors::Errors,
    literal::{self, Check},
    structure::Field,
    vocabulary::{Form, Place, meant, unknown},
};

/// The options that were written without a mistake.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) settings: Vec<Setting>,
    /// Where the content of a struct comes from.
    pub(crate) content: Option<Source>,
    /// That was said, be it with a mistake.
    pub(crate) names_content: bool,
    /// The function runs on the blocking pool.
    pub(crate) blocking: Option<Ident>,
    /// Where the library is, when it was renamed.
    pub(crate) library: Option<Path>,
}

/// One setter of `Metadata`, and what it is given.
pub(crate) struct Setting {
    pub(crate) option: Ident,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    /// Known and checked now: a call of the setter on `Metadata`.
    Literal(TokenStream),
    /// A basename with values in it.
    Template(Template),
    /// Known at a request. Some setters take a literal before it.
    Expression(Option<LitStr>, Expr),
    /// A closure, whose type its setter completes.
    Callback(Expr),
}

impl Value {
    /// As it was written, where it is known only at a request.
    pub(crate) fn tokens(&self) -> TokenStream {
        match self {
            Self::Literal(_) => TokenStream::new(),
            Self::Template(template) => template.literal.to_token_stream(),
            Self::Expression(_, value) | Self::Callback(value) => value.to_token_stream(),
        }
    }
}

/// Where the content of a struct comes from.
pub(crate) enum Source {
    Method(Ident),
    Field(Field),
}

/// What an option is followed by.
enum Argument {
    Nothing,
    Value(Expr),
    List(Paren, TokenStream),
}

/// One option as it was written.
struct Written {
    option: Ident,
    argument: Argument,
    /// The field it stands on.
    field: Option<Field>,
}

/// Of two methods of one name, `self.name()` may call the trait's.
const IN_TRAIT: [&str; 3] = ["as_view", "content", "metadata"];

impl Options {
    /// Of a function, above which they stand.
    pub(crate) fn parse(tokens: TokenStream, errors: &Errors) -> Self {
        Self::check(&Written::list(tokens, errors), Place::Function, errors)
    }

    /// Of a struct, above which and on whose fields they stand.
    pub(crate) fn of_struct(attributes: &[Attribute], fields: &[Field], errors: &Errors) -> Self {
        let above = attributes
            .iter()
            .flat_map(|attribute| Written::in_attribute(attribute, errors));
        let inside = fields
            .iter()
            .flat_map(|field| Written::on_field(field, errors));
        let written: Vec<_> = above.chain(inside).collect();
        Self::check(&written, Place::Struct, errors)
    }

    fn check(written: &[Written], place: Place, errors: &Errors) -> Self {
        let is_content = |one: &Written| {
            meant(&one.option.to_string(), Place::Struct).unwrap_or_default() == "content"
        };
        let mut options = Self {
            names_content: written.iter().any(is_content),
            ..Self::default()
        };
        for (index, one) in written.iter().enumerate() {
            if let Some(first) = written[..index].iter().find(|first| first.excludes(one)) {
                first.report_excluded(one, errors);
            } else {
                options.read(one, place, errors);
            }
        }
        check_charset(written, errors);
        options
    }

    /// The settings that are known now, as calls of their setters.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &TokenStream> {
        let values = self.settings.iter().map(|setting| &setting.value);
        values.filter_map(|value| match value {
            Value::Literal(call) => Some(call),
            _ => None,
        })
    }

    /// The values that are expressions.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let values = self.settings.iter().map(|setting| &setting.value);
        values.filter_map(|value| match value {
            Value::Expression(_, value) | Value::Callback(value) => Some(value),
            Value::Literal(_) | Value::Template(_) => None,
        })
    }

    /// Every word in the values that are known only at a request, those in strings such as `"{id}"` too.
    pub(crate) fn words(&self) -> HashSet<String> {
        let values = self.settings.iter().map(|setting| setting.value.tokens());
        let texts: Vec<String> = values.map(|tokens| tokens.to_string()).collect();
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let words = texts.iter().flat_map(|text| text.split(|c| !is_word(c)));
        words.map(str::to_owned).collect()
    }

    fn read(&mut self, written: &Written, place: Place, errors: &Errors) {
        let Some((form, example)) = written.form(place, errors) else {
            return;
        };
        if let Some(field) = &written.field {
            return self.read_field(written, form, field, errors);
        }
        match (form, &written.argument) {
            (Form::Flag | Form::Blocking, Argument::Value(_) | Argument::List(..)) => {
                errors.at(
                    &written.option,
                    format!("`{}` takes no value", written.option),
                );
            }
            (Form::Blocking, Argument::Nothing) => self.blocking = Some(written.option.clone()),
            (
                Form::Library,
                Argument::Value(Expr::Path(ExprPath {
                    path, qself: None, ..
                })),
            ) => {
                self.library = Some(path.clone());
            }
            (Form::Content, Argument::Value(value)) => {
                self.content = method(value, errors).map(Source::Method);
            }
            _ => self.settings.extend(written.setting(form, example, errors)),
        }
    }

    fn read_field(&mut self, written: &Written, form: Form, field: &Field, errors: &Errors) {
        match (form, &written.argument) {
            (Form::Content, Argument::Nothing) => self.content = Some(Source::Field(field.clone())),
            (Form::Flag | Form::Fixed(_) | Form::Blocking | Form::Library, _) => {
                let message = format!("`{}` stands above the struct", written.option);
                errors.at(&written.option, message);
            }
            _ => self.settings.extend(written.held(form, field, errors)),
        }
    }
}

impl Written {
    fn list(tokens: TokenStream, errors: &Errors) -> Vec<Self> {
        let parser = |input: ParseStream<'_>| Ok(list(input, errors));
        errors.check(parser.parse2(tokens)).unwrap_or_default()
    }

    /// In `#[download_view(…)]`; other attributes are not ours.
    fn in_attribute(attribute: &Attribute, errors: &Errors) -> Vec<Self> {
        match &attribute.meta {
            Meta::List(list) if is_ours(attribute) => Self::list(list.tokens.clone(), errors),
            meta if is_ours(attribute) => {
                errors.at(meta, "options are written `#[download_view(option, …)]`");
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn on_field(field: &Field, errors: &Errors) -> Vec<Self> {
        let of = |mut written: Self| {
            written.field = Some(field.clone());
            written
        };
        let attributes = field.attributes.iter();
        let written = attributes.flat_map(|attribute| Self::in_attribute(attribute, errors));
        written.map(of).collect()
    }

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let option = input.call(Ident::parse_any)?;
        let argument = if input.peek(Paren) {
            let content;
            let paren = syn::parenthesized!(content in input);
            Argument::List(paren, content.parse()?)
        } else if let Some(equals) = input.parse::<Option<Token![=]>>()? {
            Argument::Value(value(&option, equals, input)?)
        } else {
            Argument::Nothing
        };
        Ok(Self {
            option,
            argument,
            field: None,
        })
    }

    /// How the option is written right, where there is such an option.
    fn form(&self, place: Place, errors: &Errors) -> Option<(Form, &'static str)> {
        let mut options = place.options();
        let found = options.find(|(name, ..)| self.option == name);
        if found.is_none() {
            errors.at(&self.option, unknown(&self.option.to_string(), place));
        }
        found.map(|(_, form, example)| (*form, *example))
    }

    fn setting(&self, form: Form, example: &str, errors: &Errors) -> Option<Setting> {
        let value = match (form, &self.argument) {
            (Form::Flag | Form::Switch, Argument::Nothing) => Some(self.literal(&quote!())),
            (Form::Field, Argument::List(paren, tokens)) => self.field(*paren, tokens, errors),
            (Form::Field | Form::Flag | Form::Library | Form::Content, _)
            | (_, Argument::Nothing | Argument::List(..)) => {
                errors.at(&self.option, self.written_as(example));
                None
            }
            (form, Argument::Value(value)) => self.value(form, value, example, errors),
        };
        let option = self.option.clone();
        value.map(|value| Setting { option, value })
    }

    /// What the field holds.
    fn held(&self, form: Form, field: &Field, errors: &Errors) -> Option<Setting> {
        let value = match (form, &self.argument) {
            (Form::Field, Argument::List(_, name)) => {
                let name = errors.check(syn::parse2::<LitStr>(name.clone()))?;
                check_text(&name, literal::field_name, errors)
                    .then(|| Value::Expression(Some(name), field.lent()))
            }
            (Form::Field, _) => {
                errors.at(
                    &self.option,
                    "`header` is written `header(\"X-Name\")` on a field",
                );
                None
            }
            (Form::Callback, Argument::Nothing) => Some(Value::Callback(field.copied())),
            (_, Argument::Nothing) => Some(Value::Expression(None, field.lent())),
            (_, Argument::Value(_) | Argument::List(..)) => {
                errors.at(&self.option, self.is_the_field());
                None
            }
        };
        let option = self.option.clone();
        value.map(|value| Setting { option, value })
    }

    fn is_the_field(&self) -> String {
        let option = &self.option;
        format!(
            "the field is the value: write `{option}` alone, or `{option} = …` above the struct"
        )
    }

    fn value(&self, form: Form, expr: &Expr, example: &str, errors: &Errors) -> Option<Value> {
        let refuse = || {
            errors.at(expr, self.written_as(example));
            None
        };
        match (form, literal_of(expr)) {
            (Form::Basename, Some(Lit::Str(text))) => self.basename(text, errors),
            (Form::Switch, Some(Lit::Bool(on))) => Some(Value::Literal(switch(on))),
            (Form::Number, Some(Lit::Int(number))) => self.number(number, errors),
            (Form::Text(check) | Form::Fixed(check), Some(Lit::Str(text))) => {
                self.text(text, check, errors)
            }
            (Form::Callback, None) => Some(Value::Callback(expr.clone())),
            (Form::Number, None) if is_negative(expr) => refuse(),
            (Form::Fixed(_), None) | (_, Some(_)) => refuse(),
            (_, None) => Some(Value::Expression(None, expr.clone())),
        }
    }

    fn written_as(&self, example: &str) -> String {
        format!("`{}` is written `{example}`", self.option)
    }

    fn number(&self, number: &LitInt, errors: &Errors) -> Option<Value> {
        let bytes = errors.check(number.base10_parse::<u64>())?;
        Some(self.literal(&quote_spanned!(number.span()=> #bytes)))
    }

    fn basename(&self, text: &LitStr, errors: &Errors) -> Option<Value> {
        Some(match Basename::parse(text, errors)? {
            Basename::Fixed(name) => self.literal(&quote_spanned!(text.span()=> #name)),
            Basename::Template(template) => Value::Template(template),
        })
    }

    fn text(&self, text: &LitStr, check: Check, errors: &Errors) -> Option<Value> {
        check_text(text, check, errors).then(|| self.literal(&quote!(#text)))
    }

    /// `header("Name", value)`.
    fn field(&self, paren: Paren, tokens: &TokenStream, errors: &Errors) -> Option<Value> {
        let parser = |input: ParseStream<'_>| {
            let name: LitStr = input.parse()?;
            input.parse::<Token![,]>()?;
            let value: Expr = input.parse()?;
            input.parse::<Option<Token![,]>>()?;
            Ok((name, value))
        };
        let Ok((name, value)) = parser.parse2(tokens.clone()) else {
            let error = "`header` takes a name and a value: `header(\"X-Name\", \"value\")`";
            errors.push(syn::Error::new(paren.span.join(), error));
            return None;
        };
        let named = check_text(&name, literal::field_name, errors);
        let checked = match literal_of(&value) {
            Some(Lit::Str(text)) => check_text(text, literal::field_value, errors),
            Some(Lit::Int(_)) => true,
            _ => return named.then_some(Value::Expression(Some(name), value)),
        };
        (named && checked).then(|| self.literal(&quote!(#name, #value)))
    }

    fn literal(&self, arguments: &TokenStream) -> Value {
        let setter = &self.option;
        Value::Literal(quote!(.#setter(#arguments)))
    }

    /// The text of a literal value.
    fn literal_text(&self) -> Option<&LitStr> {
        match &self.argument {
            Argument::Value(value) => match literal_of(value)? {
                Lit::Str(text) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    fn excludes(&self, other: &Self) -> bool {
        let is_disposition = |one: &Self| one.option == "attachment" || one.option == "inline";
        (self.option == other.option && self.option != "header")
            || (is_disposition(self) && is_disposition(other))
    }

    fn report_excluded(&self, other: &Self, errors: &Errors) {
        let (first, second) = (&self.option, &other.option);
        let message = if first == "content" {
            "a view has one content; keep one of them".to_owned()
        } else if first == second {
            format!("`{second}` is given twice")
        } else {
            format!("`{second}` contradicts `{first}`; keep one of them")
        };
        errors.at(second, message);
    }
}

/// Every option that can be read; after one that cannot, it goes on behind the next comma.
fn list(input: ParseStream<'_>, errors: &Errors) -> Vec<Written> {
    let mut list = Vec::new();
    while !input.is_empty() {
        let before = errors.count();
        list.extend(errors.check(Written::parse(input)));
        if !input.is_empty() && !input.peek(Token![,]) && errors.count() == before {
            errors.push(input.error("expected `,` between two options"));
        }
        skip_past_comma(input);
    }
    list
}

fn skip_past_comma(input: ParseStream<'_>) {
    while !input.is_empty() {
        if let Ok(Some(_)) = input.parse::<Option<Token![,]>>() {
            return;
        }
        // A token tree is always there, as the input is not empty.
        let _ = input.parse::<TokenTree>();
    }
}

fn value(option: &Ident, equals: Token![=], input: ParseStream<'_>) -> syn::Result<Expr> {
    if input.is_empty() || input.peek(Token![,]) {
        let error = format!("the value of `{option}` is missing");
        return Err(syn::Error::new(equals.span, error));
    }
    input.parse()
}

fn is_ours(attribute: &Attribute) -> bool {
    attribute.path().is_ident("download_view")
}

/// The name in `content = rows`.
fn method(value: &Expr, errors: &Errors) -> Option<Ident> {
    let name = match value {
        Expr::Path(ExprPath {
            path, qself: None, ..
        }) => path.get_ident(),
        Expr::Group(group) => return method(&group.expr, errors),
        _ => None,
    };
    match name {
        Some(name) if IN_TRAIT.iter().any(|taken| name == taken) => {
            let message =
                format!("`{name}` is a method of `DownloadView`; call yours something else");
            errors.at(name, message);
            None
        }
        Some(name) => Some(name.clone()),
        None => {
            errors.at(
                value,
                "`content` names a method of the struct: `content = rows`",
            );
            None
        }
    }
}

/// A literal, through the invisible group that a `macro_rules!` puts round its fragments.
fn literal_of(expr: &Expr) -> Option<&Lit> {
    match expr {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        Expr::Group(group) => literal_of(&group.expr),
        _ => None,
    }
}

fn is_negative(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            ..
        })
    )
}

fn switch(on: &syn::LitBool) -> TokenStream {
    if on.value {
        quote!(.attachment())
    } else {
        quote!(.inline())
    }
}

fn check_text(text: &LitStr, check: Check, errors: &Errors) -> bool {
    let wrong = check(&text.value()).err();
    if let Some(reason) = &wrong {
        errors.at(text, format!("{:?} {reason}", text.value()));
    }
    wrong.is_none()
}

/// A charset says how bytes are text: it cannot stand beside a type that is not.
fn check_charset(written: &[Written], errors: &Errors) {
    let find = |name| written.iter().find(|one| one.option == name);
    let content_type = find("content_type").and_then(Written::literal_text);
    let (Some(charset), Some(content_type)) = (find("charset"), content_type) else {
        return;
    };
    let content_type = content_type.value();
    if content_type.to_ascii_lowercase().contains("charset=") {
        errors.at(
            &charset.option,
            "`content_type` names a charset already; keep one of them",
        );
    } else if !literal::takes_charset(&content_type) && literal::content_type(&content_type).is_ok()
    {
        errors.at(
            &charset.option,
            format!("`{content_type}` is not text: it has no charset"),
        );
    }
}
