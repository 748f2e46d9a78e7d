use autogen_derive::Table;

#[derive(Table)]
#[index(columns(titel))]
struct Post {
    title: String,
}

fn main() {}
