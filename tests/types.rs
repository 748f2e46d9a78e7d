//! The map of types: each line of `fixtures/types/map.txt` is a field of its own, lowered and
//! spelled for each database.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use autogen::dialect::{mysql, postgres, sqlite};
use autogen::error::render;
use autogen::lower::{Naming, lower_sources};
use autogen_model::Source;
use snapbox::{Assert, Data};

/// The types of their own that lines of the map name.
const DEFINED: &str = r#"
#[derive(sqlx::Type)] enum Mood { Sad, Ok }
#[derive(sqlx::Type)] #[sqlx(type_name = "text")] enum Level { Low, High }
#[derive(sqlx::Type)] #[repr(i16)] enum Grade { A = 1 }
#[derive(sqlx::Type)] #[repr(u32)] enum Flags { A = 1 }
#[derive(sqlx::Type)] #[sqlx(transparent)] struct UserId(i64);
#[derive(sqlx::Type)] #[sqlx(transparent)] struct Id<T>(Uuid, PhantomData<T>);
#[derive(sqlx::Type)] #[sqlx(transparent)] struct Slug { text: String }
#[derive(sqlx::Type)] struct Email(String);
#[derive(sqlx::Type)] #[sqlx(type_name = "money_pair")] struct Money { amount: i64 }
struct Settings { dark: bool }
"#;

#[test]
fn every_rust_type_has_its_sql_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/types/map.txt");
    let map = std::fs::read_to_string(&path).unwrap();
    let mut actual = String::new();
    for line in map.lines() {
        if line.starts_with('#') && !line.starts_with("#[") {
            writeln!(actual, "{line}").unwrap();
            continue;
        }
        let field = line.split('|').next().unwrap();
        let [postgres, mysql, sqlite] = spelled(field.trim());
        writeln!(actual, "{field}| {postgres:30} | {mysql:17} | {sqlite}").unwrap();
    }
    let expected = Data::read_from(&path, None).raw();
    let assert = Assert::new().action_env("SNAPSHOTS");
    assert.eq(Data::text(actual).raw(), expected);
}

/// What PostgreSQL, MySQL and SQLite make of a field; a dash where they want an explicit type.
fn spelled(field: &str) -> [String; 3] {
    let (attribute, ty) = match field.strip_prefix("#[").and_then(|rest| rest.rsplit_once(")] ")) {
        Some((attribute, ty)) => (format!("#[{attribute})]"), ty),
        None => (String::new(), field),
    };
    let text = format!("{DEFINED}#[derive(Table)] struct T {{ {attribute} field: {ty} }}");
    let source = Source { path: "models.rs".into(), text };
    let (schema, _) = lower_sources(vec![Arc::new(source)], &Naming::default())
        .unwrap_or_else(|problems| panic!("{field}: {}", render(&problems[0], false)));
    let column = &schema.tables.values().next().unwrap().columns[0];
    let enums = &schema.enums;
    let each = [
        postgres::types::native(&column.ty, enums),
        mysql::types::native(&column.ty, enums),
        sqlite::types::native(&column.ty, enums),
    ];
    each.map(|text| text.unwrap_or_else(|_| "-".into()))
}
