//! A small product as models: people write stories about characters, tag them and keep favorites.
//!
//! The command line reads this file as text. It also compiles, and the derive makes names such as
//! `Story::TABLE` and `Story::TITLE` for queries.

// The names say what the fields are.
#![allow(missing_docs)]

use autogen::{Enum, Mixin, Table};
use chrono::{DateTime, Utc};

/// The times that most tables keep, flattened into each.
#[derive(Mixin)]
pub struct Timestamps {
    #[column(default = "CURRENT_TIMESTAMP")]
    pub created_at: DateTime<Utc>,
    #[column(default = "CURRENT_TIMESTAMP")]
    pub updated_at: DateTime<Utc>,
}

/// Who may see a story. A type of its own on PostgreSQL, an ENUM on MySQL, checked text on SQLite.
#[derive(Enum)]
#[sqlx(type_name = "visibility", rename_all = "snake_case")]
pub enum Visibility {
    Private,
    #[column(renamed_from = "shared")]
    Unlisted,
    Public,
}

/// Somebody with an account.
#[derive(Table)]
#[table(name = "users", comment = "One row per account")]
#[index(name = "ix_users_newest", columns(active, desc(created_at)))]
pub struct User {
    #[column(primary_key)]
    pub id: i64,
    #[column(length = 320, check = "email LIKE '%_@_%'")]
    pub email: String,
    #[column(length = 60, unique)]
    pub handle: String,
    #[column(default = true)]
    pub active: bool,
    pub bio: Option<String>,
    #[column(flatten)]
    pub times: Timestamps,
}

/// Somebody in a story.
#[derive(Table)]
#[table(name = "characters", unique(columns(owner_id, name)))]
pub struct Character {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = "users.id", on_delete = "cascade")]
    pub owner_id: i64,
    #[column(length = 100)]
    pub name: String,
    #[column(default = 1)]
    #[column(check = "level BETWEEN 1 AND 99")]
    pub level: i32,
}

/// A story.
#[derive(Table)]
#[table(name = "stories")]
#[index(columns(visibility, desc(created_at)))]
pub struct Story {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = "users.id", on_delete = "cascade", index)]
    pub author_id: i64,
    #[column(references = "characters.id", on_delete = "set_null")]
    pub hero_id: Option<i64>,
    #[column(length = 200)]
    pub title: String,
    #[column(type(mysql = "text"))]
    pub body: String,
    #[column(default = "'private'")]
    pub visibility: Visibility,
    #[column(generated = "length(body)", stored)]
    pub size: i32,
    #[column(flatten)]
    pub times: Timestamps,
}

/// A story that somebody starred.
#[derive(Table)]
#[table(name = "favorites", primary_key(user_id, story_id), comment = "One row per star")]
pub struct Favorite {
    #[column(references = "users.id", on_delete = "cascade")]
    pub user_id: i64,
    #[column(references = "stories.id", on_delete = "cascade", index)]
    pub story_id: i64,
    #[column(length = 100, renamed_from = "remark")]
    pub note: Option<String>,
    #[column(default = "CURRENT_TIMESTAMP")]
    pub created_at: DateTime<Utc>,
}

/// A word that stories are found by.
#[derive(Table)]
#[table(name = "tags", check(name = "ck_tags_label", expr = "label <> ''"))]
pub struct Tag {
    #[column(primary_key)]
    pub id: i64,
    #[column(length = 40, unique)]
    pub label: String,
}

/// Which story has which tag.
#[derive(Table)]
#[table(name = "story_tags", primary_key(story_id, tag_id))]
pub struct StoryTag {
    #[column(references = "stories.id", on_delete = "cascade")]
    pub story_id: i64,
    #[column(references = "tags.id", on_delete = "cascade", index)]
    pub tag_id: i64,
}

fn main() {
    let columns = Favorite::COLUMNS.join(", ");
    let (table, user) = (Favorite::TABLE, Favorite::USER_ID);
    assert_eq!(
        format!("SELECT {columns} FROM {table} WHERE {user} = $1"),
        "SELECT user_id, story_id, note, created_at FROM favorites WHERE user_id = $1"
    );
}
