//! Puts a node together, accepts connections, and ends in good order.
//!
//! What a connection may cost is bounded here: its headers, and the time it may idle.

use crate::{
    auth::secret::Keyring,
    chat::{self, installations, nodes, removals, revocations},
    config::{Config, Current, live},
    database::{self, Database, embedded::Embedded},
    doors::{self, Doors},
    hooks::Hooks,
    hub::{
        Hub,
        line::{Line, Watched},
    },
    limits::Counted,
    master_key,
    metrics::Metrics,
    node::{Node, Parts},
    rest::Peer,
};
use anyhow::{Context, ensure};
use hyper::{Request, body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socketioxide::SocketIo;
use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
};
use tower::ServiceExt;

/// How long the database may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(10);
/// Connections that may wait to be accepted. One too many is dropped by the kernel and tries again a
/// second later, and everybody comes at once when a node was restarted. The kernel may allow less.
const UNACCEPTED: u32 = 4_096;
/// Time between two sockets that are sent away at the end, if there is so much of it.
const APART: Duration = Duration::from_millis(5);
/// Files that are no connections of clients: the database's, plugins, logs.
const OWN_FILES: u32 = 512;
/// Bytes of headers, and how many.
const HEADER_BYTES: usize = 16 * 1024;
const HEADERS: usize = 64;

/// A server that is bound and ready, before [`Server::run`].
pub struct Server {
    node: Node,
    joined: nodes::Joined,
    sockets: SocketIo,
    service: Doors,
    listeners: Vec<TcpListener>,
    embedded: Option<Embedded>,
}

impl Server {
    /// Opens the database, binds, and puts everything together.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        let Config { boot, live } = config;
        let current = Current::new(live);
        let listeners = bind(&boot.server.addresses()?)?;
        let Database { pool, embedded } = database::open(&boot.database).await?;
        let keys = Keyring::new(master_key::load(&boot)?.as_bytes())?;
        ensure!(
            installations::belongs_to(&pool, &keys).await?,
            "this database belongs to another master key; give the one it was made with (HEYYO_MASTER_KEY, or master.key in the data directory)"
        );
        crate::auth::token::install_cryptography();

        let metrics = Arc::new(Metrics::default());
        let most = i64::from(boot.database.connections);
        metrics.now.connections_most.set(most);
        let hub = Arc::new(Hub::new(metrics.clone()));
        let folder = boot.database.data_dir.join("plugins");
        let (hooks, questions) = Hooks::new(&boot.plugins, &current, folder, metrics.clone());
        chat::facts::start(&pool, questions);
        let chat = chat::State::start(&pool, &hub, &current);
        let node = Node::new(Parts {
            database: pool,
            boot,
            current,
            keys,
            hub,
            metrics,
            limits: Arc::default(),
            hooks,
            chat,
            started: Instant::now(),
            is_draining: AtomicBool::new(false),
            pinged: Default::default(),
        });
        let joined = nodes::join(&node)
            .await
            .context("cannot listen to what other nodes on this database tell")?;
        revocations::watch(&node);
        removals::watch(&node);
        let (service, sockets) = doors::open(&node);
        Ok(Self {
            node,
            joined,
            sockets,
            service,
            listeners,
            embedded,
        })
    }

    /// Where it listens.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners
            .iter()
            .filter_map(|listener| listener.local_addr().ok())
            .collect()
    }

    /// The node behind it.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// The private database, unless the operator's is used.
    pub fn embedded(&self) -> Option<&Embedded> {
        self.embedded.as_ref()
    }

    /// Serves until `stop` is done, then lets go in good order: no new sockets, those that are there closed
    /// by transport (clients come back by themselves), requests in flight finished, database last.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        // Every connection holds a receiver: it hears of the end, and is waited for by being counted.
        let (end, ending) = watch::channel(());
        let files = open_files();
        for listener in self.listeners {
            let (service, node) = (self.service.clone(), self.node.clone());
            tokio::spawn(accept(listener, service, (node, files), ending.clone()));
        }
        drop(ending);

        stop.await;
        self.node.is_draining.store(true, Ordering::Relaxed);
        let seconds = self.node.live().server.drain_seconds;
        let drain = Duration::from_secs(seconds);
        send_away(&self.node, drain).await;
        let _ = end.send(());
        self.sockets.close().await;
        if tokio::time::timeout(drain, end.closed()).await.is_err() {
            tracing::warn!("some requests did not end within {seconds} s");
        }
        self.joined.leave().await;
        // Each connection is said goodbye to; a database that is frozen hears nothing.
        if tokio::time::timeout(GOODBYE, self.node.database.close())
            .await
            .is_err()
        {
            tracing::warn!(
                "the database took no goodbye within {} s",
                GOODBYE.as_secs()
            );
        }
        if let Some(embedded) = self.embedded {
            embedded.stop().await;
        }
    }
}

