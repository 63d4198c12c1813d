//! What a node counts of itself, for Prometheus: written where it happens, read by `GET /metrics`.
//!
//! Nothing here names a user, a channel or a text. A label has as many values as a table of the server
//! has rows; an app is named beside its plugins alone, and of those only so many are told apart.

use crate::ids::AppId;
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

/// Plugins that are told apart, of all apps and of one. The others are counted as one, `other`.
const PLUGINS: usize = 200;
const PLUGINS_OF_APP: usize = 20;
/// The media type of [`Metrics::show`]: OpenMetrics, which Prometheus asks for.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The counts of one node.
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    request_seconds: Family<Route, Histogram>,
    events: Family<Acked, Counter>,
    recoveries: Family<Outcome, Counter>,
    hook_seconds: Family<Plugin, Histogram>,
    hook_calls: Family<Called, Counter>,
    named: Mutex<HashMap<AppId, HashSet<String>>>,
    /// Messages in one commit of the log.
    pub batch: Histogram,
    /// From a batch's statement to its commit.
    pub commit_seconds: Histogram,
    /// Messages stored.
    pub stored: Counter,
    /// Events that were given to seats.
    pub delivered: Counter,
    /// Sockets closed because they could not keep up.
    pub closed_slow: Counter,
    /// Connections closed at once, as there were too many.
    pub refused_connections: Counter,
    /// What is so at this moment; set before it is shown.
    pub now: Now,
}

