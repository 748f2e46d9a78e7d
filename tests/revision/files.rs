//! Folders of revisions on a real disk.

use std::fs;
use std::path::{Path, PathBuf};

use autogen::error::{Error, Kind};
use autogen::revision::folder;
use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use crate::{Case, named};

pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    let tests: &[Case] = &[
        ("leftovers_of_editors_are_passed_over", leftovers),
        ("files_are_found_below_several_folders", several_folders),
        ("a_file_that_two_folders_lead_to_is_read_once", overlapping_folders),
        ("a_missing_folder_is_an_error", missing_folder),
        ("all_broken_files_are_reported", broken_files),
        ("two_files_of_one_id_are_both_named", one_id_twice),
        ("a_file_is_written_whole_or_not_at_all", writing),
        ("a_failure_leaves_no_folder_behind", failed_writing),
    ];
    named("folder", tests)
}

fn revision(folder: &Path, name: &str, id: &str, keys: &str) -> Result<PathBuf, Failed> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(&path, format!("-- {name}\n--\n-- Revision: {id}\n{keys}\n-- autogen: upgrade\n"))?;
    Ok(path)
}

fn ids(folders: &[PathBuf]) -> Result<Vec<String>, Failed> {
    let revisions = folder::load(folders).map_err(told)?;
    Ok(revisions.into_iter().map(|revision| revision.id).collect())
}

fn told(error: Error) -> Failed {
    error.to_string().into()
}

fn expect(condition: bool, what: &str) -> Result<(), Failed> {
    condition.then_some(()).ok_or_else(|| what.into())
}

/// The names in a folder, hidden ones too.
fn names(folder: &Path) -> Result<Vec<String>, Failed> {
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let names = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    Ok(names)
}

fn leftovers() -> Result<(), Failed> {
    let folder = TempDir::new()?;
    revision(folder.path(), "1_a.sql", "a", "")?;
    for name in [".#1_a.sql", "#1_a.sql#", "1_a.sql~", ".1_a.sql.swp", ".2.sql", "~x.sql", "notes"]
    {
        fs::write(folder.path().join(name), "junk")?;
    }
    fs::create_dir(folder.path().join(".git"))?;
    fs::write(folder.path().join(".git/b.sql"), "junk")?;
    expect(ids(&[folder.path().to_owned()])? == ["a"], "more than the one revision was read")
}

fn several_folders() -> Result<(), Failed> {
    let folder = TempDir::new()?;
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    revision(&one, "2026/01/a.sql", "a", "")?;
    revision(&one, "2026/02/b.SQL", "b", "-- Revises: a")?;
    revision(&two, "c.sql", "c", "-- Revises: b")?;
    let revisions = folder::load(&[one.clone(), two.clone()]).map_err(told)?;
    let found: Vec<_> = revisions.iter().map(|found| (found.id.as_str(), &found.folder)).collect();
    expect(found == [("a", &one), ("b", &one), ("c", &two)], "the folders were mixed up")?;
    let graph = folder::load_graph(&[two, one]).map_err(told)?;
    expect(graph.heads().len() == 1, "the folders do not share a history")
}

fn overlapping_folders() -> Result<(), Failed> {
    let folder = TempDir::new()?;
    let inner = folder.path().join("inner");
    revision(&inner, "a.sql", "a", "")?;
    let found = ids(&[folder.path().to_owned(), inner.clone(), inner])?;
    expect(found == ["a"], "the file was read twice")
}

fn missing_folder() -> Result<(), Failed> {
    let folder = TempDir::new()?;
    let missing = folder.path().join("migratoins");
    let error =
        folder::load(std::slice::from_ref(&missing)).err().ok_or("the folder was accepted")?;
    expect(error.kind() == Kind::File, "not an error about a file")?;
    expect(error.to_string().contains("migratoins"), "the folder is not named")?;
    let none = folder::load_existing(&[missing]).map_err(told)?;
    expect(none.is_empty(), "revisions came from nowhere")
}

fn broken_files() -> Result<(), Failed> {
    let folder = TempDir::new()?;
    fs::write(folder.path().join("a.sql"), "SELECT 1;\n")?;
    fs::write(folder.path().join("b.sql"), "")?;
    revision(folder.path(), "c.sql", "c", "")?;
    let error = folder::load(&[folder.path().to_owned()]).err().ok_or("they were accepted")?;
    let text = error.to_string();
    expect(text.contains("a.sql:1") && text.contains("b.sql:1"), &text)?;
    fs::write(folder.path().join("b.sql"), [0xff, 0xfe, 0x00])?;
    let error = folder::load(&[folder.path().to_owned()]).err().ok_or("it was accepted")?;
    expect(error.to_string().contains("is not UTF-8"), &error.to_string())
}

fn one_id_twice() -> Result<(), Failed> {
    let folder = TempDir::new()?;
    revision(folder.path(), "1.sql", "a", "")?;
    revision(folder.path(), "2.sql", "a", "")?;
    let error = folder::load_graph(&[folder.path().to_owned()]).err().ok_or("accepted")?;
    let report = error.reports().first().ok_or("no report")?;
    let files: Vec<String> = report
        .labels
        .iter()
        .filter_map(|label| label.place.source.path.file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    expect(files == ["2.sql", "1.sql"], "the two files are not named")
}

fn writing() -> Result<(), Failed> {
    let folder = TempDir::new()?;
    let path = folder.path().join("2026/11/a.sql");
    folder::write_new(&path, "one\n").map_err(told)?;
    expect(fs::read_to_string(&path)? == "one\n", "not what was written")?;
    let error = folder::write_new(&path, "two\n").err().ok_or("the file was replaced")?;
    expect(error.to_string().contains("is there already"), &error.to_string())?;
    expect(fs::read_to_string(&path)? == "one\n", "the file was changed")?;
    expect(names(&folder.path().join("2026/11"))? == ["a.sql"], "a draft was left behind")
}

fn failed_writing() -> Result<(), Failed> {
    let folder = TempDir::new()?;
    // Longer than any file system takes, so that the folders are made and the file is not.
    let path = folder.path().join("new/deep").join(format!("{}.sql", "x".repeat(300)));
    let error = folder::write_new(&path, "one\n").err().ok_or("the file was written")?;
    expect(error.kind() == Kind::File, "not an error about a file")?;
    expect(names(folder.path())?.is_empty(), "folders were left behind")?;
    fs::write(folder.path().join("file"), "in the way")?;
    let blocked = folder::write_new(&folder.path().join("file/a.sql"), "one\n");
    expect(blocked.is_err(), "a file served as a folder")?;
    expect(names(folder.path())? == ["file"], "something was left behind")
}
