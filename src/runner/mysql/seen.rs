//! What the catalog says of the objects that a statement speaks of. It is journalled before the
//! statement runs; as each statement is done as a whole or not at all, a run that goes on where
//! another was cut short finds the same again if it was not done, and something else if it was.

use sha2::{Digest as _, Sha256};

use super::words::{Word, words};
use crate::db::{self, Database};
use crate::runner::outcome::Outcome;
use crate::sql::{Syntax, TokenKind, tokens};

/// What the catalog said at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::runner) struct Facts {
    /// The definitions of all that was found.
    definitions: String,
    /// The numbers that the engine gives to tables, which change when one takes the place of
    /// another; none where they may not be read, or the definitions are enough.
    numbers: Option<String>,
}

/// A kind of object, and where the catalog has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Table,
    Trigger,
    Routine,
    Event,
    Database,
    Account,
}

/// What a statement works on; none where no catalog tells.
fn kind(list: &[&str]) -> Option<Kind> {
    let [verb @ ("CREATE" | "ALTER" | "DROP" | "RENAME" | "TRUNCATE"), rest @ ..] = list else {
        return None;
    };
    let of = |word: &str| {
        Some(match word {
            "TABLE" | "TABLES" | "INDEX" | "VIEW" | "SEQUENCE" => Kind::Table,
            "TRIGGER" => Kind::Trigger,
            "PROCEDURE" | "FUNCTION" => Kind::Routine,
            "EVENT" => Kind::Event,
            "DATABASE" | "SCHEMA" => Kind::Database,
            "USER" | "ROLE" => Kind::Account,
            _ => return None,
        })
    };
    let others =
        ["TABLESPACE", "SERVER", "LOGFILE", "INSTANCE", "PACKAGE", "RESOURCE", "SPATIAL_REF"];
    match rest.iter().find(|word| of(word).is_some() || others.contains(word)) {
        Some(word) => of(word),
        None => (*verb == "TRUNCATE").then_some(Kind::Table),
    }
}

/// What the catalog says now; none where none tells of this statement.
pub(in crate::runner) async fn look(db: &mut Database, sql: &str) -> db::Result<Option<Facts>> {
    let words = words(sql);
    let list: Vec<&str> = words.iter().map(Word::key).collect();
    let Some(kind) = kind(&list) else { return Ok(None) };
    let names = names(&words, kind);
    if names.is_empty() {
        return Ok(None);
    }
    let mut facts = Facts::default();
    if kind == Kind::Account {
        let query = format!(
            "SELECT User, Host, plugin, authentication_string FROM mysql.user \
             WHERE User IN ({}) ORDER BY 1, 2",
            marks(&names, 1)
        );
        // Who may not read it is not told.
        let Ok(rows) = db.query_text_rows(&query, &values(&names)).await else { return Ok(None) };
        facts.add(&rows);
        return Ok(Some(facts));
    }
    let databases = databases(db, &names).await?;
    if kind == Kind::Database {
        facts.add(&databases);
        return Ok(Some(facts));
    }
    let mut tables = Vec::new();
    for database in databases.iter().filter_map(|row| row.first()?.as_deref()) {
        match kind {
            Kind::Table => facts.tables(db, database, &names, &mut tables).await?,
            Kind::Trigger => facts.query(db, TRIGGERS, database, &names).await?,
            Kind::Routine => facts.query(db, ROUTINES, database, &names).await?,
            Kind::Event => facts.query(db, EVENTS, database, &names).await?,
            Kind::Database | Kind::Account => {}
        }
    }
    if kind == Kind::Table && list.iter().any(|word| REPLACING.contains(word)) {
        facts.numbers = numbers(db, &tables).await;
    }
    Ok(Some(facts))
}

/// Statements with these words may put a table in the place of one that is defined the same.
const REPLACING: [&str; 4] = ["RENAME", "TRUNCATE", "EXCHANGE", "REPLACE"];

/// All that may be the name of an object; keywords among them name none. Those of accounts may be
/// texts.
fn names(words: &[Word], kind: Kind) -> Vec<String> {
    let is_name = |word: &&Word| {
        let text = kind == Kind::Account && word.kind == TokenKind::String;
        // No name has more characters, nor such that are beyond the first plane.
        (text || matches!(word.kind, TokenKind::Word | TokenKind::Quoted))
            && word.text.chars().count() <= 64
            && word.text.chars().all(|c| u32::from(c) < 0x1_0000)
    };
    // Where the server folds names, its catalog has them in lower case.
    let mut names: Vec<String> = words
        .iter()
        .filter(is_name)
        .flat_map(|word| [word.text.clone(), word.text.to_lowercase()])
        .collect();
    names.sort();
    names.dedup();
    names
}

fn marks(names: &[String], from: usize) -> String {
    let marks: Vec<String> = (from..from + names.len()).map(|at| format!("?{at}")).collect();
    marks.join(", ")
}

fn values(names: &[String]) -> Vec<Option<&str>> {
    names.iter().map(|name| Some(name.as_str())).collect()
}

