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
}

/// What changes of tables cost and how they are said.
impl Server {
    fn is_mysql_since(self, version: (u16, u16, u16)) -> bool {
        self.flavor == Flavor::Mysql && self.version >= version
    }

    /// Columns come at any place, and go, without a row being touched; before, only last ones came.
    pub(super) fn has_instant_columns(self) -> bool {
        self.flavor == Flavor::Mariadb || self.is_mysql_since((8, 0, 29))
    }

    /// Columns take another name without a row being touched.
    pub(super) fn has_instant_rename(self) -> bool {
        self.flavor == Flavor::Mariadb || self.is_mysql_since((8, 0, 28))
    }

    /// Columns take another collation while others write, where no index has them. Measured on 9.7;
    /// the manual of older ones knows nothing of it.
    pub(super) fn has_online_collations(self) -> bool {
        self.flavor == Flavor::Mariadb || self.is_mysql_since((9, 0, 0))
    }

    /// Names of columns, and wider text, are the catalog's alone, and so are names of indexes,
    /// comments and settings.
    pub(super) fn has_instant_catalog(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// A full-text or spatial index, or an index on a computed column, does not keep others from
    /// writing while the table is written anew: it is copied instead.
    pub(super) fn copies_texts(self) -> bool {
        self.flavor == Flavor::Mysql
    }

    /// An index on a computed column that is not kept makes other changes dearer.
    pub(super) fn minds_virtual_columns(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// Another expression of a computed column is the catalog's alone.
    pub(super) fn has_instant_expressions(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// Names in checks, computed columns, defaults and indexes follow a column to its new name;
    /// otherwise it cannot take one while they speak of it.
    pub(super) fn renames_in_expressions(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// Checks can be switched off, and are dropped by a word of their own.
    pub(super) fn has_check_not_enforced(self) -> bool {
        self.flavor == Flavor::Mysql
    }

    /// Long texts can have a literal as their default.
    pub(super) fn has_literal_texts(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// A key that others refer to can go where another takes its place in the same statement.
    pub(super) fn swaps_referenced_keys(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// Computed columns can refuse NULL.
    pub(super) fn has_generated_not_null(self) -> bool {
        self.flavor == Flavor::Mysql
    }

    /// The word that hides an index from the planner of queries, and the one that shows it.
    pub(super) fn index_visibility(self) -> (&'static str, &'static str) {
        match self.flavor {
            Flavor::Mysql => ("INVISIBLE", "VISIBLE"),
            Flavor::Mariadb => ("IGNORED", "NOT IGNORED"),
        }
    }

    /// The word before the number of a column's reference system.
    pub(super) fn reference_system(self) -> &'static str {
        match self.flavor {
            Flavor::Mysql => "SRID ",
            Flavor::Mariadb => "REF_SYSTEM_ID=",
        }
    }
}
