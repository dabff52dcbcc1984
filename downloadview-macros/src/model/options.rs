//! The options of a view, with a field for each.

use downloadview_grammar::{media_type::MediaType, options::OptionName, table};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Expr, Ident, LitStr, Path};

use super::{
    literal,
    reader::{Reader, usable},
    structure::{Field, Structure},
    value::{ContentSource, Setting, Takes, Value},
};
use crate::{
    errors::Errors,
    parse::{
        assigned::{Assigned, without_groups},
        options::{Known, Parsed, Written},
        template::Template,
    },
};

/// The options without a mistake.
#[derive(Default)]
pub(crate) struct Options {
    basename: Option<Setting>,
    attachment: Option<Setting>,
    inline: Option<Setting>,
    content_type: Option<Setting>,
    charset: Option<Setting>,
    no_charset: Option<Setting>,
    ranges: Option<Setting>,
    size: Option<Setting>,
    etag: Option<Setting>,
    last_modified: Option<Setting>,
    cache_control: Option<Setting>,
    headers: Vec<Setting>,
    send_timeout: Option<Setting>,
    stall_timeout: Option<Setting>,
    on_finish: Option<Setting>,
    /// The source of a struct's content.
    pub(crate) content: Option<ContentSource>,
    /// The option `blocking` as it is written.
    pub(crate) blocking: Option<Ident>,
    /// The path of the library, if it is renamed.
    pub(crate) library: Option<Path>,
    /// The extension of a name, if the end of the name is a literal.
    extension: Option<String>,
    /// True if there is a `content`, even with a mistake, or if a part could not be parsed.
    names_content: bool,
    /// Parts of refused values, which are emitted so that they count as used.
    pub(crate) refused: Vec<Expr>,
}

impl Options {
    /// Reads the options of a function.
    pub(crate) fn of_function(tokens: TokenStream, errors: &Errors) -> Self {
        Self::new(Parsed::of_function(tokens, errors), &[], errors)
    }

    /// Reads the options of a struct and of its fields.
    pub(crate) fn of_struct(attributes: &[Attribute], fields: &[Field], errors: &Errors) -> Self {
        let of_fields = fields.iter().map(|field| &*field.attributes);
        Self::new(
            Parsed::of_struct(attributes, of_fields, errors),
            fields,
            errors,
        )
    }

    fn new(parsed: Parsed, fields: &[Field], errors: &Errors) -> Self {
        let Parsed {
            known,
            unknown,
            is_incomplete,
        } = parsed;
        let is_content = |one: &Known| one.option == OptionName::Content;
        let mut options = Self {
            names_content: is_incomplete || known.iter().any(is_content),
            refused: unknown.iter().flat_map(usable).collect(),
            ..Self::default()
        };
        for (order, one) in known.iter().enumerate() {
            let before = errors.count();
            if let Some(first) = known[..order].iter().find(|first| excludes(first, one)) {
                report_excluded(first, one, errors);
            } else {
                options.read(one, order, fields, errors);
            }
            // The name of a content method is not an expression.
            if errors.count() > before && !is_content(one) {
                options.refused.extend(usable(&one.written));
            }
        }
        check_charset(&known, errors);
        options
    }

    /// Gives the closure of `on_finish` copies of the fields that it uses, because it outlives the view.
    pub(crate) fn detach(&mut self, structure: &Structure, errors: &Errors) {
        let before = errors.count();
        if let Some(Setting {
            value: Value::Callback(callback),
            ..
        }) = &mut self.on_finish
        {
            if let Expr::Closure(closure) = without_groups(callback) {
                let tokens = structure.detached(closure.to_token_stream(), errors);
                if let Ok(detached) = syn::parse2(tokens) {
                    *callback = Expr::Closure(detached);
                }
            }
        }
        if errors.count() > before {
            self.on_finish = None;
        }
    }

    /// Reports a struct without content, and `blocking` with content in a field.
    pub(crate) fn check_content(&self, structure: &Structure, errors: &Errors) {
        if !self.names_content {
            let name = &structure.name;
            let message = format!(
                "`{name}` has no content; add `content = method` above the struct, or `#[download_view(content)]` to a field"
            );
            errors.at(name, message);
        }
        if let (Some(blocking), Some(ContentSource::Field(_))) = (&self.blocking, &self.content) {
            let message =
                "`blocking` can only be used with a content method, but the content is a field";
            errors.at(blocking, message);
        }
    }

