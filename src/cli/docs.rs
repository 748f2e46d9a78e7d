//! `completions` and `man`: what is made from the definitions of the commands themselves.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Context, Outcome};
use crate::error::{Error, Kind, Result};

/// Print completions for a shell
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen completions bash > ~/.local/share/bash-completion/completions/autogen
  autogen completions zsh > ~/.zfunc/_autogen
  autogen completions fish > ~/.config/fish/completions/autogen.fish")]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "autogen", &mut script);
        context.ui.text(&String::from_utf8_lossy(&script));
        Ok(Outcome::Done)
    }
}

/// Print the manual page, or write a page per command
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen man | man -l -
  autogen man --out ~/.local/share/man/man1")]
pub(super) struct Man {
    /// Folder for one page per command, made if it is missing
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let unwritten = |cause: std::io::Error| {
            Error::new(Kind::File, "the manual cannot be written").cause(cause)
        };
        match self.out {
            Some(folder) => {
                std::fs::create_dir_all(&folder).map_err(unwritten)?;
                clap_mangen::generate_to(Cli::command(), &folder).map_err(unwritten)?;
                context.ui.status(format_args!("Wrote the manual to {}", folder.display()));
            }
            None => {
                let mut page = Vec::new();
                clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(unwritten)?;
                context.ui.text(&String::from_utf8_lossy(&page));
            }
        }
        Ok(Outcome::Done)
    }
}
