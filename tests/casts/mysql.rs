//! What is said of each change of type on MySQL and MariaDB is what servers do: every pair of the
//! types in `mysql_types.txt` is tried with values in the column, there and back, with and without
//! strict mode.

use std::collections::{BTreeMap, BTreeSet};

use autogen::dialect::Dialect as _;
use autogen::dialect::mysql::cast::{self, Values};
use autogen::dialect::mysql::{Mysql, Server as Version};
use autogen::schema::{Column, Intent, Schema, Table, Type};
use libtest_mimic::Trial;
use sqlx::{AssertSqlSafe, MySqlConnection, Row as _};

use super::mysql_servers::{Server, execute, servers};

/// Types, each with values at its edges.
const TYPES: &str = include_str!("mysql_types.txt");

/// A type, and values that it holds, as SQL.
struct Known {
    ty: &'static str,
    values: Vec<&'static str>,
}

/// What a server did.
#[derive(Debug, Default)]
struct Measured {
    rewritten: bool,
    /// The values that strict mode refused, by their number.
    refused: BTreeSet<usize>,
    /// The values that came back as others without strict mode.
    changed: BTreeSet<usize>,
}

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |server: Server| Trial::test(server.name(), move || Ok(check(&server)?));
    servers().into_iter().map(trial).collect()
}

fn check(server: &Server) -> Result<(), String> {
    let database = server.database()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (version, measured) = runtime.block_on(async {
        let mut connection = database.connect().await?;
        let version = sqlx::query_scalar::<_, String>("SELECT VERSION()");
        let version = version.fetch_one(&mut connection).await.map_err(|it| it.to_string())?;
        let version = Version::parse(&version);
        // What is done in place there rebuilds no table where only a type changes.
        let algorithm = if server.is_mariadb() { "INSTANT" } else { "INPLACE" };
        let mut measured = measure(&mut connection, algorithm).await?;
        for (pair, measured) in &mut measured {
            if strictly(measured) > said(version, *pair, true) {
                refine(&mut connection, *pair, measured).await?;
            }
        }
        Ok::<_, String>((version, measured))
    })?;
    assert!(measured.len() > 3000, "{} pairs", measured.len());
    let wrong = measured.iter().flat_map(|(pair, measured)| judge(version, *pair, measured));
    let wrong: Vec<String> = wrong.collect();
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(format!("{} wrong:\n{}", wrong.len(), wrong.join("\n"))),
    }
}

/// The column as a server reports it.
fn column(version: Version, ty: &str) -> Column {
    let mut table = Table::new("t".into());
    let each = BTreeMap::from([("mysql".to_owned(), ty.to_owned())]);
    table.columns.push(Column { null: true, ..Column::new("c", Type::Each(each)) });
    let mut schema = Schema::default();
    schema.insert(table);
    let mysql =
        Mysql { server: version, collation: "utf8mb4_general_ci".into(), folds_tables: false };
    let (mut schema, _) = mysql.canonical(&schema, &Intent::default());
    mysql.settle(&Schema::default(), &mut schema);
    schema.tables[&"t".into()].columns[0].clone()
}

fn said(version: Version, (old, new): (&str, &str), strict: bool) -> Values {
    cast::of(version, &column(version, old), &column(version, new), strict).values
}

/// What strict mode did.
fn strictly(measured: &Measured) -> Values {
    let lost = measured.changed.difference(&measured.refused).next().is_some();
    match (lost, measured.refused.is_empty()) {
        (true, _) => Values::Changed,
        (false, false) => Values::Checked,
        (false, true) => Values::Kept,
    }
}

fn judge(version: Version, (old, new): (&str, &str), measured: &Measured) -> Vec<String> {
    let mut wrong = Vec::new();
    let cast = cast::of(version, &column(version, old), &column(version, new), true);
    if cast.rewritten != measured.rewritten {
        let is = measured.rewritten;
        wrong.push(format!("{old} to {new}: said rewritten {}, is {is}", cast.rewritten));
    }
    let lax = if measured.changed.is_empty() { Values::Kept } else { Values::Changed };
    for (values, strict) in [(strictly(measured), true), (lax, false)] {
        let said = said(version, (old, new), strict);
        if values > said {
            let mode = if strict { "strict" } else { "lax" };
            wrong.push(format!("{old} to {new}: said {said:?}, are {values:?}, {mode}"));
        }
    }
    wrong
}

