//! The names of the table and its columns, for queries.
#![deny(warnings)]

use autogen_derive::Table;

#[derive(Table)]
#[table(name = "favorites", comment = "One row per star")]
#[index(name = "ix_favorites", unique, columns(user_id, desc(kind)), where = "user_id > 0")]
#[index(columns(kind))]
pub struct Favorite {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = "users.id", on_delete = "cascade")]
    pub user_id: i64,
    #[column(name = "type", type = "varchar(40)")]
    #[column(check = "1 = 1")]
    pub kind: String,
    #[column(skip)]
    pub cached: Vec<String>,
    pub r#match: Option<SomeTypeOfAnotherFile>,
}

pub struct SomeTypeOfAnotherFile;

fn main() {
    assert_eq!(Favorite::TABLE, "favorites");
    assert_eq!(Favorite::COLUMNS, ["id", "user_id", "type", "match"]);
    assert_eq!(Favorite::USER_ID, "user_id");
    assert_eq!(Favorite::KIND, "type");
    let row = Favorite {
        id: 1,
        user_id: 2,
        kind: String::new(),
        cached: Vec::new(),
        r#match: Some(SomeTypeOfAnotherFile),
    };
    let Favorite { id, user_id, kind, cached, r#match } = row;
    drop((id, user_id, kind, cached, r#match.is_some()));
}
