//! autogen.toml, Cargo.toml, `.env` and URLs.

use std::collections::BTreeMap;
use std::path::Path;

use autogen::config::{self, Flags, Input, Origin, Url};
use autogen::error::render;

use super::{must, same, shown};
use crate::dice::Dice;
use crate::run::Target;
use crate::text::Language;

const KEYS: [&str; 46] = [
    "models",
    "revisions",
    "dialects",
    "[database]\n",
    "[revision]\n",
    "[compare]\n",
    "[naming]\n",
    "[upgrade]\n",
    "[postgres]\n",
    "[[hook]]\n",
    "[env.production]\n",
    "[env]\n",
    "[env.production.upgrade]\n",
    "url",
    "schemas",
    "ledger",
    "file",
    "slug_length",
    "timezone",
    "template",
    "include",
    "exclude",
    "unmanaged",
    "index",
    "plural",
    "transaction",
    "lock_timeout",
    "retries",
    "wait",
    "run",
    " = ",
    "\"\"",
    "\"sqlite://app.db\"",
    "\"${HOME:-x}\"",
    "\"${X}\"",
    "\"$${X}\"",
    "[\"a\", \"b\"]",
    "true",
    "1",
    "-1",
    "0x10",
    "\"5s\"",
    "\"drop\"",
    "{ a = 1 }",
    "[package.metadata.autogen]\n",
    "\"\"\"",
];
const URL: [&str; 40] = [
    "sqlite:",
    "sqlite://",
    "postgres://",
    "postgresql://",
    "mysql://",
    "mariadb://",
    "oracle://",
    "://",
    "user",
    "user:secret@",
    "@",
    ":",
    "/",
    "app",
    "host",
    ":5432",
    "?",
    "&",
    "#",
    "options=",
    "-c ",
    "-csearch_path%3Dapp",
    "search_path=",
    "%22",
    "%",
    "%zz",
    "%C3",
    "+",
    "password=secret",
    "sslmode=",
    "[::1]",
    "\\ ",
    "--",
    "$user",
    ",",
    "app.db",
    ":memory:",
    "..",
    "=",
    " ",
];
const DOTENV: [&str; 30] = [
    "DATABASE_URL",
    "A",
    "B",
    "=",
    "=",
    "\n",
    "\n",
    "export ",
    "# comment\n",
    "\"",
    "'",
    "sqlite://app.db",
    "${A}",
    "$A",
    "${",
    "}",
    "$",
    "\\",
    "\\n",
    "\\$",
    " ",
    "a b",
    "1",
    "é",
    "A=1\n",
    "B=$A\n",
    "A=\"x\ny\"\n",
    "\\\n",
    "=\n",
    "#",
];

pub(super) fn targets() -> Vec<Target> {
    let settings = || Language::new(&KEYS, &["fixtures/config", "examples", "templates"], "toml");
    vec![
        Target { name: "config", language: settings, make: Language::text, check },
        Target {
            name: "env",
            language: || Language::new(&DOTENV, &[], ""),
            make: Language::text,
            check: dotenv,
        },
        Target {
            name: "url",
            language: || Language::new(&URL, &[], ""),
            make: |language, dice| match dice.once_in(2) {
                true => (0..dice.below(12)).map(|_| language.piece(dice)).collect(),
                false => language.text(dice),
            },
            check: url,
        },
        Target {
            name: "password",
            language: || Language::new(&URL, &[], ""),
            make: password,
            check: hidden,
        },
    ]
}

