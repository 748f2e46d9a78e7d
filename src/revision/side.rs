//! The statements of a side, read when somebody asks for them.

use std::ops::Range;
use std::sync::Arc;

use autogen_model::{Diagnostic, Place, Source, nearest};

use super::directive::Directive;
use super::file::diagnostics;
use super::header::Fault;
use super::split::{self, Piece, Splitter};
use super::{
    Bind, BindSource, Condition, Direction, Item, Revision, Script, Side, Sides, Statement, Step,
};
use crate::sql::{TokenKind, tokens};

impl Revision {
    /// Both sides, cut into statements. A side that names no dialect is read as the default's.
    pub fn sides(&self, default_dialect: &str) -> Result<Sides, Vec<Diagnostic>> {
        let mut faults = Vec::new();
        let sides = self.read_sides(default_dialect, &mut faults);
        match faults.is_empty() {
            true => Ok(sides),
            false => Err(diagnostics(&self.source, faults)),
        }
    }

    /// The side that holds for a dialect: its own, or else the one that names none. None when the
    /// file has neither, which in a downgrade means that nobody wrote how to undo the revision.
    pub fn side(
        &self,
        direction: Direction,
        dialect: &str,
    ) -> Result<Option<Side>, Vec<Diagnostic>> {
        let Some(script) = self.script(direction, dialect) else { return Ok(None) };
        let mut faults = Vec::new();
        let side = read_side(&self.source, script, dialect, &mut faults);
        match faults.is_empty() {
            true => Ok(Some(side)),
            false => Err(diagnostics(&self.source, faults)),
        }
    }

    /// The text of the side that holds for a dialect, as it stands in the file.
    pub fn side_text(&self, direction: Direction, dialect: &str) -> Option<&str> {
        let script = self.script(direction, dialect)?;
        Some(&self.source.text[script.text.clone()])
    }

    /// The dialects that have a side of their own in this direction.
    pub fn dialects(&self, direction: Direction) -> impl Iterator<Item = &str> {
        let scripts = self.scripts.iter().filter(move |script| script.direction == direction);
        scripts.filter_map(|script| script.dialect.as_deref())
    }

    fn script(&self, direction: Direction, dialect: &str) -> Option<&Script> {
        let with = |wanted: Option<&str>| {
            let mut scripts = self.scripts.iter();
            scripts
                .find(|script| script.direction == direction && script.dialect.as_deref() == wanted)
        };
        with(Some(dialect)).or_else(|| with(None))
    }

    /// The functions of the project that this side of a dialect calls, in order and with the
    /// statements that call them.
    pub fn rust_steps(
        &self,
        direction: Direction,
        dialect: &str,
    ) -> Result<Vec<Statement>, Vec<Diagnostic>> {
        let steps = self.side(direction, dialect)?.unwrap_or_default().steps;
        let statements = steps.into_iter().flat_map(|step| step.statements);
        Ok(statements.filter(|statement| statement.rust.is_some()).collect())
    }

    pub(super) fn read_sides(&self, default_dialect: &str, faults: &mut Vec<Fault>) -> Sides {
        let mut sides = Sides::default();
        for script in &self.scripts {
            let dialect = script.dialect.as_deref().unwrap_or(default_dialect);
            let side = read_side(&self.source, script, dialect, faults);
            let by_dialect = match script.direction {
                Direction::Upgrade => &mut sides.upgrade,
                Direction::Downgrade => &mut sides.downgrade,
            };
            by_dialect.insert(script.dialect.clone().unwrap_or_default(), side);
        }
        sides
    }
}

/// Directives that wait for the statement they are about.
#[derive(Default)]
struct Pending {
    binds: Vec<Bind>,
    repeat: Option<Range<usize>>,
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    dialect: &'a str,
    splitter: Splitter,
    side: Side,
    step: Step,
    /// The function that the step calls, and where that is said.
    rust: Option<(String, Range<usize>)>,
    when: Vec<Condition>,
    pending: Pending,
    faults: &'a mut Vec<Fault>,
}

fn read_side(
    source: &Arc<Source>,
    script: &Script,
    dialect: &str,
    faults: &mut Vec<Fault>,
) -> Side {
    let text = source.text[script.text.clone()].to_owned();
    let mut reader = Reader {
        source,
        dialect,
        splitter: Splitter::new(split::syntax(dialect)),
        side: Side { text, ..Side::default() },
        step: Step::default(),
        rust: None,
        when: Vec::new(),
        pending: Pending::default(),
        faults,
    };
    for item in &script.items {
        reader.item(item);
    }
    reader.end_step();
    reader.side
}

