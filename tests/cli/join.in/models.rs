use autogen::Table;

#[derive(Table)]
#[table(name = "notes")]
pub struct Note {
    #[column(primary_key, auto)]
    pub id: i64,
    pub title: String,
}
