//! The derives of autogen. They check a struct or enum by the grammar that the command line uses,
//! so that a mistake is a compile error, and make the names of its columns usable in queries.

mod embed;
mod emit;

use proc_macro::TokenStream;
use syn::{Item, parse_macro_input};

/// Takes the revision files of a project into the program, for `Migrator::embedded`.
///
/// `embed!("migrations")` names the folder, from that of Cargo.toml on; several can be named.
/// `embed!()` asks the nearest `autogen.toml`. Files that `bind NAME = file("..")` names are taken
/// along.
///
/// A file that changes is seen by the compiler. Of a new one it knows nothing, unless the package's
/// `build.rs` says which folder to watch:
///
/// ```
/// println!("cargo::rerun-if-changed=migrations");
/// ```
#[proc_macro]
pub fn embed(input: TokenStream) -> TokenStream {
    let folders = parse_macro_input!(input with embed::Folders::parse_terminated);
    embed::embed(&folders).into()
}

/// Makes a struct the model of a table.
///
/// The attributes are `#[table(..)]` and `#[index(..)]` on the struct and `#[column(..)]` on its
/// fields; `#[autogen(table(..))]` says the same where another derive owns those words. Mistakes
/// that can be seen in the struct alone are compile errors, the others are for `autogen check`.
///
/// What is made are constants for queries: `TABLE`, the table's name; one for each column, in
/// capitals, with the column's name; and `COLUMNS`, all of them in order, unless some come from a
/// flattened struct. A table without `name` is named as under `plural = false`.
#[proc_macro_derive(Table, attributes(table, column, index, autogen, sqlx))]
pub fn table(input: TokenStream) -> TokenStream {
    match parse_macro_input!(input as Item) {
        Item::Struct(item) => emit::table(item),
        other => emit::refuse(&other, "`Table` is for structs; for enums there is `Enum`"),
    }
    .into()
}

/// Checks an enum that a column holds, and lets its variants say
/// `#[column(renamed_from = "..")]`.
#[proc_macro_derive(Enum, attributes(column, autogen, sqlx))]
pub fn enumeration(input: TokenStream) -> TokenStream {
    match parse_macro_input!(input as Item) {
        Item::Enum(item) => emit::enumeration(item),
        other => emit::refuse(&other, "`Enum` is for enums; for structs there is `Table`"),
    }
    .into()
}

/// Makes a struct the model of a view, by `#[view(query = "..")]`.
#[proc_macro_derive(View, attributes(view, column, autogen))]
pub fn view(input: TokenStream) -> TokenStream {
    match parse_macro_input!(input as Item) {
        Item::Struct(item) => emit::view(item),
        other => emit::refuse(&other, "`View` is for structs"),
    }
    .into()
}

/// Lets the fields of a struct that is flattened into tables carry `#[column(..)]`.
#[proc_macro_derive(Mixin, attributes(column, autogen, sqlx))]
pub fn mixin(input: TokenStream) -> TokenStream {
    match parse_macro_input!(input as Item) {
        Item::Struct(item) => emit::mixin(item),
        other => emit::refuse(&other, "`Mixin` is for structs"),
    }
    .into()
}
