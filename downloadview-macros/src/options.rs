//! The option grammar, shared by the attribute and the derive: `name`, `name = value` or `name(…)`, between commas.
//!
//! On a field stands the `name` alone: the field is the value.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Attribute, Expr, ExprAsync, ExprClosure, ExprLit, ExprPath, ExprReturn, ExprTry, Ident, Item,
    Lit, LitInt, LitStr, Member, Meta, Path, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    punctuated::Punctuated,
    token::Paren,
    visit::{self, Visit},
};

use crate::{
    basename::{self, Basename, Template, has_positions},
    errors::{Errors, closest, quoted},
    half_typed::{has_value, is_end, is_unfinished, skip_past_comma, up_to_comma, value},
    literal::{self, Check},
    structure::Field,
    value::{in_groups, is_async, is_callback, is_negative, is_none, no_value},
    vocabulary::{Form, Place, find_option, same, unknown},
};

/// The options that were written without a mistake.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) settings: Vec<Setting>,
    /// Where the content of a struct comes from.
    pub(crate) content: Option<Source>,
    /// That was said, be it with a mistake, or may have been in what could not be read.
    pub(crate) names_content: bool,
    /// What of the values that were refused can be used: it is, or one mistake would become a warning too.
    pub(crate) refused: Vec<Expr>,
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
    /// Whether there is an `.await` in it.
    pub(crate) fn waits(&self) -> bool {
        has_await(self.tokens())
    }

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
#[expect(
    clippy::large_enum_variant,
    reason = "one value for each struct that is expanded"
)]
pub(crate) enum Source {
    Method(Ident),
    Field(Field),
}

/// What an option is followed by.
pub(crate) enum Argument {
    Nothing,
    Value(Expr),
    List(Paren, TokenStream),
    /// Of an option that there is not: what could be anything.
    Unread,
    /// Its mistake is told. What of it can be used is what stands before the dot in `id.`, so that an editor knows it.
    Broken(Option<Expr>),
}

/// One option as it was written.
struct Written {
    option: Ident,
    argument: Argument,
    /// The field it stands on.
    field: Option<Field>,
}

/// What the attribute is called.
const OURS: &str = "download_view";

/// Of two methods of one name, `self.name()` may call the trait's.
const IN_TRAIT: [&str; 3] = ["as_view", "content", "metadata"];

const NO_FIELD: &str = "`header` takes a name and a value: `header(\"X-Name\", \"value\")`";
const HALF_A_FIELD: &str = "the value of `header` is not finished";
const NAME_ALONE: &str = "on a field, whose value it is, `header` is written `header(\"X-Name\")`";
const NOT_AWAITED: &str =
    "nobody waits for what `on_finish` gives: `|outcome| { tokio::spawn(async move { … }); }`";
pub(crate) const NO_METHOD: &str = "`content` names a method of the struct: `content = rows`";

impl Options {
    /// Of a function, above which they stand.
    pub(crate) fn parse(tokens: TokenStream, errors: &Errors) -> Self {
        if is_key_value() {
            // The compiler has told.
            return Self::default();
        }
        Self::check(Written::list(tokens, errors), Place::Function, errors)
    }

    /// Of a struct, above which and on whose fields they stand.
    pub(crate) fn of_struct(attributes: &[Attribute], fields: &[Field], errors: &Errors) -> Self {
        let before = errors.count();
        let above = attributes
            .iter()
            .flat_map(|attribute| Written::in_attribute(attribute, errors));
        let inside = fields
            .iter()
            .flat_map(|field| Written::on_field(field, errors));
        let written = above.chain(inside).collect();
        let is_misspelt = |attribute: &Attribute| {
            let name = attribute.path().get_ident().map(Ident::to_string);
            name.is_some_and(|name| name != OURS && closest(&name, [OURS]).is_some())
        };
        let mut everywhere = fields.iter().flat_map(|field| &field.attributes);
        // Of an attribute that is almost ours the compiler has told.
        let is_unreadable = errors.count() > before
            || attributes.iter().any(is_misspelt)
            || everywhere.any(is_misspelt);
        let mut options = Self::check(written, Place::Struct, errors);
        options.names_content |= is_unreadable;
        options
    }

    fn check(mut written: Vec<Written>, place: Place, errors: &Errors) -> Self {
        let mut options = Self::default();
        let mut known = Vec::new();
        take_positions(&mut written, place, errors);
        for one in written {
            match one.mended(place, errors) {
                Ok(one) => known.push(one),
                Err(unknown) => options.refused.extend(unknown.usable()),
            }
        }
        options.names_content = known.iter().any(|one| one.option == "content");
        for (index, one) in known.iter().enumerate() {
            let before = errors.count();
            if let Some(first) = known[..index].iter().find(|first| first.excludes(one)) {
                first.report_excluded(one, errors);
            } else {
                options.read(one, errors);
            }
            // (That `content` calls it, who names the method has yet to learn.)
            if errors.count() > before && one.option != "content" {
                options.refused.extend(one.usable());
            }
        }
        check_charset(&known, errors);
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
        values.flat_map(words).collect()
    }

