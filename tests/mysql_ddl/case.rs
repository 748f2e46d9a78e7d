//! A case: what a schema is before and after, and what is known of the rows.

use std::path::Path;

use autogen::dialect::mysql::Mysql;
use autogen::diff::{Declined, diff};
use autogen::op::Op;
use autogen::plan::{Direction, Plan, plan, review, undo};
use autogen::schema::{
    Check, Column, Conversion, Expr, ForeignKey, Index, Intent, Name, Object, ObjectKind,
    PrimaryKey, Schema, Table,
};
use serde::de::DeserializeOwned;

use super::COLLATION;

/// The tables before, unless a case says otherwise: `t` with rows, and `p` to refer to.
const BASE: &str = r#"
p: column {"name":"id","type":{"native":"int"}}
p: column {"name":"n","type":{"native":"varchar(20)"},"null":true}
p: primary_key {"columns":[{"text":"id"}]}
column {"name":"id","type":{"native":"int"},"identity":{"always":false,"stated":true}}
column {"name":"a","type":{"native":"int"},"null":true}
column {"name":"b","type":{"native":"varchar(50)"},"null":true}
column {"name":"e","type":{"native":"enum('x','y')"},"null":true}
column {"name":"n","type":{"native":"int"},"default":"1"}
primary_key {"columns":[{"text":"id"}]}
"#;

/// Rows for it.
const ROWS: [&str; 2] = [
    "INSERT INTO p (id, n) VALUES (1, 'one'), (2, 'two'), (3, 'three')",
    "INSERT INTO t (a, b, e, n) VALUES (1, 'q', 'x', 1), (2, 'r', 'y', 2), (3, 's', 'x', 3)",
];

/// A case, as its file says it: a line `=== name`, then
///
/// - `< edit`: of the schema before; `> edit`: what is otherwise after. An edit is `column {..}`,
///   `index {..}`, `check {..}`, `foreign_key {..}`, `primary_key {..}`, `option key=value`, `comment
///   text`, or one of these words with `-` before and a name behind; of table `t`, unless another
///   stands before it: `p: column {..}`. `-table t` drops it; `trigger name sql` hangs on it;
///   `uncheck column` takes the condition out of its definition.
/// - `only mysql`, `only mariadb`: the other cannot do it.
/// - `fill t.a = value`, `using t.a = value`, `rename t.a = new`, `rename t = new`, `label t.e: x = z`.
/// - `rows INSERT ..`: run before the upgrade; `none` leaves out the usual ones.
/// - `up SELECT ..`, `down SELECT ..`: true after the upgrade, and after the downgrade.
/// - `refused text`: it is not planned, and the complaint says this.
/// - `weak`: stronger assertions than those made would do too.
#[derive(Clone, Debug, Default)]
pub(crate) struct Case {
    pub(crate) name: String,
    only: Option<String>,
    pub(crate) before: Schema,
    pub(crate) after: Schema,
    intent: Intent,
    pub(crate) rows: Vec<String>,
    pub(crate) up: Vec<String>,
    pub(crate) down: Vec<String>,
    pub(crate) weak: bool,
    pub(crate) refused: Option<String>,
}

impl Case {
    /// All cases of a file.
    pub(crate) fn all(path: &Path) -> Vec<Self> {
        let text = std::fs::read_to_string(path).expect("cases can be read");
        text.split("=== ").skip(1).map(Self::read).collect()
    }

