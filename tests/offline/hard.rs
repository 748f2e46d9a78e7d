//! Revisions with all that clients read in ways of their own, and scripts at the wrong place.

use super::client::{Database, Place};
use super::project::{Project, held, is_told, same};

/// The tables whose rows are compared.
const TABLES: [&str; 2] = ["people", "notes"];

const FIRST: &str = "\
CREATE TABLE people (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL);
CREATE TABLE notes (id INTEGER NOT NULL PRIMARY KEY, body TEXT);
-- autogen: step
INSERT INTO people VALUES (1, 'it''s; -- no :comment /* at all */'), (2, '
.quit
go
/
\\set x 1
delimiter x
''
');";

const SQLITE: [(&str, &str); 2] = [
    (
        "CREATE TRIGGER noted AFTER INSERT ON people BEGIN
    -- kept; as it is
    INSERT INTO notes VALUES (new.id, CASE WHEN new.name = ';' THEN 'a;b' ELSE new.name END);
END;
INSERT INTO people VALUES (3, ';');
-- autogen: step autocommit
VACUUM;
PRAGMA user_version = 7;",
        "DROP TRIGGER noted;",
    ),
    (
        "PRAGMA foreign_keys = OFF;
CREATE TABLE new_notes (id INTEGER NOT NULL PRIMARY KEY, body TEXT,
    person INTEGER REFERENCES people (id));
INSERT INTO new_notes SELECT id, body, 1 FROM notes;
DROP TABLE notes;
ALTER TABLE new_notes RENAME TO notes;",
        "DROP TABLE notes;
CREATE TABLE notes (id INTEGER NOT NULL PRIMARY KEY, body TEXT);",
    ),
];

const POSTGRES: [(&str, &str); 2] = [
    (
        "CREATE FUNCTION doubled(DBNAME int) RETURNS int LANGUAGE plpgsql AS $body$
BEGIN
    -- kept; as it is :DBNAME
    RETURN DBNAME * 2;
END
$body$;
INSERT INTO people SELECT 3, (ARRAY['a', 'b', 'c'])[2:USER] :: text
    FROM (SELECT 3 AS USER) AS q (\"user\");
-- autogen: step autocommit
CREATE INDEX CONCURRENTLY ix_people ON people (name);
UPDATE people SET name = E'it\\'s \\\\ ' || name WHERE id = 3;
-- autogen: step
CREATE SCHEMA other;
SET search_path TO other;
CREATE TABLE elsewhere (id int PRIMARY KEY);",
        "DROP TABLE other.elsewhere;
DROP SCHEMA other;
DROP INDEX ix_people;
DROP FUNCTION doubled;",
    ),
    (
        "CREATE RULE noted AS ON INSERT TO people DO ALSO
    (INSERT INTO notes VALUES (new.id, ';'); INSERT INTO notes VALUES (-new.id, ':x'));
INSERT INTO people VALUES (5, 'E''\\');",
        "DROP RULE noted ON people;",
    ),
];

const MYSQL: [(&str, &str); 2] = [
    (
        "CREATE PROCEDURE fill(IN wanted INT)
BEGIN
    -- kept; as it is
    DECLARE at INT DEFAULT 0; # and this
    again: LOOP
        SET at = at + 1; /* and // this $$ */
        IF at > wanted THEN LEAVE again; END IF;
        INSERT INTO notes VALUES (at, CONCAT('a;', CHAR(92), '\\\\', \"it's\"));
    END LOOP;
END;
CALL fill(3);
SET foreign_key_checks = 0, @n = 5;
CREATE TABLE kids (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES nowhere (id));
CREATE TABLE nowhere (id INT PRIMARY KEY);
INSERT INTO notes SELECT @n, @@foreign_key_checks;",
        "DROP TABLE kids;
DROP TABLE nowhere;
DROP PROCEDURE fill;
DELETE FROM notes;",
    ),
    (
        "CREATE TRIGGER noted AFTER INSERT ON people FOR EACH ROW
    INSERT INTO notes VALUES (new.id, 'delimiter ;');
INSERT INTO people VALUES (7, '\\';\\\\');
CREATE TEMPORARY TABLE passing (a INT);
INSERT INTO passing VALUES (1);
ALTER TABLE people ADD COLUMN born DATE;",
        "ALTER TABLE people DROP COLUMN born;
DROP TRIGGER noted;",
    ),
];

const LAST: &str = "\
-- autogen: bind who = x(\"who\")
-- autogen: bind body = file(\"body.txt\")
INSERT INTO notes (id, body) VALUES (100, :who), (101, :body), (102, ':who');
-- autogen: step
-- autogen: when stage = production
DELETE FROM people;";

/// A file's text with all that a literal can break on.
const BODY: &str = "a'b''c\\n\\\\ \"d\" :who\r\n.quit\r\n-- $$;`é\u{1f600}`\n";

/// Four revisions, the last of which begins a branch of its own.
fn project(place: &Place) -> Result<Project, String> {
    let project = Project::new(place.dialect())?;
    let own = match place {
        Place::Sqlite => SQLITE,
        Place::Postgres(_) => POSTGRES,
        Place::Mysql(_) => MYSQL,
    };
    project.write("body.txt", BODY)?;
    project.revision("a1", "", (FIRST, "DROP TABLE notes;\r\nDROP TABLE people;\r"))?;
    project.revision("b2", "a1", own[0])?;
    project.revision("c3", "b2", own[1])?;
    project.revision("d4", "c3", (LAST, "DELETE FROM notes WHERE id >= 100;"))?;
    Ok(project)
}

/// A database that runs brought to a revision.
fn ran(place: &Place, project: &Project, revision: &str) -> Result<Database, String> {
    let database = place.database()?;
    project.autogen(&["upgrade", revision], Some(&database.url))?;
    Ok(database)
}

pub(crate) fn up_and_down(place: &Place) -> Result<(), String> {
    let project = project(place)?;
    let by_run = ran(place, &project, "head")?;
    let by_script = place.database()?;
    by_script.run(&project.script(&["upgrade"])?)?;
    same(&by_run, &by_script, &TABLES)?;
    is_told(&by_script)?;
    // Afterwards autogen finds nothing that it would not have left.
    let url = Some(by_script.url.as_str());
    for database in [&by_run, &by_script] {
        let url = Some(database.url.as_str());
        project.autogen(&["upgrade", "head"], url)?;
        project.autogen(&["downgrade", "-1"], url)?;
        project.autogen(&["upgrade", "head"], url)?;
    }
    same(&by_run, &by_script, &TABLES)?;
    assert!(project.autogen(&["current"], url)?.starts_with("d4 (head) (current)"));
    assert_eq!(project.autogen(&["repair"], url)?, "");
    by_script.run(&project.script(&["downgrade", "head:a1"])?)?;
    project.autogen(&["downgrade", "a1"], Some(&by_run.url))?;
    same(&by_run, &by_script, &TABLES)?;
    by_script.run(&project.script(&["downgrade", "a1:base"])?)?;
    project.autogen(&["downgrade", "base"], Some(&by_run.url))?;
    same(&by_run, &by_script, &[])?;
    // The same script again, in a ledger that is there.
    by_script.run(&project.script(&["upgrade", "base:+2"])?)?;
    project.autogen(&["upgrade", "b2"], Some(&by_run.url))?;
    same(&by_run, &by_script, &TABLES)
}

pub(crate) fn one_by_one(place: &Place) -> Result<(), String> {
    let project = project(place)?;
    let by_run = ran(place, &project, "head")?;
    let by_script = place.database()?;
    for range in ["base:+1", "a1:+1", "b2:c3", "c3:head"] {
        by_script.run(&project.script(&["upgrade", range])?)?;
    }
    same(&by_run, &by_script, &TABLES)?;
    for range in ["head:-1", "d4-1:b2", "b2:-1"] {
        by_script.run(&project.script(&["downgrade", range])?)?;
    }
    project.autogen(&["downgrade", "a1"], Some(&by_run.url))?;
    // The log of a run that goes over several is the same.
    same(&by_run, &by_script, &TABLES)
}

pub(crate) fn elsewhere(place: &Place) -> Result<(), String> {
    let project = project(place)?;
    let database = ran(place, &project, "b2")?;
    let before = held(&database, &TABLES)?;
    for (args, reason) in [
        (["upgrade", "base:head"], "where this script starts"),
        (["upgrade", "c3:head"], "where this script starts"),
        (["upgrade", "a1:c3"], "where this script starts"),
        (["downgrade", "c3:b2"], "where this script starts"),
        (["downgrade", "a1:base"], "where this script starts"),
        (["stamp", "c3:d4"], "where this script starts"),
    ] {
        let said = database.run(&project.script(&args)?).err().unwrap_or_default();
        assert!(said.contains(reason), "{args:?}: {said}");
        assert_eq!(held(&database, &TABLES)?, before, "{args:?}");
    }
    // Nor in the ledger of another project, nor where there is none.
    let other = self::project(place)?;
    let config =
        std::fs::read_to_string(other.path("autogen.toml")).map_err(|it| it.to_string())?;
    other.write("autogen.toml", &config.replace("\"offline\"", "\"other\""))?;
    let said = database.run(&other.script(&["upgrade", "b2:head"])?).err().unwrap_or_default();
    assert!(said.contains("where this script starts"), "{said}");
    assert_eq!(held(&database, &TABLES)?, before);
    let empty = place.database()?;
    assert!(empty.run(&project.script(&["upgrade", "b2:head"])?).is_err());
    database.run(&project.script(&["upgrade", "b2:head"])?)
}

pub(crate) fn failing(place: &Place) -> Result<(), String> {
    let project = Project::new(place.dialect())?;
    project.revision("a1", "", ("CREATE TABLE people (id INTEGER PRIMARY KEY);", ""))?;
    let wrong = "CREATE TABLE notes (id INTEGER PRIMARY KEY);\nINSERT INTO nowhere VALUES (1);";
    project.revision("b2", "a1", (wrong, "DROP TABLE notes;"))?;
    let database = place.database()?;
    let said = database.run(&project.script(&["upgrade"])?).err().unwrap_or_default();
    assert!(said.contains("nowhere"), "{said}");
    let url = Some(database.url.as_str());
    let current = project.autogen(&["current"], url)?;
    assert!(current.starts_with("a1 (current)"), "{current}");
    // On MySQL the journal says how far it came, and the run goes on behind that.
    project.revision("b2", "a1", (&wrong.replace("nowhere", "people"), "DROP TABLE notes;"))?;
    project.autogen(&["upgrade", "head"], url)?;
    let current = project.autogen(&["current"], url)?;
    assert!(current.starts_with("b2 (head) (current)"), "{current}");
    Ok(())
}

pub(crate) fn stamps(place: &Place) -> Result<(), String> {
    let project = project(place)?;
    let (by_run, by_script) = (place.database()?, place.database()?);
    by_script.run(&project.script(&["ensure-ledger"])?)?;
    by_script.run(&project.script(&["ensure-ledger"])?)?;
    project.autogen(&["ensure-ledger"], Some(&by_run.url))?;
    same(&by_run, &by_script, &[])?;
    for (script, run) in [("c3", "c3"), ("c3:d4", "d4"), ("d4:a1", "a1"), ("a1:base", "base")] {
        by_script.run(&project.script(&["stamp", script])?)?;
        project.autogen(&["stamp", run], Some(&by_run.url))?;
        same(&by_run, &by_script, &[])?;
    }
    by_script.run(&project.script(&["stamp", "a1"])?)?;
    by_script.run(&project.script(&["stamp", "--purge", "b2"])?)?;
    let current = project.autogen(&["current"], Some(&by_script.url))?;
    assert!(current.starts_with("b2 (current)"), "{current}");
    is_told(&by_script)
}

/// The script's own lock keeps a run out, and a run's lock the script.
pub(crate) fn alone(place: &Place) -> Result<(), String> {
    let project = Project::new(place.dialect())?;
    let slow = match place {
        Place::Sqlite => return quick(place, &project),
        Place::Postgres(_) => "SELECT pg_sleep(2);",
        Place::Mysql(_) => "DO SLEEP(2);",
    };
    project.revision("a1", "", ("CREATE TABLE people (id INTEGER PRIMARY KEY);", ""))?;
    project.revision("b2", "a1", (slow, ""))?;
    let database = ran(place, &project, "a1")?;
    let script = project.script(&["upgrade", "a1:b2"])?;
    std::thread::scope(|scope| {
        let running = scope.spawn(|| database.run(&script));
        std::thread::sleep(std::time::Duration::from_millis(700));
        let run = project.autogen(&["upgrade", "head"], Some(&database.url));
        running.join().map_err(|_| "a panic".to_owned())??;
        run.map(drop)
    })?;
    let log = project.autogen(&["log"], Some(&database.url))?;
    assert_eq!(log.matches("b2").count(), 1, "{log}");
    Ok(())
}

/// SQLite lets one write at a time by itself.
fn quick(place: &Place, project: &Project) -> Result<(), String> {
    project.revision("a1", "", ("CREATE TABLE people (id INTEGER PRIMARY KEY);", ""))?;
    let database = place.database()?;
    let script = project.script(&["upgrade"])?;
    let ran = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(|| database.run(&script).is_ok())).collect();
        all.into_iter().filter_map(|it| it.join().ok()).filter(|ran| *ran).count()
    });
    assert_eq!(ran, 1, "scripts that ran");
    let log = project.autogen(&["log"], Some(&database.url))?;
    assert_eq!(log.matches("a1").count(), 1, "{log}");
    Ok(())
}
