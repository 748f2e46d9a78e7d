//! Database URLs: which database they mean, and how to show them without their password.

use std::fmt;
use std::path::Path;

use autogen_model::{Diagnostic, nearest};

use super::parameters;
use super::secret::redact;

/// The scheme of a URL and the dialect it stands for.
const SCHEMES: [(&str, &str); 5] = [
    ("sqlite", "sqlite"),
    ("postgres", "postgres"),
    ("postgresql", "postgres"),
    ("mysql", "mysql"),
    ("mariadb", "mysql"),
];

/// Where a URL was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `--database-url`.
    Flag,
    /// The variable `DATABASE_URL`, perhaps from `.env`.
    Variable,
    /// The configuration file.
    File,
    /// Nothing was said.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "--database-url",
            Self::Variable => "DATABASE_URL",
            Self::File => "the configuration",
            Self::Default => "the default",
        })
    }
}

/// A database URL. It prints without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    text: String,
    dialect: &'static str,
    /// Where it was found.
    pub origin: Origin,
}

impl Default for Url {
    fn default() -> Self {
        Self { text: "sqlite://autogen.db".into(), dialect: "sqlite", origin: Origin::Default }
    }
}

impl Url {
    /// Reads a URL; the complaint has no place.
    pub fn parse(text: &str, origin: Origin) -> Result<Self, Diagnostic> {
        let Some((scheme, _)) = text.split_once(':') else {
            return Err(Diagnostic::new(format!("`{}` is no database URL", redact(text)))
                .help(format!("for a SQLite file write `sqlite://{text}`")));
        };
        match SCHEMES.iter().find(|(known, _)| *known == scheme) {
            Some((_, dialect)) => {
                parameters::check(text, dialect)?;
                Ok(Self { text: text.to_owned(), dialect, origin })
            }
            None => Err(unknown_scheme(scheme)),
        }
    }

    /// The parameters that the driver passes over, because they are for another program or nobody
    /// knows them.
    pub fn ignored(&self) -> Vec<&str> {
        let unknown = parameters::unknown(&self.text, self.dialect);
        unknown.into_iter().map(|(key, _)| key).collect()
    }

    /// The URL as a driver needs it, with its password.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The dialect it stands for: `sqlite`, `postgres` or `mysql`.
    pub fn dialect(&self) -> &'static str {
        self.dialect
    }

    /// The namespaces that the search path in the URL names, as in `?options=-csearch_path%3Dapp`:
    /// the server's own are left out, and so is one that is named for the role.
    pub fn search_path(&self) -> Vec<String> {
        let query = self.text.split_once('?').map_or("", |(_, query)| query);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        let mut path = None;
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let (key, value) = (decoded(key), decoded(value));
            match key.as_str() {
                "options[search_path]" => path = Some(value),
                "options" => path = in_options(&value).or(path),
                _ => {}
            }
        }
        names(path)
    }

    /// The same of the options alone that a session of PostgreSQL starts with.
    pub fn search_path_in(options: &str) -> Vec<String> {
        names(in_options(options))
    }

    /// The same database, with a relative path of a SQLite file starting from `root`.
    #[must_use]
    pub fn under(mut self, root: &Path) -> Self {
        if self.dialect == "sqlite" && !root.as_os_str().is_empty() {
            let rest = self.text.trim_start_matches("sqlite:");
            let rest = rest.strip_prefix("//").unwrap_or(rest);
            if !rest.is_empty() && !rest.starts_with(['/', ':', '?']) {
                self.text = format!("sqlite://{}", root.join(rest).display());
            }
        }
        self
    }
}

/// The search path in settings for a session: `-c search_path=app`, `--search_path=app`.
fn in_options(options: &str) -> Option<String> {
    // A space that belongs to a value has a backslash before it.
    let joined = options.replace("\\ ", "\0");
    let words: Vec<&str> = joined.split_whitespace().collect();
    let mut found = None;
    for (at, word) in words.iter().enumerate() {
        let setting = match word.strip_prefix("-c").or_else(|| word.strip_prefix("--")) {
            Some("") => words.get(at + 1).copied(),
            setting => setting,
        };
        let value = setting
            .and_then(|it| it.split_once('='))
            .filter(|(name, _)| name.replace('-', "_").eq_ignore_ascii_case("search_path"));
        found = value.map(|(_, path)| path.replace('\0', " ")).or(found);
    }
    found
}

/// A part of a URL as it is meant. Whatever is no escape stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| after.get(..2)).flatten();
        let value =
            escaped.and_then(|it| u8::from_str_radix(std::str::from_utf8(it).ok()?, 16).ok());
        match value {
            Some(value) => (bytes.push(value), rest = &after[2..]).1,
            None => (bytes.push(if *first == b'+' { b' ' } else { *first }), rest = after).1,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn unknown_scheme(scheme: &str) -> Diagnostic {
    let report = Diagnostic::new(format!("`{scheme}:` is no database that autogen knows"));
    match nearest(scheme, SCHEMES.iter().map(|(known, _)| *known)) {
        Some(near) => report.help(format!("did you mean `{near}:`?")),
        None => report.help("a URL starts with `sqlite:`, `postgres:` or `mysql:`"),
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(&self.text))
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} ({}, from {})", self.dialect, self.origin)
    }
}

/// The names of a search path, without those that are the server's own.
fn names(path: Option<String>) -> Vec<String> {
    let names = path.iter().flat_map(|path| path.split(',')).map(str::trim);
    let names =
        names.map(|name| match name.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None => name.to_lowercase(),
        });
    names.filter(|name| !matches!(name.as_str(), "" | "$user" | "pg_catalog" | "pg_temp")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Origin, Url};

    #[test]
    fn a_password_of_any_characters_is_masked() {
        for (text, shown) in [
            ("mysql://a:b'c \"d@e/f", "mysql://a:***@e/f"),
            ("mysql://a:é\n@e/f", "mysql://a:***@e/f"),
        ] {
            assert_eq!(Url::parse(text, Origin::Flag).map(|url| url.to_string()), Ok(shown.into()));
        }
    }

    #[test]
    fn search_paths_are_read() {
        for (query, path) in [
            ("", vec![]),
            ("?sslmode=require", vec![]),
            ("?options=-c%20search_path%3Dapp", vec!["app"]),
            ("?options=-csearch_path%3Dapp,public&sslmode=require", vec!["app", "public"]),
            ("?options=-c+work_mem%3D1MB+--search-path%3DApp%2C%22B%22", vec!["app", "B"]),
            ("?options[search_path]=app", vec!["app"]),
            ("?options=-c%20search_path%3D%22%24user%22%2C%5C%20app", vec!["app"]),
        ] {
            let url = Url::parse(&format!("postgres://me@db/x{query}"), Origin::Flag);
            let names = url.map(|url| url.search_path());
            assert_eq!(names, Ok(path.into_iter().map(str::to_owned).collect()), "{query}");
        }
    }

    #[test]
    fn relative_files_start_from_the_root() {
        for (text, want) in [
            ("sqlite://app.db", "sqlite://../app.db"),
            ("sqlite:app.db?mode=rwc", "sqlite://../app.db?mode=rwc"),
            ("sqlite:///srv/app.db", "sqlite:///srv/app.db"),
            ("sqlite::memory:", "sqlite::memory:"),
            ("sqlite://:memory:", "sqlite://:memory:"),
            ("mysql://db/app", "mysql://db/app"),
        ] {
            let url = Url::parse(text, Origin::Flag).map(|url| url.under("..".as_ref()));
            assert_eq!(url.as_ref().map(Url::as_str), Ok(want));
        }
    }
}
