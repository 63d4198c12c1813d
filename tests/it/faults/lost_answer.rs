//! A commit takes place and its answer never arrives.
//!
//! The sender is told to come back later, and is not told that it failed. Everybody else hears the
//! message, once and before anything later, whether or not anybody sends anything more.

use super::{
    checker::Sent,
    database_proxy::DatabaseProxy,
    listener::Listener,
    load::LAST,
    place::{Place, Said},
    sender::{Door, Sender},
};
use crate::support::{
    Heyyo, in_time,
    server::fresh_database,
    wire::{
        BOTH,
        Transport::{self, WebSocket},
    },
};
use futures_util::future::join_all;

const ROUNDS: usize = 8;
/// Messages that are sent at once with the one whose answer is lost.
const BESIDE: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_told_in_its_place() {
    let proxy = DatabaseProxy::before(&fresh_database().await);
    let url = proxy.url().to_owned();
    let heyyo = Heyyo::start_with(|config| config.boot.database.url = url).await;
    let mut places = Place::shared_by(1 + BOTH.len(), &heyyo.http(), heyyo.admin_key()).await;
    let place = places.remove(0);
    let mut listeners: Vec<(Listener, Transport)> = Vec::new();
    for (place, transport) in places.iter().zip(BOTH) {
        let mut listener = Listener::new(format!("{transport:?}"), place, 0);
        listener.connect(transport).await;
        listeners.push((listener, transport));
    }
    let mut sent = Vec::new();
    for round in 0..ROUNDS {
        let doomed = format!("doomed {round}");
        proxy.lose_the_answer_to(&doomed);
        // In some rounds alone, in others amid others, some of which come later.
        let beside = if round % 2 == 0 { 0 } else { BESIDE };
        let names = (0..beside).map(|number| format!("beside {round} {number}"));
        let mut names: Vec<String> = [doomed.clone()].into_iter().chain(names).collect();
        let sends = names.iter().map(|name| place.post(name, name).exchange());
        let answers = in_time("answers", join_all(sends)).await;
        let statuses: Vec<u16> = answers
            .into_iter()
            .map(|answer| answer.expect("an answer").status)
            .collect();
        assert_eq!(statuses[0], 503, "what is not known is not said");
        assert_eq!(proxy.lost(), round + 1);

        // In some rounds somebody sends at once, which must not be told first. In the others nobody
        // does, and still it is told.
        if round % 2 == 1 {
            let after = format!("after {round}");
            names.push(after.clone());
            let _ = in_time(&after, place.post(&after, &after).exchange()).await;
        }
        for (listener, _) in &mut listeners {
            while !listener.heard.iter().any(|said| said.text == doomed) {
                listener.hear().await.expect("a connection that stays");
            }
        }
        // Each is sent again, the doomed one last.
        for name in names.iter().rev() {
            let again = place.post(name, name).await;
            if *name == doomed {
                assert_eq!(again.status, 200, "it was there already");
            }
            let said = Said::read(&again.json());
            sent.push(Sent::named_by_its_text(&place.user, name, Some(said)));
        }
    }
    // The account wants each sender's messages in their order; these were sent at once.
    sent.sort_by_key(|sent| sent.acked.as_ref().map(|said| said.seq));
    let mut last = Sender::new("the last sender", &place, Door::Socket(WebSocket));
    last.send(LAST).await;
    sent.append(&mut last.sent);
    let mut streams = Vec::new();
    for (mut listener, transport) in listeners {
        listener.hear_until(transport, LAST).await;
        assert_eq!(listener.connections, 1);
        streams.push(listener.into_stream());
    }
    place.expect_faultless(sent, streams).await;
}
