//! What is odd about a database, seen from the files: each in words, with the commands that mend it.

use std::collections::BTreeSet;

use autogen_model::{Diagnostic, Place};
use jiff::{SignedDuration, Timestamp};
use similar::TextDiff;

use super::ledger::{Damage, Entry, Stage, State};
use super::{Options, OutOfOrder};
use crate::revision::{self, Direction, Graph, Revision};

/// Something about the database and the files that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The file was edited after it was applied.
    Edited {
        /// The revision.
        id: String,
        /// The file.
        place: Place,
        /// What is known of the change: the lines of the downgrade that were taken out and put in.
        change: String,
    },
    /// No file has a revision that is applied.
    Unknown {
        /// The revision, as the ledger knows it.
        entry: Box<Entry>,
    },
    /// A revision is not applied although one that stands on it is.
    Late {
        /// The revision.
        id: String,
        /// The one that stands on it.
        above: String,
        /// The file.
        place: Place,
    },
    /// A revision is not applied although a younger one of another branch is.
    Older {
        /// The revision.
        id: String,
        /// The younger one.
        than: String,
        /// The file.
        place: Place,
    },
    /// A revision was begun and not finished.
    Half {
        /// The revision.
        id: String,
        /// The way it goes.
        direction: Direction,
        /// How many statements are done.
        done: usize,
    },
    /// A row of the ledger cannot be what autogen wrote.
    Damaged {
        /// The row.
        damage: Damage,
        /// The file of the revision that the row names.
        place: Option<Place>,
    },
}

impl Finding {
    /// The finding in words, with what to do about it.
    pub fn report(&self) -> Diagnostic {
        match self {
            Self::Edited { id, place, change } => {
                let message = format!("{id} was edited after it was applied");
                Diagnostic::new(message)
                    .at(place.clone(), "this revision")
                    .help(change.clone())
                    .help("bring the file back, and put the change into a new revision")
                    .help(format!("or accept the file as it is: `autogen repair --accept {id}`"))
            }
            Self::Unknown { entry } => unknown(entry),
            Self::Late { id, above, place } => {
                let message = format!("{id} is not applied, but {above}, which stands on it, is");
                Diagnostic::new(message)
                    .at(place.clone(), "this revision")
                    .help("it was put in below after the other was applied; upgrade applies it now")
                    .help(format!("if it was applied by hand: `autogen stamp {above}`"))
            }
            Self::Older { id, than, place } => {
                let message = format!("{id} is not applied, but {than}, which is younger, is");
                Diagnostic::new(message)
                    .at(place.clone(), "this revision")
                    .help(format!(
                        "it was merged late, from a branch of its own: upgrade applies it now, after \
                         {than}; a new database may get the two in the other order"
                    ))
                    .help("`out_of_order` under [upgrade] can be \"refuse\", or \"allow\" without a word")
            }
            Self::Half { id, direction, done } => {
                let word = direction.word();
                let message = format!("the {word} of {id} was begun and is not finished");
                Diagnostic::new(message)
                    .help(format!("{done} of its statements are committed"))
                    .help(format!("`{}` goes on from there", finish(*direction, id)))
            }
            Self::Damaged { damage, place } => damaged(damage, place.as_ref()),
        }
    }

    /// Whether someone who runs these revisions in this direction has to hear of it.
    pub(super) fn concerns_run(&self, ids: &BTreeSet<String>, direction: Direction) -> bool {
        match self {
            Self::Edited { .. } | Self::Unknown { .. } if direction == Direction::Upgrade => true,
            Self::Edited { id, .. } | Self::Late { id, .. } | Self::Older { id, .. } => {
                ids.contains(id)
            }
            Self::Unknown { .. } => false,
            Self::Half { .. } | Self::Damaged { .. } => true,
        }
    }

    /// Whether revisions would be applied in another order than that of their making.
    pub(super) fn is_out_of_order(&self) -> bool {
        matches!(self, Self::Late { .. } | Self::Older { .. })
    }
}

