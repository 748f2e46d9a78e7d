//! Columns: their types, how their values come about, how they are kept.

use super::super::types::{canonical_name_within, native};
use super::Lower;
use super::names::cut;
use super::options::{own, taken};
use super::report::About;
use crate::schema::{Column, Identity, Name, Options, Type};
use crate::sql::unquote;

/// Words that stand for an integer that a sequence of its own numbers.
const SERIAL: [(&str, &str); 6] = [
    ("bigserial", "bigint"),
    ("serial", "integer"),
    ("serial2", "smallint"),
    ("serial4", "integer"),
    ("serial8", "bigint"),
    ("smallserial", "smallint"),
];

/// What the ends of a sequence are, by the type it counts in.
const ENDS: [(&str, i128, i128); 3] = [
    ("smallint", i16::MIN as i128, i16::MAX as i128),
    ("integer", i32::MIN as i128, i32::MAX as i128),
    ("bigint", i64::MIN as i128, i64::MAX as i128),
];

const INTEGERS: &str = "numbers only `smallint`, `integer` and `bigint` columns";

impl Lower<'_> {
    pub(super) fn column(&mut self, column: &mut Column) {
        column.comment = column.comment.take().filter(|text| !text.is_empty());
        column.options = own(std::mem::take(&mut column.options));
        self.ty(column);
        self.identity(column);
        self.collation(column);
        self.generated(column);
        self.kept(column);
    }

    fn ty(&mut self, column: &mut Column) {
        if let Some(name) = column.ty.on("postgres").item().cloned() {
            let array = matches!(&*column.ty.on("postgres"), Type::Array(_));
            column.ty = enumerated(name, array);
            return;
        }
        let text = native(&column.ty, &Default::default()).unwrap_or_else(|help| {
            self.lacks(About::Column(&column.name), "has no type for it", &help);
            String::new()
        });
        let word = text.trim().to_ascii_lowercase();
        if let Ok(at) = SERIAL.binary_search_by_key(&word.as_str(), |(word, _)| word) {
            column.ty = Type::Native(SERIAL[at].1.into());
            self.serial(column);
            return;
        }
        let name = canonical_name_within(&text, &self.reports.dialect.home);
        let (item, array) = match name.strip_suffix("[]") {
            Some(item) => (item, true),
            None => (name.as_str(), false),
        };
        column.ty = match self.enums.get(item) {
            Some(own) => enumerated(own.clone(), array),
            None => Type::Native(name),
        };
    }

    /// A column that a sequence of its own numbers, named as the server names it.
    fn serial(&mut self, column: &mut Column) {
        column.null = false;
        column.identity = None;
        if column.default.take().is_some() {
            let help = "drop `default`, or say the integer type instead of `serial`";
            self.lacks(About::Column(&column.name), "numbers a `serial` column by itself", help);
        }
        let name = sequence(&self.table.name, &column.name);
        let name = Name { schema: self.table.schema.clone(), name };
        column.options.insert("serial".into(), name.to_string());
    }

    fn identity(&mut self, column: &mut Column) {
        let Some(identity) = &mut column.identity else { return };
        if column.options.contains_key("serial") {
            column.identity = None;
            return;
        }
        let ends = match &column.ty {
            Type::Native(ty) => ENDS.iter().find(|(name, ..)| name == ty),
            _ => None,
        };
        let Some((_, low, high)) = ends else {
            // A model that only looks numbered is not.
            if identity.stated {
                let help = "give the field such a type, or a default";
                self.lacks(About::Column(&column.name), INTEGERS, help);
            }
            column.identity = None;
            return;
        };
        counting(identity, *low, *high);
        if identity.stated {
            column.null = false;
        }
    }

    fn collation(&mut self, column: &mut Column) {
        let Some(name) = column.collate.take() else { return };
        self.known_collation(About::Column(&column.name), &name);
        column.collate = self.collation_name(&name);
    }

    /// A collation as it is named here.
    pub(super) fn collation_name(&self, name: &str) -> Option<String> {
        collation(self.reports.dialect.at_home(name.trim()))
    }

    /// Complains about collations of other databases. Others may be there or not.
    pub(super) fn known_collation(&mut self, about: About<'_>, name: &str) {
        if ["BINARY", "NOCASE", "RTRIM"].iter().any(|other| name.eq_ignore_ascii_case(other)) {
            let help = "use `C`, `citext`, or a collation that the database has";
            self.lacks(about, &format!("has no collation `{name}`"), help);
        }
    }

    fn generated(&mut self, column: &mut Column) {
        let Some(generated) = &column.generated else { return };
        let about = About::Column(&column.name);
        if !generated.stored {
            let help = "say `stored`, or compute it in a view";
            self.too_old(about, "has no virtual generated columns", (18, help));
        }
        column.default = None;
    }

    /// Settings of how a value is kept.
    fn kept(&mut self, column: &mut Column) {
        let about = About::Column(&column.name);
        if column.options.contains_key("compression") {
            let help = "drop `compression`: every value is compressed with pglz";
            self.too_old(about, "compresses in one way only", (14, help));
        }
        for key in ["storage", "compression", "statistics"] {
            taken(&mut column.options, key, |value| value.trim().to_ascii_lowercase());
        }
    }

    pub(super) fn lacks(&mut self, about: About<'_>, what: &str, help: &str) {
        self.reports.lacks(self.table, about, what, help);
    }

    pub(super) fn too_old(&mut self, about: About<'_>, what: &str, since: (u16, &str)) {
        self.reports.too_old(self.table, about, what, since);
    }
}