    fn read(&mut self, known: &Known, order: usize, fields: &[Field], errors: &Errors) {
        let Known { option, written } = known;
        if let Assigned::Broken(begun) = &written.assigned {
            return self.refused.extend(begun.clone());
        }
        let field = written.field.map(|index| &fields[index]);
        let reader = Reader {
            option: *option,
            written,
            order,
            field,
            errors,
        };
        match option {
            OptionName::Basename => {
                self.basename = reader.basename();
                self.extension = written.assigned.text().and_then(extension);
            }
            OptionName::Attachment => self.attachment = reader.switch(),
            OptionName::Inline => self.inline = reader.flag(),
            OptionName::ContentType => self.content_type = reader.text(literal::content_type),
            OptionName::Charset => self.charset = reader.literal_text(literal::charset),
            OptionName::NoCharset => self.no_charset = reader.flag(),
            OptionName::Ranges => self.ranges = reader.boolean(),
            OptionName::Size => self.size = reader.number(),
            OptionName::Etag => self.etag = reader.text(literal::etag),
            OptionName::LastModified => self.last_modified = reader.expression(Takes::Time),
            OptionName::CacheControl => self.cache_control = reader.text(literal::cache_control),
            OptionName::Header => self.headers.extend(reader.header()),
            OptionName::SendTimeout => self.send_timeout = reader.expression(Takes::Timeout),
            OptionName::StallTimeout => self.stall_timeout = reader.expression(Takes::Timeout),
            OptionName::OnFinish => self.on_finish = reader.callback(),
            OptionName::Content => self.content = reader.content(),
            OptionName::Blocking => self.blocking = reader.name_alone(),
            OptionName::Crate => self.library = reader.path(),
        }
    }

    /// Returns the options that set metadata, in the order in which they are written.
    #[deny(unused_variables, reason = "an option would be ignored")]
    pub(super) fn settings(&self) -> Vec<&Setting> {
        let Self {
            basename,
            attachment,
            inline,
            content_type,
            charset,
            no_charset,
            ranges,
            size,
            etag,
            last_modified,
            cache_control,
            headers,
            send_timeout,
            stall_timeout,
            on_finish,
            content: _,
            blocking: _,
            library: _,
            extension: _,
            names_content: _,
            refused: _,
        } = self;
        let single = [
            basename,
            attachment,
            inline,
            content_type,
            charset,
            no_charset,
            ranges,
            size,
            etag,
            last_modified,
            cache_control,
            send_timeout,
            stall_timeout,
            on_finish,
        ];
        let mut settings: Vec<&Setting> = single.into_iter().flatten().chain(headers).collect();
        settings.sort_by_key(|setting| setting.order);
        settings
    }

    /// Returns the name of the trait that refuses rows under a name with this extension, unless a type is given.
    pub(crate) fn no_table(&self) -> Option<&'static str> {
        let extension = self.extension.as_deref()?;
        let is_possible = self.content_type.is_some() || table::is_extension(extension);
        let name = || table::name_of_other(extension);
        (cfg!(feature = "rows") && !is_possible).then(name)
    }

    /// Returns the values that are expressions.
    pub(super) fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.settings().into_iter().filter_map(Setting::expression)
    }
}

fn extension(name: &LitStr) -> Option<String> {
    Template::parse(name).ok()?.extension().map(str::to_owned)
}

/// Returns true if the second option cannot be combined with the first.
fn excludes(first: &Known, second: &Known) -> bool {
    let is_disposition =
        |one: &Known| matches!(one.option, OptionName::Attachment | OptionName::Inline);
    let is_charset =
        |one: &Known| matches!(one.option, OptionName::Charset | OptionName::NoCharset);
    (first.option == second.option && first.option != OptionName::Header)
        || (is_disposition(first) && is_disposition(second))
        || (is_charset(first) && is_charset(second))
}

fn report_excluded(first: &Known, second: &Known, errors: &Errors) {
    let (name, excluded) = (&first.written.name, &second.written.name);
    let message = if first.option == OptionName::Content {
        "a view can have only one `content`; remove one of them".to_owned()
    } else if first.option == second.option {
        format!("duplicate option `{excluded}`")
    } else {
        format!("`{excluded}` cannot be combined with `{name}`; remove one of them")
    };
    errors.at(excluded, message);
}

/// Reports a charset with a type that has one already or cannot have one.
fn check_charset(known: &[Known], errors: &Errors) {
    let find = |option| {
        known
            .iter()
            .find(|one| one.option == option)
            .map(|one| &one.written)
    };
    let content_type = find(OptionName::ContentType).and_then(|one| one.assigned.text());
    let (Some(Written { name, .. }), Some(text)) = (find(OptionName::Charset), content_type) else {
        return;
    };
    let text = text.value();
    let Ok(content_type) = MediaType::parse(&text) else {
        return;
    };
    if content_type.has_charset() {
        errors.at(
            name,
            "`content_type` already has a charset; remove one of them",
        );
    } else if !content_type.takes_charset() {
        errors.at(
            name,
            format!("`{text}` is not a text type; remove `charset`"),
        );
    }
}
