//! The command line program; all of it is in the library.

use std::process::ExitCode;

/// Parsing models is mostly allocating, see Cargo.toml.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    autogen::cli::run_plain(std::env::args_os())
}
