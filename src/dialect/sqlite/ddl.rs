//! Reads the CREATE statements that SQLite stores, as SQLite reads them. What comes out still has
//! the author's spelling; `canonical` gives it the one that is compared.

use std::borrow::Cow;
use std::ops::Range;

use sqlite3_parser::ast::{
    Cmd, ColumnConstraint, ColumnDefinition, CreateTableBody, DeferSubclause, Expr as Ast,
    ForeignKeyClause, Id, IndexedColumn, InitDeferredPred, Literal, Name as AstName, RefAct,
    RefArg, ResolveType, SortOrder, SortedColumn, Stmt, TabFlags, TableConstraint, Type as AstType,
    TypeSize,
};
use sqlite3_parser::lexer::sql::Parser;
use sqlite3_parser::{Bump, FallibleIterator as _};

use super::types::quote;
use crate::error::{Error, Kind, Result};
use crate::schema::{
    Action, Check, Column, ConstraintName, Deferral, Expr, ForeignKey, Generated, Index, IndexPart,
    Name, Options, PrimaryKey, Table, Type, Unique,
};
use crate::sql::literal;
use crate::sql::{Syntax, Token, TokenKind, tokens, unquote};

/// Reads a table.
pub(super) fn table(name: &str, sql: &str) -> Result<Table> {
    let bump = Bump::new();
    let sql = &without_idle_names(sql);
    let statement = parse(&bump, sql).map_err(|why| unreadable("table", name, &why))?;
    let Stmt::CreateTable { body, .. } = statement else {
        return Err(unreadable("table", name, "it is no CREATE TABLE"));
    };
    // A table made by CREATE TABLE .. AS SELECT is stored with its columns spelled out.
    let CreateTableBody::ColumnsAndConstraints { columns, constraints, flags } = body else {
        return Err(unreadable("table", name, "it has no columns"));
    };
    let mut table = Table::new(Name::new(name));
    for (flag, option) in [(TabFlags::Strict, "strict"), (TabFlags::WithoutRowid, "without_rowid")]
    {
        if flags.contains(flag) {
            table.options.insert(option.into(), "true".into());
        }
    }
    for definition in &columns {
        read_column(&mut table, definition);
    }
    for it in constraints.unwrap_or_default() {
        read_constraint(&mut table, constraint_name(it.name.as_ref()), &it.constraint);
    }
    Ok(table)
}

/// Reads an index.
pub(super) fn index(name: &str, sql: &str) -> Result<Index> {
    let bump = Bump::new();
    let statement = parse(&bump, sql).map_err(|why| unreadable("index", name, &why))?;
    let Stmt::CreateIndex { unique, columns, where_clause, .. } = statement else {
        return Err(unreadable("index", name, "it is no CREATE INDEX"));
    };
    Ok(Index {
        name: ConstraintName::given(name),
        parts: columns.iter().map(part).collect(),
        unique,
        predicate: where_clause.map(|predicate| text(&predicate)),
        using: None,
        include: Vec::new(),
        nulls_not_distinct: false,
        comment: None,
        options: Options::new(),
    })
}

fn unreadable(noun: &str, name: &str, why: &str) -> Error {
    Error::new(Kind::Database, format!("the {noun} `{name}` cannot be read: {why}"))
        .help("create it again in plainer SQL; a statement that SQLite takes is worth a bug report")
}

fn parse<'bump>(bump: &'bump Bump, sql: &'bump str) -> std::result::Result<Stmt<'bump>, String> {
    // The parser cannot say it in another way than `IS NOT a`, which is something else.
    let negation = ["NOT", "DISTINCT", "FROM", "NOT"];
    let all: Vec<Token> = match holds(sql, b"distinct").next() {
        Some(_) => solid(sql).collect(),
        None => Vec::new(),
    };
    let said = |run: &[Token]| run.iter().zip(negation).all(|(token, word)| is(sql, token, word));
    if all.windows(negation.len()).any(said) {
        return Err("write `IS (NOT ..)` for `IS NOT DISTINCT FROM NOT ..`".into());
    }
    match Parser::new(bump, sql.as_bytes()).next() {
        Ok(Some(Cmd::Stmt(statement))) => Ok(statement),
        Ok(_) => Err("it is no statement".into()),
        Err(cause) => Err(cause.to_string()),
    }
}

