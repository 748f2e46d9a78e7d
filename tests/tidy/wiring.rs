//! Nothing forgotten: every file is reached, every case has its expectation, dialects keep step.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenTree;

use super::tree::{Complaint, File, inside, is_sign, is_word};

/// Every dialect has these files, or folders of that name.
const EVERY_DIALECT: [&str; 2] = ["mod", "types"];
/// A dialect that has one of these has them all: know one, know three.
const WHOLE_DIALECT: [&str; 3] = ["canonical", "introspect", "render"];
/// Cases that hold their expectation themselves, that are one, or that have a shape of their own.
const WHOLE_CASES: [&str; 9] = [
    // A case that compiles has nothing more to say.
    "crates/derive/tests/ui/pass",
    // The last state, made at once, is what the others lead to.
    "fixtures/chains",
    "fixtures/verify",
    "fixtures/diff",
    "fixtures/expressions/mysql",
    "fixtures/expressions/postgres",
    "fixtures/identifiers",
    "fixtures/models/example",
    "fixtures/revisions",
];

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A file's name up to its first dot, and the rest.
fn stem(path: &str) -> (&str, &str) {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    name.split_once('.').unwrap_or((name, ""))
}

/// The dialects, each with the names of its files and folders.
fn dialects(files: &[File]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut dialects = BTreeMap::<_, BTreeSet<_>>::new();
    for file in files {
        let rest = file.path.strip_prefix("src/dialect/").and_then(|rest| rest.split_once('/'));
        if let Some((dialect, rest)) = rest {
            let name = rest.split(['/', '.']).next().unwrap_or_default();
            dialects.entry(dialect).or_default().insert(name);
        }
    }
    dialects
}

/// Dialect folders keep step.
pub(crate) fn dialects_in_step(files: &[File]) -> Vec<Complaint> {
    let mut found = Vec::new();
    for (dialect, names) in dialects(files) {
        let whole = WHOLE_DIALECT.iter().any(|name| names.contains(name));
        let wanted = EVERY_DIALECT.iter().chain(WHOLE_DIALECT.iter().filter(|_| whole));
        for missing in wanted.filter(|name| !names.contains(*name)) {
            let folder = File::new(&format!("src/dialect/{dialect}/{missing}.rs"), "");
            found.push(folder.complaint(1, "missing: the other dialects have it"));
        }
    }
    found
}

/// No case without its expectation, no expectation without its case.
pub(crate) fn expectations(files: &[File]) -> Vec<Complaint> {
    let below = |root: &str| -> Vec<&File> {
        let start = format!("{root}/");
        files.iter().filter(|file| file.path.starts_with(&start)).collect()
    };
    let mut found = pairs("crates/derive/tests/ui", &below("crates/derive/tests/ui"));
    found.extend(pairs("fixtures", &below("fixtures")));
    let mut cases = BTreeMap::<&str, Vec<&File>>::new();
    for file in below("fixtures/diff") {
        cases.entry(parent(&file.path)).or_default().push(file);
    }
    let dialects = rendered(files);
    found.extend(cases.iter().flat_map(|(folder, files)| diff_case(folder, files, &dialects)));
    found
}

/// The dialects that can render, so that every case has a file of theirs. MariaDB has files of its
/// own where MySQL's are not right for it.
fn rendered(files: &[File]) -> Vec<&str> {
    let whole = dialects(files).into_iter().filter(|(_, names)| names.contains("render"));
    let whole = whole.map(|(dialect, _)| dialect);
    whole.flat_map(|it| if it == "mysql" { vec![it, "mariadb"] } else { vec![it] }).collect()
}

