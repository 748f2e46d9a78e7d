//! Revisions as a run runs them: in one transaction each, or in several with a journal.

use super::super::ledger::{Action, Stage};
use super::super::prepare::{Ready, Segment, Session};
use super::super::{Engine, Job, mysql, postgres};
use super::guard::Needs;
use super::values::NOW;
use super::write::Writer;
use crate::revision::Direction;

/// Where in the script a job stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The jobs that are left, this one first.
    rest: &'a [Job],
    direction: Direction,
    /// The revisions that the script starts from, when this is its first job.
    start: Option<&'a [String]>,
}

/// Writes all jobs.
pub(super) fn jobs(writer: &mut Writer<'_>, jobs: &[Job], direction: Direction, start: &[String]) {
    let place =
        |at: usize| Place { rest: &jobs[at..], direction, start: (at == 0).then_some(start) };
    let width = if writer.is_one_transaction() { jobs.len().max(1) } else { 1 };
    for (number, group) in jobs.chunks(width).enumerate() {
        let places = (0..group.len()).map(|at| place(number * width + at));
        match group {
            [job] if !job.prepared.is_one_transaction() => {
                writer.blank();
                title(writer, job);
                Journaled { job, place: place(number), begun: false, marked: None }.write(writer);
            }
            _ => together(writer, group, places),
        }
    }
    writer.blank();
    writer.close();
}

fn title(writer: &mut Writer<'_>, job: &Job) {
    let planned = &job.planned;
    let name = match planned.title.is_empty() {
        true => planned.id.clone(),
        false => format!("{}, {}", planned.id, planned.title),
    };
    writer.comment(&format!("{} {name}", planned.direction.word()));
}

impl Place<'_> {
    /// Whether the ledger is made before this.
    fn creates(&self) -> bool {
        self.start.is_some_and(<[String]>::is_empty)
    }

    fn action(&self) -> Action {
        match self.direction {
            Direction::Upgrade => Action::Upgrade,
            Direction::Downgrade => Action::Downgrade,
        }
    }

    /// The first job sees that the whole script can run, each other that it itself can.
    fn needs(&self) -> Needs {
        let seen = if self.start.is_some() { self.rest } else { &self.rest[..1] };
        let ids: Vec<String> = seen.iter().map(|job| job.planned.id.clone()).collect();
        match self.direction {
            Direction::Upgrade => {
                let below = seen.iter().flat_map(|job| &job.neighbours);
                let below = below.filter(|id| !ids.contains(id)).cloned().collect();
                let kept = self.start.unwrap_or_default().to_vec();
                Needs { present: below, absent: ids, kept, removed: Vec::new() }
            }
            Direction::Downgrade => {
                Needs { present: ids.clone(), removed: ids, ..Needs::default() }
            }
        }
    }
}

/// Whole revisions in one transaction.
fn together<'a>(
    writer: &mut Writer<'_>,
    group: &[Job],
    places: impl Iterator<Item = Place<'a>> + Clone,
) {
    let mut session = Session::default();
    for segment in group.iter().flat_map(|job| &job.prepared.segments) {
        session.foreign_keys_off |= segment.session.foreign_keys_off;
    }
    let creates = places.clone().next().is_some_and(|place| place.creates());
    transaction(writer, session, creates, |writer| {
        for (job, place) in group.iter().zip(places) {
            writer.blank();
            title(writer, job);
            writer.guard(&place.needs(), place.start.is_some() && !place.creates());
            writer.started(&job.planned.id, place.action());
            for segment in &job.prepared.segments {
                statements(writer, segment);
            }
            match place.direction {
                Direction::Upgrade => writer.record(&job.entry, Stage::Applied),
                Direction::Downgrade => writer.own(&writer.ledger.forget(&job.planned.id)),
            }
            writer.done(&job.planned.id, place.action(), "");
        }
    });
    if group.iter().flat_map(|job| &job.prepared.segments).any(|it| leaves_session(writer, it)) {
        let all = group.iter().flat_map(|job| &job.prepared.segments);
        renew(writer, all.flat_map(|segment| &segment.statements));
    }
}

