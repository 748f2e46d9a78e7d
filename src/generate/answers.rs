//! What the user answers, by flag, file or on the terminal, put into the intent.

use std::collections::BTreeMap;

use autogen_model::{Diagnostic, nearest};

use crate::diff::{Declined, Question};
use crate::error::{Error, Kind, Result};
use crate::schema::{Column, Conversion, Expr, Intent, Name, Schema, Type};

/// Answers to the questions of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// New name to old name: `table` or `table.column`.
    renames: BTreeMap<String, String>,
    /// New names that are no renames, as globs.
    declined: Vec<String>,
    /// Values of old rows, by `table.column`.
    fills: BTreeMap<String, String>,
    /// What becomes of old values in a column of another type, by `table.column`.
    conversions: BTreeMap<String, Conversion>,
    /// Why there is no way back.
    irreversible: Option<String>,
}

impl Answers {
    /// `--rename OLD=NEW`, of tables, columns (`table.column`), labels (`table.column:label`, or
    /// `type:label`) or schemas (`schema:name`). What comes before the last part may be left out of
    /// the new name.
    pub fn rename(&mut self, text: &str) -> Result<()> {
        let (old, new) = split(text, "--rename", "OLD=NEW")?;
        let new = match (old.split_once(':'), old.split_once('.')) {
            (Some((column, _)), _) if !new.contains(':') => format!("{column}:{new}"),
            (None, Some((table, _))) if !new.contains('.') => format!("{table}.{new}"),
            _ => new.to_owned(),
        };
        self.renames.insert(new, old.to_owned());
        Ok(())
    }

    /// `--no-rename NAME`.
    pub fn decline(&mut self, name: &str) {
        self.declined.push(name.to_owned());
    }

    /// `--fill TABLE.COLUMN=EXPRESSION`.
    pub fn fill(&mut self, text: &str) -> Result<()> {
        let (column, expr) = split(text, "--fill", "TABLE.COLUMN=EXPRESSION")?;
        self.fills.insert(column.to_owned(), expr.to_owned());
        Ok(())
    }

    /// `--convert TABLE.COLUMN`, as the database does it, or `--convert TABLE.COLUMN=EXPRESSION`.
    pub fn convert(&mut self, text: &str) -> Result<()> {
        let (column, conversion) = match text.contains('=') {
            false => (text.trim(), Conversion::Database),
            true => {
                let (column, expr) = split(text, "--convert", "TABLE.COLUMN=EXPRESSION")?;
                (column, Conversion::By(Expr::new(expr.to_owned())))
            }
        };
        self.conversions.insert(column.to_owned(), conversion);
        Ok(())
    }

    /// `--irreversible WHY`: no way back is written.
    pub fn one_way(&mut self, why: &str) -> Result<()> {
        let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
        if why.is_empty() {
            let error = Error::new(Kind::Usage, "`--irreversible` needs a reason");
            return Err(error.help("whoever tries the downgrade reads it"));
        }
        self.irreversible = Some(why);
        Ok(())
    }

    /// Why there is no way back, where there shall be none.
    pub fn irreversible(&self) -> Option<&str> {
        self.irreversible.as_deref()
    }

    /// The renames as (old, new).
    pub(super) fn renames(&self) -> impl Iterator<Item = (&String, &String)> {
        self.renames.iter().map(|(new, old)| (old, new))
    }

    /// The columns whose old rows get a value.
    pub(super) fn fills(&self) -> impl Iterator<Item = &str> {
        self.fills.keys().map(String::as_str)
    }

    /// The columns that are converted.
    pub(super) fn conversions(&self) -> impl Iterator<Item = &str> {
        self.conversions.keys().map(String::as_str)
    }

    /// What is no rename, as it was said.
    pub(super) fn declines(&self) -> impl Iterator<Item = &str> {
        self.declined.iter().map(String::as_str)
    }