/// SQLite takes `CONSTRAINT name` without a constraint behind it, and forgets it. The parser would
/// give the name to the next constraint, whichever that is, or drop that.
fn without_idle_names(sql: &str) -> Cow<'_, str> {
    // A cheap look first: it may see a name where there is none, but misses none.
    let near = |at: usize| solid(&sql[at..]).take(4).collect::<Vec<_>>();
    if !holds(sql, b"constraint").any(|at| idle(&sql[at..], &near(at))) {
        return Cow::Borrowed(sql);
    }
    let mut text = sql.to_owned();
    while let Some(range) = idle_name(&text) {
        text.replace_range(range, " ");
    }
    Cow::Owned(text)
}

/// Where the text holds the word, in any case.
fn holds<'a>(sql: &'a str, word: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let all = sql.as_bytes().windows(word.len()).enumerate();
    all.filter(|(_, part)| part.eq_ignore_ascii_case(word)).map(|(at, _)| at)
}

/// The first name without a constraint, with the comma before it if it would stay behind alone.
fn idle_name(sql: &str) -> Option<Range<usize>> {
    let all: Vec<Token> = solid(sql).collect();
    let at = (0..all.len()).find(|at| idle(sql, &all[*at..]))?;
    let is = |at: usize, symbol| all.get(at).is_some_and(|token| is(sql, token, symbol));
    let alone = at > 0 && is(at - 1, ",") && !is(at + 2, "CONSTRAINT");
    Some(all[at - usize::from(alone)].range.start..all[at + 1].range.end)
}

fn solid(sql: &str) -> impl Iterator<Item = Token> {
    let empty = |token: &Token| matches!(token.kind, TokenKind::Space | TokenKind::Comment);
    tokens(sql, Syntax::SQLITE).filter(move |token| !empty(token))
}

fn is(sql: &str, token: &Token, word: &str) -> bool {
    token.kind != TokenKind::Quoted && sql[token.range.clone()].eq_ignore_ascii_case(word)
}

/// Whether these tokens begin with `CONSTRAINT name`, and no constraint follows.
fn idle(sql: &str, named: &[Token]) -> bool {
    let [first, _, next, after @ ..] = named else { return false };
    let ends = [",", ")", "CONSTRAINT", "DEFERRABLE"];
    is(sql, first, "CONSTRAINT")
        && (ends.iter().any(|word| is(sql, next, word))
            || (is(sql, next, "NOT") && after.first().is_some_and(|it| is(sql, it, "DEFERRABLE"))))
}

fn plain(name: &AstName<'_>) -> String {
    unquote(name.0)
}

fn constraint_name(name: Option<&AstName<'_>>) -> Option<ConstraintName> {
    name.map(|name| ConstraintName::given(plain(name)))
}

fn text(expr: &Ast<'_>) -> Expr {
    Expr::new(expr.to_string())
}

fn read_column(table: &mut Table, definition: &ColumnDefinition<'_>) {
    let name = plain(&definition.col_name);
    let ty = definition.col_type.as_ref().map(type_text).unwrap_or_default();
    let mut column = Column::new(name, Type::Native(ty));
    column.null = true;
    // `DEFERRABLE` belongs to the reference before it.
    let references = table.foreign_keys.len();
    for it in definition.constraints {
        let name = constraint_name(it.name.as_ref());
        let only = || vec![IndexPart::column(column.name.clone())];
        match &it.constraint {
            ColumnConstraint::PrimaryKey { order, conflict_clause, auto_increment } => {
                let mut columns = only();
                columns[0].descending = *order == Some(SortOrder::Desc);
                table.primary_key = Some(key(name, columns, *conflict_clause, *auto_increment));
            }
            ColumnConstraint::NotNull { nullable: false, conflict_clause } => {
                column.null = false;
                column.options = on_conflict("not_null_on_conflict", *conflict_clause);
            }
            // The word NULL allows what is allowed already, even after NOT NULL.
            ColumnConstraint::NotNull { nullable: true, .. } => {}
            ColumnConstraint::Unique(conflict) => {
                table.uniques.push(unique(name, only(), *conflict));
            }
            ColumnConstraint::Check(expr) => {
                table.checks.push(Check { name, expr: text(expr), options: Options::new() })
            }
            ColumnConstraint::Default(expr) => column.default = Some(default(expr)),
            ColumnConstraint::Defer(clause) => {
                if let Some(key) = table.foreign_keys[references..].last_mut() {
                    key.deferral = deferral(clause);
                }
            }
            ColumnConstraint::Collate { collation_name } => {
                column.collate = Some(plain(collation_name));
            }
            ColumnConstraint::ForeignKey { clause, defer_clause } => {
                let columns = vec![column.name.clone()];
                table.foreign_keys.push(reference(name, columns, clause, defer_clause.as_ref()));
            }
            ColumnConstraint::Generated { expr, typ } => {
                let stored = typ.as_ref().is_some_and(|it| it.0.eq_ignore_ascii_case("stored"));
                column.generated = Some(Generated { expr: text(expr), stored });
            }
        }
    }
    table.columns.push(column);
}