    fn read(text: &str) -> Self {
        let (name, body) = text.split_once('\n').unwrap_or((text, ""));
        let mut case = Self { name: name.trim().to_owned(), ..Self::default() };
        case.rows.extend(ROWS.map(str::to_owned));
        BASE.trim().lines().for_each(|line| edit(&mut case.before, line));
        let lines = || body.lines().map(str::trim).filter(|line| !line.is_empty());
        for line in lines().filter_map(|line| line.strip_prefix("< ")) {
            edit(&mut case.before, line);
        }
        case.after = case.before.clone();
        for line in lines() {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "<" => {}
                ">" => edit(&mut case.after, rest),
                "only" => case.only = Some(rest.to_owned()),
                "none" => case.rows.clear(),
                "rows" => case.rows.push(rest.to_owned()),
                "up" => case.up.push(rest.to_owned()),
                "down" => case.down.push(rest.to_owned()),
                "weak" => case.weak = true,
                "refused" => case.refused = Some(rest.to_owned()),
                "fill" | "using" | "rename" | "label" => case.say(word, rest),
                _ => panic!("{}: `{word}` is unknown", case.name),
            }
        }
        [&mut case.before, &mut case.after].into_iter().for_each(settle);
        case
    }

    fn say(&mut self, word: &str, text: &str) {
        let (place, value) = text.split_once(" = ").expect("a place and a value");
        let Some((table, column)) = place.split_once('.') else {
            let said = self.intent.tables.entry(value.into()).or_default();
            said.renamed_from = Some(place.into());
            return;
        };
        let said = self.intent.tables.entry(table.into()).or_default();
        match word {
            "rename" => {
                let said = said.columns.entry(value.to_owned()).or_default();
                said.renamed_from = Some(column.to_owned());
            }
            "label" => {
                let (column, label) = column.split_once(": ").expect("a column and a label");
                let said = said.columns.entry(column.to_owned()).or_default();
                said.renamed_labels.insert(value.to_owned(), label.to_owned());
            }
            "fill" => {
                said.columns.entry(column.to_owned()).or_default().fill = Some(Expr::new(value));
            }
            _ => {
                let said = said.columns.entry(column.to_owned()).or_default();
                said.convert = Some(Conversion::By(Expr::new(value)));
            }
        }
    }

    pub(crate) fn runs_on(&self, mariadb: bool) -> bool {
        let word = if mariadb { "mariadb" } else { "mysql" };
        self.only.as_ref().is_none_or(|only| only == word)
    }

    /// The way there and the way back.
    pub(crate) fn plans(&self, dialect: &Mysql) -> Result<(Vec<Op>, Plan, Plan), String> {
        let none = Declined::default();
        let said = |error: autogen::error::Error| {
            let reports = error.reports();
            let all = reports.iter().map(|report| autogen::error::render(report, false));
            format!("{error}\n{}", all.collect::<String>())
        };
        let (before, after) = (&self.before, &self.after);
        let diff = diff(before, after.clone(), &self.intent, &none, dialect).map_err(said)?;
        let target = &diff.target;
        let up = plan(&diff.ops, (before, target), Direction::Up, dialect).map_err(said)?;
        let back = undo(&diff.ops, before, dialect);
        let down = plan(&back, (target, before), Direction::Down, dialect).map_err(said)?;
        Ok((diff.ops, up, down))
    }

    /// The plan that makes a schema from nothing.
    pub(crate) fn fresh(schema: &Schema, dialect: &Mysql) -> Result<Plan, String> {
        let case = Self { after: schema.clone(), ..Self::default() };
        case.plans(dialect).map(|(_, up, _)| up)
    }

    /// The statements of both ways, and the review.
    pub(crate) fn said(&self, dialect: &Mysql) -> Result<String, String> {
        if let Some(wanted) = &self.refused {
            return match self.plans(dialect) {
                Err(error) if error.contains(wanted) => Ok(format!("-- refused: {wanted}\n\n")),
                other => Err(format!("not refused: {other:?}")),
            };
        }
        let (ops, up, down) = self.plans(dialect)?;
        let side = |plan: &Plan| {
            let statements = plan.statements(dialect).concat();
            statements.iter().map(|it| format!("{it};\n\n")).collect::<String>()
        };
        let lines = review(&ops, (&self.before, &up), (&self.after, &down), dialect);
        let lines: String = lines.lines().map(|line| format!("-- | {line}\n")).collect();
        Ok(format!("{lines}\n{}-- back\n\n{}", side(&up), side(&down)))
    }
}

fn json<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// One edit of a schema.
fn edit(schema: &mut Schema, line: &str) {
    let (table, line) = match line.split_once(": ") {
        Some((name, rest)) if !name.contains([' ', '{']) => (Name::from(name), rest),
        _ => (Name::from("t"), line),
    };
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    if word == "-table" {
        schema.tables.remove(&Name::from(rest));
        return;
    }
    if word == "trigger" || word == "view" {
        let (name, sql) = rest.split_once(' ').expect("a name and a text");
        let kind = if word == "view" { ObjectKind::View } else { ObjectKind::Trigger };
        let mut object = Object::new(kind, name.into(), sql);
        object.table = (word == "trigger").then_some(table);
        schema.objects.push(object);
        return;
    }
    let table = schema.tables.entry(table.clone()).or_insert_with(|| Table::new(table));
    let named =
        |name: Option<&autogen::schema::ConstraintName>| name.is_some_and(|name| name.text == rest);
    match word {
        "column" => {
            let column: Column = json(rest);
            match table.column_mut(&column.name) {
                Some(known) => *known = column,
                None => table.columns.push(column),
            }
        }
        "index" => {
            let index: Index = json(rest);
            table.indexes.retain(|it| it.name != index.name);
            table.indexes.push(index);
        }
        "check" => {
            let check: Check = json(rest);
            let own = |it: &Check| it.options.get("column").cloned();
            table.checks.retain(|it| (&it.name, own(it)) != (&check.name, own(&check)));
            table.checks.push(check);
        }
        "foreign_key" => {
            let key: ForeignKey = json(rest);
            table.foreign_keys.retain(|it| it.name != key.name);
            table.foreign_keys.push(key);
        }
        "primary_key" => table.primary_key = Some(json::<PrimaryKey>(rest)),
        "comment" => table.comment = Some(rest.to_owned()),
        "option" => {
            let (key, value) = rest.split_once('=').expect("a key and a value");
            table.options.insert(key.to_owned(), value.to_owned());
        }
        "-column" => table.columns.retain(|it| it.name != rest),
        "-index" => table.indexes.retain(|it| it.name.text != rest),
        "-check" => table.checks.retain(|it| !named(it.name.as_ref())),
        "uncheck" => table.checks.retain(|it| it.options.get("column").is_none_or(|of| of != rest)),
        "-foreign_key" => table.foreign_keys.retain(|it| !named(it.name.as_ref())),
        "-primary_key" => table.primary_key = None,
        "-comment" => table.comment = None,
        "-option" => drop(table.options.remove(rest)),
        _ => panic!("`{line}` is no edit"),
    }
}

/// What goes without saying in a canonical schema.
fn settle(schema: &mut Schema) {
    for table in schema.tables.values_mut() {
        let own = table.options.entry("collate".into()).or_insert_with(|| COLLATION.to_owned());
        let own = own.clone();
        for column in &mut table.columns {
            let ty = column.ty.spelled();
            let words = ["varchar", "char(", "text", "enum", "set(", "mediumtext", "longtext"];
            let text = words.iter().any(|word| ty.starts_with(word));
            if text && column.collate.is_none() {
                column.collate = Some(own.clone());
            }
        }
    }
}
