//! Stands between the server and PostgreSQL, and can lose the answer to a statement, or hold it back.
//!
//! A statement that carries certain words is carried out and committed; then the connection breaks
//! before a word of the answer has passed. To the server that is the worst that can happen to a commit:
//! nobody knows whether it took place. Killing a PostgreSQL hits that moment only by luck. An answer that
//! is held back keeps the moment open in which the database knows and the server does not.

use super::server_process::folder_for;
use crate::support::in_time;
use sqlx::{ConnectOptions, postgres::PgConnectOptions};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
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
    plan: Arc<Plan>,
    carrier: AbortHandle,
}

/// What is to become of answers.
struct Plan {
    next: Mutex<Option<(Vec<u8>, Fate)>>,
    lost: watch::Sender<usize>,
    /// Whether the answer that was to be held back is there.
    is_held: watch::Sender<bool>,
}

/// What becomes of the answer to one statement.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Lost,
    Held,
}

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
        let plan = Arc::new(Plan {
            next: Mutex::default(),
            lost: watch::Sender::new(0),
            is_held: watch::Sender::new(false),
        });
        Self {
            url: options.socket(folder).to_url_lossy().into(),
            carrier: tokio::spawn(accept(listener, behind, plan.clone())).abort_handle(),
            plan,
        }
    }

    /// The database as the server is to know it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Loses the answer to the next statement that carries these words.
    pub fn lose_the_answer_to(&self, words: &str) {
        self.plan(words, Fate::Lost);
    }

    /// Holds back the answer to the next statement that carries these words.
    pub fn hold_the_answer_to(&self, words: &str) {
        self.plan(words, Fate::Held);
    }

    fn plan(&self, words: &str, fate: Fate) {
        let next = (words.as_bytes().to_vec(), fate);
        *self.plan.next.lock().expect("a plan") = Some(next);
    }

    /// Returns when that statement was carried out and its answer is held back.
    pub async fn until_it_is_held(&self) {
        let mut is_held = self.plan.is_held.subscribe();
        let held = is_held.wait_for(|is_held| *is_held);
        let held = in_time("an answer to hold back", held).await;
        held.expect("a proxy");
    }

    /// Lets it pass.
    pub fn let_it_pass(&self) {
        self.plan.is_held.send_replace(false);
    }

    /// How many answers were lost so far.
    pub fn lost(&self) -> usize {
        *self.plan.lost.borrow()
    }
}

impl Drop for DatabaseProxy {
    fn drop(&mut self) {
        self.carrier.abort();
    }
}

async fn accept(listener: UnixListener, behind: PathBuf, plan: Arc<Plan>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((server, _)) = listener.accept().await {
        connections.spawn(carry(server, behind.clone(), plan.clone()));
    }
}

/// One connection, until either side ends it or an answer is lost.
async fn carry(server: UnixStream, behind: impl AsRef<Path>, plan: Arc<Plan>) {
    let Ok(postgres) = UnixStream::connect(behind).await else {
        return;
    };
    let (from_server, to_server) = server.into_split();
    let (from_postgres, to_postgres) = postgres.into_split();
    let fate = Mutex::new(None);
    tokio::select! {
        () = carry_statements(from_server, to_postgres, &plan, &fate) => {}
        () = carry_answers(from_postgres, to_server, &plan, &fate) => {}
    }
    if *fate.lock().expect("a fate") == Some(Fate::Lost) {
        plan.lost.send_modify(|lost| *lost += 1);
    }
}

async fn carry_statements(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    plan: &Plan,
    fate: &Mutex<Option<Fate>>,
) {
    let mut buffer = vec![0; 256 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let chunk = &buffer[..length];
        let carries =
            |(words, _): &mut (Vec<u8>, Fate)| chunk.windows(words.len()).any(|part| part == words);
        if let Some((_, next)) = plan.next.lock().expect("a plan").take_if(carries) {
            // Before it is sent: the answer must find it so.
            *fate.lock().expect("a fate") = Some(next);
        }
        if to.write_all(chunk).await.is_err() {
            return;
        }
    }
}

async fn carry_answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    plan: &Plan,
    fate: &Mutex<Option<Fate>>,
) {
    let mut buffer = vec![0; 256 * 1024];
    let mut held = Vec::new();
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let chunk = &buffer[..length];
        let is_complete = chunk.ends_with(READY);
        let now = *fate.lock().expect("a fate");
        match now {
            Some(Fate::Lost) if is_complete => return,
            Some(Fate::Lost) => continue,
            Some(Fate::Held) => held.extend_from_slice(chunk),
            None => held = chunk.to_vec(),
        }
        if now == Some(Fate::Held) {
            if !is_complete {
                continue;
            }
            let mut is_held = plan.is_held.subscribe();
            plan.is_held.send_replace(true);
            if is_held.wait_for(|is_held| !is_held).await.is_err() {
                return;
            }
            *fate.lock().expect("a fate") = None;
        }
        if to.write_all(&held).await.is_err() {
            return;
        }
        held.clear();
    }
}
