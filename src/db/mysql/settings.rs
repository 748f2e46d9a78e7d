//! What holds in every session, whatever the server, the account or the database say.

use std::time::Duration;

use super::super::ConnectOptions;
use crate::dialect::mysql::{Flavor, Server};

/// What a session is told when it begins.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) schemas: Vec<String>,
    pub(super) read_only: bool,
    lock_timeout: Duration,
    statement_timeout: Duration,
}

/// Values that do not fit are refused. What changes how text is read (`ANSI_QUOTES`,
/// `NO_BACKSLASH_ESCAPES`, `PIPES_AS_CONCAT`) is off: the splitter and the renderer count on it. So
/// is `NO_ZERO_DATE`, which refuses any change of a table that has such a default.
const MODE: &str = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

/// The longest that both servers take for it, in seconds: a year.
const FOR_EVER: u64 = 31_536_000;

impl Settings {
    pub(super) fn of(options: &ConnectOptions) -> Self {
        Self {
            schemas: options.schemas.clone(),
            read_only: options.read_only,
            lock_timeout: options.lock_timeout,
            statement_timeout: options.statement_timeout,
        }
    }

    /// The statements that make a session so.
    pub(super) fn statements(&self, server: Server) -> Vec<String> {
        let limit = match server.flavor {
            Flavor::Mysql => self.limit_of_mysql(),
            Flavor::Mariadb => self.limit_of_mariadb(),
        };
        let access = if self.read_only { "READ ONLY" } else { "READ WRITE" };
        vec![format!("{}, {limit}", self.common()), format!("SET SESSION TRANSACTION {access}")]
    }

    /// The statements of a script, which either server runs: each reads past what is the other's.
    pub(super) fn for_script(&self) -> Vec<String> {
        vec![
            "SET NAMES utf8mb4".to_owned(),
            format!(
                "{} /*!80000 , {} */ /*M!100600 , {} */",
                self.common(),
                self.limit_of_mysql(),
                self.limit_of_mariadb()
            ),
        ]
    }

    fn common(&self) -> String {
        let seconds = match self.lock_timeout.is_zero() {
            true => FOR_EVER,
            false => self.lock_timeout.as_millis().div_ceil(1000).try_into().unwrap_or(FOR_EVER),
        };
        format!(
            "SET SESSION sql_mode = '{MODE}', foreign_key_checks = 1, unique_checks = 1, \
             autocommit = 1, sql_safe_updates = 0, sql_auto_is_null = 0, \
             default_storage_engine = InnoDB, group_concat_max_len = 4294967295, \
             wait_timeout = {FOR_EVER}, lock_wait_timeout = {seconds}, \
             innodb_lock_wait_timeout = {seconds}"
        )
    }

    fn limit_of_mysql(&self) -> String {
        format!("max_execution_time = {}", self.statement_timeout.as_millis())
    }

    fn limit_of_mariadb(&self) -> String {
        format!("max_statement_time = {}", self.statement_timeout.as_secs_f64())
    }
}
