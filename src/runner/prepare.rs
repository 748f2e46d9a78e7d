//! Everything that can be known to go wrong is found here, before the first statement runs:
//! missing files and variables, parameters without a value, words that a revision must not use.

use std::collections::BTreeMap;
use std::path::PathBuf;

use autogen_model::{Diagnostic, Place, nearest};

use super::ledger::Ledger;
use super::sqlite::{self, Pragma};
use super::{Engine, Running, Steps, mysql, postgres};
use crate::revision::{self, Bind, BindSource, Condition, Side, Statement, Step};
use crate::sql::{Syntax, TokenKind, tokens, unquote};

/// What a revision may take from outside.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The folder that file names in `bind` start from.
    pub folder: PathBuf,
    /// What `-x NAME=value` gave.
    pub x: BTreeMap<String, String>,
    /// The environment variables.
    pub environment: BTreeMap<String, String>,
    /// The files that the program carries, by name; they come before those of the folder.
    pub files: BTreeMap<String, String>,
    /// The functions that a revision may call.
    pub steps: Steps,
}

/// A side, ready to run.
#[derive(Clone, Debug, Default)]
pub(super) struct Prepared {
    /// What shares a transaction, in order.
    pub(super) segments: Vec<Segment>,
    /// How many statements the side has, with those that conditions leave out.
    pub(super) total: usize,
    /// How many of them a `when` leaves out.
    pub(super) skipped: usize,
}

/// Statements that share a transaction, or that run without one.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// The number of its step.
    pub(super) step: usize,
    pub(super) autocommit: bool,
    pub(super) session: Session,
    pub(super) statements: Vec<Ready>,
    /// The number of the statement after it.
    pub(super) end: usize,
}

/// Session settings that a rebuild of tables needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) foreign_keys_off: bool,
    /// It is set somewhere in the segment, and must be off at its end.
    pub(super) legacy_alter_table: bool,
}

/// A statement that will run.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    /// Its number in the side, counted from 0.
    pub(super) number: usize,
    pub(super) sql: String,
    /// The function that is called, where this is no SQL.
    pub(super) rust: Option<String>,
    pub(super) place: Place,
    pub(super) values: Vec<(String, Option<String>)>,
    pub(super) repeat: bool,
}

impl Ready {
    /// What those who listen hear of it.
    pub(super) fn running(&self, round: u64) -> Running<'_> {
        Running { number: self.number + 1, sql: &self.sql, round }
    }
}

impl Prepared {
    /// Whether all of it can run in one transaction.
    pub(super) fn is_one_transaction(&self) -> bool {
        self.segments.len() <= 1 && !self.segments.iter().any(|segment| segment.autocommit)
    }

    /// Begins a segment, unless the last one takes what comes.
    fn make_room(&mut self, engine: Engine, step: usize, autocommit: bool) {
        let joins = |last: &Segment| match engine {
            // Without need SQLite begins no second transaction: one that fails leaves nothing.
            Engine::Sqlite if !last.autocommit && !autocommit => true,
            Engine::Sqlite | Engine::Postgres | Engine::Mysql => {
                last.step == step && last.autocommit == autocommit
            }
        };
        if let Some(last) = self.segments.last_mut() {
            if joins(last) {
                return;
            }
            // A step may begin with what needs a segment of another kind.
            if last.step == step && last.statements.is_empty() && last.end == self.total {
                last.autocommit = autocommit;
                return;
            }
        }
        self.segments.push(Segment {
            step,
            autocommit,
            session: Session::default(),
            statements: Vec::new(),
            end: self.total,
        });
    }
}

/// Makes a side ready, or says everything that is wrong with it.
pub(super) fn prepare(
    side: &Side,
    inputs: &Inputs,
    ledger: &Ledger,
    dialect: &str,
) -> Result<Prepared, Vec<Diagnostic>> {
    let (engine, syntax) = (Engine::of(dialect), revision::split::syntax(dialect));
    let mut prepared = Prepared::default();
    let mut faults = Vec::new();
    for (at, step) in numbered(&side.steps, engine) {
        let mut leading = !step.autocommit;
        prepared.make_room(engine, at, step.autocommit);
        for statement in &step.statements {
            // What ends the transaction that it stands in cannot share one.
            let commits = engine == Engine::Mysql && mysql::commits(&statement.sql);
            let alone = step.autocommit || (commits && statement.rust.is_none());
            prepared.make_room(engine, at, alone);
            let number = prepared.total;
            prepared.total += 1;
            let runs = statement.when.iter().all(|condition| holds(condition, inputs));
            prepared.skipped += usize::from(!runs);
            let Some(segment) = prepared.segments.last_mut() else { continue };
            segment.end = number + 1;
            if let Some(name) = &statement.rust {
                faults.extend(inputs.steps.refused(statement, name).filter(|_| runs));
                if runs {
                    segment.statements.push(call(statement, number));
                }
                continue;
            }
            let stays = match engine {
                Engine::Sqlite => pragma(statement, segment, (runs, &mut leading), &mut faults),
                Engine::Postgres => {
                    faults.extend(postgres::forbidden(statement, step.autocommit));
                    true
                }
                Engine::Mysql => {
                    faults.extend(mysql::forbidden(statement));
                    true
                }
            };
            if stays {
                faults.extend(touches(ledger, statement, syntax));
            }
            if stays && runs {
                segment.statements.push(ready(statement, number, inputs, syntax, &mut faults));
            }
        }
    }
    if faults.is_empty() { Ok(prepared) } else { Err(faults) }
}