    /// What is no rename. A label of a column is one of its type, and the other way round.
    pub fn declined(&self, target: &Schema) -> Result<Declined> {
        let mut names = self.declined.clone();
        for (holder, label) in self.declined.iter().filter_map(|name| name.split_once(':')) {
            let ty = Name::from(holder);
            let columns = columns_of(&ty, target);
            names.extend(columns.map(|(table, column)| format!("{table}.{column}:{label}")));
            let column = column_of(holder, "--no-rename", target).ok();
            let ty = column.and_then(|(table, column)| {
                target.tables.get(&table)?.column(&column)?.ty.enumeration()
            });
            names.extend(ty.map(|name| format!("{name}:{label}")));
        }
        Declined::new(names.iter().map(String::as_str))
    }

    /// Puts the answers into the intent. A name that no model has is an error.
    pub fn put(&self, intent: &mut Intent, target: &Schema) -> Result<()> {
        for (new, old) in &self.renames {
            if let Some((column, label)) = new.split_once(':') {
                let old = old.split_once(':').map_or(old.as_str(), |(_, label)| label);
                if column == "schema" {
                    namespace_of(label, target)?;
                    intent.namespaces.insert(label.to_owned(), old.to_owned());
                    continue;
                }
                if target.enums.contains_key(&Name::from(column)) {
                    let name = Name::from(column);
                    // Where the database has no such types, the labels are the columns' own.
                    for (table, column) in columns_of(&name, target) {
                        let said = intent.tables.entry(table.clone()).or_default();
                        let said = said.columns.entry(column.to_owned()).or_default();
                        said.renamed_labels.insert(label.to_owned(), old.to_owned());
                    }
                    let said = intent.enums.entry(name).or_default();
                    said.renamed_labels.insert(label.to_owned(), old.to_owned());
                    continue;
                }
                let (table, column) = column_of(column, "--rename", target)?;
                // Where the database has such types, the labels are the type's.
                let ty = target.tables[&table].column(&column).map(|it| &it.ty);
                if let Some(name) = ty.and_then(Type::enumeration) {
                    let said = intent.enums.entry(name.clone()).or_default();
                    said.renamed_labels.insert(label.to_owned(), old.to_owned());
                }
                let said = intent.tables.entry(table).or_default();
                let said = said.columns.entry(column).or_default();
                said.renamed_labels.insert(label.to_owned(), old.to_owned());
                continue;
            }
            if target.tables.contains_key(&Name::from(new.as_str())) {
                let said = intent.tables.entry(Name::from(new.as_str())).or_default();
                said.renamed_from = Some(Name::from(old.as_str()));
            } else {
                let (table, column) = column_of(new, "--rename", target)?;
                let old = old.rsplit_once('.').map_or(old.as_str(), |(_, column)| column);
                let said = intent.tables.entry(table).or_default();
                said.columns.entry(column).or_default().renamed_from = Some(old.to_owned());
            }
        }
        for (name, expr) in &self.fills {
            let (table, column) = column_of(name, "--fill", target)?;
            let said = intent.tables.entry(table).or_default();
            said.columns.entry(column).or_default().fill = Some(Expr::new(expr.clone()));
        }
        for (name, conversion) in &self.conversions {
            let (table, column) = column_of(name, "--convert", target)?;
            let said = intent.tables.entry(table).or_default();
            said.columns.entry(column).or_default().convert = Some(conversion.clone());
        }
        Ok(())
    }
}

/// The columns of an enumerated type.
pub(super) fn columns_of<'a>(
    name: &'a Name,
    target: &'a Schema,
) -> impl Iterator<Item = (&'a Name, &'a str)> {
    target.tables.values().flat_map(move |table| {
        let holds = |column: &&Column| column.ty.enumeration() == Some(name);
        table.columns.iter().filter(holds).map(|column| (&table.name, column.name.as_str()))
    })
}

fn split<'a>(text: &'a str, flag: &str, form: &str) -> Result<(&'a str, &'a str)> {
    let parts = text.split_once('=').map(|(one, two)| (one.trim(), two.trim()));
    parts.filter(|(one, two)| !one.is_empty() && !two.is_empty()).ok_or_else(|| {
        Error::new(Kind::Usage, format!("`{flag} {text}` is not of the form {form}"))
    })
}

