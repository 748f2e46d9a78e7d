//! Projects whose names live in another namespace than `public`.

use super::binary::{autogen, said};
use super::support::{Project, says};
use super::tests;

tests!(the_first_schema_is_home, the_url_may_say_where_home_is);

const MODELS: &str = "#[derive(Table)]
#[table(check(name = \"ck_note\", expr = \"mood <> 'sad'::app.mood OR id > 0\"))]
struct Note {
    #[column(primary_key)]
    id: i64,
    #[column(default = \"'ok'::app.mood\")]
    mood: Mood,
}

#[sqlx(rename_all = \"snake_case\")]
enum Mood {
    Ok,
    Sad,
}
";

/// Made, found as it should be, changed, undone: all of it at home, which is made as well.
async fn lives(project: &Project, url: &str) {
    project.write("models.rs", MODELS);
    let run = |arguments: &[&str]| said(&autogen(project, url, arguments).output().expect("runs"));
    run(&["revision", "-m", "First"]);
    run(&["upgrade"]);
    says(&run(&["check"]), &["In sync"]);
    says(&run(&["check", "--scratch"]), &["In sync"]);
    let homes = "SELECT string_agg(DISTINCT n.nspname, ' ') FROM pg_class c JOIN pg_namespace n \
                 ON n.oid = c.relnamespace WHERE c.oid >= 16384 AND n.nspname !~ '^pg_'";
    assert_eq!(project.one(homes).await, "app");
    project.write("models.rs", &MODELS.replace("    Ok,\n", "    Ok,\n    Fine,\n"));
    run(&["revision", "-m", "Second"]);
    run(&["upgrade"]);
    says(&run(&["check"]), &["In sync"]);
    run(&["downgrade", "base"]);
    assert_eq!(project.one("SELECT count(*) FROM pg_type WHERE typtype = 'e'").await, "0");
}

async fn the_first_schema_is_home(project: Project) {
    project.write("autogen.toml", "models = [\"models.rs\"]\n[database]\nschemas = [\"app\"]\n");
    lives(&project, &project.url).await;
}

async fn the_url_may_say_where_home_is(project: Project) {
    project.write("autogen.toml", "models = [\"models.rs\"]\n");
    let url = format!("{}?options=-c%20search_path%3Dapp", project.url);
    lives(&project, &url).await;
}
