//! A project with a history that the program wrote itself, from models: tables with rows are
//! rebuilt, renamed, filled and dropped on the way.

use std::path::Path;

use super::dump;
use super::support::{database, one, said};

/// The ids of the revisions, oldest first.
pub(crate) const IDS: [&str; 5] = ["r1", "r2", "r3", "r4", "r5"];

/// How many users there are; each has two posts.
const USERS: u32 = 1500;

/// The models at each revision, and the flags that answer its questions.
const STAGES: [(&str, &[&str]); 5] = [
    (
        "#[derive(Table)]
#[table(name = \"users\")]
pub struct User { #[column(primary_key)] id: i64, name: String, age: Option<i64> }
#[derive(Table)]
#[table(name = \"posts\")]
pub struct Post {
    #[column(primary_key)] id: i64,
    #[column(references = \"users.id\", on_delete = \"cascade\", index)] user_id: i64,
    title: String,
}
#[derive(Table)]
pub struct Tag { #[column(primary_key)] id: i64, word: String }
",
        &[],
    ),
    (
        // The parent is rebuilt while its children point to it.
        "#[derive(Table)]
#[table(name = \"users\")]
pub struct User {
    #[column(primary_key)] id: i64,
    #[column(unique)] name: String,
    #[column(check = \"age >= 0\", default = \"18\")] age: i64,
}
#[derive(Table)]
#[table(name = \"posts\")]
pub struct Post {
    #[column(primary_key)] id: i64,
    #[column(references = \"users.id\", on_delete = \"cascade\", index)] user_id: i64,
    title: String,
    body: Option<String>,
}
#[derive(Table)]
pub struct Tag { #[column(primary_key)] id: i64, word: String }
",
        &["--fill", "users.age=7"],
    ),
    (
        "#[derive(Table)]
#[table(name = \"people\", renamed_from = \"users\")]
pub struct User {
    #[column(primary_key)] id: i64,
    #[column(unique)] name: String,
    #[column(check = \"age >= 0\", default = \"18\")] age: i64,
}
#[derive(Table)]
#[table(name = \"posts\")]
pub struct Post {
    #[column(primary_key)] id: i64,
    #[column(references = \"people.id\", on_delete = \"restrict\", renamed_from = \"user_id\")]
    author_id: i64,
    #[column(check = \"title <> ''\")] title: String,
    body: Option<String>,
}
#[derive(Table)]
pub struct Tag { #[column(primary_key)] id: i64, word: String }
",
        &[],
    ),
    (
        "#[derive(Table)]
#[table(name = \"people\")]
pub struct User {
    #[column(primary_key)] id: i64,
    #[column(unique)] name: String,
    #[column(check = \"age >= 0\", default = \"18\")] age: i64,
    #[column(references = \"people.id\")] boss_id: Option<i64>,
}
#[derive(Table)]
#[table(name = \"posts\")]
pub struct Post {
    #[column(primary_key)] id: i64,
    #[column(references = \"people.id\", on_delete = \"restrict\")] author_id: i64,
    #[column(check = \"title <> ''\")] title: String,
    #[column(default = \"''\")] body: String,
}
",
        &["--fill", "posts.body='none'"],
    ),
    (
        "#[derive(Table)]
#[table(name = \"people\")]
#[index(columns(age, desc(name)))]
pub struct User {
    #[column(primary_key)] id: i64,
    #[column(unique)] name: String,
    #[column(check = \"age >= 0\", default = \"18\")] age: i64,
    #[column(references = \"people.id\")] boss_id: Option<i64>,
}
#[derive(Table)]
#[table(name = \"posts\", unique(columns(author_id, title)))]
pub struct Post {
    #[column(primary_key)] id: i64,
    #[column(references = \"people.id\", on_delete = \"restrict\")] author_id: i64,
    #[column(check = \"title <> ''\")] title: String,
    #[column(default = \"''\")] body: String,
}
",
        &[],
    ),
];

/// Writes the models and all revisions. There is no database yet.
pub(crate) fn write(folder: &Path) {
    write_stages(folder, STAGES.len());
}

/// Writes the models as they were first, and the first revision.
pub(crate) fn write_first(folder: &Path) {
    write_stages(folder, 1);
}

fn write_stages(folder: &Path, count: usize) {
    for ((models, answers), id) in STAGES.iter().zip(IDS).take(count) {
        std::fs::write(folder.join("models.rs"), models).expect("a file");
        let command = ["revision", "-m", id, "--rev-id", id, "--from", "revisions"];
        said(folder, &[&command, *answers].concat());
    }
}

/// Applies the first revision and fills its tables with rows.
pub(crate) async fn seed(folder: &Path) {
    said(folder, &["upgrade", IDS[0]]);
    let numbers = format!(
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {USERS})"
    );
    let mut db = database(folder).await;
    for rows in [
        "INSERT INTO users SELECT n, 'name ' || n, CASE n % 3 WHEN 0 THEN NULL ELSE n END FROM c",
        "INSERT INTO posts SELECT n, n, 'title ' || n FROM c",
        "INSERT INTO posts SELECT n + 100000, n, 'more ' || n FROM c",
        "INSERT INTO tag SELECT n, 'word ' || n FROM c",
    ] {
        // `WITH` stands before the `INSERT` that it belongs to.
        db.execute(&format!("{numbers} {rows}")).await.expect("rows");
    }
    db.close().await.expect("it closes");
}

/// A folder that has the same revisions and models, and a copy of the database.
pub(crate) fn copy(from: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path();
    std::fs::create_dir(to.join("migrations")).expect("a folder");
    let revisions = std::fs::read_dir(from.join("migrations")).expect("a folder");
    let names = revisions.map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| Path::new("migrations").join(name));
    for name in names.chain(["models.rs".into(), "app.db".into()]) {
        if from.join(&name).exists() {
            std::fs::copy(from.join(&name), to.join(&name)).expect("a copy");
        }
    }
    folder
}

/// The revision that a database is at.
pub(crate) async fn position(folder: &Path) -> String {
    one(folder, "SELECT max(id) FROM autogen_revisions WHERE state = 'applied'").await
}

/// Where the database is and what is in it, without the times in the ledger.
pub(crate) async fn dump(folder: &Path) -> String {
    let applied = one(folder, "SELECT id, state FROM autogen_revisions ORDER BY id").await;
    let ledger = ["autogen_revisions", "autogen_log"];
    let text = dump::dump(&mut database(folder).await, &ledger).await;
    format!("{applied}\n{text}")
}
