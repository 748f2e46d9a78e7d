//! Several files are written anew: all of them, or none.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::name::new_id;
use crate::error::{Error, Kind, Result};

/// A file that stays as it is until all others can be written as well.
struct Staged {
    /// The file itself, where its name is a link.
    path: PathBuf,
    draft: PathBuf,
    before: Vec<u8>,
}

/// Gives each file its new text. `before` is what it was when the text was made: a file that changed
/// since is left alone, with all others.
pub fn replace_all(files: &[(&Path, &str, &str)]) -> Result<()> {
    let mut staged = Vec::with_capacity(files.len());
    for (path, before, text) in files {
        match stage(path, before, text) {
            Ok(one) => staged.push(one),
            Err(error) => {
                staged.iter().for_each(discard);
                return Err(error);
            }
        }
    }
    for (at, one) in staged.iter().enumerate() {
        if let Err(cause) = fs::rename(&one.draft, &one.path) {
            staged[at..].iter().for_each(discard);
            return Err(put_back(&staged[..at], failed(&one.path, cause)));
        }
    }
    Ok(())
}

fn stage(path: &Path, before: &str, text: &str) -> Result<Staged> {
    let path = fs::canonicalize(path).map_err(|cause| failed(path, cause))?;
    let bytes = fs::read(&path).map_err(|cause| failed(&path, cause))?;
    if bytes != before.as_bytes() {
        let message = format!("{} was changed by another meanwhile", path.display());
        return Err(Error::new(Kind::File, message).help("run the command again"));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let draft = folder.join(format!(".{}.draft", new_id()?));
    let staged = Staged { path, draft, before: bytes };
    match write(&staged, text.as_bytes()) {
        Ok(()) => Ok(staged),
        Err(cause) => {
            discard(&staged);
            Err(failed(&staged.path, cause))
        }
    }
}

/// Writes the draft, to be read by whom the file was.
fn write(staged: &Staged, text: &[u8]) -> io::Result<()> {
    let mut file = fs::File::options().write(true).create_new(true).open(&staged.draft)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::set_permissions(&staged.draft, fs::metadata(&staged.path)?.permissions())
}

fn discard(staged: &Staged) {
    let _ = fs::remove_file(&staged.draft);
}

/// Undoes what was done before a failure.
fn put_back(done: &[Staged], error: Error) -> Error {
    let lost = done.iter().filter(|one| {
        write(one, &one.before).and_then(|()| fs::rename(&one.draft, &one.path)).is_err()
    });
    let lost = lost.map(|one| one.path.display().to_string()).collect::<Vec<_>>();
    match lost.is_empty() {
        true => error.help("nothing is written"),
        false => error.help(format!("bring back from version control: {}", lost.join(", "))),
    }
}

fn failed(path: &Path, cause: io::Error) -> Error {
    Error::new(Kind::File, format!("cannot write {}", path.display()))
        .cause(cause)
        .help("check that the path is right and that you may use it")
}
