//! How statements reach the server through its command-line client, which cuts a script into
//! statements by rules of its own and takes some words for itself.

use autogen_model::Diagnostic;

use super::super::prepare::Ready;
use super::super::{Engine, Job, mysql};
use crate::revision::split;
use crate::sql::{Syntax, TokenKind, tokens};

/// What of a revision cannot be in a script, each with its place.
pub(super) fn refused(engine: Engine, job: &Job) -> Vec<Diagnostic> {
    let all = job.prepared.segments.iter().flat_map(|segment| &segment.statements);
    let faults = all.filter_map(|ready| {
        let (message, help) = fault(engine, ready)?;
        Some(Diagnostic::new(message).at(ready.place.clone(), "this statement").help(help))
    });
    faults.collect()
}

fn fault(engine: Engine, ready: &Ready) -> Option<(String, &'static str)> {
    const ONLINE: &str = "run this revision by `autogen` itself, and write scripts for those before \
                          and after it";
    if ready.repeat {
        let message =
            "`repeat` cannot be in a script: only a run sees when no row changes any more";
        return Some((message.to_owned(), ONLINE));
    }
    if ready.rust.is_some() {
        let message = "a Rust step cannot be in a script: it is code of the project and no SQL";
        return Some((message.to_owned(), ONLINE));
    }
    if ready.values.iter().any(|(_, value)| value.as_ref().is_some_and(|it| it.contains('\0'))) {
        let message = "a value with a NUL in it cannot be in a script".to_owned();
        return Some((message, "no database takes one in a text"));
    }
    match engine {
        Engine::Sqlite => of_shell(&ready.sql),
        Engine::Postgres => of_psql(&ready.sql),
        Engine::Mysql => of_mysql(&ready.sql),
    }
}

fn cut_apart(client: &str) -> (String, &'static str) {
    let message = format!("{client} would cut this statement apart");
    (message, "it is held together by `statement` .. `end` alone, which the client does not know")
}

fn of_shell(sql: &str) -> Option<(String, &'static str)> {
    if !split::is_one(sql, Syntax::SQLITE) {
        return Some(cut_apart("sqlite3"));
    }
    let mut bare = String::new();
    for token in tokens(sql, Syntax::SQLITE) {
        let part = &sql[token.range];
        match token.kind {
            TokenKind::String | TokenKind::Quoted | TokenKind::Comment => bare.push('x'),
            _ => bare.push_str(part),
        }
    }
    let alone = |line: &str| matches!(line.trim().to_ascii_lowercase().as_str(), "go" | "/");
    bare.lines().any(alone).then(|| {
        let message = "sqlite3 ends a statement at a line that is `go` or `/`".to_owned();
        (message, "put it on one line with what stands around it")
    })
}

fn of_psql(sql: &str) -> Option<(String, &'static str)> {
    if !split::is_one(sql, Syntax::POSTGRES) {
        return Some(cut_apart("psql"));
    }
    has_backslash(sql, Syntax::POSTGRES).then(|| {
        let message = "psql takes what follows a backslash for a command".to_owned();
        (message, "leave it out, or put it into quotes")
    })
}

fn of_mysql(sql: &str) -> Option<(String, &'static str)> {
    if has_backslash(sql, Syntax::MYSQL) {
        let message = "the mysql client takes what follows a backslash for a command".to_owned();
        return Some((message, "leave it out, or put it into quotes; NULL is the same as `\\N`"));
    }
    mysql::changes_database(sql).then(|| {
        let message = "USE cannot be in a script: nothing tells the way back to the ledger";
        (message.to_owned(), "write the database before the names, as in `other.table`")
    })
}

fn has_backslash(sql: &str, syntax: Syntax) -> bool {
    tokens(sql, syntax)
        .any(|token| token.kind == TokenKind::Symbol && sql[token.range].contains('\\'))
}

/// The statement with what ends it, as the client must read it.
pub(super) fn terminated(engine: Engine, sql: &str) -> String {
    match engine {
        Engine::Sqlite => format!("{sql};\n"),
        Engine::Postgres => format!("{};\n", uninterpolated(sql)),
        Engine::Mysql if !holds_others(sql) => format!("{sql};\n"),
        Engine::Mysql => {
            let longer = std::iter::successors(Some("$$".to_owned()), |it| Some(format!("{it}$")));
            let all = ["//", ";;"].into_iter().map(str::to_owned).chain(longer);
            let free = all.into_iter().find(|it| !sql.contains(it.as_str()));
            let delimiter = free.unwrap_or_default();
            format!("DELIMITER {delimiter}\n{sql}\n{delimiter}\nDELIMITER ;\n")
        }
    }
}

/// psql puts the value of its own variable in the place of `:name`, `:'name'` and `:"name"`; a blank
/// after the colon keeps it from that, and means nothing to the server.
fn uninterpolated(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut after_colon = false;
    for token in tokens(sql, Syntax::POSTGRES) {
        let part = &sql[token.range];
        let named = matches!(
            token.kind,
            TokenKind::Word | TokenKind::Quoted | TokenKind::String | TokenKind::Number
        );
        if after_colon && (named || part == "{") {
            text.push(' ');
        }
        match (token.kind, part.strip_prefix(':')) {
            (TokenKind::Parameter, Some(name)) => {
                text.push_str(": ");
                text.push_str(name);
            }
            _ => text.push_str(part),
        }
        after_colon = part == ":";
    }
    text
}

/// Whether a semicolon stands inside, where the mysql client would end the statement.
fn holds_others(sql: &str) -> bool {
    tokens(sql, Syntax::MYSQL).any(|token| {
        let part = &sql[token.range];
        match token.kind {
            TokenKind::String | TokenKind::Quoted => false,
            TokenKind::Comment => Syntax::MYSQL.is_run(part) && part.contains(';'),
            _ => part.contains(';'),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn psql_finds_no_variables() {
        for (sql, expected) in [
            ("SELECT a::int, b[1:USER], ':x'", "SELECT a::int, b[1: USER], ':x'"),
            ("SELECT b[1:\"n\"], $$:x$$", "SELECT b[1: \"n\"], $$:x$$"),
            ("CALL p(a := 1)", "CALL p(a := 1)"),
            ("SELECT b[:2] -- :x", "SELECT b[: 2] -- :x"),
        ] {
            assert_eq!(uninterpolated(sql), expected);
        }
    }

    #[test]
    fn programs_reach_mysql_whole() {
        assert_eq!(terminated(Engine::Mysql, "SELECT ';'"), "SELECT ';';\n");
        assert_eq!(
            terminated(Engine::Mysql, "BEGIN NOT ATOMIC DO 4//2; END"),
            "DELIMITER ;;\nBEGIN NOT ATOMIC DO 4//2; END\n;;\nDELIMITER ;\n"
        );
    }

    #[test]
    fn what_clients_take_for_themselves_is_known() {
        assert!(of_shell("SELECT 4\n/\n2").is_some());
        assert!(of_shell("SELECT '\n/\n'").is_none());
        assert!(of_shell("SELECT 1; SELECT 2").is_some());
        assert!(of_psql("SELECT '\\x', \"a\\b\", $$\\$$").is_none());
        assert!(of_psql("SELECT 1 \\g x").is_some());
        assert!(of_mysql("SELECT \\N").is_some());
        assert!(of_mysql("use other").is_some());
    }
}
