//! The names are as visible as the struct.
mod models {
    #[derive(autogen_derive::Table)]
    pub(super) struct Tag {
        pub(super) id: i64,
    }
}

fn main() {
    let tag = models::Tag { id: 1 };
    assert_eq!((models::Tag::TABLE, models::Tag::ID, tag.id), ("tag", "id", 1));
}
