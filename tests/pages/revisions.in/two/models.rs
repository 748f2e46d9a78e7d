use autogen::Table;

#[derive(Table)]
#[table(name = "users")]
pub struct User {
    #[column(primary_key, auto)]
    pub id: i64,
    #[column(length = 200, unique)]
    pub email: String,
}
