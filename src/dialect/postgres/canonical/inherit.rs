//! Partitions and children: what they have from their parents is not theirs, and what partitioning
//! forbids is refused.

use super::options::{bound, key_columns, parts};
use super::report::{About, Reports};
use crate::op::Part;
use crate::schema::{Check, Column, IndexPart, Name, Options, Schema, Table, Type};

/// Takes out of partitions and children what they inherit.
pub(super) fn settle(schema: &mut Schema, reports: &mut Reports<'_>) {
    let children: Vec<Name> = schema
        .tables
        .values()
        .filter(|it| it.options.contains_key("partition_of") || it.options.contains_key("inherits"))
        .map(|it| it.name.clone())
        .collect();
    // Parents may be children themselves, so all are settled against what was said.
    let mut settled = Vec::new();
    for name in &children {
        let Some(mut table) = schema.tables.get(name).cloned() else { continue };
        if table.options.contains_key("partition_of") {
            partition(schema, &mut table, reports);
        } else {
            child(schema, &mut table, reports);
        }
        settled.push(table);
    }
    settled.into_iter().for_each(|table| schema.insert(table));
    for table in schema.tables.values() {
        let Some(key) = table.options.get("partition_by") else { continue };
        for (at, holder) in lineage(schema, table).into_iter().enumerate() {
            unique_by_key(table, key, (holder, at == 0), reports);
        }
    }
}

/// The table that a name means when it stands in a table of `home`'s namespace.
fn near<'a>(schema: &'a Schema, text: &str, home: &Name) -> Option<&'a Table> {
    let name = Name::from(text);
    schema.tables.get(&name).or_else(|| {
        let beside = Name { schema: home.schema.clone(), name: name.name.clone() };
        schema.tables.get(&beside).filter(|_| name.schema.is_none())
    })
}

/// A table and those of which it is a partition, from the inside out.
fn lineage<'a>(schema: &'a Schema, table: &'a Table) -> Vec<&'a Table> {
    let mut all = vec![table];
    while let Some(parent) = all.last().and_then(|last| {
        let above = last.options.get("partition_of")?;
        near(schema, above, &last.name)
    }) {
        if all.iter().any(|seen| seen.name == parent.name) {
            break;
        }
        all.push(parent);
    }
    all
}

/// The ancestor that says the columns: a partition of a partition has them from further up.
fn root<'a>(schema: &'a Schema, parent: &'a Table) -> &'a Table {
    let lineage = lineage(schema, parent);
    lineage.into_iter().find(|table| !table.columns.is_empty()).unwrap_or(parent)
}

fn partition(schema: &Schema, table: &mut Table, reports: &mut Reports<'_>) {
    let said = table.options.get("partition_of").cloned().unwrap_or_default();
    let Some(parent) = near(schema, &said, &table.name) else {
        if !table.columns.is_empty() {
            let help = "declare it as well, with `postgres(partition_by = \"..\")`";
            let what = format!("needs the table {said}, of which this is a partition");
            reports.lacks(&table.name, About::Table, &what, help);
        }
        return;
    };
    table.options.insert("partition_of".into(), parent.name.to_string());
    let Some(key) = parent.options.get("partition_by") else {
        let what = format!("takes partitions of partitioned tables, and {} is none", parent.name);
        let help = "say how on the parent: `postgres(partition_by = \"RANGE (column)\")`";
        reports.lacks(&table.name, About::Table, &what, help);
        return;
    };
    let columns = root(schema, parent);
    let types = types_of(key, columns);
    if let Some(said) = table.options.get_mut("bound") {
        *said = spelled_bound(&bound(said), &types, value);
    }
    for column in std::mem::take(&mut table.columns) {
        if !columns.column(&column.name).is_some_and(|own| same_column(own, &column)) {
            let help = "say the same as in the parent, or no columns at all";
            let what = "has the same columns in a partition as in its parent";
            reports.lacks(&table.name, About::Column(&column.name), what, help);
        }
    }
    let inherited: Vec<Part> = of(parent).chain(of(columns)).collect();
    drop_inherited(table, &inherited, |_| true);
    let key = [parent, columns].into_iter().filter_map(|it| it.primary_key.as_ref());
    let own = table.primary_key.take();
    table.primary_key = own.filter(|own| !{ key }.any(|it| it.columns == own.columns));
}

