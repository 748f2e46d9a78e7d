//! What PostgreSQL asks of a runner: which statements must stay out of a transaction or out of a
//! revision, and what the catalog says of one whose end nobody saw.

use autogen_model::Diagnostic;

use super::Run;
use super::outcome::Outcome;
use crate::db::{self, Database};
use crate::revision::Statement;
use crate::sql::{Syntax, TokenKind, tokens, unquote};

/// What is wrong with a statement of a revision, if anything.
pub(super) fn forbidden(statement: &Statement, autocommit: bool) -> Option<Diagnostic> {
    let refuse = |message: String, help: &str| {
        let report = Diagnostic::new(message).at(statement.place.clone(), "this statement");
        Some(report.help(help))
    };
    if statement.sql.trim_start().starts_with('\\') {
        let help = "leave it out, or write it as SQL";
        return refuse("a command of psql cannot stand in a revision".into(), help);
    }
    let words = words(&statement.sql);
    let list: Vec<&str> = words.iter().map(String::as_str).collect();
    match list.as_slice() {
        [
            word @ ("BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT"
            | "RELEASE"),
            ..,
        ] => refuse(
            format!("{word} cannot stand in a revision: the runner begins and ends transactions"),
            "leave it out; `-- autogen: step` begins a new transaction, and `-- autogen: step \
             autocommit` runs statements outside of one",
        ),
        ["PREPARE", "TRANSACTION", ..] => refuse(
            "PREPARE TRANSACTION cannot stand in a revision: the runner ends transactions".into(),
            "leave it out",
        ),
        ["COPY", ..] if streams(&statement.sql) => refuse(
            "COPY from or to the client cannot stand in a revision".into(),
            "write INSERT, or COPY from a file of the server",
        ),
        ["CREATE", "INDEX", "CONCURRENTLY", ..]
        | ["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY", ..]
            if Concurrent::parse(&statement.sql).is_none() =>
        {
            refuse(
                "an index that is built concurrently needs a name".into(),
                "without one nothing tells whether a build that was cut short came to its end",
            )
        }
        _ if !autocommit && refuses_transactions(&list) => refuse(
            "PostgreSQL runs this statement only outside a transaction".into(),
            "put it in a step of its own: `-- autogen: step autocommit`",
        ),
        _ => None,
    }
}

/// Whether COPY speaks to the client.
fn streams(sql: &str) -> bool {
    let words = all_words(sql);
    words.windows(2).any(|pair| {
        let [first, second] = pair else { return false };
        matches!((first.as_str(), second.as_str()), ("FROM", "STDIN") | ("TO", "STDOUT"))
    })
}

/// Whether the statement, which stands in an autocommit step, runs without a transaction there.
/// Any other runs in one together with the word in the ledger that it is done.
pub(super) fn must_be_bare(sql: &str) -> bool {
    let words = words(sql);
    let list: Vec<&str> = words.iter().map(String::as_str).collect();
    refuses_transactions(&list) || commits_by_itself(&list, sql)
}

fn refuses_transactions(words: &[&str]) -> bool {
    let concurrently = || words.contains(&"CONCURRENTLY");
    match words {
        ["VACUUM", ..]
        | ["CREATE" | "DROP", "DATABASE" | "TABLESPACE", ..]
        | ["ALTER", "SYSTEM", ..]
        | ["DROP", "SUBSCRIPTION", ..]
        | ["DISCARD", "ALL", ..]
        | ["CLUSTER"] => true,
        ["REINDEX", ..] => {
            concurrently() || ["DATABASE", "SYSTEM", "SCHEMA"].iter().any(|it| words.contains(it))
        }
        ["CREATE" | "DROP", "INDEX", ..] | ["CREATE", "UNIQUE", "INDEX", ..] => concurrently(),
        ["ALTER", "TABLE", ..] => words.contains(&"DETACH") && concurrently(),
        _ => false,
    }
}

/// A procedure may end transactions, which it can only where none is open around it.
fn commits_by_itself(words: &[&str], sql: &str) -> bool {
    match words {
        ["CALL", ..] => true,
        ["DO", ..] => {
            let upper = sql.to_ascii_uppercase();
            ["COMMIT", "ROLLBACK"].iter().any(|word| upper.contains(word))
        }
        _ => false,
    }
}

