//! Reads an expression as MySQL's and MariaDB's grammar does: which operator binds tighter than
//! which. What the grammar says in several ways is said in one.

use super::Scope;
use super::condition::{compared, either, listed, negated, row_compared, truth};
use super::lexeme::{Lexeme, lexemes};
use super::node::{Head, Node};
use crate::dialect::mysql::Mysql;

/// Nesting beyond this is compared token by token: deep trees would exhaust the stack.
const DEPTH: usize = 60;
/// So are trees that are deeper because of chains.
const HEIGHT: usize = 250;
/// Chains that may stand within each other.
const CHAIN: usize = 100;

/// Reads an expression. `None` for what is not known.
pub(super) fn parse(mysql: &Mysql, text: &str, scope: &Scope) -> Option<Node> {
    let mut reader = Reader { mysql, scope, lexemes: lexemes(text)?, at: 0, depth: 0 };
    let node = reader.expr()?;
    (reader.at == reader.lexemes.len() && node.height() <= HEIGHT).then_some(node)
}

/// Where reading is.
pub(super) struct Reader<'a> {
    pub(super) mysql: &'a Mysql,
    pub(super) scope: &'a Scope,
    lexemes: Vec<Lexeme>,
    at: usize,
    depth: usize,
}

/// What is between two operands, and how tight it binds.
const ARITHMETIC: [(&str, &str, u8); 12] = [
    ("|", "|", 1),
    ("&", "&", 2),
    ("<<", "<<", 3),
    (">>", ">>", 3),
    ("+", "+", 4),
    ("-", "-", 4),
    ("*", "*", 5),
    ("/", "/", 5),
    ("%", "%", 5),
    ("DIV", "div", 5),
    ("MOD", "%", 5),
    ("^", "^", 6),
];
const SUM: u8 = 4;

