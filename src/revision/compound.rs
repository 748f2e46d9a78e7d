//! Statements that hold others: which semicolons end them and which stand inside.

use crate::sql::{Syntax, Token, TokenKind, tokens};

/// How the end of a statement is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Not told yet: the statement may be a CREATE of anything.
    Unknown,
    /// The next semicolon ends it.
    Plain,
    /// SQLite's trigger: `; END ;`, the rule of its own shell.
    Trigger,
    /// PostgreSQL's `BEGIN ATOMIC .. END`.
    Atomic,
    /// PostgreSQL's rule, with statements in parentheses.
    Rule,
    /// MySQL's stored program.
    Routine,
}

/// What an `END` closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    Case,
    Other,
}

/// Follows a statement token by token.
#[derive(Debug)]
pub(super) struct Compound {
    syntax: Syntax,
    mode: Mode,
    blocks: Vec<Block>,
    parentheses: usize,
    /// How many tokens have been seen.
    count: usize,
    /// The last two tokens in upper case, the newest first.
    last: [String; 2],
}

const BLOCK_WORDS: [&str; 6] = ["IF", "CASE", "LOOP", "REPEAT", "WHILE", "FOR"];

impl Compound {
    pub(super) fn new(syntax: Syntax) -> Self {
        Self {
            syntax,
            mode: Mode::Unknown,
            blocks: Vec::new(),
            parentheses: 0,
            count: 0,
            last: Default::default(),
        }
    }

    /// Whether a semicolon here ends the statement.
    pub(super) fn ends(&self) -> bool {
        match self.mode {
            Mode::Unknown | Mode::Plain => true,
            Mode::Trigger => self.last[0] == "END" && self.last[1] == ";",
            Mode::Atomic | Mode::Routine => self.blocks.is_empty(),
            Mode::Rule => self.parentheses == 0,
        }
    }

    /// Takes the next token that is neither space nor comment.
    pub(super) fn see(&mut self, text: &str, token: &Token) {
        if self.mode == Mode::Plain {
            return;
        }
        let part = &text[token.range.clone()];
        let word = match token.kind {
            TokenKind::Word | TokenKind::Symbol => part.to_ascii_uppercase(),
            // `label:LOOP` looks like a label and a parameter.
            TokenKind::Parameter if part.starts_with(':') => part[1..].to_ascii_uppercase(),
            TokenKind::Quoted | TokenKind::String => String::new(),
            _ => part.to_owned(),
        };
        // A name after a dot is no keyword: `new.end`.
        let word = if self.last[0] == "." { String::new() } else { word };
        match self.mode {
            Mode::Unknown => self.mode = self.classify(text, &word, token),
            Mode::Atomic => self.atomic(&word),
            Mode::Rule => self.rule(&word),
            Mode::Routine => self.routine(text, &word, token),
            Mode::Plain | Mode::Trigger => {}
        }
        self.count += 1;
        self.last.swap(0, 1);
        self.last[0] = word;
    }

    /// Decides by the object that is created; what comes before it (OR REPLACE, TEMPORARY,
    /// DEFINER = ..) leaves it open.
    fn classify(&mut self, text: &str, word: &str, token: &Token) -> Mode {
        let mysql = self.syntax.hash_comments;
        if self.count == 0 {
            return match word {
                "CREATE" => Mode::Unknown,
                "ALTER" if mysql => Mode::Unknown,
                "BEGIN" if mysql && follows(text, token, &["NOT", "ATOMIC"]) => {
                    self.blocks.push(Block::Other);
                    Mode::Routine
                }
                // MariaDB runs these outside of programs too.
                _ if mysql && BLOCK_WORDS.contains(&word) => {
                    self.blocks.push(if word == "CASE" { Block::Case } else { Block::Other });
                    Mode::Routine
                }
                _ => Mode::Plain,
            };
        }
        match word {
            "TRIGGER" if mysql => Mode::Routine,
            "TRIGGER" if !self.syntax.dollar_quotes => Mode::Trigger,
            "PROCEDURE" | "FUNCTION" | "EVENT" if mysql => Mode::Routine,
            "PROCEDURE" | "FUNCTION" if self.syntax.dollar_quotes => Mode::Atomic,
            "RULE" if self.syntax.dollar_quotes => Mode::Rule,
            "TABLE" | "INDEX" | "VIEW" | "DATABASE" | "SCHEMA" | "(" | "TRIGGER" => Mode::Plain,
            _ => Mode::Unknown,
        }
    }