/// Whether the statement sets something that outlives its transaction.
pub(super) fn changes_session(sql: &str) -> bool {
    let words = words(sql);
    let list: Vec<&str> = words.iter().map(String::as_str).collect();
    match list.as_slice() {
        ["SET", "LOCAL" | "TRANSACTION" | "CONSTRAINTS", ..] => false,
        ["SET" | "RESET" | "DISCARD", ..] => true,
        _ => all_words(sql).iter().any(|word| word == "SET_CONFIG"),
    }
}

/// The session as it was when it began.
pub(super) async fn restore(db: &mut Database) -> db::Result<()> {
    db.execute("RESET SESSION AUTHORIZATION").await?;
    db.execute("RESET ALL").await?;
    db.settings().await
}

/// The first words and symbols of a statement, in upper case; names in quotes keep them. Enough
/// to find CONCURRENTLY behind the names of an index, a table and a partition.
fn words(sql: &str) -> Vec<String> {
    code(sql).map(|(_, text)| text.to_ascii_uppercase()).take(24).collect()
}

/// All bare words of a statement, in upper case.
fn all_words(sql: &str) -> Vec<String> {
    let bare = code(sql).filter(|(kind, _)| *kind == TokenKind::Word);
    bare.map(|(_, text)| text.to_ascii_uppercase()).collect()
}

fn code(sql: &str) -> impl Iterator<Item = (TokenKind, &str)> {
    tokens(sql, Syntax::POSTGRES)
        .filter(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment))
        .map(|token| (token.kind, &sql[token.range]))
}

/// Whether a statement was done that an earlier run began and did not see the end of.
pub(super) async fn outcome(db: &mut Database, sql: &str) -> db::Result<Outcome> {
    if let Some(concurrent) = Concurrent::parse(sql) {
        return concurrent.outcome(db).await;
    }
    let words = words(sql);
    let list: Vec<&str> = words.iter().map(String::as_str).collect();
    let (query, wanted) = match list.as_slice() {
        ["CREATE", "DATABASE", ..] => (DATABASE, true),
        ["DROP", "DATABASE", ..] => (DATABASE, false),
        ["CREATE", "TABLESPACE", ..] => (TABLESPACE, true),
        ["DROP", "TABLESPACE", ..] => (TABLESPACE, false),
        ["CALL" | "DO", ..] | ["DROP", "SUBSCRIPTION", ..] => return Ok(Outcome::Unknown),
        _ => return Ok(Outcome::Again),
    };
    let Some(name) = name_after(sql, &["DATABASE", "TABLESPACE"]) else {
        return Ok(Outcome::Unknown);
    };
    let found = !db.query_text_rows(query, &[Some(&name)]).await?.is_empty();
    Ok(if found == wanted { Outcome::Done } else { Outcome::Again })
}

const DATABASE: &str = "SELECT 1 FROM pg_catalog.pg_database WHERE datname = ?1::name";
const TABLESPACE: &str = "SELECT 1 FROM pg_catalog.pg_tablespace WHERE spcname = ?1::name";

/// The name behind a word, past IF [NOT] EXISTS, as the catalog has it.
fn name_after(sql: &str, kinds: &[&str]) -> Option<String> {
    let mut rest =
        code(sql).skip_while(|(_, text)| !kinds.iter().any(|kind| text.eq_ignore_ascii_case(kind)));
    rest.next()?;
    let mut rest = rest.skip_while(|(kind, text)| {
        let filler = ["IF", "NOT", "EXISTS"];
        *kind == TokenKind::Word && filler.iter().any(|it| text.eq_ignore_ascii_case(it))
    });
    rest.next().map(folded)
}

fn folded((kind, text): (TokenKind, &str)) -> String {
    match kind {
        TokenKind::Quoted => unquote(text),
        _ => text.to_lowercase(),
    }
}

/// A statement that works concurrently and can be cut short halfway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Concurrent {
    /// Builds an index of this name on a table.
    Create { index: String, table: String },
    /// Drops this index.
    Drop { index: String },
    /// Takes this partition off its parent.
    Detach { partition: String, parent: String },
}

