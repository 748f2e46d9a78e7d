//! Who may know whom: modules import only from lower levels, and some crates stay in their rooms.

use proc_macro2::TokenTree;

use super::tree::{Complaint, File, each_list, heads, is_path, is_sign, is_word, line};

/// A module imports from lower levels only. Modules of one level do not know each other.
const LEVELS: [(&str, u8); 15] = [
    ("error", 0),
    ("sql", 0),
    ("schema", 1),
    ("revision", 1),
    ("op", 2),
    ("lower", 2),
    ("config", 3),
    ("dialect", 3),
    ("diff", 4),
    ("plan", 4),
    ("db", 4),
    ("generate", 5),
    ("runner", 5),
    ("migrator", 6),
    ("cli", 7),
];

/// These never touch disk, clock, network or environment: they can be tested with values alone.
const PURE: [&str; 7] = ["error", "sql", "schema", "op", "lower", "diff", "plan"];
const IMPURE: [&str; 6] = ["fs", "env", "net", "process", "thread", "time"];

fn level(module: &str) -> Option<u8> {
    LEVELS.iter().find(|(name, _)| *name == module).map(|(_, level)| *level)
}

/// The path of the module that a file of the package holds; none for the map and the program.
fn module_path(file: &File) -> Option<Vec<&str>> {
    let path = file.path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let path = path.strip_suffix("/mod").unwrap_or(path);
    (!matches!(path, "lib" | "main")).then(|| path.split('/').collect())
}

/// A mention of a top-level module, and its line.
type Mention = (String, usize);

/// The top-level modules that a file mentions: behind `crate::`, and behind as many `super::` as
/// lead to the root.
fn mentions(tokens: &[TokenTree], depth: usize, found: &mut Vec<Mention>) {
    let mut at = 0;
    while at < tokens.len() {
        if is_word(tokens.get(at), "crate") && is_path(tokens, at + 1) {
            found.extend(heads(tokens, at + 3));
        }
        let mut supers = 0;
        while is_word(tokens.get(at), "super") && is_path(tokens, at + 1) {
            (at, supers) = (at + 3, supers + 1);
        }
        if supers == depth && supers > 0 {
            found.extend(heads(tokens, at));
        }
        if let Some(TokenTree::Group(group)) = tokens.get(at) {
            let module = at >= 2 && is_word(tokens.get(at - 2), "mod");
            let inner: Vec<_> = group.stream().into_iter().collect();
            mentions(&inner, depth + usize::from(module), found);
        }
        at += 1;
    }
}

/// Imports go downwards only.
pub(crate) fn levels(file: &File) -> Vec<Complaint> {
    let Some(path) = module_path(file) else { return Vec::new() };
    let Some(own) = level(path[0]) else {
        let message = format!("module `{}` has no level; give it one in tests/tidy", path[0]);
        return vec![file.complaint(1, message)];
    };
    let mut found = Vec::new();
    mentions(&file.tokens(), path.len(), &mut found);
    found.retain(|(module, _)| module != path[0] && level(module).is_none_or(|it| it >= own));
    let complain = |(module, line): Mention| {
        let why = match level(&module) {
            Some(other) => format!("level {own} must not import `{module}`, level {other}"),
            None => format!("`{module}` is taken from the crate's root; name the module it is in"),
        };
        file.complaint(line, why)
    };
    found.into_iter().map(complain).collect()
}

/// The lines on which a path starts with one of the words, however it is imported.
fn paths_from(file: &File, words: &[&str]) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    each_list(&file.tokens(), &mut |tokens| {
        for (at, token) in tokens.iter().enumerate() {
            let TokenTree::Ident(word) = token else { continue };
            let word = word.to_string();
            let within = at >= 2 && is_path(tokens, at - 2) && at >= 3 && name(&tokens[at - 3]);
            let alone = at >= 1 && is_word(tokens.get(at - 1), "use");
            if words.contains(&word.as_str()) && !within && (is_path(tokens, at + 1) || alone) {
                found.push((word, line(token)));
            }
        }
    });
    found
}

fn name(token: &TokenTree) -> bool {
    // `use ::sqlx` starts a path; `crate::sqlx` goes on with one.
    matches!(token, TokenTree::Ident(word) if word != "use")
}

/// The drivers are known where rows are read and nowhere else.
pub(crate) fn drivers(file: &File) -> Vec<Complaint> {
    let introspects = file.path.strip_prefix("src/dialect/").and_then(|rest| rest.split_once('/'));
    let introspects = introspects
        .is_some_and(|(_, rest)| rest == "introspect.rs" || rest.starts_with("introspect/"));
    let database = file.path == "src/db.rs" || file.path.starts_with("src/db/");
    if !file.is_product() || introspects || database {
        return Vec::new();
    }
    // A module of that name, for the attributes of that name, is no driver.
    let found = paths_from(file, &["sqlx"]);
    let own =
        file.tokens().windows(2).any(|it| is_word(it.first(), "mod") && is_word(it.get(1), "sqlx"));
    let complain =
        |(_, line)| file.complaint(line, "sqlx belongs in src/db and in dialect/*/introspect only");
    found.into_iter().filter(|_| !own).map(complain).collect()
}

/// Comparing and planning ask the dialect; they do not ask which one it is.
pub(crate) fn dialects_by_name(file: &File) -> Vec<Complaint> {
    const NAMES: [&str; 3] = ["sqlite", "postgres", "mysql"];
    if !module_path(file).is_some_and(|path| PURE.contains(&path[0])) {
        return Vec::new();
    }
    let mut found = Vec::new();
    each_list(&file.tokens(), &mut |tokens| {
        for at in 0..tokens.len() {
            if is_word(tokens.get(at), "dialect") && is_path(tokens, at + 1) {
                found.extend(heads(tokens, at + 3));
            }
        }
    });
    found.retain(|(name, _)| NAMES.contains(&name.as_str()));
    let complain = |(name, line)| file.complaint(line, format!("must not know `{name}` by name"));
    found.into_iter().map(complain).collect()
}