impl Reader<'_> {
    pub(super) fn peek(&self) -> Option<&Lexeme> {
        self.lexemes.get(self.at)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<&Lexeme> {
        self.lexemes.get(self.at + ahead)
    }

    pub(super) fn next(&mut self) -> Option<Lexeme> {
        let lexeme = self.lexemes.get(self.at).cloned();
        self.at += 1;
        lexeme
    }

    /// Whether a word stands there.
    pub(super) fn is_word(&self, ahead: usize, word: &str) -> bool {
        matches!(self.peek_at(ahead), Some(Lexeme::Word(it)) if it.eq_ignore_ascii_case(word))
    }

    /// Whether a sign stands there.
    pub(super) fn is_sign(&self, ahead: usize, sign: &str) -> bool {
        matches!(self.peek_at(ahead), Some(Lexeme::Sign(it)) if *it == sign)
    }

    /// Passes these words, where they are there.
    pub(super) fn words(&mut self, words: &[&str]) -> bool {
        let found = words.iter().enumerate().all(|(ahead, word)| self.is_word(ahead, word));
        self.at += if found { words.len() } else { 0 };
        found
    }

    /// Passes the sign, where it is there.
    pub(super) fn sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(0, sign);
        self.at += usize::from(found);
        found
    }

    /// Passes what must be there.
    pub(super) fn expect(&mut self, sign: &str) -> Option<()> {
        self.sign(sign).then_some(())
    }

    /// Passes what must be there.
    pub(super) fn expect_word(&mut self, word: &str) -> Option<()> {
        self.words(&[word]).then_some(())
    }

    /// Goes one level deeper.
    pub(super) fn within<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth == DEPTH {
            return None;
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// A whole expression.
    pub(super) fn expr(&mut self) -> Option<Node> {
        self.within(|reader| {
            let mut all = vec![reader.exclusive()?];
            while reader.sign("||") || reader.words(&["or"]) {
                all.push(reader.exclusive()?);
            }
            Some(joined(reader.mysql, Head::Or, all))
        })
    }

    fn exclusive(&mut self) -> Option<Node> {
        let mut left = self.all()?;
        let mut chain = 0;
        while self.words(&["xor"]) {
            left = either(self.mysql, left, self.all()?);
            chain += 1;
        }
        (chain <= CHAIN).then_some(left)
    }

    fn all(&mut self) -> Option<Node> {
        let mut all = vec![self.not()?];
        while self.sign("&&") || self.words(&["and"]) {
            all.push(self.not()?);
        }
        Some(joined(self.mysql, Head::And, all))
    }

    fn not(&mut self) -> Option<Node> {
        if self.words(&["not"]) {
            let of = self.within(Self::not)?;
            return Some(negated(self.mysql, of));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Option<Node> {
        let mut left = self.predicate()?;
        for _ in 0..CHAIN {
            if self.words(&["is"]) {
                left = self.test(left)?;
                continue;
            }
            let operator = match self.peek() {
                Some(Lexeme::Sign("!=")) => "<>",
                Some(Lexeme::Sign(sign @ ("=" | "<=>" | "<>" | "<" | "<=" | ">" | ">="))) => sign,
                _ => return Some(left),
            };
            self.at += 1;
            let right = self.predicate()?;
            left = row_compared(self.mysql, operator, left, right);
        }
        None
    }

    /// What follows on `IS`.
    fn test(&mut self, of: Node) -> Option<Node> {
        let not = self.words(&["not"]);
        let what = ["null", "unknown", "true", "false"];
        let what = what.into_iter().find(|word| self.words(&[word]))?;
        let node = match what {
            "null" | "unknown" => Node::apply(Head::Is("null"), vec![of]),
            what => {
                let of = truth(self.mysql, &Head::Is(what), of);
                Node::apply(Head::Is(what), vec![of])
            }
        };
        Some(if not { negated(self.mysql, node) } else { node })
    }

    fn predicate(&mut self) -> Option<Node> {
        self.within(|reader| {
            let mut left = reader.arithmetic(1)?;
            for _ in 0..CHAIN {
                let not = usize::from(reader.is_word(0, "not"));
                let before = reader.at;
                reader.at += not;
                let Some(node) = reader.predicate_of(&mut left)? else {
                    reader.at = before;
                    return Some(left);
                };
                left = if not == 1 { negated(reader.mysql, node) } else { node };
            }
            None
        })
    }

    /// A predicate about what is left of it; nothing where none follows.
    fn predicate_of(&mut self, left: &mut Node) -> Option<Option<Node>> {
        let mut take = || std::mem::replace(left, Node::Null);
        if self.words(&["between"]) {
            let low = self.predicate()?;
            self.expect_word("and")?;
            let of = vec![take(), low, self.predicate()?];
            return Some(Some(Node::apply(Head::Between, of)));
        }
        if self.words(&["in"]) {
            self.expect("(")?;
            let list = self.list()?;
            return Some(Some(listed(self.mysql, take(), list)?));
        }
        if self.words(&["like"]) {
            let mut of = vec![take(), self.arithmetic(1)?];
            if self.words(&["escape"]) {
                of.push(self.arithmetic(1)?);
            }
            return Some(Some(Node::apply(Head::Matches("like"), of)));
        }
        if self.words(&["regexp"]) || self.words(&["rlike"]) {
            let of = vec![take(), self.arithmetic(1)?];
            return Some(Some(Node::apply(Head::Matches("regexp"), of)));
        }
        if self.words(&["sounds", "like"]) {
            let both = [take(), self.arithmetic(1)?].map(|of| Node::call("soundex", vec![of]));
            let [left, right] = both;
            return Some(Some(compared("=", left, right)));
        }
        if self.words(&["member", "of"]) {
            self.expect("(")?;
            let of = vec![take(), self.expr()?];
            self.expect(")")?;
            return Some(Some(Node::apply(Head::Matches("member"), of)));
        }
        Some(None)
    }

    /// Operators that bind at least so tight.
    pub(super) fn arithmetic(&mut self, least: u8) -> Option<Node> {
        let mut left = self.prefixed()?;
        for _ in 0..CHAIN {
            let found = ARITHMETIC.iter().find(|(sign, ..)| match self.peek() {
                Some(Lexeme::Sign(it)) => it == sign,
                Some(Lexeme::Word(it)) => it.eq_ignore_ascii_case(sign),
                _ => false,
            });
            let Some((_, name, tight)) = found.filter(|(.., tight)| *tight >= least) else {
                return Some(left);
            };
            self.at += 1;
            left = match self.interval(*tight == SUM)? {
                Some((amount, unit)) => {
                    let head = if *name == "+" { Head::Later(unit) } else { Head::Earlier(unit) };
                    Node::apply(head, vec![left, amount])
                }
                None => Node::operator(name, left, self.arithmetic(tight + 1)?),
            };
        }
        None
    }

    /// `INTERVAL 1 DAY`, where it may stand; nothing for what is no interval.
    pub(super) fn interval(&mut self, may: bool) -> Option<Option<(Node, String)>> {
        if !may || !self.is_word(0, "interval") || self.is_interval_call() {
            return Some(None);
        }
        self.at += 1;
        let amount = self.expr()?;
        Some(Some((amount, self.unit()?)))
    }

    /// A unit of time.
    pub(super) fn unit(&mut self) -> Option<String> {
        let Some(Lexeme::Word(unit)) = self.next() else { return None };
        let unit = unit.to_lowercase();
        let unit = unit.strip_prefix("sql_tsi_").unwrap_or(&unit);
        UNITS.contains(&unit).then(|| unit.to_owned())
    }

    /// `INTERVAL(a, b)` is a function.
    fn is_interval_call(&self) -> bool {
        let mut depth = 0_usize;
        for lexeme in self.lexemes.iter().skip(self.at + 1) {
            match lexeme {
                Lexeme::Sign("(") => depth += 1,
                Lexeme::Sign(")") => depth = depth.saturating_sub(1),
                Lexeme::Sign(",") if depth == 1 => return true,
                _ => {}
            }
            if depth == 0 {
                return false;
            }
        }
        false
    }

    /// Signs in front, which bind tighter than what is between.
    fn prefixed(&mut self) -> Option<Node> {
        let sign = match self.peek() {
            Some(Lexeme::Sign(sign @ ("-" | "+" | "~" | "!"))) => *sign,
            _ if self.is_binary() => "binary",
            _ => return self.postfixed(),
        };
        self.at += 1;
        let of = self.within(Self::prefixed)?;
        Some(match (sign, of) {
            ("+", of) => of,
            ("-", of) => opposite(of),
            ("~", of) => Node::apply(Head::Operator("~"), vec![of]),
            ("!", of) => negated(self.mysql, of),
            (_, of) => Node::apply(Head::Cast("char charset binary".into()), vec![of]),
        })
    }

    /// `BINARY a`, and no column of that name.
    fn is_binary(&self) -> bool {
        let operand = match self.peek_at(1) {
            Some(Lexeme::Sign(sign)) => matches!(*sign, "(" | "-" | "~" | "!"),
            Some(Lexeme::Word(word)) => {
                let after = word.to_lowercase();
                !["and", "or", "xor", "not", "is", "in", "between", "like", "regexp", "rlike"]
                    .contains(&after.as_str())
                    && !["collate", "div", "mod", "escape", "end", "then", "when", "else", "as"]
                        .contains(&after.as_str())
            }
            Some(_) => true,
            None => false,
        };
        self.is_word(0, "binary") && operand
    }

    /// Collations and paths behind.
    fn postfixed(&mut self) -> Option<Node> {
        let mut node = self.primary()?;
        for _ in 0..CHAIN {
            if self.words(&["collate"]) {
                let name = match self.next()? {
                    Lexeme::Word(name) | Lexeme::Name(name) | Lexeme::Text(name) => name,
                    _ => return None,
                };
                node = Node::apply(Head::Collate(name.to_lowercase()), vec![node]);
            } else if self.is_sign(0, "->") || self.is_sign(0, "->>") {
                let unquoted = self.is_sign(0, "->>");
                self.at += 1;
                let path = match self.next()? {
                    Lexeme::Text(path) => Node::text(path),
                    _ => return None,
                };
                node = Node::call("json_extract", vec![node, path]);
                if unquoted {
                    node = Node::call("json_unquote", vec![node]);
                }
            } else {
                return Some(node);
            }
        }
        None
    }

    /// What stands between parentheses, of which the first is passed.
    pub(super) fn list(&mut self) -> Option<Vec<Node>> {
        let mut all = Vec::new();
        if self.sign(")") {
            return Some(all);
        }
        loop {
            all.push(self.expr()?);
            if !self.sign(",") {
                self.expect(")")?;
                return Some(all);
            }
        }
    }
}

const UNITS: [&str; 20] = [
    "microsecond",
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
    "second_microsecond",
    "minute_microsecond",
    "minute_second",
    "hour_microsecond",
    "hour_second",
    "hour_minute",
    "day_microsecond",
    "day_second",
    "day_minute",
    "day_hour",
    "year_month",
];

/// Several conditions as one.
fn joined(mysql: &Mysql, head: Head, mut all: Vec<Node>) -> Node {
    match all.pop() {
        Some(only) if all.is_empty() => only,
        last => {
            all.extend(last);
            super::condition::join(mysql, head, all)
        }
    }
}

/// The number with the other sign.
fn opposite(of: Node) -> Node {
    // Beyond this the sign decides whether a number fits.
    const SURE: usize = 18;
    match of {
        Node::Number(text) if text.len() <= SURE => Node::Number(match text.strip_prefix('-') {
            Some(rest) => rest.to_owned(),
            None if text == "0" => text,
            None => format!("-{text}"),
        }),
        Node::Number(text) if !text.starts_with('-') => Node::Number(format!("-{text}")),
        of => Node::apply(Head::Operator("-"), vec![of]),
    }
}
