//! Tokens with the part they play in an expression, each in its canonical spelling.

use super::super::types::{collation, keyword, quote};
use crate::sql::literal;
use crate::sql::{Token, TokenKind, unquote};

/// The words that tell the time.
pub(super) const CLOCK: [&str; 3] = ["CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"];

/// Keywords that functions have for a name.
const CALLED: [&str; 10] =
    ["CAST", "GLOB", "IF", "LEFT", "LIKE", "MATCH", "RAISE", "REGEXP", "REPLACE", "RIGHT"];

/// Keywords that stand where an operand could. All others are names there, or errors.
#[rustfmt::skip]
const LEADING: [&str; 25] = [
    "ALL", "AND", "AS", "BETWEEN", "BY", "CASE", "COLLATE", "CROSS", "DISTINCT", "EXISTS", "FROM",
    "IN", "INNER", "IS", "JOIN", "NOT", "ON", "OR", "OUTER", "SELECT", "USING", "VALUES", "WHEN",
    "WHERE", "WITH",
];

/// What a piece is to its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A name or literal.
    Operand,
    /// A name before its arguments.
    Function,
    /// A keyword.
    Word,
    /// An operator between two operands.
    Binary,
    /// An operator before its operand.
    Unary,
    Open,
    Close,
    Comma,
    Dot,
}

/// A token in its canonical spelling.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) role: Role,
}

impl Piece {
    pub(super) fn word(text: &str) -> Self {
        Self { text: text.into(), role: Role::Word }
    }

    /// Whether it is this keyword.
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self.role, Role::Word | Role::Operand) && self.text == word
    }

    pub(super) fn is_number(&self) -> bool {
        self.role == Role::Operand && self.text.starts_with(|c: char| c.is_ascii_digit())
    }

    /// A name, not a literal or the time.
    pub(super) fn is_name(&self) -> bool {
        let literal = self.text.contains('\'') && !self.text.starts_with('"');
        self.role == Role::Operand
            && !(literal || self.is_number() || CLOCK.contains(&self.text.as_str()))
    }

    /// Whether an operand can end here, so that an operator must follow.
    pub(super) fn ends_operand(&self) -> bool {
        matches!(self.role, Role::Operand | Role::Close)
            || ["END", "ISNULL", "NOTNULL", "ASC", "DESC"].iter().any(|word| self.is(word))
    }

    /// Whether it ends whatever condition stands before it, binding weaker than all comparisons.
    pub(super) fn ends_condition(&self) -> bool {
        matches!(self.role, Role::Close | Role::Comma)
            || ["AND", "OR", "WHEN", "THEN", "ELSE", "END", "AS"].iter().any(|word| self.is(word))
    }
}

struct Reader<'a> {
    columns: &'a [&'a str],
    /// Names in double quotes that are no columns are strings, unless a query brings other names.
    strings: bool,
    pieces: Vec<Piece>,
    /// For each open parenthesis, whether it is that of a CAST.
    casts: Vec<bool>,
    /// Inside the type of a CAST, which ends with this many parentheses open.
    ty: Option<usize>,
}

/// Cuts an expression into pieces.
pub(super) fn pieces(text: &str, tokens: &[Token], columns: &[&str]) -> Vec<Piece> {
    let query = |token: &Token| text[token.range.clone()].eq_ignore_ascii_case("select");
    let mut reader = Reader {
        columns,
        strings: !tokens.iter().any(query),
        pieces: Vec::with_capacity(tokens.len()),
        casts: Vec::new(),
        ty: None,
    };
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1).map_or("", |next| &text[next.range.clone()]);
        reader.push(token.kind, &text[token.range.clone()], next);
    }
    reader.pieces
}

