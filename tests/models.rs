//! The model language: every file or folder under `fixtures/models` is a test. Those in `ok` are
//! lowered and compared with their schema, those in `err` with all that is said about them.
//! `SNAPSHOTS=overwrite` blesses.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autogen::error::render;
use autogen::lower::{Naming, lower_read};
use autogen::schema::{Intent, read_lock, write_lock};
use autogen_model::{Diagnostic, Models, Source};
use libtest_mimic::{Arguments, Failed, Trial};
use snapbox::{Assert, Data};

fn main() -> std::process::ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut trials = Vec::new();
    for path in cases(&root.join("fixtures/models/ok")) {
        trials.push(trial("ok", path, ok));
    }
    for path in cases(&root.join("fixtures/models/err")) {
        trials.push(trial("err", path, err));
    }
    let example = root.join("models.example.rs");
    trials.push(Trial::test("example", move || {
        compare(&lowered(&example)?, &root.join("fixtures/models/example.txt"))
    }));
    trials.push(Trial::test("paths", move || paths(&root.join("fixtures/models/ok"))));
    trials.push(Trial::test("never_panics", move || never_panics(&root.join("fixtures/models"))));
    trials.push(Trial::test("large_files", large_files));
    trials.push(Trial::test("nothing_forgotten", move || forgotten(&root.join("fixtures/models"))));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial(group: &str, path: PathBuf, run: fn(&Path) -> Result<(), Failed>) -> Trial {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    Trial::test(format!("{group}::{stem}"), move || run(&path))
}

/// The `.rs` files and the folders of a group, in order.
fn cases(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.is_dir() || path.extension().is_some_and(|it| it == "rs"));
    paths.sort();
    paths
}

fn ok(path: &Path) -> Result<(), Failed> {
    compare(&lowered(path)?, &path.with_extension("txt"))
}

fn err(path: &Path) -> Result<(), Failed> {
    let (models, problems, naming) = read(path);
    let Err(problems) = lower_read(&models, problems, &naming) else {
        return Err("this should be a mistake, and nothing was said".into());
    };
    let rendered: Vec<String> =
        problems.iter().map(|problem| render(problem, false) + "\n").collect();
    compare(&rendered.join("\n"), &path.with_extension("stderr"))
}

fn lowered(path: &Path) -> Result<String, Failed> {
    let (models, problems, naming) = read(path);
    let (schema, intent) = lower_read(&models, problems, &naming).map_err(|problems| {
        problems.iter().map(|problem| render(problem, false) + "\n").collect::<String>()
    })?;
    let lock = write_lock(&schema)?;
    if read_lock(&lock)? != schema {
        return Err("the lock file does not say the same as the schema".into());
    }
    let (facts, said) = (lock.lines().skip(2).collect::<Vec<_>>().join("\n"), intent_text(&intent));
    Ok(if said.is_empty() { format!("{facts}\n") } else { format!("{facts}\n\nintent\n{said}") })
}

/// Reads a case with paths as a user would type them inside it. A first line `//@ plural` or
/// `//@ index = ..` sets the naming.
fn read(path: &Path) -> (Models, Vec<Diagnostic>, Naming) {
    let base = if path.is_dir() { path } else { path.parent().unwrap() };
    let mut sources = Vec::new();
    let mut files = Vec::new();
    if path.is_dir() {
        collect(path, &mut files)
    } else {
        files.push(path.to_owned())
    }
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let path = file.strip_prefix(base).unwrap().to_owned();
        sources.push(Arc::new(Source::new(path, text)));
    }
    let mut naming = Naming::default();
    for line in sources.iter().flat_map(|source| source.text.lines()) {
        match line.strip_prefix("//@ ").map(|setting| setting.split_once(" = ")) {
            Some(None) => naming.plural = true,
            Some(Some(("index", template))) => naming.index = template.into(),
            Some(Some(("check", template))) => naming.check = template.into(),
            _ => {}
        }
    }
    let (models, problems) = autogen_model::read(sources);
    (models, problems, naming)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// What is said about the change, a line each; places only where the tests are about them.
fn intent_text(intent: &Intent) -> String {
    let mut text = String::new();
    for (name, table) in &intent.tables {
        if let Some(old) = &table.renamed_from {
            writeln!(text, "table {name} renamed from {old}").unwrap();
        }
        if table.unmanaged {
            writeln!(text, "table {name} unmanaged").unwrap();
        }
        for (column, said) in &table.columns {
            if let Some(old) = &said.renamed_from {
                writeln!(text, "column {name}.{column} renamed from {old}").unwrap();
            }
            if let Some(fill) = &said.fill {
                writeln!(text, "column {name}.{column} filled with {fill}").unwrap();
            }
            if !said.ignore.is_empty() {
                writeln!(text, "column {name}.{column} not compared: {:?}", said.ignore).unwrap();
            }
            for (new, old) in &said.renamed_labels {
                writeln!(text, "column {name}.{column} label {new} renamed from {old}").unwrap();
            }
        }
    }
    for (name, said) in &intent.enums {
        if let Some(old) = &said.renamed_from {
            writeln!(text, "enum {name} renamed from {old}").unwrap();
        }
        for (new, old) in &said.renamed_labels {
            writeln!(text, "enum {name} label {new} renamed from {old}").unwrap();
        }
    }
    text
}

