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

    /// Where a condition is wanted, whatever is none is compared with zero, and rows are compared
    /// column by column.
    pub const fn compares_all_conditions(self) -> bool {
        matches!(self.flavor, Flavor::Mysql)
    }

    /// `TRUE` is but another word for 1.
    pub const fn counts_truth(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb)
    }

    /// `X'41'` is a string and `0x41` may be a number; elsewhere they are one.
    pub const fn has_hex_strings(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb)
    }

    /// `WEEK(d)` is kept with the mode that the session has.
    pub const fn writes_week_mode(self) -> bool {
        matches!(self.flavor, Flavor::Mysql)
    }

    /// `JSON_VALUE(j, '$.a' RETURNING UNSIGNED)`
    pub const fn has_json_value_types(self) -> bool {
        matches!(self.flavor, Flavor::Mysql)
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
