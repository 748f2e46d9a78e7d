//! What several attributes have in common: key columns, checks, references, dialect lists.

use proc_macro2::Span;

use super::setting;
use crate::ast::{Action, CheckDecl, Deferral, ForeignKeyDecl, Options, PartDecl, Placed};
use crate::diagnostic::Diagnostic;
use crate::keys::Keys;
use crate::reader::Reader;
use crate::tokens::{Entry, Value};

const ACTIONS: [(&str, Action); 5] = [
    ("cascade", Action::Cascade),
    ("restrict", Action::Restrict),
    ("set_null", Action::SetNull),
    ("set_default", Action::SetDefault),
    ("no_action", Action::NoAction),
];

const MATCHES: [(&str, Option<&str>); 3] =
    [("full", Some("FULL")), ("partial", Some("PARTIAL")), ("simple", None)];

const DEFERRALS: [(&str, Deferral); 2] = [
    ("initially_deferred", Deferral::InitiallyDeferred),
    ("initially_immediate", Deferral::InitiallyImmediate),
];

/// `columns(a, desc(b), ..)`, which must be there and say something.
pub(super) fn columns(keys: &mut Keys<'_>, owner: &str, span: Span) -> Vec<PartDecl> {
    match keys.list("columns") {
        Some((entries, list)) => parts(keys.reader, entries, list),
        None => {
            keys.reader.wrong(span, format!("`{owner}` needs `columns(..)`"), "of which columns?");
            Vec::new()
        }
    }
}

/// Key columns; an empty list is reported.
pub(super) fn parts(reader: &mut Reader, entries: Vec<Entry>, span: Span) -> Vec<PartDecl> {
    if entries.is_empty() {
        reader.wrong(span, "the list of columns is empty", "name a column");
    }
    entries.into_iter().filter_map(|entry| part(reader, entry)).collect()
}

fn part(reader: &mut Reader, entry: Entry) -> Option<PartDecl> {
    let place = reader.place(entry.span);
    let plain = |text: String| PartDecl {
        place,
        text,
        expression: false,
        descending: false,
        nulls_first: None,
        collate: None,
        opclass: None,
        length: None,
    };
    match (entry.key.as_str(), entry.value) {
        ("", Value::Text(text)) => Some(plain(text)),
        (key, Value::Flag) if !key.is_empty() => Some(plain(key.to_owned())),
        ("expr", Value::List(mut list)) => {
            let sql = inner(reader, &mut list, entry.span)?;
            let mut part = plain(sql.key);
            part.expression = true;
            Some(details(reader, part, list))
        }
        (key @ ("asc" | "desc"), Value::List(mut list)) => {
            let first = inner(reader, &mut list, entry.span)?;
            let descending = key == "desc";
            let mut inner = self::part(reader, first.entry)?;
            inner.descending = descending;
            Some(details(reader, inner, list))
        }
        (key, Value::List(list)) => {
            let part = plain(key.to_owned());
            Some(details(reader, part, list))
        }
        _ => {
            reader.wrong(entry.span, "expected a column", "not a column");
            None
        }
    }
}

/// The first entry of `expr(..)` or `desc(..)`; `key` is its text.
struct Inner {
    key: String,
    entry: Entry,
}

fn inner(reader: &mut Reader, list: &mut Vec<Entry>, span: Span) -> Option<Inner> {
    if list.is_empty() {
        reader.wrong(span, "the parentheses are empty", "of which column or expression?");
        return None;
    }
    let entry = list.remove(0);
    let key = match &entry.value {
        Value::Text(text) => text.clone(),
        _ => entry.key.clone(),
    };
    Some(Inner { key, entry })
}

fn details(reader: &mut Reader, mut part: PartDecl, list: Vec<Entry>) -> PartDecl {
    if list.is_empty() {
        return part;
    }
    let mut keys = Keys::new(reader, list, "columns(..)");
    part.descending |= keys.flag("desc").is_some();
    part.opclass = keys.text("opclass").map(|text| text.value).or(part.opclass);
    part.collate = keys.text("collate").map(|text| text.value).or(part.collate);
    part.length = keys.number("length").map(|number| number.value).or(part.length);
    let nulls = keys.choice("nulls", &[("first", true), ("last", false)]);
    part.nulls_first = nulls.map(|nulls| nulls.value).or(part.nulls_first);
    keys.finish();
    part
}