type Pairs = BTreeMap<(&'static str, &'static str), Measured>;

async fn measure(connection: &mut MySqlConnection, algorithm: &str) -> Result<Pairs, String> {
    execute(connection, "SET NAMES utf8mb4 COLLATE utf8mb4_general_ci").await?;
    let database = "ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci";
    // The name of the database may be left out for the current one.
    execute(connection, database).await?;
    // Tables with a column for each type are as wide as they can be.
    execute(connection, "SET innodb_strict_mode = OFF").await?;
    let known = hold(connection).await?;
    let mut measured = Pairs::new();
    for at in 0..known.len() {
        let values = known[at].values.len();
        let there_and_back = change(connection, &known, at).await?;
        for (to, changed) in there_and_back.into_iter().enumerate() {
            let refused = refuse(connection, (at, to), values).await;
            let rewritten = known[at].ty != known[to].ty;
            let pair = (known[at].ty, known[to].ty);
            measured.insert(pair, Measured { rewritten, refused, changed });
        }
    }
    for at in 0..known.len() {
        for to in untouched(connection, &known, (at, algorithm)).await? {
            measured.entry((known[at].ty, known[to].ty)).or_default().rewritten = false;
        }
    }
    Ok(measured)
}

const STRICT: &str = "SET sql_mode = 'STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,\
                      NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO'";
const LAX: &str = "SET sql_mode = ''";

/// Puts the values of each type that the server knows into a table `held<n>`, and makes `taken`,
/// with a column of each type.
async fn hold(connection: &mut MySqlConnection) -> Result<Vec<Known>, String> {
    execute(connection, STRICT).await?;
    let mut known: Vec<Known> = Vec::new();
    for line in TYPES.lines() {
        let (ty, values) = line.split_once(" | ").ok_or(line)?;
        let at = known.len();
        let create = format!("CREATE TEMPORARY TABLE held{at} (id int PRIMARY KEY, c {ty})");
        if execute(connection, &create).await.is_err() {
            continue;
        }
        let values: Vec<&str> = values.split(" | ").collect();
        for (id, value) in values.iter().enumerate() {
            execute(connection, &format!("INSERT INTO held{at} VALUES ({id}, {value})")).await?;
        }
        known.push(Known { ty, values });
    }
    let columns = known.iter().enumerate().map(|(at, it)| format!("c{at} {}", it.ty));
    let columns = columns.collect::<Vec<_>>().join(", ");
    execute(connection, &format!("CREATE TEMPORARY TABLE taken ({columns})")).await?;
    Ok(known)
}

/// Which values come back as others from each type. All columns of a table are changed at once;
/// where that fails, one by one.
async fn change(
    connection: &mut MySqlConnection,
    known: &[Known],
    at: usize,
) -> Result<Vec<BTreeSet<usize>>, String> {
    execute(connection, LAX).await?;
    let mut all = vec![BTreeSet::new(); known.len()];
    // What reads text has a word of its own, and refuses whatever the mode.
    let reads = |ty: &str| ["json", "point", "geometry", "uuid", "inet6"].contains(&ty);
    let (alone, together): (Vec<usize>, Vec<usize>) =
        (0..known.len()).partition(|to| reads(known[*to].ty) || reads(known[at].ty));
    if there_and_back(connection, known, (at, &together), &mut all).await.is_err() {
        for to in together {
            if there_and_back(connection, known, (at, &[to]), &mut all).await.is_err() {
                all[to] = (0..known[at].values.len()).collect();
            }
        }
    }
    for to in alone {
        if there_and_back(connection, known, (at, &[to]), &mut all).await.is_err() {
            all[to] = (0..known[at].values.len()).collect();
        }
    }
    Ok(all)
}