fn compare(actual: &str, expected: &Path) -> Result<(), Failed> {
    let expected = Data::read_from(expected, None).raw();
    let assert = Assert::new().action_env("SNAPSHOTS");
    Ok(assert.try_eq(Some(&"result"), Data::text(actual).raw(), expected)?)
}

/// Files are found from the configured paths on, and a missing one is told.
fn paths(ok: &Path) -> Result<(), Failed> {
    let named = |paths: &[&str]| {
        let paths: Vec<PathBuf> = paths.iter().map(|path| ok.join(path)).collect();
        autogen_model::read_paths(&paths)
    };
    let tables = |models: &Models| -> Vec<String> {
        models.tables.iter().map(|model| model.ident.clone()).collect()
    };
    let (models, problems) = named(&["across_files/models/mod.rs"]);
    assert_eq!((tables(&models), problems.len()), (vec!["Post".into(), "User".into()], 0));
    let (models, problems) = named(&["sql_files", "sql_files/models.rs"]);
    assert_eq!((tables(&models), problems.len()), (vec!["T".into()], 0));
    assert_eq!(models.sql.len(), 2);
    let (models, problems) = named(&["nowhere.rs", "unmanaged.rs"]);
    assert_eq!(models.tables.len(), 2);
    assert!(problems[0].message.contains("nowhere.rs` cannot be read"), "{problems:?}");
    let other = std::env::temp_dir().join(format!("autogen_latin_{}.rs", std::process::id()));
    std::fs::write(&other, b"// one\n// caf\xe9\n")?;
    let problems = autogen_model::read_paths(std::slice::from_ref(&other)).1;
    std::fs::remove_file(&other)?;
    assert!(problems[0].message.ends_with("is not UTF-8: see line 2"), "{problems:?}");
    Ok(())
}

/// Whatever is broken in a file is told, and nothing falls over: one letter is left out, or
/// written twice, here and there in every case.
fn never_panics(root: &Path) -> Result<(), Failed> {
    let mut files = Vec::new();
    collect(root, &mut files);
    files.retain(|path| path.extension().is_some_and(|it| it == "rs"));
    for (number, path) in files.iter().enumerate() {
        let text = std::fs::read_to_string(path)?;
        for (at, letter) in text.char_indices().skip(number % 5).step_by(5) {
            let (before, after) = (&text[..at], &text[at + letter.len_utf8()..]);
            for text in [format!("{before}{after}"), format!("{before}{letter}{letter}{after}")] {
                let source = Source::new("broken.rs", text);
                let (models, problems) = autogen_model::read(vec![Arc::new(source)]);
                if let Err(problems) = lower_read(&models, problems, &Naming::default()) {
                    assert!(problems.iter().all(|problem| !render(problem, true).is_empty()));
                }
            }
        }
    }
    Ok(())
}

/// A file that is read in pieces says what it says as a whole, wherever the cuts fall, and so do its
/// mistakes.
fn large_files() -> Result<(), Failed> {
    for (newline, brace) in [("\n", "{}"), ("\r\n", "{}"), ("\n", "{\n}\n"), ("\n", "\n}\n")] {
        let mut text = String::from("#![allow(unused)]\n");
        for number in 0..2_000 {
            let check =
                format!("#[table(check(name = \"ck_{number}\", expr = r\"a <> '{brace}'\"))]");
            let fields = "    pub id: i64,\n    /// ä\n    pub a: String,\n";
            writeln!(text, "#[derive(Table)]\n{check}\npub struct T{number} {{\n{fields}}}\n")?;
        }
        let text = text.replace('\n', newline);
        let (models, problems) =
            autogen_model::read(vec![Arc::new(Source::new("a.rs", text.as_str()))]);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(models.tables.len(), 2_000);
        for (number, model) in models.tables.iter().enumerate() {
            assert_eq!(text[model.place.range.clone()], format!("T{number}"));
            assert_eq!(text[model.fields[1].place.range.clone()], *"a");
            let line = text[..model.place.range.start].matches('\n').count() + 1;
            assert_eq!(model.place.line(), line);
        }
        for mistake in ["struct {}", "#![inner]", "const A: u8 = 1", "fn a() {", "}"] {
            let broken = format!("{text}{mistake}{newline}");
            let (_, problems) = autogen_model::read(vec![Arc::new(Source::new("a.rs", broken))]);
            let [problem] = problems.as_slice() else { return Err(format!("{problems:?}").into()) };
            assert!(problem.message.starts_with("this is not Rust"), "{problem:?}");
        }
    }
    Ok(())
}

/// Every expectation has its case, so that a renamed case leaves none behind.
fn forgotten(root: &Path) -> Result<(), Failed> {
    for (group, extension) in [("ok", "txt"), ("err", "stderr")] {
        let all = cases(&root.join(group));
        for entry in std::fs::read_dir(root.join(group))? {
            let path = entry?.path();
            if path.extension().is_some_and(|it| it == extension)
                && !all.iter().any(|case| case.with_extension(extension) == path)
            {
                return Err(format!("{} has no case", path.display()).into());
            }
        }
    }
    Ok(())
}
