//! The map of types: each field of `fixtures/types/map.rs` is lowered and spelled for each database,
//! and compared with its line in `map.txt`. `SNAPSHOTS=overwrite` blesses.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use autogen::dialect::{mysql, postgres, sqlite};
use autogen::error::render;
use autogen::lower::{Naming, lower_sources};
use autogen_model::Source;
use snapbox::{Assert, Data};

const HEAD: &str = "# field: PostgreSQL | MySQL | SQLite
# A dash: sqlx has no such type there, and the model must say its own `type`.
";

#[test]
fn every_rust_type_has_its_sql_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/types");
    let text = std::fs::read_to_string(folder.join("map.rs")).unwrap();
    let source = Source::new("map.rs", text.clone());
    let (schema, _) = lower_sources(vec![Arc::new(source)], &Naming::default())
        .unwrap_or_else(|problems| panic!("{}", render(&problems[0], false)));
    let [columns] = schema.tables.values().map(|it| &it.columns).collect::<Vec<_>>()[..] else {
        panic!("the map is one struct");
    };
    let fields = text.lines().skip_while(|line| *line != "struct Map {").skip(1);
    let fields: Vec<&str> = fields.take_while(|line| *line != "}").collect();
    assert_eq!(fields.len(), columns.len(), "a field is a line");
    let mut actual = HEAD.to_owned();
    for (field, column) in fields.into_iter().zip(columns) {
        let field = field.trim().trim_end_matches(',');
        let each = [
            postgres::types::native(&column.ty, &schema.enums),
            mysql::types::native(&column.ty, &schema.enums),
            sqlite::types::native(&column.ty, &schema.enums),
        ];
        let [postgres, mysql, sqlite] = each.map(|text| text.unwrap_or_else(|_| "-".into()));
        writeln!(actual, "{field:60} | {postgres:30} | {mysql:17} | {sqlite}").unwrap();
    }
    let expected = Data::read_from(&folder.join("map.txt"), None).raw();
    Assert::new().action_env("SNAPSHOTS").eq(Data::text(actual).raw(), expected);
}
