//! `squash`: one revision in place of a run of old ones, with the proof that it makes the same.

mod clean;
mod kept;
mod proof;
mod prune;

use std::collections::BTreeSet;
use std::fs;

use clap::Args;

use super::database::block_on;
use super::project::Project;
use super::revision::draft_sides;
use super::shell::run_hooks;
use super::sides;
use super::signals::stoppable;
use super::{Context, Outcome};
use crate::error::{Error, Kind, Result};
use crate::generate::review_of;
use crate::revision::{
    self, Direction, Draft, DraftSide, NameParts, Piece, Revision, Selection, closed, folder,
};
use crate::schema::Intent;
use clean::Chain;

/// Put one revision in the place of a run of old ones
///
/// Writes a revision that makes what the revisions from A to B make together, once that is proved
/// on scratch databases, rows included. Where a schema tells it all, the file is written anew; where
/// the old ones hold what only their statements tell (views, functions, rows, `when`), these are
/// kept, in order.
///
/// The old files stay beside it. A database without any of them takes the new one, one that has all
/// of them counts as having it, and one that has some goes on with the old ones until it has all.
/// When every database is past them, --prune deletes them.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen squash base:3f2a -m \"Until 2025\"
  autogen squash 8a51:3f2a --dry-run
  autogen squash base:3f2a --keep-statements
  autogen squash --prune               delete the old files: this database is past them")]
pub(super) struct Squash {
    /// The first and the last of them; `base:B` for all up to B
    #[arg(value_name = "A:B", required_unless_present = "prune", allow_hyphen_values = true)]
    range: Option<String>,
    /// What the new revision is for
    #[arg(short, long, default_value = "", hide_default_value = true)]
    message: String,
    /// Its id; 12 random characters otherwise
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
    /// Keep the statements, also where a schema tells it all
    #[arg(long)]
    keep_statements: bool,
    /// Print the file and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Delete the files of revisions that were squashed, once the database is past them
    #[arg(long, conflicts_with_all = ["range", "message", "rev_id", "keep_statements"])]
    prune: bool,
}

impl Squash {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let project = Project::open(context)?;
        let Some(range) = &self.range else {
            return prune::prune(context, &project, self.dry_run);
        };
        let members = members(&project, range)?;
        let piece = closed(&project.graph, &members)
            .map_err(|reports| Error::from_reports(Kind::Revision, reports))?;
        let draft = self.draft(&project, &piece)?;
        let (text, how) = block_on(stoppable(self.text(context, &project, &piece, &draft)))?;
        self.write(context, &project, (&draft, &text), &piece, &how)
    }

    fn draft(&self, project: &Project, piece: &Piece<'_>) -> Result<Draft> {
        let id = match &self.rev_id {
            None => revision::new_id()?,
            Some(id) => {
                if let Some(fault) = revision::name_fault(id) {
                    return Err(Error::new(Kind::Usage, format!("--rev-id: {fault}")));
                }
                if let Some(known) = project.graph.file(id) {
                    let path = known.path.display();
                    let message = format!("revision {id} exists already: {path}");
                    return Err(Error::new(Kind::Usage, message).help("leave out --rev-id"));
                }
                id.clone()
            }
        };
        let titles: Vec<&str> = [piece.members.first(), piece.members.last()]
            .into_iter()
            .flatten()
            .map(|it| if it.title().is_empty() { it.id.as_str() } else { it.title() })
            .collect();
        let message = match self.message.is_empty() {
            false => self.message.clone(),
            true => format!("{} revisions, {}", piece.members.len(), titles.join(" to ")),
        };
        let labels = piece.members.iter().flat_map(|it| &it.labels).cloned().collect();
        let moment = revision::in_zone(jiff::Timestamp::now(), &project.config.revision.timezone)?;
        Ok(Draft {
            message,
            id,
            parents: piece.parents.clone(),
            labels,
            depends_on: piece.depends_on.clone(),
            created: Some(revision::rfc3339(&moment)),
            extra: vec![("Replaces".to_owned(), piece.ids().join(", "))],
            ..Draft::default()
        })
    }

    /// The text of the file, proved, and how it was made.
    async fn text(
        &self,
        context: &Context,
        project: &Project,
        piece: &Piece<'_>,
        draft: &Draft,
    ) -> Result<(String, String)> {
        let mut chains = Vec::new();
        for dialect in sides::dialects(&project.config)? {
            chains.push(proof::chain(context, project, piece, &*dialect).await?);
        }
        let why = match self.keep_statements {
            true => "as --keep-statements says".to_owned(),
            false => match anew(context, project, piece, draft, &mut chains).await? {
                Ok(text) => return Ok((text, "Written anew: a schema tells it all".to_owned())),
                Err(why) => why,
            },
        };
        let names: Vec<&str> = chains.iter().map(|it| it.dialect.name()).collect();
        let header = header(project, draft)?;
        let text = format!("{header}{}", kept::sides(&piece.members, &names)?);
        for chain in &chains {
            let proved = proof::prove(context, project, chain, (&draft.id, &text)).await?;
            if !proved.differences.is_empty() {
                let dialect = chain.dialect.name();
                let message = format!("on {dialect} one revision would not make what these make");
                let error = Error::new(Kind::Revision, message).help("nothing was written");
                return Err(proved.differences.into_iter().fold(error, Error::help));
            }
            if let Some(first) = proved.back.first() {
                context.ui.warning(format_args!(
                    "the downgrades that are kept do not undo everything on {}: {first}",
                    chain.dialect.name()
                ));
            }
        }
        Ok((text, format!("The statements are kept: {why}")))
    }

    fn write(
        &self,
        context: &Context,
        project: &Project,
        (draft, text): (&Draft, &str),
        piece: &Piece<'_>,
        how: &str,
    ) -> Result<Outcome> {
        let (config, ui) = (&project.config, &context.ui);
        let count = piece.members.len();
        if self.dry_run {
            ui.text(text);
            ui.status(how);
            return Ok(Outcome::Done);
        }
        let moment = revision::in_zone(jiff::Timestamp::now(), &config.revision.timezone)?;
        let parts = NameParts {
            id: &draft.id,
            message: &draft.message,
            slug_length: config.revision.slug_length,
            created: &moment,
        };
        let root = config.revisions.first().cloned().unwrap_or_default();
        let path = root.join(revision::file_name(&config.revision.file, &parts)?);
        folder::write_new(&path, text)?;
        let told = |line: &str| context.ui.detail(format_args!("Running {line}"));
        let checked = run_hooks(config, &path, told)
            .and_then(|()| proof::with(project, &folder::read(&path)?.text));
        if let Err(error) = checked {
            return Err(match fs::remove_file(&path) {
                Ok(()) => error.help("the revision was taken back: nothing is written"),
                Err(_) => error.help(format!("delete {}", path.display())),
            });
        }
        ui.line(path.display());
        ui.status(how);
        ui.status(format_args!(
            "Proved on scratch: it makes what the {count} revisions make, rows included"
        ));
        ui.hint(
            "the old files stay until every database is past them; then `autogen squash --prune`",
        );
        Ok(Outcome::Done)
    }
}

