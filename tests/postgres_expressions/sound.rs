//! Expressions of one form have one value: random ones are changed a little, and where the form
//! stays what it was, the server must compute the same in every row.

use sqlx::PgConnection;
use tokio::runtime::Runtime;

use autogen::dialect::judge::Kind;
use autogen::dialect::postgres::expr::form;

use super::cases::Table;
use super::dice::Dice;
use super::live::ask;
use super::postgres::execute;

/// How many expressions are made, and how many changes of each.
const EXPRESSIONS: usize = 12_000;
const CHANGES: usize = 12;

const NUMBERS: &[&str] = &[
    "a",
    "a2",
    "g",
    "s",
    "n",
    "m",
    "f",
    "r",
    "1",
    "2",
    "0",
    "-1",
    "2.0",
    "2.50",
    ".5",
    "1e1",
    "'1'",
    "'2'",
    "null",
    "2::numeric",
    "2::bigint",
    "1::float8",
    "ia[1]",
    "'2'::int",
    "# + #",
    "# - #",
    "# * #",
    "# / #",
    "# % #",
    "# ^ 2",
    "- #",
    "+ #",
    "(#)",
    "((#))",
    "@ a",
    "# + # * #",
    "(# + #) * #",
    "# - (# - #)",
    "abs(#)",
    "round(#)",
    "coalesce(#, #)",
    "coalesce(null, #)",
    "nullif(#, #)",
    "greatest(#, #)",
    "least(#, 1)",
    "length($)",
    "char_length($)",
    "position($ in $)",
    "case when ? then # else # end",
    "case when ? then # end",
    "case # when # then # else 1 end",
    "(#)::int",
    "(#)::bigint",
    "(#)::numeric",
    "(#)::float8",
    "(#)::numeric(10,1)",
    "cast(# as numeric(10, 2))",
    "a & a2",
    "a | 1",
    "~ a",
    "a << 2",
    "extract(year from @)",
    "extract(epoch from iv)",
    "mod(a, a2)",
    "(array[#, #])[1]",
];
const STRINGS: &[&str] = &[
    "b",
    "b2",
    "v",
    "v2",
    "c",
    "'a'",
    "'A'",
    "'a '",
    "''",
    "null",
    "'a'::char(3)",
    "'a'::varchar",
    "'a'::text",
    "'ab'::varchar(1)",
    "ba[1]",
    "j->>'a'",
    "$ || $",
    "($)",
    "$ || #",
    "# || $",
    "lower($)",
    "upper($)",
    "trim($)",
    "trim(both 'a' from $)",
    "btrim($)",
    "rtrim($)",
    "substring($ from 1 for 1)",
    "substring($, 1, 1)",
    "coalesce($, $)",
    "coalesce(null, $)",
    "nullif($, $)",
    "greatest($, $)",
    "case when ? then $ else $ end",
    "case when ? then $ end",
    "case $ when $ then $ else 'a' end",
    "($)::text",
    "($)::varchar",
    "($)::char(2)",
    "($)::varchar(1)",
    "(#)::text",
    "cast($ as varchar(2))",
    "left($, 1)",
    "concat($, #)",
    "$ collate \"C\"",
    "replace($, 'a', $)",
    "(@)::text",
    "(e)::text",
    "(array[$, $])[2]",
    "(?)::text",
];
const MOMENTS: &[&str] = &[
    "ts",
    "t",
    "d",
    "'2020-01-01'::timestamp",
    "date '2020-01-01'",
    "null::date",
    "timestamptz '2020-01-01 00:00:00+02'",
    "'2020-01-01'::date",
    "@ + iv",
    "@ + interval '1 day'",
    "@ - '1 day'::interval",
    "t + '1 day'",
    "ts - '24:00:00'",
    "(@)::date",
    "(@)::timestamp",
    "(@)::timestamptz",
    "date_trunc('day', @)",
    "(@)",
    "d + a",
    "d - 1",
    "ts at time zone 'utc'",
    "t at time zone 'utc'",
    "coalesce(@, @)",
    "greatest(@, '2020-01-01')",
    "case when ? then @ else @ end",
];
const CONDITIONS: &[&str] = &[
    "o",
    "true",
    "'t'::bool",
    "e = 'ok'",
    "e in ('ok', 'sad')",
    "j ? 'a'",
    "ba @> '{a}'",
    "e > 'sad'",
    "iv > '1 day'",
    "iv > '24:00:00'",
    "iv between '1 hour' and '1 day'",
    "ia = '{1,2}'",
    "null",
    "# = #",
    "# <> #",
    "# < #",
    "# >= #",
    "$ = $",
    "$ != $",
    "$ < $",
    "$ like $",
    "$ not like 'a%'",
    "$ ilike 'a%'",
    "$ ~ '^a'",
    "$ similar to 'a%'",
    "@ = @",
    "@ < @",
    "@ > '2020-01-01'",
    "? and ?",
    "? or ?",
    "not ?",
    "(?)",
    "? and ? or ?",
    "? or ? and ?",
    "not (? and ?)",
    "(? or ?) and ?",
    "# is null",
    "$ is not null",
    "(?) is true",
    "(?) is not false",
    "# isnull",
    "# is distinct from #",
    "$ is not distinct from $",
    "# in (1, 2)",
    "# in (#, 1)",
    "# not in (1, 2.0)",
    "$ in ('a', 'A')",
    "$ in ($, 'a')",
    "$ not in ('a')",
    "# between 1 and #",
    "# not between '1' and 2",
    "# between symmetric # and 1",
    "# = any (array[1, 2])",
    "a = any (ia)",
    "$ = any (array['a', 'A '])",
    "# <> all (array[1, 2])",
    "$ = any ('{a,A}')",
    "# = any ('{1,2}')",
    "(#, $) = (#, $)",
    "(#, #) < (1, #)",
    "(#, $) in ((1, 'a'), (#, 'b'))",
    "(?) = (?)",
    "(?) is distinct from ?",
    "# = # and $ = $",
    "(#, #) is distinct from (1, 2)",
    "coalesce(?, false)",
    "case when ? then ? else ? end",
];

