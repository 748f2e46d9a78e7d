//! The text of a script, as it grows.

use autogen_model::Diagnostic;

use super::super::ledger::{Action, Entry, Event, Ledger, Stage, What};
use super::super::prepare::Ready;
use super::super::{Engine, Options, tool};
use super::guard::{self, Needs};
use super::values::{self, NEW_ATTEMPT, NOW, SAME_ATTEMPT, USER};
use super::{Site, client};
use crate::db::script;
use crate::error::{Error, Kind, Result};

/// A script that is being written.
pub(super) struct Writer<'a> {
    pub(super) engine: Engine,
    pub(super) ledger: Ledger,
    pub(super) faults: Vec<Diagnostic>,
    site: &'a Site,
    options: &'a Options,
    text: String,
}

impl<'a> Writer<'a> {
    pub(super) fn new(site: &'a Site, options: &'a Options) -> Self {
        Self {
            engine: Engine::of(site.dialect),
            ledger: site.ledger(options),
            faults: Vec::new(),
            site,
            options,
            text: String::new(),
        }
    }

    /// The text, unless something in it cannot be in a script.
    pub(super) fn finish(self) -> Result<String> {
        match self.faults.is_empty() {
            true => Ok(self.text),
            false => Err(Error::from_reports(Kind::Revision, self.faults)),
        }
    }

    /// What the script is, from where to where, and how to run it.
    pub(super) fn head(&mut self, what: &str, (start, end): &(String, String), more: &str) {
        self.introduce(&format!("{what} from {start} to {end}{more}"), &format!("at {start}"));
        if let Some(sql) = guard::table(self.engine) {
            self.own(&sql);
        }
        let seconds = self.site.connect.lock_timeout.as_secs().max(1);
        if let Some(sql) = guard::turn(self.engine, &self.ledger, seconds) {
            self.own(&sql);
        }
    }

    /// The comment at the top and the settings of the session.
    pub(super) fn introduce(&mut self, what: &str, place: &str) {
        let (database, command, switch) = match self.engine {
            Engine::Sqlite => ("SQLite", "sqlite3 -bail DATABASE.db < THIS_FILE", ".bail on\n"),
            Engine::Postgres => (
                "PostgreSQL",
                "psql -X -v ON_ERROR_STOP=1 -d DATABASE -f THIS_FILE",
                "\\set ON_ERROR_STOP on\n",
            ),
            Engine::Mysql => ("MySQL and MariaDB", "mysql --comments DATABASE < THIS_FILE", ""),
        };
        let version = env!("CARGO_PKG_VERSION");
        self.comment(&format!("autogen {version}, {database}: {what}"));
        if !self.ledger.project().is_empty() {
            self.comment(&format!("project {}", self.ledger.project()));
        }
        self.comment("");
        self.comment(&format!("To run it on a database that is {place}:"));
        self.comment(&format!("  {command}"));
        self.comment(
            "It keeps the ledger as a run by autogen would. Whatever runs it must stop at the",
        );
        match switch.chars().next() {
            Some(sign) => {
                self.comment("first error; a client of another kind must be told so, and wants the lines left");
                self.comment(&format!("out that begin with `{sign}`."));
            }
            None => self.comment("first error, as the mysql and mariadb clients do."),
        }
        self.text.push_str(switch);
        if self.engine == Engine::Sqlite {
            let patience = self.site.connect.lock_timeout.as_millis();
            self.text.push_str(&format!(".timeout {patience}\n"));
        }
        self.settings();
    }

    /// Makes the session like one of autogen's.
    pub(super) fn settings(&mut self) {
        for sql in script::settings(self.site.dialect, &self.site.connect) {
            self.own(&sql);
        }
    }

    /// A transaction around what is written within, with the ledger in front where there may be
    /// none yet.
    pub(super) fn open(&mut self, creates: bool, within: impl FnOnce(&mut Self)) {
        // There the tables end a transaction.
        let before = self.engine == Engine::Mysql;
        if creates && before {
            self.create();
        }
        self.begin();
        if creates && !before {
            self.create();
        }
        within(self);
        self.commit();
    }

