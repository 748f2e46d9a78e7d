use autogen::Table;

#[derive(Table)]
#[table(name = "favorites")]
#[index(name = "ix_favorites_category", columns(category))]
pub struct Favorite {
    #[column(primary_key)]
    pub id: i64,
    #[column(length = 100)]
    pub category: String,
    pub preset: String,
}
