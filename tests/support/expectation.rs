//! What a case expects: files beside its models, one for all dialects and versions that agree.

use std::path::PathBuf;

use snapbox::data::DataFormat;

use super::case::{Case, own_name};

/// Compares a text with the file of that name: that of the nearest version, or the dialect's own,
/// or the one for all. `SNAPSHOTS=overwrite` writes those files, and none that says nothing new.
pub(crate) fn compare(case: &Case, version: u16, name: &str, actual: &str) -> Result<(), String> {
    let expected = expected(case, version, name);
    if blessing() {
        let same = std::fs::read_to_string(&expected).is_ok_and(|it| it == actual);
        return if same { Ok(()) } else { bless(case, version, name, actual) };
    }
    // A backslash is itself, and no part of a path.
    let expected = snapbox::Data::read_from(&expected, Some(DataFormat::Text)).raw();
    let actual = snapbox::Data::text(actual.to_owned()).raw();
    let result = snapbox::Assert::new().try_eq(Some(&name), actual, expected);
    result.map_err(|error| format!("version {version}: {error}"))
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

fn versioned(case: &Case, version: u16, name: &str) -> PathBuf {
    let (stem, kind) = name.rsplit_once('.').unwrap_or((name, ""));
    let stem =
        if stem == case.dialect { stem.to_owned() } else { format!("{stem}.{}", case.dialect) };
    case.folder.join(format!("{stem}.{version}.{kind}"))
}

fn for_all_versions(case: &Case, name: &str) -> PathBuf {
    let own = case.folder.join(own_name(name, case.dialect));
    if case.is_second() && own.exists() { own } else { case.folder.join(name) }
}

/// From the version that the files speak of to the one that is asked for, the last file counts.
fn expected(case: &Case, version: u16, name: &str) -> PathBuf {
    let base = for_all_versions(case, name);
    if case.dialect == "sqlite" {
        return base;
    }
    let usual = case.versions()[0];
    let between: Vec<u16> = match version > usual {
        true => (usual + 1..=version).rev().collect(),
        false => (version..usual).collect(),
    };
    let files = between.into_iter().map(|version| versioned(case, version, name));
    { files }.find(|path| path.exists()).unwrap_or(base)
}

/// Writes the file that makes the difference.
fn bless(case: &Case, version: u16, name: &str, actual: &str) -> Result<(), String> {
    let write = |path: PathBuf| std::fs::write(path, actual).map_err(|error| error.to_string());
    if case.dialect != "sqlite" && version != case.versions()[0] {
        let path = versioned(case, version, name);
        // Perhaps the version before says the same since it was written anew.
        let _ = std::fs::remove_file(&path);
        let same = std::fs::read_to_string(expected(case, version, name));
        return if same.is_ok_and(|it| it == actual) { Ok(()) } else { write(path) };
    }
    let plain = case.folder.join(name);
    if !case.is_second() || name.starts_with(case.dialect) {
        return write(plain);
    }
    let own = case.folder.join(own_name(name, case.dialect));
    if std::fs::read_to_string(plain).is_ok_and(|it| it == actual) {
        return std::fs::remove_file(own).map_err(|error| error.to_string());
    }
    write(own)
}
