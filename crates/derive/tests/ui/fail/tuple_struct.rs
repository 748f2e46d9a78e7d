use autogen_derive::Table;

#[derive(Table)]
struct Post(i64);

fn main() {}