/// A folder is a case: models before and after, and for each of its dialects operations and SQL, or
/// `error.txt` where it is refused. What one dialect has otherwise than the first says so in its
/// name: `ops.postgres.txt`.
fn diff_case(folder: &str, files: &[&File], dialects: &[&str]) -> Vec<Complaint> {
    let has = |name: &str| files.iter().any(|file| file.path == format!("{folder}/{name}"));
    let complain = |message: String| File::new(folder, "").complaint(1, message);
    let settings = files.iter().find(|file| file.path == format!("{folder}/case.toml"));
    let own = match case_dialects(folder, settings, dialects) {
        Ok(own) => own,
        Err(message) => return vec![complain(message)],
    };
    let mut missing = Vec::new();
    if !has("before.rs") && !has("after.rs") {
        missing.push("after.rs".to_owned());
    }
    let mut ops = false;
    for dialect in &own {
        let layers = if *dialect == "mariadb" { &["mariadb", "mysql"][..] } else { &[*dialect] };
        let any = |name: fn(&str) -> String| layers.iter().any(|layer| has(&name(layer)));
        let sql = any(|layer| format!("{layer}.sql"));
        let refused = any(|layer| format!("error.{layer}.txt"));
        if sql || !refused && !has("error.txt") {
            missing.extend((!sql).then(|| format!("{dialect}.sql")));
            ops |= !has("ops.txt") && !any(|layer| format!("ops.{layer}.txt"));
        }
    }
    missing.extend(ops.then(|| "ops.txt".to_owned()));
    let strange = files.iter().filter_map(|file| file.path.strip_prefix(&format!("{folder}/")));
    let strange = strange.filter(|name| !belongs(name, &own));
    let strange = strange.map(|name| complain(format!("{name} is for nobody")));
    let missing = missing.into_iter().map(|name| complain(format!("{name} is missing")));
    missing.chain(strange).collect()
}

/// The dialects that a case is for: `dialects = ["sqlite"]`, or else all that render. Areas named
/// `pg_..` are for what PostgreSQL alone has, those named `my_..` for what MySQL and MariaDB have.
fn case_dialects<'a>(
    folder: &str,
    settings: Option<&&File>,
    written: &[&'a str],
) -> Result<Vec<&'a str>, String> {
    let mut lines = settings.into_iter().flat_map(|file| file.text.lines());
    let Some(said) = lines.rfind(|line| line.starts_with("dialects")) else {
        let own = |start: &str| folder.starts_with(&format!("fixtures/diff/{start}"));
        let only: &[&str] = match () {
            () if own("pg_") => &["postgres"],
            () if own("my_") => &["mysql", "mariadb"],
            () => written,
        };
        let wanted = |dialect: &&&str| only.contains(*dialect);
        return Ok(written.iter().filter(wanted).copied().collect());
    };
    let quoted = said.split('"').skip(1).step_by(2);
    quoted
        .map(|name| {
            let known = written.iter().find(|it| **it == name).copied();
            known.ok_or_else(|| format!("no dialect renders SQL under the name {name}"))
        })
        .collect()
}

/// Whether a file of a case is one that its test reads.
fn belongs(name: &str, dialects: &[&str]) -> bool {
    let known = ["before.rs", "after.rs", "case.toml", "before.sql", "rows.sql", "after_up.sql"];
    let found = ["ops.txt", "error.txt", "after_up.txt"];
    let parts: Vec<&str> = name.split('.').collect();
    let version = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    match parts[..] {
        [stem, kind] => {
            known.contains(&name)
                || found.contains(&name)
                || kind == "sql" && dialects.contains(&stem)
        }
        [dialect, digits, "sql"] if version(digits) => dialects.contains(&dialect),
        [stem, dialect, kind] | [stem, dialect, _, kind] => {
            let plain = format!("{stem}.{kind}");
            let has_own =
                found.contains(&plain.as_str()) || kind == "sql" && known.contains(&&*plain);
            let versioned = parts.get(2).filter(|_| parts.len() == 4);
            has_own && dialects.contains(&dialect) && versioned.is_none_or(|it| version(it))
        }
        _ => false,
    }
}

