//! The schema of a live database, in a fixed number of catalog queries that travel together: one
//! text goes out, their answers come back one after the other, and the rest happens in memory. What
//! the catalog leaves out or tells wrongly, `SHOW CREATE` tells: a second text asks for all of that,
//! which is the text of views, triggers, routines and events, and some rare things of tables.

mod assemble;
mod facts;
mod query;
mod show;
mod text;

use futures_util::StreamExt as _;
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, Either, MySqlConnection, Row as _};

pub use assemble::read;
pub use query::{QUERIES, text};
pub use show::{Show, Shown};

use self::facts::Facts;
use self::query::RESTORE;
use super::Mysql;
use crate::dialect::rows::Rows;
use crate::error::{Error, Kind, Result};
use crate::schema::Schema;

/// What a server answered.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// The answers to the queries of [`text`].
    pub queries: Vec<Rows>,
    /// The statements that were asked for besides.
    pub shown: Shown,
}

/// Reads the schema of the connection's database and of these others: what the server prints, which
/// `canonical` then brings into its one form.
///
/// A user who may only read sees all of the tables, but no triggers, routines and events, and of
/// views only that they are there: their text is empty.
pub async fn introspect(
    connection: &mut MySqlConnection,
    mysql: &Mysql,
    namespaces: &[String],
) -> Result<Schema> {
    let answers = load(connection, mysql, namespaces).await?;
    read(&answers, mysql)
}

/// Fetches what [`read`] needs.
pub async fn load(
    connection: &mut MySqlConnection,
    mysql: &Mysql,
    namespaces: &[String],
) -> Result<Answers> {
    let (queries, failure) = fetch(connection, text(mysql, namespaces)).await;
    if let Some(cause) = failure {
        restore(connection).await;
        return Err(failed(cause));
    }
    let mut open = show::unclear(&Facts::new(&queries)?, mysql.server);
    let mut shown = Shown::default();
    while !open.is_empty() {
        let (answers, failure) = fetch(connection, show::text(&open)).await;
        let rest = open.split_off((answers.len().saturating_sub(1)).min(open.len()));
        for (show, rows) in open.into_iter().zip(answers.iter().skip(1)) {
            shown.add(show, rows);
        }
        open = rest;
        if let Some(cause) = failure {
            restore(connection).await;
            if !is_refusal(&cause) || open.is_empty() {
                return Err(failed(cause));
            }
            // It is not shown to this user: what the catalog tells must do.
            open.remove(0);
        }
    }
    Ok(Answers { queries, shown })
}

/// Runs statements that travel as one text: the answers up to the first that fails, and why it does.
async fn fetch(connection: &mut MySqlConnection, sql: String) -> (Vec<Rows>, Option<sqlx::Error>) {
    let mut stream = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_many(connection);
    let mut answers = Vec::with_capacity(QUERIES);
    let mut rows = Rows::default();
    while let Some(part) = stream.next().await {
        let pushed = part.and_then(|part| {
            match part {
                Either::Left(_) => answers.push(std::mem::take(&mut rows)),
                Either::Right(row) => push(&mut rows, &row)?,
            }
            Ok(())
        });
        if let Err(error) = pushed {
            return (answers, Some(error));
        }
    }
    (answers, None)
}

fn push(rows: &mut Rows, row: &MySqlRow) -> std::result::Result<(), sqlx::Error> {
    // The servers do not agree on what is text and what is bytes.
    let value = |at| row.try_get_unchecked::<Option<&[u8]>, _>(at);
    let values = (0..row.len()).map(value).collect::<std::result::Result<Vec<_>, _>>()?;
    let values: Vec<_> = values.into_iter().map(|value| value.map(text::decoded)).collect();
    rows.push(values.iter().map(Option::as_deref));
    Ok(())
}

/// Gives the session its settings back. Where that fails, the connection is gone.
async fn restore(connection: &mut MySqlConnection) {
    drop(sqlx::raw_sql(RESTORE).execute(connection).await);
}

fn failed(cause: sqlx::Error) -> Error {
    Error::new(Kind::Database, "the schema of the database cannot be read").cause(cause)
}

/// Whether the user lacks a right, or a view that is shown is broken.
fn is_refusal(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    let error = error.and_then(|it| it.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>());
    error.is_some_and(|it| matches!(it.number(), 1142 | 1143 | 1227 | 1356 | 1370))
}
