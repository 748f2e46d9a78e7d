//! What the type of a field means: aliases, newtypes and enums looked through.

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::{EnumModel, EnumStorage, FieldType, Variant};
use crate::define::{Definition, EnumDef, Form, Kind, StructDef};
use crate::diagnostic::{Diagnostic, nearest};
use crate::expr::{Shape, TypeExpr};
use crate::scope::{Found, Scope};
use crate::types::{self, Known};

/// How deep types may be nested; more is an alias that means itself.
const DEPTH: usize = 32;

/// A type, and whether NULL is among its values.
#[derive(Clone, Debug)]
pub(crate) struct Meaning {
    /// What it holds.
    pub(crate) ty: FieldType,
    /// Whether it takes NULL.
    pub(crate) null: bool,
}

type Answer = Result<Meaning, Box<Diagnostic>>;

/// Answers what types mean, and keeps the enums it met.
#[derive(Debug)]
pub(crate) struct Meanings<'a> {
    scope: &'a Scope,
    /// Whether unknown types are mistakes; the derive sees one struct alone.
    strict: bool,
    /// The enums that were met.
    pub(crate) enums: Vec<EnumModel>,
    enum_of: BTreeMap<usize, usize>,
    /// The enums that are numbers, and were looked at.
    numbered: BTreeSet<usize>,
    /// What is wrong with them.
    pub(crate) problems: Vec<Diagnostic>,
}

impl<'a> Meanings<'a> {
    /// Over all sources, or over one struct alone.
    pub(crate) fn new(scope: &'a Scope, strict: bool) -> Self {
        let (enums, enum_of, numbered) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        Self { scope, strict, enums, enum_of, numbered, problems: Vec::new() }
    }

    /// What a type in a module means for a column.
    pub(crate) fn of(&mut self, module: usize, expr: &TypeExpr) -> Answer {
        self.at_depth(module, expr, DEPTH)
    }

