//! What each op locks on MySQL and MariaDB, what it does meanwhile, and what to know of it: from the
//! same rules by which statements say how they are to be made, held against servers by `tests/locks`.

pub(super) mod algorithm;
mod retype;

use super::Mysql;
use super::labels;
use crate::dialect::{Advice, Dialect, Effect, Effects, Lock, Work};
use crate::op::{Algorithm, Change, Op, Part};
use crate::schema::{Column, Name, Schema, Table};
use algorithm::{Class, Rule, Site};

/// Others read and write; a moment at the start and at the end is the statement's own.
const SHARED: Lock = Lock { strength: 1, name: "LOCK=NONE" };
/// Rows are locked one by one.
const ROWS: Lock = Lock { strength: 2, name: "row locks" };
/// Others read.
const READERS: Lock = Lock { strength: 5, name: "LOCK=SHARED" };
/// Nobody else, for a moment.
const BRIEF: Lock = Lock { strength: 8, name: "metadata lock" };

const COPIED: &str = "on a large table run it through gh-ost or pt-online-schema-change";
const IN_BATCHES: &str = "fill in batches (`-- autogen: repeat`) in a revision before";
const ANOTHER: &str = "add another column, fill it in batches, change their names then";
const UNCHECKED: &str = "with `SET foreign_key_checks = 0` nothing is copied and no row is looked at; \
                         look for rows without their row before";
const HIDDEN: &str = "hide it from the planner for a while before (INVISIBLE, IGNORED)";
const UNENFORCED: &str = "add as NOT ENFORCED, mend the rows, then ALTER CHECK .. ENFORCED";

/// The effects of each of these ops, which run one after the other.
pub(super) fn effects(mysql: &Mysql, ops: &[Op], before: &Schema) -> Vec<Effects> {
    let mut state = before.clone();
    let mut found = Vec::with_capacity(ops.len());
    for op in ops {
        found.push(of_op(mysql, op, &state));
        // A misfit shows when the whole plan is proved.
        let _ = op.apply(&mut state, mysql.spelling());
    }
    found
}

fn of_op(mysql: &Mysql, op: &Op, state: &Schema) -> Effects {
    let mut seen = Seen { mysql, effects: Effects::default() };
    match op {
        Op::CreateTable(table) => {
            for key in table.foreign_keys.iter().filter(|key| key.table != table.name) {
                seen.lock(&key.table, BRIEF, Work::None);
            }
        }
        Op::DropTable(table) => {
            seen.lock(&table.name, BRIEF, Work::None);
            for key in table.foreign_keys.iter().filter(|key| key.table != table.name) {
                seen.lock(&key.table, BRIEF, Work::None);
            }
        }
        Op::RenameTable { old, new } => {
            seen.lock(old, BRIEF, Work::None);
            seen.note(format!("programs that say {old} fail: it is {new} from then on"));
        }
        Op::Alter { table, change } => seen.changes(state.table(table), [change], None),
        Op::AlterTogether(it) => {
            seen.changes(state.table(&it.table), &it.changes, it.algorithm);
        }
        Op::CreateObject(it) | Op::DropObject(it) => {
            it.table.iter().for_each(|table| seen.lock(table, BRIEF, Work::None));
        }
        _ => {}
    }
    seen.effects
}

/// What was found of one op so far.
struct Seen<'a> {
    mysql: &'a Mysql,
    effects: Effects,
}

