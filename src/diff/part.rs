//! Constraints and indexes. After [`align`](super::align) equal ones have equal names wherever the
//! model leaves the name open, so what is still unequal is a change: a rename when only the name
//! differs, a change in place where the database can make it, else the old goes and the new comes.

use crate::dialect::Dialect;
use crate::op::{Change, Part};
use crate::schema::Table;

use super::parts;

/// What goes before the columns change, and what comes or is renamed after.
pub(super) fn changes(
    old: &Table,
    new: &Table,
    dialect: &dyn Dialect,
) -> (Vec<Change>, Vec<Change>) {
    let mut gone: Vec<Part> = parts(old).collect();
    let mut come: Vec<Part> = parts(new).collect();
    come.retain(|part| take(&mut gone, |other| other == part).is_none());
    let after = come.into_iter().map(|part| {
        let bare = part.nameless();
        let renamed = take(&mut gone, |other| other.nameless() == bare);
        let same = |other: &Part| other.name() == part.name() && dialect.alters(other, &part);
        match renamed.or_else(|| take(&mut gone, same)) {
            Some(old) => Change::Rename { old, new: part },
            None => Change::Add(part),
        }
    });
    let after = after.collect();
    (gone.into_iter().map(Change::Drop).collect(), after)
}

fn take(parts: &mut Vec<Part>, test: impl Fn(&Part) -> bool) -> Option<Part> {
    let place = parts.iter().position(test)?;
    Some(parts.remove(place))
}