/// A concluded identity and the sequence's name make no other column.
fn same_column(parent: &Column, own: &Column) -> bool {
    let bare = |column: &Column| Column {
        identity: None,
        comment: None,
        options: Options::new(),
        null: false,
        ..column.clone()
    };
    bare(parent) == bare(own)
}

fn child(schema: &Schema, table: &mut Table, reports: &mut Reports<'_>) {
    let said = table.options.get("inherits").cloned().unwrap_or_default();
    let mut names = Vec::new();
    for name in said.split(", ") {
        let Some(parent) = near(schema, name, &table.name) else {
            if !table.columns.is_empty() {
                let what = format!("needs the table {name}, of which this is a child");
                reports.lacks(&table.name, About::Table, &what, "declare it as well");
            }
            names.push(name.to_owned());
            continue;
        };
        names.push(parent.name.to_string());
        let same = |own: &Column| parent.column(&own.name).is_some_and(|it| same_column(it, own));
        table.columns.retain(|column| !same(column));
        let inherited: Vec<Part> = of(parent).collect();
        let passed_on = |part: &Part| match part {
            Part::Check(check) => !no_inherit(check),
            _ => false,
        };
        drop_inherited(table, &inherited, passed_on);
    }
    table.options.insert("inherits".into(), names.join(", "));
}

fn no_inherit(check: &Check) -> bool {
    check.options.contains_key("no_inherit")
}

/// The constraints and indexes of a table.
fn of(table: &Table) -> impl Iterator<Item = Part> {
    let keys = table.foreign_keys.iter().cloned().map(Part::ForeignKey);
    let checks = table.checks.iter().cloned().map(Part::Check);
    let uniques = table.uniques.iter().cloned().map(Part::Unique);
    let indexes = table.indexes.iter().cloned().map(Part::Index);
    let excludes = table.excludes.iter().cloned().map(Part::Exclude);
    keys.chain(checks).chain(uniques).chain(indexes).chain(excludes)
}

fn drop_inherited(table: &mut Table, inherited: &[Part], passed_on: impl Fn(&Part) -> bool) {
    let bare: Vec<Part> =
        inherited.iter().filter(|part| passed_on(part)).map(Part::nameless).collect();
    let own = |part: Part| !bare.contains(&part.nameless());
    table.foreign_keys.retain(|it| own(Part::ForeignKey(it.clone())));
    table.checks.retain(|it| own(Part::Check(it.clone())));
    table.uniques.retain(|it| own(Part::Unique(it.clone())));
    table.indexes.retain(|it| own(Part::Index(it.clone())));
    table.excludes.retain(|it| own(Part::Exclude(it.clone())));
}

/// The types of a partition key, where they are columns'.
fn types_of<'a>(key: &str, columns: &'a Table) -> Vec<Option<&'a Type>> {
    let names = key_columns(key).unwrap_or_default();
    names.iter().map(|name| columns.column(name).map(|column| &column.ty)).collect()
}

/// The types by which the table is parted of which this is a partition.
pub(super) fn key_types<'a>(schema: &'a Schema, table: &'a Table) -> Vec<Option<&'a Type>> {
    let parent = table.options.get("partition_of");
    let Some(parent) = parent.and_then(|name| near(schema, name, &table.name)) else {
        return Vec::new();
    };
    let key = parent.options.get("partition_by");
    key.map(|key| types_of(key, root(schema, parent))).unwrap_or_default()
}