/// A transaction, with the check of foreign keys where they are not enforced meanwhile.
fn transaction(
    writer: &mut Writer<'_>,
    session: Session,
    creates: bool,
    within: impl FnOnce(&mut Writer<'_>),
) {
    const ORPHANS: &str = "SELECT \"table\", \"rowid\", \"parent\" FROM pragma_foreign_key_check";
    if !session.foreign_keys_off {
        writer.open(creates, within);
        return;
    }
    writer.blank();
    writer.own("PRAGMA foreign_keys = OFF");
    writer.open(creates, |writer| {
        writer.own(&format!("CREATE TEMP TABLE autogen_orphans AS {ORPHANS}"));
        within(writer);
        writer.own(&format!(
            "INSERT INTO temp.autogen_guard (orphans)\nSELECT count(*) FROM \
             ({ORPHANS} EXCEPT SELECT * FROM temp.autogen_orphans)"
        ));
        writer.own("DROP TABLE temp.autogen_orphans");
    });
    writer.own("PRAGMA foreign_keys = ON");
}

/// The statements of a segment, and the session as it was before them where that is told at once.
fn statements(writer: &mut Writer<'_>, segment: &Segment) {
    for ready in &segment.statements {
        writer.statement(ready);
    }
    if segment.session.legacy_alter_table {
        writer.own("PRAGMA legacy_alter_table = OFF");
    }
    restore(writer, segment);
}

/// What a step has set on PostgreSQL holds to its end.
fn restore(writer: &mut Writer<'_>, segment: &Segment) {
    let sets = |ready: &Ready| postgres::changes_session(&ready.sql);
    if writer.engine == Engine::Postgres && segment.statements.iter().any(sets) {
        writer.own("RESET SESSION AUTHORIZATION");
        writer.own("RESET ALL");
        writer.settings();
    }
}

/// A run gives such a step another session at its end.
fn leaves_session(writer: &Writer<'_>, segment: &Segment) -> bool {
    let changes = |ready: &Ready| mysql::changes_session(&ready.sql);
    writer.engine == Engine::Mysql && segment.statements.iter().any(changes)
}

fn renew<'a>(writer: &mut Writer<'_>, statements: impl Iterator<Item = &'a Ready>) {
    let changing = statements.filter(|ready| mysql::changes_session(&ready.sql));
    let mut resets: Vec<String> = changing.flat_map(|ready| mysql::resets(&ready.sql)).collect();
    resets.sort();
    resets.dedup();
    for sql in resets {
        writer.own(&sql);
    }
    writer.settings();
}

/// A revision of several transactions.
struct Journaled<'a> {
    job: &'a Job,
    place: Place<'a>,
    /// Whether its start is in the log.
    begun: bool,
    /// What the journal does not say yet: how many statements are done.
    marked: Option<usize>,
}

impl Journaled<'_> {
    fn write(mut self, writer: &mut Writer<'_>) {
        let segments = &self.job.prepared.segments;
        for (at, segment) in segments.iter().enumerate() {
            match segment.autocommit {
                true => self.one_by_one(writer, segment),
                false => {
                    self.flush(writer);
                    let creates = self.creates();
                    transaction(writer, segment.session, creates, |writer| {
                        self.begin(writer);
                        statements(writer, segment);
                        self.mark(writer, segment.end, false);
                    });
                }
            }
            let is_end = segments.get(at + 1).is_none_or(|next| next.step != segment.step);
            let of_step = || segments.iter().filter(|it| it.step == segment.step);
            if is_end && of_step().any(|segment| leaves_session(writer, segment)) {
                self.flush(writer);
                renew(writer, of_step().flat_map(|segment| &segment.statements));
            }
        }
        let creates = self.creates();
        writer.open(creates, |writer| {
            self.begin(writer);
            let id = &self.job.planned.id;
            writer.own(&match self.place.direction {
                Direction::Upgrade => writer.ledger.advance(id, &Stage::Applied, Some(NOW)),
                Direction::Downgrade => writer.ledger.forget(id),
            });
            writer.done(id, self.place.action(), "");
        });
    }

    fn creates(&self) -> bool {
        !self.begun && self.place.creates()
    }

    /// Statements that stand alone, or each in a transaction with its word in the journal.
    fn one_by_one(&mut self, writer: &mut Writer<'_>, segment: &Segment) {
        for ready in &segment.statements {
            if !writer.engine.must_be_bare(&ready.sql) {
                self.flush(writer);
                let creates = self.creates();
                writer.open(creates, |writer| {
                    self.begin(writer);
                    writer.statement(ready);
                    self.mark(writer, ready.number + 1, false);
                });
                continue;
            }
            if !self.begun {
                let creates = self.creates();
                writer.open(creates, |writer| self.begin(writer));
            }
            writer.blank();
            self.mark(writer, ready.number, true);
            let concurrent = writer.engine == Engine::Postgres
                && postgres::Concurrent::parse(&ready.sql).is_some();
            if concurrent {
                writer.own("SET lock_timeout TO 0");
            }
            writer.statement(ready);
            if concurrent {
                writer.settings();
            }
            self.marked = Some(ready.number + 1);
        }
        if segment.statements.iter().any(|ready| postgres::changes_session(&ready.sql)) {
            self.flush(writer);
        }
        restore(writer, segment);
    }

    /// The guard and the start, once.
    fn begin(&mut self, writer: &mut Writer<'_>) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        let place = self.place;
        writer.guard(&place.needs(), place.start.is_some() && !place.creates());
        writer.started(&self.job.planned.id, place.action());
        match place.direction {
            Direction::Upgrade => writer.record(&self.job.entry, self.stage(0, false)),
            Direction::Downgrade => self.mark(writer, 0, false),
        }
    }

    /// Says how far it has come.
    fn mark(&mut self, writer: &mut Writer<'_>, done: usize, in_doubt: bool) {
        self.marked = None;
        let stage = self.stage(done, in_doubt);
        writer.own(&writer.ledger.advance(&self.job.planned.id, &stage, None));
    }

    fn flush(&mut self, writer: &mut Writer<'_>) {
        if let Some(done) = self.marked {
            self.mark(writer, done, false);
        }
    }

    fn stage(&self, done: usize, in_doubt: bool) -> Stage {
        let begun = self.job.prefixes.get(done).cloned().unwrap_or_default();
        let direction = self.place.direction;
        Stage::Half { direction, done, in_doubt, seen: String::new(), begun }
    }
}
