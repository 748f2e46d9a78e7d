//! What the test of transcripts is made of.

pub(crate) mod editor;
pub(crate) mod pages;
pub(crate) mod reference;
pub(crate) mod tools;
