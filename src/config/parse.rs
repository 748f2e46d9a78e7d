//! The pure part: the text of a file, variables and flags go in, a [`Config`] comes out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autogen_model::{Diagnostic, Place, Source, nearest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::filter::Pattern;
use super::reader::{Reader, Section, unexpanded};
use super::text::expand;
use super::url::{Origin, Url, masked};
use super::{Config, Flags, Hook, OutOfOrder, Subject, Transaction, Unmanaged, Upgrade};
use crate::lower::Naming;
use crate::revision::name::{TOKENS, in_zone};

const NAME_TOKENS: [&str; 5] = ["table", "columns", "column", "referred_table", "n"];
const DIALECTS: [&str; 3] = ["sqlite", "postgres", "mysql"];

/// What a configuration is made of.
pub struct Input<'a> {
    /// The path of the file as the user would type it, and its text; nothing for pure defaults.
    pub file: Option<(&'a Path, &'a str)>,
    /// What the command line says.
    pub flags: &'a Flags,
    /// The environment variables.
    pub variables: &'a BTreeMap<String, String>,
}

/// The file's own `url` and where it stands.
type RawUrl = Option<(String, Place)>;

/// Makes the configuration, or says everything that is wrong with it. `models` stays empty when
/// nothing is said about it, because its default depends on which files there are.
pub fn parse(input: &Input<'_>) -> Result<Config, Vec<Diagnostic>> {
    let mut config = Config::defaults();
    config.variables = input.variables.clone();
    config.environment = chosen_environment(input);
    let mut url = None;
    match input.file {
        Some((path, text)) => read_file(path, text, &mut config, &mut url)?,
        None => {
            if let Some(name) = &config.environment {
                return Err(vec![
                    Diagnostic::new(format!("there is no environment `{name}`"))
                        .help("run `autogen init` to write autogen.toml, then add `[env.NAME]`"),
                ]);
            }
        }
    }
    let root = config.root.clone();
    for path in config.models.iter_mut().chain(&mut config.revisions) {
        *path = root.join(&*path);
    }
    config.revision.template = config.revision.template.map(|path| root.join(path));
    config.database.url = choose_url(input, url).map(|url| match url.origin {
        Origin::Flag => url,
        _ => url.under(&root),
    });
    if config.dialects.is_empty()
        && let Ok(url) = &config.database.url
    {
        config.dialects = vec![url.dialect().to_owned()];
    }
    // What the configuration leaves open, the URL may say.
    if config.database.schemas.is_empty()
        && let Ok(url) = &config.database.url
    {
        config.database.schemas = url.search_path();
    }
    if let Some(first) = config.database.schemas.first() {
        config.naming.namespace.clone_from(first);
    }
    Ok(config)
}

fn variable<'a>(input: &'a Input<'_>, name: &str) -> Option<&'a String> {
    input.variables.get(name).filter(|value| !value.is_empty())
}

fn chosen_environment(input: &Input<'_>) -> Option<String> {
    input.flags.environment.as_ref().or_else(|| variable(input, "AUTOGEN_ENV")).cloned()
}

fn choose_url(input: &Input<'_>, raw: RawUrl) -> Result<Url, Diagnostic> {
    if let Some(text) = &input.flags.database_url {
        return Url::parse(text, Origin::Flag).map_err(|fault| named(fault, Origin::Flag));
    }
    if let Some(text) = variable(input, "DATABASE_URL") {
        return Url::parse(text, Origin::Variable).map_err(|fault| named(fault, Origin::Variable));
    }
    let Some((text, place)) = raw else { return Ok(Url::default()) };
    let text = expand(&text, input.variables).map_err(|fault| unexpanded(&fault, place.clone()))?;
    Url::parse(&text, Origin::File).map_err(|fault| fault.at(place, ""))
}

fn named(mut fault: Diagnostic, origin: Origin) -> Diagnostic {
    fault.message = format!("{} (from {origin})", fault.message);
    fault
}

