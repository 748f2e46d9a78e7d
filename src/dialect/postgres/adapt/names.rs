//! Names of indexes and constraints that wait for one another.

use std::collections::{BTreeMap, BTreeSet};

use super::Work;
use super::indexes::aside;
use crate::op::{Change, Op, Part};
use crate::schema::{Name, Schema};

/// Where each takes the name that another gives up, all around, one steps aside first.
pub(super) fn apart(work: &mut Work, schema: &Schema) {
    let mut renames: BTreeMap<Place, (usize, Place)> = BTreeMap::new();
    for (at, op) in work.open.iter().enumerate() {
        if let Some(Op::Alter { table, change: Change::Rename { old, new } }) = op
            && old.name() != new.name()
        {
            renames.insert(Place::of(table, old), (at, Place::of(table, new)));
        }
    }
    // Each name is given up once and taken once, so there are rows of renames and rings of them.
    let mut seen = BTreeSet::new();
    for (start, (at, _)) in &renames {
        let mut place = start;
        while let Some((_, next)) = renames.get(place).filter(|_| seen.insert(place)) {
            place = next;
            if place == start {
                step_aside(work, *at, schema);
            }
        }
    }
}

fn step_aside(work: &mut Work, at: usize, schema: &Schema) {
    let Some(Op::Alter { table, change: Change::Rename { old, new } }) = work.open[at].take()
    else {
        return;
    };
    let between = old.named(&aside(old.name().unwrap_or_default(), schema));
    work.before(&table, Change::Rename { old, new: between.clone() });
    work.open[at] = Some(Op::Alter { table, change: Change::Rename { old: between, new } });
}

/// A name where it is unique: that of an index in its namespace, any other in its table.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    schema: Option<String>,
    table: Option<String>,
    name: String,
}

impl Place {
    fn of(table: &Name, part: &Part) -> Self {
        let own = matches!(part, Part::Check(_) | Part::ForeignKey(_));
        Self {
            schema: table.schema.clone(),
            table: own.then(|| table.name.clone()),
            name: part.name().unwrap_or_default().to_owned(),
        }
    }
}
