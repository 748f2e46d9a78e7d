//! Keys, constraints and indexes.

use super::super::expr::outer_collation;
use super::Lower;
use super::names::is_plain;
use super::opclass;
use super::options::{essential, list, own, taken};
use super::report::About;
use crate::schema::{
    Action, Check, ConstraintName, Deferral, Exclude, ForeignKey, Index, IndexPart, Options, Table,
    Unique,
};
use crate::sql::{Syntax, TokenKind, tokens, unquote};

const NULLS: (u16, &str) = (15, "drop `nulls_not_distinct`, or index `coalesce(name, '')`");
const PERIODS: (u16, &str) = (18, "use an exclusion constraint: `exclude(..)`");
const ENFORCED: (u16, &str) = (18, "use `not_valid`, which checks new rows");

impl Lower<'_> {
    pub(super) fn primary_key(&mut self, table: &mut Table) {
        let Some(mut key) = table.primary_key.take() else { return };
        let name = key.name.clone();
        self.key_parts(&mut key.columns, "a primary key", name.as_ref());
        self.key_options(&mut key.options, name.as_ref());
        for part in &key.columns {
            if let Some(column) = table.column_mut(&part.text) {
                column.null = false;
            }
        }
        table.primary_key = Some(key);
    }

    pub(super) fn unique(&mut self, unique: &mut Unique) {
        let name = unique.name.clone();
        self.key_parts(&mut unique.columns, "a unique constraint", name.as_ref());
        self.key_options(&mut unique.options, name.as_ref());
        let deferral = match unique.options.remove("deferrable").as_deref() {
            Some("deferred") => Some(Deferral::InitiallyDeferred),
            Some(_) => Some(Deferral::InitiallyImmediate),
            None => None,
        };
        unique.deferral = unique.deferral.or(deferral);
        if unique.nulls_not_distinct {
            let what = "takes any number of NULLs in a unique column";
            self.too_old(About::Named(name.as_ref()), what, NULLS);
        }
    }

    /// The server makes one index for keys that are the same in all but the name.
    pub(super) fn said_twice(&mut self, table: &mut Table) {
        let bare = |unique: &Unique| Unique {
            name: None,
            options: essential(&unique.options),
            ..unique.clone()
        };
        let key = table.primary_key.as_ref().map(|key| {
            let deferral = match key.options.get("deferrable").map(String::as_str) {
                Some("deferred") => Some(Deferral::InitiallyDeferred),
                Some(_) => Some(Deferral::InitiallyImmediate),
                None => None,
            };
            let mut options = essential(&key.options);
            options.remove("deferrable");
            let columns = key.columns.clone();
            Unique { name: None, columns, nulls_not_distinct: false, deferral, options }
        });
        let mut known: Vec<Unique> = Vec::new();
        for unique in std::mem::take(&mut table.uniques) {
            let name = unique.name.clone();
            if key.as_ref() == Some(&bare(&unique)) {
                let what = "makes no unique constraint that is the primary key once more";
                let about = About::Named(name.as_ref());
                self.reports.warn(self.table, about, what, "leave it out");
                continue;
            }
            if known.iter().any(|other| bare(other) == bare(&unique)) {
                let what = "makes no unique constraint that is another one once more";
                self.lacks(About::Named(name.as_ref()), what, "leave one of them out");
            }
            known.push(unique);
        }
        table.uniques = known;
    }

    /// Keys are made of columns and nothing else.
    fn key_parts(&mut self, parts: &mut [IndexPart], noun: &str, name: Option<&ConstraintName>) {
        for part in parts.iter_mut().filter(|part| !is_plain(part)) {
            let what = format!("has only whole columns in {noun}, without order or collation");
            let help = "use a unique index: `#[index(unique, ..)]`";
            self.lacks(About::Named(name), &what, help);
            *part = IndexPart::column(std::mem::take(&mut part.text));
        }
    }

    fn key_options(&mut self, options: &mut Options, name: Option<&ConstraintName>) {
        *options = own(std::mem::take(options));
        taken(options, "include", list);
        if options.contains_key("without_overlaps") {
            self.too_old(About::Named(name), "has no keys without overlaps", PERIODS);
        }
    }

    pub(super) fn check(&mut self, partitioned: bool, check: &mut Check) {
        check.options = own(std::mem::take(&mut check.options));
        if partitioned && check.options.contains_key("no_inherit") {
            let what = "has every check of a partitioned table in its partitions";
            self.lacks(About::Named(check.name.as_ref()), what, "drop `no_inherit`");
        }
        self.enforced(&mut check.options, check.name.as_ref());
    }

    fn enforced(&mut self, options: &mut Options, name: Option<&ConstraintName>) {
        if options.contains_key("not_enforced") {
            // What is not enforced is not valid either.
            options.remove("not_valid");
            self.too_old(About::Named(name), "enforces every constraint", ENFORCED);
        }
    }

    pub(super) fn foreign_key(&mut self, table: &Table, key: &mut ForeignKey) {
        key.options = own(std::mem::take(&mut key.options));
        let name = key.name.clone();
        let about = About::Named(name.as_ref());
        let matching = key.matching.take().map(|word| word.to_ascii_uppercase());
        key.matching = matching.filter(|word| word != "SIMPLE");
        if key.matching.as_deref() == Some("PARTIAL") {
            self.lacks(about, "has no MATCH PARTIAL", "use `full`, or leave `match` out");
        }
        self.enforced(&mut key.options, name.as_ref());
        if key.options.contains_key("period") {
            self.too_old(about, "has no foreign keys over periods", (18, "check it in a trigger"));
        }
        taken(&mut key.options, "set_columns", list);
        let sets = matches!(key.on_delete, Action::SetNull | Action::SetDefault);
        match key.options.get("set_columns") {
            Some(set) if !sets || same_names(set, &key.columns) => {
                key.options.remove("set_columns");
            }
            Some(_) => {
                let help = "leave the columns out, or set them in a trigger";
                self.too_old(about, "sets all columns of a foreign key", (15, help));
            }
            None => {}
        }
        let partitioned = table.options.contains_key("partition_by");
        if partitioned && key.options.contains_key("not_valid") {
            let what = "validates every foreign key of a partitioned table at once";
            self.too_old(about, what, (18, "drop `not_valid`, or say it on the partitions"));
        }
    }

    pub(super) fn exclude(&mut self, table: &Table, exclude: &mut Exclude) {
        let name = exclude.name.clone();
        self.key_options(&mut exclude.options, name.as_ref());
        exclude.using = method(exclude.using.take());
        if table.options.contains_key("partition_by") {
            let what = "has no exclusion constraints on partitioned tables";
            self.too_old(About::Named(name.as_ref()), what, (17, "say it on the partitions"));
        }
    }

    pub(super) fn index(&mut self, table: &Table, index: &mut Index) {
        index.options = own(std::mem::take(&mut index.options));
        index.comment = index.comment.take().filter(|text| !text.is_empty());
        let name = index.name.clone();
        self.method(index);
        let using = index.using.clone();
        let using = using.as_deref().unwrap_or("btree");
        for part in &mut index.parts {
            self.part(table, part, using, &name);
        }
        let about = About::Named(Some(&name));
        if index.unique && using != "btree" {
            let what = format!("has no unique {using} indexes");
            self.lacks(about, &what, "drop `unique`, or `using`");
        }
        if index.nulls_not_distinct && !index.unique {
            index.nulls_not_distinct = false;
        } else if index.nulls_not_distinct {
            self.too_old(about, "takes any number of NULLs in a unique index", NULLS);
        }
        if using == "hash" && index.parts.len() > 1 {
            self.lacks(about, "has hash indexes over one column only", "drop `using`");
        }
        if !index.include.is_empty() && !matches!(using, "btree" | "gist" | "spgist") {
            let what = format!("has no `include` in {using} indexes");
            self.lacks(about, &what, "drop `include`");
        } else if !index.include.is_empty() && using == "spgist" {
            self.too_old(about, "has no `include` in spgist indexes", (14, "drop `include`"));
        }
        let partitioned = table.options.contains_key("partition_by");
        if partitioned && index.options.contains_key(Index::CONCURRENTLY) {
            let help = "drop `concurrently`; or build it on each partition first, by hand";
            self.lacks(about, "builds no index of a partitioned table concurrently", help);
        }
    }

    fn method(&mut self, index: &mut Index) {
        index.using = method(index.using.take());
        let help = match index.using.as_deref() {
            Some("fulltext") => "use a gin index over `to_tsvector('english', name)`",
            Some("spatial") => "use `using = \"gist\"`",
            _ => return,
        };
        let what = format!("has no {} indexes", index.using.take().unwrap_or_default());
        self.lacks(About::Named(Some(&index.name.clone())), &what, help);
    }

    fn part(&mut self, table: &Table, part: &mut IndexPart, using: &str, name: &ConstraintName) {
        let about = About::Named(Some(name));
        if part.length.take().is_some() {
            let what = "cannot have only the start of a column in an index";
            self.lacks(about, what, "use an expression such as `left(name, 10)`");
        }
        // A collation around all that is indexed is the index's own.
        if part.expression
            && part.collate.is_none()
            && let Some((text, collation)) = outer_collation(&part.text)
        {
            (part.text, part.collate) = (text, Some(collation));
        }
        lone_column(table, part);
        let column = table.column(&part.text).filter(|_| !part.expression);
        if let Some(collate) = part.collate.take() {
            self.known_collation(about, &collate);
            let own = column.and_then(|column| column.collate.clone());
            let collate = self.collation_name(&collate);
            // The default one must be said where the column has another.
            part.collate = match (collate, own) {
                (collate, own) if collate == own => None,
                (None, _) => Some("default".into()),
                (collate, _) => collate,
            };
        }
        if using != "btree" && (part.descending || part.nulls_first.is_some()) {
            let what = format!("keeps no order in {using} indexes");
            self.lacks(about, &what, "drop `desc` and `nulls`");
            (part.descending, part.nulls_first) = (false, None);
        }
        part.nulls_first = part.nulls_first.filter(|first| *first != part.descending);
        let home = self.reports.dialect;
        part.opclass = part.opclass.take().map(|it| spelled(home.at_home(it.trim())));
        let usual = |class: &String| match column {
            Some(column) => opclass::is_usual(class, using, &column.ty),
            None => opclass::is_usual_somewhere(class, using),
        };
        part.opclass = part.opclass.take().filter(|class| !usual(class));
    }
}