    fn at_depth(&mut self, module: usize, expr: &TypeExpr, depth: usize) -> Answer {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(Box::new(
                Diagnostic::new(format!("the type `{}` never ends", expr.text()))
                    .at(expr.place.clone(), "an alias that means itself"),
            ));
        };
        match &expr.shape {
            Shape::Path(path, arguments) => match self.scope.find(module, path) {
                Found::Known(known) => self.known(module, expr, known, arguments, depth),
                Found::Definition(at) => self.definition(at, expr, arguments, depth),
                Found::Several(all) => Err(Box::new(self.ambiguous(expr, &all))),
                Found::Nothing if self.strict => Err(Box::new(self.unknown(expr, path))),
                Found::Nothing => Ok(Meaning { ty: FieldType::Unknown, null: false }),
            },
            Shape::List(item) => self.list(module, expr, item, depth),
            Shape::Array(item) => {
                let mut list = self.list(module, expr, item, depth)?;
                if list.ty == FieldType::Bytes {
                    // The other databases take bytes of any length alone.
                    list.ty = types::postgres("bytea");
                }
                Ok(list)
            }
            Shape::Other => Err(Box::new(unfit(expr, "no column holds such a type"))),
        }
    }

    fn known(
        &mut self,
        module: usize,
        expr: &TypeExpr,
        known: Known,
        arguments: &[TypeExpr],
        depth: usize,
    ) -> Answer {
        let argument = match (&known, arguments.last()) {
            (Known::Plain(ty), _) => return Ok(Meaning { ty: ty.clone(), null: false }),
            (Known::Refused(why), _) => return Err(Box::new(unfit(expr, why))),
            (_, Some(argument)) => argument,
            (_, None) => return Err(Box::new(unfit(expr, "of what? its argument is missing"))),
        };
        match known {
            Known::Optional => {
                let ty = self.at_depth(module, argument, depth)?.ty;
                Ok(Meaning { ty, null: true })
            }
            Known::List => self.list(module, expr, argument, depth),
            Known::Range => {
                let item = self.at_depth(module, argument, depth)?.ty;
                match types::range(&item) {
                    Some(ty) => Ok(Meaning { ty, null: false }),
                    None => Err(Box::new(unfit(expr, "PostgreSQL has no range of this type"))),
                }
            }
            Known::Same | Known::Plain(_) | Known::Refused(_) => {
                self.at_depth(module, argument, depth)
            }
        }
    }

    fn list(&mut self, module: usize, expr: &TypeExpr, item: &TypeExpr, depth: usize) -> Answer {
        let ty = match self.at_depth(module, item, depth)?.ty {
            FieldType::Int { bits: 8, signed: false } => FieldType::Bytes,
            FieldType::Array(_) => {
                return Err(Box::new(unfit(expr, "arrays of arrays are no column type")));
            }
            item => FieldType::Array(Box::new(item)),
        };
        Ok(Meaning { ty, null: false })
    }

    fn definition(
        &mut self,
        at: usize,
        expr: &TypeExpr,
        arguments: &[TypeExpr],
        depth: usize,
    ) -> Answer {
        let scope = self.scope;
        let Some(found) = scope.definitions.get(at) else {
            return Err(Box::new(unfit(expr, "it is not defined")));
        };
        match &found.kind {
            Kind::Alias(target) => {
                let target = target.with_parameters(&found.parameters, arguments);
                self.at_depth(found.module, &target, depth)
            }
            Kind::Enum(def) => self.enumeration(at, found, def, expr),
            Kind::Struct(def) => {
                self.problems.extend(found.problems.iter().cloned());
                self.structure(found, def, expr, arguments, depth)
            }
        }
    }

    fn structure(
        &mut self,
        found: &Definition,
        def: &StructDef,
        expr: &TypeExpr,
        arguments: &[TypeExpr],
        depth: usize,
    ) -> Answer {
        let mut fields = def.fields.iter().filter(|field| !is_phantom(&field.ty));
        let only = fields.next().filter(|_| fields.next().is_none());
        if def.container.transparent
            && let Some(only) = only
        {
            let inner = only.ty.with_parameters(&found.parameters, arguments);
            return self.at_depth(found.module, &inner, depth);
        }
        if def.container.is_type {
            let folded = found.ident.to_lowercase();
            let name = def.container.type_name.as_ref().map_or(folded, |name| name.value.clone());
            return Ok(Meaning { ty: types::postgres(&name), null: false });
        }
        let problem = Diagnostic::new(format!("the struct `{}` is no column type", found.ident))
            .at(expr.place.clone(), "used as a column here")
            .at(found.place.clone(), "defined here");
        Err(Box::new(match def.form {
            Form::Tuple => problem.help(format!(
                "for a newtype, add `#[derive(sqlx::Type)] #[sqlx(transparent)]` to `{}`",
                found.ident
            )),
            _ => problem
                .help("for its fields as columns of this table, add `#[column(flatten)]`")
                .help("for one JSON column, write `Json<..>` or `#[sqlx(json)]`")
                .help("for anything else, say `#[column(type = \"..\")]`"),
        }))
    }

    fn enumeration(
        &mut self,
        at: usize,
        found: &Definition,
        def: &EnumDef,
        expr: &TypeExpr,
    ) -> Answer {
        if let Some(variant) = def.variants.iter().find(|variant| variant.data) {
            return Err(Box::new(
                Diagnostic::new(format!("the enum `{}` is no column type", found.ident))
                    .at(expr.place.clone(), "used as a column here")
                    .at(variant.place.clone(), "this variant carries data")
                    .help("for one JSON column, write `Json<..>` or `#[sqlx(json)]`"),
            ));
        }
        if let Some((bits, signed)) = def.container.repr {
            if self.numbered.insert(at) {
                self.problems.extend(found.problems.iter().cloned());
                self.problems.extend(enum_model(found, def).1);
            }
            return Ok(Meaning { ty: FieldType::Int { bits, signed }, null: false });
        }
        let index = match self.enum_of.get(&at) {
            Some(index) => *index,
            None => {
                let model = self.enum_model(found, def);
                self.problems.extend(found.problems.iter().cloned());
                self.enums.push(model);
                self.enum_of.insert(at, self.enums.len() - 1);
                self.enums.len() - 1
            }
        };
        Ok(Meaning { ty: FieldType::Enum(index), null: false })
    }

    fn enum_model(&mut self, found: &Definition, def: &EnumDef) -> EnumModel {
        let (model, problems) = enum_model(found, def);
        self.problems.extend(problems);
        model
    }

    fn ambiguous(&self, expr: &TypeExpr, all: &[usize]) -> Diagnostic {
        let mut problem = Diagnostic::new(format!("`{}` can mean several types", expr.text()))
            .at(expr.place.clone(), "which one?");
        for definition in all.iter().filter_map(|at| self.scope.definitions.get(*at)) {
            problem = problem.at(definition.place.clone(), "this one");
        }
        problem.help("import it with `use`, or write more of its path")
    }

    fn unknown(&self, expr: &TypeExpr, path: &[String]) -> Diagnostic {
        let problem = Diagnostic::new(format!("the type `{}` is not known", expr.text()))
            .at(expr.place.clone(), "no column type follows from this");
        let last = path.last().map_or("", String::as_str);
        let common = ["String", "Vec", "Option", "Uuid", "NaiveDateTime", "DateTime", "Decimal"];
        match nearest(last, self.scope.names().chain(common)) {
            Some(near) if near != last => problem.help(format!("did you mean `{near}`?")),
            _ => problem,
        }
        .help(
            "if it is defined in a file outside the model paths, add that file to `models` in \
             autogen.toml",
        )
        .help("for a type of your own, say its SQL type: `#[column(type = \"..\")]`")
    }
}

