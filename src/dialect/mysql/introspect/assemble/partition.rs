//! How tables are partitioned: the clause that does it, without its first two words.

use super::super::facts::PartitionFact;
use super::super::text::{literal, ticked};
use super::{Catalog, Tables};

/// Gives the tables the clause that partitions them.
pub(super) fn add<'r>(catalog: &Catalog<'r>, tables: &mut Tables<'r>) {
    let mut facts: Vec<&PartitionFact> = catalog.facts.partitions.iter().collect();
    facts.sort_by_key(|it| (it.place, it.position));
    for parts in facts.chunk_by(|one, two| one.place == two.place) {
        let Some(first) = parts.first() else { continue };
        let Some(table) = tables.get_mut(&first.place) else { continue };
        let shown = catalog.shown.table(first.place);
        let clause = match &shown.partition_by {
            Some(clause) if first.method == "SYSTEM_TIME" => clause.clone(),
            _ => clause(catalog, parts, shown.default_partition.as_deref()),
        };
        table.options.insert("partition_by".into(), clause);
    }
}

fn clause(catalog: &Catalog, parts: &[&PartitionFact], default: Option<&str>) -> String {
    let Some(first) = parts.first() else { return String::new() };
    let groups: Vec<&[&PartitionFact]> =
        parts.chunk_by(|one, two| one.position.0 == two.position.0).collect();
    let expression = |told: &str| catalog.unqualified(told);
    let mut text = format!("{} ({})", first.method, expression(first.expression));
    // Such parts differ by nothing but their number.
    let counted = first.method.ends_with("HASH") || first.method.ends_with("KEY");
    let usual = |at: usize, it: &PartitionFact| it.name == format!("p{at}");
    let plain = |it: &PartitionFact| it.comment.is_empty();
    let mut groups_at = groups.iter().enumerate();
    if counted && groups_at.all(|(at, it)| usual(at, it[0]) && plain(it[0])) {
        return format!("{text} PARTITIONS {}", groups.len());
    }
    let sub = first.part.is_some();
    let usual = |(at, it): (usize, &&PartitionFact)| {
        it.part == Some(&format!("{}sp{at}", it.name)) && plain(it)
    };
    let counted = sub && groups.iter().all(|group| group.iter().enumerate().all(usual));
    if sub {
        let (method, key) = (first.part_method, expression(first.part_expression));
        text.push_str(&format!(" SUBPARTITION BY {method} ({key})"));
    }
    if counted {
        text.push_str(&format!(" SUBPARTITIONS {}", groups.first().map_or(0, |it| it.len())));
    }
    let partition = |group: &&[&PartitionFact]| {
        let Some(first) = group.first() else { return String::new() };
        let mut text = format!("PARTITION {}{}", ticked(first.name), values(first, default));
        if !sub {
            text.push_str(&said(first));
        } else if !counted {
            let part = |it: &&PartitionFact| {
                format!("SUBPARTITION {}{}", ticked(it.part.unwrap_or_default()), said(it))
            };
            text.push_str(&format!(" ({})", group.iter().map(part).collect::<Vec<_>>().join(", ")));
        }
        text
    };
    let partitions: Vec<String> = groups.iter().map(partition).collect();
    format!("{text} ({})", partitions.join(", "))
}

/// The values that a partition holds.
fn values(part: &PartitionFact, default: Option<&str>) -> String {
    if default == Some(part.name) {
        return " DEFAULT".into();
    }
    let Some(description) = part.description else { return String::new() };
    match (part.method.split(' ').next(), description) {
        (Some("LIST"), values) => format!(" VALUES IN ({values})"),
        _ if part.method == "RANGE" && description == "MAXVALUE" => {
            " VALUES LESS THAN MAXVALUE".into()
        }
        _ => format!(" VALUES LESS THAN ({description})"),
    }
}

fn said(part: &PartitionFact) -> String {
    match part.comment {
        "" => String::new(),
        comment => format!(" COMMENT = {}", literal(comment)),
    }
}