/// What is so at one moment; of other nodes, since they came or went.
#[derive(Default)]
#[allow(missing_docs)]
pub struct Now {
    pub sockets: Gauge,
    pub users: Gauge,
    pub log_queue: Gauge,
    pub connections_used: Gauge,
    pub connections_idle: Gauge,
    /// Connections that the pool may have; set once, at start.
    pub connections_most: Gauge,
    pub neighbours: Gauge,
    pub plugins: Gauge,
    pub config_last_reload_ok: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Acked {
    event: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Plugin {
    app: Arc<String>,
    plugin: Arc<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Called {
    app: Arc<String>,
    plugin: Arc<String>,
    outcome: &'static str,
}

/// What is counted of one plugin, looked up once.
pub struct OfPlugin {
    seconds: Histogram,
    calls: Family<Called, Counter>,
    name: Plugin,
}

impl OfPlugin {
    /// A call ended: with a verdict or a kind of fault, after so long.
    pub fn called(&self, outcome: &'static str, took: Duration) {
        self.seconds.observe(took.as_secs_f64());
        self.count(outcome);
    }

    /// It was not called at all, for this reason.
    pub fn count(&self, outcome: &'static str) {
        let called = Called {
            app: self.name.app.clone(),
            plugin: self.name.plugin.clone(),
            outcome,
        };
        self.calls.get_or_create(&called).inc();
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("heyyo"),
            requests: Family::default(),
            // From 0.2 ms to 6 s.
            request_seconds: Family::new_with_constructor(|| times(0.000_2, 2.0, 16)),
            events: Family::default(),
            recoveries: Family::default(),
            // From 4 µs to 2 s.
            hook_seconds: Family::new_with_constructor(|| times(0.000_004, 2.0, 20)),
            hook_calls: Family::default(),
            named: Mutex::default(),
            batch: times(1.0, 2.0, 10),
            commit_seconds: times(0.000_2, 2.0, 14),
            stored: Counter::default(),
            delivered: Counter::default(),
            closed_slow: Counter::default(),
            refused_connections: Counter::default(),
            now: Now::default(),
        };
        metrics.now.config_last_reload_ok.set(1);
        metrics.register_all();
        metrics
    }
}

fn times(first: f64, factor: f64, count: u16) -> Histogram {
    Histogram::new(exponential_buckets(first, factor, count))
}

impl Metrics {
    #[rustfmt::skip]
    fn register_all(&mut self) {
        let mut registry = std::mem::replace(&mut self.registry, Registry::with_prefix("heyyo"));
        registry.register("requests", "REST calls answered, by route and status", self.requests.clone());
        registry.register("request_seconds", "Time to answer a REST call, its body included", self.request_seconds.clone());
        registry.register("socket_events", "Events of clients, by what the ack said", self.events.clone());
        registry.register("messages_stored", "Messages that are durable", self.stored.clone());
        registry.register("commit_messages", "Messages in one commit of the log", self.batch.clone());
        registry.register("commit_seconds", "Time of one commit of the log", self.commit_seconds.clone());
        registry.register("log_queue", "Messages that wait to be stored", self.now.log_queue.clone());
        registry.register("deliveries", "Events given to sockets", self.delivered.clone());
        registry.register("sockets", "Connected sockets", self.now.sockets.clone());
        registry.register("users_online", "Users with a socket on this node", self.now.users.clone());
        registry.register("connections_refused", "Connections closed at once, as there were too many", self.refused_connections.clone());
        registry.register("slow_sockets_closed", "Sockets closed because they could not keep up; they come back and recover", self.closed_slow.clone());
        registry.register("recoveries", "Channels that a client caught up in: complete, or cut because it missed too much", self.recoveries.clone());
        registry.register("hook_seconds", "Time of a plugin's call, its turn included", self.hook_seconds.clone());
        registry.register("hook_calls", "Calls of plugins, by verdict or kind of fault", self.hook_calls.clone());
        registry.register("plugins_loaded", "Plugins that are loaded", self.now.plugins.clone());
        registry.register("database_connections_used", "Connections of the pool in use", self.now.connections_used.clone());
        registry.register("database_connections_most", "Connections that the pool may have", self.now.connections_most.clone());
        registry.register("database_connections_idle", "Connections of the pool that are idle", self.now.connections_idle.clone());
        registry.register("config_last_reload_ok", "Whether what the configuration says is what holds: 1, or 0 after a change that was refused", self.now.config_last_reload_ok.clone());
        registry.register("neighbours", "Other nodes on the same database", self.now.neighbours.clone());
        let started: Gauge = Gauge::default();
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        started.set(since.map_or(0, |since| since.as_secs() as i64));
        registry.register(
            "start_time_seconds",
            "When the node started, in seconds since 1970",
            started,
        );
        self.registry = registry;
    }

    /// A REST call was answered. `route` is `none` where there is no such route.
    pub fn answered(
        &self,
        (method, route): (&'static str, &'static str),
        status: u16,
        began: Instant,
    ) {
        let seconds = began.elapsed().as_secs_f64();
        let route_seconds = self.request_seconds.get_or_create(&Route { route });
        route_seconds.observe(seconds);
        drop(route_seconds);
        let answered = Answered {
            method,
            route,
            status,
        };
        self.requests.get_or_create(&answered).inc();
    }

    /// An event of a client was answered: `ok`, or with the code of a refusal.
    pub fn acked(&self, event: &'static str, outcome: &'static str) {
        self.events.get_or_create(&Acked { event, outcome }).inc();
    }

    /// A client caught up in a channel, or missed too much for it.
    pub fn recovered(&self, is_complete: bool) {
        let outcome = if is_complete { "complete" } else { "cut" };
        self.recoveries.get_or_create(&Outcome { outcome }).inc();
    }

    /// The counts of an app's plugin.
    pub fn of_plugin(&self, app: AppId, plugin: &str) -> OfPlugin {
        let other = || Arc::new("other".to_owned());
        let name = match self.may_name(app, plugin) {
            true => Plugin {
                app: Arc::new(app.to_string()),
                plugin: Arc::new(plugin.to_owned()),
            },
            false => Plugin {
                app: other(),
                plugin: other(),
            },
        };
        OfPlugin {
            seconds: self.hook_seconds.get_or_create_owned(&name),
            calls: self.hook_calls.clone(),
            name,
        }
    }

    fn may_name(&self, app: AppId, plugin: &str) -> bool {
        let mut named = self.named.lock().unwrap();
        let count: usize = named.values().map(HashSet::len).sum();
        let of_app = named.entry(app).or_default();
        let is_known = of_app.contains(plugin);
        let has_room = count < PLUGINS && of_app.len() < PLUGINS_OF_APP;
        is_known || (has_room && of_app.insert(plugin.to_owned()))
    }

    /// All of it, as text of [`MEDIA_TYPE`].
    pub fn show(&self) -> String {
        let mut shown = String::new();
        text::encode(&mut shown, &self.registry).expect("a string takes any text");
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_without_end_are_told_apart_up_to_a_bound() {
        let metrics = Metrics::default();
        let apps: Vec<_> = (0..20).map(|_| AppId::new()).collect();
        for app in &apps {
            for number in 0..30 {
                let plugin = metrics.of_plugin(*app, &format!("plugin-{number}"));
                plugin.called("allow", Duration::ZERO);
            }
        }
        let shown = metrics.show();
        let told_apart = shown
            .lines()
            .filter(|line| line.starts_with("heyyo_hook_calls_total{") && !line.contains("other"));
        assert_eq!(told_apart.count(), PLUGINS);
        let other = r#"heyyo_hook_calls_total{app="other",plugin="other",outcome="allow"} 400"#;
        assert!(shown.contains(other), "{shown}");
        // One app does not take all the names there are.
        let of_first = format!(r#"heyyo_hook_calls_total{{app="{}""#, apps[0]);
        let of_first = shown.lines().filter(|line| line.starts_with(&of_first));
        assert_eq!(of_first.count(), PLUGINS_OF_APP);
    }
}
