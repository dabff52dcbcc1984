//! A strict parser for `Content-Disposition`. It accepts exactly the grammar of RFC 6266 §4.1, with the rules from RFC 9110
//! and RFC 8187 §3.2.1, limited to ASCII and UTF-8. It shares no code with the library.

/// A parsed field value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Disposition {
    /// The disposition type in lower case.
    pub kind: String,
    /// The parameters in order, with lower-case names and decoded values. No name occurs twice.
    pub parameters: Vec<(String, String)>,
}

impl Disposition {
    /// Parses a field value.
    ///
    /// # Errors
    /// Returns a description of the first violation of the grammar.
    pub fn parse(value: &str) -> Result<Self, String> {
        let mut rest = Rest(value);
        let kind = rest.token()?.to_ascii_lowercase();
        let mut parameters = Vec::new();
        while !rest.0.is_empty() {
            let (name, value) = rest.parameter()?;
            if parameters.iter().any(|(other, _)| *other == name) {
                return Err(format!("duplicate parameter `{name}` (RFC 6266 §4.1)"));
            }
            parameters.push((name, value));
        }
        Ok(Self { kind, parameters })
    }

    /// Returns the parameter `filename`.
    pub fn filename(&self) -> Option<&str> {
        self.parameter("filename")
    }

    /// Returns the parameter `filename*`.
    pub fn extended_filename(&self) -> Option<&str> {
        self.parameter("filename*")
    }

    /// Returns the name under which a client saves the file. RFC 6266 §4.3 prefers `filename*`.
    pub fn effective_name(&self) -> Option<&str> {
        self.extended_filename().or(self.filename())
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        parameters
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }
}

/// The unparsed rest of the value.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    /// Parses `OWS ";" OWS disposition-parm`. RFC 6266 §4.1 also allows space around the `=`, which is rejected here because
    /// no sender needs it.
    fn parameter(&mut self) -> Result<(String, String), String> {
        self.whitespace();
        self.literal(';')?;
        self.whitespace();
        let name = self.token()?.to_ascii_lowercase();
        self.literal('=')?;
        let value = match self.0.chars().next() {
            _ if name.ends_with('*') => self.extended_value()?,
            Some('"') => self.quoted_string()?,
            _ => self.token()?.to_owned(),
        };
        Ok((name, value))
    }

    fn whitespace(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }

    fn literal(&mut self, expected: char) -> Result<(), String> {
        let rest = self.0.strip_prefix(expected);
        self.0 = rest.ok_or_else(|| format!("expected `{expected}` before `{}`", self.0))?;
        Ok(())
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|c| !belongs(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    /// Parses `1*tchar` (RFC 9110 §5.6.2).
    fn token(&mut self) -> Result<&'a str, String> {
        let token = self.take_while(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c));
        if token.is_empty() {
            return Err(format!("expected a token before `{}`", self.0));
        }
        Ok(token)
    }

    /// Parses a quoted string without `obs-text` (RFC 9110 §5.6.4).
    fn quoted_string(&mut self) -> Result<String, String> {
        self.literal('"')?;
        let mut text = String::new();
        loop {
            text += self.take_while(|c| matches!(c, '\t' | ' '..='~') && c != '"' && c != '\\');
            if self.literal('"').is_ok() {
                return Ok(text);
            }
            self.literal('\\')?;
            let escaped = self
                .0
                .chars()
                .next()
                .filter(|c| matches!(c, '\t' | ' '..='~'));
            text.push(escaped.ok_or("invalid character in a quoted pair")?);
            self.0 = &self.0[1..];
        }
    }

    /// Parses `charset "'" [ language ] "'" value-chars` (RFC 8187 §3.2.1). UTF-8 is the only charset that may be sent.
    fn extended_value(&mut self) -> Result<String, String> {
        let charset = self.take_while(|c| c.is_ascii_alphanumeric() || c == '-');
        if !charset.eq_ignore_ascii_case("UTF-8") {
            return Err(format!("unexpected charset `{charset}`"));
        }
        self.literal('\'')?;
        self.take_while(|c| c.is_ascii_alphanumeric() || c == '-');
        self.literal('\'')?;
        let mut bytes = Vec::new();
        loop {
            bytes.extend(self.take_while(is_attr_char).bytes());
            if self.literal('%').is_err() {
                return String::from_utf8(bytes).map_err(|error| error.to_string());
            }
            bytes.push(self.hex_digit()? << 4 | self.hex_digit()?);
        }
    }

    fn hex_digit(&mut self) -> Result<u8, String> {
        let digit = self.0.chars().next().and_then(|c| c.to_digit(16));
        let digit = digit.ok_or_else(|| format!("expected a hex digit before `{}`", self.0))?;
        self.0 = &self.0[1..];
        u8::try_from(digit).map_err(|error| error.to_string())
    }
}

/// Returns true for an `attr-char` (RFC 8187 §3.2.1).
fn is_attr_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$&+-.^_`|~".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(value: &str) -> Option<String> {
        Disposition::parse(value)
            .unwrap()
            .effective_name()
            .map(str::to_owned)
    }

    #[test]
    fn valid_values_are_parsed() {
        assert_eq!(name("inline"), None);
        assert_eq!(name("Attachment;FileName=a.txt").as_deref(), Some("a.txt"));
        assert_eq!(
            name(r#"attachment ; filename="a \"b\"\\;.txt""#).as_deref(),
            Some(r#"a "b"\;.txt"#)
        );
        assert_eq!(
            name("attachment; filename=EURO; filename*=utf-8'en'%e2%82%AC").as_deref(),
            Some("€")
        );
    }

    #[test]
    fn invalid_values_are_rejected() {
        for value in [
            "",
            "attachment;",
            "attachment; filename",
            "attachment; filename=",
            "attachment; filename=a b",
            "attachment; filename=\"a",
            "attachment; filename=\"a\"b",
            "attachment; filename=\"é\"",
            "attachment; filename=a; filename=b",
            "attachment; filename=a, inline",
            "attachment; filename*=UTF-8''%E2%82",
            "attachment; filename*=UTF-8''%4",
            "attachment; filename*=UTF-8''a b",
            "attachment; filename*=UTF-8''a'b",
            "attachment; filename*=\"UTF-8''a\"",
            "attachment; filename*=ISO-8859-1''a",
            "attachment; filename*=a",
        ] {
            assert!(Disposition::parse(value).is_err(), "{value}");
        }
    }
}
