use autogen_derive::Table;

#[derive(Table)]
#[table(nmae = "posts")]
struct Post {
    #[column(lenght = 10)]
    title: String,
}

fn main() {}
