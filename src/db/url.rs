//! Database URLs: which driver they name, and what of them may be shown.

use autogen_model::nearest;

use crate::config::redact;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use crate::config::{Origin, Url};
use crate::error::{Error, Kind, Result};

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
        "postgres" | "postgresql" => known(url).map(|()| Target::Postgres),
        #[cfg(feature = "mysql")]
        "mysql" | "mariadb" => known(url).map(|()| Target::Mysql),
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

/// Refuses what is meant to be another parameter.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn known(url: &str) -> Result<()> {
    let read = Url::parse(url, Origin::Flag);
    read.map(|_| ()).map_err(|report| Error::from_reports(Kind::Database, vec![report]))
}