/// The ids between the ends.
fn members(project: &Project, range: &str) -> Result<BTreeSet<String>> {
    let selection = Selection::parse(range)?;
    if let Selection::One(_) = selection {
        let message = format!("`{range}` is one revision, and several are squashed");
        return Err(Error::new(Kind::Usage, message).help("name both ends: `base:3f2a`"));
    }
    let members = project.graph.selected(&selection, &BTreeSet::new())?;
    if members.len() < 2 {
        let message = format!("`{range}` has fewer than two revisions");
        return Err(Error::new(Kind::Usage, message).help("the older one comes first"));
    }
    Ok(members.into_iter().map(|it| it.id.clone()).collect())
}

/// The file written anew and proved, or why it cannot be.
async fn anew(
    context: &Context,
    project: &Project,
    piece: &Piece<'_>,
    draft: &Draft,
    chains: &mut [Chain],
) -> Result<std::result::Result<String, String>> {
    let mut plans = Vec::new();
    for chain in chains.iter_mut() {
        match clean::plan(chain, &piece.members).await? {
            Ok(plan) => plans.push(plan),
            Err(why) => return Ok(Err(why)),
        }
    }
    let reviewed: Vec<_> = plans.iter().map(|it| (it.dialect.name(), &it.proposal)).collect();
    let review = review_of(&reviewed, &Intent::default());
    let draft = Draft { review, sides: draft_sides(&plans), ..draft.clone() };
    let text = rendered(project, &draft)?;
    for chain in chains.iter() {
        let proved = match proof::prove(context, project, chain, (&draft.id, &text)).await {
            Ok(proved) => proved,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if let Some(first) = proved.differences.iter().chain(&proved.back).next() {
            return Ok(Err(format!("the schema alone leads elsewhere ({first})")));
        }
    }
    Ok(Ok(text))
}

fn rendered(project: &Project, draft: &Draft) -> Result<String> {
    let config = &project.config;
    let template = config.revision.template.as_deref().map(folder::read).transpose()?;
    let dialects = sides::dialects(config)?;
    let usual = dialects.first().map_or("sqlite", |dialect| dialect.name());
    revision::render(draft, template.as_ref(), usual)
}

/// The top of the file, down to its first side.
fn header(project: &Project, draft: &Draft) -> Result<String> {
    let side = DraftSide {
        direction: Direction::Upgrade,
        dialect: None,
        steps: Vec::new(),
        irreversible: None,
    };
    let text = rendered(project, &Draft { sides: vec![side], ..draft.clone() })?;
    let lines = text.lines().take_while(|line| !line.trim_start().starts_with("-- autogen:"));
    let header: Vec<&str> = lines.collect();
    Ok(format!("{}\n", header.join("\n").trim_end()))
}

/// What a squash is called in messages.
fn named(squash: &Revision) -> String {
    match squash.title() {
        "" => squash.id.clone(),
        title => format!("{}, {title}", squash.id),
    }
}
