#[derive(Table)]
#[table(name = "notes")]
struct Note {
    #[column(primary_key)]
    id: i64,
    title: String,
    tags: Option<String>,
}

#[derive(View)]
#[view(name = "titles", query = "SELECT title FROM notes")]
struct Title {
    title: String,
}
