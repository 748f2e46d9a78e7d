//! From where to where a script leads, told by the files alone.

use std::collections::BTreeSet;

use super::{position, refused};
use crate::error::{Error, Kind, Result};
use crate::revision::{Anchor, Direction, Graph, Identifier, Selection, Target};

/// From where to where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// The revisions that the database is at; none for the base.
    pub start: Vec<String>,
    /// Where it is to be.
    pub target: Target,
}

/// What a user's words mean where no database tells what is applied: an end that is counted starts
/// from what the other end names, and an upgrade from the base where nothing else is said.
pub fn range(graph: &Graph, selection: &Selection, direction: Direction) -> Result<Range> {
    let word = direction.word();
    let (start, end) = match (selection, direction) {
        (Selection::One(end), Direction::Upgrade) => (None, Some(end)),
        (Selection::Range(start, end), Direction::Upgrade) => (start.as_ref(), end.as_ref()),
        (Selection::Range(Some(start), Some(end)), Direction::Downgrade) => {
            (Some(start), Some(end))
        }
        (_, Direction::Downgrade) => {
            let message = "a script that undoes revisions needs both ends, as in `head:base`";
            return Err(Error::new(Kind::Usage, message)
                .help("only the database knows from where, and a script is written without it")
                .help(format!("`autogen {word} --sql head:-1` undoes the newest revision")));
        }
    };
    for end in [start, end].into_iter().flatten() {
        if end.anchor == Anchor::Current {
            return Err(unknown());
        }
    }
    let counted = |it: &Identifier| it.anchor == Anchor::Relative;
    if let (Some(first), Some(last)) = (start, end)
        && counted(first)
        && !counted(last)
    {
        let (start, target) = graph.resolve_range(Some(first), end, &BTreeSet::new())?;
        return Ok(Range { start: start.revisions, target });
    }
    let start = self::start(graph, start)?;
    let target = match end {
        Some(end) => graph.resolve(end, &graph.ancestors(&start))?,
        None => Target::at(graph.heads().into_iter().map(|head| head.id.as_str())),
    };
    Ok(Range { start, target })
}

/// The revisions at which a script begins.
pub fn start(graph: &Graph, word: Option<&Identifier>) -> Result<Vec<String>> {
    match word {
        Some(word) if word.anchor == Anchor::Current => Err(unknown()),
        Some(word) => Ok(graph.resolve(word, &BTreeSet::new())?.revisions),
        None => Ok(Vec::new()),
    }
}

fn unknown() -> Error {
    Error::new(Kind::Usage, "`current` is known to the database alone, and a script has none")
        .help("name the revision that the database is at; `autogen current` says it")
}

impl Range {
    pub(super) fn leads_nowhere(&self, direction: Direction) -> Error {
        let (start, end) = (position(&self.start), position(&self.target.revisions));
        let message = match direction {
            Direction::Upgrade => format!("no upgrade leads from {start} to {end}"),
            Direction::Downgrade => format!("no downgrade leads from {start} to {end}"),
        };
        refused(message).help(match direction {
            Direction::Upgrade => "the older revision comes first, as in `3f2a:head`",
            Direction::Downgrade => "the newer revision comes first, as in `head:3f2a`",
        })
    }
}
