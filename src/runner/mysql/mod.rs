//! What MySQL asks of a runner: which statements commit by themselves, which cannot stand in a
//! revision, and what of a session is lost with it.

mod left;
pub(super) mod seen;
mod words;

use autogen_model::Diagnostic;

pub(super) use self::left::{changes_database, resets};
use self::words::{Word, words};
use super::prepare::{Ready, Segment};
use super::{Job, Run, Stop, step};
use crate::revision::Statement;

/// What is wrong with a statement of a revision, if anything.
pub(super) fn forbidden(statement: &Statement) -> Option<Diagnostic> {
    let refuse = |message: String, help: &str| {
        let report = Diagnostic::new(message).at(statement.place.clone(), "this statement");
        Some(report.help(help))
    };
    if statement.sql.trim_start().starts_with('\\') {
        let help = "leave it out, or write it as SQL";
        return refuse("a command of the mysql client cannot stand in a revision".into(), help);
    }
    let words = words(&statement.sql);
    let list: Vec<&str> = words.iter().map(Word::key).collect();
    match list.as_slice() {
        ["BEGIN", "NOT", "ATOMIC", ..] => None,
        [
            word @ ("BEGIN" | "START" | "COMMIT" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" | "XA"),
            ..,
        ] if !matches!(list.get(1), Some(&"SLAVE" | &"REPLICA" | &"GROUP_REPLICATION")) => refuse(
            format!("{word} cannot stand in a revision: the runner begins and ends transactions"),
            "leave it out; statements that change rows alone share a transaction anyway, and \
                 `-- autogen: step` begins a new one",
        ),
        [word @ ("LOCK" | "UNLOCK"), ..] => refuse(
            format!("{word} cannot stand in a revision: the runner writes to its ledger meanwhile"),
            "leave it out; one run at a time is the runner's own care",
        ),
        ["LOAD", "DATA" | "XML", ..] if list.iter().take(5).any(|word| *word == "LOCAL") => refuse(
            "a revision cannot load files of the client".into(),
            "write INSERT, or LOAD DATA from a file of the server",
        ),
        ["SET", ..] => settings_forbidden(&list).and_then(|(what, help)| refuse(what, help)),
        _ => None,
    }
}

/// Settings that the runner and the way in which statements are read count on.
fn settings_forbidden(list: &[&str]) -> Option<(String, &'static str)> {
    const READ_OTHERWISE: [&str; 8] = [
        "ANSI",
        "ANSI_QUOTES",
        "NO_BACKSLASH_ESCAPES",
        "ORACLE",
        "MSSQL",
        "POSTGRESQL",
        "DB2",
        "MAXDB",
    ];
    let sets = |name: &str| list.iter().any(|word| word.trim_start_matches('@') == name);
    if sets("AUTOCOMMIT") {
        let message = "the runner sets autocommit, and begins and ends transactions".to_owned();
        return Some((message, "leave it out"));
    }
    let mode = || list.iter().flat_map(|word| word.split(',')).map(str::trim);
    if sets("SQL_MODE")
        && let Some(found) = mode().find(|word| READ_OTHERWISE.contains(word))
    {
        let message = format!("{found} changes how the statements of a revision are read");
        return Some((message, "leave it out: `\"` opens a text here, and `\\` escapes in it"));
    }
    let charset = match list {
        ["SET", "NAMES" | "CHARSET", charset, ..] => charset,
        ["SET", "CHARACTER", "SET", charset, ..] => charset,
        _ => return None,
    };
    let known = ["UTF8", "UTF8MB3", "UTF8MB4", "DEFAULT", "BINARY"];
    (!charset.starts_with('@') && !known.contains(charset)).then(|| {
        let message = format!("a revision is sent as UTF-8, not as {}", charset.to_lowercase());
        (message, "leave the statement out")
    })
}

/// Whether the statement ends the transaction that it stands in, so that it must be journalled.
pub(super) fn commits(sql: &str) -> bool {
    let words = words(sql);
    let list: Vec<&str> = words.iter().map(Word::key).collect();
    match list.as_slice() {
        [] => false,
        [
            "INSERT" | "REPLACE" | "UPDATE" | "DELETE" | "SELECT" | "WITH" | "VALUES" | "TABLE"
            | "DO" | "SHOW" | "EXPLAIN" | "DESCRIBE" | "DESC" | "HANDLER" | "HELP" | "(" | "USE"
            | "PREPARE" | "DEALLOCATE",
            ..,
        ] => false,
        ["LOAD", "DATA" | "XML", ..] | ["DROP", "PREPARE" | "TEMPORARY", ..] => false,
        ["CREATE", rest @ ..] => !is_temporary(rest),
        ["SET", rest @ ..] => is_global(rest),
        _ => true,
    }
}

/// `CREATE [OR REPLACE] TEMPORARY TABLE`
fn is_temporary(after_create: &[&str]) -> bool {
    matches!(after_create, ["TEMPORARY", ..] | ["OR", "REPLACE", "TEMPORARY", ..])
}

/// SET of what is not the session's own.
fn is_global(after_set: &[&str]) -> bool {
    match after_set {
        ["PASSWORD" | "STATEMENT" | "GLOBAL" | "PERSIST" | "PERSIST_ONLY", ..] => true,
        ["DEFAULT", "ROLE", ..] => true,
        _ => after_set.iter().any(|word| matches!(*word, "@@GLOBAL" | "@@PERSIST")),
    }
}

/// What of a statement is gone when its session is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kept {
    /// It can be said again.
    Said,
    /// This variable or table, and nothing gives it back.
    Lost(String),
}