/// The command that goes on with a revision that was begun.
pub(super) fn finish(direction: Direction, id: &str) -> String {
    match direction {
        Direction::Upgrade => format!("autogen upgrade {id}"),
        Direction::Downgrade => format!("autogen downgrade {id}-1"),
    }
}

fn unknown(entry: &Entry) -> Diagnostic {
    let title = entry.message.lines().next().unwrap_or_default();
    let id = &entry.id;
    let message = format!("no file has {id}, which is applied: {title}");
    let report = Diagnostic::new(message.trim_end_matches(": "))
        .help("it may be on another branch of the repository, or in a newer release: fetch that");
    let report = match entry.has_downgrade() {
        true => {
            // A step down from it spares what else stands on its parent.
            let command = match entry.parents.as_slice() {
                [one, _, ..] => format!("autogen downgrade {one}"),
                _ => format!("autogen downgrade {id}-1"),
            };
            report.help(format!("undo it: `{command}`; the ledger keeps its downgrade"))
        }
        false => report.help("it cannot be undone: the ledger has no downgrade of it"),
    };
    report.help(format!(
        "if its file is gone for good and what it made is to stay: `autogen repair --forget {id}`"
    ))
}

fn damaged(damage: &Damage, place: Option<&Place>) -> Diagnostic {
    let id = match damage.id.as_str() {
        "" => "''",
        id => id,
    };
    let report = Diagnostic::new(format!("the ledger is damaged: {}", damage.what));
    match place {
        Some(place) if damage.is_applied => report
            .at(place.clone(), "this revision")
            .help(format!("write the row anew from the file: `autogen repair --accept {id}`")),
        Some(place) => report
            .at(place.clone(), "this revision")
            .help(format!("take the row away: `autogen repair --forget {id}`"))
            .help(format!(
                "then `autogen stamp {id}` if what it makes is there, or else `autogen upgrade`"
            )),
        None => report.help(format!("take the row away: `autogen repair --forget {id}`")),
    }
}

/// What is odd about a database, seen from the files.
pub(super) fn findings(
    graph: &Graph,
    state: &State,
    dialect: &str,
    options: &Options,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for damage in &state.damaged {
        let place = graph.get(&damage.id).map(Revision::place);
        findings.push(Finding::Damaged { damage: damage.clone(), place });
    }
    for entry in state.entries.values() {
        match graph.get(&entry.id) {
            Some(revision) => findings.extend(edited(entry, revision, dialect)),
            None => findings.push(Finding::Unknown { entry: Box::new(entry.clone()) }),
        }
        if let Stage::Half { direction, done, .. } = &entry.stage {
            let (direction, done) = (*direction, *done);
            findings.push(Finding::Half { id: entry.id.clone(), direction, done });
        }
    }
    if options.out_of_order != OutOfOrder::Allow {
        let late = late(graph, state);
        let below: BTreeSet<&str> = late.iter().map(|(id, _)| id.as_str()).collect();
        let older = older(graph, state, &below);
        let place = |id: &str| graph.get(id).map(Revision::place);
        findings.extend(late.iter().filter_map(|(id, above)| {
            Some(Finding::Late { id: id.clone(), above: above.clone(), place: place(id)? })
        }));
        findings.extend(
            older
                .into_iter()
                .filter_map(|(id, than)| Some(Finding::Older { place: place(&id)?, id, than })),
        );
    }
    findings
}

/// Of a half done revision the rest may be mended; the run checks what was done.
fn edited(entry: &Entry, revision: &Revision, dialect: &str) -> Option<Finding> {
    let same = entry.checksum == revision::checksum(revision, dialect);
    if same || entry.stage != Stage::Applied {
        return None;
    }
    let change = change(entry, revision, dialect);
    Some(Finding::Edited { id: entry.id.clone(), place: revision.place(), change })
}

/// So many lines of a change are shown.
const SHOWN: usize = 20;

