//! How rows are numbered: by identity or by a sequence of their own, and from the one to the other
//! with the next number kept.

use std::borrow::Cow;

use super::super::types::{quote, written};
use super::text::flag;
use super::{actions, beside, of, type_of};
use crate::schema::{Column, Identity, Name, Options};
use crate::sql::literal;

/// Who numbers the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Numbering<'a> {
    /// Nobody.
    None,
    /// The column itself.
    Identity(&'a Identity),
    /// The default, by a sequence that the column owns.
    Serial(Name),
}

/// Who numbers the rows by this column.
pub(super) fn numbering<'a>(table: &Name, column: &'a Column) -> Numbering<'a> {
    match (&column.identity, column.options.get("serial")) {
        (Some(identity), _) => Numbering::Identity(identity),
        (None, Some(name)) if name.is_empty() || name == "true" => {
            Numbering::Serial(usual(table, column))
        }
        (None, Some(name)) => Numbering::Serial(Name::from(name.as_str())),
        (None, None) => Numbering::None,
    }
}

/// The name that PostgreSQL would choose for the sequence.
fn usual(table: &Name, column: &Column) -> Name {
    beside(table, &format!("{}_{}_seq", table.name, column.name))
}

/// The word for a type with a sequence, where the sequence has the name that PostgreSQL gives it.
pub(super) fn serial_type(table: &Name, column: &Column) -> Option<&'static str> {
    let Numbering::Serial(name) = numbering(table, column) else { return None };
    // A longer name would be cut, and not at its end.
    let chosen = name == usual(table, column) && name.name.len() <= 63;
    let word = match &*column.ty.spelled() {
        "smallint" => "smallserial",
        "integer" => "serial",
        "bigint" => "bigserial",
        _ => return None,
    };
    chosen.then_some(word)
}

/// The sequence of a column with a name of its own: made before the column.
pub(super) fn before(table: &Name, column: &Column) -> Option<String> {
    match numbering(table, column) {
        Numbering::Serial(name) if serial_type(table, column).is_none() => {
            Some(format!("CREATE SEQUENCE {} AS {}", written(&name), type_of(&column.ty)))
        }
        _ => None,
    }
}

/// The sequence of a column with a name of its own: it belongs to the column afterwards.
pub(super) fn after(table: &Name, column: &Column) -> Option<String> {
    match numbering(table, column) {
        Numbering::Serial(name) if serial_type(table, column).is_none() => {
            Some(owned(&name, table, column))
        }
        _ => None,
    }
}

fn owned(sequence: &Name, table: &Name, column: &Column) -> String {
    format!("ALTER SEQUENCE {} OWNED BY {}", written(sequence), of(table, &column.name))
}

/// The default that draws from a sequence.
pub(super) fn next(sequence: &Name) -> String {
    format!("nextval({})", literal(&written(sequence)))
}

/// `GENERATED .. AS IDENTITY (..)`.
pub(super) fn identity(identity: &Identity) -> String {
    let options = options(&identity.options);
    let options = match options.is_empty() {
        true => String::new(),
        false => format!(" ({})", options.join(" ")),
    };
    format!("GENERATED {} AS IDENTITY{options}", when(identity))
}

fn when(identity: &Identity) -> &'static str {
    if identity.always { "ALWAYS" } else { "BY DEFAULT" }
}

/// The options with a value, as they stand in SQL.
const VALUES: [(&str, &str); 5] = [
    ("start", "START WITH"),
    ("increment", "INCREMENT BY"),
    ("minimum", "MINVALUE"),
    ("maximum", "MAXVALUE"),
    ("cache", "CACHE"),
];

fn options(options: &Options) -> Vec<String> {
    let values = VALUES.iter();
    let values = values.filter_map(|(key, word)| Some(format!("{word} {}", options.get(*key)?)));
    values.chain(flag(options, "cycle").then(|| "CYCLE".to_owned())).collect()
}

fn number(options: &Options, key: &str) -> Option<i64> {
    options.get(key)?.parse().ok()
}

fn descends(options: &Options) -> bool {
    number(options, "increment").is_some_and(|step| step < 0)
}

/// The number that a sequence with these options begins with.
fn start(options: &Options) -> i64 {
    let (bound, first) = if descends(options) { ("maximum", -1) } else { ("minimum", 1) };
    number(options, "start").or_else(|| number(options, bound)).unwrap_or(first)
}

/// The statements around the other changes of a column: how the old numbering goes and the new one
/// comes.
pub(super) struct Change {
    /// Before the type changes.
    pub(super) before: Vec<String>,
    /// After the column refuses NULL.
    pub(super) after: Vec<String>,
}

