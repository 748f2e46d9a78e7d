use autogen_derive::Table;

#[derive(Table)]
struct Post {
    #[column(generated = "1", default = "2")]
    a: i64,
    #[column(primary_key)]
    b: Option<i64>,
}

fn main() {}
