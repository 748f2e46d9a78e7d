//! Database URLs: which driver they name, and what of them may be shown.

use crate::error::{Error, Kind, Result};
use autogen_model::nearest;

/// What a URL names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    #[cfg(feature = "sqlite")]
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres,
    #[cfg(feature = "mysql")]
    Mysql,
}

impl Target {
    /// Whether any failure to connect may pass: a file appears with its volume. A server says
    /// which of its failures do.
    pub(super) fn waits_for_all(self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite => true,
            #[cfg(feature = "postgres")]
            Self::Postgres => false,
            #[cfg(feature = "mysql")]
            Self::Mysql => false,
        }
    }
}

const SCHEMES: [&str; 5] = ["sqlite", "postgres", "postgresql", "mysql", "mariadb"];

/// The schemes of the databases that this build can speak to.
const SUPPORTED: &[&str] = &[
    #[cfg(feature = "sqlite")]
    "sqlite://",
    #[cfg(feature = "postgres")]
    "postgres://",
    #[cfg(feature = "mysql")]
    "mysql://",
];

/// What this build can speak to, in words.
fn supported() -> String {
    match SUPPORTED.split_last() {
        Some((last, rest @ [_, ..])) => {
            format!("it supports {} and {last} URLs", rest.join(", "))
        }
        _ => format!("it supports {} URLs", SUPPORTED.concat()),
    }
}

/// The driver that a URL asks for.
pub(super) fn parse(url: &str) -> Result<Target> {
    let Some((scheme, _)) = url.split_once(':') else {
        return Err(Error::new(Kind::Database, format!("`{}` is not a database URL", redact(url)))
            .help(format!("for a SQLite file, write `sqlite://{}`", redact(url))));
    };
    match scheme {
        #[cfg(feature = "sqlite")]
        "sqlite" => Ok(Target::Sqlite),
        #[cfg(feature = "postgres")]
        "postgres" | "postgresql" => Ok(Target::Postgres),
        #[cfg(feature = "mysql")]
        "mysql" | "mariadb" => Ok(Target::Mysql),
        known if SCHEMES.contains(&known) => {
            let message = format!("this build of autogen cannot speak to {scheme} databases");
            Err(Error::new(Kind::Database, message).help(supported()))
        }
        _ => {
            let message = format!("unknown kind of database `{scheme}` in `{}`", redact(url));
            let error = Error::new(Kind::Database, message);
            Err(match nearest(scheme, SCHEMES) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(supported()),
            })
        }
    }
}

/// The URL with every password in it replaced by `***`.
pub fn redact(url: &str) -> String {
    let (path, query) =
        url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let mut result = match path.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", redact_user(rest)),
        None => path.to_owned(),
    };
    if let Some(query) = query {
        let parts: Vec<String> = query.split('&').map(redact_pair).collect();
        result.push('?');
        result.push_str(&parts.join("&"));
    }
    result
}

fn redact_user(rest: &str) -> String {
    // A password may hold a slash or an @ that nobody escaped, so the last @ counts.
    match rest.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:***@{host}"),
            None => format!("{user}@{host}"),
        },
        None => rest.to_owned(),
    }
}

fn redact_pair(pair: &str) -> String {
    match pair.split_once('=') {
        Some((key, _)) if key.to_ascii_lowercase().contains("pass") => format!("{key}=***"),
        _ => pair.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn passwords_are_not_shown() {
        for (url, shown) in [
            ("postgres://me:s3cr/t@p@host/db", "postgres://me:***@host/db"),
            ("mysql://me@host/db?password=x&ssl=1", "mysql://me@host/db?password=***&ssl=1"),
            ("sqlite://a.db?mode=ro", "sqlite://a.db?mode=ro"),
            ("sqlite::memory:", "sqlite::memory:"),
        ] {
            assert_eq!(redact(url), shown);
        }
    }
}