/// How the numbering of a column changes.
pub(super) fn change(table: &Name, old: &Column, new: &Column) -> Change {
    let alter =
        |action: String| actions(table, [format!("ALTER COLUMN {} {action}", quote(&new.name))]);
    let drop = |sequence: &Name| format!("DROP SEQUENCE {}", written(sequence));
    let mut change = Change { before: Vec::new(), after: Vec::new() };
    let Change { before, after } = &mut change;
    match (numbering(table, old), numbering(table, new)) {
        (Numbering::None, Numbering::None) => {}
        (Numbering::None, Numbering::Identity(it)) => {
            after.extend(alter(format!("ADD {}", identity(it))));
            after.push(catch_up(table, new, &it.options));
        }
        (Numbering::None, Numbering::Serial(name)) => {
            let (sequence, ty) = (written(&name), type_of(&new.ty));
            after.push(format!(
                "CREATE SEQUENCE {sequence} AS {ty} OWNED BY {}",
                of(table, &new.name)
            ));
            after.push(catch_up(table, new, &Options::new()));
            after.extend(alter(format!("SET DEFAULT {}", next(&name))));
        }
        (Numbering::Identity(_), Numbering::None) => before.extend(alter("DROP IDENTITY".into())),
        (Numbering::Serial(name), Numbering::None) => {
            before.extend(alter("DROP DEFAULT".into()));
            before.push(drop(&name));
        }
        (Numbering::Serial(old_name), Numbering::Serial(new_name)) => {
            if old_name != new_name {
                let (name, new_name) = (written(&old_name), quote(&new_name.name));
                before.push(format!("ALTER SEQUENCE {name} RENAME TO {new_name}"));
            }
            if old.ty != new.ty {
                let (name, ty) = (written(&new_name), type_of(&new.ty));
                after.push(format!("ALTER SEQUENCE {name} AS {ty}"));
            }
        }
        (Numbering::Identity(one), Numbering::Identity(two)) => {
            before.extend(make_room(table, new, (&one.options, &two.options)));
            after.extend(alter_identity(one, two).into_iter().flat_map(alter));
        }
        (Numbering::Serial(name), Numbering::Identity(it)) => {
            // The sequence gives up its name for the one of the identity.
            let aside = Name { name: format!("autogen_old_{}", name.name), ..name.clone() };
            before.extend(alter("DROP DEFAULT".into()));
            before.push(format!("ALTER SEQUENCE {} OWNED BY NONE", written(&name)));
            let short = quote(&aside.name);
            before.push(format!("ALTER SEQUENCE {} RENAME TO {short}", written(&name)));
            after.extend(alter(format!("ADD {}", identity(it))));
            let sequence = sequence_of(table, new);
            let place = format!("setval({sequence}, last_value, is_called)");
            after.push(format!("SELECT {place} FROM {}", written(&aside)));
            after.push(drop(&aside));
        }
        (Numbering::Identity(_), Numbering::Serial(name)) => {
            let aside = Name { name: format!("autogen_new_{}", name.name), ..name.clone() };
            let (sequence, ty) = (written(&aside), type_of(&new.ty));
            before.push(format!("CREATE SEQUENCE {sequence} AS {ty}"));
            let next_number = format!("nextval({})", sequence_of(table, new));
            before.push(format!("SELECT setval({}, {next_number}, false)", literal(&sequence)));
            before.extend(alter("DROP IDENTITY".into()));
            after.push(format!("ALTER SEQUENCE {sequence} RENAME TO {}", quote(&name.name)));
            after.push(owned(&name, table, new));
            after.extend(alter(format!("SET DEFAULT {}", next(&name))));
        }
    }
    change
}

/// The sequence behind a column, whatever its name.
fn sequence_of(table: &Name, column: &Column) -> String {
    let (table, column) = (literal(&written(table)), literal(&column.name));
    format!("pg_get_serial_sequence({table}, {column})")
}

/// A new sequence goes on where the rows end.
fn catch_up(table: &Name, column: &Column, options: &Options) -> String {
    let (best, compare) = if descends(options) { ("min", "<=") } else { ("max", ">=") };
    let best = format!("{best}({})", quote(&column.name));
    format!(
        "SELECT setval({}, {best}) FROM {} HAVING {best} {compare} {}",
        sequence_of(table, column),
        written(table),
        start(options)
    )
}

/// A bound that the next number would break is made good first.
fn make_room(table: &Name, column: &Column, (old, new): (&Options, &Options)) -> Option<String> {
    let (key, best) = if descends(new) { ("maximum", "least") } else { ("minimum", "greatest") };
    let bound = number(new, key).filter(|bound| number(old, key) != Some(*bound))?;
    let sequence = sequence_of(table, column);
    Some(format!("SELECT setval({sequence}, {best}(nextval({sequence}), {bound}), false)"))
}

/// What changes in an identity, as one action.
fn alter_identity(old: &Identity, new: &Identity) -> Option<String> {
    let mut words = Vec::new();
    if old.always != new.always {
        words.push(format!("SET GENERATED {}", when(new)));
    }
    for (key, word) in VALUES {
        if old.options.get(key) == new.options.get(key) {
            continue;
        }
        words.push(match (new.options.get(key), key) {
            (Some(value), _) => format!("SET {word} {value}"),
            (None, "minimum" | "maximum") => format!("SET NO {word}"),
            (None, "start") => format!("SET {word} {}", start(&new.options)),
            (None, _) => format!("SET {word} 1"),
        });
    }
    let (before, after) = (flag(&old.options, "cycle"), flag(&new.options, "cycle"));
    if before != after {
        words.push(if after { "SET CYCLE" } else { "SET NO CYCLE" }.to_owned());
    }
    (!words.is_empty()).then(|| words.join(" "))
}

/// The default of a column as SQL, with the one that draws from a sequence.
pub(super) fn default<'a>(table: &Name, column: &'a Column) -> Option<Cow<'a, str>> {
    match numbering(table, column) {
        Numbering::Serial(name) => Some(Cow::Owned(next(&name))),
        _ => column.default.as_ref().map(|default| Cow::Borrowed(default.text.as_str())),
    }
}
