//! What a migrator does to a database, and what it says of one.

use std::pin::Pin;

use super::Migrator;
use crate::db::{Connect, ConnectOptions, Database, Opening, Session};
use crate::error::Result;
use crate::revision::{Direction, Selection, Target};
use crate::runner::{self, Planned, Progress, Report, Standing, Status};

/// What is to be awaited; it runs on any thread.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

impl Migrator {
    /// Applies what the target needs and the database lacks: `head`, `heads`, an id, `+1`.
    ///
    /// Any number of programs may do so at once: one works, the others wait and then find nothing
    /// to do. To drop the future is to stop the run: what was not committed is rolled back.
    pub fn upgrade<'a>(&'a self, db: impl Connect<'a>, target: &'a str) -> Answer<'a, Report> {
        Box::pin(self.walk(db.open(self.how()), target, Direction::Upgrade))
    }

    /// Undoes what stands above the target: an id, `-1`, `base`.
    pub fn downgrade<'a>(&'a self, db: impl Connect<'a>, target: &'a str) -> Answer<'a, Report> {
        Box::pin(self.walk(db.open(self.how()), target, Direction::Downgrade))
    }

    /// What `upgrade` would run. Writes nothing, and refuses what `upgrade` would refuse.
    pub fn plan<'a>(&'a self, db: impl Connect<'a>, target: &'a str) -> Answer<'a, Vec<Planned>> {
        Box::pin(self.plan_in(db.open(self.looking()), target, Direction::Upgrade))
    }

    /// What `downgrade` would run. Writes nothing, and refuses what `downgrade` would refuse.
    pub fn plan_downgrade<'a>(
        &'a self,
        db: impl Connect<'a>,
        target: &'a str,
    ) -> Answer<'a, Vec<Planned>> {
        Box::pin(self.plan_in(db.open(self.looking()), target, Direction::Downgrade))
    }

    /// The applied revisions that no other applied one stands on. Never writes.
    pub fn current<'a>(&'a self, db: impl Connect<'a>) -> Answer<'a, Vec<String>> {
        Box::pin(self.heads(db.open(self.looking())))
    }

    /// The revisions that are not applied, in the order in which they would be. Never writes.
    pub fn pending<'a>(&'a self, db: impl Connect<'a>) -> Answer<'a, Vec<String>> {
        Box::pin(self.not_applied(db.open(self.looking())))
    }

    /// How the database stands to the revisions, for health checks: a few small queries, and
    /// nothing is written.
    pub fn check_pending<'a>(&'a self, db: impl Connect<'a>) -> Answer<'a, Standing> {
        Box::pin(self.standing(db.open(self.looking())))
    }

    /// Where the database is, with all that is odd about it. Never writes.
    pub fn status<'a>(&'a self, db: impl Connect<'a>) -> Answer<'a, Status> {
        Box::pin(self.whole_status(db.open(self.looking())))
    }

    /// Makes the ledger say that this target is applied, with all it stands on, and that what
    /// stands on it is not; runs nothing. Gives back the applied heads.
    pub fn stamp<'a>(&'a self, db: impl Connect<'a>, target: &'a str) -> Answer<'a, Vec<String>> {
        Box::pin(self.stamp_in(db.open(self.how()), target))
    }

    async fn heads(&self, db: Opening<'_>) -> Result<Vec<String>> {
        Ok(self.whole_status(db).await?.heads)
    }

    async fn not_applied(&self, db: Opening<'_>) -> Result<Vec<String>> {
        Ok(self.standing(db).await?.pending)
    }

    async fn standing(&self, db: Opening<'_>) -> Result<Standing> {
        let graph = self.graph()?;
        let mut session = db.await?;
        let standing = runner::standing(&mut session.db, graph, &self.options).await;
        ended(session, standing).await
    }

    async fn whole_status(&self, db: Opening<'_>) -> Result<Status> {
        let graph = self.graph()?;
        let mut session = db.await?;
        let status = runner::status(&mut session.db, graph, &self.options).await;
        ended(session, status).await
    }

    async fn stamp_in(&self, db: Opening<'_>, word: &str) -> Result<Vec<String>> {
        let graph = self.graph()?;
        let mut session = db.await?;
        let db = &mut session.db;
        let stamped = async {
            let wanted = [Selection::parse(word)?.one()?];
            runner::stamp(db, graph, &wanted, false, &self.options).await
        };
        let stamped = stamped.await;
        ended(session, stamped).await
    }

    async fn walk(&self, db: Opening<'_>, word: &str, direction: Direction) -> Result<Report> {
        let graph = self.graph()?;
        let mut progress: Box<dyn Progress> = match &self.listener {
            Some(listener) => listener(),
            None => Box::new(()),
        };
        let progress: &mut dyn Progress = &mut *progress;
        let mut session = db.await?;
        let db = &mut session.db;
        let walked = async {
            let target = self.target(db, word, direction, progress).await?;
            match direction {
                Direction::Upgrade => {
                    runner::upgrade(db, graph, &target, &self.options, progress).await
                }
                Direction::Downgrade => {
                    runner::downgrade(db, graph, &target, &self.options, progress).await
                }
            }
        };
        let walked = walked.await;
        ended(session, walked).await
    }

    async fn plan_in(
        &self,
        db: Opening<'_>,
        word: &str,
        direction: Direction,
    ) -> Result<Vec<Planned>> {
        let graph = self.graph()?;
        let mut session = db.await?;
        let db = &mut session.db;
        let planned = async {
            let target = self.target(db, word, direction, &mut ()).await?;
            match direction {
                Direction::Upgrade => runner::plan_upgrade(db, graph, &target, &self.options).await,
                Direction::Downgrade => {
                    runner::plan_downgrade(db, graph, &target, &self.options).await
                }
            }
        };
        let planned = planned.await;
        let planned = ended(session, planned).await?;
        Ok(planned.into_iter().map(|(revision, _)| revision).collect())
    }

    /// What a word means here. A word for a way back may name what only the ledger knows.
    async fn target(
        &self,
        db: &mut Database,
        word: &str,
        direction: Direction,
        progress: &mut dyn Progress,
    ) -> Result<Target> {
        let identifier = Selection::parse(word)?.one()?;
        let state = runner::read_ledger(db, &self.options, progress).await?;
        runner::target(self.graph()?, (state, db.dialect_name()), direction, &identifier)
    }

    fn looking(&self) -> ConnectOptions {
        ConnectOptions { read_only: true, create: false, ..self.how() }
    }

    fn how(&self) -> ConnectOptions {
        ConnectOptions { lock_timeout: self.options.lock_timeout, ..self.connect.clone() }
    }
}

/// Gives the connection back, whatever came of its use; what went wrong first is told.
async fn ended<T>(session: Session<'_>, result: Result<T>) -> Result<T> {
    let closed = session.close().await;
    let value = result?;
    closed?;
    Ok(value)
}
