//! How a run is stopped from outside: at the next place where that is clean.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;

use super::Run;
use crate::db::{self, Brake};
use crate::error::{Error, Kind, Result};

/// Asks a run to end between two statements. The one that runs is cancelled, as far as the database
/// can do that, and waited for; a transaction that is open rolls back; the log says that the run was
/// interrupted. Clones ask the same runs.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<watch::Sender<Option<String>>>);

impl Default for Interrupt {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Interrupt {
    /// Asks, in the name of somebody: `by` ends up in the log.
    pub fn request(&self, by: &str) {
        self.0.send_replace(Some(by.to_owned()));
    }

    /// Who has asked, if anybody has.
    pub fn requested_by(&self) -> Option<String> {
        self.0.borrow().clone()
    }

    /// Waits until somebody asks.
    async fn requested(&self) {
        // The sender lives as long as this does.
        let _ = self.0.subscribe().wait_for(Option::is_some).await;
    }

    /// Fails when somebody has asked.
    fn check(&self) -> Result<()> {
        match self.requested_by() {
            None => Ok(()),
            Some(by) => Err(Error::new(Kind::Interrupted, format!("stopped by {by}"))),
        }
    }
}

/// Waits until somebody asks; for ever where nobody can.
pub(super) async fn requested(interrupt: Option<&Interrupt>) {
    match interrupt {
        Some(interrupt) => interrupt.requested().await,
        None => std::future::pending().await,
    }
}

/// Sleeps, unless the run is asked to end.
pub(super) async fn sleep(interrupt: Option<&Interrupt>, duration: Duration) -> Result<()> {
    tokio::select! {
        () = requested(interrupt) => {}
        () = tokio::time::sleep(duration) => {}
    }
    interrupt.map_or(Ok(()), Interrupt::check)
}

/// Runs to the end what only a brake can stop.
pub(super) async fn braking<T>(
    work: impl Future<Output = db::Result<T>>,
    interrupt: Option<&Interrupt>,
    brake: Option<&Brake>,
) -> db::Result<T> {
    let Some(brake) = brake else { return work.await };
    let mut work = std::pin::pin!(work);
    let done = tokio::select! {
        biased;
        done = &mut work => return done,
        () = requested(interrupt) => {
            brake.store(true, Ordering::Relaxed);
            work.await
        }
    };
    // What comes next, such as the rollback, must not be stopped.
    brake.store(false, Ordering::Relaxed);
    done
}

impl Run<'_> {
    /// Fails when somebody has asked the run to end.
    pub(super) fn check_interrupt(&self) -> Result<()> {
        self.options.interrupt.as_ref().map_or(Ok(()), Interrupt::check)
    }

    /// The error of a statement that was cancelled because somebody asked for it.
    pub(super) fn cancelled(&self, failure: &db::Failure) -> Option<Error> {
        let error = self.check_interrupt().err();
        error.filter(|_| failure.was_cancelled())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_asks_first_is_heard_by_all_who_wait() {
        let interrupt = Interrupt::default();
        assert!(sleep(Some(&interrupt), Duration::ZERO).await.is_ok());
        let other = interrupt.clone();
        let waiting = tokio::spawn(async move { sleep(Some(&other), Duration::MAX).await });
        tokio::task::yield_now().await;
        interrupt.request("SIGINT");
        let error = waiting.await.expect("no panic").expect_err("it was asked to end");
        assert_eq!(
            (error.kind(), error.to_string()),
            (Kind::Interrupted, "stopped by SIGINT".into())
        );
        assert!(sleep(Some(&interrupt), Duration::MAX).await.is_err(), "asked before");
    }
}
