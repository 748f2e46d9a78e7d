//! The types of casts, and character sets, under one name each.

use super::lexeme::Lexeme;
use super::parse::Reader;

/// The character set of the connection.
pub(super) const CONNECTION: &str = "utf8mb4";

/// A character set under the name that servers give it.
pub(super) fn charset(name: &str) -> String {
    match name.to_lowercase().as_str() {
        "utf8" => "utf8mb3".into(),
        other => other.to_owned(),
    }
}

impl Reader<'_> {
    pub(super) fn charset_name(&mut self) -> Option<String> {
        match self.next()? {
            Lexeme::Word(name) | Lexeme::Name(name) | Lexeme::Text(name) => Some(charset(&name)),
            _ => None,
        }
    }

    /// The type of a cast; text is of the connection's character set where it says none.
    pub(super) fn cast_type(&mut self) -> Option<String> {
        self.typed(true)
    }

    /// The same, where text is of none.
    pub(super) fn cast_type_as_is(&mut self) -> Option<String> {
        self.typed(false)
    }

    fn typed(&mut self, converts: bool) -> Option<String> {
        let Some(Lexeme::Word(word)) = self.next() else { return None };
        let word = word.to_lowercase();
        let plain = |word: &str| Some(word.to_owned());
        let text = match word.as_str() {
            "char" | "character" | "varchar" | "nchar" | "binary" => {
                return self.text_type(&word, converts);
            }
            "signed" | "unsigned" => {
                let _ = self.words(&["integer"]) || self.words(&["int"]);
                plain(&word)?
            }
            "int" | "integer" => plain("signed")?,
            "decimal" | "dec" => {
                let (precision, scale) = match self.length()?.as_slice() {
                    [] => ("10".to_owned(), "0".to_owned()),
                    [precision] => (precision.clone(), "0".to_owned()),
                    [precision, scale] => (precision.clone(), scale.clone()),
                    _ => return None,
                };
                format!("decimal({precision},{scale})")
            }
            "double" | "real" => {
                self.words(&["precision"]);
                plain("double")?
            }
            "float" => match self.length()?.as_slice() {
                [] => plain("float")?,
                [bits] if bits.parse::<u8>().ok()? <= 24 => plain("float")?,
                [_] => plain("double")?,
                _ => return None,
            },
            "time" | "datetime" => match self.length()?.as_slice() {
                [] => word,
                [digits] if digits == "0" => word,
                [digits] => format!("{word}({digits})"),
                _ => return None,
            },
            "date" | "year" | "json" | "uuid" | "inet4" | "inet6" => plain(&word)?,
            _ => return None,
        };
        Some(if self.words(&["array"]) { format!("{text} array") } else { text })
    }

    fn text_type(&mut self, word: &str, converts: bool) -> Option<String> {
        let length = match self.length()?.as_slice() {
            [] => String::new(),
            [length] => format!("({length})"),
            _ => return None,
        };
        let charset = match word {
            "binary" => Some("binary".to_owned()),
            "nchar" => Some("utf8mb3".to_owned()),
            _ if self.words(&["charset"]) || self.words(&["character", "set"]) => {
                Some(self.charset_name()?)
            }
            _ if self.words(&["ascii"]) => Some("latin1".to_owned()),
            _ if self.words(&["unicode"]) => Some("ucs2".to_owned()),
            _ => None,
        };
        // Values of such lists say no character set.
        if charset.is_none() && self.words(&["array"]) {
            return Some(format!("char{length} array"));
        }
        let charset = charset.or_else(|| converts.then(|| CONNECTION.to_owned()));
        Some(match charset {
            Some(charset) => format!("char{length} charset {charset}"),
            None => format!("char{length}"),
        })
    }

    /// The numbers between parentheses, where there are any.
    fn length(&mut self) -> Option<Vec<String>> {
        let mut numbers = Vec::new();
        if self.sign("(") {
            loop {
                let Some(Lexeme::Number(number)) = self.next() else { return None };
                numbers.push(number);
                if !self.sign(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        Some(numbers)
    }
}
