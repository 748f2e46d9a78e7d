//! `diff`: the comparison of `check` as ops, as SQL, or as a unified diff of the two schemas.

use clap::Args;
use similar::TextDiff;

use super::check::{DifferenceFacts, line};
use super::database::block_on;
use super::project::Project;
use super::rows::Format;
use super::sides::{self, From, Share};
use super::{Context, Outcome};
use crate::dialect::Dialect;
use crate::error::{Kind, Result};
use crate::generate::{Difference, differences_of, propose};
use crate::op::Op;
use crate::schema::Schema;

/// Show how models and database differ
///
/// The same comparison as `check`, as data: a line for each difference, the SQL that a revision
/// would run, or the two schemas as a unified diff.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen diff                     a line for each difference
  autogen diff --sql               the SQL that brings the database to the models
  autogen diff --unified           both schemas as SQL, compared line by line
  autogen diff --exit-code         exit code 1 when there are differences")]
pub(super) struct Diff {
    /// The old side of the comparison
    #[arg(long, value_enum, default_value_t, value_name = "SIDE")]
    from: From,
    /// Print the SQL that brings the old side to the models
    #[arg(long, conflicts_with_all = ["unified", "format"])]
    sql: bool,
    /// Print a unified diff of both schemas as SQL
    #[arg(long, conflicts_with = "format")]
    unified: bool,
    /// Exit with 1 when there are differences
    #[arg(long)]
    exit_code: bool,
    /// How to print the differences
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// The shape of `diff --format json`.
#[derive(serde::Serialize)]
struct Answer<'a> {
    version: u32,
    differences: Vec<DifferenceFacts<'a>>,
}

impl Diff {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let project = Project::open_or_empty(context)?;
        let target = sides::target(&project.config)?;
        let shares = block_on(sides::shares(context, &project, self.from, &target))?;
        let pending = shares.iter().map(|it| it.current.pending.len()).sum::<usize>();
        let pending = match pending {
            0 => String::new(),
            1 => "1 revision is not applied yet".to_owned(),
            count => format!("{count} revisions are not applied yet"),
        };
        if !pending.is_empty() {
            context.ui.status(format_args!("{pending}: what they would do counts as differences"));
        }
        for share in &shares {
            share.compared.warnings.iter().for_each(|it| context.ui.warn(it));
        }
        let differs = shares.iter().any(|it| !it.compared.diff.ops.is_empty());
        match (self.sql, self.unified) {
            (true, _) => sql(context, &shares)?,
            (_, true) => shares.iter().for_each(|it| unified(context, it)),
            _ => self.listed(context, &differences_of(&sides::ops(&shares), &target.intent))?,
        }
        if !differs {
            let names = sides::names(shares.iter().map(|it| &it.current));
            context.ui.status(format_args!("No differences: the models agree with {names}"));
        }
        Ok(if self.exit_code && differs { Outcome::Differences } else { Outcome::Done })
    }

    fn listed(&self, context: &Context, found: &[Difference]) -> Result<()> {
        match self.format {
            Format::Text => found.iter().for_each(|it| context.ui.line(line(&context.ui, it))),
            Format::Json => context.ui.json(&Answer {
                version: 1,
                differences: found.iter().map(DifferenceFacts::of).collect(),
            })?,
        }
        Ok(())
    }
}

/// The SQL of each dialect, under its name where there are several.
fn sql(context: &Context, shares: &[Share]) -> Result<()> {
    for Share { current, compared } in shares {
        let dialect = &*current.dialect;
        let proposal = propose(compared, dialect).map_err(|error| match error.kind() {
            Kind::Question => error.help("these are flags of `autogen revision`"),
            _ => error,
        })?;
        if shares.len() > 1 {
            context.ui.line(format_args!("-- {}", dialect.name()));
        }
        for statement in proposal.up.statements(dialect).into_iter().flatten() {
            context.ui.line(format_args!("{statement};"));
        }
    }
    Ok(())
}

fn unified(context: &Context, Share { current, compared }: &Share) {
    let dialect = &*current.dialect;
    let old = spelled(&compared.current, dialect);
    let new = spelled(&compared.diff.target, dialect);
    let diff = TextDiff::from_lines(&old, &new);
    let name = sides::names([current]);
    context.ui.text(&diff.unified_diff().header(&name, "the models").to_string());
}

/// A schema as the SQL that makes it, tables by name.
fn spelled(schema: &Schema, dialect: &dyn Dialect) -> String {
    let create = |table: &crate::schema::Table| dialect.render(&Op::CreateTable(table.clone()));
    let statements = schema.tables.values().flat_map(create);
    statements.map(|statement| format!("{statement};\n")).collect()
}
