//! The graph as lines of characters beside the rows of a list: a lane for each line of revisions,
//! newest on top.
//!
//! A lane waits for one revision. Where two wait for the same, the right one is led into the left
//! one at once, so that branches side by side need no more lanes than are open at a time.

use std::collections::BTreeMap;

/// A revision in a drawing or document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Knot<'a> {
    /// Its id.
    pub id: &'a str,
    /// What a document says of it, line by line.
    pub lines: Vec<String>,
    /// What it stands on.
    pub parents: Vec<&'a str>,
    /// What it depends on without standing on it.
    pub needs: Vec<&'a str>,
}

/// What stands left of the text of one revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strip {
    /// Rows of their own before it.
    pub above: Vec<String>,
    /// The row with its mark: `*`, or `o` for a base.
    pub row: String,
    /// What goes on beside further rows of its text.
    pub beside: String,
    /// Rows of their own after it.
    pub below: Vec<String>,
}

/// How a revision is tied to the one that its lane leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tie {
    /// It stands on it: `|`.
    Parent,
    /// It depends on it: `:`.
    Need,
}

/// What a lane waits for.
type Awaited = (usize, Tie);

/// A strip for each revision. They come in an order in which each stands above all it stands on;
/// what it stands on that is not among them is cut off with `~`.
pub fn draw(knots: &[Knot<'_>]) -> Vec<Strip> {
    let places: BTreeMap<&str, usize> =
        knots.iter().enumerate().map(|(at, knot)| (knot.id, at)).collect();
    let mut lanes = Lanes::default();
    let strip = |(at, knot): (usize, &Knot<'_>)| {
        let of = |ids: &[&str], tie: Tie| {
            let below = ids.iter().filter_map(|id| places.get(id)).filter(|below| **below > at);
            below.map(|below| (*below, tie)).collect::<Vec<_>>()
        };
        let mut ties = of(&knot.parents, Tie::Parent);
        let stands_on = ties.clone();
        let beside = of(&knot.needs, Tie::Need).into_iter();
        ties.extend(beside.filter(|(below, _)| stands_on.iter().all(|(known, _)| known != below)));
        let base = knot.parents.is_empty();
        lanes.strip(at, &ties, if base { 'o' } else { '*' }, !base && stands_on.is_empty())
    };
    knots.iter().enumerate().map(strip).collect()
}

#[derive(Default)]
struct Lanes {
    waiting: Vec<Option<Awaited>>,
}

impl Lanes {
    fn strip(&mut self, at: usize, ties: &[Awaited], mark: char, cut: bool) -> Strip {
        let mut strip = Strip::default();
        let own = self.arrive(at, &mut strip.above);
        let mut cells = self.cells();
        cells[2 * own] = mark;
        strip.row = text(cells);
        self.waiting[own] = ties.first().copied();
        strip.beside = text(self.cells());
        if cut {
            let mut cells = self.cells();
            cells[2 * own] = '~';
            strip.below.push(text(cells));
        }
        if matches!(self.waiting[own], Some((_, Tie::Need))) {
            strip.below.push(text(self.cells()));
        }
        for tie in [Tie::Parent, Tie::Need] {
            let more = ties.iter().skip(1).filter(|(_, own)| *own == tie);
            let opened: Vec<usize> = more.map(|awaited| self.open(own + 1, *awaited)).collect();
            strip.below.extend(self.fork(own, &opened, tie));
        }
        for awaited in ties {
            strip.below.extend(self.join(|lane| lane == *awaited));
        }
        while self.waiting.last().is_some_and(Option::is_none) {
            self.waiting.pop();
        }
        strip
    }

    /// The lane on which a revision stands: what waits for it, led together, or a new one.
    fn arrive(&mut self, at: usize, above: &mut Vec<String>) -> usize {
        above.extend(self.join(|(awaited, _)| awaited == at));
        let waits = |lane: &Option<Awaited>| lane.is_some_and(|(awaited, _)| awaited == at);
        match self.waiting.iter().position(waits) {
            Some(lane) => lane,
            None => self.open(0, (at, Tie::Parent)),
        }
    }

    /// Takes the first free lane from a place on.
    fn open(&mut self, from: usize, awaited: Awaited) -> usize {
        let free = (from..self.waiting.len()).find(|lane| self.waiting[*lane].is_none());
        let lane = free.unwrap_or(self.waiting.len());
        if lane == self.waiting.len() {
            self.waiting.push(None);
        }
        self.waiting[lane] = Some(awaited);
        lane
    }

    /// A row on which new lanes leave one to the right.
    fn fork(&self, own: usize, opened: &[usize], tie: Tie) -> Option<String> {
        let last = *opened.iter().max()?;
        let mut cells = self.cells();
        for lane in opened {
            let (slope, end) = if tie == Tie::Need { ('.', ':') } else { ('\\', ' ') };
            (cells[2 * lane - 1], cells[2 * lane]) = (slope, end);
        }
        fill(&mut cells[2 * own + 1..2 * last], if tie == Tie::Need { '.' } else { '-' });
        Some(text(cells))
    }

    /// A row on which all lanes that wait for such end in the leftmost of them.
    fn join(&mut self, such: impl Fn(Awaited) -> bool) -> Option<String> {
        let found = self.waiting.iter().enumerate();
        let found: Vec<usize> =
            found.filter(|(_, it)| it.is_some_and(&such)).map(|(lane, _)| lane).collect();
        let (first, ending) = found.split_first()?;
        let last = *ending.last()?;
        let needed = ending.iter().all(|lane| matches!(self.waiting[*lane], Some((_, Tie::Need))));
        ending.iter().for_each(|lane| self.waiting[*lane] = None);
        let mut cells = self.cells();
        for lane in ending {
            let (slope, end) = if needed { ('.', '\'') } else { ('/', ' ') };
            (cells[2 * lane - 1], cells[2 * lane]) = (slope, end);
        }
        fill(&mut cells[2 * first + 1..2 * last], if needed { '.' } else { '_' });
        Some(text(cells))
    }

    /// All lanes as they go down: each has a cell, and one before the next.
    fn cells(&self) -> Vec<char> {
        let signs = self.waiting.iter().map(|lane| match lane {
            Some((_, Tie::Parent)) => '|',
            Some((_, Tie::Need)) => ':',
            None => ' ',
        });
        signs.flat_map(|sign| [sign, ' ']).collect()
    }
}

/// What goes across passes under the lanes on its way.
fn fill(cells: &mut [char], sign: char) {
    cells.iter_mut().filter(|cell| **cell == ' ').for_each(|cell| *cell = sign);
}

fn text(cells: Vec<char>) -> String {
    let text: String = cells.into_iter().collect();
    text.trim_end().to_owned()
}
