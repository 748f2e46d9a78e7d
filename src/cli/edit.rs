//! `edit`: opens revision files in the user's editor.

use std::path::Path;

use clap::Args;

use super::project::Project;
use super::shell;
use super::{Context, Outcome};
use crate::error::{Error, Kind, Result};
use crate::revision::{Revision, folder};

/// Open revisions in an editor
///
/// The editor is $VISUAL, or else $EDITOR. When it is closed the files are read again, so that a
/// slip is known at once.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen edit head
  autogen edit current           what the database is at
  autogen edit head-2:head       the last three
  EDITOR='code --wait' autogen edit 3f2a")]
pub(super) struct Edit {
    /// The revisions; a range includes both ends
    #[arg(value_name = "REV", required = true, allow_negative_numbers = true)]
    revisions: Vec<String>,
}

impl Edit {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let project = Project::open_files(context)?;
        let (revisions, _) = project.select(&self.revisions)?;
        let set =
            |name| project.config.variables.get(name).filter(|value| !value.trim().is_empty());
        let Some(editor) = set("VISUAL").or_else(|| set("EDITOR")) else {
            let path = revisions[0].path.display();
            return Err(Error::new(Kind::Usage, "no editor is set")
                .help(format!("set VISUAL or EDITOR, or open {path} yourself")));
        };
        open(editor, revisions.iter().map(|it| it.path.as_path()))?;
        reread(&revisions)?;
        Ok(Outcome::Done)
    }
}

fn open<'a>(editor: &str, paths: impl Iterator<Item = &'a Path>) -> Result<()> {
    // A program whose path has spaces is one word all the same.
    let line = match Path::new(editor).is_file() {
        true => shell::quoted(Path::new(editor)),
        false => editor.to_owned(),
    };
    let status = shell::command(&line, paths).status();
    let failed = |why: String| Error::new(Kind::Usage, format!("the editor `{editor}` {why}"));
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(format!("failed: {status}"))),
        Err(cause) => Err(failed("did not start".to_owned()).cause(cause)),
    }
}

fn reread(revisions: &[&Revision]) -> Result<()> {
    let mut faults = Vec::new();
    for revision in revisions {
        let source = folder::read(&revision.path)?;
        if let Err(reports) = crate::revision::parse(source, &revision.folder) {
            faults.extend(reports);
        }
    }
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Error::from_reports(Kind::Revision, faults)),
    }
}
