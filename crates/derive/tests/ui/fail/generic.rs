use autogen_derive::Table;

#[derive(Table)]
struct Post<T> {
    a: T,
}

fn main() {}
