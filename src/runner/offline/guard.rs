//! What sees that a script runs where it was written for: a statement that fails where the ledger
//! is not where the script begins.

use super::super::Engine;
use super::super::ledger::Ledger;

/// Where a script, or a revision in it, can begin.
#[derive(Clone, Debug, Default)]
pub(super) struct Needs {
    /// Revisions that must be applied.
    pub(super) present: Vec<String>,
    /// Revisions of which nothing may be recorded.
    pub(super) absent: Vec<String>,
    /// Revisions that must be applied as well: where the script begins.
    pub(super) kept: Vec<String>,
    /// Revisions on which no others may stand.
    pub(super) removed: Vec<String>,
}

/// What failing looks like; the names of constraints have at most 64 characters.
pub(super) const ELSEWHERE: &str = "the database is not where this script starts";
const BUSY: &str = "another run of autogen is at work";
const ORPHANS: &str = "foreign keys would be broken";

impl Needs {
    /// The conditions, one of which fails elsewhere.
    fn conditions(&self, engine: Engine, ledger: &Ledger) -> Vec<String> {
        let [table, _] = ledger.tables();
        let list = |ids: &[String]| {
            let ids: Vec<String> = ids.iter().map(|id| ledger.text(id)).collect();
            ids.join(", ")
        };
        let mut all = Vec::new();
        let mut present: Vec<String> = self.present.iter().chain(&self.kept).cloned().collect();
        present.sort();
        present.dedup();
        if !present.is_empty() {
            all.push(format!(
                "(SELECT count(*) FROM {table} WHERE state = 'applied' AND id IN ({})) = {}",
                list(&present),
                present.len()
            ));
        }
        let mut wrong = vec!["state <> 'applied'".to_owned()];
        if !self.absent.is_empty() {
            wrong.push(format!("id IN ({})", list(&self.absent)));
        }
        if !ledger.project().is_empty() {
            let project = ledger.text(ledger.project());
            wrong.push(format!("project NOT IN ('', {project})"));
        }
        all.push(format!("NOT EXISTS (SELECT 1 FROM {table} WHERE {})", wrong.join(" OR ")));
        if !self.removed.is_empty() {
            let removed = list(&self.removed);
            let stands = |column: &str| match engine {
                Engine::Sqlite => format!("instr(above.{column}, '\"' || below.id || '\"') > 0"),
                Engine::Postgres => {
                    format!("strpos(above.{column}, '\"' || below.id || '\"') > 0")
                }
                Engine::Mysql => {
                    format!("INSTR(above.{column}, CONCAT('\"', below.id, '\"')) > 0")
                }
            };
            all.push(format!(
                "NOT EXISTS (SELECT 1 FROM {table} AS above, {table} AS below WHERE above.id NOT IN \
                 ({removed}) AND below.id IN ({removed}) AND ({} OR {}))",
                stands("parents"),
                stands("depends_on"),
            ));
        }
        all
    }

    /// The statement that fails elsewhere. `must_exist` says so of a ledger that is not there.
    pub(super) fn statement(&self, engine: Engine, ledger: &Ledger, must_exist: bool) -> String {
        let conditions = self.conditions(engine, ledger).join("\n    AND ");
        let table = match engine {
            Engine::Postgres => return self.raise(ledger, &conditions, must_exist),
            Engine::Sqlite => "temp.autogen_guard",
            Engine::Mysql => "autogen_guard",
        };
        format!("INSERT INTO {table} (place)\nSELECT {conditions}")
    }

    fn raise(&self, ledger: &Ledger, conditions: &str, must_exist: bool) -> String {
        let [table, _] = ledger.tables();
        let raise = |hint: &str| {
            format!(
                "RAISE EXCEPTION USING MESSAGE = {},\n            HINT = {};",
                ledger.text(ELSEWHERE),
                ledger.text(hint)
            )
        };
        let missing = match must_exist {
            true => format!(
                "    IF to_regclass({}) IS NULL THEN\n        {}\n    END IF;\n",
                ledger.text(&table),
                raise("it has no ledger")
            ),
            false => String::new(),
        };
        let body = format!(
            "BEGIN\n{missing}    IF NOT ({conditions}) THEN\n        {}\n    END IF;\nEND\n",
            raise("`autogen current` says where it is"),
        );
        let tags = (0..).map(|number: u32| match number {
            0 => "$autogen$".to_owned(),
            number => format!("$autogen{number}$"),
        });
        let tag = tags.into_iter().find(|tag| !body.contains(tag.as_str())).unwrap_or_default();
        format!("DO {tag}\n{body}{tag}")
    }
}

/// The table whose constraints fail; PostgreSQL can say it without.
pub(super) fn table(engine: Engine) -> Option<String> {
    match engine {
        Engine::Postgres => None,
        Engine::Sqlite => Some(format!(
            "CREATE TEMP TABLE autogen_guard (\n    \
             place INTEGER CONSTRAINT \"{ELSEWHERE}\" CHECK (place),\n    \
             orphans INTEGER CONSTRAINT \"{ORPHANS}\" CHECK (orphans = 0)\n)"
        )),
        Engine::Mysql => Some(format!(
            "CREATE TEMPORARY TABLE autogen_guard (\n    \
             place INTEGER, CONSTRAINT `{ELSEWHERE}` CHECK (place = 1),\n    \
             turn INTEGER, CONSTRAINT `{BUSY}` CHECK (turn = 1)\n) ENGINE = InnoDB"
        )),
    }
}

/// Takes the table away.
pub(super) fn drop_table(engine: Engine) -> Option<&'static str> {
    match engine {
        Engine::Postgres => None,
        Engine::Sqlite => Some("DROP TABLE temp.autogen_guard"),
        Engine::Mysql => Some("DROP TEMPORARY TABLE autogen_guard"),
    }
}

/// Keeps other runs out until the session ends, where transactions do not.
pub(super) fn turn(engine: Engine, ledger: &Ledger, seconds: u64) -> Option<String> {
    match engine {
        Engine::Sqlite => None,
        Engine::Postgres => {
            let key = super::super::turn::postgres_key(&ledger.full_name());
            Some(format!("DO $autogen$ BEGIN PERFORM pg_advisory_lock({key}); END $autogen$"))
        }
        Engine::Mysql => {
            let schema = match ledger.schema() {
                Some(schema) => ledger.text(schema),
                None => "DATABASE()".to_owned(),
            };
            let table = ledger.text(&format!(".{}", ledger.table()));
            // Where a name is too long, other runs take a digest of it, and are not kept out.
            let name = format!("LEFT(LOWER(CONCAT('autogen run ', {schema}, {table})), 64)");
            Some(format!("INSERT INTO autogen_guard (turn)\nSELECT GET_LOCK({name}, {seconds})"))
        }
    }
}