fn read_file(
    path: &Path,
    text: &str,
    config: &mut Config,
    url: &mut RawUrl,
) -> Result<(), Vec<Diagnostic>> {
    config.file = Some(path.to_owned());
    config.root = path.parent().map(Path::to_owned).unwrap_or_default();
    // Excerpts of the file go to terminals and logs, so they are cut from a text without passwords.
    let source = Arc::new(Source::new(path, masked(text)));
    let (document, faults) = DeTable::parse_recoverable(text);
    let variables = config.variables.clone();
    let mut reader = Reader {
        source: &source,
        variables: &variables,
        prefix: String::new(),
        chosen: true,
        problems: Vec::new(),
    };
    for fault in &faults {
        let range = fault.span().unwrap_or_default();
        reader.complain(fault.message().to_owned(), range, "");
    }
    // What follows from broken syntax would only hide the cause.
    if faults.is_empty() {
        match metadata(path, document.get_ref()) {
            Some(Ok((value, prefix))) => {
                reader.prefix = prefix.to_owned();
                if let Some(section) = reader.open("", value) {
                    read_root(&mut reader, section, config, url);
                }
            }
            Some(Err(())) => {}
            None => {
                let section = Section { table: document.get_ref(), name: "" };
                reader.check_keys(section);
                read_root(&mut reader, section, config, url);
            }
        }
    }
    let mut problems = reader.problems;
    problems.sort_by_key(|it| it.labels.first().map(|label| label.place.range.start));
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The part of a Cargo.toml that is ours: nothing for another file, an error when there is none.
fn metadata<'t>(
    path: &Path,
    document: &'t DeTable<'t>,
) -> Option<Result<(&'t Spanned<DeValue<'t>>, &'static str), ()>> {
    if path.file_name()? != "Cargo.toml" {
        return None;
    }
    let homes =
        [("package", "package.metadata.autogen."), ("workspace", "workspace.metadata.autogen.")];
    let found = homes.into_iter().find_map(|(home, prefix)| {
        let value = document.get(home)?.get_ref().get("metadata")?.get_ref().get("autogen")?;
        Some((value, prefix))
    });
    Some(found.ok_or(()))
}

/// Whether a Cargo.toml has a part that is ours.
pub(super) fn has_metadata(text: &str) -> bool {
    // Most Cargo.toml files on the way up do not name us, and need no parsing.
    text.contains("autogen")
        && DeTable::parse(text).is_ok_and(|document| {
            matches!(metadata("Cargo.toml".as_ref(), document.get_ref()), Some(Ok(_)))
        })
}

fn read_root(reader: &mut Reader<'_>, root: Section<'_>, config: &mut Config, url: &mut RawUrl) {
    read_project(reader, root, config);
    read_layer(reader, root, config, url);
    let prefix = reader.prefix.clone();
    let mut names = Vec::new();
    if let Some(value) = root.get("env")
        && let Some(table) = environments(reader, value)
    {
        for (name, value) in table {
            names.push(name.get_ref().as_ref());
            reader.prefix = format!("{prefix}env.{}.", name.get_ref());
            reader.chosen = config.environment.as_deref() == Some(name.get_ref());
            let Some(layer) = reader.open("", value) else { continue };
            if let Some(nested) = layer.get("env") {
                let message = "an environment cannot hold environments".to_owned();
                reader.complain(message, nested.span(), "");
            }
            if let Some(project) = layer.get("project") {
                let message = "an environment cannot be another project".to_owned();
                let help = "put `project` at the top of the file: it says whose revisions these \
                            are, whatever database they run on";
                reader.complain_with(message, project.span(), help.into());
            }
            if reader.chosen {
                read_layer(reader, layer, config, url);
            } else {
                read_layer(reader, layer, &mut config.clone(), &mut url.clone());
            }
        }
    }
    reader.prefix = prefix;
    if let Some(name) = config.environment.clone().filter(|name| !names.contains(&name.as_str())) {
        reader.problems.push(unknown_environment(&name, &names, reader));
    }
}

fn environments<'t>(
    reader: &mut Reader<'_>,
    value: &'t Spanned<DeValue<'t>>,
) -> Option<&'t DeTable<'t>> {
    match value.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => {
            let message = "`env` must be a table of environments".to_owned();
            reader.complain_with(message, value.span(), "write `[env.production]`".into());
            None
        }
    }
}

fn unknown_environment(name: &str, names: &[&str], reader: &Reader<'_>) -> Diagnostic {
    let path = reader.source.path.display();
    let report = Diagnostic::new(format!("{path} has no environment `{name}`"));
    match nearest(name, names.iter().copied()) {
        Some(near) => report.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => {
            report.help(format!("add a table `[{}env.{name}]`", reader.prefix))
        }
        None => report.help(format!("the environments are {}", names.join(", "))),
    }
}

/// The longest name of a project.
const PROJECT_LENGTH: usize = 100;

