//! A chain of revisions of which each leaves something that can be counted, there and back.

use std::collections::BTreeMap;

use autogen::revision::Direction;
use autogen::runner::ledger::Stage;

use super::place::{Kind, Place};

/// What is there of a revision: its rows, its table, its index.
type Parts = [u64; 3];

/// The parts after each statement of a revision, upwards and downwards.
const UP: [Parts; 4] = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1]];
const DOWN: [Parts; 3] = [[1, 1, 1], [1, 0, 0], [0, 0, 0]];

/// Revisions of which each stands on the one before.
pub(crate) struct Chain<'a> {
    pub(crate) place: &'a Place,
    pub(crate) length: usize,
}

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// How many revisions are applied.
    pub(crate) applied: usize,
    /// The way that one more is half gone.
    pub(crate) half: Option<Direction>,
}

impl<'a> Chain<'a> {
    /// The first makes a table, each other adds a row to it and makes a table and an index. Every
    /// tenth makes its index outside transactions.
    pub(crate) fn new(place: &'a Place, length: usize) -> Self {
        place.revision(
            "r00",
            "",
            "CREATE TABLE counted (n INTEGER NOT NULL);",
            "DROP TABLE counted;",
        );
        for number in 1..length {
            let (id, parent) = (format!("r{number:02}"), format!("r{:02}", number - 1));
            let concurrently = match (place.kind, number % 10) {
                (Kind::Postgres, 0) => " CONCURRENTLY",
                _ => "",
            };
            let step = if number % 10 == 0 { "-- autogen: step autocommit\n" } else { "" };
            let up = format!(
                "INSERT INTO counted VALUES ({number});\nCREATE TABLE t{number} (n INTEGER);\n\
                 {step}CREATE INDEX{concurrently} i{number} ON t{number} (n);"
            );
            let down = format!("DROP TABLE t{number};\nDELETE FROM counted WHERE n = {number};");
            place.revision(&id, &parent, &up, &down);
        }
        Self { place, length }
    }

    /// Where the database is, which must be exactly what the ledger says.
    pub(crate) async fn position(&self) -> Position {
        let status = self.place.status().await;
        let (mut applied, mut half) = (0, None);
        let mut expected: Vec<Vec<Parts>> = vec![vec![UP[0]]; self.length];
        for (id, entry) in &status.state.entries {
            let number: usize = id[1..].parse().expect("one of the chain");
            let is_next = number == applied && half.is_none();
            assert!(is_next, "{id} comes after {applied} revisions, one half done: {half:?}");
            match &entry.stage {
                Stage::Applied => {
                    expected[number] = vec![UP[3]];
                    applied += 1;
                }
                Stage::Half { direction, done, in_doubt, .. } => {
                    let way: &[Parts] = match (direction, number) {
                        // Of the first there is only the table, which is not looked at.
                        (_, 0) => &[],
                        (Direction::Upgrade, _) => &UP,
                        (Direction::Downgrade, _) => &DOWN,
                    };
                    let last = done + usize::from(*in_doubt);
                    expected[number] = way.iter().take(last + 1).skip(*done).copied().collect();
                    half = Some(*direction);
                }
            }
        }
        let findings: Vec<String> = status.findings.iter().map(|it| it.report().message).collect();
        let explained = findings.len() == usize::from(half.is_some())
            && findings.iter().all(|line| line.contains("was begun and is not finished"));
        assert!(explained, "{half:?}: {findings:?}");
        let found = self.parts().await;
        for (number, expected) in expected.iter().enumerate().take(self.length).skip(1) {
            let parts = found.get(&number).copied().unwrap_or_default();
            let fits = expected.contains(&parts);
            assert!(fits, "r{number:02} has {parts:?}, and should have {expected:?}");
        }
        assert!(found.keys().all(|number| *number < self.length), "{found:?}");
        Position { applied, half }
    }

    /// What is there, by the number of the revision that made it.
    async fn parts(&self) -> BTreeMap<usize, Parts> {
        let mut found: BTreeMap<usize, Parts> = BTreeMap::new();
        let mut db = self.place.db().await;
        let names = match self.place.kind {
            Kind::Sqlite => "SELECT name FROM sqlite_master",
            Kind::Postgres => {
                "SELECT c.relname FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid \
                 WHERE c.relnamespace = 'public'::regnamespace AND i.indisvalid IS NOT FALSE"
            }
            Kind::Mysql => {
                "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() \
                 UNION ALL SELECT INDEX_NAME FROM information_schema.STATISTICS \
                 WHERE TABLE_SCHEMA = DATABASE()"
            }
        };
        let rows = db.query_text_rows(names, &[]).await.expect("the catalog can be read");
        let names: Vec<String> = rows.into_iter().flatten().flatten().collect();
        for name in &names {
            let part = usize::from(name.starts_with('i')) + 1;
            if let Some(Ok(number)) = name.strip_prefix(['t', 'i']).map(str::parse) {
                found.entry(number).or_default()[part] += 1;
            }
        }
        if names.iter().any(|name| name == "counted") {
            let rows = db.query_text_rows("SELECT n FROM counted", &[]).await.expect("it is there");
            for number in rows.into_iter().flatten().flatten() {
                found.entry(number.parse().expect("a number")).or_default()[0] += 1;
            }
        }
        found
    }
}
