//! Extracts a function from its source file, so that the page shows the code that runs.

/// Returns the function of this name with its attributes, without its doc comment.
pub(crate) fn function<'a>(source: &'a str, name: &str) -> Option<&'a str> {
    let item = item(source, name)?;
    Some(&item[doc_comment(item).len()..])
}

/// Returns the doc comment of the function as one paragraph.
pub(crate) fn description(source: &str, name: &str) -> String {
    let lines = item(source, name)
        .map(doc_comment)
        .unwrap_or_default()
        .lines();
    let words: Vec<_> = lines
        .map(|line| line.trim_start_matches('/').trim())
        .collect();
    words.join(" ")
}

/// Returns the text from the blank line before the function to its closing brace. rustfmt guarantees both.
fn item<'a>(source: &'a str, name: &str) -> Option<&'a str> {
    let at = source.find(&format!("fn {name}("))?;
    let start = source[..at].rfind("\n\n")? + 2;
    let end = at + source[at..].find("\n}\n")? + 3;
    Some(&source[start..end])
}

fn doc_comment(item: &str) -> &str {
    let length = item
        .split_inclusive('\n')
        .take_while(|line| line.starts_with("///"))
        .map(str::len)
        .sum();
    &item[..length]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str =
        "use x;\n\n/// One `a`,\n/// and two.\n#[b]\nfn f() {\n    g();\n}\n\nfn g() {\n}\n";

    #[test]
    fn a_function_is_cut_out_without_its_comment() {
        assert_eq!(function(SOURCE, "f"), Some("#[b]\nfn f() {\n    g();\n}\n"));
        assert_eq!(function(SOURCE, "h"), None);
    }

    #[test]
    fn its_comment_becomes_a_paragraph() {
        assert_eq!(description(SOURCE, "f"), "One `a`, and two.");
        assert_eq!(description(SOURCE, "g"), "");
    }
}
