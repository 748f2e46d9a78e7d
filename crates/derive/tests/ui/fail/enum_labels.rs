use autogen_derive::Table;

#[derive(autogen_derive::Enum)]
#[sqlx(rename_all = "snakecase")]
enum Mood {
    #[column(renamed_form = "x")]
    Happy,
    #[sqlx(rename = "Happy")]
    Glad,
}

#[derive(Table)]
struct Post {
    a: i64,
}

fn main() {}
