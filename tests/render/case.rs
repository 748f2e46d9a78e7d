//! A case: two schemas, and what is known of the rows.

use std::path::{Path, PathBuf};

use autogen::dialect::Dialect;
use autogen::dialect::postgres::Postgres;
use autogen::diff::{Declined, diff};
use autogen::plan::{Direction, Plan, plan, undo};
use autogen::schema::{Expr, Intent, Schema, read_lock};
use libtest_mimic::Failed;
use snapbox::{Assert, Data};

/// A case, as its file says it. Schemas are canonical and stand one after the other, with a line of
/// dashes between. Lines that begin with `#` say more:
///
/// - `# since 15`: older servers cannot do it.
/// - `# fill table.column = value`: what old rows get.
/// - `# using table.column = value`: how old values are converted.
/// - `# rows INSERT ..`: run before the upgrade.
/// - `# up SELECT ..`, `# down SELECT ..`: true after the upgrade, and after the downgrade.
#[derive(Clone, Debug, Default)]
pub(crate) struct Case {
    /// The file's name.
    pub(crate) name: String,
    path: PathBuf,
    /// The oldest version that can do it.
    pub(crate) since: u16,
    /// The schema before.
    pub(crate) before: Schema,
    /// The schema after.
    pub(crate) after: Schema,
    intent: Intent,
    /// Statements that make rows.
    pub(crate) rows: Vec<String>,
    /// Queries that are true after the upgrade.
    pub(crate) up: Vec<String>,
    /// Queries that are true after the downgrade.
    pub(crate) down: Vec<String>,
}

/// All cases of a folder.
pub(crate) fn all(folder: &Path) -> Vec<Case> {
    let entries = std::fs::read_dir(folder).expect("the folder of the cases can be read");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "lock"));
    paths.sort();
    paths.into_iter().map(read).collect()
}

fn read(path: PathBuf) -> Case {
    let text = std::fs::read_to_string(&path).expect("a case can be read");
    let (before, after) = text.split_once("\n---\n").unwrap_or(("", &text));
    let schema = |text: &str| {
        let mut schema = read_lock(text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let names = schema.tables.keys().chain(schema.enums.keys());
        schema.namespaces = names.filter_map(|name| name.schema.clone()).collect();
        schema
    };
    let mut case = Case {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        since: 12,
        before: schema(before),
        after: schema(after),
        ..Case::default()
    };
    for line in text.lines().filter_map(|line| line.strip_prefix("# ")) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "since" => case.since = rest.parse().expect("a version"),
            "rows" => case.rows.push(rest.to_owned()),
            "up" => case.up.push(rest.to_owned()),
            "down" => case.down.push(rest.to_owned()),
            "fill" | "using" => case.say(word, rest),
            _ => panic!("{path:?}: `{word}` is unknown"),
        }
    }
    case.path = path;
    case
}

impl Case {
    /// A schema from nothing.
    pub(crate) fn fresh(schema: &Schema) -> Self {
        Self { after: schema.clone(), ..Self::default() }
    }

    fn say(&mut self, word: &str, text: &str) {
        let (place, value) = text.split_once(" = ").expect("a column and a value");
        let (table, column) = place.rsplit_once('.').expect("a table and a column");
        let said = self.intent.tables.entry(table.into()).or_default();
        let said = said.columns.entry(column.to_owned()).or_default();
        match word {
            "fill" => said.fill = Some(Expr::new(value)),
            _ => said.convert = Some(autogen::schema::Conversion::By(Expr::new(value))),
        }
    }

    /// The way there and the way back.
    pub(crate) fn plans(&self, dialect: &dyn Dialect) -> Result<(Plan, Plan), String> {
        let (before, after, intent) = (&self.before, &self.after, &self.intent);
        let none = Declined::default();
        let said = |error: autogen::error::Error| error.to_string();
        let diff = diff(before, after.clone(), intent, &none, dialect).map_err(said)?;
        let target = &diff.target;
        let up = plan(&diff.ops, (before, target), Direction::Up, dialect).map_err(said)?;
        let back = undo(&diff.ops, before, dialect);
        let down = plan(&back, (target, before), Direction::Down, dialect).map_err(said)?;
        Ok((up, down))
    }

    /// The statements are those beside the case, and the same again.
    pub(crate) fn written(&self) -> Result<(), Failed> {
        let dialect = Postgres::new(self.since.max(Postgres::USUAL.version));
        let (up, down) = self.plans(&dialect)?;
        let side = |plan: &Plan| {
            let statements = plan.statements(&dialect).concat();
            statements.iter().map(|it| format!("{it};\n")).collect::<Vec<String>>().join("\n")
        };
        let text = format!("-- up\n\n{}\n-- down\n\n{}", side(&up), side(&down));
        let expected = Data::read_from(&self.path.with_extension("sql"), None).raw();
        Assert::new().action_env("SNAPSHOTS").try_eq(None, Data::text(text).raw(), expected)?;
        Ok(())
    }
}
