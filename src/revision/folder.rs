//! Folders of revisions: with `rewrite` the only place where this module reads and writes files.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autogen_model::{Diagnostic, Source};

use super::file::parse_leniently;
use super::name::{is_revision, new_id};
use super::{Graph, Revision};
use crate::error::{Error, Kind, Result};

/// All revisions under the folders, in the order of their paths. A folder that is not there is an
/// error: a mistyped one would look like a project without revisions.
pub fn load(folders: &[PathBuf]) -> Result<Vec<Revision>> {
    let found = find(folders)?;
    found.faults.into_result(found.revisions)
}

/// What the folders hold, with everything that is wrong with it.
struct Found {
    revisions: Vec<Revision>,
    faults: Faults,
}

struct Faults {
    kind: Kind,
    reports: Vec<Diagnostic>,
}

impl Faults {
    fn into_result<T>(self, value: T) -> Result<T> {
        match self.reports.is_empty() {
            true => Ok(value),
            false => Err(Error::from_reports(self.kind, self.reports)),
        }
    }
}

fn find(folders: &[PathBuf]) -> Result<Found> {
    let mut files = Vec::new();
    let mut seen = BTreeSet::new();
    for folder in folders {
        collect(folder, folder, &mut seen, &mut files)?;
    }
    // A file that two folders or links lead to is taken once, by the way that was found first.
    files.sort_by(|a, b| a.real.cmp(&b.real));
    files.dedup_by(|second, first| second.real == first.real);
    let mut faults = Faults { kind: Kind::Revision, reports: one_name(&files) };
    files.sort_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
    let mut revisions = Vec::with_capacity(files.len());
    for File { path, folder, .. } in files {
        match read(&path) {
            Ok(source) => {
                let (revision, mut reports) = parse_leniently(source, folder);
                faults.reports.append(&mut reports);
                revisions.push(revision);
            }
            Err(error) => {
                faults.kind = error.kind();
                let cause = error.to_string();
                faults.reports.extend(error.reports().iter().map(|report| {
                    let report = report.clone();
                    Diagnostic { message: cause.clone(), ..report }
                }));
            }
        }
    }
    Ok(Found { revisions, faults })
}

/// Complains of files whose paths some file systems take for one.
fn one_name(files: &[File<'_>]) -> Vec<Diagnostic> {
    let lower = |file: &File<'_>| file.real.to_string_lossy().to_lowercase();
    let mut names: Vec<(String, &File<'_>)> = files.iter().map(|it| (lower(it), it)).collect();
    names.sort_by(|a, b| a.0.cmp(&b.0));
    let same = names.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    same.map(|pair| {
        let (first, second) = (pair[0].1.path.display(), pair[1].1.path.display());
        let message = format!("the names of {first} and {second} differ by case alone");
        Diagnostic::new(message)
            .help("on macOS and Windows only one of them would be there; rename the other")
    })
    .collect()
}

/// As `load`, but a folder that is not there yet holds no revisions.
pub fn load_existing(folders: &[PathBuf]) -> Result<Vec<Revision>> {
    load(&existing(folders))
}

fn existing(folders: &[PathBuf]) -> Vec<PathBuf> {
    folders.iter().filter(|folder| folder.exists()).cloned().collect()
}

/// The graph of all revisions under the folders. What is wrong with the files and what does not
/// fit among them is said together.
pub fn load_graph(folders: &[PathBuf]) -> Result<Graph> {
    let Found { revisions, mut faults } = find(folders)?;
    if faults.reports.is_empty() {
        return graph(revisions);
    }
    // What has no id fits nowhere, which was said already.
    let named = revisions.into_iter().filter(|revision| !revision.id.is_empty());
    let graph =
        Graph::new(named.collect()).map_err(|mut reports| faults.reports.append(&mut reports));
    faults.into_result(graph.unwrap_or_default())
}

/// As `load_graph`, but a folder that is not there yet holds no revisions.
pub fn load_existing_graph(folders: &[PathBuf]) -> Result<Graph> {
    load_graph(&existing(folders))
}

/// A graph, or what does not fit as one error.
pub fn graph(revisions: Vec<Revision>) -> Result<Graph> {
    Graph::new(revisions).map_err(|faults| Error::from_reports(Kind::Revision, faults))
}

/// One file as a source.
pub fn read(path: &Path) -> Result<Arc<Source>> {
    let bytes = content(path).map_err(|error| {
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

/// What a file holds. Its length says where it ends, which spares a look for more: with thousands
/// of files that counts.
fn content(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = fs::File::open(path)?;
    // What is no plain file has no length of its own.
    let length = Some(file.metadata()?.len()).filter(|length| *length > 0);
    let mut bytes =
        Vec::with_capacity(length.and_then(|it| it.try_into().ok()).unwrap_or_default());
    file.take(length.unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A file that was found.
struct File<'a> {
    /// Its path without links. Text, because paths are compared part by part, which is slow.
    real: OsString,
    /// The path that led to it.
    path: PathBuf,
    /// The folder of the configuration.
    folder: &'a Path,
}

/// Finds the files under a folder.
fn collect<'a>(
    folder: &Path,
    root: &'a Path,
    seen: &mut BTreeSet<PathBuf>,
    files: &mut Vec<File<'a>>,
) -> Result<()> {
    let real = fs::canonicalize(folder).map_err(|error| failed("read", folder, error))?;
    // A link back to a folder above would otherwise never end.
    if !seen.insert(real.clone()) {
        return Ok(());
    }
    let entries = fs::read_dir(folder).map_err(|error| failed("read", folder, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| failed("read", folder, error))?;
        let (path, name) = (entry.path(), entry.file_name());
        let mut kind = entry.file_type().map_err(|error| failed("read", &path, error))?;
        let mut target = None;
        if kind.is_symlink() {
            // Editors mark open files by links that lead nowhere.
            let Ok(place) = fs::canonicalize(&path) else { continue };
            let Ok(meta) = fs::metadata(&place) else { continue };
            (kind, target) = (meta.file_type(), Some(place));
        }
        let hidden = name.to_string_lossy().starts_with('.');
        if kind.is_dir() && !hidden {
            collect(&path, root, seen, files)?;
        } else if kind.is_file() && is_revision(&path) {
            let real = target.unwrap_or_else(|| real.join(&name)).into_os_string();
            files.push(File { real, path, folder: root });
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
