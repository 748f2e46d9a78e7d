use autogen_derive::Table;

#[derive(Table)]
struct Post {
    a: usize,
    b: std::collections::BTreeMap<String, String>,
}

fn main() {}
