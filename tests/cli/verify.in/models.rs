#[derive(autogen::Table)]
pub struct Users {
    #[column(primary_key)]
    pub id: i64,
    pub name: String,
    pub age: Option<i64>,
}

#[derive(autogen::Table)]
pub struct More {
    #[column(primary_key)]
    pub id: i64,
}
