use autogen_derive::Table;

#[derive(Table)]
struct Post {
    #[column(length = "10", default = DEFAULT)]
    title: String,
}

fn main() {}