fn read_project(reader: &mut Reader<'_>, root: Section<'_>, config: &mut Config) {
    let Some((name, range)) = reader.text(root, "project") else { return };
    let shown = |c: char| !c.is_control() && c != '`';
    if name.chars().count() > PROJECT_LENGTH || name.trim() != name || !name.chars().all(shown) {
        let help = format!(
            "write at most {PROJECT_LENGTH} characters, without a space at either end, a backtick \
             or a line break"
        );
        return reader.complain_with("this is no name of a project".into(), range, help);
    }
    config.project = Some(name);
}

/// Reads the file, or one environment of it, on top of what is there.
fn read_layer(reader: &mut Reader<'_>, layer: Section<'_>, config: &mut Config, url: &mut RawUrl) {
    reader.put_paths(layer, "models", &mut config.models);
    reader.put_paths(layer, "revisions", &mut config.revisions);
    read_dialects(reader, layer, config);
    let mut open = |reader: &mut Reader<'_>, name, read: ReadSection| {
        if let Some(section) = layer.get(name).and_then(|value| reader.open(name, value)) {
            read(reader, section, config);
        }
    };
    open(reader, "database", read_database);
    open(reader, "revision", read_revision);
    open(reader, "compare", read_compare);
    open(reader, "naming", |reader, section, config| {
        read_naming(reader, section, &mut config.naming);
    });
    open(reader, "upgrade", |reader, section, config| {
        read_upgrade(reader, section, &mut config.upgrade);
    });
    open(reader, "postgres", |reader, section, config| {
        reader.put_flag(section, "concurrent_indexes", &mut config.postgres.concurrent_indexes);
    });
    read_hooks(reader, layer, config);
    if let Some(value) = layer.get("database").and_then(|value| value.get_ref().get("url")) {
        read_url(reader, value, url);
    }
}

type ReadSection = fn(&mut Reader<'_>, Section<'_>, &mut Config);

fn read_dialects(reader: &mut Reader<'_>, layer: Section<'_>, config: &mut Config) {
    let Some(texts) = reader.texts(layer, "dialects") else { return };
    config.dialects.clear();
    for (text, range) in texts {
        if text == "mariadb" || text == "postgresql" {
            let name = if text == "mariadb" { "mysql" } else { "postgres" };
            let message = format!("`{text}` is no value of `dialects`");
            reader.complain_with(message, range, format!("its dialect is called `{name}`"));
        } else if !DIALECTS.contains(&text.as_str()) {
            reader.not_one_of("dialects", &text, &DIALECTS, range);
        } else if config.dialects.contains(&text) {
            reader.complain(format!("`{text}` is listed twice"), range, "");
        } else {
            config.dialects.push(text);
        }
    }
}

fn read_database(reader: &mut Reader<'_>, section: Section<'_>, config: &mut Config) {
    reader.put_texts(section, "schemas", &mut config.database.schemas);
    if let Some(texts) = reader.texts(section, "scratch") {
        config.database.scratch.clear();
        for (text, range) in texts {
            match Url::parse(&text, Origin::File) {
                Ok(url) => config.database.scratch.push(url),
                Err(fault) => {
                    let place = reader.place(range);
                    reader.problems.push(fault.at(place, ""));
                }
            }
        }
    }
    let Some((ledger, range)) = reader.text(section, "ledger") else { return };
    let parts = ledger.split('.').collect::<Vec<_>>();
    if parts.len() > 2 || parts.iter().any(|part| part.is_empty()) {
        let help = "write `table` or `schema.table`".to_owned();
        reader.complain_with(format!("`{ledger}` is no name of a table"), range, help);
    } else {
        config.database.ledger = ledger;
    }
}

/// Keeps the URL as it is written: only a command that connects may ask for its variables.
fn read_url(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>, url: &mut RawUrl) {
    let place = reader.place(value.span());
    let DeValue::String(text) = value.get_ref() else {
        reader.complain("`url` must be a string".into(), value.span(), "");
        return;
    };
    if let Ok(text) = expand(text, reader.variables)
        && let Err(fault) = Url::parse(&text, Origin::File)
    {
        reader.problems.push(fault.at(place.clone(), ""));
    }
    *url = Some((text.to_string(), place));
}

