//! What MySQL and MariaDB say when something fails, and what to do about it.

use sqlx::mysql::{MySqlConnectOptions, MySqlDatabaseError};

use super::super::Failure;
use super::super::server::Server;
use crate::sql::{Syntax, TokenKind, tokens, unquote};

/// Who is connected to what, for the commands that mend a failure.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// Host and port, or the socket.
    address: String,
    /// The options of the server's own client that lead there.
    client: String,
    user: String,
    database: String,
}

impl Session {
    pub(super) fn of(options: &MySqlConnectOptions, database: &str) -> Self {
        let (host, port) = (options.get_host(), options.get_port());
        let user = options.get_username().to_owned();
        let (address, client) = match options.get_socket() {
            Some(path) => (path.display().to_string(), format!("--socket={}", path.display())),
            None => (format!("{host}:{port}"), format!("--host={host} --port={port}")),
        };
        let client = format!("{client} --user={user}");
        Self { address, client, user, database: database.to_owned() }
    }

    /// The failure of a statement, or of the connection when `sql` is empty.
    pub(super) fn failure(&self, error: &sqlx::Error, sql: &str) -> Failure {
        let statement = sql.to_owned();
        let database = error.as_database_error();
        let Some(said) = database.and_then(|it| it.try_downcast_ref::<MySqlDatabaseError>()) else {
            return Failure { statement, ..self.disconnected(error, !sql.is_empty()) };
        };
        let (number, message) = (said.number(), said.message());
        Failure {
            message: message.to_owned(),
            statement,
            help: self.help(number, message),
            busy: match sql.is_empty() {
                true => STARTING.contains(&number),
                false => LOCKED.contains(&number),
            },
            code: Some(number.to_string()),
            position: position(number, message, sql),
        }
    }

    /// The failure of a server that does not answer.
    pub(super) fn silent(&self, waited: std::time::Duration) -> Failure {
        self.server().silent(waited)
    }

    fn server(&self) -> Server<'_> {
        Server {
            address: &self.address,
            safety: "ssl-mode in the URL says how safe it must be: DISABLED, PREFERRED, REQUIRED, \
                     VERIFY_CA or VERIFY_IDENTITY; ssl-ca names the certificate to trust",
            form: super::FORM,
        }
    }

    /// What is wrong with a connection that is to be made, or that was there.
    fn disconnected(&self, error: &sqlx::Error, was_there: bool) -> Failure {
        match error {
            sqlx::Error::Protocol(cause) if cause.contains("auth") => Failure {
                message: format!(
                    "{} lets {} in by no way known here: {cause}",
                    self.address, self.user
                ),
                help: Some(format!(
                    "give {} a password by caching_sha2_password or mysql_native_password",
                    self.user
                )),
                ..Failure::default()
            },
            other => self.server().disconnected(other, was_there),
        }
    }

    /// Who may make databases whose names begin so.
    pub(super) fn lets_make(&self, prefix: &str) -> String {
        let prefix = prefix.replace('_', "\\_");
        format!(
            "`GRANT ALL ON `{prefix}%`.* TO {}` lets it; or name a server where it may by \
             `scratch` under [database]",
            self.account()
        )
    }

    fn account(&self) -> String {
        format!("'{}'@'%'", self.user.replace('\'', "''"))
    }

    /// What to do about a failure, by its number, where it needs a word.
    fn help(&self, number: u16, message: &str) -> Option<String> {
        let Self { client, user, database, .. } = self;
        let name = super::quote(database);
        Some(match number {
            1045 => format!(
                "check the user {user} and its password in the URL, and that it may come from \
                 this host; characters such as @ / : # % are written there as %40 %2F %3A %23 %25"
            ),
            1049 if message.contains(database.as_str()) => {
                format!("create it: `mysql {client} --password --execute 'CREATE DATABASE {name}'`")
            }
            1044 => format!("let an administrator grant it: `GRANT .. ON {name}.* TO {}`", {
                self.account()
            }),
            1142 | 1143 | 1370 => denied(message, &name, &self.account()),
            1227 => format!("connect as a user that may, or grant it to {}", self.account()),
            1040 | 1203 | 1226 => {
                "too many connections are open: close some, or raise max_connections".into()
            }
            1205 => "another session holds a lock that this statement needs; see `lock_timeout` \
                     and `retries` under [upgrade]"
                .into(),
            1213 => "another session wanted the same locks in another order; run it again".into(),
            1020 => "another session changed the row meanwhile; run it again".into(),
            1053 | 1927 | 3169 | 4031 => {
                "the server ended the connection; run the command again".into()
            }
            1969 | 3024 => "raise `statement_timeout` under [upgrade]; \"0\" is no limit".into(),
            1290 | 1836 => "the server is a replica, or it is set to read only; connect to the \
                            primary"
                .into(),
            1792 => "this connection only reads".into(),
            3159 => {
                "the server takes safe connections alone: add ssl-mode=REQUIRED to the URL".into()
            }
            other => return statement_help(other),
        })
    }
}

