//! One spelling for SQL expressions that say the same. What is rewritten is what SQLite's parser
//! throws away as well, so that no rewriting changes a value.

mod pieces;

use std::borrow::Cow;

use pieces::{Piece, Role, pieces};

use super::types::collation;
use crate::sql::literal;
use crate::sql::{Syntax, Token, TokenKind, tokens, unquote};

/// The canonical text of an expression over the given columns.
pub fn canonical(text: &str, columns: &[&str]) -> String {
    write(&simple(text, columns))
}

/// The canonical text of a default. `NULL` is what a column without a default holds.
pub fn canonical_default(text: &str) -> Option<String> {
    let all = simple(text, &[]);
    let only = match all.as_slice() {
        [only] => only,
        [plus, number] if plus.text == "+" && number.is_number() => number,
        _ => return Some(write(&all)),
    };
    match only.text.as_str() {
        "NULL" => None,
        "TRUE" => Some("1".into()),
        "FALSE" => Some("0".into()),
        text if only.is_name() => Some(literal(&unquote(text))),
        text => Some(text.to_owned()),
    }
}

/// A default as it is written behind `DEFAULT`: with parentheses where SQLite wants them.
pub fn default_sql(text: &str) -> String {
    let all = solid(text);
    let bare = match all.as_slice() {
        [only] => match only.kind {
            TokenKind::String | TokenKind::Number => true,
            TokenKind::Word => ["NULL", "TRUE", "FALSE"]
                .into_iter()
                .chain(pieces::CLOCK)
                .any(|word| text[only.range.clone()].eq_ignore_ascii_case(word)),
            _ => false,
        },
        [sign, number] => {
            number.kind == TokenKind::Number && matches!(&text[sign.range.clone()], "-" | "+")
        }
        _ => false,
    };
    if bare { text.to_owned() } else { format!("({text})") }
}

/// An expression as it is written before `COLLATE` or in a list of index parts: in parentheses,
/// unless it is a name, a literal or a call.
pub fn operand(text: &str) -> Cow<'_, str> {
    let all = solid(text);
    let symbol = |token: &Token| &text[token.range.clone()];
    let mut depth = 0;
    let closes_last = all.iter().enumerate().all(|(at, token)| {
        match symbol(token) {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        depth > 0 || at == 0 || at + 1 == all.len()
    });
    let called = matches!(all.get(1), Some(open) if symbol(open) == "(" && closes_last);
    let grouped = matches!(all.first(), Some(open) if symbol(open) == "(" && closes_last);
    if all.len() == 1 || called || grouped {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(format!("({text})"))
    }
}

/// The canonical text of an index part, and the collation that was written behind it.
pub(super) fn index_part(text: &str, columns: &[&str]) -> (String, Option<String>) {
    let mut all = simple(text, columns);
    let mut collate = None;
    while let [rest @ .., word, name] = all.as_slice() {
        if !(word.is("COLLATE") && is_operand(rest)) {
            break;
        }
        // The outermost collation is the one that holds.
        collate.get_or_insert_with(|| collation(&unquote(&name.text)));
        all = simplify(rest.to_vec());
    }
    (write(&all), collate)
}

fn solid(text: &str) -> Vec<Token> {
    let empty = [TokenKind::Space, TokenKind::Comment];
    tokens(text, Syntax::SQLITE).filter(|token| !empty.contains(&token.kind)).collect()
}

fn simple(text: &str, columns: &[&str]) -> Vec<Piece> {
    simplify(pieces(text, &solid(text), columns))
}

/// A name, a literal, a call or something in parentheses: what COLLATE takes as a whole.
fn is_operand(all: &[Piece]) -> bool {
    let group = match all {
        [one] => return one.role == Role::Operand,
        [name, group @ ..] if name.role == Role::Function => group,
        group => group,
    };
    group.first().is_some_and(|it| it.role == Role::Open)
        && closing(group, 0) == Some(group.len() - 1)
}

fn simplify(mut all: Vec<Piece>) -> Vec<Piece> {
    all = null_tests(all);
    all = distinct_tests(all);
    loop {
        let drop = needless(&all);
        if drop.is_empty() {
            return all;
        }
        let mut at = 0;
        all.retain(|_| {
            at += 1;
            drop.binary_search(&(at - 1)).is_err()
        });
    }
}

/// `a ISNULL`, `a NOTNULL` and `a NOT NULL` as `a IS NULL` and `a IS NOT NULL`; but where an
/// operator follows that would pull the NULL to itself, only as one word.
fn null_tests(all: Vec<Piece>) -> Vec<Piece> {
    let mut result: Vec<Piece> = Vec::with_capacity(all.len());
    let mut rest = all.into_iter().peekable();
    while let Some(piece) = rest.next() {
        let after_operand = result.last().is_some_and(Piece::ends_operand);
        let not_null =
            piece.is("NOT") && after_operand && rest.peek().is_some_and(|it| it.is("NULL"));
        if not_null {
            rest.next();
        }
        if !(not_null || piece.is("ISNULL") || piece.is("NOTNULL")) {
            result.push(piece);
            continue;
        }
        let not = !piece.is("ISNULL");
        if rest.peek().is_none_or(Piece::ends_condition) {
            result.push(Piece::word("IS"));
            result.extend(not.then(|| Piece::word("NOT")));
            result.push(Piece { text: "NULL".into(), role: Role::Operand });
        } else {
            result.push(Piece::word(if not { "NOTNULL" } else { "ISNULL" }));
        }
    }
    result
}

