//! The parameters of a URL. Drivers pass over what they do not know, as they must for what is meant
//! for other programs; but one that was meant to be another is a connection less safe than was asked
//! for.

use autogen_model::{Diagnostic, nearest};

/// What a URL may say to PostgreSQL's own programs and to ours.
const POSTGRES: &[&str] = &[
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "gssencmode",
    "host",
    "hostaddr",
    "keepalives",
    "krbsrvname",
    "load_balance_hosts",
    "options",
    "passfile",
    "password",
    "port",
    "require_auth",
    "requirepeer",
    "service",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "sslsni",
    "ssl-mode",
    "ssl-root-cert",
    "ssl-cert",
    "ssl-key",
    "ssl-ca",
    "statement-cache-capacity",
    "target_session_attrs",
    "user",
];

const MYSQL: &[&str] = &[
    "charset",
    "collation",
    "socket",
    "sslca",
    "sslcert",
    "sslkey",
    "sslmode",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "statement-cache-capacity",
    "time-zone",
    "timezone",
];

/// The keys of a URL that its database does not know, each with the one that may be meant. What
/// SQLite does not know, its driver refuses.
pub(super) fn unknown<'u>(url: &'u str, dialect: &str) -> Vec<(&'u str, Option<&'static str>)> {
    let known = match dialect {
        "postgres" => POSTGRES,
        "mysql" => MYSQL,
        _ => return Vec::new(),
    };
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let keys = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(key, _)| key);
    let is_known = |key: &str| known.contains(&key) || key.starts_with("options[");
    let keys = keys.filter(|key| !is_known(key));
    keys.map(|key| (key, nearest(key, known.iter().copied()))).collect()
}

/// Refuses a key that was meant to be another.
pub(super) fn check(url: &str, dialect: &str) -> Result<(), Diagnostic> {
    let meant = unknown(url, dialect).into_iter().find_map(|(key, near)| Some((key, near?)));
    match meant {
        None => Ok(()),
        Some((key, near)) => {
            let message = format!("the URL has a parameter `{key}` that is unknown");
            Err(Diagnostic::new(message).help(format!("did you mean `{near}`?")))
        }
    }
}