/// A case is a file or a folder; its expectation stands beside it under the same name.
fn pairs(folder: &str, files: &[&File]) -> Vec<Complaint> {
    let mut kinds = BTreeMap::<&str, BTreeSet<&str>>::new();
    for file in files {
        let below = &file.path[folder.len() + 1..];
        let (stem, kind) = match below.split_once('/') {
            Some((name, _)) => (name, "/"),
            None => stem(below),
        };
        kinds.entry(stem).or_default().insert(kind);
    }
    let mut found = Vec::new();
    for (stem, kinds) in kinds {
        let path = format!("{folder}/{stem}");
        // A transcript has its expectation in itself.
        let is_whole = kinds.contains("case") || WHOLE_CASES.contains(&path.as_str());
        if kinds.len() > 1 || is_whole {
            continue;
        }
        if kinds.contains("/") {
            let start = format!("{path}/");
            let below = files.iter().filter(|file| file.path.starts_with(&start));
            found.extend(pairs(&path, &below.copied().collect::<Vec<_>>()));
            continue;
        }
        let path = kinds.iter().map(|kind| format!("{path}.{kind}")).collect::<String>();
        let message = "alone: a case needs its expectation beside it, under the same name";
        found.push(File::new(&path, "").complaint(1, message));
    }
    found
}

/// Every folder of cases, and every folder of transcripts, is named by some test.
pub(crate) fn cases_are_run(files: &[File]) -> Vec<Complaint> {
    let is_test = |file: &&File| file.path.contains("tests/") && file.is_code();
    let tests: Vec<&File> = files.iter().filter(is_test).collect();
    let mut wanted = BTreeMap::new();
    for file in files.iter().filter(|file| !file.is_code()) {
        let mut parts = file.path.split('/');
        let (first, second) = (parts.next(), parts.next());
        let deeper = parts.next().is_some();
        if let (Some(first @ ("fixtures" | "tests")), Some(second), true) = (first, second, deeper)
        {
            wanted.entry(format!("{first}/{second}")).or_insert(file);
        }
    }
    let named = |folder: &str| {
        let (root, name) = folder.split_once('/').unwrap_or((folder, ""));
        let (root, name) = (format!("\"{root}\""), format!("\"{name}"));
        let joined = |test: &File| test.text.contains(&root) && test.text.contains(&name);
        tests.iter().any(|test| test.text.contains(folder) || joined(test))
    };
    wanted.retain(|folder, _| !named(folder));
    let complain = |(folder, file): (String, &File)| {
        file.complaint(1, format!("no test names the folder `{folder}`"))
    };
    wanted.into_iter().map(complain).collect()
}

/// Every Rust file is reached by a `mod` line or is a target of its own.
pub(crate) fn files_are_reached(files: &[File]) -> Vec<Complaint> {
    let code: Vec<&File> = files.iter().filter(|file| file.is_code()).collect();
    let mut reached = BTreeSet::new();
    for file in &code {
        let (folder, stem) = (parent(&file.path), stem(&file.path).0);
        let root = matches!(stem, "lib" | "main" | "mod") || is_target(&file.path);
        let below = if root { folder.to_owned() } else { format!("{folder}/{stem}") };
        modules(&file.tokens(), folder, &below, &mut reached);
    }
    let forgotten = |file: &&&File| !is_target(&file.path) && !reached.contains(&file.path);
    let message = "dead file: no `mod` line leads to it";
    code.iter().filter(forgotten).map(|file| file.complaint(1, message)).collect()
}

/// Whether cargo finds the file by itself.
fn is_target(path: &str) -> bool {
    let path = match path.strip_prefix("crates/").and_then(|rest| rest.split_once('/')) {
        Some((_, rest)) => rest,
        None => path,
    };
    let parts: Vec<&str> = path.split('/').collect();
    matches!(
        parts[..],
        [_] | ["src", "lib.rs" | "main.rs"]
            | ["src", "bin", _]
            | ["tests" | "benches" | "examples", _]
            | ["tests" | "benches" | "examples", _, "main.rs"]
    )
}

/// The files that `mod` lines lead to. `folder` is where `#[path]` starts, `below` where plain
/// names do.
fn modules(tokens: &[TokenTree], folder: &str, below: &str, reached: &mut BTreeSet<String>) {
    for at in 1..tokens.len() {
        let TokenTree::Ident(name) = &tokens[at] else { continue };
        if !is_word(tokens.get(at - 1), "mod") {
            continue;
        }
        if is_sign(tokens.get(at + 1), ';') {
            match attribute_path(&tokens[..at]) {
                Some(path) => drop(reached.insert(normal(&format!("{folder}/{path}")))),
                None => {
                    reached.insert(format!("{below}/{name}.rs"));
                    reached.insert(format!("{below}/{name}/mod.rs"));
                }
            }
        } else if let Some(TokenTree::Group(group)) = tokens.get(at + 1) {
            let below = format!("{below}/{name}");
            modules(&inside(group), &below, &below, reached);
        }
    }
}

