//! Constraints and indexes: with their table, on their own, and changed where they stand.

use super::super::types::{quote, written};
use super::clause::{
    check_clause, clause, create_index, deferral, exclude_clause, foreign_key_clause,
    primary_key_clause, unique_clause,
};
use super::text::flag;
use super::{actions, beside, comment, settings};
use crate::op::Part;
use crate::schema::{ConstraintName, ForeignKey, Index, Name, Options, PrimaryKey, Table, Unique};

/// The constraints of a table as clauses of its definition. What is not valid yet is not among them:
/// a new table has no rows, so PostgreSQL would call it valid.
pub(super) fn clauses(table: &Table) -> Vec<String> {
    let key = table.primary_key.iter().map(primary_key_clause);
    let uniques = table.uniques.iter().map(unique_clause);
    let checks = table.checks.iter().filter(|it| !flag(&it.options, "not_valid"));
    let excludes = table.excludes.iter().map(exclude_clause);
    let foreign = table.foreign_keys.iter().filter(|it| !flag(&it.options, "not_valid"));
    let ends = checks.map(check_clause).chain(excludes).chain(foreign.map(foreign_key_clause));
    key.chain(uniques).chain(ends).collect()
}

/// What of a new table follows its definition: constraints that are not valid, indexes, comments.
pub(super) fn follow(table: &Table) -> Vec<String> {
    let checks = table.checks.iter().filter(|it| flag(&it.options, "not_valid"));
    let foreign = table.foreign_keys.iter().filter(|it| flag(&it.options, "not_valid"));
    let clauses = checks.map(check_clause).chain(foreign.map(foreign_key_clause));
    let mut statements = actions(&table.name, clauses.map(|clause| format!("ADD {clause}")));
    // Nobody uses a new table, so nobody waits for its indexes.
    let indexes = table.indexes.iter().map(|index| create_index(&table.name, index, false));
    statements.extend(indexes);
    statements
}

/// The comments on the constraints and indexes of a table.
pub(super) fn comments(table: &Table) -> Vec<String> {
    let key = table.primary_key.iter().map(|it| (it.name.as_ref(), &it.options));
    let uniques = table.uniques.iter().map(|it| (it.name.as_ref(), &it.options));
    let checks = table.checks.iter().map(|it| (it.name.as_ref(), &it.options));
    let excludes = table.excludes.iter().map(|it| (it.name.as_ref(), &it.options));
    let foreign = table.foreign_keys.iter().map(|it| (it.name.as_ref(), &it.options));
    let constraints = key.chain(uniques).chain(checks).chain(excludes).chain(foreign);
    let on_constraint = |(name, options): (Option<&ConstraintName>, &Options)| {
        Some(constraint_comment(&table.name, &name?.text, Some(options.get("comment")?)))
    };
    let indexes = table.indexes.iter().filter_map(|index| index_comment(&table.name, index));
    constraints.filter_map(on_constraint).chain(indexes).collect()
}

fn constraint_comment(table: &Name, name: &str, said: Option<&str>) -> String {
    comment("CONSTRAINT", &format!("{} ON {}", quote(name), written(table)), said)
}

fn index_comment(table: &Name, index: &Index) -> Option<String> {
    let name = written(&beside(table, &index.name.text));
    index.comment.as_ref().map(|said| comment("INDEX", &name, Some(said)))
}

/// The primary key comes, goes or changes.
pub(super) fn primary_key(
    table: &Name,
    old: Option<&PrimaryKey>,
    new: Option<&PrimaryKey>,
) -> Vec<String> {
    if let (Some(old), Some(new)) = (old, new)
        && alters_key(old, new)
    {
        return alter(table, &as_unique(old), &as_unique(new));
    }
    let drop = old.map(|key| format!("DROP CONSTRAINT {}", quote(name_of(key.name.as_ref()))));
    let add = new.map(|key| format!("ADD {}", primary_key_clause(key)));
    let mut statements = actions(table, drop.into_iter().chain(add));
    let said = new.and_then(|key| Some((name_of(key.name.as_ref()), key.options.get("comment")?)));
    statements.extend(said.map(|(name, said)| constraint_comment(table, name, Some(said))));
    statements
}

/// Whether a primary key changes where it stands.
pub(in super::super) fn alters_key(old: &PrimaryKey, new: &PrimaryKey) -> bool {
    alters(&as_unique(old), &as_unique(new))
}

/// A primary key as the unique constraint that it is, to see what changes where it stands.
fn as_unique(key: &PrimaryKey) -> Part {
    let PrimaryKey { name, columns, options } = key.clone();
    Part::Unique(Unique { name, columns, nulls_not_distinct: false, deferral: None, options })
}

/// A new constraint or index.
pub(super) fn add(table: &Name, part: &Part) -> Vec<String> {
    let mut statements = match part {
        Part::Index(index) => add_index(table, index),
        part => actions(table, [format!("ADD {}", clause(part))]),
    };
    let said = options(part).get("comment");
    statements
        .extend(said.zip(part.name()).map(|(it, name)| constraint_comment(table, name, Some(it))));
    statements
}

fn add_index(table: &Name, index: &Index) -> Vec<String> {
    let concurrently = flag(&index.options, "concurrently");
    // What a build that failed leaves behind, the runner takes away: it alone sees whose index it is.
    let create = create_index(table, index, concurrently);
    let cluster = flag(&index.options, Index::CLUSTERED)
        .then(|| format!("CLUSTER ON {}", quote(&index.name.text)));
    let cluster = actions(table, cluster);
    std::iter::once(create).chain(cluster).chain(index_comment(table, index)).collect()
}

