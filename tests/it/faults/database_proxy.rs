//! Stands between the server and PostgreSQL, and can lose the answer to a statement.
//!
//! A statement that carries certain words is carried out and committed; then the connection breaks
//! before a word of the answer has passed. To the server that is the worst that can happen to a commit:
//! nobody knows whether it took place. Killing a PostgreSQL hits that moment only by luck.

use super::server_process::folder_for;
use sqlx::{ConnectOptions, postgres::PgConnectOptions};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::AbortHandle,
};

/// What PostgreSQL says when it has carried out a statement and stands in no transaction.
const READY: &[u8] = b"Z\0\0\0\x05I";

/// A running proxy. Its connections end when it is dropped.
pub struct DatabaseProxy {
    url: String,
    words: Words,
    lost: watch::Receiver<usize>,
    carrier: AbortHandle,
}

/// The words of the statement whose answer is to be lost next.
type Words = Arc<Mutex<Option<Vec<u8>>>>;

impl DatabaseProxy {
    /// A proxy before this database.
    pub fn before(url: &str) -> Self {
        let options: PgConnectOptions = url.parse().expect("a URL");
        let name = format!(".s.PGSQL.{}", options.get_port());
        let behind = options.get_socket().expect("a socket").join(&name);
        static PROXIES: AtomicUsize = AtomicUsize::new(0);
        let number = PROXIES.fetch_add(1, Ordering::Relaxed);
        let folder = folder_for(&format!("proxy-{number}"));
        let listener = UnixListener::bind(folder.join(&name)).expect("a proxy");
        let words = Words::default();
        let (answer_lost, lost) = watch::channel(0);
        let carrier = accept(listener, behind, words.clone(), answer_lost);
        Self {
            url: options.socket(folder).to_url_lossy().into(),
            words,
            lost,
            carrier: tokio::spawn(carrier).abort_handle(),
        }
    }

    /// The database as the server is to know it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Loses the answer to the next statement that carries these words.
    pub fn lose_the_answer_to(&self, words: &str) {
        *self.words.lock().expect("the words") = Some(words.as_bytes().to_vec());
    }

    /// How many answers were lost so far.
    pub fn lost(&self) -> usize {
        *self.lost.borrow()
    }
}

impl Drop for DatabaseProxy {
    fn drop(&mut self) {
        self.carrier.abort();
    }
}

async fn accept(listener: UnixListener, behind: PathBuf, words: Words, lost: watch::Sender<usize>) {
    let lost = Arc::new(lost);
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((server, _)) = listener.accept().await {
        connections.spawn(carry(server, behind.clone(), words.clone(), lost.clone()));
    }
}

/// One connection, until either side ends it or an answer is lost.
async fn carry(
    server: UnixStream,
    behind: impl AsRef<Path>,
    words: Words,
    lost: Arc<watch::Sender<usize>>,
) {
    let Ok(postgres) = UnixStream::connect(behind).await else {
        return;
    };
    let (from_server, to_server) = server.into_split();
    let (from_postgres, to_postgres) = postgres.into_split();
    let is_doomed = AtomicBool::new(false);
    tokio::select! {
        () = carry_statements(from_server, to_postgres, &words, &is_doomed) => {}
        () = carry_answers(from_postgres, to_server, &is_doomed) => {}
    }
    if is_doomed.load(Ordering::SeqCst) {
        lost.send_modify(|lost| *lost += 1);
    }
}

async fn carry_statements(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    words: &Words,
    is_doomed: &AtomicBool,
) {
    let mut buffer = vec![0; 256 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let chunk = &buffer[..length];
        let carries = |words: &mut Vec<u8>| chunk.windows(words.len()).any(|part| part == words);
        if words.lock().expect("the words").take_if(carries).is_some() {
            // Before it is sent: the answer must find it so.
            is_doomed.store(true, Ordering::SeqCst);
        }
        if to.write_all(chunk).await.is_err() {
            return;
        }
    }
}

async fn carry_answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, is_doomed: &AtomicBool) {
    let mut buffer = vec![0; 256 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let chunk = &buffer[..length];
        match is_doomed.load(Ordering::SeqCst) {
            true if chunk.ends_with(READY) => return,
            true => {}
            false if to.write_all(chunk).await.is_err() => return,
            false => {}
        }
    }
}
