use autogen_derive::Table;

#[derive(Table)]
struct Post {
    #[column(length = 10, length = 20)]
    title: String,
}

fn main() {}
