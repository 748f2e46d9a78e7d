//! What needs no server.

use autogen::dialect::Dialect as _;
use autogen::dialect::judge::Kind;
use autogen::dialect::postgres::Postgres;
use autogen::dialect::postgres::expr::{Scope, form, is_null, outer_collation};
use autogen::sql::rename_column;
use libtest_mimic::Failed;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::cases::{self, Table};
use super::expressions::{self, Case};
use super::told;

/// Different expressions have different forms; the same ones have one, but for a few that are known.
pub(crate) fn relations(version: u16) -> Result<(), Failed> {
    let table = Table::read();
    let form = |kind: &Kind, text: &str| form(text, &table.scope(kind, version));
    let (mut wrong, [same, judged, different]) =
        expressions::relations(&cases::all(), &cases::knows(version), &form);
    // The fixture shrinks for nobody: most is decided without a server.
    if same < 590 || judged > 20 || different < 160 {
        wrong.push(format!("{same} pairs of one form, {judged} for judges, {different} others"));
    }
    told(&wrong)
}

/// A column that is renamed in a form gives the form of the expression with the column renamed.
pub(crate) fn renamed() -> Result<(), Failed> {
    const NEW: &str = "Renamed \"column\"";
    let table = Table::read();
    let spelling = Postgres::USUAL.spelling();
    let mut wrong = Vec::new();
    for Case { place, kind, first, .. } in cases::all() {
        let before = table.scope(&kind, 15);
        for old in ["a", "b", "v", "ts", "j", "Mixed"] {
            let mut after = before.clone();
            let ty = after.columns.remove(old).ok_or("the table has the column")?;
            after.columns.insert(NEW.into(), ty);
            let text = rename_column(&first.sql, (old, NEW), spelling);
            let one = rename_column(&form(&first.sql, &before), (old, NEW), spelling);
            let two = form(&text, &after);
            if one != two {
                wrong.push(format!("{place}: {old} in {}\n    {one}\n    {two}", first.sql));
            }
        }
    }
    told(&wrong)
}

/// Depth and length exhaust nothing, and different texts keep different forms.
pub(crate) fn deep() -> Result<(), Failed> {
    let scope = Scope { version: 15, ..Scope::default() };
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    let chain = |count: usize, operator: &str| vec!["a"; count].join(operator);
    let shapes = [50, 99, 101, 399, 401, 5_000].map(|size| {
        [
            nested(size),
            chain(size, " || "),
            chain(size, " and "),
            format!("{}a", "not ".repeat(size)),
            format!("{}a", "- ".repeat(size)),
            format!("a{}", "::text".repeat(size)),
            format!("a{}", "[1]".repeat(size)),
            format!("a in ({})", chain(size, ", ")),
            format!("{}a{}", "f(".repeat(size), ")".repeat(size)),
            format!("{}1{}", "array[".repeat(size), "]".repeat(size)),
            format!("{}1{}", "case when a then ".repeat(size), " end".repeat(size)),
            format!("{}1{}", "cast(".repeat(size), " as text)".repeat(size)),
            format!("{}1 1{}", "cast(".repeat(size), " as text)".repeat(size)),
            format!("{}1 1{}", "not (".repeat(size), ")".repeat(size)),
            format!("{}1 1{}", "coalesce(".repeat(size), ")".repeat(size)),
            format!("'{}'::jsonb", "[".repeat(size)),
            format!("'{{{}}}'::int[]", vec!["1"; size].join(",")),
        ]
    });
    for shape in shapes.iter().flatten() {
        if form(shape, &scope) == form(&format!("f({shape})"), &scope) {
            return Err(format!("a call makes no difference to {shape}").into());
        }
    }
    let labels = |form: fn(usize) -> String| (0..2_000).map(form).collect::<Vec<_>>().join(", ");
    let author = format!("a in ({})", labels(|at| format!("'label {at}'")));
    let server = format!("(a = ANY (ARRAY[{}]))", labels(|at| format!("'label {at}'::text")));
    let text = Scope { columns: [("a".to_owned(), "text".to_owned())].into(), ..scope };
    match form(&author, &text) == form(&server, &text) {
        true => Ok(()),
        false => Err("a long list is not read".into()),
    }
}

