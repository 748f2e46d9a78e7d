//! What is left when a run is killed, fails, or meets another: tested on the program itself.

#[path = "crash/at_once.rs"]
mod at_once;
#[path = "support/dump.rs"]
mod dump;
#[path = "crash/failure.rs"]
mod failure;
#[path = "crash/journal.rs"]
mod journal;
#[path = "crash/killed.rs"]
mod killed;
#[path = "crash/pipeline.rs"]
mod pipeline;
#[path = "crash/support.rs"]
mod support;
