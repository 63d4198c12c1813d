//! Who missed more than is given at once is told so, pages, and has everything in the end.
//!
//! Others go on writing all the while: what is paged and what is live must fit together exactly.

use super::{
    listener::Listener,
    load::{LAST, Load},
    place::Place,
    sender::Door::Socket,
};
use crate::support::{Heyyo, wire::BOTH, wire::Transport::WebSocket};
use serde_json::json;

const WINDOW: i64 = 20;
/// Where the listeners begin.
const SINCE: i64 = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paging_gives_exactly_what_the_window_does_not() {
    let heyyo = Heyyo::start_with(|config| config.live.recovery.max_messages = WINDOW).await;
    let doors = [Socket(WebSocket); 2];
    let people = doors.len() + BOTH.len();
    let places = Place::shared_by(people, &heyyo.http(), heyyo.admin_key()).await;
    let (senders, listening) = places.split_at(doors.len());
    let load = Load::start(senders, &doors, &[]).await;
    load.grows_by(150).await;
    let mut listeners = Vec::new();
    for (place, transport) in listening.iter().zip(BOTH) {
        let mut listener = Listener::new(format!("{transport:?}"), place, SINCE);
        listener.connect(transport).await;
        while listener.recoveries.is_empty() {
            listener.hear().await.expect("a connection that stays");
        }
        let recovery = listener.recoveries[0].clone();
        assert_eq!(recovery["complete"], false, "{recovery}");
        assert_eq!(recovery["from"], SINCE, "{recovery}");
        assert_eq!(recovery["to"], listener.newest(), "paged to another place");
        // Live again, and then away: within the window nothing needs to be paged.
        let live = listener.newest() + 10;
        while listener.newest() < live {
            listener.hear().await.expect("a connection that stays");
        }
        listener.take_connection();
        listeners.push((listener, transport));
    }
    let mut ended = load.end().await;
    for (mut listener, transport) in listeners {
        listener.hear_until(transport, LAST).await;
        let last = listener.recoveries.last().expect("a recovery");
        let missed =
            last["to"].as_i64().expect("a place") - last["from"].as_i64().expect("a place");
        assert_eq!(last["complete"], json!(missed <= WINDOW), "{last}");
        ended.listeners.push(listener);
    }
    ended.expect_faultless(&places[0]).await;
}
