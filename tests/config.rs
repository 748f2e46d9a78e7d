//! One test per file of `fixtures/config`: those in `ok` give a configuration, those in `err` the
//! complaints. Comment lines at the top say what is around the file:
//! `#! path = ..`, `#! env = ..` (`--env`), `#! url = ..` (`--database-url`), `#! set NAME = value`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use autogen::config::{Config, Flags, Input, parse};
use autogen::error::render;
use autogen_model::Diagnostic;
use libtest_mimic::{Arguments, Trial};
use snapbox::{Assert, Data};

type Outcome = Result<(), libtest_mimic::Failed>;

struct Around {
    path: PathBuf,
    flags: Flags,
    variables: BTreeMap<String, String>,
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/config");
    let mut trials = Vec::new();
    for (folder, run) in [("ok", good as fn(&Path) -> Outcome), ("err", bad)] {
        for entry in std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|it| it == "toml") {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                trials.push(Trial::test(format!("{folder}/{stem}"), move || run(&path)));
            }
        }
    }
    assert!(!trials.is_empty(), "no fixtures in {}", root.display());
    trials.sort_by(|one, two| one.name().cmp(two.name()));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn around(text: &str) -> Around {
    let mut around =
        Around { path: "autogen.toml".into(), flags: Flags::default(), variables: BTreeMap::new() };
    for line in text.lines().filter_map(|line| line.strip_prefix("#! ")) {
        let (key, value) = line.split_once(" = ").unwrap_or((line, ""));
        match key {
            "path" => around.path = value.into(),
            "env" => around.flags.environment = Some(value.into()),
            "url" => around.flags.database_url = Some(value.into()),
            _ => {
                let name = key.trim_start_matches("set ").to_owned();
                around.variables.insert(name, value.to_owned());
            }
        }
    }
    around
}

fn read(path: &Path) -> Result<Result<String, Vec<Diagnostic>>, libtest_mimic::Failed> {
    let text = std::fs::read_to_string(path)?;
    let around = around(&text);
    let file = Some((around.path.as_path(), text.as_str()));
    let input = Input { file, flags: &around.flags, variables: &around.variables };
    let nothing = Input { file: None, flags: &Flags::default(), variables: &BTreeMap::new() };
    let defaults = parse(&nothing).map_err(|reports| rendered(&reports))?;
    Ok(parse(&input).map(|config| {
        let lines = facts(&config);
        let new = lines.into_iter().zip(facts(&defaults)).filter(|(line, usual)| line != usual);
        new.map(|(line, _)| line + "\n").collect()
    }))
}

/// One line per key, so that only what differs from the defaults need be shown.
fn facts(config: &Config) -> Vec<String> {
    let url = match &config.database.url {
        Ok(url) => format!("{url:?}"),
        Err(report) => format!("cannot be told\n{}", render(report, false)),
    };
    vec![
        format!("root = {:?}", config.root),
        format!("file = {:?}", config.file),
        format!("environment = {:?}", config.environment),
        format!("project = {:?}", config.project),
        format!("models = {:?}", config.models),
        format!("revisions = {:?}", config.revisions),
        format!("dialects = {:?}", config.dialects),
        format!("database.url = {url}"),
        format!("database.schemas = {:?}", config.database.schemas),
        format!("database.ledger = {:?}", config.database.ledger),
        format!("{:?}", config.revision),
        format!("{:?}", config.compare),
        format!("{:?}", config.naming),
        format!("{:?}", config.upgrade),
        format!("{:?}", config.postgres),
        format!("hooks = {:?}", config.hooks),
    ]
}

fn good(path: &Path) -> Outcome {
    match read(path)? {
        Ok(text) => compare(path, "txt", text),
        Err(reports) => Err(rendered(&reports).into()),
    }
}

fn bad(path: &Path) -> Outcome {
    match read(path)? {
        Ok(_) => Err("there should be complaints".into()),
        Err(reports) => compare(path, "stderr", rendered(&reports)),
    }
}

fn rendered(reports: &[Diagnostic]) -> String {
    reports.iter().map(|report| render(report, false) + "\n").collect()
}

fn compare(path: &Path, extension: &str, actual: String) -> Outcome {
    let expected = Data::read_from(&path.with_extension(extension), None);
    let assert = Assert::new().action_env(snapbox::assert::DEFAULT_ACTION_ENV);
    assert
        .try_eq(None, Data::text(actual), expected.raw())
        .map_err(|fault| fault.to_string().into())
}
