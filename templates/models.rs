//! The tables of the database. After a change here run `autogen revision -m "What changed"`.

use autogen::Table;

/// Somebody who can log in.
#[derive(Table)]
#[table(name = "users")]
pub struct User {
    #[column(primary_key)]
    pub id: i64,
    #[column(length = 200, unique)]
    pub email: String,
    /// `Option` means that the column may be NULL.
    pub display_name: Option<String>,
}

/// Something that a user wrote.
#[derive(Table)]
#[table(name = "notes")]
#[index(name = "ix_notes_user_title", columns(user_id, title))]
pub struct Note {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = "users.id", on_delete = "cascade")]
    pub user_id: i64,
    #[column(length = 100)]
    pub title: String,
    #[column(default = "false")]
    pub pinned: bool,
}
