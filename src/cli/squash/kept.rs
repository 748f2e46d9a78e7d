//! The statements of several revisions as those of one, in order, each revision a step.

use std::fmt::Write as _;

use crate::error::{Error, Kind, Result};
use crate::revision::{Direction, Revision};

/// The sides of the file, for these dialects; a single one is not named.
pub(super) fn sides(members: &[&Revision], dialects: &[&str]) -> Result<String> {
    let mut text = String::new();
    for direction in [Direction::Upgrade, Direction::Downgrade] {
        for dialect in dialects {
            let name = if dialects.len() > 1 { format!(" {dialect}") } else { String::new() };
            let body = match direction {
                Direction::Upgrade => there(members, dialect),
                Direction::Downgrade => back(members, dialect)?,
            };
            // Writing to a string cannot fail.
            let _ = write!(text, "\n-- autogen: {}{name}\n{body}", direction.word());
        }
    }
    Ok(text)
}

/// Why a revision cannot be undone, where it cannot.
pub(super) fn one_way(revision: &Revision, dialect: &str) -> Result<Option<String>> {
    let side = revision.side(Direction::Downgrade, dialect);
    let side = side.map_err(|reports| Error::from_reports(Kind::Revision, reports))?;
    Ok(match side {
        None => Some(format!("{} has no downgrade", revision.id)),
        Some(side) => side.irreversible.map(|why| format!("{}: {why}", revision.id)),
    })
}

/// Why the whole cannot be undone: because a part of it cannot.
pub(super) fn all_one_way(members: &[&Revision], dialect: &str) -> Result<Option<String>> {
    let why = members.iter().map(|it| one_way(it, dialect)).collect::<Result<Vec<_>>>()?;
    let why: Vec<String> = why.into_iter().flatten().collect();
    Ok((!why.is_empty()).then(|| why.join("; ")))
}

fn there(members: &[&Revision], dialect: &str) -> String {
    joined(members.iter().copied(), Direction::Upgrade, dialect)
}

fn back(members: &[&Revision], dialect: &str) -> Result<String> {
    Ok(match all_one_way(members, dialect)? {
        Some(why) => {
            let why = why.replace('\\', "\\\\").replace('"', "\\\"");
            format!("-- autogen: irreversible \"{why}\"\n")
        }
        None => joined(members.iter().rev().copied(), Direction::Downgrade, dialect),
    })
}

fn joined<'a>(
    members: impl Iterator<Item = &'a Revision>,
    direction: Direction,
    dialect: &str,
) -> String {
    let parts = members.filter_map(|revision| {
        let text = revision.side_text(direction, dialect)?.trim();
        let title = revision.title();
        let comma = if title.is_empty() { "" } else { ", " };
        (!text.is_empty()).then(|| format!("-- {}{comma}{title}\n{text}\n", revision.id))
    });
    parts.collect::<Vec<_>>().join("\n-- autogen: step\n")
}
