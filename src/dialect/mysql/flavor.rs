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