/// A path without its `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The value of a `#[path = ".."]` that stands right before `mod` or `pub mod`.
fn attribute_path(before: &[TokenTree]) -> Option<String> {
    let attribute = before.iter().rev().take(4).find_map(|token| match token {
        TokenTree::Group(group) => Some(inside(group)),
        _ => None,
    })?;
    let named = is_word(attribute.first(), "path") && is_sign(attribute.get(1), '=');
    let value = attribute.get(2).filter(|_| named)?.to_string();
    Some(value.trim_matches('"').to_owned())
}

/// Cargo finds tests by itself, unless it is told not to.
pub(crate) fn targets_are_found(files: &[File]) -> Vec<Complaint> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with("Cargo.toml")) {
        for (at, text) in file.text.lines().enumerate() {
            let switch = text.replace(' ', "");
            if switch == "autotests=false" || switch == "test=false" || switch == "doctest=false" {
                found.push(file.complaint(at + 1, "tests must not be switched off"));
            }
        }
    }
    found
}

/// The map of the house stays short enough to be read.
pub(crate) fn map_length(files: &[File]) -> Vec<Complaint> {
    let map = files.iter().find(|file| file.path == "ARCHITECTURE.md");
    let length = map.map_or(0, |file| file.text.lines().count());
    match map {
        Some(file) if length > 200 => vec![file.complaint(201, format!("{length} lines"))],
        Some(_) => Vec::new(),
        None => vec![File::new("ARCHITECTURE.md", "").complaint(1, "missing")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(rule: fn(&[File]) -> Vec<Complaint>, files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<File> = files.iter().map(|(path, text)| File::new(path, text)).collect();
        rule(&files).iter().map(|complaint| complaint.to_string()).collect()
    }

    /// The paths complained about.
    fn paths(rule: fn(&[File]) -> Vec<Complaint>, files: &[(&str, &str)]) -> Vec<String> {
        let path = |text: String| text.split(':').next().unwrap_or_default().to_owned();
        complaints(rule, files).into_iter().map(path).collect()
    }

    #[test]
    fn a_dialect_out_of_step_is_found() {
        let sqlite = ["mod", "types", "canonical/mod", "introspect", "render"];
        let sqlite = sqlite.map(|name| format!("src/dialect/sqlite/{name}.rs"));
        let mut files: Vec<(&str, &str)> = sqlite.iter().map(|path| (path.as_str(), "")).collect();
        assert!(paths(dialects_in_step, &files).is_empty());
        files.push(("src/dialect/mysql/mod.rs", ""));
        assert_eq!(paths(dialects_in_step, &files), ["src/dialect/mysql/types.rs"]);
        files.extend([("src/dialect/mysql/types.rs", ""), ("src/dialect/mysql/introspect.rs", "")]);
        let missing = ["src/dialect/mysql/canonical.rs", "src/dialect/mysql/render.rs"];
        assert_eq!(paths(dialects_in_step, &files), missing);
    }

    #[test]
    fn a_case_without_expectation_is_found() {
        let files = [
            ("fixtures/models/ok/plain.rs", ""),
            ("fixtures/models/ok/plain.txt", ""),
            ("fixtures/models/ok/folder.txt", ""),
            ("fixtures/models/ok/folder/one.rs", ""),
            ("fixtures/models/err/alone.rs", ""),
            ("fixtures/models/err/lost/one.rs", ""),
            ("fixtures/identifiers.txt", ""),
            ("crates/derive/tests/ui/orphan.stderr", ""),
        ];
        let alone = [
            "crates/derive/tests/ui/orphan.stderr",
            "fixtures/models/err/alone.rs",
            "fixtures/models/err/lost/one.rs",
        ];
        assert_eq!(paths(expectations, &files), alone);
    }

    #[test]
    fn a_half_diff_case_is_found() {
        let one = |case: &str, names: &[&str]| -> Vec<(String, &str)> {
            names.iter().map(|name| (format!("fixtures/diff/{case}/{name}"), "")).collect()
        };
        let tried = |case: &str, names: &[&str], settings: &'static str| -> Vec<String> {
            let mut files = one(case, names);
            files.push((format!("fixtures/diff/{case}/case.toml"), settings));
            let renders = ["sqlite", "postgres"].map(|it| format!("src/dialect/{it}/render.rs"));
            let files = files.iter().map(|(path, text)| (path.as_str(), *text));
            let files: Vec<_> = files.chain(renders.iter().map(|it| (it.as_str(), ""))).collect();
            let found = complaints(expectations, &files);
            found.iter().map(|it| it.rsplit(':').next().unwrap_or_default().to_owned()).collect()
        };
        let whole = ["after.rs", "ops.txt", "sqlite.sql", "postgres.sql"];
        assert_eq!(tried("index/add", &whole, ""), [""; 0]);
        assert_eq!(tried("index/add", &whole[..3], ""), [" postgres.sql is missing"]);
        assert_eq!(tried("index/add", &whole[..3], "dialects = [\"sqlite\"]"), [""; 0]);
        assert_eq!(tried("index/add", &[], "").len(), 4);
        let both = [" sqlite.sql is missing", " ops.txt is missing"];
        assert_eq!(tried("index/add", &["after.rs", "error.postgres.txt"], ""), both);
        assert_eq!(tried("index/add", &["after.rs", "error.txt"], ""), [""; 0]);
        assert_eq!(tried("pg_index/add", &["after.rs", "ops.txt", "postgres.sql"], ""), [""; 0]);
        assert_eq!(tried("index/add", &[], "dialects = [\"oracle\"]").len(), 1);
        let extra = ["ops.postgres.txt", "postgres.18.sql", "rows.postgres.sql", "before.18.sql"];
        let files = [&whole[..], &extra[..]].concat();
        assert_eq!(tried("index/add", &files, ""), [" before.18.sql is for nobody"]);
    }

    #[test]
    fn cases_that_no_test_names_are_found() {
        let files = [
            ("fixtures/diff/column/add/ops.txt", ""),
            ("fixtures/config/ok/empty.toml", ""),
            ("tests/cli/init.md", ""),
            ("fixtures/models/ok/user.rs", ""),
            ("tests/diff.rs", "fn main() { run(\"fixtures/diff\") }"),
            ("tests/models.rs", "fn main() { run(root.join(\"fixtures\").join(\"models/ok\")) }"),
        ];
        assert_eq!(
            paths(cases_are_run, &files),
            ["fixtures/config/ok/empty.toml", "tests/cli/init.md"]
        );
    }

    #[test]
    fn dead_files_are_found() {
        let files = [
            ("src/lib.rs", "pub mod op; mod diff;"),
            ("src/op.rs", "mod part;"),
            ("src/op/part.rs", ""),
            ("src/diff/mod.rs", "pub(crate) mod column;"),
            ("src/diff/column.rs", ""),
            ("src/diff/dead.rs", ""),
            ("tests/tidy.rs", "#[path = \"x/../tidy/tree.rs\"]\nmod tree;\nmod support;"),
            ("tests/tidy/tree.rs", ""),
            ("tests/tidy/dead.rs", ""),
            ("tests/support/mod.rs", ""),
            ("crates/model/src/dead.rs", ""),
            ("crates/model/src/lib.rs", ""),
        ];
        let dead = ["src/diff/dead.rs", "tests/tidy/dead.rs", "crates/model/src/dead.rs"];
        assert_eq!(paths(files_are_reached, &files), dead);
    }

    #[test]
    fn tests_that_are_switched_off_are_found() {
        let files = [("crates/model/Cargo.toml", "[package]\nautotests = false\n")];
        assert_eq!(paths(targets_are_found, &files), ["crates/model/Cargo.toml"]);
    }

    #[test]
    fn a_long_map_is_found() {
        let long = "\n".repeat(201);
        assert_eq!(paths(map_length, &[("ARCHITECTURE.md", &long)]), ["ARCHITECTURE.md"]);
        assert_eq!(paths(map_length, &[]), ["ARCHITECTURE.md"]);
        assert!(paths(map_length, &[("ARCHITECTURE.md", "map")]).is_empty());
    }
}
