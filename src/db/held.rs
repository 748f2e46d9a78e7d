//! A connection that code of the project may borrow for a while.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Connection as _, SqlSafeStr as _};
use sqlx_core::transaction::TransactionManager as _;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{Failure, Result};

/// A connection of our own, or one that a pool has lent us.
pub(super) enum Home<D: sqlx::Database> {
    Own(D::Connection),
    Pooled(PoolConnection<D>),
}

/// A connection that can be lent to code of the project. Whoever has it cannot use it up, so it is
/// here again when that code ends, however it ends.
pub(super) struct Held<D: sqlx::Database>(Arc<Mutex<Home<D>>>);

/// The connection while it is lent.
pub(super) type Loan<D> = OwnedMutexGuard<Home<D>>;

/// Stands where code of the project began: that it can be released shows that the transaction is
/// still the same.
pub(super) const STEP: &str = "SAVEPOINT autogen_step";
pub(super) const END_OF_STEP: &str = "RELEASE SAVEPOINT autogen_step";

impl<D: sqlx::Database> Held<D> {
    pub(super) fn own(connection: D::Connection) -> Self {
        Self(Arc::new(Mutex::new(Home::Own(connection))))
    }

    pub(super) fn pooled(connection: PoolConnection<D>) -> Self {
        Self(Arc::new(Mutex::new(Home::Pooled(connection))))
    }

    /// The connection, unless code of the project has kept it.
    pub(super) fn get(&self) -> Result<Loan<D>> {
        Arc::clone(&self.0).try_lock_owned().map_err(|_| Failure {
            help: Some("a Rust step gives back its transaction when it ends".to_owned()),
            ..Failure::connection("the Rust step has kept the connection of its transaction")
        })
    }

    /// How many transactions the driver knows of, one within the other. It knows of none that was
    /// begun by a statement.
    pub(super) fn depth(&self) -> usize {
        self.get().map_or(0, |held| D::TransactionManager::get_transaction_depth(&held))
    }

    /// Lets the driver know of a transaction, so that those which code of the project begins stand
    /// within it. The statement opens it, or stands in one that is open.
    pub(super) async fn begin(&self, sql: &'static str) -> Result<(), sqlx::Error> {
        let Ok(mut held) = self.get() else { return Err(sqlx::Error::WorkerCrashed) };
        D::TransactionManager::begin(&mut held, Some(AssertSqlSafe(sql).into_sql_str())).await
    }

    /// Commits the transaction that the driver knows of.
    pub(super) async fn commit(&self) -> Result<(), sqlx::Error> {
        let Ok(mut held) = self.get() else { return Err(sqlx::Error::WorkerCrashed) };
        D::TransactionManager::commit(&mut held).await
    }

    /// Rolls back the innermost transaction that the driver knows of.
    pub(super) async fn rollback(&self) -> Result<(), sqlx::Error> {
        let Ok(mut held) = self.get() else { return Err(sqlx::Error::WorkerCrashed) };
        D::TransactionManager::rollback(&mut held).await
    }

    /// Puts another connection in the place of this one.
    pub(super) fn replace(&self, connection: D::Connection) -> Result<Home<D>> {
        Ok(std::mem::replace(&mut *self.get()?, Home::Own(connection)))
    }

    /// Closes a connection of our own; one of a pool goes back to it.
    pub(super) async fn close(self) -> Result<(), sqlx::Error> {
        match Arc::try_unwrap(self.0).map(Mutex::into_inner) {
            Ok(home) => home.close().await,
            // Whoever has it still ends it.
            Err(_) => Ok(()),
        }
    }
}

impl<D: sqlx::Database> Clone for Held<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D: sqlx::Database> Home<D> {
    /// Begins to roll back what is open, where nobody waits for it.
    pub(super) fn abandon(&mut self) {
        if D::TransactionManager::get_transaction_depth(self) > 0 {
            D::TransactionManager::start_rollback(self);
        }
    }

    pub(super) async fn close(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Own(connection) => connection.close().await,
            Self::Pooled(_) => Ok(()),
        }
    }
}

impl<D: sqlx::Database> Deref for Home<D> {
    type Target = D::Connection;

    fn deref(&self) -> &D::Connection {
        match self {
            Self::Own(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl<D: sqlx::Database> DerefMut for Home<D> {
    fn deref_mut(&mut self) -> &mut D::Connection {
        match self {
            Self::Own(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}
