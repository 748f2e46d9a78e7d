use autogen_derive::Table;

#[derive(Table)]
struct Post;

fn main() {}
