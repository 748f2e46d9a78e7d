use autogen_derive::Table;

#[derive(Table)]
struct Post {
    #[column(name = "a")]
    #[sqlx(rename = "b")]
    c: i64,
}

fn main() {}
