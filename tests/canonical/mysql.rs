//! Models as MySQL and MariaDB would report them, or refuse them; and what is to change where
//! something is there already.

use std::fmt::Write as _;
use std::path::Path;

use autogen::dialect::Dialect as _;
use autogen::dialect::mysql::{Flavor, Mysql, Server};
use autogen::diff::{Declined, diff};
use autogen::plan::describe;
use autogen::schema::{Intent, Schema, write_lock};
use libtest_mimic::{Failed, Trial};
use snapbox::{Assert, Data};

use super::mysql_live;
use super::postgres::{cases, is_page, lowered_text, name, offline, said, section};

/// The oldest and the newest of both.
const SERVERS: [(Flavor, (u16, u16, u16)); 4] = [
    (Flavor::Mysql, (8, 0, 36)),
    (Flavor::Mysql, (9, 7, 0)),
    (Flavor::Mariadb, (10, 11, 0)),
    (Flavor::Mariadb, (11, 8, 0)),
];

/// A database whose collation is no server's own: what is inherited shows.
fn database((flavor, version): (Flavor, (u16, u16, u16))) -> Mysql {
    let server = Server { flavor, version };
    Mysql { server, collation: "utf8mb4_unicode_ci".into(), folds_tables: false }
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut paths = cases("fixtures/canonical/mysql");
    paths.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/models.md"));
    let online: Vec<_> = paths.iter().filter(|path| !offline(path)).cloned().collect();
    let live = mysql_live::trials(&online);
    let made = paths
        .into_iter()
        .map(|path| Trial::test(format!("mysql::{}", name(&path)), move || run(&path)));
    let there = cases("fixtures/canonical/mysql_there")
        .into_iter()
        .map(|path| Trial::test(format!("mysql_there::{}", name(&path)), move || changes(&path)));
    made.chain(there).chain(live).collect()
}

fn lowered(path: &Path, text: &str) -> Result<(Schema, Intent), Failed> {
    let page = is_page(path);
    lowered_text(path, if page { section(text, "MySQL") } else { text.to_owned() })
}

/// The neutral schema of a case.
pub(crate) fn lowered_case(path: &Path) -> Result<(Schema, Intent), Failed> {
    lowered(path, &std::fs::read_to_string(path)?)
}

fn bless(path: &Path, text: String) -> Result<(), Failed> {
    let expected = Data::read_from(&path.with_extension("txt"), None).raw();
    Ok(Assert::new().action_env("SNAPSHOTS").try_eq(None, Data::text(text).raw(), expected)?)
}

/// Each distinct answer once, under the servers that give it.
fn run(path: &Path) -> Result<(), Failed> {
    let (schema, intent) = lowered_case(path)?;
    let mut answers: Vec<(String, String)> = Vec::new();
    for server in SERVERS {
        let mysql = database(server);
        let (product, (major, minor, _)) = (mysql.server.product(), server.1);
        let answer = answer(&mysql, &schema, &intent)?;
        match answers.iter_mut().find(|(_, known)| *known == answer) {
            Some((servers, _)) => write!(servers, ", {product} {major}.{minor}")?,
            None => answers.push((format!("{product} {major}.{minor}"), answer)),
        }
    }
    let mut text = String::new();
    for (servers, answer) in answers {
        writeln!(text, "{servers}\n{answer}")?;
    }
    match is_page(path) {
        true if text.contains("error: ") => Err(text.into()),
        true => Ok(()),
        false => bless(path, text),
    }
}

fn answer(mysql: &Mysql, schema: &Schema, intent: &Intent) -> Result<String, Failed> {
    let (mut canonical, reports) = mysql.canonical(schema, intent);
    let mut text = said(&reports);
    if reports.iter().any(|report| !report.warning) {
        return Ok(text);
    }
    let (again, more) = mysql.canonical(&canonical, intent);
    if again != canonical || more.iter().any(|report| !report.warning) {
        return Err(format!("a second time: {again:#?}\n{more:?}").into());
    }
    // What is there already stands for what the models say of it.
    let mut wanted = canonical.clone();
    mysql.settle(&Schema::default(), &mut canonical);
    mysql.settle(&canonical, &mut wanted);
    if canonical != wanted {
        return Err(format!("not the same once it is there: {canonical:#?}\n{wanted:#?}").into());
    }
    let (again, _) = mysql.canonical(&canonical, &Intent::default());
    if again != canonical {
        return Err(format!("not what is there: {again:#?}\n{canonical:#?}").into());
    }
    let namespaces = canonical.namespaces.iter();
    namespaces.for_each(|name| text.push_str(&format!("database {name}\n")));
    for line in write_lock(&canonical)?.lines().skip(2) {
        writeln!(text, "{line}")?;
    }
    Ok(text)
}

/// What is to change when a database made from the first models meets those after `//@ then`.
fn changes(path: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(path)?;
    let (before, after) = text.split_once("//@ then\n").ok_or("`//@ then` is missing")?;
    let mut answers: Vec<(String, String)> = Vec::new();
    for server in [SERVERS[1], SERVERS[2]] {
        let mysql = database(server);
        let canonical = |text: &str| {
            let (schema, intent) = lowered(path, text)?;
            let (schema, reports) = mysql.canonical(&schema, &intent);
            match reports.iter().any(|report| !report.warning) {
                true => Err(Failed::from(said(&reports))),
                false => Ok((schema, intent)),
            }
        };
        let (mut there, (wanted, intent)) = (canonical(before)?.0, canonical(after)?);
        mysql.settle(&Schema::default(), &mut there);
        let diff = diff(&there, wanted.clone(), &intent, &Declined::default(), &mysql)?;
        let mut answer = String::new();
        for op in &diff.ops {
            writeln!(answer, "{}", describe(op).join("; "))?;
        }
        if answer.is_empty() {
            answer.push_str("nothing\n");
        }
        match answers.iter_mut().find(|(_, known)| *known == answer) {
            Some((servers, _)) => write!(servers, ", {}", mysql.server.product())?,
            None => answers.push((mysql.server.product().to_owned(), answer)),
        }
    }
    let text = answers.iter().map(|(servers, answer)| format!("{servers}\n{answer}"));
    bless(path, text.collect::<Vec<_>>().join("\n"))
}
