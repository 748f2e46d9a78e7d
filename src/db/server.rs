//! What is wrong with the connection to a server, whichever it is.

use std::io::ErrorKind;
use std::time::Duration;

use super::Failure;

/// A server that somebody connects to.
pub(super) struct Server<'a> {
    /// Host and port, or the socket.
    pub(super) address: &'a str,
    /// What its URLs say of safe connections.
    pub(super) safety: &'static str,
    /// How its URLs are written.
    pub(super) form: &'static str,
}

impl Server<'_> {
    /// The failure of a server that does not answer.
    pub(super) fn silent(&self, waited: Duration) -> Failure {
        Failure {
            message: format!("{} does not answer within {} s", self.address, waited.as_secs()),
            help: Some("see that host and port are right and that no firewall is between".into()),
            busy: true,
            ..Failure::default()
        }
    }

    /// What is wrong with a connection that is to be made, or that was there.
    pub(super) fn disconnected(&self, error: &sqlx::Error, was_there: bool) -> Failure {
        let address = self.address;
        let failure = |message: String, help: &str| Failure {
            message,
            help: Some(help.to_owned()),
            ..Failure::default()
        };
        match error {
            sqlx::Error::Io(cause) if was_there => {
                let message = format!("the connection to {address} was lost: {cause}");
                failure(message, "run the command again")
            }
            // What is wrong with a certificate comes as data that makes no sense.
            sqlx::Error::Io(cause) if cause.kind() != ErrorKind::InvalidData => Failure {
                busy: true,
                ..failure(
                    format!("no connection to {address}: {cause}"),
                    "see that the server runs and that host and port are right; `wait` under \
                     [upgrade] waits for one that is starting",
                )
            },
            sqlx::Error::Tls(_) | sqlx::Error::Io(_) => {
                let cause = std::error::Error::source(error);
                let cause = cause.map_or_else(|| error.to_string(), ToString::to_string);
                failure(format!("no safe connection to {address}: {cause}"), self.safety)
            }
            sqlx::Error::Configuration(cause) => {
                failure(format!("the URL cannot be read: {cause}"), self.form)
            }
            other => Failure::connection(other.to_string()),
        }
    }
}
