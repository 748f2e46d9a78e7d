//! The server, or the program, dies at any moment of an upgrade.

use libtest_mimic::Trial;

use super::binary::started;
use super::history::{self, STATEMENTS};
use super::servers;
use super::support::Project;
use super::throwaway::Server;
use autogen::runner;

/// How often the server dies, and how often the program, on each of the servers of the default tier
/// and on others.
const TIMES: [(u32, u32); 2] = [(15, 50), (6, 20)];

pub(crate) fn trials(server: &servers::Server) -> Vec<Trial> {
    let usual = ["mysql97", "mariadb1011"].contains(&server.name());
    let (servers, clients) = TIMES[usize::from(!usual)];
    let name = server.name();
    [("a_server", servers, true), ("a_client", clients, false)]
        .map(|(who, times, kills)| {
            let title = format!("{name}::own::{who}_that_dies_repeats_and_skips_nothing");
            Trial::test(title, move || {
                let mut server = Server::new(name, &[])?;
                server.start();
                super::runtime().block_on(die(&mut server, times, kills));
                Ok(())
            })
        })
        .into()
}

/// Another seed gives other moments: `AUTOGEN_SEED=7`.
fn seed() -> u64 {
    std::env::var("AUTOGEN_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_121)
}

/// A number between 0 and 1 for each turn of each seed (splitmix64).
#[expect(clippy::cast_precision_loss, reason = "any moment will do")]
fn moment(turn: u32) -> f64 {
    let mut mixed = seed().wrapping_add(u64::from(turn + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

async fn die(server: &mut Server, times: u32, kills_server: bool) {
    let project = Project::at(&server.url("mysql"));
    project.execute("CREATE DATABASE killed").await;
    let project = project.through(&server.url("killed"));
    history::revision(&project);
    let whole = std::time::Instant::now();
    let mut child = started(&project, &["upgrade", "head"]);
    assert!(child.wait().expect("it ends").success(), "all of it, to know how long it takes");
    let whole = whole.elapsed();
    let there = history::timeless(&project).await;
    let (mut cut, mut in_doubt) = (0, 0);
    for time in 0..times {
        history::clean(&project).await;
        let mut child = started(&project, &["upgrade", "head"]);
        std::thread::sleep(whole.mul_f64(moment(time)));
        if kills_server {
            server.kill();
            child.wait().expect("it ends");
            server.start();
        } else {
            child.kill().expect("it is ours");
            child.wait().expect("it ends");
        }
        if let Some((done, doubt)) = history::position(&project).await {
            assert!(done <= STATEMENTS.len(), "time {time}");
            cut += 1;
            in_doubt += u32::from(doubt);
            explained(&project, done).await;
        }
        project.upgrade().await.unwrap_or_else(|error| panic!("time {time}: {error}"));
        assert_eq!(history::timeless(&project).await, there, "time {time}, seed {}", seed());
    }
    assert!(cut > times / 3, "only {cut} of {times} runs were cut short");
    assert!(in_doubt > 0, "no run was cut short within a statement");
}

/// Whoever looks is told what is half done.
async fn explained(project: &Project, done: usize) {
    let mut db = project.db().await;
    let status = runner::status(&mut db, &project.graph(), &project.options).await;
    let findings = status.expect("the ledger is whole").findings;
    let said: Vec<String> = findings.iter().map(|it| it.report().message).collect();
    let expected: &[&str] = match (done, said.len()) {
        // It was not begun, as far as anybody knows.
        (0, 0) => &[],
        _ => &["the upgrade of a1 was begun and is not finished"],
    };
    assert_eq!(said, expected);
}
