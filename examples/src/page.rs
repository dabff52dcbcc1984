//! The page at `/`, which shows each view with its description, its source and its links.

use std::{fmt::Write, sync::LazyLock};

use axum::{Router, routing::get};
use downloadview::download_view;

use crate::{
    data::Shop,
    exports, odd, rendered, seed,
    source::{description, function},
    trouble,
};

const SECTIONS: [&Section; 5] = [
    &seed::SECTION,
    &exports::SECTION,
    &rendered::SECTION,
    &odd::SECTION,
    &trouble::SECTION,
];

/// A group of views that share a source file.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
    pub(crate) source: &'static str,
    pub(crate) entries: &'static [Entry],
}

/// A view on the page. Its doc comment is its description.
pub(crate) struct Entry {
    title: &'static str,
    /// The view and, after it, the functions that it needs.
    functions: &'static [&'static str],
    links: &'static [Link],
    form: &'static [Field],
    picture: Option<&'static str>,
}

/// The target and the text of a link.
pub(crate) struct Link(pub(crate) &'static str, pub(crate) &'static str);

/// The name and the initial value of a form field.
pub(crate) struct Field(pub(crate) &'static str, pub(crate) &'static str);

impl Entry {
    pub(crate) const fn new(
        title: &'static str,
        functions: &'static [&'static str],
        links: &'static [Link],
    ) -> Self {
        Self {
            title,
            functions,
            links,
            form: &[],
            picture: None,
        }
    }

    /// Adds a form that sends its fields to the path of the first link.
    pub(crate) const fn form(self, form: &'static [Field]) -> Self {
        Self { form, ..self }
    }

    /// Shows a view of the crate as a picture.
    pub(crate) const fn picture(self, path: &'static str) -> Self {
        Self {
            picture: Some(path),
            ..self
        }
    }
}

pub(crate) fn routes() -> Router<Shop> {
    Router::new().route("/", get(index))
}

/// This page is text in memory as well. `inline` shows it instead of saving it.
#[download_view(
    basename = "downloadview.html",
    inline,
    content_type = "text/html",
    cache_control = "no-cache"
)]
async fn index() -> &'static str {
    static PAGE: LazyLock<String> = LazyLock::new(page);
    &PAGE
}

fn page() -> String {
    let sections: String = SECTIONS.into_iter().map(section).collect();
    include_str!("page.html")
        .replace("{style}", include_str!("page.css"))
        .replace("{index}", &code(include_str!("page.rs"), "index"))
        .replace("{sections}", &sections)
}

fn section(section: &Section) -> String {
    let entries: String = section
        .entries
        .iter()
        .map(|entry| article(section.source, entry))
        .collect();
    let (title, text) = (escaped(section.title), escaped(section.text));
    format!("<section>\n<h2>{title}</h2>\n<p>{text}</p>\n{entries}</section>\n")
}

fn article(source: &str, entry: &Entry) -> String {
    let mut html = format!("<article>\n<div>\n<h3>{}</h3>\n", escaped(entry.title));
    let about = entry
        .functions
        .first()
        .map(|name| description(source, name));
    let _ = writeln!(html, "<p>{}</p>", marked_up(&about.unwrap_or_default()));
    html += &links(entry);
    html += &form(entry);
    if let Some(path) = entry.picture {
        let _ = writeln!(
            html,
            "<img src=\"{path}\" alt=\"{}\" width=\"1280\" height=\"720\">",
            escaped(entry.title)
        );
    }
    let code: String = entry
        .functions
        .iter()
        .map(|name| code(source, name))
        .collect();
    html + "</div>\n<div>\n" + &code + "</div>\n</article>\n"
}

fn links(entry: &Entry) -> String {
    let items = entry.links.iter().map(|Link(to, says)| {
        format!(
            "<li><a href=\"{}\">{}</a></li>\n",
            escaped(to),
            escaped(says)
        )
    });
    format!("<ul>\n{}</ul>\n", items.collect::<String>())
}

fn form(entry: &Entry) -> String {
    let Some(Link(to, _)) = entry.links.first().filter(|_| !entry.form.is_empty()) else {
        return String::new();
    };
    let action = to.split('?').next().unwrap_or_default();
    let fields = entry.form.iter().map(|Field(name, value)| {
        format!(
            "<label>{name} <input name=\"{name}\" value=\"{}\"></label>\n",
            escaped(value)
        )
    });
    format!(
        "<form action=\"{action}\">\n{}<button>Download</button>\n</form>\n",
        fields.collect::<String>()
    )
}

/// Returns the source of a function, with its attribute highlighted.
fn code(source: &str, name: &str) -> String {
    let code = escaped(function(source, name).unwrap_or_default());
    let code = match code
        .strip_prefix("#[")
        .and_then(|rest| rest.split_once(")]\n"))
    {
        Some((attribute, rest)) => format!("<mark>#[{attribute})]</mark>\n{rest}"),
        None => code,
    };
    format!("<pre tabindex=\"0\"><code>{code}</code></pre>\n")
}

/// Returns the text of a doc comment as HTML, with its `code`.
fn marked_up(text: &str) -> String {
    let mut html = String::new();
    for (index, part) in escaped(text).split('`').enumerate() {
        let tag = if index % 2 == 1 {
            ("<code>", "</code>")
        } else {
            ("", "")
        };
        let _ = write!(html, "{}{part}{}", tag.0, tag.1);
    }
    html
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_view_on_the_page_is_found_in_its_source() {
        for section in SECTIONS {
            for entry in section.entries {
                for name in entry.functions {
                    assert!(function(section.source, name).is_some(), "{name}");
                }
                assert!(
                    !description(section.source, entry.functions[0]).is_empty(),
                    "{}",
                    entry.title
                );
            }
        }
    }

    #[test]
    fn the_page_has_no_hole_left() {
        let page = page();
        for hole in ["{style}", "{sections}", "{index}"] {
            assert!(!page.contains(hole), "{hole}");
        }
    }

    #[test]
    fn markup_in_text_is_escaped() {
        assert_eq!(marked_up("a < `b & c`"), "a &lt; <code>b &amp; c</code>");
    }
}
