//! Rust steps: on the transaction of their revision, once, or not at all.

use std::sync::{Mutex, OnceLock};

use autogen::{Migrator, StepResult, Transaction};
use sqlx::Connection as _;

use super::support::Place;

super::tests!(
    in_their_place,
    what_fails_is_rolled_back,
    a_panic_is_an_error,
    nobody_knows_it,
    it_must_not_commit,
    what_it_commits_within_is_rolled_back,
    it_must_give_back_its_transaction,
    conditions_hold_for_it,
);

const TABLE: &str = "-- autogen: upgrade\nCREATE TABLE notes (n INTEGER NOT NULL, t VARCHAR(20));\n\n\
                     -- autogen: downgrade\nDROP TABLE notes;\n";

/// Statements before and after a call.
const CALL: &str = "-- autogen: upgrade\nINSERT INTO notes VALUES (1, 'sql');\n\n\
                    -- autogen: step rust fill\n\n\
                    -- autogen: step\nINSERT INTO notes VALUES (3, 'sql');\n\n\
                    -- autogen: downgrade\n-- autogen: step rust clear\n";

fn with_call(place: &Place) -> Migrator {
    place.write("aa", "", TABLE);
    place.write("bb", "aa", CALL);
    place.migrator().step("clear", |mut it| async move {
        it.execute("DELETE FROM notes").await?;
        Ok(())
    })
}

async fn fill(mut transaction: Transaction) -> StepResult {
    // Each kind of database by its own connection.
    let sql = "INSERT INTO notes SELECT 2, 'rust' FROM notes WHERE n = 1";
    let done = match transaction.dialect() {
        "sqlite" => sqlx::query(sql).execute(transaction.sqlite()?).await?.rows_affected(),
        "postgres" => sqlx::query(sql).execute(transaction.postgres()?).await?.rows_affected(),
        _ => sqlx::query(sql).execute(transaction.mysql()?).await?.rows_affected(),
    };
    match done {
        1 => Ok(()),
        other => Err(format!("{other} rows of the statement before").into()),
    }
}

const ROWS: &str = "SELECT n FROM notes ORDER BY n";

async fn in_their_place(place: Place) {
    let migrator = with_call(&place).step("fill", fill);
    let planned = migrator.plan(&place.url, "head").await.expect("a plan");
    assert_eq!(planned.iter().map(|it| it.statements).collect::<Vec<_>>(), [1, 3]);
    migrator.upgrade(&place.url, "head").await.expect("it runs");
    assert_eq!(place.column(ROWS).await.expect("the table"), ["1", "2", "3"]);
    migrator.downgrade(&place.url, "aa").await.expect("it goes back");
    assert_eq!(place.column(ROWS).await.expect("the table"), [""; 0]);
    assert_eq!(migrator.current(&place.url).await.expect("a ledger"), ["aa"]);
}

/// What is there after a step that failed, and when it is tried again.
async fn is_rolled_back(place: &Place, migrator: &Migrator, said: &str) {
    let error = migrator.upgrade(&place.url, "head").await.expect_err("it fails");
    let text = format!("{error:#}");
    assert!(text.contains(said), "{text}");
    assert!(text.contains("bb.sql:"), "the place is named: {text}");
    let kept: &[&str] = match place.kind() {
        // Statements before it are committed, as its place in the journal says.
        "mysql" => &["1"],
        _ => &[],
    };
    assert_eq!(place.column(ROWS).await.expect("the table"), kept);
    let again = place.migrator().step("fill", fill).step("clear", fill);
    again.upgrade(&place.url, "head").await.expect("it goes on from there");
    assert_eq!(place.column(ROWS).await.expect("the table"), ["1", "2", "3"]);
}

async fn what_fails_is_rolled_back(place: Place) {
    let migrator = with_call(&place).step("fill", |mut it| async move {
        it.execute("INSERT INTO notes VALUES (2, 'lost')").await?;
        Err("no more ink".into())
    });
    is_rolled_back(&place, &migrator, "rust fill: no more ink").await;
}

