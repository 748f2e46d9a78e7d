//! Command lines that the user wrote: editors and hooks, run by the shell.

use std::path::Path;
use std::process::Command;

use super::ui::talk;
use crate::config::Config;
use crate::error::{Error, Kind, Result};

/// A command line with paths after it. The shell splits it, as for git.
pub(super) fn command<'a>(line: &str, paths: impl Iterator<Item = &'a Path>) -> Command {
    let mut command = if cfg!(windows) { Command::new("cmd") } else { Command::new("sh") };
    match cfg!(windows) {
        true => command.arg("/C").arg(line),
        false => command.arg("-c").arg(format!("{line} \"$@\"")).arg("sh"),
    };
    command.args(paths);
    command
}

/// Runs the hooks of the configuration on a new revision file, one after the other.
pub(super) fn run_hooks(config: &Config, path: &Path, mut told: impl FnMut(&str)) -> Result<()> {
    for hook in &config.hooks {
        told(&hook.run);
        run_hook(&hook.run, &config.root, path)?;
    }
    Ok(())
}

fn run_hook(line: &str, root: &Path, path: &Path) -> Result<()> {
    let fault = |why: String| Error::new(Kind::Config, format!("the hook `{line}` {why}"));
    // Hooks start in the folder of the configuration, as all of its paths do.
    let path = match path.strip_prefix(root) {
        Ok(path) => path.to_owned(),
        Err(_) => std::path::absolute(path)
            .map_err(|cause| fault("has no path to its file".into()).cause(cause))?,
    };
    let mut command = match line.contains("{file}") {
        true => command(&line.replace("{file}", &quoted(&path)), std::iter::empty()),
        false => command(line, std::iter::once(path.as_path())),
    };
    if !root.as_os_str().is_empty() {
        command.current_dir(root);
    }
    // What a hook prints is talk: stdout has the path of the revision alone.
    let status = command.stdout(talk()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(fault(format!("failed: {status}"))),
        Err(cause) => Err(fault("did not start".into()).cause(cause)),
    }
}

/// A path as one word of a command line.
pub(super) fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    match cfg!(windows) {
        true => format!("\"{path}\""),
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}
