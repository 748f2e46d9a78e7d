//! `init`: the files that a project starts with.

use std::path::{Path, PathBuf};

use askama::Template;
use clap::Args;

use super::{Context, Outcome};
use crate::error::{Error, Kind, Result};
use crate::revision::name::new_id;
use crate::revision::write::built_in_template;

/// Write autogen.toml, the folder of revisions and an example model
///
/// Nothing that is there is changed: a project that is configured already is refused, models that
/// are there are used, and a migrations folder of another tool is left alone.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen init
  autogen init services/billing
  autogen init --template")]
pub(super) struct Init {
    /// The project, made if it is missing
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Also write the template of revision files, to be changed
    #[arg(long)]
    template: bool,
}

#[derive(Template)]
#[template(path = "autogen.toml", escape = "none")]
struct ConfigFile {
    project: String,
    models: String,
    revisions: &'static str,
    template: Option<&'static str>,
}

/// Where a project keeps its own template.
const TEMPLATE: &str = "templates/revision.sql";

const EXAMPLE: &str = include_str!("../../templates/models.rs.txt");

impl Init {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let folder = self.folder.unwrap_or_default();
        refuse(&folder)?;
        let (models, missing) = models(&folder);
        let revisions = revisions(&folder);
        let config = ConfigFile {
            project: new_id()?,
            models: models.iter().map(|it| format!("\"{it}\"")).collect::<Vec<_>>().join(", "),
            revisions,
            template: self.template.then_some(TEMPLATE),
        };
        let config = config.render().map_err(|cause| {
            Error::new(Kind::Internal, "the configuration cannot be rendered").cause(cause)
        })?;
        // The last line break of a template is not rendered.
        let config = format!("{}\n", config.trim_end());
        make_folder(&folder.join(revisions))?;
        if self.template {
            make_folder(&folder.join("templates"))?;
            write(context, &folder.join(TEMPLATE), built_in_template())?;
        }
        if missing {
            for path in &models {
                write(context, &folder.join(path), EXAMPLE)?;
            }
        }
        // Last, because a project counts as configured once it is there.
        write(context, &folder.join("autogen.toml"), &config)?;
        if revisions != "migrations" {
            context.ui.warning(format_args!(
                "{} belongs to another tool; revisions go to `{revisions}/`",
                folder.join("migrations").display()
            ));
        }
        let option = match folder.as_os_str().is_empty() {
            true => String::new(),
            false => format!(" -C {}", folder.display()),
        };
        context.ui.status(format_args!(
            "Next:\n  edit {}\n  autogen{option} revision -m \"First tables\"\n  \
             autogen{option} upgrade head",
            folder.join(&models[0]).display()
        ));
        Ok(Outcome::Done)
    }
}

fn refuse(folder: &Path) -> Result<()> {
    let path = folder.join("autogen.toml");
    if path.exists() {
        let message = format!("{} is there already", path.display());
        return Err(Error::new(Kind::Config, message).help("edit it, or remove it first"));
    }
    Ok(())
}

/// The models to name in the configuration, and whether they must be written first.
fn models(folder: &Path) -> (Vec<String>, bool) {
    let there = ["models.rs", "src/models.rs", "src/models"].into_iter();
    let there = there.filter(|name| folder.join(name).exists()).map(str::to_owned);
    let there = there.collect::<Vec<_>>();
    match (there.is_empty(), folder.join("src").is_dir()) {
        (false, _) => (there, false),
        (true, true) => (vec!["src/models.rs".to_owned()], true),
        (true, false) => (vec!["models.rs".to_owned()], true),
    }
}

/// `migrations`, unless another tool keeps its files there.
fn revisions(folder: &Path) -> &'static str {
    let taken = std::fs::read_dir(folder.join("migrations"))
        .is_ok_and(|mut entries| entries.next().is_some());
    if taken { "revisions" } else { "migrations" }
}

fn make_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|cause| {
        Error::new(Kind::File, format!("{} cannot be made", path.display())).cause(cause)
    })
}

/// Writes a file that is not there yet.
fn write(context: &Context, path: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    let file = std::fs::File::options().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|cause| {
        Error::new(Kind::File, format!("{} cannot be written", path.display())).cause(cause)
    })?;
    context.ui.status(format_args!("Wrote {}", path.display()));
    Ok(())
}