fn check(text: &str) -> Result<(), String> {
    let variables = [("HOME", "/home/ann"), ("EMPTY", ""), ("AUTOGEN_ENV", "production")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    for (path, variables) in [
        ("autogen.toml", &BTreeMap::new()),
        ("autogen.toml", &variables),
        ("Cargo.toml", &variables),
    ] {
        let flags = Flags::default();
        let file = Some((Path::new(path), text));
        let Err(reports) = config::parse(&Input { file, flags: &flags, variables }) else {
            continue;
        };
        must(!reports.is_empty(), || "refused without a reason".to_owned())?;
        for report in reports.iter().take(20) {
            for label in &report.labels {
                let range = label.place.range.clone();
                must(label.place.source.text.get(range.clone()).is_some(), || {
                    format!("`{}` is at {range:?} of {} bytes", report.message, text.len())
                })?;
            }
            let unplaced = report.message.contains(" no environment ");
            must(unplaced || !report.labels.is_empty(), || {
                format!("`{}` has no place", report.message)
            })?;
            shown(report)?;
        }
    }
    Ok(())
}

fn dotenv(text: &str) -> Result<(), String> {
    let mut variables = BTreeMap::from([("A".to_owned(), "from outside".to_owned())]);
    let read = config::read_dotenv(Path::new(".env"), text, &mut variables);
    same("what the environment sets", &variables["A"].as_str(), &"from outside")?;
    let Err(error) = read else { return Ok(()) };
    for report in error.reports() {
        super::placed(report, text)?;
    }
    Ok(())
}

fn url(text: &str) -> Result<(), String> {
    let url = match Url::parse(text, Origin::Flag) {
        Ok(url) => url,
        Err(report) => {
            must(!report.help.is_empty(), || format!("`{}` has no help", report.message))?;
            return shown(&report);
        }
    };
    same("kept", &url.as_str(), &text)?;
    // What is shown again hides no more: nothing was left.
    let shown = url.to_string();
    same("shown twice", &autogen::db::redact(&shown), &shown)?;
    let _ = url.search_path();
    let moved = url.clone().under(Path::new("some/where"));
    same("dialect", &url.dialect(), &moved.dialect())
}

/// A URL with a password in it, between U+1 and U+2, which stand for nothing.
fn password(language: &Language, dice: &mut Dice) -> String {
    let scheme = dice.one_of(&["postgres://", "postgresql://", "mysql://", "mariadb://"]);
    let mut word = |count| -> String {
        let pieces = (0..1 + dice.below(count)).map(|_| language.piece(dice));
        pieces.filter(|it| !it.contains(['@', '/', '?', '#'])).collect()
    };
    let (user, secret, host) = (word(2).replace(':', ""), word(6), word(2).replace(':', ""));
    format!("{scheme}{user}:\u{1}{secret}\u{2}@{host}/app")
}

/// The password of a URL is shown nowhere: not by itself, not in a complaint about it.
fn hidden(text: &str) -> Result<(), String> {
    let Some((before, rest)) = text.split_once('\u{1}') else { return Ok(()) };
    let Some((secret, after)) = rest.split_once('\u{2}') else { return Ok(()) };
    let user = before.split_once("://").map(|(_, user)| user);
    if user.is_none_or(|user| !user.ends_with(':')) || !after.starts_with('@') {
        return Ok(());
    }
    let secret = format!("k3y{secret}9x");
    let url = format!("{before}{secret}{after}");
    let shows = |shown: &str| shown.contains("k3y") || shown.contains("9x");
    match Url::parse(&url, Origin::Flag) {
        Ok(read) => must(!shows(&format!("{read} {read:?}")), || format!("{read} shows all"))?,
        Err(report) => {
            must(!shows(&render(&report, false)), || "a complaint shows all".to_owned())?
        }
    }
    let file = format!("[database]\nurl = {}\nretries = 1\n", toml(&url));
    let (flags, variables) = (Flags::default(), BTreeMap::new());
    let input = Input {
        file: Some((Path::new("autogen.toml"), &file)),
        flags: &flags,
        variables: &variables,
    };
    for report in config::parse(&input).err().unwrap_or_default() {
        must(!shows(&render(&report, false)), || format!("shown: {}", render(&report, false)))?;
    }
    Ok(())
}

/// The text as a basic string of TOML.
fn toml(text: &str) -> String {
    let escape = |character: char| match character {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        other if other.is_control() => format!("\\u{:04x}", u32::from(other)),
        other => other.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}
