//! Data from outside: files, variables, conditions, batches.

use super::support::{Heard, Project, refused, says};

const FAVORITES: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE favorites (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id),
    preset TEXT NOT NULL
);";

fn project(seed: &str) -> Project {
    let project = Project::new();
    project.revision("a1", "", FAVORITES, "DROP TABLE favorites;\nDROP TABLE users;");
    project.revision("b2", "a1", seed, "DELETE FROM favorites;");
    project
}

#[tokio::test]
async fn a_json_file_becomes_parent_and_child_rows() {
    let project = project(
        "-- autogen: bind data = file(\"data/favorites.json\")
INSERT INTO users (name) SELECT DISTINCT value ->> 'user' FROM json_each(:data) WHERE true
    ON CONFLICT (name) DO NOTHING;
-- autogen: bind data = file(\"data/favorites.json\")
INSERT INTO favorites (user_id, preset)
SELECT users.id, value ->> 'preset' FROM json_each(:data) JOIN users ON users.name = value ->> 'user';",
    );
    std::fs::create_dir(project.path("data")).expect("a folder");
    project.write(
        "data/favorites.json",
        r#"[{"user": "Ada", "preset": "it's loud"}, {"user": "Ada", "preset": "é"}, {"user": "Bo", "preset": "x"}]"#,
    );
    project.upgrade_to("a1", &mut ()).await.expect("the tables");
    project.execute("INSERT INTO users (name) VALUES ('Bo')").await;
    project.upgrade().await.expect("the rows");
    let rows =
        "SELECT name, preset FROM favorites JOIN users ON users.id = user_id ORDER BY preset";
    assert_eq!(project.one(rows).await, "Ada|it's loud\nBo|x\nAda|é");
}

#[tokio::test]
async fn a_missing_file_is_found_before_anything_runs() {
    let seed = "-- autogen: bind data = file(\"data/none.json\")\nSELECT :data;";
    let project = project(seed);
    says(&refused(project.upgrade().await), &["b2.sql:7: cannot read", "data/none.json"]);
    assert_eq!(project.dump().await, "");
}

#[tokio::test]
async fn all_that_is_missing_is_said_in_one_run() {
    let mut project = project(
        "-- autogen: bind a = env(\"ADMIN_MAIL\")
-- autogen: bind b = x(\"admin\")
INSERT INTO users (name) VALUES (:a), (:b);",
    );
    project.options.inputs.environment.insert("ADMIN_MAUL".into(), "a@b".into());
    says(
        &refused(project.upgrade().await),
        &[
            "ADMIN_MAIL is not set",
            "`ADMIN_MAUL` is set",
            "no value was given for admin",
            "-x admin=",
        ],
    );
    project.options.inputs.environment.insert("ADMIN_MAIL".into(), "a@b".into());
    project.options.inputs.x.insert("admin".into(), "root".into());
    project.upgrade().await.expect("both are set");
    assert_eq!(project.one("SELECT name FROM users ORDER BY id").await, "a@b\nroot");
}

#[tokio::test]
async fn seeds_run_only_where_they_are_meant_to() {
    const SEED: &str = "INSERT INTO users (name) VALUES ('everywhere');
-- autogen: when ENVIRONMENT = development
-- autogen: bind data = file(\"only-in-development.json\")
INSERT INTO users (name) VALUES (:data);";
    for (variable, given, expected) in [
        (None, None, "everywhere"),
        (Some("production"), None, "everywhere"),
        (Some("development"), None, "everywhere\nseed"),
        (Some("development"), Some("production"), "everywhere"),
        (None, Some("development"), "everywhere\nseed"),
    ] {
        let mut project = project(SEED);
        let inputs = &mut project.options.inputs;
        let pair = |value: &str| ("ENVIRONMENT".to_owned(), value.to_owned());
        inputs.environment.extend(variable.map(pair));
        inputs.x.extend(given.map(pair));
        if expected.ends_with("seed") {
            project.write("only-in-development.json", "seed");
        }
        project.upgrade().await.expect("the file is needed only where it is used");
        let names = project.one("SELECT name FROM users ORDER BY id").await;
        assert_eq!(names, expected, "{variable:?} {given:?}");
    }
}

#[tokio::test]
async fn a_repeated_statement_works_in_batches() {
    let project = project(
        "ALTER TABLE users ADD COLUMN done INTEGER;
-- autogen: repeat
UPDATE users SET done = 1 WHERE id IN (SELECT id FROM users WHERE done IS NULL LIMIT 3);",
    );
    project.upgrade_to("a1", &mut ()).await.expect("the tables");
    project
        .execute("INSERT INTO users (name) SELECT value FROM json_each('[1,2,3,4,5,6,7,8]')")
        .await;
    let mut heard = Heard::default();
    project.upgrade_to("b2", &mut heard).await.expect("the batches");
    assert_eq!(heard.lines, ["start b2", "batch 3", "batch 3", "batch 2", "batch 0", "done b2"]);
    assert_eq!(project.one("SELECT count(*) FROM users WHERE done = 1").await, "8");
}

#[tokio::test]
async fn repeat_and_bind_are_refused_where_they_make_no_sense() {
    let repeated = project("-- autogen: repeat\nCREATE TABLE t (n INTEGER);");
    says(&refused(repeated.upgrade().await), &["b2.sql:7", "a statement that changes rows"]);
    let reading = "-- autogen: repeat\nWITH one AS (SELECT 1) SELECT * FROM one;";
    says(
        &refused(project(reading).upgrade().await),
        &["b2.sql:8", "a statement that changes rows"],
    );
    let idle = project("-- autogen: bind data = x(\"data\")\nDELETE FROM users;");
    says(&refused(idle.upgrade().await), &["b2.sql:7", "no parameter `:data`"]);
}
