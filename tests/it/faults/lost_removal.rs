//! A membership is ended, and the answer of the database never arrives.
//!
//! Whoever asked for it is told to come back later. Nobody knows whether the removed member may still
//! listen, so their sockets are closed: they come back, and are asked anew.

use super::{
    connection::Connection, database_proxy::DatabaseProxy, listener::Listener, place::Place,
};
use crate::support::{
    Heyyo, in_time,
    server::fresh_database,
    wire::{BOTH, Transport::WebSocket},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_that_may_have_taken_place_cuts_who_was_to_be_removed() {
    let proxy = DatabaseProxy::before(&fresh_database().await);
    let url = proxy.url().to_owned();
    let heyyo = Heyyo::start_with(|config| config.boot.database.url = url).await;
    for transport in BOTH {
        let places = Place::shared_by(3, &heyyo.http(), heyyo.admin_key()).await;
        let [owner, removed, bystander] = &places[..] else {
            panic!("three people");
        };
        let auth = json!({ "token": removed.token });
        let mut connection = Connection::open(&removed.http, transport, &auth)
            .await
            .expect("a connection");
        let mut listener = Listener::new("a bystander", bystander, 0);
        listener.connect(WebSocket).await;

        // Over polling a request hangs, and must not hang until the next ping.
        let end = tokio::spawn(async move { while connection.next().await.is_ok() {} });
        let lost = proxy.lost();
        proxy.lose_the_answer_to("COMMIT");
        let path = format!("/api/channels/{}/members/{}", owner.channel, removed.user);
        let call = || owner.http.call("DELETE", &path).token(&owner.token);
        let answer = in_time("an answer", call().exchange()).await;
        let refusal = answer.expect("an answer");
        assert_eq!(refusal.expect(503)["code"], "unavailable");
        assert_eq!(proxy.lost(), lost + 1);

        let ended = in_time("the end of a connection", end).await;
        ended.expect("a connection");
        let mut again = Connection::open(&removed.http, transport, &auth)
            .await
            .expect("a connection");
        call().await.expect_refusal(404, "not_found");
        owner.post("after", "after").await.expect(201);
        while listener.heard.is_empty() {
            listener.hear().await.expect("a connection that stays");
        }
        // Nothing of it was said to who comes back, who hears other things.
        let own = owner.http.post("/api/channels", &json!({ "name": "own" }));
        let own = own.token(&removed.token).await.expect(201);
        let path = format!("/api/channels/{}/messages", own["id"].as_str().expect("id"));
        let marker = owner.http.post(&path, &json!({ "text": "marker" }));
        marker.token(&removed.token).await.expect(201);
        let heard = async {
            loop {
                let packet = again.next().await.expect("a connection that stays");
                let packet = format!("{packet:?}");
                assert!(!packet.contains("after"), "heard {packet}");
                if packet.contains("marker") {
                    return;
                }
            }
        };
        in_time("the marker", heard).await;
    }
}