fn unfit(expr: &TypeExpr, why: &str) -> Diagnostic {
    Diagnostic::new(format!("`{}` is no column type", expr.text()))
        .at(expr.place.clone(), why)
        .help("if it is stored some other way, say how: `#[column(type = \"..\")]`")
}

fn is_phantom(expr: &TypeExpr) -> bool {
    matches!(&expr.shape, Shape::Path(path, _) if path.last().is_some_and(|it| it == "PhantomData"))
}

/// An enum with its labels, and what is wrong with it.
pub(crate) fn enum_model(found: &Definition, def: &EnumDef) -> (EnumModel, Vec<Diagnostic>) {
    let mut problems = Vec::new();
    let container = &def.container;
    let (mut schema, mut name) = (def.keys.schema.as_ref().map(|it| it.value.clone()), None);
    if let (Some(own), Some(theirs)) = (&def.keys.schema, &container.type_name)
        && theirs.value.split_once('.').is_some_and(|(schema, _)| schema != own.value)
    {
        problems.push(
            Diagnostic::new(format!("`schema = \"{}\"` contradicts sqlx's `type_name`", own.value))
                .at(own.place.clone(), format!("in `{}` here", own.value))
                .at(theirs.place.clone(), format!("`{}` here", theirs.value))
                .help("sqlx asks for the type by its own name: say it once, or say the same"),
        );
    }
    if let Some(own) = &def.keys.name {
        if let Some(theirs) = &container.type_name
            && theirs.value.rsplit('.').next() != Some(own.value.as_str())
        {
            problems.push(contradiction("type_name", own, theirs));
        }
        name = Some(own.value.clone());
    } else if let Some(theirs) = &container.type_name {
        match theirs.value.split_once('.') {
            Some((theirs_schema, own)) => {
                schema = Some(theirs_schema.to_owned());
                name = Some(own.to_owned());
            }
            None => name = Some(theirs.value.clone()),
        }
    }
    // PostgreSQL folds the identifier that sqlx asks it for; it does not put underscores in.
    let name = name.unwrap_or_else(|| found.ident.to_lowercase());
    let text = container.type_name.is_some() && is_text(&name);
    let storage = match container.repr {
        Some((bits, signed)) => EnumStorage::Number { bits, signed },
        None if text => EnumStorage::Text,
        None => EnumStorage::Named,
    };
    let model = EnumModel {
        ident: found.ident.clone(),
        place: found.place.clone(),
        storage,
        schema,
        name,
        renamed_from: def.keys.renamed_from.clone(),
        comment: def.keys.comment.clone(),
        variants: variants(def),
    };
    check_labels(&model, &mut problems);
    if let EnumStorage::Number { .. } = storage {
        numbered(&model, def, &mut problems);
    }
    (model, problems)
}

