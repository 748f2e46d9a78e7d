//! From models and a database to a comparison, as the commands make it.

use std::sync::Arc;

use autogen::db::Database;
use autogen::dialect::Dialect;
use autogen::diff::Declined;
use autogen::generate::{Compared, Scope, Sides, compare, compare_asking};
use autogen::lower::{Naming, lower_sources};
use autogen::schema::{Intent, Schema};
use autogen_model::Source;
use libtest_mimic::Failed;

fn models(text: &str) -> Result<(Schema, Intent), Failed> {
    let source = Arc::new(Source::new("models.rs", text));
    let lowered = lower_sources(vec![source], &Naming::default());
    lowered.map_err(|problems| format!("{problems:#?}").into())
}

/// What is found with and without asking.
pub(crate) async fn differences(
    db: &mut Database,
    text: &str,
) -> Result<(usize, Vec<String>, Option<String>), Failed> {
    let (target, intent) = models(text)?;
    let current = db.introspect().await?;
    let sides = Sides {
        current: &current,
        target: &target,
        intent: &intent,
        declined: &Declined::default(),
        scope: &Scope::default(),
    };
    let dialect: Box<dyn Dialect> = db.dialect()?;
    let alone = compare(&sides, &*dialect)?;
    let (asked, note) = compare_asking(&sides, &*dialect, db).await?;
    Ok((alone.diff.ops.len(), described(&asked), note))
}

fn described(compared: &Compared) -> Vec<String> {
    compared.diff.ops.iter().flat_map(autogen::plan::describe).collect()
}