/// Ways to change a text that leave the meaning, and ways that do not.
const EDITS: &[(&str, &str)] = &[
    ("(", " "),
    (")", " "),
    ("::text", ""),
    ("::varchar", ""),
    ("::text", "::varchar"),
    ("::numeric", ""),
    ("::int", ""),
    ("::bigint", ""),
    ("::char(3)", "::char(2)"),
    ("::char(3)", ""),
    ("::varchar", "::text"),
    ("'1'", "1"),
    ("1", "'1'"),
    ("2.0", "2"),
    ("2", "2.0"),
    ("2.50", "2.5"),
    ("'a '", "'a'"),
    ("'1 day'", "'24:00:00'"),
    ("<>", "!="),
    ("!=", "<>"),
    ("like", "~~"),
    ("not like", "!~~"),
    ("is distinct from", "<>"),
    ("is not distinct from", "="),
    ("in (1, 2)", "= any (array[1, 2])"),
    ("in ('a', 'A')", "= any (array['a', 'A'])"),
    ("in ('a', 'A')", "= any ('{a,A}')"),
    ("(1, 2)", "(1, 2, null)"),
    ("between 1 and 2", "in (1, 2)"),
    ("trim(", "btrim("),
    ("isnull", "is null"),
    ("is true", "is not false"),
    ("1", "1::numeric"),
    ("1", "1::bigint"),
    ("2", "2::float8"),
    ("a", "A"),
    ("a", "(a)"),
    ("n", "(n)"),
    ("v", "v::text"),
    ("v", "(v)::text"),
    ("c", "c::text"),
    ("n", "n::numeric(10,2)"),
    ("g", "g::int"),
    ("a", "a::bigint"),
    ("a", "\"a\""),
    ("o", "o::bool"),
    ("ts", "ts::timestamp"),
    ("t", "t::timestamptz"),
    ("d", "d::timestamp"),
    ("'t'", "true"),
    ("true", "'t'::bool"),
    ("and", "or"),
    (" - ", " + "),
    ("'ok'", "'ok'::mood"),
    ("'{1}'", "array[1]"),
    ("'{a}'", "array['a']"),
    ("1e1", "10"),
    ("1e1", "10.0"),
    (".5", "0.5"),
    ("symmetric ", ""),
    ("length(", "char_length("),
    ("coalesce(null, ", "("),
    ("null", "null::text"),
    ("= any", "<> all"),
    ("not in", "in"),
    ("- ", "-"),
    ("- ", "- -"),
    ("^", "*"),
    ("/", "*"),
    ("'A'", "'a'"),
];

