//! Running the program, and looking at its database.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use autogen::db::{ConnectOptions, Database};

/// One at a time: a test that counts on how long a run takes wants the machine for itself.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Waits for the other tests to end, and keeps them out until this is dropped.
pub(crate) async fn alone() -> impl Drop {
    ALONE.lock().await
}

/// The program with its arguments, in a folder whose database is `app.db`.
fn autogen(folder: &Path, arguments: &[&str]) -> Command {
    let mut autogen = Command::new(env!("CARGO_BIN_EXE_autogen"));
    autogen.current_dir(folder).args(["--database-url", "sqlite://app.db"]).args(arguments);
    autogen.env_remove("DATABASE_URL").env_remove("AUTOGEN_CONFIG").env_remove("AUTOGEN_ENV");
    autogen
}

/// Starts the program and does not wait.
pub(crate) fn started(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = autogen(folder, arguments);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

/// The end of a program that must succeed.
pub(crate) fn succeeds(child: Child) {
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Runs the program to its end.
pub(crate) fn ended(folder: &Path, arguments: &[&str]) -> Output {
    autogen(folder, arguments).output().expect("the program starts")
}

/// What the program says when all is well.
pub(crate) fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = ended(folder, arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?} failed:\n{error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What the program says when it refuses, with exit code 2.
pub(crate) fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = ended(folder, arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{arguments:?} must be refused:\n{error}");
    error
}

/// The database of a folder.
pub(crate) async fn database(folder: &Path) -> Database {
    let options =
        ConnectOptions { base: folder.to_owned(), create: true, ..ConnectOptions::default() };
    Database::connect("sqlite://app.db", &options).await.expect("a connection")
}

/// The cells of a query, with commas between.
pub(crate) async fn one(folder: &Path, sql: &str) -> String {
    let rows = database(folder).await.query_text_rows(sql, &[]).await.expect("the query runs");
    let cells: Vec<String> = rows.into_iter().flatten().flatten().collect();
    cells.join(",")
}