/// The method, when not the default one.
fn method(using: Option<String>) -> Option<String> {
    using.map(|using| using.trim().to_ascii_lowercase()).filter(|using| using != "btree")
}

fn same_names(list: &str, columns: &[String]) -> bool {
    let mut one: Vec<&str> = list.split(", ").collect();
    let mut two: Vec<&str> = columns.iter().map(String::as_str).collect();
    one.sort_unstable();
    two.sort_unstable();
    one == two
}

/// An expression that is only a column is the column.
fn lone_column(table: &Table, part: &mut IndexPart) {
    if !part.expression {
        return;
    }
    let inner = part.text.trim().trim_start_matches('(').trim_end_matches(')').to_owned();
    let mut all = tokens(&inner, Syntax::POSTGRES).filter(|it| it.kind != TokenKind::Space);
    let (Some(only), None) = (all.next(), all.next()) else { return };
    let name = match only.kind {
        TokenKind::Quoted => unquote(&inner[only.range]),
        TokenKind::Word => inner[only.range].to_lowercase(),
        _ => return,
    };
    if table.column(&name).is_some() {
        part.expression = false;
        part.form = None;
        part.text = name;
    }
}

/// An operator class as the server prints it, with its parameters: `gist_trgm_ops(siglen='32')`.
fn spelled(opclass: &str) -> String {
    let Some((name, parameters)) = opclass.trim().split_once('(') else {
        return opclass.trim().to_owned();
    };
    let parameters = parameters.trim_end().trim_end_matches(')').split(',').map(|parameter| {
        match parameter.split_once('=') {
            Some((key, value)) => format!("{}='{}'", key.trim(), value.trim().trim_matches('\'')),
            None => parameter.trim().to_owned(),
        }
    });
    format!("{}({})", name.trim(), parameters.collect::<Vec<_>>().join(", "))
}
