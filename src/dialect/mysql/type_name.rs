//! A type taken apart, whichever way it is spelled.

use std::fmt;

use crate::sql::{Syntax, Token, TokenKind, literal, tokens};

/// A type: what `COLUMN_TYPE` prints, and what else can stand with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeName {
    /// The word for it, as servers report it.
    pub base: String,
    /// The numbers in parentheses.
    pub numbers: Vec<u32>,
    /// The labels of an `enum` or `set`.
    pub labels: Vec<String>,
    /// No number below zero.
    pub unsigned: bool,
    /// Shown with zeros in front.
    pub zerofill: bool,
    /// The character set, where it is said.
    pub charset: Option<String>,
    /// The collation, where it is said.
    pub collate: Option<String>,
    /// Characters are compared by their bytes.
    pub binary: bool,
    /// `SERIAL`: numbered, unique, never NULL.
    pub serial: bool,
    /// The reference system, where it is said.
    pub srid: Option<u32>,
    /// What stands there and is no part of a type.
    pub strange: String,
}

/// Words of several words first, longest first.
#[rustfmt::skip]
const SPELLINGS: [(&str, &str); 40] = [
    ("national character varying", "nvarchar"), ("national char varying", "nvarchar"),
    ("national varcharacter", "nvarchar"), ("national character", "nchar"),
    ("national varchar", "nvarchar"), ("national char", "nchar"), ("nchar varying", "nvarchar"),
    ("nchar varchar", "nvarchar"), ("character varying", "varchar"), ("char varying", "varchar"),
    ("double precision", "double"), ("long varbinary", "mediumblob"), ("long varchar", "mediumtext"),
    ("long", "mediumtext"), ("bool", "boolean"), ("boolean", "boolean"), ("int1", "tinyint"),
    ("int2", "smallint"), ("int3", "mediumint"), ("middleint", "mediumint"), ("int4", "int"),
    ("integer", "int"), ("int8", "bigint"), ("dec", "decimal"), ("numeric", "decimal"),
    ("fixed", "decimal"), ("float4", "float"), ("float8", "double"), ("real", "double"),
    ("character", "char"), ("varcharacter", "varchar"), ("nvarchar", "nvarchar"),
    ("nchar", "nchar"), ("geometrycollection", "geomcollection"),
    ("geomcollection", "geomcollection"), ("serial", "serial"), ("varbinary", "varbinary"),
    ("varchar", "varchar"), ("binary", "binary"), ("char", "char"),
];

/// The words for types of characters, each with what it is as bytes.
const CHARACTERS: [(&str, &str); 6] = [
    ("char", "binary"),
    ("varchar", "varbinary"),
    ("tinytext", "tinyblob"),
    ("text", "blob"),
    ("mediumtext", "mediumblob"),
    ("longtext", "longblob"),
];

