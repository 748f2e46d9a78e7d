//! Stands between the client and the server, and ends the client at a statement: the process is gone
//! as after a kill, for all that the server sees.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// When the client ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The server does not hear of the statement.
    Before,
    /// The server hears of it, and nobody waits for the answer.
    During,
    /// The server has done it, and nobody hears of it.
    After,
}

/// A proxy, as long as its runtime lasts.
pub(crate) struct Proxy {
    /// The way through it.
    pub(crate) url: String,
    reached: Arc<Notify>,
}

/// What ends the client, and how that is told.
#[derive(Clone)]
struct Watch {
    statement: Arc<str>,
    cut: Cut,
    reached: Arc<Notify>,
    done: Arc<AtomicBool>,
}

impl Proxy {
    /// Ends the client when it sends this very statement.
    pub(crate) async fn before(url: &str, statement: &str, cut: Cut) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (start, rest) = url.split_once('@').expect("a user");
        let (host, path) = rest.split_once('/').expect("a database");
        let reached = Arc::new(Notify::new());
        let watch = Watch {
            statement: statement.into(),
            cut,
            reached: Arc::clone(&reached),
            done: Arc::new(AtomicBool::new(false)),
        };
        let host = host.to_owned();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&host).await.expect("the server");
                tokio::spawn(forward(client, server, watch.clone()));
            }
        });
        // The proxy reads what is said.
        let url = format!("{start}@127.0.0.1:{port}/{path}?ssl-mode=DISABLED");
        Self { url, reached }
    }

    /// Whether the client came as far as the statement, and ended there; otherwise it must end well.
    pub(crate) async fn cuts<T: std::fmt::Debug>(
        &self,
        work: impl Future<Output = autogen::error::Result<T>>,
    ) -> bool {
        tokio::select! {
            biased;
            () = self.reached.notified() => true,
            done = work => {
                done.expect("what is not cut short ends well");
                false
            }
        }
    }
}

async fn forward(client: TcpStream, server: TcpStream, watch: Watch) {
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("a setting");
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let answers = Arc::new(AtomicBool::new(true));
    tokio::spawn(back(from_server, to_client, watch.clone(), Arc::clone(&answers)));
    there(from_client, to_server, watch, answers).await;
}

/// What the client says, packet by packet.
async fn there(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    watch: Watch,
    answers: Arc<AtomicBool>,
) {
    loop {
        let mut head = [0; 4];
        if from.read_exact(&mut head).await.is_err() {
            return;
        }
        let length = u32::from_le_bytes([head[0], head[1], head[2], 0]);
        let mut body = vec![0; length as usize];
        if from.read_exact(&mut body).await.is_err() {
            return;
        }
        let is_it = body.first() == Some(&3) && body[1..] == *watch.statement.as_bytes();
        let now = is_it && !watch.done.swap(true, Ordering::SeqCst);
        if now && watch.cut == Cut::Before {
            watch.reached.notify_one();
            return;
        }
        if now && watch.cut == Cut::After {
            answers.store(false, Ordering::SeqCst);
        }
        if to.write_all(&[&head[..], &body[..]].concat()).await.is_err() {
            return;
        }
        if now && watch.cut == Cut::During {
            watch.reached.notify_one();
            return;
        }
    }
}

/// What the server answers.
async fn back(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    watch: Watch,
    answers: Arc<AtomicBool>,
) {
    let mut buffer = vec![0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if !answers.load(Ordering::SeqCst) {
            watch.reached.notify_one();
            return;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
