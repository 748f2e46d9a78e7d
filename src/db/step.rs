//! The transaction of a Rust step, as code of the project sees it.

use super::held::Loan;
use super::{Database, Driver, Failure, Result};

/// The open transaction of a step, lent to a function of the project.
///
/// What the function does is committed together with the word in the ledger that it is done, or
/// rolled back with it. It can begin transactions of its own within, by `begin()` of the sqlx
/// connection; what it must not do is end the one that it stands in.
pub struct Transaction(Lent);

enum Lent {
    #[cfg(feature = "sqlite")]
    Sqlite(Loan<sqlx::Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(Loan<sqlx::Postgres>),
    #[cfg(feature = "mysql")]
    Mysql(Loan<sqlx::MySql>),
}

impl Transaction {
    /// The name of the dialect: `sqlite`, `postgres` or `mysql`, which is MariaDB's too.
    pub fn dialect(&self) -> &'static str {
        match &self.0 {
            #[cfg(feature = "sqlite")]
            Lent::Sqlite(_) => "sqlite",
            #[cfg(feature = "postgres")]
            Lent::Postgres(_) => "postgres",
            #[cfg(feature = "mysql")]
            Lent::Mysql(_) => "mysql",
        }
    }

    /// The connection to SQLite; fails where the database is another.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(&mut self) -> Result<&mut sqlx::SqliteConnection> {
        let here = self.dialect();
        #[allow(unreachable_patterns, reason = "it may be the only database built in")]
        match &mut self.0 {
            Lent::Sqlite(loan) => Ok(loan),
            _ => Err(other("SQLite", here)),
        }
    }

    /// The connection to PostgreSQL; fails where the database is another.
    #[cfg(feature = "postgres")]
    pub fn postgres(&mut self) -> Result<&mut sqlx::PgConnection> {
        let here = self.dialect();
        #[allow(unreachable_patterns, reason = "it may be the only database built in")]
        match &mut self.0 {
            Lent::Postgres(loan) => Ok(loan),
            _ => Err(other("PostgreSQL", here)),
        }
    }

    /// The connection to MySQL or MariaDB; fails where the database is another.
    #[cfg(feature = "mysql")]
    pub fn mysql(&mut self) -> Result<&mut sqlx::MySqlConnection> {
        let here = self.dialect();
        #[allow(unreachable_patterns, reason = "it may be the only database built in")]
        match &mut self.0 {
            Lent::Mysql(loan) => Ok(loan),
            _ => Err(other("MySQL", here)),
        }
    }

    /// Runs statements, whatever the database, and says how many rows they changed.
    pub async fn execute(&mut self, sql: &str) -> Result<u64> {
        let text = || sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
        let done = match &mut self.0 {
            #[cfg(feature = "sqlite")]
            Lent::Sqlite(loan) => text().execute(&mut ***loan).await.map(|it| it.rows_affected()),
            #[cfg(feature = "postgres")]
            Lent::Postgres(loan) => text().execute(&mut ***loan).await.map(|it| it.rows_affected()),
            #[cfg(feature = "mysql")]
            Lent::Mysql(loan) => text().execute(&mut ***loan).await.map(|it| it.rows_affected()),
        };
        done.map_err(|error| Failure {
            message: error.to_string(),
            statement: sql.to_owned(),
            ..Failure::default()
        })
    }
}

fn other(wanted: &str, here: &str) -> Failure {
    Failure::connection(format!("the step wants {wanted}, and the database is {here}"))
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Transaction").field(&self.dialect()).finish()
    }
}

impl Database {
    /// Lends the transaction that is open.
    pub(crate) async fn lend(&mut self) -> Result<Transaction> {
        Ok(Transaction(match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => Lent::Sqlite(connection.lend().await?),
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => Lent::Postgres(connection.lend().await?),
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => Lent::Mysql(connection.lend().await?),
        }))
    }

    /// Takes the transaction back, and fails where it is no longer the one that was lent.
    pub(crate) async fn take_back(&mut self) -> Result<()> {
        let taken = match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.take_back().await,
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => connection.take_back().await,
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => connection.take_back().await,
        };
        taken.map_err(|failure| match failure.statement.is_empty() {
            true => failure,
            false if failure.is("25P02") => Failure {
                message: "a statement of the Rust step failed, and the step took no notice".into(),
                help: Some("give the error back, or try in a transaction within: `begin()`".into()),
                statement: String::new(),
                ..failure
            },
            false => Failure {
                message: "the Rust step has ended the transaction that it stood in".to_owned(),
                help: Some(
                    "leave COMMIT and ROLLBACK to the runner; on MySQL and MariaDB, change rows \
                     only: what changes a table commits by itself"
                        .to_owned(),
                ),
                statement: String::new(),
                ..failure
            },
        })
    }
}

/// That code of the project has left one of its own transactions open.
pub(super) fn left_open() -> Failure {
    Failure {
        help: Some("commit it, or drop it, before the function ends".to_owned()),
        ..Failure::connection("the Rust step has left a transaction of its own open")
    }
}

/// That a connection which was given to us is not free.
pub(super) fn inside() -> Failure {
    Failure {
        help: Some("end it first: a run begins and commits its own".to_owned()),
        ..Failure::connection("the connection that was given is inside a transaction")
    }
}