    fn read(&mut self, written: &Written, errors: &Errors) {
        let Some((form, takes)) = find_option(&written.option) else {
            return;
        };
        if let Argument::Broken(begun) = &written.argument {
            return self.refused.extend(begun.clone());
        }
        if let Some(field) = &written.field {
            return self.read_field(written, form, field, errors);
        }
        match (form, &written.argument) {
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
            _ => self.settings.extend(written.setting(form, takes, errors)),
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

    fn parse(input: ParseStream<'_>, errors: &Errors) -> syn::Result<Self> {
        let option = name(input, errors)?;
        let argument = if input.peek(Paren) {
            let content;
            let paren = syn::parenthesized!(content in input);
            Argument::List(paren, content.parse()?)
        } else if let Some(equals) = input.parse::<Option<Token![=]>>()? {
            value(&option, equals, input, errors)
        } else if is_end(input) || input.peek(Ident::peek_any) {
            Argument::Nothing
        } else if find_option(&option).is_none() {
            // That there is none is told when it is known what there is.
            up_to_comma(input);
            Argument::Unread
        } else {
            let token: TokenTree = input.parse()?;
            let message = format!("`{option}` is followed by `=` or `,`, not by `{token}`");
            errors.at(token, message);
            Argument::Broken(None)
        };
        Ok(Self {
            option,
            argument,
            field: None,
        })
    }

    /// The option that was meant, if it takes the same value: then its value is checked as well.
    #[expect(
        clippy::result_large_err,
        reason = "called once, after a mistake in an option"
    )]
    fn mended(mut self, place: Place, errors: &Errors) -> Result<Self, Self> {
        let word = self.option.to_string();
        if place.names().any(|name| name == word) {
            return Ok(self);
        }
        if !matches!(self.argument, Argument::Broken(_)) {
            errors.at(&self.option, unknown(&word, place));
        }
        match same(&word, place) {
            Some(name) => {
                self.option = Ident::new(name, self.option.span());
                Ok(self)
            }
            None => Err(self),
        }
    }

    /// Of its value, what uses an import and cannot be a mistake of its own: constants, and calls of functions.
    fn usable(&self) -> Vec<Expr> {
        let values: Vec<Expr> = match &self.argument {
            Argument::Nothing | Argument::Unread | Argument::Broken(_) => Vec::new(),
            Argument::Value(value) => vec![value.clone()],
            Argument::List(_, tokens) => Punctuated::<Expr, Token![,]>::parse_terminated
                .parse2(tokens.clone())
                .map(|values| values.into_iter().collect())
                .unwrap_or_default(),
        };
        values.into_iter().filter(is_usable).collect()
    }

    fn setting(&self, form: Form, takes: &str, errors: &Errors) -> Option<Setting> {
        let value = match (form, &self.argument) {
            (Form::Flag | Form::Switch, Argument::Nothing) => Some(self.literal(&quote!())),
            (Form::Field, Argument::List(paren, tokens)) => self.field(*paren, tokens, errors),
            (Form::Library, Argument::Value(value)) => {
                errors.at(value, self.takes(takes));
                None
            }
            (Form::Field | Form::Flag | Form::Blocking | Form::Library | Form::Content, _)
            | (
                _,
                Argument::Nothing | Argument::List(..) | Argument::Unread | Argument::Broken(_),
            ) => {
                errors.at(&self.option, self.takes(takes));
                None
            }
            (form, Argument::Value(value)) => self.value(form, value, takes, errors),
        };
        let option = self.option.clone();
        value.map(|value| Setting { option, value })
    }

