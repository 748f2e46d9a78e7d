//! Columns: their types, collations and defaults, and how they are numbered.

use super::super::collation;
use super::super::type_name::TypeName;
use super::super::types::{known, native, spelled};
use super::default::{self, Default};
use super::options::own;
use super::{INHERITED, Lower};
use crate::dialect::report::About;
use crate::schema::{
    Column, ConstraintName, Expr, Identity, Index, IndexPart, Options, Table, Type,
};

const NUMBERED: &str = "numbers only whole numbers, and not by settings";

impl Lower<'_> {
    /// One column; `inherited` says that nobody said the table's collation.
    pub(super) fn column(&mut self, table: &mut Table, column: &mut Column, inherited: bool) {
        let name = column.name.clone();
        self.comment(&mut column.comment, About::Column(&name), 1024);
        column.options = own(std::mem::take(&mut column.options));
        let mut ty = self.ty(column);
        self.characters(table, column, &mut ty, inherited);
        self.labels(column, &ty);
        column.ty = Type::Native(spelled(self.mysql.server, &ty));
        if ty.serial {
            self.serial(table, column);
        }
        self.identity(table, column, &ty);
        self.default(column, &ty);
        self.generated(column);
        self.settings(column, &ty);
        self.supplied(column);
    }

    /// The default that MariaDB gives a column which says none and refuses NULL, where a setting
    /// makes it do so: zero for what it updates by itself, nothing for what it compresses.
    fn supplied(&mut self, column: &mut Column) {
        let Some(default) = &column.default else { return };
        let has = |key: &str| column.options.contains_key(key);
        let zero = has("on_update") && default.text.starts_with("'0000-00-00");
        let nothing = has("compressed") && default.text == "''";
        if (zero || nothing) && !column.null && self.mysql.server.supplies_defaults() {
            column.default = None;
        }
    }

    fn ty(&mut self, column: &Column) -> TypeName {
        let text = native(&column.ty, self.enums).unwrap_or_else(|help| {
            self.lacks(About::Column(&column.name), "has no type for it", &help);
            String::new()
        });
        let ty = TypeName::parse(&text);
        if text.is_empty() {
            return ty;
        }
        if !ty.strange.is_empty() {
            let what = format!("does not understand `{}` in a type", ty.strange);
            let help =
                "say the type alone; `collate`, `default` and the like have keys of their own";
            self.lacks(About::Column(&column.name), &what, help);
        }
        if let Err(help) = known(self.mysql.server, &ty) {
            let what = format!("has no type `{}`", text.trim());
            self.lacks(About::Column(&column.name), &what, &help);
        }
        ty
    }

    fn labels(&mut self, column: &Column, ty: &TypeName) {
        let folds = column.collate.as_ref().is_some_and(|name| name.ends_with("_ci"));
        let mut folded: Vec<String> = ty.labels.iter().map(|it| it.to_lowercase()).collect();
        folded.sort();
        if let Some(pair) = folded.windows(2).find(|pair| pair[0] == pair[1] && folds) {
            let what = format!("has the label '{}' once, whatever its case", pair[0]);
            let help = "give one another name, or say a `collate` that tells them apart";
            self.lacks(About::Column(&column.name), &what, help);
        }
        if ty.base == "set" && ty.labels.iter().any(|label| label.contains(',')) {
            let what = "has no commas in the labels of a set";
            self.lacks(About::Column(&column.name), what, "give the label another name");
        }
    }

    /// The effective collation, for types of characters.
    fn characters(
        &mut self,
        table: &Table,
        column: &mut Column,
        ty: &mut TypeName,
        inherited: bool,
    ) {
        let options = &mut column.options;
        let charset = options.remove("charset").or_else(|| ty.charset.take());
        let collate = options.remove("collate").or_else(|| ty.collate.take());
        let collate = collate.or_else(|| column.collate.take());
        column.collate = None;
        let around = table.options.get("collate").cloned().unwrap_or_default();
        let unsaid = charset.is_none() && collate.is_none() && !ty.binary;
        let marked = options.remove(INHERITED).is_some();
        if !ty.is_text() {
            ty.size(1);
            return;
        }
        let about = About::Column(&column.name);
        let binary = ty.binary && collate.is_none();
        let mut name = self.collation(charset, collate, &around, about);
        if binary {
            name = collation::binary_of(collation::charset_of(&name));
        }
        if name == "binary" && !ty.has_labels() {
            ty.as_bytes();
            ty.size(1);
            return;
        }
        ty.size(collation::bytes_of(&name));
        if (unsaid && inherited && !self.there) || marked {
            column.options.insert(INHERITED.into(), "true".into());
        }
        column.collate = Some(name);
    }

    /// `SERIAL` is numbered, never NULL, and unique.
    fn serial(&mut self, table: &mut Table, column: &mut Column) {
        column.null = false;
        column.identity = Some(Identity { stated: true, ..Identity::default() });
        let first = |index: &Index| index.parts.first().is_some_and(|it| it.text == column.name);
        let key = table.primary_key.iter().flat_map(|key| key.columns.first());
        let keyed = key.chain(table.uniques.iter().flat_map(|it| it.columns.first()));
        let keyed = keyed.map(|part| &part.text).any(|text| *text == column.name);
        if !keyed && !table.indexes.iter().any(first) {
            table.indexes.push(Index {
                name: ConstraintName::convention(&column.name),
                parts: vec![IndexPart::column(&column.name)],
                unique: true,
                predicate: None,
                using: None,
                include: Vec::new(),
                nulls_not_distinct: false,
                comment: None,
                options: Options::new(),
            });
        }
    }

    fn identity(&mut self, table: &mut Table, column: &mut Column, ty: &TypeName) {
        let Some(mut identity) = column.identity.take() else { return };
        let about = About::Column(&column.name);
        if let Some(start) = identity.options.remove("start") {
            table.options.entry("auto_increment".into()).or_insert(start);
        }
        if identity.always || !identity.options.is_empty() {
            let help = "use `auto`; `identity(start = 100)` and `mysql(auto_increment = 100)` on \
                        the table say where it starts";
            self.lacks(about, "numbers rows in one way only, by AUTO_INCREMENT", help);
        }
        if !ty.is_integer() {
            // A model that only looks numbered is not. Old tables may have numbers with a point.
            if self.there && ty.is_number() {
                column.identity = Some(Identity { stated: true, ..Identity::default() });
            } else if identity.stated {
                self.lacks(about, NUMBERED, "give the field such a type, or a default");
            }
            return;
        }
        if column.default.is_some() && !identity.stated {
            return;
        }
        if column.default.take().is_some() {
            self.lacks(about, "numbers the column by itself", "drop `default`, or `auto`");
        }
        column.null = false;
        let stated = identity.stated || self.there;
        column.identity = Some(Identity { stated, ..Identity::default() });
    }

    fn default(&mut self, column: &mut Column, ty: &TypeName) {
        let Some(said) = column.default.take() else { return };
        if column.generated.is_some() {
            return;
        }
        let about = About::Column(&column.name);
        match default::read(self.mysql.server, ty, &said.text) {
            Default::Nothing => {}
            Default::Written(text, form) => column.default = Some(Expr { text, form }),
            Default::Misfit(text) => {
                let what = format!("cannot keep the default {text} in a column of type {ty}");
                self.lacks(about, &what, "say a value of that type");
                column.default = Some(Expr::new(text));
            }
            Default::Expression(text) => {
                if !self.mysql.server.has_default_expressions() {
                    let what = "takes only literals for defaults before 8.0.13";
                    self.lacks(about, what, "say a literal, or use a trigger");
                }
                column.default = Some(Expr::new(format!("({text})")));
            }
        }
    }

    fn generated(&mut self, column: &mut Column) {
        if column.generated.is_none() {
            return;
        }
        column.default = None;
        if !column.null && !self.mysql.server.has_generated_not_null() {
            // Whether it may be NULL follows from the expression alone.
            column.null = true;
        }
    }

    /// Settings that only MySQL has.
    fn settings(&mut self, column: &mut Column, ty: &TypeName) {
        let server = self.mysql.server;
        let about = About::Column(&column.name);
        let options = &mut column.options;
        if let Some(said) = options.remove("on_update") {
            if !default::is_current(&said) {
                let what = "updates a column by itself to the current time only";
                self.lacks(
                    about,
                    what,
                    "say `on_update = \"CURRENT_TIMESTAMP\"`, or use a trigger",
                );
            } else if !default::keeps_moments(ty) {
                let what = format!("updates no column of type {ty} by itself");
                self.lacks(about, &what, "use `datetime` or `timestamp`");
            } else {
                options.insert("on_update".into(), default::moment(ty));
            }
        }
        if let Some(srid) = options.remove("srid").or(ty.srid.map(|srid| srid.to_string())) {
            if !server.has_srid() {
                let what = "keeps no reference system with a column";
                self.warn(about, what, "every place has its own: `ST_GeomFromText(.., 4326)`");
            } else if srid.parse::<u32>().is_err() {
                self.lacks(about, "has numbers for reference systems", "write `srid = 4326`");
            } else if ty.is_place() {
                options.insert("srid".into(), srid);
            } else {
                self.lacks(about, "has a reference system for places only", "drop `srid`");
            }
        }
        if options.contains_key("invisible") && !server.has_invisible_columns() {
            self.lacks(about, "has no invisible columns before 8.0.23", "drop `invisible`");
        }
        let unversioned = options.contains_key("without_system_versioning");
        if unversioned && !server.has_system_versioning() {
            options.remove("without_system_versioning");
        }
        if options.contains_key("compressed") && !server.has_compressed_columns() {
            let help = "use `mysql(compression = \"zlib\")` on the table";
            self.lacks(about, "compresses no single column", help);
        }
        // Where nothing says it back.
        for key in ["column_format", "storage"] {
            options.remove(key);
        }
    }
}
