//! Where scratch databases are made.

use super::{ConnectOptions, url};
use crate::error::Error;

/// Where scratch databases are made.
#[derive(Clone, Debug)]
pub enum Scratch {
    /// In memory.
    #[cfg(feature = "sqlite")]
    Memory,
    /// On a PostgreSQL server.
    #[cfg(feature = "postgres")]
    Postgres {
        /// A database of that server, which is only connected to.
        url: String,
        /// How to connect.
        options: ConnectOptions,
    },
    /// On a server of MySQL or MariaDB.
    #[cfg(feature = "mysql")]
    Mysql {
        /// A database of that server, which is only connected to.
        url: String,
        /// How to connect.
        options: ConnectOptions,
    },
}

impl Scratch {
    /// The place for databases of the kind that the URL names.
    #[cfg_attr(
        not(any(feature = "postgres", feature = "mysql")),
        expect(unused_variables, reason = "memory has none")
    )]
    pub fn of(url: &str, options: &ConnectOptions) -> Result<Self, Error> {
        match url::parse(url)? {
            #[cfg(feature = "sqlite")]
            url::Target::Sqlite => Ok(Self::Memory),
            #[cfg(feature = "postgres")]
            url::Target::Postgres => {
                Ok(Self::Postgres { url: url.to_owned(), options: options.clone() })
            }
            #[cfg(feature = "mysql")]
            url::Target::Mysql => Ok(Self::Mysql { url: url.to_owned(), options: options.clone() }),
        }
    }

    /// Whether a scratch database there holds namespaces of its own. What MySQL calls so are
    /// databases of the whole server.
    pub fn holds_namespaces(&self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Memory => true,
            #[cfg(feature = "postgres")]
            Self::Postgres { .. } => true,
            #[cfg(feature = "mysql")]
            Self::Mysql { .. } => false,
        }
    }
}