/// `deferrable`, `deferrable = "initially_deferred"`.
pub(super) fn deferral(keys: &mut Keys<'_>) -> Option<Deferral> {
    let entry = keys.take("deferrable")?;
    let found = match &entry.value {
        Value::Flag | Value::Bool(true) => Some(Deferral::InitiallyImmediate),
        Value::Bool(false) => return None,
        Value::Text(text) => {
            let text = text.to_ascii_lowercase().replace(' ', "_");
            DEFERRALS.iter().find(|(word, _)| *word == text).map(|(_, deferral)| *deferral)
        }
        _ => None,
    };
    let usage = "deferrable = \"initially_deferred\"";
    found.or_else(|| {
        keys.misfit(&entry, "no value, `initially_deferred` or `initially_immediate`", usage)
    })
}

/// `include(a, b)`.
pub(super) fn include(keys: &mut Keys<'_>) -> Vec<PartDecl> {
    match keys.list("include") {
        Some((entries, span)) => parts(keys.reader, entries, span),
        None => Vec::new(),
    }
}

/// Words that stand alone and that only PostgreSQL has, as its settings.
pub(super) fn words(keys: &mut Keys<'_>, words: &[&'static str], options: &mut Options) {
    for word in words {
        if keys.flag(word).is_some() {
            options.insert(format!("postgres.{word}"), "true".into());
        }
    }
}

/// `with(..)` and `tablespace` of the index that stands behind a key.
pub(super) fn behind(keys: &mut Keys<'_>) -> Options {
    let mut options = Options::new();
    if let Some((entries, _)) = keys.list("with") {
        with(keys.reader, "postgres", entries, &mut options);
    }
    let place = keys.name("tablespace");
    options.extend(place.map(|name| ("postgres.tablespace".to_owned(), name.value)));
    options
}

/// `check = "expr"`, `check("expr")` or `check(name = "..", expr = "..", ..)`, repeated at will.
pub(super) fn checks(keys: &mut Keys<'_>) -> Vec<CheckDecl> {
    let entries = keys.all("check");
    entries.into_iter().filter_map(|entry| check(keys, entry)).collect()
}

fn check(keys: &mut Keys<'_>, entry: Entry) -> Option<CheckDecl> {
    if let Value::Text(expr) = entry.value {
        let place = keys.reader.place(entry.span);
        return Some(CheckDecl { place, name: None, expr, options: Options::new() });
    }
    if !matches!(entry.value, Value::List(_)) {
        return keys.misfit(&entry, "SQL text", "check = \"..\"");
    }
    let (mut entries, span) = keys.list_of(entry)?;
    let place = keys.reader.place(span);
    if let [Entry { key, value: Value::Text(expr), .. }] = entries.as_mut_slice()
        && key.is_empty()
    {
        let expr = std::mem::take(expr);
        return Some(CheckDecl { place, name: None, expr, options: Options::new() });
    }
    let mut keys = Keys::new(keys.reader, entries, "check(..)");
    let name = keys.name("name");
    let expr = keys.text("expr");
    if expr.is_none() {
        keys.reader.wrong(span, "`check` needs `expr = \"..\"`", "what must hold?");
    }
    let mut options = Options::new();
    words(&mut keys, &["no_inherit", "not_valid", "not_enforced"], &mut options);
    keys.finish();
    Some(CheckDecl { place, name, expr: expr?.value, options })
}

/// `references` and what goes with it, on a column or in `foreign_key(..)`.
pub(super) fn reference(keys: &mut Keys<'_>, span: Span) -> Option<ForeignKeyDecl> {
    let references = keys.name("references");
    let (on_delete, set_columns) = on_delete(keys);
    let on_update = keys.choice("on_update", &ACTIONS);
    let matching = keys.choice("match", &MATCHES);
    let deferral_said = keys.has("deferrable");
    let deferral = deferral(keys);
    let mut options = Options::new();
    let alone = ["not_valid", "not_enforced"].map(|word| (word, keys.flag(word)));
    let Some(references) = references else {
        let others = [
            ("on_delete", on_delete.map(|it| it.place)),
            ("on_update", on_update.map(|it| it.place)),
            ("match", matching.map(|it| it.place)),
            ("deferrable", deferral_said.map(|span| keys.reader.place(span))),
        ];
        for (key, place) in others.into_iter().chain(alone) {
            if let Some(place) = place {
                keys.reader.report(
                    Diagnostic::new(format!("`{key}` needs `references`"))
                        .at(place, "there is no foreign key here")
                        .help("add `references = \"table.column\"`"),
                );
            }
        }
        return None;
    };
    for (word, _) in alone.iter().filter(|(_, place)| place.is_some()) {
        options.insert(format!("postgres.{word}"), "true".into());
    }
    Some(ForeignKeyDecl {
        place: keys.reader.place(span),
        name: None,
        columns: Vec::new(),
        references,
        on_delete,
        set_columns,
        on_update,
        matching: matching.and_then(|it| it.value),
        deferral,
        options,
    })
}

