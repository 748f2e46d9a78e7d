//! Running the program on the database of a project.

use std::process::{Child, Command, Output, Stdio};

use super::support::Project;

/// The program with its arguments.
pub(crate) fn autogen(project: &Project, url: &str, arguments: &[&str]) -> Command {
    let mut autogen = Command::new(env!("CARGO_BIN_EXE_autogen"));
    autogen.current_dir(project.path("")).args(["--database-url", url]).args(arguments);
    autogen.env_remove("DATABASE_URL").env_remove("AUTOGEN_CONFIG").env_remove("AUTOGEN_ENV");
    autogen
}

/// Starts the program and does not wait.
pub(crate) fn started(project: &Project, arguments: &[&str]) -> Child {
    let mut command = autogen(project, &project.url, arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

/// All that a program said that ended well.
pub(crate) fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

/// What a program said that refused, with exit code 2.
pub(crate) fn refused(output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "it must be refused:\n{error}");
    error
}
