//! `fixtures/chains`, whose revisions the program writes, run by a script from base to head.

use std::path::PathBuf;

use super::client::Place;
use super::project::{Project, fixture, is_told, same};

/// The chains whose models are for such a database.
pub(crate) fn of(place: &Place) -> &'static [&'static str] {
    match place {
        Place::Postgres(_) => &["names", "parts", "shop", "types"],
        Place::Sqlite | Place::Mysql(_) => &["shop"],
    }
}

/// What revisions do that were written and run one after the other, one script does.
pub(crate) fn same_end(place: &Place, chain: &str) -> Result<(), String> {
    let (by_runs, by_script) = (place.database()?, place.database()?);
    let project = Project::new(place.dialect())?;
    let root = fixture("chains").join(chain);
    let states: Vec<PathBuf> =
        (1..).map(|at| root.join(format!("{at}.rs"))).take_while(|path| path.exists()).collect();
    for state in &states {
        let args = std::fs::read_to_string(state.with_extension("args")).unwrap_or_default();
        std::fs::copy(state, project.path("models.rs")).map_err(|it| it.to_string())?;
        let flags: Vec<&str> = args.split_whitespace().collect();
        project.autogen(&[&["revision", "-m", "next"], &flags[..]].concat(), Some(&by_runs.url))?;
        project.autogen(&["upgrade", "head"], Some(&by_runs.url))?;
    }
    by_script.run(&project.script(&["upgrade"])?)?;
    same(&by_runs, &by_script, &[])?;
    is_told(&by_script)?;
    project.autogen(&["check"], Some(&by_script.url))?;
    by_script.run(&project.script(&["downgrade", "head:base"])?)?;
    project.autogen(&["downgrade", "base"], Some(&by_runs.url))?;
    same(&by_runs, &by_script, &[])
}