impl Reader<'_> {
    fn item(&mut self, item: &Item) {
        match item {
            Item::Text(range) => {
                let (pieces, open) = self.splitter.pieces(&self.source.text[range.clone()]);
                for piece in pieces {
                    self.statement(piece, range.start);
                }
                if let Some(open) = open {
                    let place = range.start + open.range.start..range.start + open.range.end;
                    self.faults.push(Fault::new(place, open.message).help(open.help));
                }
            }
            Item::Block(range) => match self.splitter.whole(&self.source.text[range.clone()]) {
                Some(piece) => self.statement(piece, range.start),
                None => {
                    let message = "nothing stands between `statement` and `end`";
                    self.faults.push(Fault::new(self.line_before(range.start), message));
                }
            },
            Item::Directive(directive, range) => self.directive(directive, range),
        }
    }

    fn line_before(&self, at: usize) -> Range<usize> {
        let before = self.source.text[..at].trim_end();
        before.rfind('\n').map_or(0, |start| start + 1)..before.len()
    }

    fn directive(&mut self, directive: &Directive, range: &Range<usize>) {
        match directive {
            Directive::Step { autocommit } => {
                self.end_step();
                self.step.autocommit = *autocommit;
            }
            Directive::Rust(name) => {
                self.end_step();
                self.rust = Some((name.clone(), range.clone()));
            }
            Directive::When(condition) => self.when.push(condition.clone()),
            Directive::Bind { name, value } => self.bind(name, value, range),
            Directive::Repeat => {
                if self.pending.repeat.replace(range.clone()).is_some() {
                    self.faults.push(Fault::new(range.clone(), "`repeat` is said twice"));
                }
            }
            Directive::Irreversible(why) => self.side.irreversible = Some(why.clone()),
            // The reader of the file has dealt with these.
            Directive::Side(..) | Directive::Statement | Directive::End => {}
        }
    }

    fn bind(&mut self, name: &str, value: &BindSource, range: &Range<usize>) {
        if self.pending.binds.iter().any(|bind| bind.name == name) {
            self.faults.push(Fault::new(range.clone(), format!("`{name}` is bound twice")));
            return;
        }
        let place = Place { source: Arc::clone(self.source), range: range.clone() };
        self.pending.binds.push(Bind { name: name.to_owned(), value: value.clone(), place });
    }

    fn statement(&mut self, piece: Piece, offset: usize) {
        let range = offset + piece.range.start..offset + piece.range.end;
        if self.rust.is_some() {
            let fault = Fault::new(range, "SQL in a step that calls Rust code");
            self.faults.push(fault.help("put `-- autogen: step` above it, as a step of its own"));
            return;
        }
        let pending = std::mem::take(&mut self.pending);
        self.check_binds(&piece.sql, &pending.binds);
        if let Some(repeat) = &pending.repeat {
            self.check_repeat(&piece.sql, repeat);
        }
        self.step.statements.push(Statement {
            sql: piece.sql,
            rust: None,
            place: Place { source: Arc::clone(self.source), range },
            binds: pending.binds,
            when: self.when.clone(),
            repeat: pending.repeat.is_some(),
        });
    }

    fn check_binds(&mut self, sql: &str, binds: &[Bind]) {
        if binds.is_empty() {
            return;
        }
        let all = tokens(sql, split::syntax(self.dialect));
        let parameters: Vec<&str> = all
            .filter(|token| token.kind == TokenKind::Parameter)
            .filter_map(|token| sql[token.range].strip_prefix(':'))
            .collect();
        for bind in binds.iter().filter(|bind| !parameters.contains(&bind.name.as_str())) {
            let message = format!("the statement has no parameter `:{}`", bind.name);
            let fault = Fault::new(bind.place.range.clone(), message);
            let near = nearest(&bind.name, parameters.iter().copied());
            self.faults.push(match near {
                Some(near) => fault.help(format!("did you mean `{near}`?")),
                None => fault.help("a `bind` is about the statement that follows it"),
            });
        }
    }

    /// Repeating `CREATE TABLE` until it changes no row would never end, or fail at once.
    fn check_repeat(&mut self, sql: &str, repeat: &Range<usize>) {
        const DATA: [&str; 6] = ["insert", "update", "delete", "replace", "merge", "with"];
        let first = sql.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        if !DATA.iter().any(|word| first.eq_ignore_ascii_case(word)) {
            let fault = Fault::new(repeat.clone(), "only a statement that changes rows can repeat");
            self.faults.push(fault.help("put `repeat` above an UPDATE, DELETE or INSERT"));
        }
    }

    fn end_step(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let binds = pending.binds.into_iter().map(|bind| (bind.place.range, "bind"));
        for (range, word) in binds.chain(pending.repeat.map(|range| (range, "repeat"))) {
            let fault = Fault::new(range, format!("no statement follows `{word}` in its step"));
            self.faults.push(fault.help("it is about the next statement; put it right above"));
        }
        let mut step = std::mem::take(&mut self.step);
        step.statements.extend(self.rust.take().map(|(name, range)| Statement {
            sql: format!("rust {name}"),
            rust: Some(name),
            place: Place { source: Arc::clone(self.source), range },
            binds: Vec::new(),
            when: self.when.clone(),
            repeat: false,
        }));
        if !step.statements.is_empty() {
            self.side.steps.push(step);
        }
        self.when.clear();
    }
}
