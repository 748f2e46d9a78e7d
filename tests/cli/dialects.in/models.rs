use autogen::Table;

#[derive(autogen::Enum)]
pub enum Mood {
    Calm,
    Loud,
}

#[derive(Table)]
#[table(name = "users")]
pub struct User {
    #[column(primary_key, auto)]
    pub id: i64,
    #[column(length = 200)]
    pub email: String,
    pub mood: Mood,
}
