use autogen_derive::Table;

#[derive(autogen_derive::View)]
#[view(querry = "SELECT 1")]
struct One {
    one: i64,
}

#[derive(Table)]
struct Post {
    a: i64,
}

fn main() {}