fn read_revision(reader: &mut Reader<'_>, section: Section<'_>, config: &mut Config) {
    let revision = &mut config.revision;
    reader.put_pattern(section, "file", &TOKENS, &mut revision.file);
    if let Some(value) = section.get("file")
        && !revision.file.ends_with(".sql")
    {
        let help = format!("write `{}.sql`", revision.file);
        reader.complain_with("revision files end in `.sql`".into(), value.span(), help);
    }
    reader.put_number(section, "slug_length", &mut revision.slug_length);
    if let Some((zone, range)) = reader.text(section, "timezone") {
        if in_zone(jiff::Timestamp::UNIX_EPOCH, &zone).is_err() {
            let help = "write `UTC`, `local` or a name such as `Europe/Berlin`".to_owned();
            reader.complain_with(format!("unknown time zone `{zone}`"), range, help);
        }
        revision.timezone = zone;
    }
    if let Some((template, _)) = reader.text(section, "template") {
        revision.template = Some(PathBuf::from(template));
    }
}

fn read_compare(reader: &mut Reader<'_>, section: Section<'_>, config: &mut Config) {
    let filter = &mut config.compare.filter;
    for (key, list) in [("include", &mut filter.include), ("exclude", &mut filter.exclude)] {
        let Some(texts) = reader.texts(section, key) else { continue };
        list.clear();
        for (text, range) in texts {
            match Pattern::parse(&text) {
                Ok(pattern) => list.push(pattern),
                Err(fault) => {
                    let words = Subject::ALL.map(|(_, word)| word);
                    let prefix = text.split(':').next().unwrap_or_default();
                    let help = match nearest(prefix, words) {
                        Some(near) if near != prefix => format!("did you mean `{near}:`?"),
                        _ => "write `tmp_*` for tables, or `index:*_old`".to_owned(),
                    };
                    reader.complain_with(fault, range, help);
                }
            }
        }
    }
    let choices = [("leave", Unmanaged::Leave), ("drop", Unmanaged::Drop)];
    reader.put_choice(section, "unmanaged", &choices, &mut config.compare.unmanaged);
}

fn read_naming(reader: &mut Reader<'_>, section: Section<'_>, naming: &mut Naming) {
    reader.put_pattern(section, "index", &NAME_TOKENS, &mut naming.index);
    reader.put_pattern(section, "unique", &NAME_TOKENS, &mut naming.unique);
    reader.put_pattern(section, "foreign_key", &NAME_TOKENS, &mut naming.foreign_key);
    reader.put_pattern(section, "check", &NAME_TOKENS, &mut naming.check);
    reader.put_pattern(section, "primary_key", &NAME_TOKENS, &mut naming.primary_key);
    reader.put_flag(section, "plural", &mut naming.plural);
}

fn read_upgrade(reader: &mut Reader<'_>, section: Section<'_>, upgrade: &mut Upgrade) {
    let choices = [("revision", Transaction::Revision), ("run", Transaction::Run)];
    reader.put_choice(section, "transaction", &choices, &mut upgrade.transaction);
    let choices =
        [("allow", OutOfOrder::Allow), ("warn", OutOfOrder::Warn), ("refuse", OutOfOrder::Refuse)];
    reader.put_choice(section, "out_of_order", &choices, &mut upgrade.out_of_order);
    reader.put_duration(section, "lock_timeout", &mut upgrade.lock_timeout);
    reader.put_duration(section, "statement_timeout", &mut upgrade.statement_timeout);
    reader.put_duration(section, "queue_timeout", &mut upgrade.queue_timeout);
    reader.put_number(section, "retries", &mut upgrade.retries);
    reader.put_duration(section, "wait", &mut upgrade.wait);
}

fn read_hooks(reader: &mut Reader<'_>, layer: Section<'_>, config: &mut Config) {
    let Some(value) = layer.get("hook") else { return };
    let DeValue::Array(items) = value.get_ref() else {
        let help = "write `[[hook]]`, once for each command".to_owned();
        return reader.complain_with("`hook` must be a list of tables".into(), value.span(), help);
    };
    config.hooks.clear();
    for item in items {
        let Some(section) = reader.open("hook", item) else { continue };
        match section.get("run").map(|run| (run, run.get_ref())) {
            // The shell that runs the hook knows variables itself.
            Some((_, DeValue::String(run))) => config.hooks.push(Hook { run: run.to_string() }),
            Some((run, _)) => {
                reader.complain("`run` must be a string".into(), run.span(), "");
            }
            None => {
                let help = "add `run = \"..\"`".to_owned();
                reader.complain_with("a hook without a command".into(), item.span(), help);
            }
        }
    }
}
