//! The law of drawings: whoever follows the lines with a finger finds the edges of the graph.

use std::collections::BTreeSet;

use autogen::revision::draw::{Knot, Strip, draw};
use libtest_mimic::{Failed, Trial};

use crate::{Case, named};

pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    let tests: &'static [Case] = &[("the_lines_are_the_edges", edges_are_found)];
    named("drawing", tests)
}

/// From above to below, and whether it is dotted.
type Edge = (usize, usize, bool);

fn edges_are_found() -> Result<(), Failed> {
    const GRAPHS: u64 = 3_000;
    let ids: Vec<String> = (0..40).map(|number| number.to_string()).collect();
    for seed in 0..GRAPHS {
        let edges = random(seed);
        let of = |at: usize, dotted: bool| -> Vec<&str> {
            let own = edges.iter().filter(|edge| edge.0 == at && edge.2 == dotted);
            own.map(|edge| ids[edge.1].as_str()).collect()
        };
        let size = 1 + edges.iter().map(|edge| edge.0.max(edge.1)).max().unwrap_or_default();
        let knots: Vec<Knot<'_>> = (0..size)
            .map(|at| Knot {
                id: &ids[at],
                lines: Vec::new(),
                parents: of(at, false),
                needs: of(at, true),
            })
            .collect();
        let strips = draw(&knots);
        if traced(&strips) != edges {
            let rows =
                strips.iter().flat_map(|it| it.above.iter().chain([&it.row]).chain(&it.below));
            let drawing = rows.cloned().collect::<Vec<_>>().join("\n");
            return Err(format!("{edges:?}\nis not\n{:?}\n{drawing}", traced(&strips)).into());
        }
    }
    Ok(())
}

/// Edges lead downwards, to at most three parents, seldom to a dependency. No pair has two.
fn random(seed: u64) -> BTreeSet<Edge> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut throw = |sides: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap_or_default() % sides
    };
    let (size, reach) = (2 + throw(30), 1 + throw(9));
    let mut edges = BTreeSet::new();
    for at in 0..size - 1 {
        for _ in 0..[0, 1, 1, 1, 1, 2, 2, 3][throw(8)] {
            let below = (at + 1 + throw(reach)).min(size - 1);
            let dotted = throw(6) == 0;
            if !edges.contains(&(at, below, !dotted)) {
                edges.insert((at, below, dotted));
            }
        }
    }
    edges
}

/// What a lane carries: the revisions that its line comes from, dotted or not.
type Lane = BTreeSet<(usize, bool)>;

fn traced(strips: &[Strip]) -> BTreeSet<Edge> {
    let mut lanes: Vec<Lane> = vec![Lane::new(); 200];
    let mut found = BTreeSet::new();
    for (at, strip) in strips.iter().enumerate() {
        strip.above.iter().for_each(|row| follow(row, None, &mut lanes));
        let own = strip.row.find(['*', 'o']).unwrap_or_default() / 2;
        found.extend(std::mem::take(&mut lanes[own]).into_iter().map(|(from, it)| (from, at, it)));
        match strip.beside.chars().nth(2 * own) {
            Some('|') => lanes[own] = Lane::from([(at, false)]),
            Some(':') => lanes[own] = Lane::from([(at, true)]),
            _ => {}
        }
        strip.below.iter().for_each(|row| follow(row, Some(at), &mut lanes));
    }
    found
}

/// Follows one row of connections. Each leads to, or comes from, the lane where its line begins on
/// the left.
fn follow(row: &str, from: Option<usize>, lanes: &mut [Lane]) {
    let cells: Vec<char> = row.chars().chain(" ".repeat(4).chars()).collect();
    let Some(first) = (1..cells.len()).step_by(2).find(|cell| cells[*cell] != ' ') else { return };
    let left = first / 2;
    for gap in (first..cells.len()).step_by(2) {
        let lane = gap / 2 + 1;
        let end = cells.get(gap + 1).copied().unwrap_or(' ');
        match (cells[gap], end, lanes[lane].is_empty()) {
            ('\\', ..) => lanes[lane].extend(from.map(|from| (from, false))),
            ('.', ':', true) => lanes[lane].extend(from.map(|from| (from, true))),
            ('/', ..) | ('.', '\'', _) => {
                let ended = std::mem::take(&mut lanes[lane]);
                lanes[left].extend(ended);
            }
            _ => {}
        }
    }
}
