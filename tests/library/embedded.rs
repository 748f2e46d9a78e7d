//! Revisions that a program carries.

use autogen::{Embedded, Migrator};
use libtest_mimic::Trial;

use super::{handles, service, support, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("embedded::all_files_are_carried", all_files_are_carried),
        trial("embedded::all_faults_are_told_at_once", all_faults_are_told_at_once),
        trial("embedded::it_runs_anywhere", it_runs_anywhere),
        trial("handles::listeners_hear", handles::listeners_hear),
    ]
}

const SET: Embedded = autogen::embed!("fixtures/library/migrations");

fn all_files_are_carried() {
    assert_eq!(SET.len(), 2);
    let migrator = Migrator::embedded(SET);
    let graph = migrator.graph().expect("it fits");
    let paths = graph.revisions().iter().map(|it| it.path.display().to_string());
    assert_eq!(
        paths.collect::<Vec<_>>(),
        ["fixtures/library/migrations/1_stories.sql", "fixtures/library/migrations/2_slugs.sql"]
    );
}

fn all_faults_are_told_at_once() {
    const BROKEN: Embedded = Embedded::new(
        &[
            ("m", "m/a.sql", "-- Revision: aa\n-- Revises: gone\n\n-- autogen: upgrade\n"),
            ("m", "m/b.sql", "-- Revision: bb\n-- Revises: lost\n\n-- autogen: upgrade\n"),
        ],
        &[],
    );
    let error = Migrator::embedded(BROKEN).check().expect_err("parents are missing");
    let text = error.to_string();
    assert!(text.contains("m/a.sql:2") && text.contains("m/b.sql:2"), "{text}");
}

/// Nothing is read from the disk: not the revisions, nor what they bind.
fn it_runs_anywhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("app.db").display());
    let run = async {
        service::migrator().upgrade(&url, "head").await?;
        let mut db = autogen::db::Database::connect(&url, &Default::default()).await?;
        let sql = "SELECT slug FROM stories ORDER BY id";
        let rows = db.query_text_rows(sql, &[]).await.map_err(autogen::Error::from)?;
        Ok::<_, autogen::Error>(rows.into_iter().flatten().flatten().collect::<Vec<_>>())
    };
    let slugs = support::runtime().block_on(run).expect("it runs");
    assert_eq!(slugs, ["first-story", "two"]);
}
