//! Flags that take the place of settings under `[upgrade]` for one run.

use std::time::Duration;

use clap::Args;

use crate::config::{self, Config, Transaction};

/// For commands that connect.
#[derive(Args, Default)]
pub(super) struct Patience {
    /// How long to wait for the database to come up, such as 30s
    ///
    /// In the place of `wait` under [upgrade].
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    wait: Option<Duration>,
}

/// For commands that run revisions.
#[derive(Args)]
pub(super) struct Limits {
    #[command(flatten)]
    patience: Patience,
    /// How long a statement waits for a lock before it is tried again; 0 is for ever
    ///
    /// In the place of `lock_timeout` under [upgrade].
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    lock_timeout: Option<Duration>,
    /// What shares a transaction: each `revision` has its own, or all of the `run` is one
    ///
    /// In the place of `transaction` under [upgrade].
    #[arg(long, value_name = "SPAN", value_parser = ["revision", "run"])]
    transaction: Option<String>,
}

impl Patience {
    pub(super) fn apply(&self, config: &mut Config) {
        config.upgrade.wait = self.wait.unwrap_or(config.upgrade.wait);
    }
}

impl Limits {
    pub(super) fn apply(&self, config: &mut Config) {
        self.patience.apply(config);
        let upgrade = &mut config.upgrade;
        upgrade.lock_timeout = self.lock_timeout.unwrap_or(upgrade.lock_timeout);
        upgrade.transaction = match self.transaction.as_deref() {
            Some("run") => Transaction::Run,
            Some(_) => Transaction::Revision,
            None => upgrade.transaction,
        };
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    config::duration(text).ok_or_else(|| "write `30s`, `5m`, `1h 30m`, `500ms` or `0`".to_owned())
}
