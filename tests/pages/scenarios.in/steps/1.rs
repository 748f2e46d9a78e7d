use autogen::Table;

#[derive(Table)]
#[table(name = "users")]
pub struct User {
    #[column(primary_key)]
    pub id: i64,
    #[column(length = 200, unique)]
    pub email: String,
    #[column(length = 200)]
    pub name: String,
}
