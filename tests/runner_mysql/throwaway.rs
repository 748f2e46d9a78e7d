//! A server of MySQL or MariaDB of a test's own, to be killed.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A server, running or not; its data goes with it.
pub(crate) struct Server {
    name: &'static str,
    folder: tempfile::TempDir,
    pub(crate) port: u16,
    options: Vec<String>,
    process: Option<Child>,
}

/// A port that nobody listens on, below the range from which the system hands out ports: a server
/// that is killed and started again must find it free.
fn free_port() -> Result<u16, String> {
    static TRIED: AtomicU32 = AtomicU32::new(0);
    let free = |_| {
        let tried = TRIED.fetch_add(1, Ordering::Relaxed);
        let offset = (std::process::id().wrapping_mul(89) + tried.wrapping_mul(17)) % 12_000;
        let port = 20_000 + u16::try_from(offset).ok()?;
        TcpListener::bind(("127.0.0.1", port)).ok().map(|_| port)
    };
    (0..1_000).find_map(free).ok_or_else(|| "no port is free".into())
}

fn script(arguments: &[&str], log: &Path) -> Result<Command, String> {
    let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/server"));
    let log = File::create(log).map_err(|error| error.to_string())?;
    let both = log.try_clone().map_err(|error| error.to_string())?;
    command.args(arguments).stdin(Stdio::null()).stdout(both).stderr(log);
    Ok(command)
}

impl Server {
    /// Initialised, and not started.
    pub(crate) fn new(name: &'static str, options: &[&str]) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let path = folder.path().display().to_string();
        let log = folder.path().join("initialise.log");
        let mut initialise = script(&["initialise", name, &path], &log)?;
        if !initialise.status().map_err(|error| error.to_string())?.success() {
            return Err(format!(
                "{name} cannot be initialised: run the tests by `scripts/test`\n{}",
                std::fs::read_to_string(&log).unwrap_or_default()
            ));
        }
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        Ok(Self { name, folder, port: free_port()?, options, process: None })
    }

    /// The folder of the server, which its user may write to.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn log(&self) -> std::path::PathBuf {
        self.folder.path().join("server.log")
    }

    /// Starts it and does not wait.
    pub(crate) fn begin(&mut self) {
        let (path, port) = (self.folder.path().display().to_string(), self.port.to_string());
        let mut arguments = vec!["start", self.name, &path, &port];
        // What a transaction has committed outlives the server.
        arguments.push("--innodb-flush-log-at-trx-commit=1");
        arguments.extend(self.options.iter().map(String::as_str));
        let mut start = script(&arguments, &self.log()).expect("a file");
        self.process = Some(start.spawn().expect("the script is there"));
    }

    /// Starts it and waits until it takes connections.
    pub(crate) fn start(&mut self) {
        self.begin();
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let log = std::fs::read_to_string(self.log()).unwrap_or_default();
            if log.contains("ready for connections") {
                return;
            }
            let running = self.process.as_mut().is_some_and(|it| matches!(it.try_wait(), Ok(None)));
            assert!(running && Instant::now() < deadline, "the server does not start:\n{log}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// In an instant, as when the power fails.
    pub(crate) fn kill(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        process.kill().expect("it is ours");
        process.wait().expect("it ends");
    }

    /// As root, who has no password yet.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("mysql://root@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