/// A constraint or index goes.
pub(super) fn remove(table: &Name, part: &Part) -> Vec<String> {
    let name = part.name().unwrap_or_default();
    match part {
        Part::Index(index) => {
            let word = if flag(&index.options, "concurrently") { " CONCURRENTLY" } else { "" };
            vec![format!("DROP INDEX{word} {}", written(&beside(table, name)))]
        }
        _ => actions(table, [format!("DROP CONSTRAINT {}", quote(name))]),
    }
}

/// Whether a constraint or index becomes another where it stands, besides its name. Rows are looked
/// at only for a reference that is enforced from then on.
pub(in super::super) fn alters(old: &Part, new: &Part) -> bool {
    let (mut before, mut after) = (old.nameless(), new.nameless());
    settle(&mut before);
    settle(&mut after);
    before == after
}

/// Leaves out of a part what can change where it stands.
fn settle(part: &mut Part) {
    let storage = |key: &str| key.starts_with("with.") || key == "tablespace" || key == "comment";
    match part {
        Part::Check(it) => drop(it.options.remove("comment")),
        Part::ForeignKey(it) => {
            it.deferral = None;
            it.options.remove("comment");
            it.options.remove("not_enforced");
        }
        Part::Exclude(it) => it.options.retain(|key, _| !storage(key)),
        Part::Unique(it) => it.options.retain(|key, _| !storage(key)),
        Part::Index(it) => {
            it.comment = None;
            it.options.retain(|key, _| key != "concurrently" && !storage(key));
        }
    }
}

/// Whether a constraint comes to hold for all rows, and is the same otherwise.
fn proves(old: &Part, new: &Part) -> bool {
    let mut proved = old.clone();
    let options = match &mut proved {
        Part::Check(it) => &mut it.options,
        Part::ForeignKey(it) => &mut it.options,
        _ => return false,
    };
    options.remove("not_valid").is_some() && alters(&proved, new)
}

/// A constraint or index changes its name, and what else can change where it stands; otherwise it
/// is dropped and made again.
pub(super) fn alter(table: &Name, old: &Part, new: &Part) -> Vec<String> {
    let (before, after) = (old.name().unwrap_or_default(), new.name().unwrap_or_default());
    let proves = proves(old, new);
    if !proves && !alters(old, new) {
        return match (old, new) {
            (Part::Index(_), _) | (_, Part::Index(_)) => {
                remove(table, old).into_iter().chain(add(table, new)).collect()
            }
            _ => {
                let drop = format!("DROP CONSTRAINT {}", quote(before));
                actions(table, [drop, format!("ADD {}", clause(new))])
            }
        };
    }
    let mut statements = match new {
        Part::Index(_) => rename_index(table, before, after),
        _ => rename_constraint(table, before, after),
    };
    match (old, new) {
        (Part::Index(old), Part::Index(new)) if old.comment != new.comment => {
            let name = written(&beside(table, after));
            statements.push(comment("INDEX", &name, new.comment.as_deref()));
        }
        (Part::ForeignKey(old), Part::ForeignKey(new)) => {
            statements.extend(defer(table, after, old, new));
        }
        _ => {}
    }
    let (old, new) = (options(old), options(new));
    statements.extend(alter_index(table, after, old, new));
    if proves {
        statements.extend(actions(table, [format!("VALIDATE CONSTRAINT {}", quote(after))]));
    }
    if old.get("comment") != new.get("comment") {
        let said = new.get("comment").map(String::as_str);
        statements.push(constraint_comment(table, after, said));
    }
    statements
}

/// A foreign key is checked at another moment, or not at all, or again.
fn defer(table: &Name, name: &str, old: &ForeignKey, new: &ForeignKey) -> Vec<String> {
    let mut words = String::new();
    if old.deferral != new.deferral {
        words.push_str(match deferral(new.deferral).as_str() {
            "" => " NOT DEFERRABLE",
            text => text,
        });
    }
    let waived = |key: &ForeignKey| flag(&key.options, "not_enforced");
    match (waived(old), waived(new)) {
        (true, false) => words.push_str(" ENFORCED"),
        (false, true) => words.push_str(" NOT ENFORCED"),
        _ => {}
    }
    let alter = (!words.is_empty()).then(|| format!("ALTER CONSTRAINT {}{words}", quote(name)));
    actions(table, alter)
}

/// What is kept how changes in the index, or in the one behind a constraint.
fn alter_index(table: &Name, index: &str, old: &Options, new: &Options) -> Vec<String> {
    let alter = format!("ALTER INDEX {}", written(&beside(table, index)));
    let parameters = settings::parameters(old, new).into_iter();
    parameters
        .chain(settings::tablespace(old, new))
        .map(|action| format!("{alter} {action}"))
        .collect()
}

fn rename_constraint(table: &Name, old: &str, new: &str) -> Vec<String> {
    match old == new {
        true => Vec::new(),
        false => actions(table, [format!("RENAME CONSTRAINT {} TO {}", quote(old), quote(new))]),
    }
}

fn rename_index(table: &Name, old: &str, new: &str) -> Vec<String> {
    let name = written(&beside(table, old));
    match old == new {
        true => Vec::new(),
        false => vec![format!("ALTER INDEX {name} RENAME TO {}", quote(new))],
    }
}

fn name_of(name: Option<&ConstraintName>) -> &str {
    name.map_or("", |name| &name.text)
}

fn options(part: &Part) -> &Options {
    match part {
        Part::Unique(it) => &it.options,
        Part::Check(it) => &it.options,
        Part::ForeignKey(it) => &it.options,
        Part::Exclude(it) => &it.options,
        Part::Index(it) => &it.options,
    }
}
