//! The checker sees what it is for: a faultless run made by hand, and the same run doctored.
//!
//! Each doctored run has faults of one kind only, and the checker must name that kind and no other. A
//! checker that cannot see a loss would call every run of every other file here faultless.

use super::{
    checker::{Account, Kind, Sent, Stream},
    place::Said,
};

fn said(seq: i64) -> Said {
    Said {
        seq,
        id: format!("id-{seq}"),
        user: format!("user-{}", seq % 2),
        client_id: format!("name-{seq}"),
        text: format!("text {seq}"),
        created_at: format!("2026-01-31T00:00:00.{:03}Z", seq),
    }
}

fn sent(said: &Said) -> Sent {
    Sent {
        user: said.user.clone(),
        client_id: said.client_id.clone(),
        text: said.text.clone(),
        acked: Some(said.clone()),
    }
}

/// Eight messages of two senders; one listener heard all, the other those after the third.
fn faultless() -> Account {
    let history: Vec<Said> = (1..=8).map(said).collect();
    let stream = |listener: &str, since: usize| Stream {
        listener: listener.to_owned(),
        since: since as i64,
        heard: history[since..].to_vec(),
    };
    Account {
        sent: history.iter().map(sent).collect(),
        streams: vec![stream("first", 0), stream("second", 3)],
        history,
    }
}

fn expect_only(kind: Kind, how: &str, doctor: impl FnOnce(&mut Account)) {
    let mut account = faultless();
    doctor(&mut account);
    let faults = account.faults();
    assert!(!faults.is_empty(), "the checker does not see: {how}");
    for fault in &faults {
        assert_eq!(fault.kind, kind, "{how}: {fault}");
    }
}

#[test]
fn a_faultless_run_is_called_faultless() {
    faultless().expect_faultless();
    // A message whose sender never got an answer may be there or not.
    let mut unanswered = faultless();
    unanswered.sent[7].acked = None;
    unanswered.expect_faultless();
    let mut never_stored = Sent {
        acked: None,
        ..sent(&said(9))
    };
    never_stored.client_id = "never stored".to_owned();
    unanswered.sent.push(never_stored);
    unanswered.expect_faultless();
}

#[test]
fn a_lost_message_is_seen() {
    expect_only(Kind::Lost, "acked, then forgotten", |account| {
        account.history.pop();
        account.streams.iter_mut().for_each(|stream| {
            stream.heard.pop();
        });
    });
    expect_only(Kind::Lost, "the end of a stream is missing", |account| {
        account.streams[1].heard.truncate(2);
    });
    expect_only(Kind::Lost, "a stream is empty", |account| {
        account.streams[1].heard.clear();
    });
}

#[test]
fn a_duplicate_is_seen() {
    expect_only(Kind::Duplicate, "delivered twice at once", |account| {
        account.streams[0].heard.insert(3, said(3));
    });
    expect_only(Kind::Duplicate, "delivered again later", |account| {
        account.streams[0].heard.push(said(2));
    });
    expect_only(Kind::Duplicate, "from before the beginning", |account| {
        account.streams[1].heard.insert(0, said(3));
    });
    expect_only(Kind::Duplicate, "a retry was stored again", |account| {
        let again = Said {
            client_id: "name-7".to_owned(),
            text: "text 7".to_owned(),
            ..said(9)
        };
        account.history.push(again.clone());
        account
            .streams
            .iter_mut()
            .for_each(|stream| stream.heard.push(again.clone()));
    });
}

#[test]
fn another_order_is_seen() {
    expect_only(Kind::Reordered, "delivered in another order", |account| {
        account.streams[0].heard.swap(3, 4);
    });
    expect_only(Kind::Reordered, "stored in another order", |account| {
        // The two messages of one sender change places, everywhere alike.
        account.sent.swap(4, 6);
    });
    expect_only(Kind::Reordered, "acked at another place", |account| {
        account.sent[5].acked.as_mut().expect("an ack").seq = 7;
    });
    expect_only(
        Kind::Reordered,
        "not later than the one before",
        |account| {
            for said in [&mut account.history[4]]
                .into_iter()
                .chain(
                    account
                        .streams
                        .iter_mut()
                        .flat_map(|stream| stream.heard.iter_mut().filter(|said| said.seq == 5)),
                )
                .chain(account.sent[4].acked.as_mut())
            {
                said.created_at = "2026-01-31T00:00:00.004Z".to_owned();
            }
        },
    );
}

#[test]
fn a_gap_is_seen() {
    expect_only(Kind::Gap, "one is skipped", |account| {
        account.streams[0].heard.remove(4);
    });
    expect_only(Kind::Gap, "the first after the beginning is", |account| {
        account.streams[1].heard.remove(0);
    });
    expect_only(Kind::Gap, "the log itself skips one", |account| {
        account.sent.remove(4);
        account.history.remove(4);
        account.streams[0].heard.remove(4);
        account.streams[1].heard.remove(1);
    });
}

#[test]
fn a_phantom_is_seen() {
    expect_only(Kind::Phantom, "heard and not stored", |account| {
        account.streams[0].heard.push(said(9));
    });
    expect_only(Kind::Phantom, "heard with another text", |account| {
        account.streams[0].heard[2].text = "something else".to_owned();
    });
    expect_only(Kind::Phantom, "stored and never sent", |account| {
        account.sent.remove(7);
    });
    expect_only(Kind::Phantom, "stored with another text", |account| {
        account.sent[7].text = "something else".to_owned();
    });
}
