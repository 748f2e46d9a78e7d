//! What a graph of revisions costs, from a line of 100 to one of 10,000: everything grows with
//! the number, nothing with its square.
//!
//! `cargo bench --bench graph`; the files stand in a folder of 24-character slugs, as a project's
//! would.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::PathBuf;

use autogen::revision::{Graph, Identifier, Revision, Target, folder};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const SIZES: [usize; 3] = [100, 1_000, 10_000];

/// Every hundredth revision begins a side branch of ten, with a label, which is merged; every
/// thirtieth depends on one long before.
fn text(number: usize) -> String {
    let id = |number: usize| format!("{:012x}", number * 7_919_003);
    let mut text = format!("-- Add column {number}\n--\n-- Revision: {}\n", id(number));
    let parents: Vec<usize> = match (number, number % 100) {
        (0, _) => Vec::new(),
        // The side branch stands on what the main line went on from.
        (_, 50) => vec![number - 20],
        (_, 60) => vec![number - 1, number - 11],
        _ => vec![number - 1],
    };
    let parents: Vec<String> = parents.into_iter().map(id).collect();
    for (key, value) in
        [("Revises", parents.join(", ")), ("Created", "2026-01-01T00:00:00Z".into())]
    {
        if !value.is_empty() {
            let _ = writeln!(text, "-- {key}: {value}");
        }
    }
    if number % 100 == 50 {
        let _ = writeln!(text, "-- Labels: side{number}");
    }
    if number > 40 && number.is_multiple_of(30) {
        let _ = writeln!(text, "-- Depends on: {}", id(number - 40));
    }
    let _ = write!(
        text,
        "--\n-- Review\n--   + column t.c{number} TEXT NULL\n\n\
         -- autogen: upgrade\nALTER TABLE t ADD COLUMN c{number} TEXT;\n\n\
         -- autogen: downgrade\nALTER TABLE t DROP COLUMN c{number};\n"
    );
    text
}

fn folder_of(size: usize) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a folder");
    for number in 0..size {
        let name = format!("20260101_{number:06}_add_a_column_to_the_table.sql");
        std::fs::write(root.path().join(name), text(number)).expect("a file");
    }
    root
}

fn graph(criterion: &mut Criterion) {
    for size in SIZES {
        let root = folder_of(size);
        let folders: [PathBuf; 1] = [root.path().to_owned()];
        let revisions = folder::load(&folders).expect("the files read");
        let built = Graph::new(revisions.clone()).expect("the revisions fit");
        measure(criterion, size, &folders, &revisions, &built);
    }
}

fn measure(
    criterion: &mut Criterion,
    size: usize,
    folders: &[PathBuf],
    revisions: &[Revision],
    built: &Graph,
) {
    let none = BTreeSet::new();
    let half: BTreeSet<String> =
        built.revisions().iter().take(size / 2).map(|it| it.id.clone()).collect();
    let all: BTreeSet<String> = built.ids().map(str::to_owned).collect();
    let heads = Target::at(built.heads().into_iter().map(|it| it.id.clone()));
    let back = Identifier::parse(&format!("head-{}", size / 3)).expect("an identifier");

    let mut group = criterion.benchmark_group("graph");
    group.sample_size(10).throughput(Throughput::Elements(size as u64));
    let mut bench = |name: &str, work: &mut dyn FnMut()| {
        group.bench_function(BenchmarkId::new(name, size), |bencher| bencher.iter(&mut *work));
    };
    bench("load", &mut || drop(black_box(folder::load_graph(folders))));
    bench("build", &mut || drop(black_box(Graph::new(revisions.to_vec()))));
    bench("heads", &mut || drop(black_box((built.heads(), built.effective_heads()))));
    bench("current", &mut || drop(black_box(built.current(&half))));
    bench("upgrade", &mut || drop(black_box(built.upgrade_path(&half, &heads))));
    bench("downgrade", &mut || drop(black_box(built.downgrade_path(&all, &Target::default()))));
    bench("resolve", &mut || drop(black_box(built.resolve(&back, &none))));
    bench("labels", &mut || drop(black_box(built.branch_labels())));
    bench("late", &mut || drop(black_box(built.late(&half))));
    group.finish();
}

criterion_group!(benches, graph);
criterion_main!(benches);
