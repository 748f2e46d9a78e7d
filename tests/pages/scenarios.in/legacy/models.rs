use autogen::Table;

#[derive(Table)]
#[table(name = "customers")]
pub struct Customer {
    #[column(primary_key)]
    pub id: i64,
    pub name: String,
    #[column(index = "customers_by_city")]
    pub city: Option<String>,
}