/// The core has no side effects.
pub(crate) fn purity(file: &File) -> Vec<Complaint> {
    let pure = module_path(file).is_some_and(|path| PURE.contains(&path[0]));
    let graph = file.path == "src/revision/graph.rs";
    if !pure && !graph {
        return Vec::new();
    }
    let mut found = Vec::new();
    each_list(&file.tokens(), &mut |tokens| {
        for at in 0..tokens.len() {
            if is_word(tokens.get(at), "std") && is_path(tokens, at + 1) {
                found.extend(heads(tokens, at + 3));
            }
        }
    });
    found.retain(|(module, _)| IMPURE.contains(&module.as_str()));
    let foreign = paths_from(file, &["tokio", "jiff", "getrandom"]);
    let complain =
        |(word, line)| file.complaint(line, format!("`{word}` is out of reach for the core"));
    found.into_iter().chain(foreign).map(complain).collect()
}

/// What is printed goes through one file, which knows about `--quiet`, colour and pipes.
pub(crate) fn printing(file: &File) -> Vec<Complaint> {
    const PRINT: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];
    if !file.is_product() || file.path == "src/cli/ui.rs" {
        return Vec::new();
    }
    let mut found = Vec::new();
    each_list(&file.tokens(), &mut |tokens| {
        for (at, token) in tokens.iter().enumerate() {
            let TokenTree::Ident(word) = token else { continue };
            let word = word.to_string();
            let macro_call = PRINT.contains(&word.as_str()) && is_sign(tokens.get(at + 1), '!');
            let stream = ["stdout", "stderr"].contains(&word.as_str())
                && at >= 3
                && is_path(tokens, at - 2)
                && is_word(tokens.get(at - 3), "io");
            if macro_call || stream {
                let message = format!("`{word}` belongs in src/cli/ui.rs");
                found.push(file.complaint(line(token), message));
            }
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::super::tree::lines;
    use super::*;

    #[test]
    fn an_upward_import_is_found_however_it_is_written() {
        for text in [
            "use crate::cli::ui;",
            "use crate::{schema::Table, plan};",
            "fn f() { crate::runner::up() }",
            "fn f() { format!(\"{}\", crate::db::url()) }",
            "use super::plan::Plan;",
            "mod tests { use super::super::plan; }",
            "use crate::plan::Plan as P;",
            "use crate::Table;",
            "use crate::*;",
        ] {
            assert_eq!(lines(&levels(&File::new("src/diff/mod.rs", text))), [1], "{text}");
        }
        assert_eq!(lines(&levels(&File::new("src/novel.rs", ""))), [1]);
    }

    #[test]
    fn downward_imports_are_fine() {
        let text = "use crate::{error::Result, schema::{Name, Table}};\nuse super::rename;\n\
                    mod tests { use super::*; use super::super::rename; }";
        assert_eq!(levels(&File::new("src/diff/column.rs", text)), []);
        assert_eq!(levels(&File::new("src/lib.rs", "pub use crate::cli::run;")), []);
    }

    #[test]
    fn drivers_stay_where_rows_are_read() {
        let text = "use ::sqlx::Row;\nuse sqlx::Row;\nstruct A { sqlx: u8 }\nuse crate::sqlx::A;";
        assert_eq!(lines(&drivers(&File::new("src/runner/mod.rs", text))), [1, 2]);
        assert_eq!(lines(&drivers(&File::new("crates/model/src/attr.rs", "use sqlx;"))), [1]);
        let own = File::new("crates/model/src/attr.rs", "mod sqlx; pub use sqlx::field;");
        assert_eq!(drivers(&own), []);
        for path in ["src/db.rs", "src/db/lock.rs", "src/dialect/mysql/introspect.rs"] {
            assert_eq!(drivers(&File::new(path, text)), []);
        }
    }

    #[test]
    fn the_core_names_no_database() {
        let text = "use crate::dialect::{Dialect, sqlite::Sqlite};\nfn f() {\nuse crate::dialect::mysql; }";
        assert_eq!(lines(&dialects_by_name(&File::new("src/diff/mod.rs", text))), [1, 3]);
        assert_eq!(dialects_by_name(&File::new("src/db/mod.rs", text)), []);
    }

    #[test]
    fn the_core_reads_no_clock_and_no_disk() {
        let text = "use std::{fmt, fs};\nuse std::collections::BTreeMap;\n\
                    fn now() { std::time::Instant::now(); tokio::spawn(()) }";
        assert_eq!(lines(&purity(&File::new("src/plan/mod.rs", text))), [1, 3, 3]);
        assert_eq!(lines(&purity(&File::new("src/revision/graph.rs", text))), [1, 3, 3]);
        assert_eq!(purity(&File::new("src/db.rs", text)), []);
    }

    #[test]
    fn printing_has_one_place() {
        let text = "fn f() {\nprintln!();\nanstream::eprint!(\"\");\nstd::io::stdout();\n\
                    command.stdout(file); \"dbg!\"; }";
        assert_eq!(lines(&printing(&File::new("src/cli/mod.rs", text))), [2, 3, 4]);
        assert_eq!(printing(&File::new("src/cli/ui.rs", text)), []);
        assert_eq!(printing(&File::new("tests/cli.rs", text)), []);
    }
}
