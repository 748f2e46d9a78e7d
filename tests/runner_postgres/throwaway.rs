//! A PostgreSQL server of a test's own, to be killed.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A server, running or not; its data goes with it.
pub(crate) struct Server {
    binaries: PathBuf,
    folder: tempfile::TempDir,
    pub(crate) port: u16,
    settings: Vec<String>,
    process: Option<Child>,
}

/// The server's programs: where `scripts/test` says, or Debian's.
fn binaries() -> Result<PathBuf, String> {
    let named = std::env::var_os("AUTOGEN_TEST_POSTGRES_BIN").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| "/usr/lib/postgresql/15/bin".into());
    match folder.join("initdb").exists() {
        true => Ok(folder),
        false => {
            Err(format!("{} has no initdb: run the tests by `scripts/test`", folder.display()))
        }
    }
}

/// A port that nobody listens on, below the range from which the system hands out ports: a server
/// that is killed and started again must find it free.
pub(crate) fn free_port() -> Result<u16, String> {
    static TRIED: AtomicU32 = AtomicU32::new(0);
    let free = |_| {
        let tried = TRIED.fetch_add(1, Ordering::Relaxed);
        let offset = (std::process::id().wrapping_mul(97) + tried.wrapping_mul(13)) % 12_000;
        let port = 20_000 + u16::try_from(offset).ok()?;
        TcpListener::bind(("127.0.0.1", port)).ok().map(|_| port)
    };
    (0..1_000).find_map(free).ok_or_else(|| "no port is free".into())
}

/// Servers refuse to run as root.
pub(crate) fn as_user(program: &Path, at_death: &str) -> Command {
    let mut command = Command::new("setpriv");
    if is_root() {
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]);
    }
    command.arg(format!("--pdeathsig={at_death}")).arg(program).current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

impl Server {
    /// Initialised, with `initdb`'s way to let clients in (`trust`, `scram-sha-256`), not started.
    pub(crate) fn new(authentication: &str, settings: &[&str]) -> Result<Self, String> {
        let binaries = binaries()?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let password = folder.path().join("password");
        std::fs::write(&password, "s3cret").map_err(|error| error.to_string())?;
        if is_root() {
            for path in [folder.path(), &password] {
                let done = Command::new("chown").arg("nobody").arg(path).status();
                done.map_err(|error| error.to_string())?;
            }
        }
        let mut initdb = as_user(&binaries.join("initdb"), "KILL");
        initdb.arg("-D").arg(folder.path().join("data")).args(["-U", "postgres", "-A"]);
        initdb.arg(authentication).arg("--pwfile").arg(&password);
        initdb.args(["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        if !initdb.status().map_err(|error| error.to_string())?.success() {
            return Err("initdb failed".into());
        }
        let port = free_port()?;
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        Ok(Self { binaries, folder, port, settings, process: None })
    }

    /// The folder of the server, which its user may write to.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts it and does not wait.
    pub(crate) fn begin(&mut self) {
        let mut postgres = as_user(&self.binaries.join("postgres"), "KILL");
        postgres.arg("-D").arg(self.folder.path().join("data")).arg("-p");
        postgres.arg(self.port.to_string()).args(["-h", "127.0.0.1", "-k"]).arg(self.folder.path());
        for setting in ["fsync=off", "full_page_writes=off", "synchronous_commit=off"] {
            postgres.args(["-c", setting]);
        }
        for setting in &self.settings {
            postgres.args(["-c", setting]);
        }
        self.process = Some(postgres.spawn().expect("setpriv is there"));
    }

    /// Starts it and waits until it takes connections.
    pub(crate) fn start(&mut self) {
        self.begin();
        let pid_file = self.folder.path().join("data/postmaster.pid");
        let deadline = Instant::now() + Duration::from_secs(60);
        let pid = self.process.as_ref().map(|process| process.id().to_string());
        loop {
            let text = std::fs::read_to_string(&pid_file).unwrap_or_default();
            let mut lines = text.lines();
            if lines.next() == pid.as_deref() && text.lines().any(|line| line.trim() == "ready") {
                return;
            }
            assert!(Instant::now() < deadline, "the server does not start");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// All its processes, in an instant, as when the power fails.
    pub(crate) fn kill(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        let postmaster = process.id();
        // Stopped it starts no more of them; each is in a group of its own.
        signal("STOP", &[postmaster]);
        let mut all = children(postmaster);
        all.push(postmaster);
        signal("KILL", &all);
        process.wait().expect("it is ours");
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres:s3cret@127.0.0.1:{}/{database}", self.port)
    }
}

/// Some may have ended by themselves meanwhile.
fn signal(name: &str, pids: &[u32]) {
    let pids = pids.iter().map(u32::to_string);
    let mut kill = Command::new("kill");
    kill.arg(format!("-{name}")).args(pids).stderr(Stdio::null()).status().expect("kill is there");
}

fn children(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").expect("a system with /proc");
    let pids = processes.flatten().filter_map(|it| it.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The name of the program stands in brackets and may hold anything.
        let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        rest.split(' ').nth(1).and_then(|it| it.parse().ok()) == Some(parent)
    })
    .collect()
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
    }
}
