//! The proof of a squash: on one scratch database the revisions, on another the one in their place.

use std::path::Path;
use std::sync::Arc;

use autogen_model::Source;

use super::super::Context;
use super::super::database::options;
use super::super::project::Project;
use super::super::sides;
use super::clean::Chain;
use crate::db::Database;
use crate::dialect::Dialect;
use crate::error::{Error, Kind, Result};
use crate::revision::{self, Graph, Piece, Target, folder};
use crate::runner::{self, Look, Options, Verdict, Verification, ledger::Ledger};

fn settings(context: &Context, project: &Project, spaces: bool) -> Options {
    let mut options = options(context, project);
    options.transaction = runner::Span::Revision;
    if !spaces {
        // What is named with a database is not on the scratch database, but the real one.
        options.ledger = Ledger::new(&options.ledger).table().to_owned();
    }
    options
}

/// Runs the revisions on a scratch database, and looks at it before and after.
pub(super) async fn chain(
    context: &Context,
    project: &Project,
    piece: &Piece<'_>,
    dialect: &dyn Dialect,
) -> Result<Chain> {
    let place = sides::needed_scratch(&project.config, dialect)?;
    let options = settings(context, project, place.holds_namespaces());
    let mut db = Database::scratch(&place).await?;
    let looks = looks(&mut db, project, piece, &options).await;
    let (dialect, twin) = (db.dialect(), db.dialect());
    db.close().await?;
    let (before, after) = looks?;
    Ok(Chain { dialect: dialect?, twin: Some(twin?), place, before, after })
}

async fn looks(
    db: &mut Database,
    project: &Project,
    piece: &Piece<'_>,
    options: &Options,
) -> Result<(Look, Look)> {
    runner::ensure_ledger(db, options).await?;
    let below: Vec<String> = piece.parents.iter().chain(&piece.depends_on).cloned().collect();
    if !below.is_empty() {
        runner::upgrade(db, &project.graph, &Target::at(below), options, &mut ()).await?;
    }
    let before = Look::take(db, options).await?;
    let exit = Target::at([piece.exit()]);
    runner::upgrade(db, &project.graph, &exit, options, &mut ()).await?;
    let after = Look::take(db, options).await?;
    Ok((before, after))
}

/// What was found about the new file.
pub(super) struct Proved {
    /// In what it leads elsewhere.
    pub(super) differences: Vec<String>,
    /// In what its downgrade does.
    pub(super) back: Vec<String>,
}

/// Runs the new file in the place of the revisions, there and back.
pub(super) async fn prove(
    context: &Context,
    project: &Project,
    chain: &Chain,
    (id, text): (&str, &str),
) -> Result<Proved> {
    let graph = with(project, text)?;
    let options = settings(context, project, chain.place.holds_namespaces());
    let target = Target::at([id]);
    let mut work = Verification::new(&graph, &target, Some(&target), &options, &chain.place);
    let mut db = work.up(&mut ()).await?;
    let look = Look::take(&mut db, &options).await;
    let proofs = work.down(db, &mut ()).await;
    let differences = chain.after.differences(&look?, &*chain.dialect)?;
    let mut back = Vec::new();
    for proof in proofs? {
        match proof.verdict {
            Verdict::Exact | Verdict::Irreversible(_) => {}
            Verdict::Missing => back.push("it has no downgrade".to_owned()),
            Verdict::Differs(lines) => back.extend(lines),
            Verdict::Refused(error) | Verdict::Again(error) => back.push(error.to_string()),
        }
    }
    Ok(Proved { differences, back })
}

/// The graph with the new file, in the place of those that it replaces.
pub(super) fn with(project: &Project, text: &str) -> Result<Graph> {
    let refused = |reports| Error::from_reports(Kind::Revision, reports);
    let root = project.config.revisions.first().cloned().unwrap_or_default();
    let source = Arc::new(Source::new(Path::new("the squash"), text));
    let mut revisions = project.graph.files().to_vec();
    revisions.push(revision::parse(source, &root).map_err(refused)?);
    folder::graph(revisions)
}