const PREPARE: &str = "\
    CREATE TABLE filled AS SELECT i AS id, * FROM generate_series(1, 6) AS i, LATERAL (VALUES \
      ((array[1, 2, -7, 0, NULL, 5])[i], (array[2, 2, 3, 0, 1, NULL])[i])) AS x (x1, x2); \
    INSERT INTO probe (a, a2, g, s, n, m, f, r, b, b2, v, v2, c, o, e, ts, t, d, iv, j, ba, ia, u) \
      SELECT x1, x2, x1, x2, x1 * 1.25, x2 / 3.0, x1 / 3.0, x2 / 3.0, \
        (array['a', 'A', 'a ', '1', NULL, '2.50'])[id], (array['1', 'a', '', 'x%', 'b', NULL])[id], \
        (array['a', 'A', 'a ', '1', NULL, ''])[id], (array['1', 'a', '', 'x', 'b', NULL])[id], \
        (array['a', 'A', 'a ', '1', NULL, ''])[id], x1 > x2, \
        (array['ok', 'sad', 'happy', NULL, 'ok', 'sad'])[id]::mood, \
        timestamptz '2020-01-01 00:00:00Z' + x1 * interval '7 hours', \
        timestamp '2020-01-01' + x2 * interval '7 hours', date '2020-01-01' + x1, \
        x1 * interval '9 hours', '{\"a\": 1}', array['a', 'b'], array[x1, x2], \
        '00000000-0000-0000-0000-000000000000' FROM filled; \
    CREATE FUNCTION computed(text, stored text) RETURNS text LANGUAGE plpgsql AS $$ \
      DECLARE result text; \
      BEGIN \
        IF stored <> '' THEN \
          EXECUTE 'CREATE TEMPORARY TABLE stored (x ' || stored || ', a integer, a2 integer)'; \
          EXECUTE 'INSERT INTO stored SELECT (' || $1 || E'\\n), a, a2 FROM probe'; \
          SELECT array_agg(x::text ORDER BY it.a, it.a2)::text FROM stored AS it INTO result; \
          DROP TABLE stored; \
          RETURN result; \
        END IF; \
        EXECUTE 'SELECT array_agg(x::text ORDER BY a, a2)::text || max(pg_typeof(x)::text) FROM \
          (SELECT (' || $1 || E'\\n) AS x, a, a2 FROM probe) AS probe' INTO result; \
        RETURN result; \
      EXCEPTION WHEN OTHERS THEN RETURN 'refused: ' || SQLSTATE; \
      END $$";

/// Types that values are stored in, and none.
const STORED: &[&str] = &[
    "",
    "",
    "",
    "",
    "",
    "",
    "text",
    "character varying(3)",
    "character(2)",
    "integer",
    "bigint",
    "smallint",
    "numeric(10,1)",
    "numeric",
    "double precision",
    "real",
    "boolean",
    "date",
    "timestamp with time zone",
    "timestamp(0) without time zone",
    "interval",
];

/// Two expressions of one form, and the type that their values are stored in.
type Pair = (String, String, &'static str);

/// Random expressions, changed; what has one form must have one value.
pub(crate) fn sound(
    runtime: &Runtime,
    connection: &mut PgConnection,
    table: &Table,
    version: u16,
) -> Vec<String> {
    if let Err(error) = runtime.block_on(execute(connection, PREPARE)) {
        return vec![error];
    }
    let templates = [NUMBERS, STRINGS, CONDITIONS, MOMENTS];
    let mut dice = Dice::new(u64::from(version), templates);
    let mut pairs = Vec::new();
    for number in 0..EXPRESSIONS {
        let stored = STORED[dice.throw(STORED.len())];
        let mut scope = table.scope(&Kind::Index, version);
        scope.assigned = (!stored.is_empty()).then(|| stored.to_owned());
        let text = dice.text(number, 3);
        let made = dice.pair(&text, (EDITS, CHANGES), &|text| form(text, &scope));
        pairs.extend(made.into_iter().map(|(one, two)| (one, two, stored)));
    }
    compare(runtime, connection, &pairs)
}

fn compare(runtime: &Runtime, connection: &mut PgConnection, pairs: &[Pair]) -> Vec<String> {
    let quoted = autogen::sql::literal;
    let mut wrong = Vec::new();
    let mut computed = 0;
    for some in pairs.chunks(200) {
        let row =
            |(one, two, ty): &Pair| format!("({}, {}, {})", quoted(one), quoted(two), quoted(ty));
        let rows: Vec<String> = some.iter().map(row).collect();
        let sql = format!(
            "SELECT computed(one, ty), computed(two, ty) FROM (VALUES {}) AS pairs (one, two, ty)",
            rows.join(", ")
        );
        let answers = match runtime.block_on(ask(connection, &sql)) {
            Ok(answers) => answers,
            Err(error) => return vec![error],
        };
        for ((one, two, ty), row) in some.iter().zip(answers) {
            let [first, second] = &row[..] else { continue };
            let refused =
                |it: &Option<String>| it.as_ref().is_some_and(|it| it.starts_with("refused"));
            computed += usize::from(!refused(first) && !refused(second));
            if !refused(first) && !refused(second) && first != second {
                wrong.push(format!("{one} | {two} ({ty})\n    {first:?}\n    {second:?}"));
            }
        }
    }
    if computed < 1_000 {
        wrong.push(format!("only {computed} of {} pairs were computed", pairs.len()));
    }
    wrong
}
