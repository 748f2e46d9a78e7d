//! A service that upgrades its database as it starts, however many of it start at once, and says
//! whether the database is as the program wants it.
//!
//! ```sh
//! cargo run --example service -- sqlite://stories.db?mode=rwc
//! curl localhost:3000/health/migrations
//! ```

use std::sync::Arc;

use autogen::{Connect, Migrator, StepResult, Transaction};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};

/// What requests share: the pool, and the revisions that the program was built with.
pub(crate) struct Service<P> {
    pool: P,
    migrator: Migrator,
}

/// The revisions of this program, with the code that one of them calls.
pub(crate) fn migrator() -> Migrator {
    Migrator::embedded(autogen::embed!("fixtures/library/migrations")).step("slugs", slugs)
}

async fn slugs(mut transaction: Transaction) -> StepResult {
    let sql = "UPDATE stories SET slug = LOWER(REPLACE(title, ' ', '-')) WHERE slug IS NULL";
    transaction.execute(sql).await?;
    Ok(())
}

/// The routes, on a pool of any kind.
pub(crate) fn app<P>(pool: P, migrator: Migrator) -> Router
where
    P: Send + Sync + 'static,
    for<'p> &'p P: Connect<'p>,
{
    let service = Arc::new(Service { pool, migrator });
    Router::new().route("/health/migrations", get(health::<P>)).with_state(service)
}

/// 200 when the database has what the program wants, 503 with what is missing.
async fn health<P>(State(service): State<Arc<Service<P>>>) -> (StatusCode, Json<serde_json::Value>)
where
    P: Send + Sync + 'static,
    for<'p> &'p P: Connect<'p>,
{
    match service.migrator.check_pending(&service.pool).await {
        Ok(standing) => {
            let status = match standing.is_up_to_date() {
                true => StatusCode::OK,
                false => StatusCode::SERVICE_UNAVAILABLE,
            };
            let answer = serde_json::json!({
                "health": standing.to_string(),
                "pending": standing.pending,
                "half_done": standing.half,
            });
            (status, Json(answer))
        }
        Err(error) => {
            let answer = serde_json::json!({ "health": format!("{error:#}") });
            (StatusCode::SERVICE_UNAVAILABLE, Json(answer))
        }
    }
}

#[allow(dead_code, reason = "the tests take the parts")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "sqlite::memory:".to_owned());
    let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect(&url).await?;
    let migrator = migrator();
    migrator.upgrade(&pool, "head").await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app(pool, migrator)).await?;
    Ok(())
}