/// `IS NOT DISTINCT FROM` is `IS`, and `IS DISTINCT FROM` is `IS NOT`; but `IS NOT DISTINCT FROM
/// NOT a` must not become `IS NOT a`.
fn distinct_tests(all: Vec<Piece>) -> Vec<Piece> {
    let mut result: Vec<Piece> = Vec::with_capacity(all.len());
    let mut rest = all.into_iter().peekable();
    while let Some(piece) = rest.next() {
        let tested = piece.is("DISTINCT") && rest.peek().is_some_and(|next| next.is("FROM"));
        let is = |piece: Option<&Piece>| piece.is_some_and(|piece| piece.is("IS"));
        if tested && is(result.last()) {
            rest.next();
            result.push(Piece::word("NOT"));
        } else if tested
            && result.last().is_some_and(|last| last.is("NOT"))
            && is(result.iter().rev().nth(1))
        {
            let from = rest.next();
            if rest.peek().is_some_and(|next| next.is("NOT")) {
                result.push(piece);
                result.extend(from);
            } else {
                result.pop();
            }
        } else {
            result.push(piece);
        }
    }
    result
}

/// Where the group ends that opens here.
fn closing(all: &[Piece], open: usize) -> Option<usize> {
    let mut depth = 0;
    all.iter().enumerate().skip(open).find_map(|(at, piece)| {
        match piece.role {
            Role::Open => depth += 1,
            Role::Close => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}

/// The places of parentheses that say nothing: around everything, around one name or literal, around
/// what has parentheses of its own, and around one condition of several.
fn needless(all: &[Piece]) -> Vec<usize> {
    let mut drop = Vec::new();
    let mut opened = Vec::new();
    for (at, piece) in all.iter().enumerate() {
        match piece.role {
            Role::Open => opened.push(at),
            Role::Close => {
                let Some(open) = opened.pop() else { continue };
                if removable(all, open, at) {
                    drop.extend([open, at]);
                }
            }
            _ => {}
        }
    }
    drop.sort_unstable();
    drop
}

fn removable(all: &[Piece], open: usize, close: usize) -> bool {
    let inner = &all[open + 1..close];
    let before = open.checked_sub(1).map(|at| &all[at]);
    let after = all.get(close + 1);
    if before.is_some_and(|it| it.role == Role::Function) {
        return false;
    }
    if let [one] = inner {
        let words = ["AND", "OR", "NOT", "CASE", "WHEN", "THEN", "ELSE", "LIKE", "GLOB", "BETWEEN"];
        return one.role == Role::Operand
            && before.is_none_or(|it| match it.role {
                Role::Binary | Role::Comma | Role::Open => true,
                _ => words.iter().any(|word| it.is(word)),
            });
    }
    let alone = matches!(before.map(|it| it.role), None | Some(Role::Open | Role::Comma))
        && matches!(after.map(|it| it.role), None | Some(Role::Close | Role::Comma));
    (alone || is_condition(all, open, close)) && is_scalar(inner)
}

/// One condition of several, which binds tighter than what joins them.
fn is_condition(all: &[Piece], open: usize, close: usize) -> bool {
    let joins = ["AND", "OR", "WHEN", "THEN", "ELSE"];
    let starts = open.checked_sub(1).map(|at| &all[at]).is_none_or(|it| {
        matches!(it.role, Role::Open | Role::Comma) || joins.iter().any(|word| it.is(word))
    });
    let ends = all.get(close + 1).is_none_or(Piece::ends_condition);
    // The AND before it may be that of a BETWEEN.
    starts
        && ends
        && !has(all[..open].iter().rev(), &["BETWEEN"])
        && !has(all[open + 1..close].iter(), &["AND", "OR", "BETWEEN"])
}

/// Whether one of the words is there, outside of parentheses.
fn has<'a>(mut pieces: impl Iterator<Item = &'a Piece>, words: &[&str]) -> bool {
    let mut depth = 0;
    pieces.any(|piece| {
        match piece.role {
            Role::Open => depth += 1,
            Role::Close => depth -= 1,
            _ => {}
        }
        depth == 0 && words.iter().any(|word| piece.is(word))
    })
}

/// Neither a list of values nor a query: those need their parentheses.
fn is_scalar(inner: &[Piece]) -> bool {
    let query = ["SELECT", "VALUES", "WITH"];
    let mut depth = 0;
    let comma = inner.iter().any(|piece| {
        match piece.role {
            Role::Open => depth += 1,
            Role::Close => depth -= 1,
            _ => {}
        }
        depth == 0 && piece.role == Role::Comma
    });
    !comma && inner.first().is_some_and(|first| !query.iter().any(|word| first.is(word)))
}

fn write(all: &[Piece]) -> String {
    let mut text = String::new();
    let mut before: Option<&Piece> = None;
    for piece in all {
        if before.is_some_and(|before| spaced(before, piece)) {
            text.push(' ');
        }
        text.push_str(&piece.text);
        before = Some(piece);
    }
    text
}

fn spaced(before: &Piece, piece: &Piece) -> bool {
    match (before.role, piece.role) {
        (_, Role::Comma | Role::Close | Role::Dot) | (Role::Open | Role::Dot, _) => false,
        (Role::Function, Role::Open) => false,
        // Two signs in a row would open a comment.
        (Role::Unary, _) => before.text == "-" && piece.text.starts_with('-'),
        _ => true,
    }
}