impl Type {
    /// The enumerated type in it, alone or in a list.
    fn item(&self) -> Option<&Name> {
        super::held(self)
    }
}

fn enumerated(name: Name, array: bool) -> Type {
    match array {
        true => Type::Array(Box::new(Type::Enum(name))),
        false => Type::Enum(name),
    }
}

/// The name of a collation, without quotes and without the server's own namespace. The default one
/// is none.
fn collation(name: &str) -> Option<String> {
    let name = name.trim();
    let name = name.strip_prefix("pg_catalog.").unwrap_or(name);
    let name = if name.starts_with('"') { unquote(name) } else { name.to_owned() };
    (name != "default" && !name.is_empty()).then_some(name)
}

/// Keeps the settings of a sequence that are not what they would be unsaid.
fn counting(identity: &mut Identity, low: i128, high: i128) {
    let mut options = Options::new();
    for (key, value) in std::mem::take(&mut identity.options) {
        options.insert(key, value.trim().to_ascii_lowercase().replace('_', ""));
    }
    let number = |key: &str| options.get(key).and_then(|value| value.parse::<i128>().ok());
    let down = number("increment").is_some_and(|step| step < 0);
    let (least, most) = if down { (low, -1) } else { (1, high) };
    let first = match down {
        true => number("maximum").unwrap_or(most),
        false => number("minimum").unwrap_or(least),
    };
    let usual =
        [("start", first), ("increment", 1), ("minimum", least), ("maximum", most), ("cache", 1)];
    let unsaid: Vec<&str> = usual
        .iter()
        .filter(|(key, value)| number(key) == Some(*value))
        .map(|(key, _)| *key)
        .collect();
    options.retain(|key, value| !unsaid.contains(&key.as_str()) && value != "false");
    identity.options = options;
}

/// The name that the server gives the sequence of a serial column: the longer of both names is cut.
fn sequence(table: &str, column: &str) -> String {
    const ROOM: usize = 63 - "__seq".len();
    let (mut one, mut two) = (table.len(), column.len());
    while one + two > ROOM {
        if one > two { one -= 1 } else { two -= 1 }
    }
    format!("{}_{}_seq", cut(table, one), cut(column, two))
}