/// Whether a type name is one of text, with or without a length.
fn is_text(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let base = name.split_once('(').map_or(name.as_str(), |(base, _)| base).trim();
    ["text", "varchar", "char", "bpchar", "character", "character varying"].contains(&base)
}

/// Complains about names that a number does not have.
fn numbered(model: &EnumModel, def: &EnumDef, problems: &mut Vec<Diagnostic>) {
    let keys = &def.keys;
    let said =
        [("name", &keys.name), ("schema", &keys.schema), ("renamed_from", &keys.renamed_from)];
    let of_variants = model.variants.iter().map(|it| ("renamed_from", &it.renamed_from));
    for (key, said) in said.into_iter().chain(of_variants) {
        let Some(said) = said else { continue };
        problems.push(
            Diagnostic::new(format!("`{key}` on an enum that is stored as a number"))
                .at(said.place.clone(), "numbers have no names")
                .at(model.place.clone(), "a number by its `#[repr(..)]`")
                .help(format!("remove `{key}`, or the `#[repr(..)]`")),
        );
    }
}

fn variants(def: &EnumDef) -> Vec<Variant> {
    let label =
        |variant: &crate::define::VariantDef| match (&variant.rename, def.container.rename_all) {
            (Some(rename), _) => rename.value.clone(),
            (None, Some(case)) => case.apply(&variant.ident),
            (None, None) => variant.ident.clone(),
        };
    let each = def.variants.iter().map(|variant| Variant {
        place: variant.place.clone(),
        label: label(variant),
        renamed_from: variant.renamed_from.clone(),
    });
    each.collect()
}

fn check_labels(model: &EnumModel, problems: &mut Vec<Diagnostic>) {
    if model.variants.is_empty() {
        problems.push(
            Diagnostic::new(format!("the enum `{}` has no values", model.ident))
                .at(model.place.clone(), "a column of it could hold nothing"),
        );
    }
    let mut seen = BTreeMap::new();
    for variant in &model.variants {
        if let Some(first) = seen.insert(variant.label.as_str(), variant) {
            problems.push(
                Diagnostic::new(format!(
                    "the value `{}` is twice in the enum `{}`",
                    variant.label, model.ident
                ))
                .at(variant.place.clone(), "again here")
                .at(first.place.clone(), "first here"),
            );
        }
    }
    for variant in &model.variants {
        if let Some(old) = &variant.renamed_from
            && let Some(still) = seen.get(old.value.as_str())
        {
            problems.push(
                Diagnostic::new(format!("`{}` is renamed and still there", old.value))
                    .at(old.place.clone(), "said to be the name before")
                    .at(still.place.clone(), "this value has that name now"),
            );
        }
    }
}

/// Two names that cannot both be right.
pub(crate) fn contradiction(
    key: &str,
    own: &crate::ast::Placed<String>,
    theirs: &crate::ast::Placed<String>,
) -> Diagnostic {
    Diagnostic::new(format!("`name = \"{}\"` contradicts sqlx's `{key}`", own.value))
        .at(own.place.clone(), format!("the name is `{}` here", own.value))
        .at(theirs.place.clone(), format!("and `{}` here", theirs.value))
        .help("sqlx reads by its own name: say it once, or say the same")
}
