//! Constraints and indexes.

use super::super::render;
use super::{ALL, KEEP, READERS, READERS_ALONE, Seen, UPKEEP};
use crate::dialect::Work;
use crate::op::Part;
use crate::schema::{Name, Options, PrimaryKey};

const CONCURRENTLY: &str = "build with `concurrently`, so that others write meanwhile";
const NOT_VALID: &str = "add as NOT VALID, and validate in a later revision";
const INDEX_FIRST: &str =
    "build a unique index with `concurrently` first, then ADD CONSTRAINT .. USING INDEX by hand";

fn flag(options: &Options, key: &str) -> bool {
    options.get(key).is_some_and(|value| value == "true")
}

/// Old rows are not looked at.
fn unchecked(options: &Options) -> bool {
    flag(options, "not_valid") || flag(options, "not_enforced")
}

impl Seen<'_> {
    fn what(&self, table: &Name, part: &Part) -> String {
        format!("{} on {table}", part.name().unwrap_or("a constraint"))
    }

    pub(super) fn add(&mut self, table: &Name, part: &Part) {
        let what = self.what(table, part);
        match part {
            Part::Unique(_) => {
                self.build_key(table);
                self.safer(INDEX_FIRST, what);
            }
            Part::Exclude(_) => self.family(table, ALL, Work::Build),
            Part::Check(check) => {
                let work = if unchecked(&check.options) { Work::None } else { Work::Scan };
                match flag(&check.options, "no_inherit") {
                    true => self.lock(table, ALL, work),
                    false => self.family(table, ALL, work),
                }
                if work == Work::Scan {
                    self.safer(NOT_VALID, what);
                }
            }
            Part::ForeignKey(key) => {
                let work = if unchecked(&key.options) { Work::None } else { Work::Scan };
                let vacant = key.columns.iter().any(|it| self.state.is_vacant(table, it));
                let simple = key.matching.is_none();
                self.family(table, READERS_ALONE, work);
                // Without values there is nothing to look for.
                let looked = if vacant && simple { Work::None } else { work };
                self.family(&key.table, READERS_ALONE, looked);
                if work == Work::Scan
                    && (self.postgres.version >= 18 || !self.state.is_partitioned(table))
                {
                    self.safer(NOT_VALID, what);
                }
            }
            Part::Index(index) if flag(&index.options, "concurrently") => {
                self.lock(table, UPKEEP, Work::Build);
                self.note(format!(
                    "{} waits for every transaction that runs; if it fails, run the upgrade again",
                    index.name
                ));
            }
            Part::Index(_) => {
                self.family(table, READERS, Work::Build);
                if !self.state.is_partitioned(table) {
                    self.safer(CONCURRENTLY, what);
                }
            }
        }
    }

    /// The index of a key; before 18 those of partitions are built while others read.
    fn build_key(&mut self, table: &Name) {
        let partitioned = self.state.is_partitioned(table);
        let parts = if partitioned && self.postgres.version < 18 { READERS } else { ALL };
        self.lock(table, ALL, Work::None);
        self.family(table, parts, Work::Build);
    }

    pub(super) fn drop(&mut self, table: &Name, part: &Part) {
        match part {
            Part::Index(index) if flag(&index.options, "concurrently") => {
                self.lock(table, UPKEEP, Work::None);
            }
            Part::ForeignKey(key) => {
                self.family(table, ALL, Work::None);
                self.family(&key.table, ALL, Work::None);
            }
            _ => self.family(table, ALL, Work::None),
        }
    }

    /// It changes its name, and what can change where it stands; otherwise it goes and comes.
    pub(super) fn alter_part(&mut self, table: &Name, old: &Part, new: &Part) {
        if !render::alters(old, new) {
            self.drop(table, old);
            return self.add(table, new);
        }
        let renamed = old.name() != new.name();
        match (old, new) {
            // The index is locked, and its table is not.
            (Part::Index(_), _) => {}
            (Part::ForeignKey(before), Part::ForeignKey(after)) => {
                if renamed || before.deferral != after.deferral {
                    self.lock(table, ALL, Work::None);
                }
                let enforced = |options: &Options| !flag(options, "not_enforced");
                match (enforced(&before.options), enforced(&after.options)) {
                    (false, true) => {
                        self.family(table, ALL, Work::Scan);
                        self.family(&after.table, READERS_ALONE, Work::Scan);
                    }
                    (true, false) => {
                        self.family(table, ALL, Work::None);
                        self.family(&after.table, ALL, Work::None);
                    }
                    _ => {}
                }
            }
            _ if renamed => self.family(table, ALL, Work::None),
            _ => {}
        }
        if unchecked(options(old)) && !unchecked(options(new)) {
            self.validate(table, new);
        }
    }

    pub(super) fn validate(&mut self, table: &Name, part: &Part) {
        self.family(table, UPKEEP, Work::Scan);
        if let Part::ForeignKey(key) = part {
            self.family(&key.table, KEEP, Work::Scan);
        }
    }

    pub(super) fn primary_key(
        &mut self,
        table: &Name,
        old: Option<&PrimaryKey>,
        new: Option<&PrimaryKey>,
    ) {
        match (old, new) {
            (Some(old), Some(new)) if render::alters_key(old, new) => {
                // Only its name is the table's; its index is altered by itself.
                if old.name != new.name {
                    self.family(table, ALL, Work::None);
                }
            }
            (_, Some(_)) => {
                if old.is_some() {
                    self.family(table, ALL, Work::None);
                }
                self.build_key(table);
                self.safer(INDEX_FIRST, format!("the primary key of {table}"));
            }
            (_, None) => self.family(table, ALL, Work::None),
        }
    }
}

fn options(part: &Part) -> &Options {
    match part {
        Part::Unique(it) => &it.options,
        Part::Check(it) => &it.options,
        Part::ForeignKey(it) => &it.options,
        Part::Exclude(it) => &it.options,
        Part::Index(it) => &it.options,
    }
}
