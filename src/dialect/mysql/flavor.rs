//! Which server it is, and what it can do: the one place that compares versions.

/// The two that speak this dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flavor {
    /// MySQL, from 8.0.
    Mysql,
    /// MariaDB, from 10.6.
    Mariadb,
}

/// A server: its flavor and version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// MySQL or MariaDB.
    pub flavor: Flavor,
    /// Major, minor and patch number.
    pub version: (u16, u16, u16),
}

impl Server {
    /// The oldest that is common among those we write for.
    pub const fn usual(flavor: Flavor) -> Self {
        let version = match flavor {
            Flavor::Mysql => (8, 0, 36),
            Flavor::Mariadb => (10, 11, 0),
        };
        Self { flavor, version }
    }

    /// The collation of a database that says none.
    pub const fn default_collation(self) -> &'static str {
        match self.flavor {
            Flavor::Mysql => "utf8mb4_0900_ai_ci",
            Flavor::Mariadb if self.version.0 >= 11 => "utf8mb4_uca1400_ai_ci",
            Flavor::Mariadb => "utf8mb4_general_ci",
        }
    }

    /// What `VERSION()` says: `9.7.4`, `10.11.19-MariaDB-0+deb12u1`, `5.5.5-10.11.6-MariaDB`.
    pub fn parse(text: &str) -> Self {
        let flavor = if text.contains("MariaDB") { Flavor::Mariadb } else { Flavor::Mysql };
        // Old replicas understood nothing newer than 5.5, so MariaDB put that in front.
        let text = text.strip_prefix("5.5.5-").unwrap_or(text);
        let digits = |part: &str| {
            let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            part[..end].parse().unwrap_or_default()
        };
        let mut parts = text.split('.').map(digits);
        let mut next = || parts.next().unwrap_or_default();
        Self { flavor, version: (next(), next(), next()) }
    }

    /// Whether it is new enough for what is written for it: statements that change a schema are done
    /// as a whole or not at all.
    pub fn is_known(self) -> bool {
        match self.flavor {
            Flavor::Mysql => self.version >= (8, 0, 0),
            Flavor::Mariadb => self.version >= (10, 6, 0),
        }
    }
}

/// How its catalog tells what there is.
impl Server {
    /// Defaults are told as SQL, with quotes around text; otherwise as values.
    pub const fn tells_defaults_as_sql(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb)
    }

    /// Expressions are told as the inside of a string literal, byte by byte.
    pub const fn escapes_expressions(self) -> bool {
        matches!(self.flavor, Flavor::Mysql)
    }

    /// Defaults of timestamps are told in the time zone of the session that made them, whichever
    /// that was.
    pub const fn forgets_zones_of_defaults(self) -> bool {
        matches!(self.flavor, Flavor::Mysql)
    }

    /// Parts of indexes that are expressions are told.
    pub fn tells_index_expressions(self) -> bool {
        matches!(self.flavor, Flavor::Mysql) && self.version >= (8, 0, 13)
    }

    /// Checks are told.
    pub fn tells_checks(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb) || self.version >= (8, 0, 16)
    }

    /// A check belongs to a column or to a table, and is told with its table.
    pub const fn has_column_checks(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb)
    }

    /// Columns of places are told with their reference system.
    pub const fn tells_srid(self) -> bool {
        matches!(self.flavor, Flavor::Mysql)
    }

    /// Indexes are ignored, not invisible.
    pub const fn has_ignored_indexes(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb)
    }

    /// `JSON` is text with a check.
    pub const fn checks_json(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb)
    }

    /// The view's algorithm is told with the view.
    pub const fn tells_view_algorithms(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb)
    }

    /// The names that a view gives its columns are told with its query.
    pub const fn tells_view_columns(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb)
    }

    /// Parameters of routines can have defaults, which the catalog leaves out.
    pub fn has_parameter_defaults(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb) && self.version >= (11, 8, 0)
    }

    /// A table without a primary key can be given one that nobody sees.
    pub fn makes_keys(self) -> bool {
        matches!(self.flavor, Flavor::Mysql) && self.version >= (8, 0, 30)
    }
}