fn read_constraint(table: &mut Table, name: Option<ConstraintName>, it: &TableConstraint<'_>) {
    match it {
        TableConstraint::PrimaryKey { columns, auto_increment, conflict_clause } => {
            let mut parts: Vec<IndexPart> = columns.iter().map(part).collect();
            // Said here, `DESC` does not keep the one INTEGER column from being the row's number,
            // and then it means nothing; said at the column it does.
            if let [only] = parts.as_mut_slice() {
                let named = |column: &&Column| column.name.eq_ignore_ascii_case(&only.text);
                let is_integer = |column: &Column| match &column.ty {
                    Type::Native(text) => text.eq_ignore_ascii_case("INTEGER"),
                    _ => false,
                };
                if table.columns.iter().find(named).is_some_and(is_integer)
                    && !table.options.contains_key("without_rowid")
                {
                    only.descending = false;
                }
            }
            table.primary_key = Some(key(name, parts, *conflict_clause, *auto_increment));
        }
        TableConstraint::Unique { columns, conflict_clause } => {
            let parts = columns.iter().map(part).collect();
            table.uniques.push(unique(name, parts, *conflict_clause));
        }
        // SQLite reads the conflict clause of a check, and forgets it.
        TableConstraint::Check(expr, _) => {
            table.checks.push(Check { name, expr: text(expr), options: Options::new() })
        }
        TableConstraint::ForeignKey { columns, clause, defer_clause } => {
            let columns = names(columns);
            table.foreign_keys.push(reference(name, columns, clause, defer_clause.as_ref()));
        }
    }
}

