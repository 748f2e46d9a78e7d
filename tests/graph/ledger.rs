//! A database in memory whose ledger the runner writes, and what it says afterwards.

use std::collections::BTreeSet;

use autogen::db::{Database, Scratch};
use autogen::error::Result;
use autogen::revision::{Direction, Graph, Identifier, Target, checksum};
use autogen::runner::ledger::{Entry, Stage, State};
use autogen::runner::{self, Options, Report, Status};
use libtest_mimic::Failed;

pub(crate) struct Live {
    db: Database,
    options: Options,
}

impl Live {
    pub(crate) async fn new() -> Result<Self, Failed> {
        let mut db = Database::scratch(&Scratch::Memory).await?;
        db.execute("CREATE TABLE trace (at INTEGER PRIMARY KEY, step TEXT NOT NULL)").await?;
        Ok(Self { db, options: Options::default() })
    }

    /// Makes the ledger say that these are applied, each with the parents that no file tells.
    pub(crate) async fn set(
        &mut self,
        graph: &Graph,
        ids: &[(String, Vec<String>)],
    ) -> Result<(), Failed> {
        runner::ensure_ledger(&mut self.db, &self.options).await?;
        let ledger = self.options.ledger(&self.db);
        self.db.execute(&format!("DELETE FROM {}", ledger.table())).await?;
        for (id, parents) in ids {
            for sql in ledger.record(&entry(graph, id, parents)) {
                self.db.execute(&sql).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn state(&mut self) -> Result<State> {
        self.options.ledger(&self.db).read(&mut self.db).await
    }

    pub(crate) async fn status(&mut self, graph: &Graph) -> Result<Status> {
        runner::status(&mut self.db, graph, &self.options).await
    }

    pub(crate) async fn walk(
        &mut self,
        graph: &Graph,
        direction: Direction,
        target: &Target,
    ) -> Result<Report> {
        let (db, options) = (&mut self.db, &self.options);
        match direction {
            Direction::Upgrade => runner::upgrade(db, graph, target, options, &mut ()).await,
            Direction::Downgrade => runner::downgrade(db, graph, target, options, &mut ()).await,
        }
    }

    pub(crate) async fn stamp(
        &mut self,
        graph: &Graph,
        wanted: &[Identifier],
        purge: bool,
    ) -> Result<Vec<String>> {
        runner::stamp(&mut self.db, graph, wanted, purge, &self.options).await
    }

    /// The steps that the database itself has seen since this was last asked.
    pub(crate) async fn trace(&mut self) -> Result<Vec<String>, Failed> {
        let rows = self.db.query_text_rows("SELECT step FROM trace ORDER BY at", &[]).await?;
        self.db.execute("DELETE FROM trace").await?;
        Ok(rows.into_iter().flatten().flatten().collect())
    }

    pub(crate) async fn applied(&mut self) -> Result<BTreeSet<String>> {
        Ok(self.state().await?.applied())
    }
}

fn entry(graph: &Graph, id: &str, parents: &[String]) -> Entry {
    let revision = graph.get(id);
    let needs = graph.dependencies(id).into_iter().map(|it| it.id.clone());
    Entry {
        id: id.to_owned(),
        parents: revision.map_or_else(|| parents.to_vec(), |it| it.parents.clone()),
        depends_on: needs.collect(),
        message: format!("Make {id}"),
        checksum: revision.map(|it| checksum(it, "sqlite")).unwrap_or_default(),
        downgrade: format!("INSERT INTO trace (step) VALUES ('-{id}');\n"),
        stage: Stage::Applied,
        applied_at: "2026-01-01T00:00:00Z".to_owned(),
        duration_ms: 1,
        applied_by: "ann@example".to_owned(),
        tool: "0.1.0".to_owned(),
    }
}
