//! SQL cut into tokens and statements, as each database writes it.

use autogen::revision::split::{self, Piece};
use autogen::sql::{self, Spelling, Syntax, TokenKind, tokens, trigger};

use super::{DIALECTS, must, same};
use crate::run::Target;
use crate::text::Language;

const PIECES: [&str; 76] = [
    "SELECT 1",
    ";",
    ";",
    ";",
    ";\n",
    "\n",
    " ",
    "'",
    "''",
    "'a;b'",
    "\"",
    "\"a;b\"",
    "`",
    "`a;b`",
    "[",
    "[a;b]",
    "]",
    "$$",
    "$$;$$",
    "$a$",
    "$1",
    "$é$",
    "--",
    "-- c;\n",
    "--c\n",
    "/*",
    "*/",
    "/* c; */",
    "/* /* */ */",
    "/*!",
    "/*!50000 x */",
    "/*M! y */",
    "#",
    "# c;\n",
    "\\",
    "\\'",
    "E'\\''",
    "x'0f'",
    "BEGIN",
    "BEGIN ATOMIC ",
    "BEGIN NOT ATOMIC ",
    "END",
    "END;",
    "END $$",
    "CASE",
    "WHEN 1 THEN",
    "IF (",
    "IF (a, b)",
    "IF x THEN",
    "IF NOT EXISTS ",
    "END IF;",
    "ELSE",
    "LOOP",
    "REPEAT",
    "WHILE x DO",
    "FOR",
    "l:LOOP",
    "CREATE ",
    "CREATE TRIGGER t ",
    "CREATE PROCEDURE p()\n",
    "CREATE FUNCTION f() ",
    "CREATE OR REPLACE EVENT e ",
    "CREATE RULE r AS (",
    "DELIMITER //\n",
    "DELIMITER $$\n",
    "delimiter ;\n",
    "DELIMITER",
    "//",
    "$$\n",
    "new.end",
    "1e-3",
    "0x",
    "->>",
    ":=",
    "?",
    "FROM stdin;\n",
];

pub(super) fn targets() -> Vec<Target> {
    let language = || Language::new(&PIECES, &["fixtures", "tests/cli"], "sql");
    vec![
        Target { name: "statement", language, make: Language::text, check },
        Target { name: "expression", language, make: Language::text, check: expression },
    ]
}

fn check(text: &str) -> Result<(), String> {
    for dialect in DIALECTS {
        let syntax = split::syntax(dialect);
        let mut end = 0;
        for token in tokens(text, syntax) {
            same("the start of a token", &end, &token.range.start)?;
            must(text.get(token.range.clone()).is_some_and(|it| !it.is_empty()), || {
                format!("{dialect}: no token at {:?}", token.range)
            })?;
            end = token.range.end;
        }
        same("the end of the tokens", &text.len(), &end)?;
        cut(text, syntax).map_err(|why| format!("{dialect}: {why}"))?;
    }
    Ok(())
}

fn cut(text: &str, syntax: Syntax) -> Result<(), String> {
    let (pieces, open) = split::pieces(text, syntax);
    if let Some(open) = &open {
        must(text.get(open.range.clone()).is_some(), || format!("open at {:?}", open.range))?;
    }
    let mut between = Between { delimiter: ";".to_owned(), syntax };
    let mut end = 0;
    for piece in &pieces {
        let there = text.get(piece.range.clone()).map(|it| it.replace("\r\n", "\n"));
        same("place", &there.as_ref(), &Some(&piece.sql))?;
        must(piece.range.start >= end && !piece.range.is_empty(), || "out of order".to_owned())?;
        must(piece.sql.trim_matches(blank) == piece.sql, || format!("blanks at {:?}", piece.sql))?;
        between.nothing(&text[end..piece.range.start])?;
        end = piece.range.end;
    }
    if open.is_none() {
        between.nothing(&text[end..])?;
    }
    again(&pieces, syntax)?;
    match split::whole(text, syntax) {
        Some(piece) => {
            let there = text.get(piece.range).map(|it| it.replace("\r\n", "\n"));
            same("place of the whole", &there, &Some(piece.sql))
        }
        None => must(pieces.is_empty(), || "statements of a text without any".to_owned()),
    }
}

fn blank(character: char) -> bool {
    character.is_ascii_whitespace()
}

/// Statements that stand alone are found again when they are put together.
fn again(pieces: &[Piece], syntax: Syntax) -> Result<(), String> {
    if !pieces.iter().all(|piece| split::is_one(&piece.sql, syntax)) {
        return Ok(());
    }
    let joined: String = pieces.iter().map(|piece| format!("{};\n", piece.sql)).collect();
    let (found, open) = split::pieces(&joined, syntax);
    must(open.is_none(), || format!("open when joined: {open:?}"))?;
    let sql = |pieces: &[Piece]| pieces.iter().map(|it| it.sql.clone()).collect::<Vec<_>>();
    same("statements when joined", &sql(pieces), &sql(&found))
}

/// What stands between statements, which nobody sends.
struct Between {
    delimiter: String,
    syntax: Syntax,
}

impl Between {
    /// Comments, blanks, delimiters and lines that name one; anything else would be lost SQL.
    fn nothing(&mut self, text: &str) -> Result<(), String> {
        let mut rest = text;
        while let Some(token) = tokens(rest, self.syntax).next() {
            let part = &rest[token.range.clone()];
            let comment = token.kind == TokenKind::Comment && !self.syntax.is_run(part);
            if token.kind == TokenKind::Space || comment {
                rest = &rest[part.len()..];
            } else if rest.starts_with(&self.delimiter) {
                rest = &rest[self.delimiter.len()..];
            } else if self.syntax.hash_comments && part.eq_ignore_ascii_case("delimiter") {
                let line = rest[part.len()..].lines().next().unwrap_or_default();
                self.delimiter = line.split_whitespace().next().unwrap_or_default().to_owned();
                must(!self.delimiter.is_empty(), || format!("lost: {rest:?}"))?;
                rest = &rest[part.len() + line.len()..];
            } else {
                return Err(format!("lost: {rest:?}"));
            }
        }
        Ok(())
    }
}

/// What reads expressions and triggers takes any text.
fn expression(text: &str) -> Result<(), String> {
    for dialect in DIALECTS {
        let spelling =
            Spelling { syntax: split::syntax(dialect), quote: |name| format!("\"{name}\"") };
        let syntax = spelling.syntax;
        let first = sql::names(text, syntax).next().unwrap_or_default();
        let renamed = sql::rename_column(text, (&first, &first), spelling);
        let names = |text: &str| sql::names(text, syntax).collect::<Vec<_>>();
        must(names(text).is_empty() || !renamed.is_empty(), || "names are lost".to_owned())?;
        let _ = sql::enumeration(text, syntax);
        let _ = sql::paren::enclosed(text, syntax);
        let _ = sql::label::spoken(text, syntax);
        let _ = sql::label::retyped(text, (&first, "other"), syntax);
        let _ = trigger::rename_table(text, (&first, "other"), spelling);
        let _ = trigger::rename_column(text, &first, (&first, "other"), spelling);
        let _ = trigger::may_mean(text, &first, &first, spelling);
        same("a literal", &sql::unquote(&sql::literal(text)).as_str(), &text)?;
    }
    Ok(())
}
