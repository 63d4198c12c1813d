//! One channel and the people in it, as clients of any server hold them: addresses and tokens.
//!
//! The people of `support/` belong to a server inside this process. A server that is to be killed is a
//! process of its own, so these are made over REST alone, and what a client needs is plain data.

use super::{
    checker::{Account, Sent, Stream},
    tries::patiently,
};
use crate::support::{
    Http,
    http::{Call, Reply},
    shape::{items, text},
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::fmt;

/// Messages of one page of the history, the most that there may be.
const PAGE: usize = 100;

/// A message, wherever it was seen: in an ack, an event or the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its place in the channel.
    pub seq: i64,
    /// The server's name for it.
    pub id: String,
    /// Its sender.
    pub user: String,
    /// The sender's name for it.
    pub client_id: String,
    /// What it says.
    pub text: String,
    /// When, in the wire's own words.
    pub created_at: String,
}

impl Said {
    /// Reads a message off the wire.
    pub fn read(message: &Value) -> Self {
        let seq = message["seq"].as_i64();
        Self {
            seq: seq.unwrap_or_else(|| panic!("a message without its place: {message}")),
            id: text(message, "id").to_owned(),
            user: text(message, "user_id").to_owned(),
            client_id: message["client_id"].as_str().unwrap_or_default().to_owned(),
            text: message["text"].as_str().unwrap_or_default().to_owned(),
            created_at: text(message, "created_at").to_owned(),
        }
    }

    /// The sender and their name for it: one message at most has both.
    pub fn name(&self) -> (&str, &str) {
        (&self.user, &self.client_id)
    }
}

impl fmt::Display for Said {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let beginning: String = self.text.chars().take(30).collect();
        write!(formatter, "#{} {beginning:?} ({})", self.seq, self.id)
    }
}

/// Someone in a channel.
#[derive(Clone)]
pub struct Place {
    /// The server.
    pub http: Http,
    /// The channel's id.
    pub channel: String,
    /// Their id.
    pub user: String,
    /// Their token.
    pub token: String,
}

impl Place {
    /// A new channel with this many people in it; the first one owns it.
    pub async fn shared_by(count: usize, http: &Http, admin_key: &str) -> Vec<Self> {
        let app = http.post("/api/apps", &json!({ "name": "faults" }));
        let app = app.header("x-admin-key", admin_key).await.expect(201);
        let sign_in = |number: usize| {
            let body = json!({
                "api_key": app["api_key"], "api_secret": app["api_secret"], "user_id": format!("user-{number}"),
            });
            http.post("/api/auth/token", &body).into_future()
        };
        let answers: Vec<Reply> = join_all((0..count).map(sign_in)).await;
        let tokens: Vec<String> = answers
            .iter()
            .map(|answer| text(&answer.expect(200), "token").to_owned())
            .collect();
        let members: Vec<String> = (1..count).map(|number| format!("user-{number}")).collect();
        let body = json!({ "name": "faults", "members": members });
        let channel = http.post("/api/channels", &body).token(&tokens[0]);
        let channel = channel.await.expect(201);
        let place = |token: String| Self {
            http: http.clone(),
            channel: text(&channel, "id").to_owned(),
            user: text(&crate::support::people::claims(&token), "sub").to_owned(),
            token,
        };
        tokens.into_iter().map(place).collect()
    }

    /// The path of the channel's messages, with a query such as `?limit=2`.
    pub fn messages(&self, query: &str) -> Call {
        let path = format!("/api/channels/{}/messages{query}", self.channel);
        self.http.get(&path).token(&self.token)
    }

    /// The call that sends a message under a name.
    pub fn post(&self, client_id: &str, text: &str) -> Call {
        let path = format!("/api/channels/{}/messages", self.channel);
        let body = json!({ "text": text, "client_id": client_id });
        self.http.post(&path, &body).token(&self.token)
    }

    /// Everything after a place, page by page, each complete.
    pub async fn history_after(&self, place: i64) -> Vec<Said> {
        let mut history: Vec<Said> = Vec::new();
        loop {
            let newest = history.last().map_or(place, |said| said.seq);
            let page = self.messages(&format!("?limit={PAGE}&after_seq={newest}"));
            let page = page.await.expect(200);
            history.extend(items(&page).iter().map(Said::read));
            if items(&page).len() < PAGE {
                return history;
            }
        }
    }

    /// Compares what was sent and heard with the channel's history; any fault fails the test.
    pub async fn expect_faultless(&self, sent: Vec<Sent>, streams: Vec<Stream>) -> Account {
        let history = patiently("the history", self.history_after(0)).await;
        // The newest page may come from what the server remembers; it must not be older than the log.
        let page = self.messages(&format!("?limit={PAGE}")).await.expect(200);
        let page: Vec<Said> = items(&page).iter().map(Said::read).collect();
        let newest = history.len().saturating_sub(PAGE);
        assert_eq!(page, history[newest..], "the newest page is another");
        let account = Account {
            sent,
            streams,
            history,
        };
        account.expect_faultless();
        account
    }
}
