use autogen::Table;

#[derive(Table)]
#[table(name = "users")]
pub struct User {
    #[column(primary_key)]
    pub id: i64,
    pub email: String,
}

#[derive(Table)]
#[table(name = "notes")]
pub struct Note {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = "users.id", on_delete = "cascade")]
    pub user_id: i64,
    pub heading: String,
    pub rank: i32,
}