/// Closes all sockets, one after the other: who comes back finds another node, and it finds them one by one.
async fn send_away(node: &Node, within: Duration) {
    let seats = node.hub.seats.all();
    let Some(each) = within.checked_div(seats.len() as u32) else {
        return;
    };
    tracing::info!(sockets = seats.len(), "sending sockets away");
    let mut turn = tokio::time::interval(each.min(APART).max(Duration::from_micros(1)));
    for seat in seats {
        turn.tick().await;
        seat.send_away();
    }
}

fn bind(addresses: &[SocketAddr]) -> anyhow::Result<Vec<TcpListener>> {
    let mut listeners: Vec<TcpListener> = vec![];
    for address in addresses {
        let mut address = *address;
        if let (0, Some(first)) = (address.port(), listeners.first()) {
            address.set_port(first.local_addr()?.port());
        }
        match listen(address) {
            Ok(listener) => listeners.push(listener),
            // A machine without IPv6 still has its first loopback address.
            Err(error)
                if !listeners.is_empty()
                    && error.kind() == std::io::ErrorKind::AddrNotAvailable => {}
            Err(error) => return Err(error).with_context(|| format!("cannot listen on {address}")),
        }
    }
    Ok(listeners)
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // As `TcpListener::bind` does: a server that is started again takes its address back at once.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(UNACCEPTED)
}

async fn accept(
    listener: TcpListener,
    service: Doors,
    (node, files): (Node, u32),
    mut ending: watch::Receiver<()>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = ending.changed() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                let live = node.live();
                let Some(counted) = count(&node, &live.server, peer.ip(), files) else {
                    node.metrics.refused_connections.inc();
                    continue;
                };
                // A chat message is small and must not wait for the next one.
                let _ = stream.set_nodelay(true);
                let line = Arc::new(Line::default());
                let stalled = Duration::from_secs(live.server.stalled_seconds);
                let stream = Watched::new(stream, line.clone(), stalled, counted);
                let idle = Duration::from_secs(live.server.idle_seconds);
                let connection = (stream, line, peer, idle);
                tokio::spawn(serve(connection, service.clone(), ending.clone()));
            }
            // Out of file descriptors, most likely: give the others time to end.
            Err(error) => {
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Counts a connection, unless there are too many.
fn count(node: &Node, server: &live::Server, peer: IpAddr, files: u32) -> Option<Counted> {
    let most_of_all = match server.connections {
        0 => files.saturating_sub(OWN_FILES).max(1),
        most => most,
    };
    let most = match server.trusted_proxies.contain(peer.to_canonical()) {
        // It has the connections of all who come through it.
        true => 0,
        false => server.address_connections,
    };
    node.limits.connections.one_more(peer, most, most_of_all)
}

/// How many files this process may have open: as many as it is allowed at all. Few programs still have
/// trouble with many, for whose sake the system begins with fewer.
fn open_files() -> u32 {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::debug!("cannot raise the limit of open files: {error}");
    }
    let now = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if now < u64::from(OWN_FILES) * 2 {
        tracing::warn!(
            "only {now} files may be open, of which connections get few: raise it with `ulimit -n`"
        );
    }
    now.try_into().unwrap_or(u32::MAX)
}

async fn serve(
    (stream, line, peer, idle): (Watched<TcpStream, Counted>, Arc<Line>, SocketAddr, Duration),
    service: Doors,
    mut ending: watch::Receiver<()>,
) {
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(line.clone());
        service.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(idle)
        .max_buf_size(HEADER_BYTES)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        _ = ending.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("connection: {error}");
    }
}
