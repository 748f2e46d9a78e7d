//! README and docs: each page runs in a throw-away folder, so that the clone stays clean.

use std::fs;
use std::path::{Path, PathBuf};

use super::tools;

/// The pages, from the root of the repository.
pub(crate) fn all() -> Vec<PathBuf> {
    let docs = fs::read_dir("docs").expect("docs").map(|it| it.expect("an entry").path());
    let mut pages: Vec<PathBuf> =
        docs.filter(|it| it.extension().is_some_and(|it| it == "md")).collect();
    pages.push("README.md".into());
    pages.sort();
    pages
}

/// Runs one page. `tests/pages/<name>.in` is what its folder starts with.
pub(crate) fn run(page: &Path) {
    let stem = page.file_stem().expect("a name").to_string_lossy().into_owned();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages").join(&stem);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the last run can be removed");
    }
    let (start, copy) = (folder.join(format!("{stem}.in")), folder.join(format!("{stem}.md")));
    fs::create_dir_all(&start).expect("a folder");
    fs::create_dir_all(folder.join(format!("{stem}.out"))).expect("a folder");
    // What a clone has and pages speak of.
    for name in ["examples", "models.example.rs"] {
        copy_all(Path::new(name), &start.join(name));
    }
    let own = Path::new("tests/pages").join(format!("{stem}.in"));
    if own.exists() {
        copy_all(&own, &start);
    }
    fs::copy(page, &copy).expect("the page");
    if let Some(models) = models(&fs::read_to_string(page).expect("the page")) {
        fs::write(start.join("models.rs"), models).expect("the models");
    }
    tools::run_all(&copy);
    if std::env::var("TRYCMD").is_ok_and(|it| it == "overwrite") {
        fs::copy(&copy, page).expect("the page can be blessed");
    }
}

/// The Rust of a page that says so: its transcripts then speak of these models.
fn models(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("<!-- models.rs: all Rust of this page -->\n")?;
    let blocks = rest.split("```rust\n").skip(1);
    Some(blocks.filter_map(|block| Some(block.split_once("```")?.0)).collect())
}

fn copy_all(from: &Path, to: &Path) {
    if from.is_file() {
        fs::copy(from, to).expect("a file");
        return;
    }
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        copy_all(&entry.path(), &to.join(entry.file_name()));
    }
}
