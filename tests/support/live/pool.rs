//! Databases of servers, each used for one case after the other.

use std::sync::{LazyLock, Mutex};

use tokio::runtime::Runtime;

use super::{Live, Mysql, Postgres};

/// Connections outlive the case that they were made for, so one runtime serves all.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());

/// Databases that are empty again, each with the name of its server.
static FREE: Mutex<Vec<(String, Live)>> = Mutex::new(Vec::new());

/// A server, or the want of one.
#[derive(Clone, Debug)]
pub(crate) enum Server {
    /// Of PostgreSQL.
    Postgres(crate::postgres::Server),
    /// Of MySQL or MariaDB.
    Mysql(crate::mysql::Server),
}

impl Server {
    /// `postgres15`, `mysql97`.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Postgres(server) => server.name(),
            Self::Mysql(server) => server.name().to_owned(),
        }
    }

    async fn database(&self) -> Result<Live, String> {
        match self {
            Self::Postgres(server) => Postgres::new(server).await.map(Live::Postgres),
            Self::Mysql(server) => Mysql::new(server).await.map(Live::Mysql),
        }
    }
}

/// Works on an empty database of that server. One that served well serves again.
pub(crate) fn with_database(
    server: &Server,
    work: impl AsyncFnOnce(&mut Live) -> Result<(), String>,
) -> Result<(), String> {
    let name = server.name();
    let kept = {
        let mut free = FREE.lock().unwrap();
        let at = free.iter().position(|(of, _)| *of == name);
        at.map(|at| free.swap_remove(at).1)
    };
    let mut live = kept.map_or_else(|| RUNTIME.block_on(server.database()), Ok)?;
    let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        RUNTIME.block_on(work(&mut live))
    }));
    let result = worked.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    if result.is_ok() {
        RUNTIME.block_on(live.reset())?;
        FREE.lock().unwrap().push((name, live));
    }
    result
}

/// Drops the databases that are left.
pub(crate) fn finish() {
    FREE.lock().unwrap().clear();
}
