//! Structs that are flattened, enums, and names that collide with those of the table.
#![allow(dead_code)]

use autogen_derive::{Enum, Mixin, Table, View};

#[derive(Mixin)]
struct Times {
    #[column(default = "CURRENT_TIMESTAMP")]
    created_at: String,
}

#[derive(Enum)]
#[sqlx(rename_all = "snake_case")]
#[column(renamed_from = "feeling")]
enum Mood {
    #[column(renamed_from = "glad")]
    Happy,
    Sad,
}

#[derive(Table)]
#[index(columns(created_at))]
struct StoryDraft<'a> {
    table: &'a str,
    columns: i64,
    mood: Mood,
    #[column(flatten)]
    times: Times,
}

#[derive(Table)]
#[autogen(table(name = "other"), index(columns(a)))]
struct Other {
    #[autogen(column(unique))]
    a: i64,
}

#[derive(View)]
#[view(query = "SELECT 1 AS one")]
struct One {
    one: i32,
}

fn main() {
    assert_eq!(StoryDraft::TABLE, "story_draft");
    assert_eq!(StoryDraft::MOOD, "mood");
    assert_eq!(Other::TABLE, "other");
}
