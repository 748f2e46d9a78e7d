use autogen_derive::Table;

#[derive(Table)]
#[table(length = 10)]
#[column(name = "x")]
struct Post {
    #[index(columns(title))]
    title: String,
}

fn main() {}
