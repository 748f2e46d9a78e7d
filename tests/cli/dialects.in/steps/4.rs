use autogen::Table;

#[derive(autogen::Enum)]
pub enum Mood {
    Quiet,
    Loud,
}

#[derive(Table)]
#[table(name = "users")]
pub struct User {
    #[column(primary_key, auto)]
    pub id: i64,
    #[column(length = 100)]
    pub mail: String,
    pub mood: Mood,
    #[column(type(postgres = "bigint", sqlite = "INTEGER"))]
    pub age: i32,
    pub note: Option<String>,
}
