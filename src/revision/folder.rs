//! Folders of revisions: with `rewrite` the only place where this module reads and writes files.

use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autogen_model::Source;

use super::name::{is_revision, new_id};
use super::{Graph, Revision, parse};
use crate::error::{Error, Kind, Result};

/// All revisions under the folders, in the order of their paths. A folder that is not there is an
/// error: a mistyped one would look like a project without revisions.
pub fn load(folders: &[PathBuf]) -> Result<Vec<Revision>> {
    let mut files = Vec::new();
    let mut seen = BTreeSet::new();
    for folder in folders {
        collect(folder, folder, &mut seen, &mut files)?;
    }
    files.sort();
    let mut revisions = Vec::with_capacity(files.len());
    let mut faults = Vec::new();
    for (path, folder) in files {
        match parse(read(&path)?, &folder) {
            Ok(revision) => revisions.push(revision),
            Err(mut reports) => faults.append(&mut reports),
        }
    }
    match faults.is_empty() {
        true => Ok(revisions),
        false => Err(Error::from_reports(Kind::Revision, faults)),
    }
}

/// As `load`, but a folder that is not there yet holds no revisions.
pub fn load_existing(folders: &[PathBuf]) -> Result<Vec<Revision>> {
    let existing: Vec<PathBuf> = folders.iter().filter(|folder| folder.exists()).cloned().collect();
    load(&existing)
}

/// The graph of all revisions under the folders.
pub fn load_graph(folders: &[PathBuf]) -> Result<Graph> {
    graph(load(folders)?)
}

/// A graph, or what does not fit as one error.
pub fn graph(revisions: Vec<Revision>) -> Result<Graph> {
    Graph::new(revisions).map_err(|faults| Error::from_reports(Kind::Revision, faults))
}

/// One file as a source.
pub fn read(path: &Path) -> Result<Arc<Source>> {
    let bytes = fs::read(path).map_err(|error| {
        Error::new(Kind::File, format!("cannot read {}", path.display()))
            .cause(error)
            .help("check that the path is right and that you may read it")
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        Error::new(Kind::File, format!("{} is not UTF-8 text", path.display()))
            .cause(error.utf8_error())
            .help("save it as UTF-8")
    })?;
    Ok(Arc::new(Source::new(path, text)))
}

/// Finds the files under a folder. A file that two folders lead to is taken once.
fn collect(
    folder: &Path,
    root: &Path,
    seen: &mut BTreeSet<PathBuf>,
    files: &mut Vec<(PathBuf, PathBuf)>,
) -> Result<()> {
    // A link back to a folder above would otherwise never end.
    let real = fs::canonicalize(folder).map_err(|error| failed("read", folder, error))?;
    if !seen.insert(real) {
        return Ok(());
    }
    let entries = fs::read_dir(folder).map_err(|error| failed("read", folder, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| failed("read", folder, error))?;
        let path = entry.path();
        let mut kind = entry.file_type().map_err(|error| failed("read", &path, error))?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if kind.is_symlink() {
            // Editors mark open files by links that lead nowhere.
            let Ok(meta) = fs::metadata(&path) else { continue };
            kind = meta.file_type();
        }
        if kind.is_dir() && !hidden {
            collect(&path, root, seen, files)?;
        } else if kind.is_file() && is_revision(&path) {
            files.push((path, root.to_owned()));
        }
    }
    Ok(())
}

fn failed(verb: &str, path: &Path, error: std::io::Error) -> Error {
    let missing = error.kind() == ErrorKind::NotFound;
    let message = format!("cannot {verb} {}", path.display());
    let report = Error::new(Kind::File, message).cause(error);
    match missing && verb == "read" {
        true => report.help("`autogen init` creates the folder of revisions"),
        false => report.help("check that the path is right and that you may use it"),
    }
}

/// Writes a new file with its folders, all or nothing. A file that is there is never replaced.
pub fn write_new(path: &Path, text: &str) -> Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = parent.unwrap_or(Path::new("."));
    let created = create_folders(folder)?;
    let result = write_whole(folder, path, text);
    if result.is_err() {
        // Innermost first; one that somebody else has filled by now stays.
        for folder in created.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
    result
}

/// Creates the folders that are not there, and says which, the outermost first.
fn create_folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let missing =
        folder.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.exists());
    let mut missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
    missing.reverse();
    fs::create_dir_all(folder).map_err(|error| failed("create", folder, error))?;
    Ok(missing)
}

/// Writes a file anew, all or nothing.
pub fn replace(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let draft = folder.unwrap_or(Path::new(".")).join(format!(".{}.draft", new_id()?));
    let written = fs::write(&draft, text).and_then(|()| fs::rename(&draft, path));
    written.map_err(|error| {
        let _ = fs::remove_file(&draft);
        failed("write", path, error)
    })
}

fn write_whole(folder: &Path, path: &Path, text: &str) -> Result<()> {
    let draft = folder.join(format!(".{}.draft", new_id()?));
    let written =
        fs::File::options().write(true).create_new(true).open(&draft).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
    let result = written.and_then(|()| place(&draft, path));
    // After a success the file has its own name, so the draft goes either way.
    let _ = fs::remove_file(&draft);
    result.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Error::new(Kind::File, format!("{} is there already", path.display()))
                .help("it was left as it is; choose another id or message")
        }
        _ => failed("write", path, error),
    })
}

/// Gives the draft its name. A link fails where a file is, which a rename would not; file systems
/// without links leave a rename after a look.
fn place(draft: &Path, path: &Path) -> std::io::Result<()> {
    match fs::hard_link(draft, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => match path.exists() {
            true => Err(ErrorKind::AlreadyExists.into()),
            false => fs::rename(draft, path),
        },
        linked => linked,
    }
}