/// What the ledger can tell of a change: it keeps the text of the downgrade alone.
fn change(entry: &Entry, revision: &Revision, dialect: &str) -> String {
    let text = |text: &str| {
        let lines = text.lines().map(|line| line.trim_end().to_owned() + "\n");
        lines.collect::<String>().trim().to_owned() + "\n"
    };
    let old = text(&entry.downgrade);
    let new = text(revision.side_text(Direction::Downgrade, dialect).unwrap_or_default());
    let diff = TextDiff::from_lines(&old, &new);
    let unified = diff.unified_diff().context_radius(1).to_string();
    let lines: Vec<&str> = unified.lines().filter(|line| !line.starts_with("@@")).collect();
    if lines.is_empty() || !entry.has_downgrade() {
        return "its upgrade was changed; the ledger keeps a checksum of that".to_owned();
    }
    let mut text = "its downgrade was changed:".to_owned();
    for line in lines.iter().take(SHOWN) {
        text.push_str("\n    ");
        text.push_str(line);
    }
    if lines.len() > SHOWN {
        text.push_str(&format!("\n    and {} lines more", lines.len() - SHOWN));
    }
    text
}

/// Revisions below applied ones that are not applied themselves, with the nearest above.
fn late(graph: &Graph, state: &State) -> Vec<(String, String)> {
    let applied = state.applied();
    let heads: Vec<String> = graph.current(&applied).iter().map(|it| it.id.clone()).collect();
    let below = graph.ancestors(&heads);
    let pending = graph.revisions().iter();
    let pending = pending.filter(|it| below.contains(&it.id) && !applied.contains(&it.id));
    pending
        .filter_map(|revision| {
            let above = graph.descendants(std::slice::from_ref(&revision.id));
            // The nearest above, in the order of the graph.
            let mut all = graph.revisions().iter();
            let above = all.find(|it| above.contains(&it.id) && applied.contains(&it.id))?;
            Some((revision.id.clone(), above.id.clone()))
        })
        .collect()
}

/// The clocks of two machines are no nearer than this.
const CLOCKS: SignedDuration = SignedDuration::from_mins(1);

/// Revisions that are not applied, with an applied one of another branch that was made later. What
/// has no common base is no branch of the same history.
fn older(graph: &Graph, state: &State, late: &BTreeSet<&str>) -> Vec<(String, String)> {
    let applied = state.applied();
    let mut pending: Vec<(&Revision, Timestamp)> = graph
        .revisions()
        .iter()
        .filter(|it| !applied.contains(&it.id) && !late.contains(it.id.as_str()))
        .filter_map(|it| Some((it, created(it)?)))
        .collect();
    let heads = graph.current(&applied).into_iter();
    let mut heads: Vec<_> = heads.filter_map(|it| Some((created(it)?, it))).collect();
    heads.sort_by(|one, two| (two.0, &two.1.id).cmp(&(one.0, &one.1.id)));
    let mut found = Vec::new();
    for (made, head) in heads {
        if pending.iter().all(|(_, other)| *other + CLOCKS >= made) {
            continue;
        }
        let id = std::slice::from_ref(&head.id);
        let below = graph.ancestors(id);
        let bases: Vec<String> = graph.bases().into_iter().map(|it| it.id.clone()).collect();
        let bases: Vec<String> = bases.into_iter().filter(|id| below.contains(id)).collect();
        let (kin, above) = (graph.descendants(&bases), graph.descendants(id));
        pending.retain(|(revision, other)| {
            let id = &revision.id;
            let is_older = *other + CLOCKS < made && kin.contains(id) && !above.contains(id);
            if is_older {
                found.push((id.clone(), head.id.clone()));
            }
            !is_older
        });
    }
    found
}

/// When a revision was made, as its file says.
fn created(revision: &Revision) -> Option<Timestamp> {
    let text = revision.created.as_deref()?;
    text.parse().ok().or_else(|| {
        let local: jiff::civil::DateTime = text.parse().ok()?;
        Some(local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })
}
