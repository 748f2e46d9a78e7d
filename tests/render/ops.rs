//! Ops that two schemas do not lead to by themselves: names, enumerated types made anew, objects.
//! Each is run on a server, and then its inverse, which must leave the catalog as it was.

use autogen::dialect::Dialect as _;
use autogen::dialect::postgres::Postgres;
use autogen::op::{Change, Op, Part, ReplaceEnum};
use autogen::schema::{
    Column, ConstraintName, Enum, Expr, Index, IndexPart, Name, Object, ObjectKind, Options, Type,
};
use libtest_mimic::Trial;
use sqlx::PgConnection;

use super::catalog;
use super::live::{holds, on, same};
use super::servers::{Server, execute};

/// What is there, what is done, and what is true then.
struct Walk {
    name: &'static str,
    made: &'static str,
    op: Op,
    /// The way back, where it is not the inverse.
    back: Option<Op>,
    up: &'static str,
}

/// Each walk on a server.
pub(crate) fn trials(server: &Server) -> Vec<Trial> {
    let walks = names().into_iter().chain(objects()).chain(enums()).chain([mapped(), index()]);
    let named = |name: &str| format!("{}::op::{name}", server.name());
    let mut trials: Vec<Trial> = walks
        .map(|walk| {
            let server = server.clone();
            Trial::test(named(walk.name), move || run(&server, &walk).map_err(Into::into))
        })
        .collect();
    let server = server.clone();
    trials.push(Trial::test(named("label_in_use"), move || in_use(&server).map_err(Into::into)));
    trials
}

async fn render(connection: &mut PgConnection, op: &Op, version: u16) -> Result<(), String> {
    for statement in Postgres::new(version).render(op) {
        execute(connection, &statement).await?;
    }
    Ok(())
}

fn run(server: &Server, walk: &Walk) -> Result<(), String> {
    on(server, async |connection| {
        execute(connection, walk.made).await?;
        let before = catalog::read(connection).await?;
        render(connection, &walk.op, server.version).await?;
        holds(connection, &[walk.up.to_owned()]).await?;
        let back = walk.back.clone().unwrap_or_else(|| walk.op.inverse());
        render(connection, &back, server.version).await?;
        same("down", &catalog::read(connection).await?, &before)
    })
}

fn walk(name: &'static str, made: &'static str, op: Op, up: &'static str) -> Walk {
    Walk { name, made, op, back: None, up }
}

fn names() -> Vec<Walk> {
    let table = |old: &str, new: &str| Op::RenameTable { old: old.into(), new: new.into() };
    let kind = |old: &str, new: &str| Op::RenameEnum { old: old.into(), new: new.into() };
    let in_namespaces = "CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.t (id bigserial PRIMARY KEY); \
         CREATE TYPE a.e AS ENUM ('x'); CREATE TABLE u (id int)";
    let column = Change::RenameColumn { old: "id".into(), new: "Order".into() };
    vec![
        walk("table", in_namespaces, table("u", "v"), "to_regclass('v') IS NOT NULL"),
        walk(
            "table_moved",
            in_namespaces,
            table("a.t", "b.t"),
            "to_regclass('b.t_id_seq') IS NOT NULL",
        ),
        walk("table_both", in_namespaces, table("a.t", "b.v"), "to_regclass('b.v') IS NOT NULL"),
        walk("table_home", in_namespaces, table("a.t", "v"), "to_regclass('public.v') IS NOT NULL"),
        walk("table_away", in_namespaces, table("u", "b.u"), "to_regclass('b.u') IS NOT NULL"),
        walk("type", in_namespaces, kind("a.e", "b.f"), "to_regtype('b.f') IS NOT NULL"),
        walk(
            "column",
            in_namespaces,
            Op::Alter { table: "a.t".into(), change: column },
            "EXISTS (SELECT FROM pg_attribute WHERE attname = 'Order')",
        ),
        walk(
            "namespace",
            in_namespaces,
            Op::RenameNamespace { old: "a".into(), new: "order".into() },
            "to_regclass('\"order\".t') IS NOT NULL",
        ),
        walk(
            "namespace_new",
            "SELECT",
            Op::CreateNamespace("RENAME".into()),
            "EXISTS (SELECT FROM pg_namespace WHERE nspname = 'RENAME')",
        ),
    ]
}