impl Concurrent {
    pub(super) fn parse(sql: &str) -> Option<Self> {
        let all: Vec<(TokenKind, &str)> = code(sql).collect();
        let is = |at: usize, word: &str| {
            all.get(at).is_some_and(|(kind, text)| {
                *kind == TokenKind::Word && text.eq_ignore_ascii_case(word)
            })
        };
        let at = (0..all.len()).find(|at| is(*at, "CONCURRENTLY"))?;
        let skip = |from: usize, words: &[&str]| {
            (from..all.len()).find(|at| !words.iter().any(|word| is(*at, word)))
        };
        if is(0, "CREATE") {
            let name = skip(at + 1, &["IF", "NOT", "EXISTS"])?;
            if is(name, "ON") {
                return None;
            }
            let on = (name..all.len()).find(|at| is(*at, "ON"))?;
            let table = qualified(&all[skip(on + 1, &["ONLY"])?..]);
            return Some(Self::Create { index: folded(all[name]), table });
        }
        if is(0, "DROP") {
            let name = skip(at + 1, &["IF", "EXISTS"])?;
            return Some(Self::Drop { index: qualified(&all[name..]) });
        }
        if is(0, "ALTER") && is(1, "TABLE") {
            let parent = qualified(&all[skip(2, &["IF", "EXISTS", "ONLY"])?..]);
            let detach = (2..at).find(|at| is(*at, "PARTITION"))?;
            let partition = qualified(&all[detach + 1..at]);
            return Some(Self::Detach { partition, parent });
        }
        None
    }

    async fn outcome(&self, db: &mut Database) -> db::Result<Outcome> {
        let done = match self {
            Self::Create { index, table } => {
                let values = [Some(index.as_str()), Some(table.as_str())];
                let rows = db.query_text_rows(INDEX, &values).await?;
                let valid = rows.into_iter().flatten().nth(1).flatten();
                valid.as_deref() == Some("t")
            }
            Self::Drop { index } => {
                is_true(db, "SELECT to_regclass(?1) IS NULL", &[Some(index)]).await?
            }
            Self::Detach { partition, .. } => {
                let sql = "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_inherits \
                           WHERE inhrelid = to_regclass(?1))";
                is_true(db, sql, &[Some(partition)]).await?
            }
        };
        Ok(if done { Outcome::Done } else { Outcome::Again })
    }
}

const INDEX: &str = "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), \
     i.indisvalid AND i.indisready, \
     EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p \
             WHERE p.index_relid = c.oid AND p.datname = current_database()) \
     FROM pg_catalog.pg_index i \
     JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relname = ?1::name AND i.indrelid = to_regclass(?2)";

async fn is_true(db: &mut Database, sql: &str, values: &[Option<&str>]) -> db::Result<bool> {
    let rows = db.query_text_rows(sql, values).await?;
    Ok(rows.into_iter().flatten().flatten().next().as_deref() == Some("t"))
}

/// A name of one or more parts, as it is written.
fn qualified(tokens: &[(TokenKind, &str)]) -> String {
    let mut name = String::new();
    for (at, (kind, text)) in tokens.iter().enumerate() {
        let dot = *text == ".";
        let part = matches!(kind, TokenKind::Word | TokenKind::Quoted);
        if (at % 2 == 0 && !part) || (at % 2 == 1 && !dot) {
            break;
        }
        name.push_str(text);
    }
    name
}

/// What stands in the way of a statement that an earlier try may have cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Nothing.
    Clear,
    /// Another session that is building the very index.
    Building,
    /// Nothing is left to do.
    Done,
}