/// The steps with the numbers that they count by. Where a transaction holds whole revisions, a call
/// of Rust code stands in the one of the steps around it, which are steps only for its sake.
fn numbered(steps: &[Step], engine: Engine) -> impl Iterator<Item = (usize, &Step)> {
    let calls = |step: &Step| step.statements.iter().any(|statement| statement.rust.is_some());
    let mut number = 0;
    steps.iter().enumerate().map(move |(at, step)| {
        let before = at.checked_sub(1).and_then(|before| steps.get(before));
        let joins = before.is_some_and(|before| {
            let together = !before.autocommit && !step.autocommit;
            engine == Engine::Postgres && together && (calls(before) || calls(step))
        });
        number += usize::from(at > 0 && !joins);
        (number, step)
    })
}

fn call(statement: &Statement, number: usize) -> Ready {
    Ready {
        number,
        sql: statement.sql.clone(),
        rust: statement.rust.clone(),
        place: statement.place.clone(),
        values: Vec::new(),
        repeat: false,
    }
}

/// Notes what a statement does to SQLite's session. False where that is all it does, and it must
/// be done before the transaction begins.
fn pragma(
    statement: &Statement,
    segment: &mut Segment,
    (runs, leading): (bool, &mut bool),
    faults: &mut Vec<Diagnostic>,
) -> bool {
    let pragma = sqlite::pragma(&statement.sql);
    if pragma == Some(Pragma::ForeignKeysOff) && *leading {
        segment.session.foreign_keys_off |= runs;
        return false;
    }
    *leading &= pragma == Some(Pragma::LegacyAlter);
    // This one works inside a transaction too, so it runs where it stands.
    match pragma {
        Some(Pragma::LegacyAlter) if !segment.autocommit => {
            segment.session.legacy_alter_table |= runs;
        }
        Some(Pragma::JournalMode) if segment.autocommit => {}
        _ => faults.extend(sqlite::forbidden(statement, pragma)),
    }
    true
}

/// What a revision does to the ledger would be taken for what the runner did. A ledger that is in a
/// namespace of its own leaves its name free in others.
fn touches(ledger: &Ledger, statement: &Statement, syntax: Syntax) -> Option<Diagnostic> {
    let code: Vec<(TokenKind, &str)> = tokens(&statement.sql, syntax)
        .filter(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment))
        .map(|token| (token.kind, &statement.sql[token.range]))
        .collect();
    let is = |at: usize, name: &str| unquote(code[at].1).eq_ignore_ascii_case(name);
    let within = |at: usize| {
        ledger.schema().is_none_or(|schema| at >= 2 && code[at - 1].1 == "." && is(at - 2, schema))
    };
    let own = [ledger.table(), ledger.log_table()];
    let named = |at: &usize| {
        let is_name = matches!(code[*at].0, TokenKind::Word | TokenKind::Quoted);
        is_name && own.iter().any(|own| is(*at, own)) && within(*at)
    };
    let name = unquote(code[(0..code.len()).find(named)?].1);
    let message = format!("{name} is the runner's own: a revision cannot speak of it");
    let report = Diagnostic::new(message).at(statement.place.clone(), "this statement");
    Some(report.help("`autogen stamp` and `autogen repair` change what the ledger says"))
}

fn holds(condition: &Condition, inputs: &Inputs) -> bool {
    let value = inputs.x.get(&condition.name).or_else(|| inputs.environment.get(&condition.name));
    (value == Some(&condition.value)) == condition.equal
}