fn object(kind: ObjectKind, name: &str, sql: &str) -> Op {
    let table = matches!(kind, ObjectKind::Rule | ObjectKind::Policy | ObjectKind::Trigger);
    let mut object = Object::new(kind, name.into(), sql);
    object.table = table.then(|| "app.t".into());
    if kind == ObjectKind::MaterializedView {
        object.after = vec![
            format!("CREATE INDEX ix_m ON {name} (id)"),
            format!("COMMENT ON MATERIALIZED VIEW {name} IS 'M'"),
        ];
    }
    Op::CreateObject(object)
}

const MADE: &str = "CREATE SCHEMA app; CREATE TABLE app.t (id int, n text); CREATE FUNCTION \
                    app.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'";

/// Name of the walk, kind and name of the object, how it is made, and what is true then.
const OBJECTS: [(&str, ObjectKind, &str, &str, &str); 13] = [
    (
        "view",
        ObjectKind::View,
        "app.v",
        "CREATE VIEW app.v AS SELECT id FROM app.t",
        "to_regclass('app.v') IS NOT NULL",
    ),
    (
        "matview",
        ObjectKind::MaterializedView,
        "app.m",
        "CREATE MATERIALIZED VIEW app.m AS SELECT id FROM app.t",
        "to_regclass('app.ix_m') IS NOT NULL",
    ),
    (
        "rule",
        ObjectKind::Rule,
        "r",
        "CREATE RULE r AS ON DELETE TO app.t DO INSTEAD NOTHING",
        "EXISTS (SELECT FROM pg_rewrite WHERE rulename = 'r')",
    ),
    (
        "policy",
        ObjectKind::Policy,
        "p",
        "CREATE POLICY p ON app.t USING (id > 0)",
        "EXISTS (SELECT FROM pg_policy)",
    ),
    (
        "trigger",
        ObjectKind::Trigger,
        "g",
        "CREATE TRIGGER g BEFORE INSERT ON app.t FOR EACH ROW EXECUTE FUNCTION app.f()",
        "EXISTS (SELECT FROM pg_trigger)",
    ),
    (
        "function",
        ObjectKind::Function,
        "app.Plus(integer, text[])",
        "CREATE FUNCTION app.\"Plus\"(integer, text[]) RETURNS int LANGUAGE sql AS 'SELECT $1'",
        "to_regprocedure('app.\"Plus\"(int, text[])') IS NOT NULL",
    ),
    (
        "procedure",
        ObjectKind::Function,
        "app.q(integer)",
        "CREATE OR REPLACE PROCEDURE app.q(integer) LANGUAGE sql AS 'SELECT $1'",
        "to_regprocedure('app.q(int)') IS NOT NULL",
    ),
    (
        "sequence",
        ObjectKind::Sequence,
        "app.s",
        "CREATE SEQUENCE app.s",
        "to_regclass('app.s') IS NOT NULL",
    ),
    (
        "domain",
        ObjectKind::Domain,
        "app.d",
        "CREATE DOMAIN app.d AS int",
        "to_regtype('app.d') IS NOT NULL",
    ),
    (
        "composite",
        ObjectKind::Composite,
        "app.c",
        "CREATE TYPE app.c AS (a int)",
        "to_regtype('app.c') IS NOT NULL",
    ),
    (
        "statistics",
        ObjectKind::Statistics,
        "app.st",
        "CREATE STATISTICS app.st ON id, n FROM app.t",
        "EXISTS (SELECT FROM pg_statistic_ext)",
    ),
    (
        "publication",
        ObjectKind::Publication,
        "pub",
        "CREATE PUBLICATION pub FOR TABLE app.t",
        "EXISTS (SELECT FROM pg_publication)",
    ),
    (
        "extension",
        ObjectKind::Extension,
        "plpgsql",
        "CREATE EXTENSION plpgsql",
        "EXISTS (SELECT FROM pg_extension)",
    ),
];

fn objects() -> Vec<Walk> {
    let made = |name: &str| match name {
        "extension" => "DROP EXTENSION plpgsql",
        _ => MADE,
    };
    let walks = OBJECTS.into_iter();
    walks
        .map(|(name, kind, of, sql, up)| walk(name, made(name), object(kind, of, sql), up))
        .collect()
}

fn labels(labels: &[&str]) -> Enum {
    let labels = labels.iter().map(|&label| label.to_owned()).collect();
    Enum { comment: Some("How".into()), ..Enum::new("app.mood".into(), labels) }
}