/// Takes away what a concurrent statement left behind when it was cut short, so that it can run
/// again: an index that is not valid costs writes and serves no reads.
pub(super) async fn clear_way(run: &mut Run<'_>, sql: &str) -> db::Result<Way> {
    let name = match Concurrent::parse(sql) {
        Some(Concurrent::Create { index, table }) => {
            let rows = run.db.query_text_rows(INDEX, &[Some(&index), Some(&table)]).await?;
            let mut row = rows.into_iter().flatten();
            let mut next = || row.next().flatten().unwrap_or_default();
            let (name, valid, building) = (next(), next(), next());
            match (building.as_str(), valid.as_str()) {
                ("t", _) => return Ok(Way::Building),
                (_, "f") => name,
                _ => return Ok(Way::Clear),
            }
        }
        Some(Concurrent::Detach { partition, parent }) => {
            if !is_true(run.db, PENDING, &[Some(&partition)]).await? {
                return Ok(Way::Clear);
            }
            let sql = format!("ALTER TABLE {parent} DETACH PARTITION {partition} FINALIZE");
            run.db.execute(&sql).await?;
            return Ok(Way::Done);
        }
        _ => return Ok(Way::Clear),
    };
    let message = format!("{name} was left invalid by a build that failed; it is dropped first");
    run.progress.warning(&Diagnostic::new(message));
    run.db.execute(&format!("DROP INDEX CONCURRENTLY {name}")).await?;
    Ok(Way::Clear)
}

// The column came with the statement, in version 14.
const PENDING: &str = "SELECT coalesce((SELECT to_jsonb(i) ->> 'inhdetachpending' = 'true' \
     FROM pg_catalog.pg_inherits i WHERE inhrelid = to_regclass(?1)), false)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_outside_transactions_are_known() {
        for (sql, expected) in [
            ("CREATE INDEX CONCURRENTLY a ON t (b)", true),
            ("create unique index /* x */ concurrently a on t (b)", true),
            ("CREATE INDEX a ON t (b)", false),
            ("DROP INDEX CONCURRENTLY IF EXISTS a", true),
            ("REINDEX TABLE t", false),
            ("REINDEX (VERBOSE) TABLE CONCURRENTLY t", true),
            ("REINDEX SCHEMA public", true),
            ("ALTER TABLE p DETACH PARTITION c CONCURRENTLY", true),
            ("ALTER TABLE p DETACH PARTITION c", false),
            ("VACUUM ANALYZE t", true),
            ("ANALYZE t", false),
            ("CLUSTER t USING i", false),
            ("CLUSTER", true),
            ("ALTER TYPE mood ADD VALUE 'ok'", false),
            ("CALL fill()", true),
            ("DO $$ BEGIN PERFORM 1; END $$", false),
            ("DO $$ BEGIN COMMIT; END $$", true),
            ("REFRESH MATERIALIZED VIEW CONCURRENTLY m", false),
        ] {
            assert_eq!(must_be_bare(sql), expected, "{sql}");
        }
    }

    #[test]
    fn concurrent_statements_name_what_they_work_on() {
        let create = |index: &str, table: &str| {
            Some(Concurrent::Create { index: index.into(), table: table.into() })
        };
        for (sql, expected) in [
            ("CREATE INDEX CONCURRENTLY Ix ON Audit.Events (a)", create("ix", "Audit.Events")),
            (
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"Ix\" ON ONLY \"T\" (a)",
                create("Ix", "\"T\""),
            ),
            ("CREATE INDEX CONCURRENTLY ON t (a)", None),
            (
                "DROP INDEX CONCURRENTLY IF EXISTS audit.ix CASCADE",
                Some(Concurrent::Drop { index: "audit.ix".into() }),
            ),
            (
                "ALTER TABLE ONLY p DETACH PARTITION s.c CONCURRENTLY",
                Some(Concurrent::Detach { partition: "s.c".into(), parent: "p".into() }),
            ),
            ("REINDEX TABLE CONCURRENTLY t", None),
        ] {
            assert_eq!(Concurrent::parse(sql), expected, "{sql}");
        }
    }

    #[test]
    fn settings_that_stay_are_known() {
        for (sql, expected) in [
            ("SET search_path TO x", true),
            ("SET LOCAL search_path TO x", false),
            ("SET CONSTRAINTS ALL DEFERRED", false),
            ("SELECT pg_catalog.set_config('search_path', '', false)", true),
            ("SET ROLE owner", true),
            ("UPDATE t SET a = 1", false),
        ] {
            assert_eq!(changes_session(sql), expected, "{sql}");
        }
    }
}
