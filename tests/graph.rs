//! The graph of revisions, its identifiers and its paths: every file in `fixtures/revisions` is a
//! test, of the pure functions and of a database that the runner wrote.

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use snapbox::{Assert, Data};

#[path = "graph/answers.rs"]
mod answers;
#[path = "graph/drawing.rs"]
mod drawing;
#[path = "graph/ledger.rs"]
mod ledger;
#[path = "graph/properties.rs"]
mod properties;

use answers::Scene;

/// So many cases at least, so that a folder that is not found is no success.
const LEAST: usize = 220;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/revisions");
    let mut cases = Vec::new();
    for area in entries(&folder) {
        cases.extend(
            entries(&area).into_iter().filter(|it| it.extension().is_some_and(|it| it == "case")),
        );
    }
    assert!(cases.len() >= LEAST, "{} holds {} cases", folder.display(), cases.len());
    let mut trials: Vec<Trial> = cases.into_iter().map(trial).collect();
    trials.extend(properties::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn trial(path: PathBuf) -> Trial {
    let word =
        |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let area = word(path.parent().and_then(Path::file_name));
    Trial::test(format!("{area}::{}", word(path.file_stem())), move || case(&path))
}

/// Answers each line that starts with `>`; the answers stand below it, indented.
fn case(path: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(path)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answered = runtime.block_on(answered(&text))?;
    let expected = Data::read_from(path, None).raw();
    let assert = Assert::new().action_env("SNAPSHOTS");
    Ok(assert.try_eq(Some(&"case"), Data::text(answered).raw(), expected)?)
}

async fn answered(text: &str) -> Result<String, Failed> {
    let mut scene = Scene::new().await?;
    let mut result = String::new();
    for line in text.lines().filter(|line| !line.starts_with("  ")) {
        result.push_str(line);
        result.push('\n');
        match line.strip_prefix("> ") {
            Some(command) => {
                for answer in scene.answer(command).await? {
                    result.push_str(format!("  {answer}").trim_end());
                    result.push('\n');
                }
            }
            None => scene.draw(line).await?,
        }
    }
    Ok(result)
}
