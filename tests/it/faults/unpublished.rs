//! Somebody comes back just when a message is in the log and nobody was told of it yet.
//!
//! They are given it with what they missed, and are not told of it once more when the others are.

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_recovered_before_it_was_told_is_not_told_again() {
    let proxy = DatabaseProxy::before(&fresh_database().await);
    let url = proxy.url().to_owned();
    let heyyo = Heyyo::start_with(|config| {
        config.boot.database.url = url;
        // The answer is held back for as long as it takes.
        config.live.database.patience_milliseconds = 60_000;
    })
    .await;
    let mut places = Place::shared_by(2 + BOTH.len(), &heyyo.http(), heyyo.admin_key()).await;
    let (sending, other) = (places.remove(0), places.remove(0));
    let mut live = Listener::new("the one who stays", &other, 0);
    live.connect(WebSocket).await;
    let mut who_come_back: Vec<(Listener, Transport)> = places
        .iter()
        .zip(BOTH)
        .map(|(place, transport)| {
            let name = format!("back over {transport:?}");
            (Listener::new(name, place, 0), transport)
        })
        .collect();
    let mut sent = Vec::new();
    for round in 0..3 {
        let name = format!("unpublished {round}");
        proxy.hold_the_answer_to(&name);
        let send = tokio::spawn(sending.post(&name, &name).into_future());
        proxy.until_it_is_held().await;
        for (listener, transport) in &mut who_come_back {
            listener.connect(*transport).await;
            while listener.recoveries.len() <= round {
                listener.hear().await.expect("a connection that stays");
            }
            let newest = listener.heard.last().expect("a message");
            assert_eq!(newest.text, name, "it is in the log");
        }
        assert!(!send.is_finished(), "acked before it is published");
        assert_eq!(live.heard.len(), round, "told before the commit is known");
        proxy.let_it_pass();
        let reply = in_time("an answer", send).await.expect("a reply");
        let said = Said::read(&reply.expect(201));
        sent.push(Sent::named_by_its_text(&sending.user, &name, Some(said)));
        while live.heard.len() <= round {
            live.hear().await.expect("a connection that stays");
        }
    }
    let mut last = Sender::new("the last sender", &sending, Door::Socket(WebSocket));
    last.send(LAST).await;
    sent.append(&mut last.sent);
    live.hear_until(WebSocket, LAST).await;
    let mut streams = vec![live.into_stream()];
    for (mut listener, transport) in who_come_back {
        listener.hear_until(transport, LAST).await;
        streams.push(listener.into_stream());
    }
    sending.expect_faultless(sent, streams).await;
}