/// The database that is in use, and those that the statement names.
async fn databases(db: &mut Database, names: &[String]) -> db::Result<Vec<db::TextRow>> {
    let query = format!(
        "SELECT SCHEMA_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA \
         WHERE SCHEMA_NAME = DATABASE() OR SCHEMA_NAME IN ({}) ORDER BY 1",
        marks(names, 1)
    );
    db.query_text_rows(&query, &values(names)).await
}

const TRIGGERS: &str = "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_ORDER, ACTION_TIMING, \
     EVENT_MANIPULATION, ACTION_STATEMENT, SQL_MODE, DEFINER, CREATED \
     FROM information_schema.TRIGGERS \
     WHERE TRIGGER_SCHEMA = ?1 AND TRIGGER_NAME IN (names) ORDER BY 1";

const ROUTINES: &str = "SELECT ROUTINE_NAME, ROUTINE_TYPE, DTD_IDENTIFIER, ROUTINE_DEFINITION, \
     IS_DETERMINISTIC, SQL_DATA_ACCESS, SECURITY_TYPE, ROUTINE_COMMENT, SQL_MODE, DEFINER, \
     CREATED, LAST_ALTERED \
     FROM information_schema.ROUTINES \
     WHERE ROUTINE_SCHEMA = ?1 AND ROUTINE_NAME IN (names) ORDER BY 1, 2";

const EVENTS: &str = "SELECT EVENT_NAME, EVENT_DEFINITION, EVENT_TYPE, EXECUTE_AT, \
     INTERVAL_VALUE, INTERVAL_FIELD, STARTS, ENDS, STATUS, ON_COMPLETION, EVENT_COMMENT, SQL_MODE, \
     DEFINER, CREATED, LAST_ALTERED \
     FROM information_schema.EVENTS \
     WHERE EVENT_SCHEMA = ?1 AND EVENT_NAME IN (names) ORDER BY 1";

const TABLES: &str = "SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES \
     WHERE TABLE_SCHEMA = ?1 AND TABLE_NAME IN (names) ORDER BY 1";

/// Runs a query for the objects of these names in one database.
async fn found(
    db: &mut Database,
    query: &str,
    database: &str,
    names: &[String],
) -> db::Result<Vec<db::TextRow>> {
    let query = query.replace("(names)", &format!("({})", marks(names, 2)));
    let mut all = vec![Some(database)];
    all.extend(values(names));
    db.query_text_rows(&query, &all).await
}

impl Facts {
    /// What is journalled of them.
    pub(in crate::runner) fn digest(&self) -> String {
        match &self.numbers {
            Some(numbers) => {
                format!("numbered {}", hash(&format!("{}{numbers}", self.definitions)))
            }
            None => format!("plain {}", hash(&self.definitions)),
        }
    }

    /// Whether they are those that were journalled; none where nothing tells.
    fn are(&self, journalled: &str) -> Option<bool> {
        if journalled.starts_with("plain ") {
            let plain = Self { definitions: self.definitions.clone(), numbers: None };
            return Some(plain.digest() == journalled);
        }
        let digest = self.digest();
        (digest.starts_with("numbered ") && journalled.starts_with("numbered "))
            .then(|| digest == journalled)
    }

    fn add(&mut self, rows: &[db::TextRow]) {
        for row in rows {
            for cell in row {
                self.definitions.push_str(cell.as_deref().unwrap_or("\u{1}"));
                self.definitions.push('\0');
            }
            self.definitions.push('\n');
        }
    }

    async fn query(
        &mut self,
        db: &mut Database,
        query: &str,
        database: &str,
        names: &[String],
    ) -> db::Result<()> {
        let rows = found(db, query, database, names).await?;
        self.add(&rows);
        Ok(())
    }

