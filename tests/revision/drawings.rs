//! Graphs as drawings and as documents: what is drawn stands beside each in `.out`.

use std::fmt::Write as _;
use std::path::Path;

use autogen::revision::document::{dot, mermaid};
use autogen::revision::draw::{Knot, draw};
use libtest_mimic::{Failed, Trial};

use crate::{Case, cases, compare, named, trial};

pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    let drawings = cases("fixtures/drawings", "txt").map(|path| trial("drawing", path, drawing));
    let tests: &'static [Case] =
        &[("ten_thousand_revisions_on_forty_branches_are_drawn_at_once", large)];
    let documents =
        cases("fixtures/documents", "txt").map(|path| trial("document", path, document));
    drawings.chain(documents).chain(named("drawing", tests))
}

fn drawing(path: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(path)?;
    let knots = knots(&text);
    let mut drawn = String::new();
    for (knot, strip) in knots.iter().zip(draw(&knots)) {
        strip.above.iter().try_for_each(|row| writeln!(drawn, "{row}"))?;
        let needs = knot.needs.iter().map(|id| format!("@{id}"));
        let ties = knot.parents.iter().map(|id| (*id).to_owned()).chain(needs);
        let ties = ties.collect::<Vec<_>>().join(" ");
        writeln!(drawn, "{}", format!("{}  {}: {ties}", strip.row, knot.id).trim_end())?;
        strip.below.iter().try_for_each(|row| writeln!(drawn, "{row}"))?;
    }
    compare(&drawn, &path.with_extension("out"))
}

fn knots(text: &str) -> Vec<Knot<'_>> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(knot).collect()
}

/// `id: parent parent @needed | title`.
fn knot(line: &str) -> Option<Knot<'_>> {
    let (line, title) = line.split_once('|').unwrap_or((line, ""));
    let (id, ties) = line.split_once(':')?;
    let (needs, parents): (Vec<_>, Vec<_>) =
        ties.split_whitespace().partition(|tie| tie.starts_with('@'));
    let needs = needs.into_iter().map(|tie| &tie[1..]).collect();
    let lines = [id, title.trim()].into_iter().filter(|line| !line.is_empty());
    Some(Knot { id, lines: lines.map(str::to_owned).collect(), parents, needs })
}

fn document(path: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(path)?;
    let knots = knots(&text);
    compare(&dot(&knots), &path.with_extension("dot"))?;
    compare(&mermaid(&knots), &path.with_extension("mmd"))
}

/// A drawing is as long as its revisions and as wide as its open branches.
fn large() -> Result<(), Failed> {
    const LONG: usize = 10_000;
    const WIDE: usize = 40;
    let ids: Vec<String> = (0..LONG).map(|number| format!("r{number}")).collect();
    let knots: Vec<Knot<'_>> = (0..LONG)
        .rev()
        .map(|at| Knot {
            id: &ids[at],
            parents: at.checked_sub(WIDE).map(|below| ids[below].as_str()).into_iter().collect(),
            ..Knot::default()
        })
        .collect();
    let strips = draw(&knots);
    let widest = strips.iter().map(|strip| strip.row.len()).max().unwrap_or_default();
    let marks = strips.iter().filter(|strip| strip.row.contains(['*', 'o'])).count();
    let rows: usize = strips.iter().map(|strip| strip.above.len() + strip.below.len()).sum();
    match (marks, widest, rows) {
        (LONG, width, 0) if width < 2 * WIDE => Ok(()),
        told => Err(format!("marks, width and further rows are {told:?}").into()),
    }
}
