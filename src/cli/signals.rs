//! Signals that ask a run to end. They are heard while a run lasts, and only by the program: who
//! uses the library decides on signals himself.

use std::future::Future;
use std::io;

use super::ui::Ui;
use crate::error::{Error, Kind, Result};
use crate::runner::Interrupt;

/// Does the work, which ends cleanly at the first signal, and with the process at the second.
pub(super) async fn heeding<T>(
    ui: &Ui,
    interrupt: &Interrupt,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    // Without signals a run is what it was: the process ends, and the next run goes on from there.
    let Ok(mut signals) = Signals::new() else { return work.await };
    let mut work = std::pin::pin!(work);
    tokio::select! {
        biased;
        done = &mut work => return done,
        name = signals.next() => {
            ui.stopping(name);
            interrupt.request(name);
        }
    }
    tokio::select! {
        biased;
        done = work => done,
        name = signals.next() => ui.stop(name),
    }
}

/// Does the work, or drops it at the first signal. What it had open is closed then, and its scratch
/// databases are dropped.
pub(super) async fn stoppable<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let Ok(mut signals) = Signals::new() else { return work.await };
    tokio::select! {
        biased;
        done = work => done,
        name = signals.next() => {
            Err(Error::new(Kind::Interrupted, format!("stopped by {name}"))
                .help("nothing was written; scratch databases were removed"))
        }
    }
}

#[cfg(unix)]
struct Signals(Vec<(&'static str, tokio::signal::unix::Signal)>);

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let ignored = ignored();
        let all = [
            ("SIGINT", SignalKind::interrupt()),
            ("SIGTERM", SignalKind::terminate()),
            ("SIGHUP", SignalKind::hangup()),
        ];
        let heard = all.into_iter().filter(|(_, kind)| !ignores(ignored, kind.as_raw_value()));
        let heard = heard.map(|(name, kind)| Ok((name, signal(kind)?)));
        heard.collect::<io::Result<_>>().map(Self)
    }

    /// Waits for the next one, and says which it is.
    async fn next(&mut self) -> &'static str {
        std::future::poll_fn(|context| {
            for (name, signal) in &mut self.0 {
                if signal.poll_recv(context).is_ready() {
                    return std::task::Poll::Ready(*name);
                }
            }
            std::task::Poll::Pending
        })
        .await
    }
}

/// The signals that whoever started the program wants to be ignored, such as SIGHUP by `nohup`: a
/// bit for each. Only Linux tells without the help of C.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

#[cfg(unix)]
fn ignores(mask: u64, signal: i32) -> bool {
    u32::try_from(signal - 1).is_ok_and(|bit| mask >> bit & 1 == 1)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> &'static str {
        match tokio::signal::ctrl_c().await {
            Ok(()) => "Ctrl-C",
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::ignores;

    #[test]
    fn what_is_ignored_is_read_from_a_mask() {
        assert!(ignores(0x1, 1) && ignores(0x4003, 2) && ignores(0x4003, 15));
        assert!(!ignores(0x1, 2) && !ignores(0, 15));
    }
}
