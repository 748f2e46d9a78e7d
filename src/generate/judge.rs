//! Differences that may be in the words alone: where two expressions have different forms, the
//! database is asked whether they mean the same. It is asked only then, and everything at once.

use std::collections::BTreeMap;

use crate::db::{Database, Failure, TextRow};
use crate::dialect::Dialect;
use crate::dialect::judge::{Inquiry, Judgement, Kind, Probe, Question, Verdict};
use crate::diff::Diff;
use crate::op::{Change, Op, Part};
use crate::schema::{Column, Expr, Index, IndexPart, Name, Schema, Table, Type};

/// Beyond this many constraints that go and come in a table, only those of one name are compared.
const MANY: usize = 8;

/// What the database said means the same.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    /// The author's words in a table, as what they are, with the form of what the database has.
    forms: BTreeMap<(Name, Kind, String), String>,
    /// The types of columns, with what the database has.
    types: BTreeMap<(Name, String), Type>,
    /// What made the answers less sure, or impossible.
    pub note: Option<String>,
}

/// A question, and what follows when both mean the same.
struct Open {
    question: Question,
    table: Name,
    settles: Settles,
}

enum Settles {
    /// The author's words have this form.
    Form(String),
    /// The column has this type.
    Type(String, Type),
}

impl Verdicts {
    /// Whether there is nothing to apply.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty() && self.types.is_empty()
    }

    /// Gives a target what the database said.
    pub(super) fn apply(&self, target: &mut Schema) {
        let mut names: Vec<&Name> = self.forms.keys().map(|(table, ..)| table).collect();
        names.extend(self.types.keys().map(|(table, _)| table));
        names.dedup();
        for name in names {
            let Some(table) = target.tables.get_mut(name) else { continue };
            for column in &mut table.columns {
                if let Some(ty) = self.types.get(&(name.clone(), column.name.clone())) {
                    column.ty = ty.clone();
                }
                let ty = column.ty.spelled().into_owned();
                column.default.iter_mut().for_each(|it| {
                    self.settle(name, Kind::Default { ty: ty.clone() }, it);
                });
                column.generated.iter_mut().for_each(|it| {
                    self.settle(name, Kind::Generated { ty: ty.clone() }, &mut it.expr);
                });
            }
            table.checks.iter_mut().for_each(|it| self.settle(name, Kind::Check, &mut it.expr));
            let indexes = table.indexes.iter_mut().map(|index| &mut index.predicate);
            let excludes = table.excludes.iter_mut().map(|exclude| &mut exclude.predicate);
            for predicate in indexes.chain(excludes).flatten() {
                self.settle(name, Kind::Predicate, predicate);
            }
            let parts = table.indexes.iter_mut().flat_map(|index| &mut index.parts);
            for part in parts.filter(|part| part.expression) {
                if let Some(form) = self.form(name, Kind::Index, &part.text) {
                    part.form = Some(form.clone());
                }
            }
        }
    }

    fn form(&self, table: &Name, kind: Kind, text: &str) -> Option<&String> {
        self.forms.get(&(table.clone(), kind, text.to_owned()))
    }

    fn settle(&self, table: &Name, kind: Kind, expr: &mut Expr) {
        if let Some(form) = self.form(table, kind, &expr.text) {
            expr.form = Some(form.clone());
        }
    }

    fn add(&mut self, open: Open) {
        match open.settles {
            Settles::Form(form) => {
                let key = (open.table, open.question.kind, open.question.author);
                self.forms.entry(key).or_insert(form);
            }
            Settles::Type(column, ty) => {
                self.types.insert((open.table, column), ty);
            }
        }
    }
}

/// Asks the database about what a comparison left open. No query is made where there is nothing.
/// A database that cannot be asked leaves the differences as they are, and the note says so.
pub async fn judge(diff: &Diff, dialect: &dyn Dialect, db: &mut Database) -> Verdicts {
    let open = questions(diff);
    let questions: Vec<Question> = open.iter().map(|it| it.question.clone()).collect();
    let Some(inquiry) = dialect.inquiry(&questions).filter(|_| !questions.is_empty()) else {
        return Verdicts::default();
    };
    let mut verdicts = Verdicts::default();
    match ask(&inquiry, db).await {
        Ok(judgement) => {
            verdicts.note = judgement.note;
            let same = open.into_iter().zip(judgement.verdicts);
            let same = same.filter(|(_, verdict)| *verdict == Verdict::Same);
            same.for_each(|(open, _)| verdicts.add(open));
        }
        Err(failure) => {
            verdicts.note = Some(format!(
                "the database could not be asked whether expressions mean the same, so that some \
                 differences may be in the words alone: {}",
                failure.message
            ));
        }
    }
    verdicts
}

async fn ask(inquiry: &Inquiry, db: &mut Database) -> Result<Judgement, Failure> {
    // A standby refuses to write at once; what it can, it tells without.
    if db.begin_trial().await.is_err() {
        db.begin().await?;
    }
    let answer = rows(inquiry, db).await;
    let ended = db.rollback().await;
    let rows = answer?;
    ended?;
    Ok((inquiry.read)(&rows))
}

async fn rows(inquiry: &Inquiry, db: &mut Database) -> Result<Vec<TextRow>, Failure> {
    for statement in &inquiry.statements {
        db.execute(statement).await?;
    }
    let mut rows = Vec::with_capacity(inquiry.probes.len());
    for probe in &inquiry.probes {
        rows.push(probed(probe, db).await?);
    }
    if !inquiry.ask.is_empty() {
        rows.extend(db.query_text_rows(&inquiry.ask, &[]).await?);
    }
    Ok(rows)
}