/// A bound with each value spelled for the type of its part of the key.
pub(super) fn spelled_bound(
    bound: &str,
    types: &[Option<&Type>],
    spell: impl Fn(&str, Option<&Type>) -> String,
) -> String {
    let single = bound.contains(" IN (");
    let mut result = String::new();
    let mut rest = bound;
    while let Some((before, values)) = rest.split_once('(') {
        let Some(end) = closing(values) else { break };
        let spelled: Vec<String> = match before.ends_with("WITH ") {
            true => parts(&values[..end]).into_iter().map(str::to_owned).collect(),
            false => {
                let each = parts(&values[..end]).into_iter().enumerate();
                let ty = |at| types.get(if single { 0 } else { at }).copied().flatten();
                each.map(|(at, it)| spell(it, ty(at))).collect()
            }
        };
        result.push_str(&format!("{before}({})", spelled.join(", ")));
        rest = &values[end + 1..];
    }
    result.push_str(rest);
    result
}

/// Where the parenthesis closes that was opened before the text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for token in crate::sql::tokens(text, crate::sql::Syntax::POSTGRES) {
        match &text[token.range.clone()] {
            "(" => depth += 1,
            ")" if depth == 0 => return Some(token.range.start),
            ")" => depth -= 1,
            _ => {}
        }
    }
    None
}

/// A value as the server prints it for a type.
fn value(text: &str, ty: Option<&Type>) -> String {
    let Some(Type::Native(ty)) = ty else { return text.to_owned() };
    let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    let plain = inner.unwrap_or(text);
    let number = plain.trim_start_matches('-').bytes();
    let number = { number }.all(|it| it.is_ascii_digit() || it == b'.') && !plain.is_empty();
    let base = ty.split('(').next().unwrap_or(ty);
    match base {
        "integer" if number && !plain.starts_with('-') => plain.to_owned(),
        "smallint" | "bigint" | "integer" | "numeric" if number => format!("'{plain}'"),
        _ => match (inner, moment(ty, plain)) {
            (Some(_), Some(whole)) => format!("'{whole}'"),
            _ => text.to_owned(),
        },
    }
}

/// A day as the moment at which it begins, at UTC.
fn moment(ty: &str, text: &str) -> Option<String> {
    let zone = match ty {
        _ if !ty.starts_with("timestamp") => return None,
        _ if ty.ends_with("with time zone") => "+00",
        _ => "",
    };
    let digits = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|it| it.is_ascii_digit())
    };
    let (day, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
    let mut fields = day.split('-');
    let whole = matches!(
        (fields.next(), fields.next(), fields.next(), fields.next()),
        (Some(year), Some(month), Some(day), None)
            if digits(year, 4) && digits(month, 2) && digits(day, 2)
    );
    let time = time.strip_suffix("+00:00").or(time.strip_suffix('Z')).unwrap_or(time);
    let time = time.strip_suffix("+00").unwrap_or(time);
    let time = if time.len() == 5 { format!("{time}:00") } else { time.to_owned() };
    let clock = time.bytes().all(|it| it.is_ascii_digit() || matches!(it, b':' | b'.'));
    (whole && clock).then(|| format!("{day} {time}{zone}"))
}

/// No two rows of different partitions are ever compared, so what is unique must say the partition.
fn unique_by_key(
    table: &Table,
    key: &str,
    (holder, own): (&Table, bool),
    reports: &mut Reports<'_>,
) {
    let wanted = key_columns(key);
    let holds = |columns: &[IndexPart]| {
        let has = |name: &String| columns.iter().any(|it| !it.expression && it.text == *name);
        wanted.as_ref().is_some_and(|wanted| wanted.iter().all(has))
    };
    let primary = holder.primary_key.iter().map(|it| (it.name.as_ref(), &it.columns));
    let uniques = holder.uniques.iter().map(|it| (it.name.as_ref(), &it.columns));
    let indexes = holder.indexes.iter().filter(|it| it.unique);
    let indexes = indexes.map(|it| (Some(&it.name), &it.parts));
    for (name, columns) in primary.chain(uniques).chain(indexes) {
        if holds(columns) {
            continue;
        }
        let help = match &wanted {
            Some(wanted) => format!("add {} to it", wanted.join(", ")),
            None => "partition by columns, or have it unique in each partition".to_owned(),
        };
        let what = "keeps unique in a partitioned table only what has the partition key in it";
        // The key may be the parent's; the way to part is not.
        let about = if own { About::Named(name) } else { About::Table };
        reports.lacks(&table.name, about, what, &help);
    }
}