impl TypeName {
    /// Reads a type.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let all: Vec<Token> = tokens(text, Syntax::MYSQL)
            .filter(|it| !matches!(it.kind, TokenKind::Space | TokenKind::Comment))
            .collect();
        let mut reader = Reader { text, all: &all, at: 0 };
        let mut ty = Self { base: reader.base(), ..Self::default() };
        if reader.take("(") {
            reader.arguments(&mut ty);
        }
        reader.attributes(&mut ty);
        ty.settle();
        ty
    }

    /// Whether it is of characters, so that it has a collation.
    pub fn is_text(&self) -> bool {
        CHARACTERS.iter().any(|(word, _)| *word == self.base) || self.has_labels()
    }

    /// Whether it is of bytes.
    pub fn is_bytes(&self) -> bool {
        CHARACTERS.iter().any(|(_, word)| *word == self.base)
    }

    /// Whether it is kept apart from the row, without a limit that its author chose.
    pub fn is_long(&self) -> bool {
        self.base.ends_with("text") || self.base.ends_with("blob")
    }

    /// Whether it is `enum` or `set`.
    pub fn has_labels(&self) -> bool {
        matches!(self.base.as_str(), "enum" | "set")
    }

    /// Whether it is a whole number.
    pub fn is_integer(&self) -> bool {
        INTEGERS.iter().any(|(word, ..)| *word == self.base)
    }

    /// Whether it is a number.
    pub fn is_number(&self) -> bool {
        self.is_integer() || matches!(self.base.as_str(), "decimal" | "float" | "double")
    }

    /// Whether it is a place.
    pub fn is_place(&self) -> bool {
        PLACES.contains(&self.base.as_str())
    }

    /// How many digits of a second it keeps, for types that keep time.
    pub fn fraction(&self) -> u32 {
        self.numbers.first().copied().unwrap_or(0)
    }

    /// The same as bytes, which is what `CHARACTER SET binary` makes of it.
    pub fn as_bytes(&mut self) {
        if let Some((_, bytes)) = CHARACTERS.iter().find(|(word, _)| *word == self.base) {
            self.base = (*bytes).into();
        }
    }

    /// Takes the smallest type of its kind that holds so many characters of a character set.
    pub fn size(&mut self, bytes_each: u32) {
        let kind = match self.base.as_str() {
            "text" | "blob" => self.base.clone(),
            _ => return,
        };
        let Some(most) = self.numbers.pop() else { return };
        self.numbers.clear();
        let bytes = u64::from(most) * u64::from(bytes_each);
        let size = match bytes {
            0..=0xff => "tiny",
            0x100..=0xffff => "",
            0x1_0000..=0xff_ffff => "medium",
            _ => "long",
        };
        self.base = format!("{size}{kind}");
    }

    /// What one spelling stands for.
    fn settle(&mut self) {
        match self.base.as_str() {
            "boolean" => (self.base, self.numbers) = ("tinyint".into(), vec![1]),
            "serial" => {
                (self.base, self.unsigned, self.serial) = ("bigint".into(), true, true);
            }
            "nchar" | "nvarchar" => {
                self.base = self.base[1..].to_owned();
                self.charset.get_or_insert_with(|| "utf8mb3".into());
            }
            "float" if self.numbers.len() == 1 => {
                let double = self.numbers[0] > 24;
                self.numbers.clear();
                self.base = if double { "double" } else { "float" }.into();
            }
            "decimal" => {
                let mut numbers = self.numbers.iter().copied();
                self.numbers = vec![numbers.next().unwrap_or(10), numbers.next().unwrap_or(0)];
            }
            "char" | "binary" | "bit" if self.numbers.is_empty() => self.numbers = vec![1],
            "year" => self.numbers.clear(),
            "datetime" | "timestamp" | "time" if self.numbers == [0] => self.numbers.clear(),
            _ => {}
        }
        self.unsigned |= self.zerofill;
        if let Some((_, shown)) = INTEGERS.iter().find(|(word, _)| *word == self.base) {
            let is_flag = self.base == "tinyint" && self.numbers == [1] && !self.unsigned;
            match (self.zerofill, self.numbers.first()) {
                (true, None) => self.numbers = vec![*shown],
                (false, Some(_)) if !is_flag => self.numbers.clear(),
                _ => {}
            }
        }
        if self.base == "geomcollection" && !self.numbers.is_empty() {
            self.numbers.clear();
        }
    }
}

/// Whole numbers, with the digits that zeros fill up without a sign.
const INTEGERS: [(&str, u32); 5] =
    [("tinyint", 3), ("smallint", 5), ("mediumint", 8), ("int", 10), ("bigint", 20)];

/// Types of places.
pub(super) const PLACES: [&str; 8] = [
    "geometry",
    "point",
    "linestring",
    "polygon",
    "multipoint",
    "multilinestring",
    "multipolygon",
    "geomcollection",
];

