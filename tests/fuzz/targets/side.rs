//! Whole revision files and the directives in them.

use autogen::revision::split;
use autogen::revision::{BindSource, Condition, Direction, Side, Sides, Statement, Step, checksum};
use autogen::sql::Syntax;

use super::{DIALECTS, must, same, whole};
use crate::dice::Dice;
use crate::run::Target;
use crate::text::Language;

const PIECES: [&str; 52] = [
    "\n-- autogen: upgrade\n",
    "\n-- autogen: downgrade\n",
    "\n-- autogen: upgrade sqlite\n",
    "\n-- autogen: downgrade mysql\n",
    "\n-- autogen: upgrade postgres\n",
    "\n-- autogen: upgrade oracle\n",
    "\n-- autogen: step\n",
    "\n-- autogen: step autocommit\n",
    "\n-- autogen: statement\n",
    "\n-- autogen: end\n",
    "\n-- autogen: repeat\n",
    "\n-- autogen: repaet\n",
    "\n-- autogen: when ",
    "\n-- autogen: when ENVIRONMENT = development\n",
    "\n-- autogen: when A != \"x y\"\n",
    "\n-- autogen: bind a = env(\"A\")\n",
    "\n-- autogen: bind b = file(\"data/b.json\")\n",
    "\n-- autogen: bind c = x(\"\\\"\\\\\")\n",
    "\n-- autogen: bind ",
    "\n-- autogen: irreversible \"gone\"\n",
    "\n-- autogen: irreversible ",
    "\n-- autogen upgrade\n",
    "\n--autogen:step\n",
    "\n-- AUTOGEN : Step\n",
    "\n-- autogen:\n",
    "-- autogen: ",
    "\n-- Revision: r2\n",
    "\n-- Revises: r0\n",
    "\n-- comment\n",
    "UPDATE t SET a = :a;\n",
    "UPDATE t SET b = :b WHERE c = :c;\n",
    "DELETE FROM t;",
    "SELECT 1;\n",
    ";",
    ";\n",
    "CREATE TABLE t (a INT);\n",
    "$$",
    "$a$",
    "/*",
    "*/",
    "'",
    "DELIMITER //\n",
    "//\n",
    "BEGIN\n",
    "END;\n",
    "CREATE TRIGGER t BEFORE INSERT ON t BEGIN SELECT 1; END;\n",
    ":a",
    "\"x\"",
    "=",
    "!=",
    "env(",
    "\n",
];

pub(super) fn targets() -> Vec<Target> {
    let make = |language: &Language, dice: &mut Dice| {
        let head =
            if dice.once_in(2) { "-- M\n-- Revision: r1\n-- autogen: upgrade\n" } else { "" };
        format!("{head}{}", language.text(dice))
    };
    vec![Target { name: "directive", language, make, check }]
}

fn language() -> Language {
    Language::new(&PIECES, &["fixtures/revision_files", "tests/cli", "tests/pages"], "sql")
}

fn check(text: &str) -> Result<(), String> {
    for dialect in DIALECTS {
        let Some((revision, sides)) = whole(text, dialect)? else { continue };
        for statement in statements(&sides) {
            let place = &statement.place;
            let there =
                place.source.text.get(place.range.clone()).map(|it| it.replace("\r\n", "\n"));
            // A call of a function stands in a directive, which may be written in other letters.
            if statement.rust.is_none() {
                same("place of a statement", &there.as_ref(), &Some(&statement.sql))?;
            }
            for bind in &statement.binds {
                let there = &place.source.text[bind.place.range.clone()];
                must(there.contains(&bind.name), || format!("{} is at {there:?}", bind.name))?;
            }
        }
        other_line_ends(text, dialect, &sides, &checksum(&revision, dialect))?;
        directives_again(dialect, &sides)?;
    }
    Ok(())
}

fn statements(sides: &Sides) -> impl Iterator<Item = &Statement> {
    let sides = sides.upgrade.values().chain(sides.downgrade.values());
    sides.flat_map(|side| &side.steps).flat_map(|step| &step.statements)
}