async fn there_and_back(
    connection: &mut MySqlConnection,
    known: &[Known],
    (at, targets): (usize, &[usize]),
    all: &mut [BTreeSet<usize>],
) -> Result<(), String> {
    let old = known[at].ty;
    let each = |text: &dyn Fn(usize) -> String| {
        targets.iter().map(|to| text(*to)).collect::<Vec<_>>().join(", ")
    };
    execute(connection, "DROP TEMPORARY TABLE IF EXISTS work").await?;
    let columns = each(&|to| format!("c{to} {old}"));
    execute(connection, &format!("CREATE TEMPORARY TABLE work (id int PRIMARY KEY, {columns})"))
        .await?;
    let values = each(&|_| "c".to_owned());
    execute(connection, &format!("INSERT INTO work SELECT id, {values} FROM held{at}")).await?;
    let there = each(&|to| format!("MODIFY c{to} {}", known[to].ty));
    execute(connection, &format!("ALTER TABLE work {there}")).await?;
    let back = each(&|to| format!("MODIFY c{to} {old}"));
    execute(connection, &format!("ALTER TABLE work {back}")).await?;
    let same = each(&|to| format!("HEX(CONCAT(work.c{to})) <=> HEX(CONCAT(held.c))"));
    let sql = format!("SELECT id, {same} FROM work JOIN held{at} AS held USING (id) ORDER BY id");
    let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(connection).await;
    for (id, row) in rows.map_err(|error| error.to_string())?.iter().enumerate() {
        for (place, to) in targets.iter().enumerate() {
            let same: i64 = row.try_get(place + 1).map_err(|error| error.to_string())?;
            if same == 0 {
                all[*to].insert(id);
            }
        }
    }
    Ok(())
}

/// The values that a column of the other type refuses in strict mode.
async fn refuse(
    connection: &mut MySqlConnection,
    (at, to): (usize, usize),
    values: usize,
) -> BTreeSet<usize> {
    let insert = format!("INSERT INTO taken (c{to}) SELECT c FROM held{at}");
    if execute(connection, STRICT).await.is_ok() && execute(connection, &insert).await.is_ok() {
        return BTreeSet::new();
    }
    let mut refused = BTreeSet::new();
    for id in 0..values {
        let one = format!("{insert} WHERE id = {id}");
        if execute(connection, &one).await.is_err() {
            refused.insert(id);
        }
    }
    refused
}

/// Changes the column itself, value by value, where copying values from one column to another let
/// some pass that a change may refuse.
async fn refine(
    connection: &mut MySqlConnection,
    (old, new): (&str, &str),
    measured: &mut Measured,
) -> Result<(), String> {
    execute(connection, STRICT).await?;
    let line = TYPES.lines().find_map(|line| line.strip_prefix(old)?.strip_prefix(" | "));
    for (id, value) in line.unwrap_or_default().split(" | ").enumerate() {
        execute(connection, "DROP TEMPORARY TABLE IF EXISTS one").await?;
        execute(connection, &format!("CREATE TEMPORARY TABLE one (c {old})")).await?;
        execute(connection, &format!("INSERT INTO one VALUES ({value})")).await?;
        if execute(connection, &format!("ALTER TABLE one MODIFY c {new}")).await.is_err() {
            measured.refused.insert(id);
        }
    }
    Ok(())
}

/// The types that a column takes without its rows being written anew. Only those of one family are
/// tried: servers take long to refuse the others.
async fn untouched(
    connection: &mut MySqlConnection,
    known: &[Known],
    (at, algorithm): (usize, &str),
) -> Result<Vec<usize>, String> {
    let old = known[at].ty;
    let near = |to: &usize| *to != at && family(known[*to].ty) == family(old);
    let others: Vec<usize> = (0..known.len()).filter(near).collect();
    if others.is_empty() {
        return Ok(others);
    }
    let create = format!("CREATE TABLE kept (c {old})");
    execute(connection, &create).await?;
    let mut untouched = Vec::new();
    for to in others {
        let change = format!("MODIFY c {}, ALGORITHM={algorithm}", known[to].ty);
        if execute(connection, &format!("ALTER TABLE kept {change}")).await.is_ok() {
            untouched.push(to);
            execute(connection, "DROP TABLE kept").await?;
            execute(connection, &create).await?;
        }
    }
    execute(connection, "DROP TABLE kept").await?;
    Ok(untouched)
}

/// What a type is by and large.
fn family(ty: &str) -> &str {
    let word = ty.split(['(', ' ']).next().unwrap_or_default();
    let families: [(&str, &[&str]); 4] = [
        ("number", &["int", "bit", "year", "decimal", "float", "double"]),
        ("text", &["char", "text", "binary", "blob", "json"]),
        ("time", &["date", "time", "timestamp"]),
        ("place", &["point", "geometry"]),
    ];
    let found = families.iter().find(|(_, ends)| ends.iter().any(|end| word.ends_with(end)));
    found.map_or(word, |(family, _)| family)
}
