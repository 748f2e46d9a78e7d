//! What a script must say by itself, because no connection of ours says it: the settings of a
//! session, and values in the text of a statement.

use super::ConnectOptions;
use super::parameters::named_literals;
use crate::sql::Syntax;

/// The statements that make a client's session like one of ours for writing.
#[allow(unused_variables, reason = "a build with SQLite alone has nothing to set")]
pub fn settings(dialect: &str, options: &ConnectOptions) -> Vec<String> {
    match dialect {
        #[cfg(feature = "postgres")]
        "postgres" => super::postgres::script_settings(options),
        #[cfg(feature = "mysql")]
        "mysql" => super::mysql::script_settings(options),
        _ => vec!["PRAGMA foreign_keys = ON".to_owned()],
    }
}

/// The statement with its parameters `:name` replaced by their values, as literals that reach the
/// server through a command-line client as they are.
pub fn inlined(dialect: &str, sql: &str, values: &[(String, Option<String>)]) -> String {
    match dialect {
        #[cfg(feature = "postgres")]
        "postgres" => named_literals(sql, values, Syntax::POSTGRES, super::postgres::literal),
        #[cfg(feature = "mysql")]
        "mysql" => named_literals(sql, values, Syntax::MYSQL, |value| {
            // The client reads lines, and takes away what stands before their ends.
            super::mysql::literal(value).replace('\r', "\\r")
        }),
        _ => named_literals(sql, values, Syntax::SQLITE, sqlite_literal),
    }
}

/// SQLite's shell takes away what stands before the end of a line, too.
fn sqlite_literal(value: Option<&str>) -> String {
    let Some(value) = value else { return "NULL".to_owned() };
    let text = crate::sql::literal(value);
    match text.contains('\r') {
        true => format!("({})", text.replace('\r', "' || char(13) || '")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::inlined;

    #[test]
    fn values_keep_every_character() {
        let values = [("v".to_owned(), Some("a'\\\r\n:v".to_owned()))];
        for (dialect, expected) in [
            ("sqlite", "SELECT ('a''\\' || char(13) || '\n:v'), ':v'"),
            #[cfg(feature = "postgres")]
            ("postgres", "SELECT  E'a''\\\\\r\n:v', ':v'"),
            #[cfg(feature = "mysql")]
            ("mysql", "SELECT 'a''\\\\\\r\n:v', ':v'"),
        ] {
            assert_eq!(inlined(dialect, "SELECT :v, ':v'", &values), expected, "{dialect}");
        }
    }
}