fn names(columns: &[IndexedColumn<'_>]) -> Vec<String> {
    columns.iter().map(|column| plain(&column.col_name)).collect()
}

fn key(
    name: Option<ConstraintName>,
    columns: Vec<IndexPart>,
    conflict: Option<ResolveType>,
    autoincrement: bool,
) -> PrimaryKey {
    let mut options = on_conflict("on_conflict", conflict);
    if autoincrement {
        options.insert("autoincrement".into(), "true".into());
    }
    PrimaryKey { name, columns, options }
}

fn unique(
    name: Option<ConstraintName>,
    columns: Vec<IndexPart>,
    conflict: Option<ResolveType>,
) -> Unique {
    let options = on_conflict("on_conflict", conflict);
    Unique { name, columns, nulls_not_distinct: false, deferral: None, options }
}

fn on_conflict(option: &str, conflict: Option<ResolveType>) -> Options {
    let word = match conflict {
        None | Some(ResolveType::Abort) => return Options::new(),
        Some(ResolveType::Rollback) => "ROLLBACK",
        Some(ResolveType::Fail) => "FAIL",
        Some(ResolveType::Ignore) => "IGNORE",
        Some(ResolveType::Replace) => "REPLACE",
    };
    Options::from([(option.into(), word.into())])
}

fn reference(
    name: Option<ConstraintName>,
    columns: Vec<String>,
    clause: &ForeignKeyClause<'_>,
    defer: Option<&DeferSubclause>,
) -> ForeignKey {
    let mut key = ForeignKey {
        name,
        columns,
        table: Name::new(plain(&clause.tbl_name)),
        referenced: clause.columns.map(names).unwrap_or_default(),
        on_delete: Action::NoAction,
        on_update: Action::NoAction,
        matching: None,
        deferral: defer.and_then(deferral),
        options: Options::new(),
    };
    for argument in clause.args {
        match argument {
            RefArg::OnDelete(it) => key.on_delete = action(*it),
            RefArg::OnUpdate(it) => key.on_update = action(*it),
            RefArg::Match(name) => key.matching = Some(plain(name)),
            // Read by SQLite, and without effect.
            RefArg::OnInsert(_) => {}
        }
    }
    key
}

fn action(it: RefAct) -> Action {
    match it {
        RefAct::SetNull => Action::SetNull,
        RefAct::SetDefault => Action::SetDefault,
        RefAct::Cascade => Action::Cascade,
        RefAct::Restrict => Action::Restrict,
        RefAct::NoAction => Action::NoAction,
    }
}

fn deferral(clause: &DeferSubclause) -> Option<Deferral> {
    clause.deferrable.then_some(match clause.init_deferred {
        Some(InitDeferredPred::InitiallyDeferred) => Deferral::InitiallyDeferred,
        _ => Deferral::InitiallyImmediate,
    })
}

/// A part of an index or key: a column, or an expression without its outermost collation.
fn part(sorted: &SortedColumn<'_>) -> IndexPart {
    let (mut expr, mut collate) = (&sorted.expr, None);
    loop {
        expr = match expr {
            Ast::Parenthesized(inner) if inner.len() == 1 => &inner[0],
            Ast::Collate(inner, name) => {
                collate.get_or_insert_with(|| unquote(name));
                inner
            }
            _ => break,
        };
    }
    // SQLite takes a string for a name here.
    let (text, expression) = match expr {
        Ast::Id(Id(name)) | Ast::Name(AstName(name)) | Ast::Literal(Literal::String(name)) => {
            (unquote(name), false)
        }
        _ => (expr.to_string(), true),
    };
    let descending = sorted.order == Some(SortOrder::Desc);
    IndexPart { expression, descending, collate, ..IndexPart::column(text) }
}

/// A bare word is a string here, unless it is TRUE or FALSE.
fn default(expr: &Ast<'_>) -> Expr {
    match expr {
        Ast::Id(Id(word)) if !["true", "false"].contains(&word.to_ascii_lowercase().as_str()) => {
            Expr::new(literal(&unquote(word)))
        }
        _ => text(expr),
    }
}

fn type_text(ty: &AstType<'_>) -> String {
    let number = |expr: &Ast<'_>| expr.to_string().replace(' ', "");
    let name = without_always(ty.name);
    match &ty.size {
        _ if name.starts_with(['"', '\'', '`', '[']) => quoted_type(name),
        None => name.to_owned(),
        Some(TypeSize::MaxSize(size)) => format!("{name}({})", number(size)),
        Some(TypeSize::TypeSize(one, two)) => format!("{name}({}, {})", number(one), number(two)),
    }
}

/// `a INT GENERATED ALWAYS AS (..)`: SQLite takes the two words for a part of the type at first,
/// and looks for them afterwards in every type that is long enough.
fn without_always(name: &str) -> &str {
    let cut = |text: &str, word: &str| {
        let at = text.len().checked_sub(word.len())?;
        text.get(at..).filter(|last| last.eq_ignore_ascii_case(word)).map(|_| at)
    };
    let long = name.len() >= "generated always".len();
    match cut(name, "always").filter(|_| long) {
        None => name,
        Some(at) => {
            let rest = name[..at].trim_end();
            cut(rest, "generated").map_or(rest, |at| rest[..at].trim_end())
        }
    }
}

/// A type that begins with quotes is what is in them, and nothing of what follows. The quotes stay
/// where the words could not stand alone.
fn quoted_type(name: &str) -> String {
    let first = tokens(name, Syntax::SQLITE).next().map(|token| unquote(&name[token.range]));
    let inner = first.unwrap_or_default();
    let plain = |word: &str| quote(word) == word;
    if inner.split(' ').all(plain) { inner } else { format!("\"{}\"", inner.replace('"', "\"\"")) }
}
