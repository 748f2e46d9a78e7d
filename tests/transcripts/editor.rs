//! `edit` with editors as people set them; transcripts hide the variables of the caller.

use std::fs;
use std::path::Path;
use std::process::Command;

/// VISUAL and EDITOR, what is edited, the exit code, and what is said.
const CASES: [([&str; 2], &[&str], i32, &str); 7] = [
    (["", "grep -h Revision:"], &["head"], 0, "-- Revision: b2\n"),
    (["", "grep -h Revision:"], &["a1:head"], 0, "-- Revision: b2\n-- Revision: a1\n"),
    (["grep -h 'Revision: b'", "false"], &["b", "a"], 0, "-- Revision: b2\n"),
    (["my editor/edit.sh", ""], &["head-1"], 0, "my own: -- Revision: a1\n"),
    (["'my editor/edit.sh' -x", ""], &["head-1"], 2, "the editor `'my editor/edit.sh' -x` failed"),
    (["  ", ""], &["head"], 2, "no editor is set"),
    (["false", ""], &["base"], 2, "`base` names no revision with a file"),
];

pub(crate) fn editors_are_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("a file");
        path
    };
    write("autogen.toml", "revisions = \"all of them\"\n");
    write("all of them/1.sql", "-- Revision: a1\n\n-- autogen: upgrade\n");
    write("all of them/2.sql", "-- Revision: b2\n-- Revises: a1\n\n-- autogen: upgrade\n");
    let script =
        "#!/bin/sh\n[ \"$1\" = -x ] && exit 3\nsed -n 's/^-- Revision/my own: &/p' \"$1\"\n";
    executable(&write("my editor/edit.sh", script));
    for ([visual, editor], words, code, said) in CASES {
        let mut edit = Command::new(env!("CARGO_BIN_EXE_autogen"));
        edit.arg("edit").args(words).current_dir(folder.path());
        edit.env_remove("DATABASE_URL").env_remove("AUTOGEN_CONFIG").env_remove("AUTOGEN_ENV");
        let output = edit.env("VISUAL", visual).env("EDITOR", editor).output().expect("it runs");
        let text = [&output.stdout[..], &output.stderr[..]].concat();
        let text = String::from_utf8_lossy(&text);
        assert_eq!(output.status.code(), Some(code), "{visual:?} {editor:?}: {text}");
        assert!(text.contains(said), "{visual:?} {editor:?}: {text}");
    }
}

#[cfg(unix)]
fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it can be run");
}
