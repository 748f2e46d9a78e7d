//! What made databases of its own is stopped in order: they go with it.

use std::future::Future;

use crate::error::{Error, Kind, Result};

/// Runs to the end, or to the moment when the user or the system asks to stop. What the work had
/// open is closed then, and its scratch databases are dropped.
pub(super) async fn stoppable<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        result = work => result,
        () = asked() => Err(Error::new(Kind::Usage, "stopped before the end")
            .help("nothing was written; scratch databases were removed")),
    }
}

#[cfg(unix)]
async fn asked() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await.unwrap_or_default(),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = interrupted() => {}
        () = terminate => {}
    }
}

#[cfg(not(unix))]
async fn asked() {
    interrupted().await;
}

/// Where nobody can be heard, nobody asks.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
