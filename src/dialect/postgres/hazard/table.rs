//! Whole tables: new ones, ones that go, partitions, settings.

use super::state::parents;
use super::{ALL, READERS_ALONE, Seen, UPKEEP};
use crate::dialect::Work;
use crate::schema::{Name, ObjectKind, Options, Table};

const IMPLIED: &str = "add a check that says the bound, NOT VALID, and validate it before";
const ATTACHED: &str = "create as a table of its own, then ATTACH PARTITION by hand";

impl Seen<'_> {
    pub(super) fn create_table(&mut self, table: &Table) {
        for key in table.foreign_keys.iter().filter(|key| key.table != table.name) {
            self.family(&key.table, READERS_ALONE, Work::None);
        }
        match parent(&table.options) {
            Some(parent) => {
                self.lock(&parent, ALL, Work::None);
                self.spare_default(&parent, &table.name);
                self.inherit_keys(&parent);
                if !self.state.is_new(&parent) {
                    self.safer(ATTACHED, table.name.to_string());
                }
            }
            None => parents(table).iter().for_each(|it| self.lock(it, UPKEEP, Work::None)),
        }
    }

    /// The partition that takes what no other takes must hold no row of the one that comes.
    fn spare_default(&mut self, parent: &Name, table: &Name) {
        let Some(default) = self.state.default_partition(parent).cloned() else { return };
        if default == *table {
            return;
        }
        self.family(&default, ALL, Work::Scan);
        if !self.state.is_new(&default) {
            let why = format!("the rows of {default} must not be such as {table} takes");
            self.effects.rows.push(why);
        }
    }

    /// The foreign keys of a partitioned table hold for its partitions.
    fn inherit_keys(&mut self, parent: &Name) {
        let keys = self.state.table(parent).map(|table| &table.foreign_keys);
        for key in keys.into_iter().flatten() {
            self.family(&key.table, READERS_ALONE, Work::None);
        }
    }

    pub(super) fn drop_table(&mut self, table: &Table) {
        self.family(&table.name, ALL, Work::None);
        for key in table.foreign_keys.iter().filter(|key| key.table != table.name) {
            self.family(&key.table, ALL, Work::None);
        }
        if let Some(parent) = parent(&table.options) {
            self.lock(&parent, ALL, Work::None);
            if let Some(default) = self.state.default_partition(&parent).cloned() {
                self.lock(&default, ALL, Work::None);
            }
        }
    }

    pub(super) fn options(&mut self, table: &Name, old: &Options, new: &Options) {
        let differs = |key: &str| old.get(key) != new.get(key);
        let parameters = |options: &Options| {
            let with = options.iter().filter(|(key, _)| key.starts_with("with."));
            with.map(|(key, value)| (key.clone(), value.clone())).collect::<Options>()
        };
        if parameters(old) != parameters(new) {
            let catalog = differs("with.user_catalog_table");
            self.lock(table, if catalog { ALL } else { UPKEEP }, Work::None);
        }
        if ["unlogged", "access_method", "tablespace"].iter().any(|key| differs(key)) {
            self.lock(table, ALL, Work::Rewrite);
        }
        if ["replica_identity", "row_security", "force_row_security"].iter().any(|key| differs(key))
        {
            self.lock(table, ALL, Work::None);
        }
        if differs("inherits") {
            self.lock(table, ALL, Work::None);
            let of = |options: &Options| {
                parents(&Table { options: options.clone(), ..Table::new(table.clone()) })
            };
            for parent in of(old).into_iter().chain(of(new)) {
                self.lock(&parent, UPKEEP, Work::None);
            }
        }
        if differs("partition_of") || differs("bound") {
            self.partition(table, old, new);
        }
        self.warn(table, old, new);
    }

    fn partition(&mut self, table: &Name, old: &Options, new: &Options) {
        if let Some(parent) = parent(old) {
            self.lock(&parent, ALL, Work::None);
            let lock = if self.postgres.version < 14 { UPKEEP } else { ALL };
            self.family(table, lock, Work::None);
            if let Some(default) = self.state.default_partition(&parent).cloned() {
                self.lock(&default, ALL, Work::None);
            }
        }
        if let Some(parent) = parent(new) {
            self.lock(&parent, UPKEEP, Work::None);
            self.family(table, ALL, Work::Scan);
            if !self.state.is_new(table) && new.get("bound").is_some_and(|it| it != "DEFAULT") {
                self.effects.rows.push(format!("the rows of {table} must be within its bound"));
            }
            self.spare_default(&parent, table);
            self.inherit_keys(&parent);
            self.safer(IMPLIED, table.to_string());
        }
    }

    fn warn(&mut self, table: &Name, old: &Options, new: &Options) {
        let comes = |key: &str| new.contains_key(key) && !old.contains_key(key);
        if comes("unlogged") {
            self.note(format!("the rows of {table} are gone after a crash, and not replicated"));
        }
        let policies = self.state.objects_on(table).any(|object| object.kind == ObjectKind::Policy);
        if comes("row_security") && !policies {
            self.note(format!("nobody but the owner sees rows of {table} until there is a policy"));
        }
        if old.get("replica_identity") != new.get("replica_identity") {
            self.note(format!("subscribers get other old rows of {table} from then on"));
        }
    }
}

fn parent(options: &Options) -> Option<Name> {
    options.get("partition_of").map(|parent| Name::from(parent.as_str()))
}