fn ready(
    statement: &Statement,
    number: usize,
    inputs: &Inputs,
    syntax: Syntax,
    faults: &mut Vec<Diagnostic>,
) -> Ready {
    let mut values = Vec::new();
    for bind in &statement.binds {
        match value(bind, inputs) {
            Ok(value) => values.push((bind.name.clone(), Some(value))),
            Err(fault) => faults.push(fault),
        }
    }
    faults.extend(open_parameter(statement, syntax));
    if statement.repeat && !changes_rows(&statement.sql, syntax) {
        let message = "`repeat` needs a statement that changes rows";
        let fault =
            Diagnostic::new(message).at(statement.place.clone(), "this is no such statement");
        faults.push(fault.help("repeat an INSERT, UPDATE or DELETE"));
    }
    Ready { values, repeat: statement.repeat, ..call(statement, number) }
}

fn value(bind: &Bind, inputs: &Inputs) -> Result<String, Diagnostic> {
    let missing = |message: String, help: String| {
        Diagnostic::new(message)
            .at(bind.place.clone(), format!("needed for :{}", bind.name))
            .help(help)
    };
    match &bind.value {
        BindSource::File(name) if inputs.files.contains_key(name) => {
            Ok(inputs.files.get(name).cloned().unwrap_or_default())
        }
        BindSource::File(name) => {
            let path = inputs.folder.join(name);
            std::fs::read_to_string(&path).map_err(|error| {
                let message = format!("cannot read {}: {error}", path.display());
                missing(message, "the path starts from the folder of the project".to_owned())
            })
        }
        BindSource::Env(name) => inputs.environment.get(name).cloned().ok_or_else(|| {
            let message = format!("the environment variable {name} is not set");
            missing(message, near(name, &inputs.environment, &format!("set {name}")))
        }),
        BindSource::X(name) => inputs.x.get(name).cloned().ok_or_else(|| {
            let message = format!("no value was given for {name}");
            missing(message, near(name, &inputs.x, &format!("add `-x {name}=..` to the command")))
        }),
    }
}

fn near(name: &str, known: &BTreeMap<String, String>, otherwise: &str) -> String {
    match nearest(name, known.keys().map(String::as_str)) {
        Some(found) => format!("`{found}` is set; is that the one?"),
        None => otherwise.to_owned(),
    }
}

/// SQLite takes a parameter without a value for NULL and says nothing, so we must. PostgreSQL has
/// operators that begin with the other signs, and `[a:b]`; MySQL has variables.
fn open_parameter(statement: &Statement, syntax: Syntax) -> Option<Diagnostic> {
    let bound = |text: &str| {
        text.strip_prefix(':').is_some_and(|name| statement.binds.iter().any(|it| it.name == name))
    };
    let colon_alone = syntax != Syntax::SQLITE;
    let mut depth = 0_usize;
    let open = tokens(&statement.sql, syntax)
        .filter(|token| {
            match &statement.sql[token.range.clone()] {
                "[" => depth += 1,
                "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            token.kind == TokenKind::Parameter && depth == 0
        })
        .map(|token| &statement.sql[token.range])
        .find(|text| {
            !bound(text) && !is_label(text, syntax) && (!colon_alone || text.starts_with(':'))
        })?;
    let name = open.trim_start_matches([':', '?', '$', '@']);
    let name = if name.is_empty() { "name" } else { name };
    let report = Diagnostic::new(format!("the parameter {open} has no value"));
    let help = format!("put `-- autogen: bind {name} = ..` above it and write `:{name}`");
    Some(report.at(statement.place.clone(), "in this statement").help(help))
}

/// MySQL's `again:LOOP`.
fn is_label(text: &str, syntax: Syntax) -> bool {
    let opens = ["BEGIN", "LOOP", "REPEAT", "WHILE", "FOR"];
    syntax == Syntax::MYSQL && opens.iter().any(|word| text[1..].eq_ignore_ascii_case(word))
}

/// Whether the statement says how many rows it changed. `WITH .. SELECT` does not: SQLite would
/// repeat the number of the statement before it, for ever, and PostgreSQL counts the rows read.
fn changes_rows(sql: &str, syntax: Syntax) -> bool {
    const CHANGING: [&str; 5] = ["INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE"];
    const READING: [&str; 3] = ["SELECT", "VALUES", "TABLE"];
    let is = |word: &str, list: &[&str]| list.iter().any(|known| word.eq_ignore_ascii_case(known));
    let mut depth = 0_usize;
    let mut words = tokens(sql, syntax).filter_map(|token| {
        let text = &sql[token.range];
        match text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        (token.kind == TokenKind::Word && depth == 0).then_some(text)
    });
    words.next().is_some_and(|first| {
        let mut of_with = || words.find(|word| is(word, &CHANGING) || is(word, &READING));
        is(first, &CHANGING)
            || (is(first, &["WITH"]) && of_with().is_some_and(|word| is(word, &CHANGING)))
    })
}
