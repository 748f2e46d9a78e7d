//! Columns, constants and what has a syntax of its own.

use super::lexeme::Lexeme;
use super::node::{Head, Node};
use super::parse::Reader;
use super::{cast, function, moment};

/// Functions that are words, with and without parentheses.
const WORDS: [&str; 9] = [
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "utc_date",
    "utc_time",
    "utc_timestamp",
];

impl Reader<'_> {
    /// What has no operator around it.
    pub(super) fn primary(&mut self) -> Option<Node> {
        let lexeme = self.next()?;
        Some(match lexeme {
            Lexeme::Number(text) => Node::Number(text),
            Lexeme::Text(text) => Node::text(text),
            Lexeme::National(text) => Node::Text { charset: Some("utf8mb3".into()), text },
            Lexeme::Hex(bytes, quoted) => {
                let kind = if quoted && self.mysql.server.has_hex_strings() { "x" } else { "" };
                Node::Bytes { kind: kind.into(), bytes }
            }
            Lexeme::Bits(bytes) => Node::Bytes { kind: String::new(), bytes },
            Lexeme::Sign("(") => self.within(Self::grouped)?,
            Lexeme::Sign("{") => self.odbc()?,
            Lexeme::Sign(_) => return None,
            Lexeme::Name(name) => self.named(&name, true)?,
            Lexeme::Word(word) => self.worded(&word)?,
        })
    }

    /// `(a)` and `(a, b)`.
    fn grouped(&mut self) -> Option<Node> {
        let mut all = self.list()?;
        let last = all.pop()?;
        if all.is_empty() {
            return Some(last);
        }
        all.push(last);
        Some(Node::apply(Head::Row, all))
    }

    /// `{d '2020-01-01'}`
    fn odbc(&mut self) -> Option<Node> {
        let (Lexeme::Word(word), Lexeme::Text(text)) = (self.next()?, self.next()?) else {
            return None;
        };
        self.expect("}")?;
        let kind = match word.to_lowercase().as_str() {
            "d" => "date",
            "t" => "time",
            "ts" => "timestamp",
            _ => return None,
        };
        Some(moment::literal(kind, &text))
    }

    /// A word without quotes.
    fn worded(&mut self, word: &str) -> Option<Node> {
        let folded = word.to_lowercase();
        if self.is_sign(0, ".") {
            return self.named(word, false);
        }
        if folded == "case" {
            return self.within(Self::case);
        }
        if self.is_sign(0, "(") {
            self.sign("(");
            return self.within(|reader| reader.called(&folded));
        }
        Some(match folded.as_str() {
            "null" => Node::Null,
            "true" => Node::Truth(true),
            "false" => Node::Truth(false),
            "date" | "time" | "timestamp" if matches!(self.peek(), Some(Lexeme::Text(_))) => {
                let Some(Lexeme::Text(text)) = self.next() else { return None };
                moment::literal(&folded, &text)
            }
            "interval" => self.moved()?,
            word if WORDS.contains(&word) => function::call(self.mysql, word, Vec::new()),
            word if word.starts_with('_') && self.is_introduced() => self.introduced(&word[1..])?,
            _ => self.named(word, false)?,
        })
    }

    /// A column, with the table in front of it or without.
    fn named(&mut self, name: &str, quoted: bool) -> Option<Node> {
        let mut name = name.to_owned();
        if quoted && self.sign("(") {
            return self.within(|reader| {
                let of = reader.list()?;
                Some(function::call(reader.mysql, &name.to_lowercase(), of))
            });
        }
        while self.sign(".") {
            let (Lexeme::Word(part) | Lexeme::Name(part)) = self.next()? else { return None };
            name = part;
        }
        let called = self.is_sign(0, "(");
        (!called).then(|| Node::Column(self.scope.column(&name)))
    }

    fn is_introduced(&self) -> bool {
        matches!(self.peek(), Some(Lexeme::Text(_) | Lexeme::Hex(..) | Lexeme::Bits(_)))
    }

    /// A string behind its character set.
    fn introduced(&mut self, charset: &str) -> Option<Node> {
        let charset = cast::charset(charset);
        let text = match self.next()? {
            Lexeme::Text(text) => text,
            Lexeme::Hex(bytes, _) | Lexeme::Bits(bytes) => match String::from_utf8(bytes) {
                Ok(text) if charset == cast::CONNECTION => text,
                Ok(text) => return Some(Node::Bytes { kind: charset, bytes: text.into_bytes() }),
                Err(error) => {
                    return Some(Node::Bytes { kind: charset, bytes: error.into_bytes() });
                }
            },
            _ => return None,
        };
        let charset = (charset != cast::CONNECTION).then_some(charset);
        Some(Node::Text { charset, text })
    }

    /// `INTERVAL 1 DAY + d`
    fn moved(&mut self) -> Option<Node> {
        let amount = self.expr()?;
        let unit = self.unit()?;
        self.expect("+")?;
        let moment = self.within(|reader| reader.arithmetic(1))?;
        // How far it reaches, grammars do not agree upon.
        let ends = match self.peek() {
            Some(Lexeme::Sign(sign)) => matches!(*sign, ")" | ","),
            Some(_) => false,
            None => true,
        };
        ends.then(|| Node::apply(Head::Later(unit), vec![moment, amount]))
    }

    fn case(&mut self) -> Option<Node> {
        let mut of = Vec::new();
        let operand = !self.is_word(0, "when");
        if operand {
            of.push(self.expr()?);
        }
        while self.words(&["when"]) {
            of.push(self.expr()?);
            self.expect_word("then")?;
            of.push(self.expr()?);
        }
        of.push(if self.words(&["else"]) { self.expr()? } else { Node::Null });
        self.expect_word("end")?;
        Some(Node::apply(if operand { Head::CaseOf } else { Head::Case }, of))
    }

    /// A function behind its opening parenthesis.
    fn called(&mut self, name: &str) -> Option<Node> {
        match name {
            "cast" => {
                let of = self.expr()?;
                self.expect_word("as")?;
                let to = self.cast_type()?;
                self.expect(")")?;
                Some(Node::apply(Head::Cast(to), vec![of]))
            }
            "convert" => {
                let of = self.expr()?;
                let head = match self.words(&["using"]) {
                    true => Head::Using(self.charset_name()?),
                    false => {
                        self.expect(",")?;
                        Head::Cast(self.cast_type()?)
                    }
                };
                self.expect(")")?;
                Some(Node::apply(head, vec![of]))
            }
            "extract" => {
                let unit = self.unit()?;
                self.expect_word("from")?;
                let of = self.expr()?;
                self.expect(")")?;
                Some(Node::apply(Head::Special("extract", unit), vec![of]))
            }
            "position" => {
                let what = self.arithmetic(1)?;
                self.expect_word("in")?;
                let of = self.expr()?;
                self.expect(")")?;
                Some(Node::call("locate", vec![what, of]))
            }
            "substring" | "substr" | "mid" => self.substring(),
            "trim" => self.trimmed(),
            "char" => self.characters(),
            "timestampadd" | "timestampdiff" => self.stamped(name),
            "adddate" | "date_add" => self.shifted(Head::Later),
            "subdate" | "date_sub" => self.shifted(Head::Earlier),
            "json_value" => self.json_value(),
            // Their words are none that an expression has.
            "get_format" | "weight_string" | "match" | "exists" | "any" | "all" | "some" => None,
            "row" => Some(Node::apply(Head::Row, self.list()?)),
            name => {
                let of = self.list()?;
                Some(function::call(self.mysql, name, of))
            }
        }
    }

    fn substring(&mut self) -> Option<Node> {
        let mut of = vec![self.expr()?];
        if self.words(&["from"]) {
            of.push(self.expr()?);
            if self.words(&["for"]) {
                of.push(self.expr()?);
            }
            self.expect(")")?;
        } else {
            self.expect(",")?;
            of.extend(self.list()?);
        }
        Some(Node::call("substr", of))
    }

    fn trimmed(&mut self) -> Option<Node> {
        let side = ["both", "leading", "trailing"].into_iter().find(|side| self.words(&[side]));
        let mut of = Vec::new();
        if side.is_none() || !self.is_word(0, "from") {
            of.push(self.expr()?);
        }
        if self.words(&["from"]) {
            of.insert(0, self.expr()?);
        }
        self.expect(")")?;
        Some(match (side, of.len()) {
            (None | Some("both"), 1) => Node::call("trim", of),
            (side, _) => Node::apply(Head::Special("trim", side.unwrap_or("both").into()), of),
        })
    }

    /// `CHAR(65, 66 USING utf8mb4)`
    fn characters(&mut self) -> Option<Node> {
        let mut of = vec![self.expr()?];
        while self.sign(",") {
            of.push(self.expr()?);
        }
        let charset = match self.words(&["using"]) {
            true => Some(self.charset_name()?),
            false => None,
        };
        self.expect(")")?;
        Some(match charset {
            Some(charset) => Node::apply(Head::Special("characters", charset), of),
            None => Node::call("char", of),
        })
    }

    fn stamped(&mut self, name: &str) -> Option<Node> {
        let unit = self.unit()?;
        self.expect(",")?;
        let mut of = self.list()?;
        match (name, of.len()) {
            ("timestampadd", 2) => {
                of.reverse();
                Some(Node::apply(Head::Later(unit), of))
            }
            ("timestampdiff", 2) => Some(Node::apply(Head::Special("difference", unit), of)),
            _ => None,
        }
    }

    /// `DATE_ADD(d, INTERVAL 1 DAY)` and `ADDDATE(d, 1)`.
    fn shifted(&mut self, head: fn(String) -> Head) -> Option<Node> {
        let moment = self.expr()?;
        self.expect(",")?;
        let (amount, unit) = match self.interval(true)? {
            Some(interval) => interval,
            None => (self.expr()?, "day".to_owned()),
        };
        self.expect(")")?;
        Some(Node::apply(head(unit), vec![moment, amount]))
    }

    fn json_value(&mut self) -> Option<Node> {
        let mut of = vec![self.expr()?];
        self.expect(",")?;
        of.push(self.expr()?);
        if self.mysql.server.has_json_value_types() {
            let to = match self.words(&["returning"]) {
                true => self.cast_type_as_is()?,
                false => "char(512)".into(),
            };
            self.expect(")")?;
            return Some(Node::apply(Head::Special("json_value", to), of));
        }
        self.expect(")")?;
        Some(Node::call("json_value", of))
    }
}
