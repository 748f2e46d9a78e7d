//! Database schema revisions, written from Rust structs.
//!
//! The modules, from the ground up; each imports only from those above it.

// What everything else speaks: complaints, SQL text, schemas and their changes.
pub mod error;
pub mod sql;

pub mod schema;

pub mod op;

// Revision files, as text and ids.
pub mod revision;

// The models as a schema, and the settings.
pub mod lower;

pub mod config;

// What each database is like; two schemas compared; the changes in order and proved.
pub mod dialect;

pub mod diff;

pub mod plan;

// The rim: connections, the pipeline, the runner, the commands.
pub mod db;

pub mod generate;

pub mod runner;

pub mod migrator;

#[cfg(feature = "cli")]
pub mod cli;

pub use autogen_derive::{Enum, Mixin, Table, View, embed};
pub use db::{Connect, Transaction};
pub use error::{Error, Kind, Result};
pub use migrator::{Embedded, Migrator};
pub use runner::{Health, Planned, Progress, Report, Span, Standing, Status, StepResult};

/// The Rust of the pages about the library compiles.
#[cfg(all(doctest, feature = "cli", feature = "sqlite"))]
#[doc = include_str!("../docs/library.md")]
struct Pages;
