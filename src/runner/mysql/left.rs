//! What takes back what a statement leaves in its session, where no new session can take the place
//! of the old one.

use super::words::{Word, words};
use super::{is_global, is_temporary};
use crate::sql::TokenKind;

/// Whether names that stand alone mean another database afterwards.
pub(in crate::runner) fn changes_database(sql: &str) -> bool {
    words(sql).first().is_some_and(|word| word.key() == "USE")
}

/// The statements after which the session is as if this one had not been there, but for settings
/// that are made anew anyway.
pub(in crate::runner) fn resets(sql: &str) -> Vec<String> {
    let words = words(sql);
    let list: Vec<&str> = words.iter().map(Word::key).collect();
    match list.as_slice() {
        ["CREATE", rest @ ..] if is_temporary(rest) => {
            let after = list.iter().position(|word| *word == "TABLE").map_or(0, |at| at + 1);
            let fills = ["IF", "NOT", "EXISTS"];
            let name = words[after..].iter().find(|word| !fills.contains(&word.key()));
            let drop = |name: &Word| format!("DROP TEMPORARY TABLE IF EXISTS {}", quoted(name));
            name.map(drop).into_iter().collect()
        }
        ["SET", "ROLE", ..] => vec!["SET ROLE DEFAULT".to_owned()],
        ["SET", "NAMES" | "CHARSET" | "CHARACTER" | "TRANSACTION", ..] => Vec::new(),
        ["SET", "SESSION" | "LOCAL", "TRANSACTION", ..] => Vec::new(),
        ["SET", rest @ ..] if !is_global(rest) => assigned(&words[1..]),
        _ => words.iter().filter(|word| word.is_variable()).map(forget).collect(),
    }
}

fn quoted(name: &Word) -> String {
    format!("`{}`", name.text.replace('`', "``"))
}

fn forget(variable: &Word) -> String {
    format!("SET @`{}` = NULL", variable.text.trim_start_matches('@').replace('`', "``"))
}

/// `a = 1, SESSION b = 2, @@session.c = 3, @d = 4`
fn assigned(words: &[Word]) -> Vec<String> {
    let mut resets = Vec::new();
    let (mut depth, mut begins) = (0_usize, true);
    let mut rest = words.iter();
    while let Some(mut word) = rest.next() {
        match word.text.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            "," if depth == 0 && word.kind == TokenKind::Symbol => begins = true,
            _ if begins => {
                begins = false;
                while matches!(word.key(), "SESSION" | "LOCAL" | "@@SESSION" | "@@LOCAL" | ".") {
                    let Some(next) = rest.next() else { return resets };
                    word = next;
                }
                resets.push(match word.is_variable() {
                    true => forget(word),
                    false => {
                        format!("SET SESSION {} = DEFAULT", word.text.trim_start_matches('@'))
                    }
                });
            }
            _ => {}
        }
    }
    resets
}

#[cfg(test)]
mod tests {
    use super::resets;

    #[test]
    fn sessions_are_given_back() {
        for (sql, expected) in [
            ("SET foreign_key_checks = 0", &["SET SESSION foreign_key_checks = DEFAULT"][..]),
            (
                "SET @a = IF(1, 2, 3), @@session.time_zone = '+00:00', SESSION sql_mode = 'A,B'",
                &[
                    "SET @`a` = NULL",
                    "SET SESSION time_zone = DEFAULT",
                    "SET SESSION sql_mode = DEFAULT",
                ],
            ),
            ("SET NAMES utf8mb4", &[]),
            ("SELECT max(n) INTO @n FROM t", &["SET @`n` = NULL"]),
            (
                "CREATE TEMPORARY TABLE IF NOT EXISTS x (a int)",
                &["DROP TEMPORARY TABLE IF EXISTS `x`"],
            ),
            ("INSERT INTO t VALUES (1)", &[]),
        ] {
            assert_eq!(resets(sql), expected, "{sql}");
        }
    }
}