impl fmt::Display for TypeName {
    /// As MySQL reports it, without what is said of characters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)?;
        if self.has_labels() {
            let quoted = self.labels.iter().map(|label| quoted(label));
            write!(f, "({})", quoted.collect::<Vec<_>>().join(","))?;
        } else if !self.numbers.is_empty() {
            let numbers = self.numbers.iter().map(u32::to_string);
            write!(f, "({})", numbers.collect::<Vec<_>>().join(","))?;
        }
        f.write_str(if self.unsigned { " unsigned" } else { "" })?;
        f.write_str(if self.zerofill { " zerofill" } else { "" })
    }
}

/// A text as a literal, whose backslashes stand for themselves.
pub fn quoted(text: &str) -> String {
    literal(&text.replace('\\', "\\\\"))
}

/// The text of a literal: quotes and escapes resolved. `None` where it is no string.
pub fn unquoted(literal: &str) -> Option<String> {
    let quote = literal.chars().next().filter(|it| matches!(it, '\'' | '"'))?;
    let inner = literal.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(letter) = rest.next() {
        match letter {
            '\\' => match rest.next()? {
                '0' => text.push('\0'),
                'b' => text.push('\u{8}'),
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                'Z' => text.push('\u{1a}'),
                other => text.push(other),
            },
            letter if letter == quote => text.push(rest.next()?),
            letter => text.push(letter),
        }
    }
    Some(text)
}

/// The words of a type, one after the other.
struct Reader<'a> {
    text: &'a str,
    all: &'a [Token],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Every column of a database comes by here, so nothing is made to look at a word.
    fn is(&self, ahead: usize, word: &str) -> bool {
        let token = self.all.get(self.at + ahead);
        token.is_some_and(|token| self.text[token.range.clone()].eq_ignore_ascii_case(word))
    }

    fn take(&mut self, word: &str) -> bool {
        let taken = self.is(0, word);
        self.at += usize::from(taken);
        taken
    }

    fn next(&mut self) -> Option<&'a str> {
        let token = self.all.get(self.at)?;
        self.at += 1;
        Some(&self.text[token.range.clone()])
    }

    fn base(&mut self) -> String {
        for (said, meant) in SPELLINGS {
            if said.split(' ').enumerate().all(|(at, word)| self.is(at, word)) {
                self.at += said.split(' ').count();
                return meant.into();
            }
        }
        self.next().unwrap_or_default().trim_matches('`').to_ascii_lowercase()
    }

    fn arguments(&mut self, ty: &mut TypeName) {
        while let Some(part) = self.next() {
            match part {
                ")" => return,
                "," => {}
                part => match (part.parse(), unquoted(part)) {
                    (Ok(number), _) => ty.numbers.push(number),
                    // Servers cut spaces at the end of labels.
                    (_, Some(label)) => ty.labels.push(label.trim_end_matches(' ').to_owned()),
                    _ => ty.strange = part.into(),
                },
            }
        }
    }

    fn attributes(&mut self, ty: &mut TypeName) {
        let name = |part: &str| part.trim_matches(['`', '\'', '"']).to_ascii_lowercase();
        while let Some(part) = self.next() {
            match part.to_ascii_lowercase().as_str() {
                "unsigned" => ty.unsigned = true,
                "signed" => {}
                "zerofill" => ty.zerofill = true,
                "binary" => ty.binary = true,
                "byte" => ty.charset = Some("binary".into()),
                "ascii" => ty.charset = Some("latin1".into()),
                "unicode" => ty.charset = Some("ucs2".into()),
                "charset" => ty.charset = self.next().map(name),
                "character" | "char" if self.take("set") => ty.charset = self.next().map(name),
                "collate" => ty.collate = self.next().map(name),
                "srid" | "ref_system_id" => {
                    self.take("=");
                    ty.srid = self.next().and_then(|number| number.parse().ok());
                }
                _ => {
                    ty.strange = self.text[self.all[self.at - 1].range.start..].to_owned();
                    return;
                }
            }
        }
        if let Some(charset) = &mut ty.charset
            && charset == "utf8"
        {
            *charset = "utf8mb3".into();
        }
    }
}