    /// What the field holds.
    fn held(&self, form: Form, field: &Field, errors: &Errors) -> Option<Setting> {
        let value = match (form, &self.argument) {
            (Form::Field, Argument::List(_, name)) => {
                let alone = |_| syn::Error::new(self.option.span(), NAME_ALONE);
                let name = errors.check(syn::parse2::<LitStr>(name.clone()).map_err(alone))?;
                check_text(&name, literal::field_name, errors)
                    .then(|| Value::Expression(Some(name), field.lent()))
            }
            (Form::Field, _) => {
                errors.at(&self.option, NAME_ALONE);
                None
            }
            (_, Argument::Nothing) => Some(Value::Expression(None, field.lent())),
            (_, _) => {
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

    fn value(&self, form: Form, expr: &Expr, takes: &str, errors: &Errors) -> Option<Value> {
        let refuse = || {
            errors.at(expr, self.takes(takes));
            None
        };
        match (form, literal_of(expr)) {
            (Form::Basename, Some(Lit::Str(text))) => self.basename(text, errors),
            (Form::Switch, Some(Lit::Bool(on))) => Some(Value::Literal(switch(on))),
            (Form::Number, Some(Lit::Int(number))) if matches!(number.suffix(), "" | "u64") => {
                self.number(number, errors)
            }
            (Form::Text(check) | Form::Fixed(check), Some(Lit::Str(text))) => {
                self.text(text, check, errors)
            }
            (Form::Callback, None) if is_async(expr) => {
                errors.at(expr, NOT_AWAITED);
                None
            }
            (Form::Callback, None) if is_callback(expr) => Some(Value::Callback(expr.clone())),
            (Form::Number, None) if is_negative(expr) => refuse(),
            (Form::Fixed(_), None) | (_, Some(_)) => refuse(),
            (_, None) => expression(None, expr, errors),
        }
    }

    fn takes(&self, what: &str) -> String {
        format!("`{}` takes {what}", self.option)
    }

    fn number(&self, number: &LitInt, errors: &Errors) -> Option<Value> {
        let too_large = |_| errors.at(number, format!("`{number}` is too large for a `u64`"));
        let bytes = number.base10_parse::<u64>().map_err(too_large).ok()?;
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
            let name: Expr = input.parse()?;
            input.parse::<Token![,]>()?;
            let value: Expr = input.parse()?;
            input.parse::<Option<Token![,]>>()?;
            Ok((name, value))
        };
        let (name, value) = match parser.parse2(tokens.clone()) {
            Ok(both) => both,
            Err(error) => {
                let is_begun = is_unfinished(&error) && has_value(tokens);
                let message = if is_begun { HALF_A_FIELD } else { NO_FIELD };
                errors.push(syn::Error::new(paren.span.join(), message));
                return None;
            }
        };
        let Some(Lit::Str(name)) = literal_of(&name) else {
            let error = "the name of a header field is a literal: `header(\"X-Name\", value)`";
            errors.at(name, error);
            return None;
        };
        let named = check_text(name, literal::field_name, errors);
        let checked = match literal_of(&value) {
            Some(Lit::Str(text)) => check_text(text, literal::field_value, errors),
            Some(Lit::Int(_)) => true,
            _ if !named => return None,
            _ => return expression(Some(name.clone()), &value, errors),
        };
        (named && checked).then(|| self.literal(&quote!(#name, #value)))
    }

    fn literal(&self, arguments: &TokenStream) -> Value {
        let setter = &self.option;
        Value::Literal(quote!(.#setter(#arguments)))
    }

    /// Whether it is what `format!` would take for a `{}`.
    fn is_position(&self, place: Place) -> bool {
        let word = self.option.to_string();
        let is_option = place.names().any(|name| name == word) || same(&word, place).is_some();
        let is_list = matches!(self.argument, Argument::List(..) | Argument::Broken(_));
        !is_option && !is_list && self.field.is_none()
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

/// What stands behind a template with `{}` in it, as behind one for `format!`, is no option.
fn take_positions(written: &mut Vec<Written>, place: Place, errors: &Errors) {
    let is_template = |one: &Written| one.literal_text().is_some_and(has_positions);
    let is_basename = |one: &Written| one.option == "basename" && is_template(one);
    let Some(at) = written.iter().position(is_basename) else {
        return;
    };
    let behind = written[at + 1..].iter();
    let count = behind.take_while(|one| one.is_position(place)).count();
    let positions: Vec<Written> = written.drain(at + 1..=at + count).collect();
    if let (Some(text), false) = (written[at].literal_text(), positions.is_empty()) {
        let are_names = positions
            .iter()
            .all(|one| matches!(one.argument, Argument::Nothing));
        let names = are_names.then(|| positions.iter().map(|one| &one.option));
        errors.at(text, basename::no_positions(text, names));
        written[at].argument = Argument::Broken(None);
    }
}

/// Every option that can be read; after one that cannot, it goes on behind the next comma.
fn list(input: ParseStream<'_>, errors: &Errors) -> Vec<Written> {
    let mut list = Vec::new();
    while !input.is_empty() {
        let before = errors.count();
        list.extend(errors.check(Written::parse(input, errors)));
        if !is_end(input) && errors.count() == before {
            errors.push(input.error("expected `,` between two options"));
        }
        skip_past_comma(input);
    }
    list
}

/// With which an option begins. One with `-` for `_` is taken for what was meant.
fn name(input: ParseStream<'_>, errors: &Errors) -> syn::Result<Ident> {
    let text = input.fork().parse::<LitStr>();
    let example = text.map_or("attachment".to_owned(), |text| {
        format!("basename = {}", text.to_token_stream())
    });
    let message = format!("an option begins with its name, as in `{example}`");
    let nameless = |error: syn::Error| syn::Error::new(error.span(), message);
    let mut name = input.call(Ident::parse_any).map_err(nameless)?;
    let (mut written, is_dashed) = (name.to_token_stream(), input.peek(Token![-]));
    while input.peek(Token![-]) && input.peek2(Ident::peek_any) {
        let (dash, next) = (input.parse::<Token![-]>()?, Ident::parse_any(input)?);
        written.extend(quote!(#dash #next));
        name = Ident::new(&format!("{name}_{next}"), name.span());
    }
    if is_dashed && find_option(&name).is_some() {
        errors.at(written, format!("this option is written `{name}`"));
    }
    Ok(name)
}

/// A value that is known at a request, and that may be a `Result`.
fn expression(first: Option<LitStr>, value: &Expr, errors: &Errors) -> Option<Value> {
    if let Some(problem) = no_value(value) {
        errors.at(value, problem);
        return None;
    }
    let mut early = EarlyReturn(None);
    early.visit_expr(value);
    if let Some(error) = early.0 {
        errors.push(error);
        return None;
    }
    Some(Value::Expression(first, value.clone()))
}

/// The first word that would leave the view, and not only a closure or an `async` block.
struct EarlyReturn(Option<syn::Error>);

impl Visit<'_> for EarlyReturn {
    fn visit_expr_try(&mut self, node: &ExprTry) {
        visit::visit_expr_try(self, node);
        let message = "leave out the `?`: an option takes the `Result` itself, whose `Err` is then the answer";
        let error = || syn::Error::new_spanned(node.question_token, message);
        self.0.get_or_insert_with(error);
    }

    fn visit_expr_return(&mut self, node: &ExprReturn) {
        let message =
            "leave out the `return`: an option is a value, or a `Result` whose `Err` is the answer";
        let error = || syn::Error::new_spanned(node.return_token, message);
        self.0.get_or_insert_with(error);
    }

    fn visit_expr_closure(&mut self, _: &ExprClosure) {}

    fn visit_expr_async(&mut self, _: &ExprAsync) {}

    fn visit_item(&mut self, _: &Item) {}
}

/// Every word in the tokens, those in strings such as `"{id}"` too.
pub(crate) fn words(tokens: impl ToTokens) -> HashSet<String> {
    let text = tokens.to_token_stream().to_string();
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.map(str::to_owned).collect()
}

fn has_await(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "await",
        TokenTree::Group(group) => has_await(group.stream()),
        _ => false,
    })
}

fn is_usable(value: &Expr) -> bool {
    match value {
        Expr::Path(path) => {
            let last = path.path.segments.last();
            last.is_some_and(|last| is_constant(&last.ident))
        }
        Expr::Call(call) => matches!(*call.func, Expr::Path(_)) && !is_none(value),
        _ => false,
    }
}

/// By its name.
pub(crate) fn is_constant(name: &Ident) -> bool {
    let name = name.to_string();
    name.len() > 1 && !name.contains(char::is_lowercase)
}

/// Whether the attribute is written `#[download_view = "…"]`, which its tokens do not tell.
pub(crate) fn is_key_value() -> bool {
    let written = Span::call_site().source_text().unwrap_or_default();
    let behind = written.split_once(OURS).map(|(_, behind)| behind);
    behind.is_some_and(|behind| behind.trim_start().starts_with('='))
}

fn is_ours(attribute: &Attribute) -> bool {
    attribute.path().is_ident(OURS)
}

/// The name in `content = rows`.
fn method(value: &Expr, errors: &Errors) -> Option<Ident> {
    let value = in_groups(value);
    let name = match value {
        Expr::Path(ExprPath {
            path, qself: None, ..
        }) => path.get_ident(),
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
            errors.at(value, no_method(value));
            None
        }
    }
}

/// What to write for `content = People::rows()` or `self.rows()`.
fn no_method(value: &Expr) -> String {
    let last = |path: &ExprPath| path.path.segments.last().map(|last| last.ident.clone());
    let name = match value {
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
        |name| format!("`content` names a method that takes `self`: `content = {name}`"),
    )
}

fn literal_of(expr: &Expr) -> Option<&Lit> {
    match in_groups(expr) {
        // Of such as `'v1'` the compiler has told.
        Expr::Lit(ExprLit {
            lit: Lit::Verbatim(_),
            ..
        }) => None,
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        _ => None,
    }
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
        errors.at(text, format!("{} {reason}", quoted(&text.value())));
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
            format!("`{content_type}` is not text: leave out `charset`"),
        );
    }
}
