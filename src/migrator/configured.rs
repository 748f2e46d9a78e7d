//! What a configuration says of how to run.

use crate::config::{self, Config, Transaction};
use crate::runner::{Inputs, Options, OutOfOrder, Span};

/// How a run of this project is to be done.
pub(crate) fn configured(config: &Config) -> Options {
    let upgrade = &config.upgrade;
    Options {
        ledger: config.database.ledger.clone(),
        project: config.project.clone(),
        transaction: match upgrade.transaction {
            Transaction::Revision => Span::Revision,
            Transaction::Run => Span::Run,
        },
        out_of_order: match upgrade.out_of_order {
            config::OutOfOrder::Allow => OutOfOrder::Allow,
            config::OutOfOrder::Warn => OutOfOrder::Warn,
            config::OutOfOrder::Refuse => OutOfOrder::Refuse,
        },
        retries: upgrade.retries,
        queue_timeout: upgrade.queue_timeout,
        lock_timeout: upgrade.lock_timeout,
        inputs: Inputs {
            folder: config.root.clone(),
            environment: config.variables.clone(),
            ..Inputs::default()
        },
        ..Options::default()
    }
}