impl Reader<'_> {
    fn push(&mut self, kind: TokenKind, text: &str, next: &str) {
        let (role, text) = match kind {
            TokenKind::Word | TokenKind::Quoted => self.name(kind, text, next),
            TokenKind::Number => (Role::Operand, number(text)),
            TokenKind::String if text.starts_with(['x', 'X']) => {
                (Role::Operand, text.to_ascii_lowercase())
            }
            TokenKind::Symbol => self.symbol(text),
            _ => (Role::Operand, text.to_owned()),
        };
        self.pieces.push(Piece { text, role });
    }

    fn after_operand(&self) -> bool {
        self.pieces.last().is_some_and(Piece::ends_operand)
    }

    fn symbol(&mut self, text: &str) -> (Role, String) {
        let role = match text {
            "(" => {
                let cast = self.pieces.last();
                self.casts
                    .push(cast.is_some_and(|it| it.role == Role::Function && it.text == "CAST"));
                Role::Open
            }
            ")" => {
                self.casts.pop();
                if self.ty == Some(self.casts.len()) {
                    self.ty = None;
                }
                Role::Close
            }
            "," => Role::Comma,
            "." => Role::Dot,
            "*" if !self.after_operand() => Role::Operand,
            "-" | "+" | "~" if !self.after_operand() => Role::Unary,
            _ => Role::Binary,
        };
        let text = match text {
            "!=" => "<>",
            "==" => "=",
            text => text,
        };
        (role, text.to_owned())
    }

    fn name(&mut self, kind: TokenKind, text: &str, next: &str) -> (Role, String) {
        let upper = text.to_ascii_uppercase();
        let last = self.pieces.last();
        let called = next == "(";
        let dotted = next == "." || last.is_some_and(|it| it.role == Role::Dot);
        if self.ty.is_some() {
            return (if called { Role::Function } else { Role::Operand }, upper);
        }
        if last.is_some_and(|it| it.is("COLLATE")) {
            let name = collation(&unquote(text));
            return (Role::Operand, quote(&name).into_owned());
        }
        if kind == TokenKind::Quoted {
            let role = if called { Role::Function } else { Role::Operand };
            return (role, self.quoted(text, dotted || called));
        }
        if dotted {
            return (Role::Operand, self.column(text).unwrap_or_else(|| text.to_owned()));
        }
        // After NOT comes IN, LIKE and so on, if an operand was before it.
        let infix = self.after_operand()
            || (last.is_some_and(|it| it.is("NOT"))
                && self.pieces.iter().rev().nth(1).is_some_and(Piece::ends_operand));
        if infix && keyword(text) && upper != "NULL" {
            if upper == "AS" && self.casts.last() == Some(&true) {
                self.ty = Some(self.casts.len() - 1);
            }
            return (Role::Word, upper);
        }
        if called && CALLED.contains(&upper.as_str()) {
            let spelled =
                if ["CAST", "RAISE"].contains(&upper.as_str()) { upper } else { lower(text) };
            return (Role::Function, spelled);
        }
        if LEADING.contains(&upper.as_str()) {
            return (Role::Word, upper);
        }
        if called {
            return (Role::Function, lower(text));
        }
        if upper == "NULL" || CLOCK.contains(&upper.as_str()) {
            return (Role::Operand, upper);
        }
        let plain =
            || if ["TRUE", "FALSE"].contains(&upper.as_str()) { upper } else { text.into() };
        (Role::Operand, self.column(text).unwrap_or_else(plain))
    }

    fn quoted(&self, text: &str, elsewhere: bool) -> String {
        let name = unquote(text);
        let number = ["rowid", "oid", "_rowid_"].iter().any(|it| it.eq_ignore_ascii_case(&name));
        match self.column(&name) {
            Some(column) => column,
            None if text.starts_with('"') && self.strings && !elsewhere && !number => {
                literal(&name)
            }
            None => quote(&name).into_owned(),
        }
    }

    /// The name as its column is spelled.
    fn column(&self, name: &str) -> Option<String> {
        let column = self.columns.iter().find(|column| column.eq_ignore_ascii_case(name))?;
        Some(quote(column).into_owned())
    }
}

fn lower(text: &str) -> String {
    text.to_ascii_lowercase()
}

fn number(text: &str) -> String {
    let text = lower(text).replace('_', "");
    if text.starts_with("0x") {
        return text;
    }
    let (digits, power) = text.split_once('e').map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
    let digits = match digits.split_once('.') {
        Some((whole, fraction)) => {
            let whole = if whole.is_empty() { "0" } else { whole };
            let fraction = fraction.trim_end_matches('0');
            format!("{whole}.{}", if fraction.is_empty() { "0" } else { fraction })
        }
        None => digits.to_owned(),
    };
    match power {
        Some(power) => format!("{digits}e{}", power.trim_start_matches('+')),
        None => digits,
    }
}