async fn a_panic_is_an_error(place: Place) {
    let migrator = with_call(&place).step("fill", |mut it| async move {
        it.execute("INSERT INTO notes VALUES (2, 'lost')").await?;
        panic!("the pen broke at {}", it.dialect());
    });
    is_rolled_back(&place, &migrator, "rust fill: it panicked: the pen broke at").await;
}

async fn nobody_knows_it(place: Place) {
    let migrator = with_call(&place).step("fil", fill);
    for refused in [
        migrator.plan(&place.url, "head").await.expect_err("no such step"),
        migrator.upgrade(&place.url, "head").await.expect_err("no such step"),
    ] {
        let text = format!("{refused:#}");
        assert!(text.contains("no Rust step is registered as `fill`; `fil` is"), "{text}");
    }
    assert_eq!(place.column(ROWS).await, None, "nothing was run");
}

async fn it_must_not_commit(place: Place) {
    let migrator = with_call(&place).step("fill", |mut it| async move {
        it.execute("COMMIT").await?;
        Ok(())
    });
    let error = migrator.upgrade(&place.url, "head").await.expect_err("it is seen");
    let text = format!("{error:#}");
    assert!(text.contains("the Rust step has ended the transaction"), "{text}");
    if place.kind() == "mysql" {
        // What changes a table commits, too.
        let migrator = with_call(&place).step("fill", |mut it| async move {
            it.execute("ALTER TABLE notes ADD COLUMN more INTEGER").await?;
            Ok(())
        });
        let error = migrator.upgrade(&place.url, "head").await.expect_err("it is seen");
        assert!(format!("{error:#}").contains("change rows only"), "{error:#}");
    }
}

async fn what_it_commits_within_is_rolled_back(place: Place) {
    let migrator = with_call(&place).step("fill", |mut it| async move {
        let sql = "INSERT INTO notes VALUES (2, 'lost')";
        match it.dialect() {
            "sqlite" => {
                let mut within = it.sqlite()?.begin().await?;
                sqlx::query(sql).execute(&mut *within).await?;
                within.commit().await?;
            }
            "postgres" => {
                let mut within = it.postgres()?.begin().await?;
                sqlx::query(sql).execute(&mut *within).await?;
                within.commit().await?;
            }
            _ => {
                let mut within = it.mysql()?.begin().await?;
                sqlx::query(sql).execute(&mut *within).await?;
                within.commit().await?;
            }
        }
        Err("second thoughts".into())
    });
    is_rolled_back(&place, &migrator, "second thoughts").await;
}

async fn it_must_give_back_its_transaction(place: Place) {
    static KEPT: OnceLock<Mutex<Vec<Transaction>>> = OnceLock::new();
    let migrator = with_call(&place).step("fill", |it| async move {
        KEPT.get_or_init(Mutex::default).lock().map_err(|error| error.to_string())?.push(it);
        Ok(())
    });
    let error = migrator.upgrade(&place.url, "head").await.expect_err("it is seen");
    let text = format!("{error:#}");
    assert!(text.contains("has kept the connection of its transaction"), "{text}");
}

async fn conditions_hold_for_it(place: Place) {
    place.write("aa", "", TABLE);
    let call = "-- autogen: upgrade\n-- autogen: step rust fill\n-- autogen: when FILL = yes\n";
    place.write("bb", "aa", call);
    let fill = |mut it: Transaction| async move {
        it.execute("INSERT INTO notes VALUES (1, 'rust')").await?;
        Ok(())
    };
    let bare = place.migrator();
    bare.upgrade(&place.url, "head").await.expect("nobody needs to know a step that is left out");
    assert_eq!(place.column(ROWS).await.expect("the table"), [""; 0]);
    place.write("cc", "bb", call);
    let migrator = place.migrator().step("fill", fill).x("FILL", "yes");
    migrator.upgrade(&place.url, "head").await.expect("it runs");
    assert_eq!(place.column(ROWS).await.expect("the table"), ["1"]);
}
