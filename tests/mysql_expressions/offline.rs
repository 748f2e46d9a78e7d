//! What needs no server.

use autogen::dialect::Dialect as _;
use autogen::dialect::mysql::expr::{Scope, form, is_null};
use autogen::dialect::mysql::{Flavor, Mysql};
use autogen::sql::rename_column;
use libtest_mimic::Failed;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::expressions::relations as compare;
use super::{cases, columns, formed, knows, told};

/// Different expressions have different forms; the same ones have one, but for a few that are known.
pub(crate) fn relations(flavor: Flavor) -> Result<(), Failed> {
    let form = formed(&Mysql::usual(flavor));
    let (mut wrong, [same, judged, different]) =
        compare(&cases(), &knows(flavor), &|_, text| form(text));
    // The fixture shrinks for nobody: most is decided without a server.
    if same < 300 || judged > 10 || different < 200 {
        wrong.push(format!("{same} pairs of one form, {judged} for judges, {different} others"));
    }
    told(&wrong)
}

/// A column that is renamed in a form gives the form of the expression with the column renamed.
pub(crate) fn renamed(flavor: Flavor) -> Result<(), Failed> {
    const NEW: &str = "Renamed `column`";
    let mysql = Mysql::usual(flavor);
    let spelling = mysql.spelling();
    let names: Vec<String> =
        columns().iter().map(|(name, _)| autogen::sql::unquote(name)).collect();
    let before = Scope::new(names.iter().map(String::as_str));
    let mut wrong = Vec::new();
    for case in cases().into_iter().filter(|case| case.first.is_for(&knows(flavor))) {
        for old in ["a", "b", "d", "j", "Mixed"] {
            let kept = names.iter().map(String::as_str).filter(|name| *name != old);
            let after = Scope::new(kept.chain([NEW]));
            let text = rename_column(&case.first.sql, (old, NEW), spelling);
            let one = form(&mysql, &case.first.sql, &before).unwrap_or_default();
            let one = rename_column(&one, (old, NEW), spelling);
            let two = form(&mysql, &text, &after).unwrap_or_default();
            if one != two {
                let (place, sql) = (&case.place, &case.first.sql);
                wrong.push(format!("{place}: {old} in {sql}\n    {one}\n    {two}"));
            }
        }
    }
    told(&wrong)
}

/// Depth and length exhaust nothing, and different texts keep different forms.
pub(crate) fn deep(flavor: Flavor) -> Result<(), Failed> {
    let mysql = Mysql::usual(flavor);
    let scope = Scope::default();
    let form = |text: &str| form(&mysql, text, &scope);
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    let chain = |count: usize, operator: &str| vec!["a"; count].join(operator);
    let shapes = [50, 99, 101, 399, 401, 5_000].map(|size| {
        [
            nested(size),
            chain(size, " + "),
            chain(size, " and "),
            chain(size, " xor "),
            chain(size, " = "),
            chain(size, " like "),
            chain(size, " between a and "),
            format!("{}a", "not ".repeat(size)),
            format!("{}a", "- ".repeat(size)),
            format!("{}a", "!".repeat(size)),
            format!("{}a", "binary ".repeat(size)),
            format!("a{}", " collate x".repeat(size)),
            format!("a{}", " is null".repeat(size)),
            format!("a{}", "->'$'".repeat(size)),
            format!("a in ({})", chain(size, ", ")),
            format!("{}a{}", "f(".repeat(size), ")".repeat(size)),
            format!("{}1{}", "case when a then ".repeat(size), " end".repeat(size)),
            format!("{}1{}", "cast(".repeat(size), " as signed)".repeat(size)),
            format!("{}1 1{}", "not (".repeat(size), ")".repeat(size)),
            format!("a{}", " + interval 1 day".repeat(size)),
            format!("{}a", "interval 1 day + ".repeat(size)),
            format!("a + {}1{}", "interval ".repeat(size), " day".repeat(size)),
        ]
    });
    for shape in shapes.iter().flatten() {
        if form(shape) == form(&format!("f({shape})")) {
            return Err(format!("a call makes no difference to {shape}").into());
        }
    }
    let labels = |start: &str| {
        (0..2_000).map(|at| format!("{start}'label {at}'")).collect::<Vec<_>>().join(",")
    };
    let (author, server) = (labels(" "), labels("_utf8mb4"));
    match form(&format!("a in ({author})")) == form(&format!("(`a` in ({server}))")) {
        true => Ok(()),
        false => Err("a long list is not read".into()),
    }
}

/// What texts are made of.
const WORDS: &[&str] = &[
    "a",
    "`A`",
    "b",
    "1",
    "1.5e3",
    "0x1f",
    "0b1",
    "x'1f'",
    "x'1'",
    "b'2'",
    "'x'",
    "\"é\"",
    "N'x'",
    "_utf8mb4",
    "_latin1'ä'",
    "'\\'",
    "(",
    ")",
    ",",
    ".",
    "+",
    "-",
    "--",
    "*",
    "^",
    "~",
    "!",
    "||",
    "->",
    "->>'$'",
    "=",
    "<=>",
    "<=",
    ">",
    "and",
    "or",
    "xor",
    "not",
    "is",
    "null",
    "true",
    "in",
    "between",
    "like",
    "escape",
    "regexp",
    "member",
    "of",
    "sounds",
    "case",
    "when",
    "then",
    "else",
    "end",
    "cast",
    "as",
    "char",
    "decimal(3,1)",
    "unsigned",
    "array",
    "collate",
    "binary",
    "trim",
    "both",
    "from",
    "extract",
    "year",
    "substring",
    "position",
    "row",
    "interval",
    "day",
    "date",
    "'2020-01-01'",
    "time",
    "timestamp",
    "{",
    "}",
    "d",
    "div",
    "mod",
    "now",
    "current_date",
    "convert",
    "using",
    "utf8",
    "timestampadd",
    "date_add",
    "json_value",
    "returning",
    "é",
    "#",
    "/*",
    "*/",
    "/*!",
    "@a",
    "?",
    ":=",
];

/// Whatever is written, there is an answer, and the same again.
pub(crate) fn any_text(flavor: Flavor) -> Result<(), Failed> {
    let mysql = Mysql::usual(flavor);
    let word = prop::sample::select(WORDS);
    let text = prop::collection::vec(word, 0..14).prop_map(|words| words.join(" "));
    let scope = Scope::new(["a", "b", "D"]);
    let config = Config { cases: 20_000, failure_persistence: None, ..Config::default() };
    let ran = TestRunner::new(config).run(&text, |text| {
        prop_assert_eq!(form(&mysql, &text, &scope), form(&mysql, &text, &scope));
        let padded = format!(" {text}\n");
        prop_assert_eq!(is_null(&mysql, &text), is_null(&mysql, &padded));
        Ok(())
    });
    ran.map_err(|error| error.to_string().into())
}