    fn atomic(&mut self, word: &str) {
        match word {
            "ATOMIC" if self.last[0] == "BEGIN" => self.blocks.push(Block::Other),
            "CASE" if !self.blocks.is_empty() => self.blocks.push(Block::Case),
            "END" => {
                self.blocks.pop();
            }
            _ => {}
        }
    }

    fn rule(&mut self, word: &str) {
        match word {
            "(" => self.parentheses += 1,
            ")" => self.parentheses = self.parentheses.saturating_sub(1),
            _ => {}
        }
    }

    fn routine(&mut self, text: &str, word: &str, token: &Token) {
        let previous = self.last[0].as_str();
        let ended = previous == "END";
        match word {
            "END" => self.end(text, token),
            "BEGIN" if previous != "," && !continues(text, token) => self.blocks.push(Block::Other),
            "CASE" if !ended => self.blocks.push(Block::Case),
            "LOOP" | "WHILE" if !ended => self.blocks.push(Block::Other),
            "REPEAT" if !ended && !follows(text, token, &["("]) => self.blocks.push(Block::Other),
            "FOR" if !ended && self.at_statement() => self.blocks.push(Block::Other),
            "IF" if !ended && self.opens_if(text, token) => self.blocks.push(Block::Other),
            _ => {}
        }
    }

    /// Whether a statement inside a stored program can begin here.
    fn at_statement(&self) -> bool {
        let starts = [";", "BEGIN", "THEN", "ELSE", "DO", "LOOP", "REPEAT", ":", "ROW", ")"];
        starts.contains(&self.last[0].as_str())
    }

    /// `END` is a word that columns may have for a name, so it must stand where a block can end.
    fn end(&mut self, text: &str, token: &Token) {
        let closes = match self.blocks.last() {
            None => false,
            Some(Block::Case) => true,
            Some(Block::Other) => {
                matches!(self.last[0].as_str(), ";" | "BEGIN")
                    || BLOCK_WORDS.iter().any(|word| follows(text, token, &[word]))
            }
        };
        if closes {
            self.blocks.pop();
        }
    }

    /// IF is a statement, a function, or part of `IF EXISTS`.
    fn opens_if(&self, text: &str, token: &Token) -> bool {
        if follows(text, token, &["("]) {
            return !has_arguments(text, token);
        }
        let exists = follows(text, token, &["EXISTS"]) || follows(text, token, &["NOT", "EXISTS"]);
        !exists || self.at_statement()
    }
}

/// The tokens after this one, without space and comments.
fn after<'a>(text: &'a str, token: &Token) -> impl Iterator<Item = &'a str> {
    let rest = &text[token.range.end..];
    let solid = |kind| !matches!(kind, TokenKind::Space | TokenKind::Comment);
    tokens(rest, Syntax::MYSQL)
        .filter(move |token| solid(token.kind))
        .map(move |token| &rest[token.range])
}

fn follows(text: &str, token: &Token, words: &[&str]) -> bool {
    let mut next = after(text, token);
    words.iter().all(|word| next.next().is_some_and(|part| part.eq_ignore_ascii_case(word)))
}

/// Whether a column of this name is being used.
fn continues(text: &str, token: &Token) -> bool {
    after(text, token).next().is_some_and(|part| matches!(part, "=" | "," | ")" | "." | "<" | ">"))
}

/// Whether the parentheses that follow hold several arguments, as the function IF takes.
fn has_arguments(text: &str, token: &Token) -> bool {
    // Nobody nests deeper, and each `IF (` in another one is looked through again.
    const DEEPEST: usize = 50;
    let mut depth = 0_usize;
    for part in after(text, token) {
        match part {
            "(" if depth == DEEPEST => return false,
            "(" => depth += 1,
            ")" if depth <= 1 => return false,
            ")" => depth -= 1,
            "," if depth == 1 => return true,
            _ => {}
        }
    }
    false
}
