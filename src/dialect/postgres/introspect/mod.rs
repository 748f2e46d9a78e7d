//! The schema of a live database, in a fixed number of catalog queries that travel together: one
//! text goes out, their answers come back one after the other, and the rest happens in memory.

mod assemble;
mod query;
mod rows;

use futures_util::StreamExt as _;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Either, PgConnection, Row as _};

pub use assemble::read;
pub use query::{QUERIES, text};
pub use rows::Rows;

use crate::error::{Error, Kind, Result};
use crate::schema::Schema;

/// What of a database is read.
#[derive(Clone, Debug, Default)]
pub struct IntrospectOptions {
    /// The namespaces, the default one first; none means all that are not the system's, with
    /// `public` as the default.
    pub schemas: Vec<String>,
}

impl IntrospectOptions {
    /// The namespace where names stand that name none.
    pub fn default_namespace(&self) -> &str {
        self.schemas.first().map_or("public", String::as_str)
    }
}

/// Reads the schema: what the server prints, which `canonical` then brings into its one form.
pub async fn introspect(
    connection: &mut PgConnection,
    options: &IntrospectOptions,
) -> Result<Schema> {
    let answers = load(connection, options).await?;
    read(&answers, options)
}

/// Fetches what [`read`] needs: the answers to all queries of [`text`], in one round trip.
pub async fn load(connection: &mut PgConnection, options: &IntrospectOptions) -> Result<Vec<Rows>> {
    let failed = |cause: sqlx::Error| {
        Error::new(Kind::Database, "the schema of the database cannot be read").cause(cause)
    };
    let number = connection.server_version_num().unwrap_or_default();
    let version = u16::try_from(number / 10_000).unwrap_or_default();
    let sql = text(version, options);
    let mut stream = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_many(connection);
    let mut answers = Vec::with_capacity(QUERIES);
    let mut rows = Rows::default();
    while let Some(part) = stream.next().await {
        match part.map_err(failed)? {
            Either::Left(_) => answers.push(std::mem::take(&mut rows)),
            Either::Right(row) => push(&mut rows, &row).map_err(failed)?,
        }
    }
    Ok(answers)
}

fn push(rows: &mut Rows, row: &PgRow) -> std::result::Result<(), sqlx::Error> {
    let value = |at| row.try_get_unchecked::<Option<&str>, _>(at);
    let values = (0..row.len()).map(value).collect::<std::result::Result<Vec<_>, _>>()?;
    rows.push(values);
    Ok(())
}
