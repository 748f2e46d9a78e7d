//! `models.lock`: a schema as text, one fact to a line, so that git merges it and people read it.
//!
//! A line is a kind, a name and what is known about it as JSON. Facts of a table follow its line,
//! indented. Only neutral schemas are written.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Enum, Name, Object, Options, Schema, Table};
use crate::error::{Error, Kind, Result};

const HEADER: &str = "# The models as of the last revision, written by autogen. Commit this file; \
                      do not edit it.\nversion 1\n";

#[derive(Serialize, Deserialize)]
struct TableFacts {
    name: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    options: Options,
}

/// Writes a schema.
pub fn write_lock(schema: &Schema) -> Result<String> {
    let mut text = HEADER.to_owned();
    for entry in schema.enums.values() {
        line(&mut text, "enum", entry)?;
    }
    for table in schema.tables.values() {
        let facts = TableFacts {
            name: table.name.clone(),
            comment: table.comment.clone(),
            options: table.options.clone(),
        };
        line(&mut text, "table", &facts)?;
        facts_of(&mut text, "  column", &table.columns)?;
        facts_of(&mut text, "  primary_key", table.primary_key.as_slice())?;
        facts_of(&mut text, "  unique", &table.uniques)?;
        facts_of(&mut text, "  check", &table.checks)?;
        facts_of(&mut text, "  foreign_key", &table.foreign_keys)?;
        facts_of(&mut text, "  exclude", &table.excludes)?;
        facts_of(&mut text, "  index", &table.indexes)?;
    }
    facts_of(&mut text, "object", &schema.objects)?;
    Ok(text)
}

fn facts_of<T: Serialize>(text: &mut String, kind: &str, facts: &[T]) -> Result<()> {
    facts.iter().try_for_each(|fact| line(text, kind, fact))
}

fn line<T: Serialize>(text: &mut String, kind: &str, fact: &T) -> Result<()> {
    let json = serde_json::to_string(fact).map_err(|cause| {
        Error::new(Kind::Internal, "the lock file cannot be written").cause(cause)
    })?;
    text.push_str(&format!("{kind} {json}\n"));
    Ok(())
}

/// Reads a schema that [`write_lock`] wrote; the error names the line.
pub fn read_lock(text: &str) -> Result<Schema> {
    let mut schema = Schema::default();
    let mut table: Option<Table> = None;
    for (at, line) in text.lines().enumerate() {
        let fault = |why: String| {
            Error::new(Kind::File, format!("models.lock, line {}: {why}", at + 1))
                .help("run `autogen revision` to write it anew from the models")
        };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line == "version 1" {
            continue;
        }
        if ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)) {
            let message = format!("models.lock, line {}: a merge left a conflict here", at + 1);
            return Err(Error::new(Kind::File, message)
                .help("first take the models of both branches together")
                .help("then `autogen merge` or `autogen rebase` writes it anew, or `autogen revision` where there is one head"));
        }
        let Some((kind, json)) = line.split_once(' ') else {
            return Err(fault(format!("`{line}` is no fact")));
        };
        read_fact(&mut schema, &mut table, kind, json).map_err(fault)?;
    }
    schema.tables.extend(table.map(|table| (table.name.clone(), table)));
    Ok(schema)
}

fn read_fact(
    schema: &mut Schema,
    current: &mut Option<Table>,
    kind: &str,
    json: &str,
) -> std::result::Result<(), String> {
    match kind {
        "enum" => {
            let entry: Enum = parse(json)?;
            schema.enums.insert(entry.name.clone(), entry);
        }
        "object" => schema.objects.push(parse::<Object>(json)?),
        "table" => {
            let facts: TableFacts = parse(json)?;
            let mut table = Table::new(facts.name);
            table.comment = facts.comment;
            table.options = facts.options;
            schema.tables.extend(current.replace(table).map(|table| (table.name.clone(), table)));
        }
        _ => {
            let table = current.as_mut().ok_or_else(|| format!("`{kind}` before any table"))?;
            match kind {
                "column" => table.columns.push(parse(json)?),
                "primary_key" => table.primary_key = Some(parse(json)?),
                "unique" => table.uniques.push(parse(json)?),
                "check" => table.checks.push(parse(json)?),
                "foreign_key" => table.foreign_keys.push(parse(json)?),
                "exclude" => table.excludes.push(parse(json)?),
                "index" => table.indexes.push(parse(json)?),
                "version" => return Err("written by a newer autogen".into()),
                _ => return Err(format!("unknown kind `{kind}`")),
            }
        }
    }
    Ok(())
}

fn parse<T: DeserializeOwned>(json: &str) -> std::result::Result<T, String> {
    serde_json::from_str(json).map_err(|cause| cause.to_string())
}