/// What to do about a failure that is the statement's own.
fn statement_help(number: u16) -> Option<String> {
    Some(match number {
        1845 | 1846 => {
            "the server would copy the table, or keep writers out: leave the clauses ALGORITHM and \
             LOCK out to let it, when nobody is hurt by it"
                .into()
        }
        1071 => "an index holds at most 3072 bytes: index the beginning of the column, as in \
                 `name(100)`"
            .into(),
        1118 => "make columns TEXT or BLOB, which are kept outside the row".into(),
        1101 => "put an expression in parentheses: `DEFAULT ('')`".into(),
        1114 | 1021 => "make room on the server's disk, then run the command again".into(),
        1153 => "raise max_allowed_packet on the server".into(),
        1418 | 1419 => {
            "with a binary log the server wants DETERMINISTIC, NO SQL or READS SQL DATA \
                        in a function, or log_bin_trust_function_creators = 1"
                .into()
        }
        4080 | 4092 => {
            "the table took all changes of columns that it can take at once: run `ALTER \
                        TABLE .. ENGINE=InnoDB` on it, then the command again"
                .into()
        }
        4119 => "run `SET system_versioning_alter_history = keep` before, in the same step".into(),
        1553 => "drop the foreign key first, or make another index for it".into(),
        1799 => "too much was written to the table meanwhile: raise \
                 innodb_online_alter_log_max_size, or run it when less is written"
            .into(),
        3098 | 3750 => "the server wants a primary key on every table".into(),
        _ => return None,
    })
}

/// What the driver was told, without its own words around it.
/// Another session is in the way: a lock, a deadlock, a row that changed meanwhile.
const LOCKED: [u16; 5] = [1205, 1213, 1020, 1614, 3572];

/// No connection now: too many of them, or a server that stops.
const STARTING: [u16; 4] = [1040, 1053, 1203, 1226];

/// `CREATE command denied to user 'a'@'b' for table 't'`.
fn denied(message: &str, database: &str, account: &str) -> String {
    let Some((right, rest)) = message.split_once(" command denied") else {
        return format!("connect as a user that may, or grant it to {account}");
    };
    let table = rest.rsplit_once("for table ").map(|(_, name)| {
        let name = name.trim_matches(['\'', '`']).rsplit(['.', '`']).next().unwrap_or_default();
        format!("{database}.{}", super::quote(name))
    });
    let on = match right {
        "CREATE" | "DROP" => format!("{database}.*"),
        _ => table.unwrap_or_else(|| format!("{database}.*")),
    };
    format!("let an administrator grant it: `GRANT {right} ON {on} TO {account}`")
}

/// The byte of the statement that the server complains about.
fn position(number: u16, message: &str, sql: &str) -> Option<usize> {
    if number == 1064 {
        return near(message, sql);
    }
    // `Unknown column 'x' in ..`, `Table 'db.x' doesn't exist`, `Can't DROP COLUMN `x``
    let named = match number {
        1050 | 1051 | 1054 | 1060 | 1061 | 1072 | 1091 | 1146 | 1305 => first_quoted(message)?,
        _ => return None,
    };
    let last = named.rsplit('.').next().unwrap_or(named);
    let is_it = |kind, part: &str| {
        matches!(kind, TokenKind::Word | TokenKind::Quoted)
            && unquote(part).eq_ignore_ascii_case(last)
    };
    let mut all = tokens(sql, Syntax::MYSQL);
    all.find(|it| is_it(it.kind, &sql[it.range.clone()])).map(|it| it.range.start)
}

/// `.. syntax to use near 'FORM t' at line 2`: what is quoted is the rest of the statement.
fn near(message: &str, sql: &str) -> Option<usize> {
    let (_, rest) = message.split_once(" near '")?;
    let (text, line) = rest.rsplit_once("' at line ")?;
    let line: usize = line.trim().parse().ok()?;
    if text.is_empty() {
        return Some(sql.trim_end().len().saturating_sub(1));
    }
    let starts = std::iter::once(0).chain(sql.match_indices('\n').map(|(at, _)| at + 1));
    let start = starts.take(line).last()?;
    sql[start..].find(text).map(|at| start + at)
}

fn first_quoted(message: &str) -> Option<&str> {
    let start = message.find(['\'', '`'])?;
    let quote = message[start..].chars().next()?;
    let rest = &message[start + 1..];
    rest.find(quote).map(|end| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::position;

    #[test]
    fn the_place_of_a_complaint_is_found() {
        let syntax = "You have an error in your SQL syntax; check the manual that corresponds to \
                      your server version for the right syntax to use near";
        for (number, message, sql, expected) in [
            (1064, format!("{syntax} 'FORM t' at line 2"), "SELECT 1\nFORM t", Some("FORM t")),
            (1064, format!("{syntax} '' at line 1"), "SELECT (1", Some("1")),
            (1054, "Unknown column 'b' in 'field list'".into(), "SELECT a, b", Some("b")),
            (1146, "Table 'app.users' doesn't exist".into(), "DROP TABLE `users`", Some("`users`")),
            (1062, "Duplicate entry '1' for key 'a'".into(), "INSERT 1", None),
        ] {
            assert_eq!(position(number, &message, sql).map(|at| &sql[at..]), expected, "{sql}");
        }
    }
}