fn columns(default: &str, list: &str) -> Vec<(Name, Column)> {
    let mood = Type::Enum("app.mood".into());
    let column = |name: &str, ty: Type, default: Option<&str>| Column {
        default: default.map(Expr::new),
        ..Column::new(name, ty)
    };
    vec![
        ("t".into(), column("one", mood.clone(), Some(default))),
        ("t".into(), column("Two", Type::Array(Box::new(mood.clone())), Some(list))),
        ("app.u".into(), column("three", mood, None)),
    ]
}

const MOODS: &str = "CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('ok', 'it''s', 'gone'); \
                     COMMENT ON TYPE app.mood IS 'How'; \
                     CREATE TABLE t (one app.mood NOT NULL DEFAULT 'ok', \
                     \"Two\" app.mood[] NOT NULL DEFAULT '{ok,it''s}'); \
                     CREATE TABLE app.u (three app.mood); \
                     INSERT INTO t VALUES ('it''s', '{it''s,ok}'); INSERT INTO app.u VALUES ('ok')";

fn enums() -> Vec<Walk> {
    let (old, new) = (labels(&["ok", "it's", "gone"]), labels(&["it's", "new", "ok"]));
    let up = ReplaceEnum {
        old: old.clone(),
        new: new.clone(),
        columns: columns("'ok'::app.mood", "'{ok,it''s}'::app.mood[]"),
        using: std::collections::BTreeMap::new(),
    };
    let down = ReplaceEnum {
        old: new,
        new: old,
        columns: columns("'ok'::app.mood", "'{ok,it''s}'::app.mood[]"),
        using: std::collections::BTreeMap::new(),
    };
    let replaced = Walk {
        name: "enum_replaced",
        made: MOODS,
        op: Op::ReplaceEnum(Box::new(up)),
        back: Some(Op::ReplaceEnum(Box::new(down))),
        up: "SELECT one < 'ok' AND \"Two\"[1] = 'it''s' FROM t",
    };
    let labelled =
        Op::RenameLabel { name: "app.mood".into(), old: "it's".into(), new: "that's".into() };
    let dropped = Enum { comment: None, ..labels(&["x"]) };
    vec![
        replaced,
        walk("label_renamed", MOODS, labelled, "SELECT one = 'that''s' FROM t"),
        walk(
            "enum_new",
            "CREATE SCHEMA app",
            Op::CreateEnum(dropped),
            "to_regtype('app.mood') IS NOT NULL",
        ),
    ]
}

/// Rows with a label that goes are named, and stay.
fn in_use(server: &Server) -> Result<(), String> {
    let op = Op::ReplaceEnum(Box::new(ReplaceEnum {
        old: labels(&["ok", "it's", "gone"]),
        new: labels(&["ok"]),
        columns: columns("'ok'::app.mood", "'{ok}'::app.mood[]"),
        using: std::collections::BTreeMap::new(),
    }));
    on(server, async |connection| {
        execute(connection, MOODS).await?;
        let refused = match render(connection, &op, server.version).await {
            Ok(()) => return Err("labels went while rows had them".into()),
            Err(refused) => refused,
        };
        let wanted = "t.one still holds a label that app.mood loses: it's, gone";
        if !refused.contains(wanted) {
            return Err(refused);
        }
        holds(connection, &["SELECT count(*) = 1 FROM t".into()]).await
    })
}

fn mapped() -> Walk {
    let pairs = [("a", "it's"), ("b", "c")];
    let values = pairs.map(|(old, new)| (old.to_owned(), new.to_owned())).into();
    let change = Change::MapValues { column: "N".into(), values };
    walk(
        "mapped",
        "CREATE TABLE t (id int, \"N\" text); INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'x'), (4, NULL)",
        Op::Alter { table: "t".into(), change },
        "SELECT string_agg(\"N\", ',' ORDER BY id) = 'it''s,c,x' FROM t",
    )
}

/// An index that is built while others write, in the place of one whose build failed.
fn index() -> Walk {
    let index = Index {
        name: ConstraintName::given("ix"),
        parts: vec![IndexPart::column("id")],
        unique: false,
        predicate: None,
        using: None,
        include: Vec::new(),
        nulls_not_distinct: false,
        comment: None,
        options: Options::from([("concurrently".into(), "true".into())]),
    };
    let change = Change::Add(Part::Index(index));
    walk(
        "index_concurrently",
        "CREATE SCHEMA a; CREATE TABLE a.t (id int)",
        Op::Alter { table: "a.t".into(), change },
        "to_regclass('a.ix') IS NOT NULL",
    )
}