impl Seen<'_> {
    fn lock(&mut self, table: &Name, lock: Lock, work: Work) {
        let same = |it: &&mut Effect| it.on.as_ref() == Some(table) && it.lock == lock;
        match self.effects.locks.iter_mut().find(same) {
            Some(known) => known.work = known.work.max(work),
            None => self.effects.locks.push(Effect { on: Some(table.clone()), lock, work }),
        }
    }

    fn note(&mut self, note: String) {
        self.effects.notes.push(note);
    }

    fn safer(&mut self, how: &'static str, what: String) {
        self.effects.safer.push(Advice { how, what });
    }

    /// Changes that share a statement are made as the dearest of them.
    fn changes<'a>(
        &mut self,
        table: Option<&Table>,
        changes: impl IntoIterator<Item = &'a Change>,
        said: Option<Algorithm>,
    ) {
        let Some(table) = table else { return };
        let texts = algorithm::has_kind(table, "fulltext");
        let site = Site { server: self.mysql.server, table, texts };
        let mut dearest: Option<Rule> = None;
        for change in changes {
            let rule = site.rule(change);
            self.change(table, change, rule);
            dearest = dearest.max(Some(rule));
            let filled = match change {
                Change::AlterColumn { old, new, fill: Some(_), .. } => old.null && !new.null,
                Change::AddColumn { column, fill: Some(fill), .. } => {
                    column.default.as_ref() != Some(fill)
                }
                _ => false,
            };
            if filled {
                self.lock(&table.name, ROWS, Work::Fill);
            }
        }
        let Some(mut rule) = dearest else { return };
        if said > rule.class.algorithm() {
            // What stood in the table before makes it dearer.
            let class = if said == Some(Algorithm::InPlace) { Class::InPlace } else { Class::Copy };
            rule = Rule { class, work: Work::Rewrite };
        }
        let lock = match rule.class {
            Class::Values => ROWS,
            Class::Instant | Class::Virtual => BRIEF,
            Class::InPlace if rule.work == Work::None => BRIEF,
            Class::InPlace => SHARED,
            Class::Blocking | Class::Texts | Class::Copy | Class::Partitions => READERS,
        };
        self.lock(&table.name, lock, rule.work);
    }

    fn change(&mut self, table: &Table, change: &Change, rule: Rule) {
        let name = &table.name;
        let copied = rule.class.algorithm() == Some(Algorithm::Copy);
        match change {
            Change::RenameColumn { old, new } => {
                self.note(format!("programs that say {name}.{old} fail: it is {new} from then on"));
            }
            Change::AlterColumn { old, new, fill, .. } => {
                self.altered(name, (old, new), copied);
                if fill.is_some() {
                    self.safer(IN_BATCHES, format!("{name}.{}", new.name));
                }
            }
            Change::MapValues { column, .. } => self.safer(IN_BATCHES, format!("{name}.{column}")),
            Change::Add(Part::ForeignKey(key)) => {
                let label = key.name.as_ref().map_or("a foreign key", |name| &name.text);
                self.safer(UNCHECKED, label.to_owned());
                if key.table != *name {
                    self.lock(&key.table, BRIEF, Work::None);
                }
            }
            Change::Add(Part::Check(check)) if copied => {
                let label = check.name.as_ref().map_or("a check", |name| &name.text);
                let enforced = self.mysql.server.has_unenforced_checks();
                self.safer(if enforced { UNENFORCED } else { COPIED }, label.to_owned());
            }
            Change::Drop(Part::ForeignKey(key)) if key.table != *name => {
                self.lock(&key.table, BRIEF, Work::None);
            }
            Change::Drop(Part::Index(index)) => self.safer(HIDDEN, index.name.text.clone()),
            _ if copied => self.safer(COPIED, name.to_string()),
            _ => {}
        }
    }

    fn altered(&mut self, table: &Name, (old, new): (&Column, &Column), copied: bool) {
        let (before, after) = (labels::of(&old.ty.spelled()), labels::of(&new.ty.spelled()));
        let gone: Vec<String> =
            before.iter().filter(|it| !after.contains(it)).map(|it| super::quoted(it)).collect();
        if !gone.is_empty() && !after.is_empty() {
            self.note(format!(
                "rows of {table} that hold {} in {} stop it; where sql_mode is not strict, the label \
                 becomes ''",
                gone.join(" or "),
                new.name
            ));
        }
        if copied {
            self.safer(ANOTHER, format!("{table}.{}", new.name));
        }
    }
}
