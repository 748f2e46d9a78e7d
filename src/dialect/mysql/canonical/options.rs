//! Settings of tables, each in the one spelling that the server gives back.

use super::super::collation;
use super::partition;
use super::{INHERITED, Lower};
use crate::dialect::report::About;
use crate::schema::{Options, Table};

/// Settings that change what a table is, and not only how it is kept: they are compared whether a
/// model mentions them or not.
const ESSENTIAL: [&str; 1] = ["collate"];

/// What a setting is when nobody said anything. In a model it means: back to that.
const USUAL: [(&str, &str); 9] = [
    ("checksum", "0"),
    ("delay_key_write", "0"),
    ("encryption", "N"),
    ("engine", "InnoDB"),
    ("key_block_size", "0"),
    ("partition_by", "none"),
    ("row_format", "DEFAULT"),
    ("stats_persistent", "DEFAULT"),
    ("system_versioned", "false"),
];

/// Engines as servers spell them, first those of both flavors, then MariaDB's.
const ENGINES: [&str; 14] = [
    "ARCHIVE",
    "BLACKHOLE",
    "CSV",
    "FEDERATED",
    "InnoDB",
    "MEMORY",
    "MRG_MyISAM",
    "MyISAM",
    "ndbcluster",
    "Aria",
    "CONNECT",
    "ROCKSDB",
    "S3",
    "SPIDER",
];
const SHARED_ENGINES: usize = 9;

/// Whether a setting says how something is kept: what a model does not mention of it is the
/// database's own affair.
pub(super) fn is_storage(key: &str) -> bool {
    !ESSENTIAL.contains(&key)
}

/// Whether the value is what the setting would be without it.
pub(super) fn is_usual(key: &str, value: &str) -> bool {
    USUAL.iter().any(|(usual, text)| *usual == key && text.eq_ignore_ascii_case(value))
}

/// The settings for MySQL, under the names they have in its own schema.
pub(super) fn own(options: Options) -> Options {
    let own = |(key, value): (String, String)| match key.strip_prefix("mysql.") {
        Some(key) => Some((key.to_owned(), value)),
        None if key.contains('.') => None,
        None => Some((key, value)),
    };
    let kept = |(key, value): &(String, String)| value != "false" || key == "system_versioned";
    options.into_iter().filter_map(own).filter(kept).collect()
}

impl Lower<'_> {
    /// Settings of a table. Whether nobody said its collation is the answer.
    pub(super) fn table_options(&mut self, table: &mut Table) -> bool {
        let mut options = own(std::mem::take(&mut table.options));
        let charset = options.remove("charset").or_else(|| options.remove("character_set"));
        let collate = options.remove("collate");
        let unsaid = charset.is_none() && collate.is_none() && !self.there;
        let inherited = options.remove(INHERITED).is_some() || unsaid;
        let collate = self.collation(charset, collate, &self.mysql.collation.clone(), About::Table);
        for (key, value) in options {
            let value = self.table_option(&key, &value);
            table.options.insert(key, value);
        }
        if inherited {
            table.options.insert(INHERITED.into(), "true".into());
        }
        table.options.insert("collate".into(), collate);
        inherited
    }

    fn table_option(&mut self, key: &str, value: &str) -> String {
        let value = value.trim().trim_matches(['\'', '"', '`']);
        let server = self.mysql.server;
        match key {
            "engine" => self.engine(value),
            "row_format" => value.to_ascii_uppercase(),
            "partition_by" => partition::spelled(value),
            "system_versioned" => {
                if value == "true" && !server.has_system_versioning() {
                    let help = "keep old versions in a table of their own, written by a trigger";
                    self.lacks(About::Table, "keeps no old versions of rows", help);
                }
                value.to_owned()
            }
            "compression" | "encryption" if server.has_system_versioning() => {
                let other = if key == "compression" { "page_compressed" } else { "encrypted" };
                let help = format!("it is called `{other}` there");
                self.lacks(About::Table, &format!("has no table option `{key}`"), &help);
                value.to_owned()
            }
            "page_compressed"
            | "page_compression_level"
            | "encrypted"
            | "encryption_key_id"
            | "transactional"
                if !server.has_system_versioning() =>
            {
                let help = "leave it out of a project that writes for MySQL";
                self.lacks(About::Table, &format!("has no table option `{key}`"), help);
                value.to_owned()
            }
            "encryption" | "encrypted" => value.to_ascii_uppercase(),
            "compression" => value.to_ascii_lowercase(),
            _ if value.eq_ignore_ascii_case("default") => "DEFAULT".into(),
            _ if value == "true" => "1".into(),
            _ => value.to_owned(),
        }
    }

    fn engine(&mut self, name: &str) -> String {
        let known = ENGINES.iter().position(|engine| engine.eq_ignore_ascii_case(name));
        match known {
            Some(at) => {
                if at >= SHARED_ENGINES && !self.mysql.server.has_system_versioning() {
                    let what = format!("has no storage engine {}", ENGINES[at]);
                    self.lacks(About::Table, &what, "drop `engine`, or say one that it has");
                }
                ENGINES[at].into()
            }
            None if name.eq_ignore_ascii_case("heap") => "MEMORY".into(),
            None => {
                let what = format!("has no storage engine `{name}` that is known here");
                self.warn(About::Table, &what, "`SHOW ENGINES` lists those of a server");
                name.to_owned()
            }
        }
    }

    /// The collation that is meant; `inherited` is the one of what is around.
    pub(super) fn collation(
        &mut self,
        charset: Option<String>,
        collate: Option<String>,
        inherited: &str,
        about: About<'_>,
    ) -> String {
        let server = self.mysql.server;
        let around = collation::charset_of(inherited);
        let known = charset.as_ref().map(|name| collation::known_charset(server, name));
        if let (Some(None), Some(name)) = (known, &charset) {
            let what = format!("has no character set `{name}`");
            self.lacks(about, &what, "`utf8mb4` holds every text");
        }
        let charset = known.flatten();
        let Some(collate) = collate else {
            return match charset {
                Some(charset) => collation::default_of(server, charset),
                None => inherited.to_owned(),
            };
        };
        let name = collation::spelled(&collate, charset.unwrap_or(around));
        if !collation::is_known(server, &name) {
            let what = format!("has no collation `{collate}`");
            let help = format!(
                "`SHOW COLLATION` lists those of a server; `{}` is the usual one, and \
                 `mysql(collate = \"..\")` says it for MySQL and MariaDB alone",
                collation::default_of(server, "utf8mb4")
            );
            self.lacks(about, &what, &help);
        } else if let Some(charset) = charset.filter(|it| *it != collation::charset_of(&name)) {
            let what = format!("does not sort {charset} by `{name}`");
            self.lacks(about, &what, "leave `charset` out: the collation has one");
        }
        name
    }
}