/// `on_delete = "cascade"`; `set null` and `set default` may name some of the columns.
fn on_delete(keys: &mut Keys<'_>) -> (Option<Placed<Action>>, Vec<Placed<String>>) {
    let Some(mut text) = keys.text("on_delete") else { return (None, Vec::new()) };
    let Some((word, rest)) = text.value.split_once('(') else {
        return (keys.choose("on_delete", text, &ACTIONS), Vec::new());
    };
    let names = rest.trim_end().strip_suffix(')').unwrap_or_default().split(',');
    let placed = |name: &str| Placed { value: name.trim().to_owned(), place: text.place.clone() };
    let columns: Vec<Placed<String>> = names.map(placed).collect();
    text.value = word.trim().to_owned();
    let place = text.place.clone();
    let action = keys.choose("on_delete", text, &ACTIONS);
    let sets = |it: &Placed<Action>| matches!(it.value, Action::SetNull | Action::SetDefault);
    let whole = columns.iter().all(|name| !name.value.is_empty());
    if !whole || action.as_ref().is_some_and(|action| !sets(action)) {
        keys.reader.report(
            Diagnostic::new("only `set null` and `set default` take columns")
                .at(place, "not understood")
                .help("write `on_delete = \"set null (column)\"`, or leave the columns out"),
        );
        return (action, Vec::new());
    }
    (action, columns)
}

/// `postgres(..)`, `mysql(..)` and `sqlite(..)`, each with the settings it knows.
pub(super) fn dialects(
    keys: &mut Keys<'_>,
    known: &[(&'static str, &'static [&'static str])],
) -> Options {
    let mut options = Options::new();
    for (dialect, names) in known {
        if let Some((entries, _)) = keys.list(dialect) {
            let home = match *dialect {
                "postgres" => "postgres(..)",
                "mysql" => "mysql(..)",
                _ => "sqlite(..)",
            };
            let inner = Keys::new(keys.reader, entries, home);
            settings(inner, dialect, names, &mut options);
        }
    }
    options
}

fn settings(mut keys: Keys<'_>, dialect: &str, names: &[&'static str], options: &mut Options) {
    for name in names {
        let Some(entry) = keys.take(name) else { continue };
        // Left out, these are as they are; said, they are off.
        let kept = ["row_security", "force_row_security", "system_versioned"].contains(name);
        if matches!(entry.value, Value::Bool(false)) && !kept {
            continue;
        }
        match entry.value {
            Value::List(entries) if *name == "with" => with(keys.reader, dialect, entries, options),
            ref value => match setting(value) {
                Some(value) => {
                    options.insert(format!("{dialect}.{name}"), value);
                }
                None => {
                    keys.misfit::<()>(&entry, "a value", &format!("{name} = \"..\""));
                }
            },
        }
    }
    keys.finish();
}

/// `with(fillfactor = 70, toast(..), ..)`: storage parameters, free in their names.
pub(super) fn with(reader: &mut Reader, dialect: &str, entries: Vec<Entry>, options: &mut Options) {
    for entry in entries {
        if let Value::List(inner) = entry.value {
            for it in inner {
                let key = format!("{}.{}", entry.key, it.key);
                with(reader, dialect, vec![Entry { key, ..it }], options);
            }
            continue;
        }
        match setting(&entry.value) {
            Some(value) if !entry.key.is_empty() => {
                options.insert(format!("{dialect}.with.{}", entry.key), value);
            }
            _ => reader.wrong(entry.span, "expected a storage parameter", "write `name = value`"),
        }
    }
}

/// A name said by `key = ".."` or left to the convention by `key` alone.
pub(super) fn named_flag(keys: &mut Keys<'_>, key: &'static str) -> Option<Placed<Option<String>>> {
    let entry = keys.take(key)?;
    match entry.value {
        Value::Flag | Value::Bool(true) => Some(keys.placed(None, entry.span)),
        Value::Bool(false) => None,
        Value::Text(name) => Some(keys.placed(Some(name), entry.span)),
        _ => keys.misfit(&entry, "no value, or a name", &format!("{key} = \"name\"")),
    }
}
