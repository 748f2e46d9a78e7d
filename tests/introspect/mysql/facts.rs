//! What holds of reading as such: one round trip however much there is, no rights beyond looking,
//! nothing left behind in the session, and no setting of the session changes what is read.

use autogen::dialect::mysql::introspect::{QUERIES, load};
use libtest_mimic::{Failed, Trial};
use sqlx::{Connection as _, MySqlConnection};

use super::{dialect, on_database, read, value};
use crate::mysql_servers::{Server, execute};

type Fact = fn(&Server) -> Result<(), Failed>;

/// One trial of each fact.
pub(super) fn trials(server: &Server) -> Vec<Trial> {
    let facts: [(&str, Fact); 3] = [
        ("many_tables", many_tables),
        ("looking_is_enough", looking_is_enough),
        ("settings_stay_and_change_nothing", settings),
    ];
    let trial = |(name, fact): (&str, Fact)| {
        let on = server.clone();
        Trial::test(format!("{}::{name}", server.name()), move || fact(&on))
    };
    facts.into_iter().map(trial).collect()
}

fn many_tables(server: &Server) -> Result<(), Failed> {
    const MANY: usize = 300;
    let (few, many, before, after) = on_database(server, false, async |connection, _| {
        let mysql = dialect(connection).await?;
        let questions = "SELECT CAST(variable_value AS CHAR) FROM \
                         performance_schema.session_status WHERE variable_name = 'Questions'";
        let few = load(connection, &mysql, &[]).await.map_err(|error| error.to_string())?;
        let create = |at| {
            format!("CREATE TABLE t_{at} (id int PRIMARY KEY, a int DEFAULT {at} CHECK (a >= 0));")
        };
        execute(connection, &(0..MANY).map(create).collect::<String>()).await?;
        let before = value(connection, questions).await;
        let many = load(connection, &mysql, &[]).await.map_err(|error| error.to_string())?;
        let after = value(connection, questions).await;
        let schema = read(connection, &mysql, &[]).await?;
        assert_eq!(schema.tables.len(), MANY);
        assert!(schema.tables.values().all(|table| table.columns.len() == 2));
        assert!(schema.tables.values().all(|table| table.checks.len() == 1));
        Ok((few.queries.len(), many.queries.len(), before, after))
    })?;
    assert_eq!((few, many), (QUERIES, QUERIES));
    // Only MySQL counts for each session there.
    if let (Ok(before), Ok(after)) = (before, after) {
        let count = after.parse::<usize>()? - before.parse::<usize>()?;
        assert!(count <= QUERIES + 1, "{count}");
    }
    Ok(())
}

const THINGS: &str = "
    CREATE TABLE p (id int AUTO_INCREMENT PRIMARY KEY, b varbinary(9) DEFAULT 0x00ff);
    CREATE TABLE t (id int, a varchar(20) DEFAULT 'it''s \\\\' COMMENT 'why', g int AS (id + 1),
        s timestamp DEFAULT '2020-01-01 00:00:00', e varchar(9) DEFAULT (concat('a', 'b')),
        `od``d` varchar(30) AS (concat(a, 'it''s \"q\" \\\\ \\n é')) STORED,
        CONSTRAINT ck CHECK (a <> 'it''s \\\\ \"é\"'), UNIQUE u (a), KEY (`od``d`(10)),
        CONSTRAINT fk FOREIGN KEY (id) REFERENCES p (id) ON DELETE CASCADE ON UPDATE SET NULL);
    CREATE TABLE h (a int) PARTITION BY HASH (a) PARTITIONS 2;
    CREATE VIEW v AS SELECT id, 'it''s' AS x FROM t;
    CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 'x';
    CREATE FUNCTION f() RETURNS int NO SQL RETURN 1;
    CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' DO SELECT 1";

/// Somebody who may only read sees the tables as root does, and that there is a view.
fn looking_is_enough(server: &Server) -> Result<(), Failed> {
    let (whole, seen) = on_database(server, false, async |connection, database| {
        execute(connection, THINGS).await?;
        let mysql = dialect(connection).await?;
        let whole = read(connection, &mysql, &[]).await?;
        let user = format!("{}_look", database.name);
        let grant = format!(
            "CREATE USER {user}@'%' IDENTIFIED BY 'x'; GRANT SELECT ON {}.* TO {user}@'%'",
            database.name
        );
        execute(connection, &grant).await?;
        let url = database.url.replace("root", &format!("{user}:x"));
        let looker = MySqlConnection::connect(&url).await;
        let seen = match looker {
            Ok(mut looker) => read(&mut looker, &mysql, &[]).await,
            Err(error) => Err(error.to_string()),
        };
        execute(connection, &format!("DROP USER {user}@'%'")).await?;
        Ok((whole, seen?))
    })?;
    assert_eq!(seen.tables, whole.tables);
    assert_eq!(whole.objects.len(), 4);
    let names = seen.objects.iter().map(|object| (object.name.to_string(), object.sql.as_str()));
    assert_eq!(names.collect::<Vec<_>>(), [("v".to_owned(), "")]);
    Ok(())
}

/// Whatever the session has set, the tables are told alike, and it has it again afterwards.
fn settings(server: &Server) -> Result<(), Failed> {
    on_database(server, false, async |connection, _| {
        execute(connection, THINGS).await?;
        let mysql = dialect(connection).await?;
        let plain = read(connection, &mysql, &[]).await?;
        let modes = ["ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "PIPES_AS_CONCAT", "ANSI", ""];
        for mode in modes {
            let set =
                format!("SET sql_mode = '{mode}', time_zone = '+05:30', sql_quote_show_create = 0");
            execute(connection, &set).await?;
            let ask = "SELECT CONCAT_WS(';', @@sql_mode, @@time_zone, @@sql_quote_show_create)";
            let before = value(connection, ask).await?;
            let other = read(connection, &mysql, &[]).await?;
            assert_eq!(other.tables, plain.tables, "{mode}");
            assert_eq!(value(connection, ask).await?, before);
        }
        Ok(())
    })?;
    Ok(())
}
