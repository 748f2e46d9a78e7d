//! The rounds of a `repeat`, and the care that they come to an end: a statement whose condition does
//! not leave out the rows that are done changes the same rows for ever.

use autogen_model::Diagnostic;

use super::prepare::Ready;
use super::{Engine, Run, Stop};
use crate::db;
use crate::sql::{Syntax, TokenKind, tokens};

/// How often each row may be changed before the statement is stopped. Some change a row twice or
/// three times on purpose; ten times is no batch any more.
const OFTEN: u64 = 10;

/// What the rounds of one statement have done.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    pub(super) count: u64,
    rows: u64,
}

impl Rounds {
    /// Counts a round. Now and then it is compared with the table: an `UPDATE` that has changed many
    /// more rows than there are does not end by itself.
    pub(super) async fn ended(
        &mut self,
        run: &mut Run<'_>,
        ready: &Ready,
        changed: u64,
        in_transaction: bool,
    ) -> Result<(), Stop> {
        self.count += 1;
        self.rows = self.rows.saturating_add(changed);
        if changed == 0 || !is_moment(self.count) {
            return Ok(());
        }
        let there = match updated(&ready.sql, run.db.syntax()) {
            Some(table) => self.rows_of(run, &table, in_transaction).await,
            None => None,
        };
        let report = |message| Diagnostic::new(message).at(ready.place.clone(), "this statement");
        let endless = "if its condition does not leave out the rows that are done, it never ends";
        match there {
            Some(there) if self.rows > there.saturating_mul(OFTEN) => {
                let message = format!(
                    "`repeat` has changed {} rows in {} rounds, and the table has {there}",
                    self.rows, self.count
                );
                let help = "let its condition leave out the rows that are done";
                Err(Stop::Failed(Box::new(report(message).help(help))))
            }
            None if self.count == MANY => {
                let message = format!("`repeat` has run {MANY} times");
                run.progress.warning(&report(message).help(endless));
                Ok(())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// How many rows the table has; no more are counted than were changed. What cannot be counted
    /// is not known.
    async fn rows_of(&self, run: &mut Run<'_>, table: &str, in_transaction: bool) -> Option<u64> {
        let limit = self.rows.saturating_add(1);
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {limit}) AS counted");
        let counted = match in_transaction && run.engine == Engine::Postgres {
            true => apart(run, &sql).await,
            false => run.db.query_text_rows(&sql, &[]).await,
        };
        counted.ok()?.into_iter().flatten().flatten().next()?.parse().ok()
    }
}

/// Here a failure would end the transaction that it stands in.
async fn apart(run: &mut Run<'_>, sql: &str) -> db::Result<Vec<db::TextRow>> {
    run.db.execute("SAVEPOINT autogen_rows").await?;
    let rows = run.db.query_text_rows(sql, &[]).await;
    let end = match rows {
        Ok(_) => "RELEASE SAVEPOINT autogen_rows",
        Err(_) => "ROLLBACK TO SAVEPOINT autogen_rows",
    };
    run.db.execute(end).await?;
    rows
}

/// After so many rounds it is worth a word, where nothing can be compared.
const MANY: u64 = 16_384;

/// 16, 64, 256 and so on: what is counted is never more than a part of what was changed.
fn is_moment(count: u64) -> bool {
    count >= 16 && count.is_power_of_two() && count.trailing_zeros().is_multiple_of(2)
}

/// The table of an `UPDATE`, as it is written there.
fn updated(sql: &str, syntax: Syntax) -> Option<String> {
    const BETWEEN: [&str; 8] =
        ["ONLY", "LOW_PRIORITY", "IGNORE", "OR", "ROLLBACK", "ABORT", "REPLACE", "FAIL"];
    let all = tokens(sql, syntax)
        .filter(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment));
    let mut depth = 0_usize;
    let mut found = false;
    let mut name = String::new();
    for token in all {
        let text = &sql[token.range.clone()];
        let word = text.to_ascii_uppercase();
        if found {
            let is_name = matches!(token.kind, TokenKind::Word | TokenKind::Quoted);
            match (name.is_empty(), is_name) {
                (true, _) if BETWEEN.contains(&word.as_str()) => {}
                (true, true) => name.push_str(text),
                (false, _) if text == "." || name.ends_with('.') => name.push_str(text),
                (true, false) => return None,
                (false, _) => break,
            }
            continue;
        }
        match text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            _ if word == "UPDATE" => found = true,
            // What else the statement may be.
            _ if matches!(word.as_str(), "INSERT" | "DELETE" | "MERGE" | "CALL") => return None,
            _ => {}
        }
    }
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_an_update_is_known() {
        for (sql, expected) in [
            ("UPDATE t SET a = 1", Some("t")),
            ("update only \"My Table\" as x set a = 1", Some("\"My Table\"")),
            ("/* UPDATE x */ UPDATE OR IGNORE a.b SET c = 1", Some("a.b")),
            (
                "WITH some AS (SELECT id FROM t FOR UPDATE) UPDATE app . users SET a = 1",
                Some("app.users"),
            ),
            ("INSERT INTO t SELECT 1 ON CONFLICT DO UPDATE SET a = 1", None),
            ("DELETE FROM t", None),
            ("UPDATE (SELECT 1) SET a = 1", None),
        ] {
            assert_eq!(updated(sql, Syntax::POSTGRES).as_deref(), expected, "{sql}");
        }
    }

    #[test]
    fn the_table_is_looked_at_ever_more_rarely() {
        let moments: Vec<u64> = (1..=5000).filter(|count| is_moment(*count)).collect();
        assert_eq!(moments, [16, 64, 256, 1024, 4096]);
        assert!(is_moment(MANY));
    }
}
