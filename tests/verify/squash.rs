//! Three databases meet a squash: one has none of the old revisions, one some, one all. At the head
//! they are the same, and each goes back to nothing.

use std::fs;
use std::path::Path;
use std::process::Command;

use autogen::db::{ConnectOptions, Database};
use autogen::schema::Schema;

/// Id, parent, title, upgrade and downgrade; the last two are by kind where they differ.
const CHAIN: [[&str; 5]; 5] = [
    [
        "aaaa",
        "",
        "Users",
        "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL);",
        "DROP TABLE users;",
    ],
    [
        "bbbb",
        "aaaa",
        "Notes",
        "CREATE TABLE notes (id INTEGER NOT NULL PRIMARY KEY, body VARCHAR(100));\n\
         CREATE INDEX ix_notes_body ON notes (body);",
        "DROP TABLE notes;",
    ],
    [
        "cccc",
        "bbbb",
        "Age",
        "ALTER TABLE users ADD COLUMN age INTEGER;",
        "ALTER TABLE users DROP COLUMN age;",
    ],
    [
        "dddd",
        "cccc",
        "A view and a row",
        "CREATE VIEW named AS SELECT id, name FROM users;\n\
         INSERT INTO users (id, name) VALUES (1, 'it''s; Ada');",
        "DELETE FROM users WHERE id = 1;\nDROP VIEW named;",
    ],
    [
        "eeee",
        "dddd",
        "Tags",
        "CREATE TABLE tags (id INTEGER NOT NULL PRIMARY KEY);",
        "DROP TABLE tags;",
    ],
];

/// With three databases of one kind, all empty.
pub(crate) fn check(urls: [&str; 3]) -> Result<(), String> {
    for (last, kept) in [("cccc", false), ("dddd", true)] {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        write(folder.path()).map_err(|error| error.to_string())?;
        let run = |url: &str, words: &[&str]| autogen(folder.path(), url, words);
        run(urls[1], &["upgrade", "bbbb"])?;
        run(urls[2], &["upgrade", last])?;
        let told = run(urls[0], &["squash", &format!("base:{last}"), "--rev-id", "5q5q"])?;
        let said = told.contains("The statements are kept");
        if said != kept {
            return Err(format!("{last}: {told}"));
        }
        let half = autogen(folder.path(), urls[1], &["squash", "--prune"]);
        if half.is_ok() {
            return Err("the old files went although a database needs them".to_owned());
        }
        let mut schemas = Vec::new();
        for url in urls {
            run(url, &["upgrade", "head"])?;
            let at = run(url, &["current"])?;
            if !at.starts_with("eeee") {
                return Err(format!("{url} is at {at}"));
            }
            schemas.push(schema(url)?);
        }
        if schemas.windows(2).any(|pair| !pair[0].same(&pair[1])) {
            return Err(format!("{last}: {schemas:#?}"));
        }
        run(urls[1], &["squash", "--prune"])?;
        for url in urls {
            run(url, &["downgrade", "base"])?;
            let left = schema(url)?;
            if !left.tables.is_empty() || !left.objects.is_empty() {
                return Err(format!("{url} still has {left:#?}"));
            }
        }
    }
    Ok(())
}

fn write(folder: &Path) -> std::io::Result<()> {
    fs::create_dir(folder.join("migrations"))?;
    fs::write(folder.join("autogen.toml"), "revisions = \"migrations\"\n")?;
    for [id, parent, title, up, down] in CHAIN {
        let revises = if parent.is_empty() { "" } else { &format!("-- Revises: {parent}\n") };
        let text = format!(
            "-- {title}\n--\n-- Revision: {id}\n{revises}\n-- autogen: upgrade\n{up}\n\n\
             -- autogen: downgrade\n{down}\n"
        );
        fs::write(folder.join("migrations").join(format!("{id}.sql")), text)?;
    }
    Ok(())
}

fn autogen(folder: &Path, url: &str, words: &[&str]) -> Result<String, String> {
    let run = Command::new(env!("CARGO_BIN_EXE_autogen"))
        .args(words)
        .args(["--database-url", url])
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let all = format!("{}{}", text(&run.stdout), text(&run.stderr));
    if run.status.success() { Ok(all) } else { Err(format!("{words:?} on {url}: {all}")) }
}

/// Without what autogen keeps for itself.
fn schema(url: &str) -> Result<Schema, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let found = runtime.block_on(async {
        let mut db = Database::connect(url, &ConnectOptions::default()).await?;
        let schema = db.introspect().await?;
        db.close().await?;
        Ok::<_, autogen::error::Error>(schema)
    });
    let mut schema = found.map_err(|error| error.to_string())?;
    schema.tables.retain(|name, _| !name.name.starts_with("autogen_"));
    Ok(schema)
}