fn namespace_of(name: &str, target: &Schema) -> Result<()> {
    let names = target.tables.keys().chain(target.enums.keys());
    let known: Vec<&str> = names.filter_map(|name| name.schema.as_deref()).collect();
    if known.contains(&name) {
        return Ok(());
    }
    let error = Error::new(Kind::Usage, format!("`--rename`: no model is in schema `{name}`"));
    Err(match nearest(name, known) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("the new name is the one that the models say: `schema = \"..\"`"),
    })
}

fn column_of(name: &str, flag: &str, target: &Schema) -> Result<(Name, String)> {
    let found = name.rsplit_once('.').and_then(|(table, column)| {
        let table = target.tables.get(&Name::from(table))?;
        Some((table.name.clone(), table.column(column)?.name.clone()))
    });
    found.ok_or_else(|| {
        let error = Error::new(Kind::Usage, format!("`{flag}`: no model has `{name}`"));
        let columns = target.tables.values().flat_map(|table| {
            table.columns.iter().map(|column| format!("{}.{}", table.name, column.name))
        });
        let known: Vec<String> = columns.chain(target.tables.keys().map(Name::to_string)).collect();
        match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("names are those of the models after the change: TABLE.COLUMN"),
        }
    })
}

/// The questions as an error, with the flags that answer each.
pub fn explain(questions: &[Question]) -> Error {
    Error::from_reports(Kind::Question, questions.iter().map(report).collect())
}

fn report(question: &Question) -> Diagnostic {
    match question {
        Question::NamespaceRenamed { new, old } => {
            Diagnostic::new(format!("is schema {new} new, or is it {old} renamed?"))
                .help(format!("renamed, with all tables: --rename schema:{old}=schema:{new}"))
                .help(format!("new: --no-rename schema:{new}"))
        }
        Question::TableRenamed { new, candidates } => {
            let old: Vec<String> = candidates.iter().map(Name::to_string).collect();
            rename_report("table", &new.to_string(), &old)
        }
        Question::ColumnRenamed { table, new, candidates } => {
            let old: Vec<String> = candidates.iter().map(|it| format!("{table}.{it}")).collect();
            rename_report("column", &format!("{table}.{new}"), &old)
        }
        Question::EnumLabelRenamed { name, new, candidates } => {
            label_report(&name.to_string(), new, candidates)
        }
        Question::LabelRenamed { table, column, new, candidates } => {
            label_report(&format!("{table}.{column}"), new, candidates)
        }
        Question::Convert { table, column, types: (old, new) } => {
            let name = format!("{table}.{column}");
            Diagnostic::new(format!("{name} was {old} and is to be {new}: what of old values?"))
                .help(format!("what the database makes of them: --convert {name}"))
                .help(format!("another value: --convert '{name}=EXPRESSION'"))
        }
        Question::Fill { table, column, exists } => {
            let name = format!("{table}.{column}");
            let message = match exists {
                true => {
                    format!("column {name} refuses NULL from now on: what of rows that hold it?")
                }
                false => {
                    format!("new column {name} refuses NULL and has no default: what of old rows?")
                }
            };
            Diagnostic::new(message)
                .help(format!("give them a value: --fill '{name}=EXPRESSION'"))
                .help("or give the field a default, or make it an Option")
        }
    }
}

fn label_report(name: &str, new: &str, candidates: &[String]) -> Diagnostic {
    let old = candidates.join("' or '");
    let message = format!("is label '{new}' of {name} new, or is it '{old}' under another name?");
    let report = candidates.iter().fold(Diagnostic::new(message), |report, old| {
        report.help(format!("renamed, rows follow: --rename '{name}:{old}={name}:{new}'"))
    });
    report.help(format!(
        "new, and rows that hold '{old}' stop the upgrade: --no-rename '{name}:{new}'"
    ))
}

fn rename_report(kind: &str, new: &str, old: &[String]) -> Diagnostic {
    let or = old.join(" or ");
    let mut report = Diagnostic::new(format!("is {kind} {new} new, or is it {or} renamed?"));
    for old in old {
        report = report.help(format!("renamed, values are kept: --rename {old}={new}"));
    }
    let gone = if old.len() == 1 { &old[0] } else { "the old one" };
    report.help(format!("new, and {gone} is dropped with its values: --no-rename {new}"))
}
