//! What PostgreSQL says when something fails, and what to do about it.

use sqlx::postgres::{PgConnectOptions, PgDatabaseError, PgErrorPosition};

use super::super::Failure;
use super::super::server::Server;

/// Who is connected to what, for the commands that mend a failure.
#[derive(Clone, Debug)]
pub(super) struct Session {
    host: String,
    port: u16,
    user: String,
    database: String,
}

impl Session {
    pub(super) fn of(options: &PgConnectOptions) -> Self {
        let socket = options.get_socket().map(|folder| folder.display().to_string());
        let user = options.get_username().to_owned();
        Self {
            host: socket.unwrap_or_else(|| options.get_host().to_owned()),
            port: options.get_port(),
            // The server takes the user's name where no database is named.
            database: options.get_database().unwrap_or(&user).to_owned(),
            user,
        }
    }

    /// The failure of a statement, or of the connection when `sql` is empty.
    pub(super) fn failure(&self, error: &sqlx::Error, sql: &str) -> Failure {
        let statement = sql.to_owned();
        let database = error.as_database_error();
        let Some(said) = database.and_then(|it| it.try_downcast_ref::<PgDatabaseError>()) else {
            return Failure {
                statement,
                ..self.server(&self.address()).disconnected(error, !sql.is_empty())
            };
        };
        let message = match said.detail() {
            Some(detail) => format!("{}: {}", said.message(), detail.trim_end_matches('.')),
            None => said.message().to_owned(),
        };
        let position = match said.position() {
            Some(PgErrorPosition::Original(at)) => {
                sql.char_indices().nth(at.saturating_sub(1)).map(|(byte, _)| byte)
            }
            _ => None,
        };
        let help = self.help(said.code(), said.message());
        Failure {
            message,
            statement,
            help: help.or_else(|| said.hint().map(str::to_owned)),
            busy: match sql.is_empty() {
                true => STARTING.contains(&said.code()),
                false => LOCKED.contains(&said.code()),
            },
            code: Some(said.code().to_owned()),
            position,
        }
    }

    /// The failure of a server that does not answer.
    pub(super) fn silent(&self, waited: std::time::Duration) -> Failure {
        self.server(&self.address()).silent(waited)
    }

    fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn server<'a>(&self, address: &'a str) -> Server<'a> {
        Server {
            address,
            safety: "sslmode in the URL says how safe it must be: disable, prefer, require, \
                     verify-ca or verify-full; sslrootcert names the certificate to trust",
            form: "write postgres://user:password@host:5432/database",
        }
    }

    /// What to do about a failure, by its code, where it needs a word.
    fn help(&self, code: &str, message: &str) -> Option<String> {
        let Self { host, port, user, database } = self;
        let quoted = super::quote(user);
        Some(match code {
            "28P01" => format!(
                "check the password of {user} in the URL; characters such as @ / : # % are \
                 written there as %40 %2F %3A %23 %25"
            ),
            "28000" if message.contains("no encryption") || message.contains("SSL off") => {
                "the server takes safe connections alone: add sslmode=require to the URL".into()
            }
            "28000" => format!(
                "see that the role {user} exists and may log in, and that the server's \
                 pg_hba.conf lets it in from here"
            ),
            "3D000" => format!(
                "create it: `createdb --host={host} --port={port} --username={user} {database}`"
            ),
            "53300" => "too many connections are open: close some, or raise max_connections".into(),
            "57P03" => {
                "`wait` under [upgrade] waits for a server that is starting, as in wait = \"30s\""
                    .into()
            }
            "57P01" | "57P02" => "the server ended the connection; run the command again".into(),
            "42501" => denied(message, &quoted),
            "55P03" => {
                "another session holds a lock that this statement needs; see `lock_timeout` \
                        and `retries` under [upgrade]"
                    .into()
            }
            "40P01" => {
                "another session wanted the same locks in another order; run it again".into()
            }
            "57014" if message.contains("statement timeout") => {
                "raise `statement_timeout` under [upgrade]; \"0\" is no limit".into()
            }
            "25001" => "put it in a step of its own: `-- autogen: step autocommit`".into(),
            "25006" => "the server is a standby, or the database is set to read only; connect to \
                        the primary"
                .into(),
            "55P04" => "a new label can be used once it is committed: begin a new step before the \
                        statement with `-- autogen: step`"
                .into(),
            "08P01" if message.contains("statement pooling") => {
                "set pool_mode = transaction in the pooler, or connect straight to the server"
                    .into()
            }
            "53200" if message.contains("shared memory") => {
                "one transaction holds too many locks: cut the revision into steps, with \
                 `-- autogen: step` on lines of their own, or raise max_locks_per_transaction"
                    .into()
            }
            "53100" => "make room on the server's disk, then run the command again".into(),
            _ => return None,
        })
    }
}

/// What the driver was told, without its own words around it.
/// Another session is in the way: a lock, a deadlock, a serialisation failure.
const LOCKED: [&str; 3] = ["55P03", "40P01", "40001"];

/// No connection now: too many of them, or a server that starts or stops.
const STARTING: [&str; 4] = ["53300", "57P01", "57P02", "57P03"];

fn denied(message: &str, user: &str) -> String {
    let named = |start: &str| message.strip_prefix(start).map(str::trim);
    if let Some(schema) = named("permission denied for schema ") {
        let schema = super::quote(schema);
        return format!(
            "let the schema's owner grant it: `GRANT USAGE, CREATE ON SCHEMA {schema} TO {user}`; \
             to read, USAGE is enough"
        );
    }
    if message.contains("to create database") {
        return format!(
            "`ALTER ROLE {user} CREATEDB` lets it; or name a server where it may by `scratch` \
             under [database]"
        );
    }
    if let Some(database) = named("permission denied for database ") {
        // The name stands in quotes where the server lets nobody in, and bare where it makes nothing.
        let bare = database.trim_matches('"');
        let right = if bare == database { "CREATE" } else { "CONNECT" };
        let database = super::quote(bare);
        return format!("let its owner grant it: `GRANT {right} ON DATABASE {database} TO {user}`");
    }
    if let Some(object) = named("must be owner of ") {
        return format!(
            "only the owner of {object} may change it: connect as the owner, or grant {user} \
             membership in the owner's role"
        );
    }
    match ["table", "view", "sequence", "function", "type"].iter().find_map(|kind| {
        named(&format!("permission denied for {kind} ")).map(|name| (kind, super::quote(name)))
    }) {
        Some((&"table" | &"view", name)) => format!(
            "let its owner grant it: `GRANT SELECT ON {name} TO {user}`, and to write also INSERT, \
             UPDATE, DELETE"
        ),
        Some((kind, name)) => {
            let kind = kind.to_uppercase();
            format!("let its owner grant it: `GRANT USAGE ON {kind} {name} TO {user}`")
        }
        None => format!("connect as a role that may, or grant {user} what it lacks"),
    }
}
