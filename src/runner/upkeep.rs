//! The ledger of a run: read, and brought up to date before the run writes to it.

use super::ledger::{self, State};
use super::{Engine, Run, Stop, prepare, transaction};
use crate::error::Result;

impl Run<'_> {
    /// Reads the ledger. Whoever it belongs to goes on with it.
    pub(super) async fn read(&mut self) -> Result<State> {
        let state = self.ledger.read(self.db).await?;
        self.ledger.join(&state.project);
        Ok(state)
    }

    /// The statements that create the ledger where there is none. Where such a statement ends the
    /// transaction that it stands in, they are run now.
    pub(super) async fn missing_ledger(&mut self, state: &State) -> Result<Vec<String>> {
        if state.exists {
            self.keep_up(state).await?;
            return Ok(Vec::new());
        }
        let missing = self.ledger.upkeep(self.db, state).await?;
        if self.engine != Engine::Mysql {
            return Ok(missing);
        }
        self.all(&missing).await?;
        Ok(Vec::new())
    }

    /// Brings a ledger that is there up to date, once in a run: it may be of an older version, or
    /// have lost something, or belong to nobody yet.
    pub(super) async fn keep_up(&mut self, state: &State) -> Result<()> {
        if std::mem::replace(&mut self.kept_up, true) {
            return Ok(());
        }
        let first = self.ledger.upkeep(self.db, state).await?;
        if first.is_empty() {
            return Ok(());
        }
        if self.engine == Engine::Mysql {
            for sql in &first {
                match self.db.execute(sql).await {
                    Err(failure) if !ledger::was_done(&failure) => return Err(failure.into_error()),
                    _ => {}
                }
            }
            return Ok(());
        }
        let open = transaction::open(self, prepare::Session::default()).await?;
        // Under the lock nobody else does the same.
        let result = match self.ledger.upkeep(self.db, state).await {
            Ok(statements) => self.all(&statements).await.map_err(Stop::from),
            Err(error) => Err(Stop::Error(error)),
        };
        transaction::close(self, open, result).await.map_err(Stop::into_error)
    }
}