    async fn tables(
        &mut self,
        db: &mut Database,
        database: &str,
        names: &[String],
        tables: &mut Vec<(String, String)>,
    ) -> db::Result<()> {
        for row in found(db, TABLES, database, names).await? {
            let mut row = row.into_iter().map(Option::unwrap_or_default);
            let (name, kind) = (row.next().unwrap_or_default(), row.next().unwrap_or_default());
            let word = if kind == "SEQUENCE" { "SEQUENCE" } else { "TABLE" };
            let quote = |name: &str| name.replace('`', "``");
            let show = format!("SHOW CREATE {word} `{}`.`{}`", quote(database), quote(&name));
            let shown = match db.query_text_rows(&show, &[]).await {
                Ok(rows) => rows.into_iter().flatten().nth(1).flatten().unwrap_or_default(),
                // Of a view whose tables are gone, say.
                Err(failure) if failure.code.is_some() => failure.message,
                Err(failure) => return Err(failure),
            };
            self.add(&[vec![Some(name.clone()), Some(kind), Some(without_counter(&shown))]]);
            tables.push((database.to_owned(), name));
        }
        Ok(())
    }
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The definition without the number that the next row will get: rows come at any time.
fn without_counter(definition: &str) -> String {
    let mut text = String::with_capacity(definition.len());
    let mut skipped = 0;
    for token in tokens(definition, Syntax::MYSQL) {
        let part = &definition[token.range.clone()];
        let counts = token.kind == TokenKind::Word
            && part == "AUTO_INCREMENT"
            && definition[token.range.end..].starts_with('=');
        if counts {
            skipped = 3;
        }
        if skipped > 0 {
            skipped -= 1;
        } else {
            text.push_str(part);
        }
    }
    text
}

/// The numbers of tables that have plain names, with those of their partitions.
async fn numbers(db: &mut Database, tables: &[(String, String)]) -> Option<String> {
    let names: Vec<String> =
        tables.iter().map(|(database, name)| format!("{database}/{name}")).collect();
    let wanted = if names.is_empty() { "NULL".to_owned() } else { marks(&names, 1) };
    // MySQL's name of it, and MariaDB's.
    for catalog in ["INNODB_TABLES", "INNODB_SYS_TABLES"] {
        let query = format!(
            "SELECT NAME, TABLE_ID FROM information_schema.{catalog} \
             WHERE SUBSTRING_INDEX(REPLACE(NAME, '#P#', '#p#'), '#p#', 1) IN ({wanted}) \
             ORDER BY NAME"
        );
        if let Ok(rows) = db.query_text_rows(&query, &values(&names)).await {
            let mut facts = Facts::default();
            facts.add(&rows);
            return Some(facts.definitions);
        }
    }
    None
}

/// Whether a statement was done that an earlier run began and did not see the end of.
pub(in crate::runner) async fn outcome(
    db: &mut Database,
    sql: &str,
    journalled: &str,
) -> db::Result<Outcome> {
    let list = words(sql);
    let first = list.first().map(Word::key).unwrap_or_default();
    if REPEATABLE.contains(&first) {
        return Ok(Outcome::Again);
    }
    let Some(facts) = look(db, sql).await? else { return Ok(Outcome::Unknown) };
    Ok(match facts.are(journalled) {
        None => Outcome::Unknown,
        Some(true) => Outcome::Again,
        // Of several tables some may be dropped and some not.
        Some(false) if first == "DROP" && !facts.definitions.is_empty() => rest(sql),
        Some(false) => Outcome::Done,
    })
}

/// Statements that do no harm when they are run again.
const REPEATABLE: [&str; 9] =
    ["ANALYZE", "OPTIMIZE", "CHECK", "REPAIR", "FLUSH", "CACHE", "GRANT", "REVOKE", "SET"];

/// The statement that drops what is left.
fn rest(sql: &str) -> Outcome {
    let all: Vec<_> = tokens(sql, Syntax::MYSQL)
        .filter(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment))
        .collect();
    let is = |at: usize, words: &[&str]| {
        all.get(at).is_some_and(|token| {
            words.iter().any(|word| sql[token.range.clone()].eq_ignore_ascii_case(word))
        })
    };
    if !is(1, &["TABLE", "TABLES", "VIEW"]) {
        // DROP INDEX leaves its table.
        return Outcome::Done;
    }
    if is(2, &["IF"]) {
        return Outcome::Again;
    }
    let end = all[1].range.end;
    Outcome::Rest(format!("{} IF EXISTS{}", &sql[..end], &sql[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_statement_works_on_is_known() {
        for (sql, expected) in [
            ("CREATE TABLE t (a int)", Some(Kind::Table)),
            ("create or replace algorithm = merge view v as select 1", Some(Kind::Table)),
            (
                "/*!50001 CREATE ALGORITHM=UNDEFINED */ /*!50001 VIEW `v` AS select 1 */",
                Some(Kind::Table),
            ),
            ("CREATE UNIQUE INDEX i ON t (a)", Some(Kind::Table)),
            ("TRUNCATE t", Some(Kind::Table)),
            ("RENAME TABLE a TO b", Some(Kind::Table)),
            (
                "CREATE DEFINER = `table`@`%` TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET @a = 1",
                Some(Kind::Trigger),
            ),
            ("DROP PROCEDURE p", Some(Kind::Routine)),
            ("ALTER DATABASE d COLLATE utf8mb4_bin", Some(Kind::Database)),
            ("CREATE USER 'u'@'%'", Some(Kind::Account)),
            ("CREATE TABLESPACE x", None),
            ("CALL p()", None),
        ] {
            let words = words(sql);
            let list: Vec<&str> = words.iter().map(Word::key).collect();
            assert_eq!(kind(&list), expected, "{sql}");
        }
    }

    #[test]
    fn the_number_of_the_next_row_is_no_part_of_a_table() {
        let shown = "CREATE TABLE `t` (`a` int AUTO_INCREMENT, `b` text COMMENT ' AUTO_INCREMENT=7') AUTO_INCREMENT=12 COMMENT='x'";
        let expected = "CREATE TABLE `t` (`a` int AUTO_INCREMENT, `b` text COMMENT ' AUTO_INCREMENT=7')  COMMENT='x'";
        assert_eq!(without_counter(shown), expected);
    }

    #[test]
    fn what_is_left_of_a_list_is_dropped() {
        let rest = rest("DROP TABLE a, b");
        assert_eq!(rest, Outcome::Rest("DROP TABLE IF EXISTS a, b".into()));
    }
}