/// What a statement leaves behind in its session, if anything.
fn kept(sql: &str) -> Option<Kept> {
    let words = words(sql);
    let list: Vec<&str> = words.iter().map(Word::key).collect();
    let variable = || words.iter().find(|word| word.is_variable());
    let lost = |word: &Word| Some(Kept::Lost(word.text.clone()));
    match list.as_slice() {
        ["CREATE", rest @ ..] if is_temporary(rest) => {
            let table = list.iter().position(|word| *word == "TABLE")?;
            let fills = ["IF", "NOT", "EXISTS"];
            lost(words[table + 1..].iter().find(|word| !fills.contains(&word.key()))?)
        }
        ["SET", rest @ ..] if !is_global(rest) => {
            let of_moment = ["LAST_INSERT_ID", "ROW_COUNT", "FOUND_ROWS"];
            match list.iter().any(|word| of_moment.contains(word)) {
                true => variable().and_then(lost),
                false => Some(Kept::Said),
            }
        }
        ["USE" | "PREPARE" | "DEALLOCATE", ..] | ["DROP", "PREPARE", ..] => Some(Kept::Said),
        ["SELECT" | "WITH", ..] if list.iter().any(|word| matches!(*word, "INTO" | ":=")) => {
            variable().and_then(lost)
        }
        _ => None,
    }
}

/// Whether the statement leaves something behind in its session.
pub(super) fn changes_session(sql: &str) -> bool {
    kept(sql).is_some()
}

/// Says again what the statements of this step have said in a session that is gone, for a run that
/// goes on within the step.
pub(super) async fn resume(run: &mut Run<'_>, job: &Job, at: usize) -> Result<(), Stop> {
    let Some(current) = job.prepared.segments.get(at) else { return Ok(()) };
    let of_step = |segment: &&Segment| segment.step == current.step;
    let all: Vec<Ready> = job
        .prepared
        .segments
        .iter()
        .filter(of_step)
        .flat_map(|it| &it.statements)
        .cloned()
        .collect();
    let (done, open): (Vec<Ready>, Vec<Ready>) =
        all.into_iter().partition(|ready| ready.number < job.done);
    for ready in &done {
        match kept(&ready.sql) {
            None => {}
            Some(Kept::Said) => step::statement(run, ready).await?,
            Some(Kept::Lost(name)) => {
                let first = open.iter().find(|open| mentions(&open.sql, &name));
                // It may have been given anew.
                if let Some(user) = first.filter(|first| !changes_session(&first.sql)) {
                    return Err(Stop::Failed(Box::new(lost(&name, ready, user))));
                }
            }
        }
    }
    Ok(())
}

fn mentions(sql: &str, name: &str) -> bool {
    words(sql).iter().any(|word| word.text.eq_ignore_ascii_case(name))
}

fn lost(name: &str, made: &Ready, user: &Ready) -> Diagnostic {
    let message = format!("{name} was lost with the session of the run that was cut short");
    Diagnostic::new(message)
        .at(user.place.clone(), "this statement needs it")
        .at(made.place.clone(), "this one, which is done, had made it")
        .help(format!("give {name} its value or rows anew by statements put in before this one"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_that_commit_are_known() {
        for (sql, expected) in [
            ("INSERT INTO t VALUES (1)", false),
            ("/* CREATE */ with x as (select 1) select * from x", false),
            ("(SELECT 1) UNION (SELECT 2)", false),
            ("CREATE TABLE t (a int)", true),
            ("/*!50001 CREATE */ /*!50001 VIEW v AS select 1 */", true),
            ("/*!40101 SET @a = 1 */", false),
            ("CREATE TEMPORARY TABLE t (a int)", false),
            ("CREATE OR REPLACE TEMPORARY TABLE t (a int)", false),
            ("DROP TEMPORARY TABLE t", false),
            ("TRUNCATE t", true),
            ("SET @a = 1, sql_mode = ''", false),
            ("SET PASSWORD = 'x'", true),
            ("SET @@global.x = 1", true),
            ("CALL p()", true),
            ("EXECUTE it", true),
            ("LOAD DATA INFILE 'x' INTO TABLE t", false),
            ("ANALYZE TABLE t", true),
        ] {
            assert_eq!(commits(sql), expected, "{sql}");
        }
    }

    #[test]
    fn what_a_session_keeps_is_known() {
        let lost = |name: &str| Some(Kept::Lost(name.to_owned()));
        for (sql, expected) in [
            ("SET foreign_key_checks = 0", Some(Kept::Said)),
            ("SET @a = CONCAT('x', @b)", Some(Kept::Said)),
            ("SET @`a b` = LAST_INSERT_ID()", lost("@a b")),
            ("SELECT n INTO @n FROM t", lost("@n")),
            ("SELECT @n := max(n) FROM t", lost("@n")),
            ("CREATE TEMPORARY TABLE IF NOT EXISTS `x y` (a int)", lost("x y")),
            ("INSERT INTO t SELECT @n", None),
            ("SET GLOBAL x = 1", None),
            ("USE other", Some(Kept::Said)),
        ] {
            assert_eq!(kept(sql), expected, "{sql}");
        }
    }
}
