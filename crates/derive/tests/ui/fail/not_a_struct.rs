use autogen_derive::Table;

#[derive(Table)]
enum Post {
    A,
}

#[derive(autogen_derive::Enum)]
struct Mood {
    a: i64,
}

fn main() {}