/// Windows line ends and a byte order mark change neither statements nor checksum.
fn other_line_ends(text: &str, dialect: &str, sides: &Sides, sum: &str) -> Result<(), String> {
    // A carriage return alone is a character like any other, and becomes another one here.
    let plain = text.replace("\r\n", "\n");
    if plain.contains('\r') {
        return Ok(());
    }
    let marked = format!("\u{feff}{}", plain.trim_start_matches('\u{feff}').replace('\n', "\r\n"));
    let Some((revision, again)) = whole(&marked, dialect)? else {
        return Err("other line ends make it unreadable".to_owned());
    };
    let sql = |sides: &Sides| statements(sides).map(|it| it.sql.clone()).collect::<Vec<_>>();
    same("statements with other line ends", &sql(sides), &sql(&again))?;
    same("checksum with other line ends", &sum, &checksum(&revision, dialect).as_str())
}

/// Directives that were read, written down in their plain form, are read the same.
fn directives_again(default: &str, sides: &Sides) -> Result<(), String> {
    // Another delimiter makes a statement of semicolons alone, which a bracket takes away.
    // MySQL takes `--autogen` for an expression, which on a line of its own is a directive.
    let odd = |it: &Statement| {
        let comment = |line: &str| line.trim_start().starts_with("--");
        it.sql.trim_matches([';', ' ', '\n']).is_empty() || it.sql.lines().any(comment)
    };
    if statements(sides).any(odd) {
        return Ok(());
    }
    let mut text = "-- Again\n--\n-- Revision: r1\n".to_owned();
    for (direction, by_dialect) in
        [(Direction::Upgrade, &sides.upgrade), (Direction::Downgrade, &sides.downgrade)]
    {
        for (dialect, side) in by_dialect {
            text.push_str(&format!("\n-- autogen: {} {dialect}\n", direction.word()));
            write_side(side, &mut text);
        }
    }
    let Some((_, again)) = whole(&text, default)? else {
        return Err(format!("cannot be read again:\n{text}"));
    };
    let plain = |sides: &Sides| -> Vec<_> {
        let all = sides.upgrade.iter().chain(&sides.downgrade);
        all.map(|(dialect, side)| {
            let syntax = split::syntax(if dialect.is_empty() { default } else { dialect });
            let steps: Vec<_> = side.steps.iter().map(|it| plain_step(it, syntax)).collect();
            (dialect.clone(), side.irreversible.clone(), steps)
        })
        .collect()
    };
    same("directives", &plain(sides), &plain(&again))
}

type PlainStatement = (String, Vec<(String, BindSource)>, Vec<Condition>, bool);

fn plain_step(step: &Step, syntax: Syntax) -> (bool, Vec<PlainStatement>) {
    let plain = |it: &Statement| {
        let binds = it.binds.iter().map(|bind| (bind.name.clone(), bind.value.clone()));
        // What lacks its END keeps a semicolon that a bracket takes away.
        let sql = split::whole(&it.sql, syntax).map(|piece| piece.sql).unwrap_or_default();
        (sql, binds.collect(), it.when.clone(), it.repeat)
    };
    (step.autocommit, step.statements.iter().map(plain).collect())
}

fn write_side(side: &Side, text: &mut String) {
    if let Some(why) = &side.irreversible {
        text.push_str(&format!("-- autogen: irreversible {}\n", quoted(why)));
    }
    for step in &side.steps {
        text.push_str(if step.autocommit {
            "-- autogen: step autocommit\n"
        } else {
            "-- autogen: step\n"
        });
        let mut said = 0;
        for statement in &step.statements {
            for condition in &statement.when[said..] {
                let sign = if condition.equal { "=" } else { "!=" };
                let value = quoted(&condition.value);
                text.push_str(&format!("-- autogen: when {} {sign} {value}\n", condition.name));
            }
            said = statement.when.len();
            for bind in &statement.binds {
                let (from, value) = match &bind.value {
                    BindSource::File(value) => ("file", value),
                    BindSource::Env(value) => ("env", value),
                    BindSource::X(value) => ("x", value),
                };
                let value = quoted(value);
                text.push_str(&format!("-- autogen: bind {} = {from}({value})\n", bind.name));
            }
            if statement.repeat {
                text.push_str("-- autogen: repeat\n");
            }
            text.push_str(&format!("-- autogen: statement\n{};\n-- autogen: end\n", statement.sql));
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
