//! What is left when a run is killed, fails, or meets another: tested on the program itself.

mod at_once;
#[path = "../support/dump.rs"]
mod dump;
mod failure;
mod journal;
mod killed;
mod pipeline;
mod support;