/// The answer to one probe. What it has made is gone afterwards, whatever the answer.
async fn probed(probe: &Probe, db: &mut Database) -> Result<TextRow, Failure> {
    if let Err(failure) = db.execute(&probe.make).await {
        // MariaDB may have made something and then fail.
        db.execute(&probe.unmake).await?;
        return Ok(vec![Some(failure.message)]);
    }
    let told = db.query_text_rows(&probe.ask, &[]).await;
    db.execute(&probe.unmake).await?;
    let row = told?.into_iter().next().unwrap_or_default();
    Ok(std::iter::once(None).chain(row).collect())
}

/// What differs in a form or a type, and could be the same.
fn questions(diff: &Diff) -> Vec<Open> {
    let mut changed: BTreeMap<&Name, Vec<&Change>> = BTreeMap::new();
    for op in &diff.ops {
        if let Op::Alter { table, change } = op {
            changed.entry(table).or_default().push(change);
        }
    }
    let mut open = Vec::new();
    for (name, changes) in changed {
        let Some(table) = diff.target.tables.get(name) else { continue };
        let asking = Asking { table, columns: columns(table) };
        for change in &changes {
            if let Change::AlterColumn { old, new, .. } = change {
                asking.column(old, new, &mut open);
            }
        }
        asking.parts(&changes, &mut open);
    }
    open
}

fn columns(table: &Table) -> Vec<(String, String)> {
    let all = table.columns.iter();
    all.map(|column| (column.name.clone(), column.ty.spelled().into_owned())).collect()
}

/// Questions about a table as it will be.
struct Asking<'a> {
    table: &'a Table,
    columns: Vec<(String, String)>,
}

impl Asking<'_> {
    fn ask(&self, kind: Kind, (author, reported): (&str, &str), settles: Settles) -> Open {
        let question = Question {
            columns: self.columns.clone(),
            kind,
            author: author.to_owned(),
            reported: reported.to_owned(),
        };
        Open { question, table: self.table.name.clone(), settles }
    }

    fn expr(&self, kind: Kind, old: &Expr, new: &Expr) -> Option<Open> {
        let settles = || Settles::Form(old.form().to_owned());
        (old != new).then(|| self.ask(kind, (&new.text, &old.text), settles()))
    }

    fn column(&self, old: &Column, new: &Column, open: &mut Vec<Open>) {
        let spelled = new.ty.spelled();
        if let (Type::Native(before), Type::Native(after)) = (&old.ty, &new.ty)
            && before != after
        {
            let settles = Settles::Type(new.name.clone(), old.ty.clone());
            open.push(self.ask(Kind::Type, (after, before), settles));
        }
        if let (Some(old), Some(new)) = (&old.default, &new.default) {
            open.extend(self.expr(Kind::Default { ty: spelled.clone().into_owned() }, old, new));
        }
        if let (Some(old), Some(new)) = (&old.generated, &new.generated) {
            let kind = Kind::Generated { ty: spelled.into_owned() };
            open.extend(self.expr(kind, &old.expr, &new.expr));
        }
    }

    /// Constraints and indexes that go and come: those of one name, and where there are few, any
    /// that could be the same under another.
    fn parts(&self, changes: &[&Change], open: &mut Vec<Open>) {
        let gone = changes.iter().filter_map(|change| match change {
            Change::Drop(part) | Change::Rename { old: part, .. } => Some(part),
            _ => None,
        });
        let come = changes.iter().filter_map(|change| match change {
            Change::Add(part) | Change::Rename { new: part, .. } => Some(part),
            _ => None,
        });
        let (gone, come): (Vec<&Part>, Vec<&Part>) = (gone.collect(), come.collect());
        let few = gone.len() <= MANY && come.len() <= MANY;
        for new in &come {
            let named = gone.iter().filter(|old| old.name() == new.name());
            let named: Vec<&&Part> = named.collect();
            let candidates = if named.is_empty() && few { gone.iter().collect() } else { named };
            candidates.into_iter().for_each(|old| self.pair(old, new, open));
        }
    }

    fn pair(&self, old: &Part, new: &Part, open: &mut Vec<Open>) {
        match (old, new) {
            (Part::Check(old), Part::Check(new)) => {
                open.extend(self.expr(Kind::Check, &old.expr, &new.expr));
            }
            (Part::Index(old), Part::Index(new)) => self.index(old, new, open),
            (Part::Exclude(old), Part::Exclude(new)) => {
                if let (Some(old), Some(new)) = (&old.predicate, &new.predicate) {
                    open.extend(self.expr(Kind::Predicate, old, new));
                }
            }
            _ => {}
        }
    }

    fn index(&self, old: &Index, new: &Index, open: &mut Vec<Open>) {
        if old.parts.len() != new.parts.len() || old.predicate.is_some() != new.predicate.is_some()
        {
            return;
        }
        if let (Some(old), Some(new)) = (&old.predicate, &new.predicate) {
            open.extend(self.expr(Kind::Predicate, old, new));
        }
        let expressions =
            |(old, new): &(&IndexPart, &IndexPart)| old.expression && new.expression && old != new;
        for (old, new) in old.parts.iter().zip(&new.parts).filter(expressions) {
            let form = old.form.clone().unwrap_or_else(|| old.text.clone());
            open.push(self.ask(Kind::Index, (&new.text, &old.text), Settles::Form(form)));
        }
    }
}