/// What texts are made of.
const WORDS: &[&str] = &[
    "a",
    "\"A\"",
    "b",
    "1",
    "1.5e3",
    "0x1f",
    "'x'",
    "'2020-01-01 é'",
    "E'\\n'",
    "U&'\\0041'",
    "$$",
    "(",
    ")",
    "[",
    "]",
    ",",
    ".",
    "::",
    ":",
    "text",
    "numeric(3,1)",
    "interval",
    "'{a,\"b'",
    "'{1}'",
    "+",
    "-",
    "*",
    "^",
    "~",
    "||",
    "->>",
    "=",
    "<>",
    "@>",
    "?",
    "and",
    "or",
    "not",
    "is",
    "null",
    "distinct",
    "from",
    "in",
    "between",
    "symmetric",
    "like",
    "any",
    "all",
    "array",
    "case",
    "when",
    "then",
    "else",
    "end",
    "cast",
    "as",
    "collate",
    "trim",
    "both",
    "extract",
    "year",
    "substring",
    "position",
    "row",
    "coalesce",
    "at",
    "time",
    "zone",
    "isnull",
    "bytea",
    "'\\x0'",
    "'\\9'",
    "jsonb",
    "'{\"a\":'",
    "timestamptz",
    "date",
    "int[]",
    "é",
    "--",
    "/*",
];

/// Whatever is written, there is a form, and the same again.
pub(crate) fn any_text() -> Result<(), Failed> {
    let word = prop::sample::select(WORDS);
    let text = prop::collection::vec(word, 0..14).prop_map(|words| words.join(" "));
    let ty = prop::sample::select(
        [
            "text",
            "jsonb",
            "interval",
            "timestamp(3) with time zone",
            "numeric(5,2)",
            "bytea",
            "integer[]",
            "bit(3)",
        ]
        .as_slice(),
    );
    let columns = [("a", "integer"), ("b", "character varying(3)"), ("A", "mood")];
    let columns = columns.map(|(name, ty)| (name.to_owned(), ty.to_owned()));
    let scope = Scope { columns: columns.into(), version: 15, ..Scope::default() };
    let config = Config { cases: 20_000, failure_persistence: None, ..Config::default() };
    let ran = TestRunner::new(config).run(&(text, ty), |(text, ty)| {
        for assigned in [None, Some(ty.to_owned())] {
            let scope = Scope { assigned, ..scope.clone() };
            prop_assert_eq!(form(&text, &scope), form(&text, &scope));
            let padded = format!(" {text}\n");
            prop_assert_eq!(is_null(&text, &scope), is_null(&padded, &scope));
        }
        Ok(())
    });
    ran.map_err(|error| error.to_string().into())
}

/// The collation of an index is told from those within what it indexes.
pub(crate) fn collations() -> Result<(), Failed> {
    let cases = [
        ("b collate \"C\"", Some(("b", "C"))),
        ("((b COLLATE pg_catalog.\"C\"))", Some(("b", "C"))),
        ("(lower(b)) collate app.\"de\" -- why", Some(("(lower(b))", "app.de"))),
        ("(lower(b collate \"C\") COLLATE POSIX)", Some(("lower(b collate \"C\")", "posix"))),
        ("lower(b collate \"C\")", None),
        ("b || v collate \"C\"", None),
        ("b::text collate \"C\"", Some(("b::text", "C"))),
        ("'collate' || b", None),
        ("b", None),
    ];
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let actual = outer_collation(text);
        if actual.as_ref().map(|(text, name)| (text.as_str(), name.as_str())) != expected {
            wrong.push(format!("{text}: {actual:?}"));
        }
    }
    told(&wrong)
}