    /// What is to be done last.
    pub(super) fn close(&mut self) {
        if let Some(sql) = guard::drop_table(self.engine) {
            self.own(sql);
        }
    }

    pub(super) fn begin(&mut self) {
        self.text.push('\n');
        self.own(match self.engine {
            Engine::Sqlite => "BEGIN IMMEDIATE",
            Engine::Postgres => "BEGIN",
            Engine::Mysql => "START TRANSACTION",
        });
    }

    pub(super) fn commit(&mut self) {
        self.own("COMMIT");
    }

    /// Creates the ledger where it is missing.
    pub(super) fn create(&mut self) {
        let namespace = self.ledger.schema().filter(|name| *name != "public").map(str::to_owned);
        if let Some(namespace) = namespace.filter(|_| self.engine != Engine::Sqlite) {
            self.own(&self.ledger.create_namespace(&namespace));
        }
        for sql in self.ledger.create() {
            self.own(&sql);
        }
    }

    /// Lines of a comment.
    pub(super) fn comment(&mut self, text: &str) {
        // Whatever ends a line somewhere must not end the comment.
        let line = text.replace(|character: char| character.is_control(), " ");
        self.text.push_str(format!("-- {line}").trim_end());
        self.text.push('\n');
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A statement of ours.
    pub(super) fn own(&mut self, sql: &str) {
        self.own_of(sql, "");
    }

    fn own_of(&mut self, sql: &str, revision: &str) {
        let sql = values::filled(sql, self.engine, &self.ledger, revision);
        self.text.push_str(&sql);
        self.text.push_str(";\n");
    }

    /// A statement of a revision.
    pub(super) fn statement(&mut self, ready: &Ready) {
        let sql = script::inlined(self.site.dialect, &ready.sql, &ready.values);
        self.text.push_str(&client::terminated(self.engine, &sql));
    }

    pub(super) fn guard(&mut self, needs: &Needs, must_exist: bool) {
        let sql = needs.statement(self.engine, &self.ledger, must_exist);
        self.own(&sql);
        if must_exist && !self.ledger.project().is_empty() {
            self.own(&self.ledger.take_over());
        }
    }

    /// Notes the start of an attempt.
    pub(super) fn started(&mut self, revision: &str, action: Action) {
        if let Some(sql) = values::before_attempt(self.engine) {
            self.own(sql);
        }
        self.event(revision, (action, What::Started), NEW_ATTEMPT, "");
    }

    /// Notes the end of an attempt.
    pub(super) fn done(&mut self, revision: &str, action: Action, note: &str) {
        self.event(revision, (action, What::Done), SAME_ATTEMPT, note);
    }

    fn event(&mut self, revision: &str, (action, what): (Action, What), key: &str, note: &str) {
        let sql = self.ledger.log(&Event {
            attempt: key.to_owned(),
            revision: revision.to_owned(),
            action,
            what,
            at: NOW.to_owned(),
            duration_ms: 0,
            actor: USER.to_owned(),
            tool: tool(),
            note: note.to_owned(),
            tag: self.options.tag(),
        });
        self.own_of(&sql, revision);
    }

    /// Records a revision as one that is applied, or being applied.
    pub(super) fn record(&mut self, entry: &Entry, stage: Stage) {
        let entry = Entry {
            stage,
            applied_at: NOW.to_owned(),
            duration_ms: 0,
            applied_by: USER.to_owned(),
            tool: tool(),
            ..entry.clone()
        };
        // Nothing is recorded of it yet: the guard has seen to that.
        let [_, insert] = self.ledger.record(&entry);
        self.own(&insert);
    }

    /// Whether all of it is one transaction.
    pub(super) fn is_one_transaction(&self) -> bool {
        self.options.transaction == super::super::Span::Run
    }
}
