//! The part that touches the world: finds and reads the file and `.env`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::dotenv::read_dotenv;
use super::parse::{Input, has_metadata, parse};
use super::{Config, Flags};
use crate::error::{Error, Kind, Result};

const FILE: &str = "autogen.toml";
const MODELS: [&str; 3] = ["models.rs", "src/models.rs", "src/models"];

/// Reads the configuration for a command that runs in the working directory.
pub fn load(flags: &Flags) -> Result<Config> {
    let mut variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect::<BTreeMap<_, _>>();
    let dotenv = upwards(".env");
    if let Some(path) = &dotenv {
        read_dotenv(path, &read_text(path)?, &mut variables)?;
    }
    let file = find(flags, &variables)?;
    if dotenv.is_none()
        && let Some(path) = file.as_ref().map(|file| file.with_file_name(".env"))
        && path.is_file()
    {
        read_dotenv(&path, &read_text(&path)?, &mut variables)?;
    }
    let text = file.as_deref().map(read).transpose()?;
    let file = file.as_deref().zip(text.as_deref());
    let input = Input { file, flags, variables: &variables };
    let mut config = parse(&input).map_err(|reports| Error::from_reports(Kind::Config, reports))?;
    if config.models.is_empty() {
        let there = MODELS.iter().map(|name| config.root.join(name)).filter(|path| path.exists());
        config.models = there.collect();
    }
    if config.models.is_empty() {
        config.models = vec![config.root.join(MODELS[0])];
    }
    Ok(config)
}

fn read_text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|cause| {
        Error::new(Kind::Config, format!("{} cannot be read", path.display())).cause(cause)
    })
}

fn read(path: &Path) -> Result<String> {
    read_text(path).map_err(|error| {
        error.help("run `autogen init` to write a configuration, or name another with `-c FILE`")
    })
}

/// The file that was named, or the first one upwards from the working directory.
fn find(flags: &Flags, variables: &BTreeMap<String, String>) -> Result<Option<PathBuf>> {
    let named = variables.get("AUTOGEN_CONFIG").filter(|value| !value.is_empty());
    if let Some(named) = flags.file.clone().or_else(|| named.map(PathBuf::from)) {
        return Ok(Some(named));
    }
    for folder in above() {
        let own = folder.join(FILE);
        if own.is_file() {
            return Ok(Some(own));
        }
        let cargo = folder.join("Cargo.toml");
        if cargo.is_file() && has_metadata(&read(&cargo)?) {
            return Ok(Some(cargo));
        }
    }
    Ok(None)
}

/// The name in the working directory or the first folder above that has such a file.
fn upwards(name: &str) -> Option<PathBuf> {
    above().map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// The working directory and the folders above it, written as `..`, so that messages show paths as
/// the user would type them.
fn above() -> impl Iterator<Item = PathBuf> {
    let depth = std::env::current_dir().map_or(1, |here| here.components().count());
    (0..depth).map(|steps| PathBuf::from_iter(std::iter::repeat_n("..", steps)))
}
