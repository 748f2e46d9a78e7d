//! From models and a database to a comparison: what differs in the words alone is no difference.

use autogen::db::{ConnectOptions, Database};
use libtest_mimic::Failed;

use super::comparison::differences;
use super::mysql::Server;

/// What somebody made by hand; the first check is in words that only a server can compare with the
/// models'.
const BY_HAND: &str = "\
    CREATE TABLE people (\
      id bigint NOT NULL PRIMARY KEY AUTO_INCREMENT, \
      name varchar(255) NOT NULL, \
      code varchar(50) NOT NULL DEFAULT (replace(uuid(), '-', '')), \
      initial varchar(5) GENERATED ALWAYS AS (lcase(left(name, 1))) STORED, \
      seen datetime(6) NOT NULL DEFAULT (now(6) + interval 1 day), \
      CONSTRAINT ck_people_seen CHECK (cast(seen as time) > '01:00:00'), \
      CONSTRAINT ck_people_name CHECK (not (name in ('') or name like 'it\\'s \\\\\\\\%')), \
      CONSTRAINT ck_people_code CHECK (length(code) % 2 = 0 and code regexp '^[a-zäü]+$'))";

/// The same in the author's words.
const MODELS: &str = r#"
#[derive(Table)]
#[table(name = "people")]
#[table(check(name = "ck_people_seen", expr = "time(seen) > '01:00:00'"))]
#[table(check(name = "ck_people_name", expr = "name <> '' && NOT name LIKE \"it's \\\\\\\\%\""))]
#[table(check(name = "ck_people_code", expr = "mod(octet_length(code), 2) = 0 and code rlike '^[a-zäü]+$'"))]
pub struct Person {
    #[column(primary_key, auto)]
    pub id: i64,
    pub name: String,
    #[column(length = 50, default = "(replace(UUID(), '-', ''))")]
    pub code: String,
    #[column(length = 5, generated = "lower(left(name, 1))", stored)]
    pub initial: Option<String>,
    #[column(default = "(date_add(current_timestamp(6), interval 1 day))")]
    pub seen: NaiveDateTime,
}
"#;

/// What the form cannot tell the server does, and a real difference stays one.
pub(crate) fn compared(server: &Server) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let database = server.database()?;
    runtime.block_on(async {
        // What is only looked at is not written to, but for what nobody sees.
        let options = ConnectOptions { read_only: true, ..ConnectOptions::default() };
        let mut connection = database.connect().await?;
        super::mysql::execute(&mut connection, BY_HAND).await?;
        let mut db = Database::connect(&database.url, &options).await?;
        let (alone, asked, note) = differences(&mut db, MODELS).await?;
        assert!((1..=2).contains(&alone), "{alone} differences before the server is asked");
        assert_eq!((asked, note), (Vec::new(), None));

        let other = MODELS.replace("01:00:00", "02:00:00");
        let (_, asked, note) = differences(&mut db, &other).await?;
        assert!(!asked.is_empty(), "another condition is another");
        assert!(asked.iter().all(|line| line.contains("ck_people_seen")), "{asked:?}");
        assert_eq!(note, None);
        db.close().await.map_err(|failure| failure.message)?;
        Ok(())
    })
}

/// An account that may make no temporary table is told what that leaves open.
pub(crate) fn select_only(server: &Server) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let database = server.database()?;
    runtime.block_on(async {
        let name = &database.name;
        let mut connection = database.connect().await?;
        super::mysql::execute(&mut connection, BY_HAND).await?;
        let user = format!("reader_{name}");
        for sql in [
            format!("CREATE USER {user} IDENTIFIED BY 'reads'"),
            format!("GRANT SELECT ON {name}.* TO {user}"),
        ] {
            super::mysql::execute(&mut connection, &sql).await?;
        }
        let url = database.url.replacen("root", &format!("{user}:reads"), 1);
        let found = async {
            let mut db = Database::connect(&url, &ConnectOptions::default()).await?;
            let found = differences(&mut db, MODELS).await;
            db.close().await.map_err(|failure| failure.message)?;
            found
        }
        .await;
        super::mysql::execute(&mut connection, &format!("DROP USER {user}")).await?;
        let (_, asked, note) = found?;
        assert!(asked.iter().all(|line| line.contains("ck_people_seen")), "{asked:?}");
        let note = note.unwrap_or_default();
        assert!(note.contains("could not be asked"), "{note}");
        Ok(())
    })
}
