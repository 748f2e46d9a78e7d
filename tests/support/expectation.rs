//! What a case expects: files beside its models, one for all dialects and versions that agree.

use std::path::{Path, PathBuf};

use snapbox::data::DataFormat;

use super::case::{Case, own_name};

/// Compares a text with the file of that name: that of the nearest version, or the dialect's own,
/// or the one for all. `SNAPSHOTS=overwrite` writes those files, and none that says nothing new.
pub(crate) fn compare(case: &Case, version: u16, name: &str, actual: &str) -> Result<(), String> {
    let files = files(case, version, name);
    if blessing() {
        return bless(&files, actual).map_err(|error| error.to_string());
    }
    // A backslash is itself, and no part of a path.
    let expected = snapbox::Data::read_from(said(&files), Some(DataFormat::Text)).raw();
    let actual = snapbox::Data::text(actual.to_owned()).raw();
    let result = snapbox::Assert::new().try_eq(Some(&name), actual, expected);
    let of = || format!("{} {version}", case.dialect);
    result.map_err(|error| format!("{}: {error}", of()))
}

/// Whether a case expects something under that name.
pub(crate) fn exists(case: &Case, version: u16, name: &str) -> bool {
    said(&files(case, version, name)).exists()
}

/// What a case expects is what it has files for.
pub(crate) fn absent(case: &Case, names: &[&str]) -> Result<(), String> {
    let own = |name: &&str| match case.is_second() && !name.starts_with(case.dialect) {
        true => own_name(name, case.dialect),
        false => (*name).to_owned(),
    };
    for path in names.iter().map(|name| case.folder.join(own(name))).filter(|path| path.exists()) {
        if blessing() {
            std::fs::remove_file(&path).map_err(|error| error.to_string())?;
        } else {
            return Err(format!("nothing came that {} could be compared with", path.display()));
        }
    }
    Ok(())
}

/// Whether files are written instead of compared.
pub(crate) fn blessing() -> bool {
    std::env::var("SNAPSHOTS").is_ok_and(|it| it == "overwrite")
}

/// The files that may say it, the one that counts before the others first: from the version that is
/// asked for back to the one that the files speak of, then the dialect's own, then the one for all.
fn files(case: &Case, version: u16, name: &str) -> Vec<PathBuf> {
    let (stem, kind) = name.rsplit_once('.').unwrap_or((name, ""));
    let script = stem == case.dialect;
    let named = |stem: &str| case.folder.join(format!("{stem}.{kind}"));
    let own = if script { stem.to_owned() } else { format!("{stem}.{}", case.dialect) };
    let usual = case.versions()[0];
    let between: Vec<u16> = match version > usual {
        true => (usual + 1..=version).rev().collect(),
        false => (version..usual).collect(),
    };
    let versions = between.into_iter().map(|version| named(&format!("{own}.{version}")));
    let layers = case.layers().iter().map(|layer| match script {
        true => named(layer),
        false => named(&format!("{stem}.{layer}")),
    });
    let layers = layers.filter(|_| script || case.is_second());
    let all = (!script).then(|| case.folder.join(name));
    versions.chain(layers).chain(all).collect()
}

/// The first that is there, or else the last.
fn said(files: &[PathBuf]) -> &Path {
    let there = files.iter().find(|path| path.exists()).or(files.last());
    there.map_or(Path::new(""), PathBuf::as_path)
}

/// Writes the file that makes the difference.
fn bless(files: &[PathBuf], actual: &str) -> std::io::Result<()> {
    let (own, others) = files.split_first().unwrap();
    let same = |path: &Path| std::fs::read_to_string(path).is_ok_and(|it| it == actual);
    if same(said(files)) && !same(own) {
        return Ok(());
    }
    match own.exists() && same(said(others)) {
        true => std::fs::remove_file(own),
        false => std::fs::write(own, actual),
    }
}
