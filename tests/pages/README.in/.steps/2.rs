use autogen::Table;
use chrono::NaiveDateTime;

#[derive(Table)]
#[table(name = "users")]
pub struct User {
    #[column(primary_key)]
    pub id: i64,
    #[column(length = 200, unique)]
    pub email: String,
    #[column(renamed_from = "name")]
    pub display_name: Option<String>,
    #[column(index, default = "CURRENT_TIMESTAMP")]
    pub seen_at: NaiveDateTime,
}
