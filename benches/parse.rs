//! What reading models costs beside the bare parse that no reader can do without.
//!
//! `cargo bench --bench parse`; `benches/compare` prints the ratio.

use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;

use autogen_model::Source;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// 1,000 structs, from the generator that `benches/compare` uses too.
fn generated() -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/support/models.py");
    let output = Command::new("python3").arg(script).output().expect("python3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the models are text")
}

fn parse(criterion: &mut Criterion) {
    let source = Arc::new(Source::new("models.rs", generated()));
    let (models, problems) = autogen_model::read(vec![source.clone()]);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(models.tables.len(), 1000);

    let mut group = criterion.benchmark_group("parse");
    group.sample_size(30).throughput(Throughput::Bytes(source.text.len() as u64));
    group.bench_function("bare", |bencher| {
        bencher.iter(|| syn::parse_file(black_box(&source.text)));
    });
    group.bench_function("models", |bencher| {
        bencher.iter(|| autogen_model::read(black_box(vec![source.clone()])));
    });
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
