use autogen::Table;

#[derive(Table)]
#[table(name = "users")]
pub struct User {
    #[column(primary_key)]
    pub id: i64,
    #[column(unique)]
    pub name: String,
    pub seen: Option<i64>,
}

#[derive(Table)]
#[table(name = "favorites", unique(columns(user_id, preset)))]
pub struct Favorite {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = "users.id", on_delete = "cascade")]
    pub user_id: i64,
    pub preset: String,
    #[column(index)]
    pub note: Option<String>,
}
