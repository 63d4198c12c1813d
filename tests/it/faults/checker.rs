//! What a run must not have done to its messages, found by comparing four accounts of it.
//!
//! Senders say what they sent and what was acked, listeners what they heard and in which order, and the
//! history what there is. Nothing here talks to a server: the account is data, so that each kind of
//! fault can be made by hand, and every check here is shown a run that is wrong in just that way.

use super::place::Said;
use std::{
    collections::{HashMap, HashSet},
    fmt,
};

/// The whole account of a run in one channel.
#[derive(Clone, Default)]
pub struct Account {
    /// Everything that was sent, each sender's in the order it was sent. A sender waits for each ack
    /// before the next message.
    pub sent: Vec<Sent>,
    /// What each listener heard.
    pub streams: Vec<Stream>,
    /// The channel from its first message to its last, paged over REST.
    pub history: Vec<Said>,
}

/// One message and what became of it.
#[derive(Clone)]
pub struct Sent {
    /// The sender's user id.
    pub user: String,
    /// The sender's own name for the message.
    pub client_id: String,
    /// What it says.
    pub text: String,
    /// The ack, if there was one.
    pub acked: Option<Said>,
}

/// What one listener heard, over all its connections together. It heard the last message there is.
#[derive(Clone)]
pub struct Stream {
    /// Whose it is, for a complaint to name.
    pub listener: String,
    /// The place after which it began to listen.
    pub since: i64,
    /// What was delivered, in order of arrival.
    pub heard: Vec<Said>,
}

/// What may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Acked and not in the history, or missing at the end of a stream.
    Lost,
    /// There twice: in a stream, in the history, or one client id as two messages.
    Duplicate,
    /// In another order than the log's or than it was sent in.
    Reordered,
    /// A hole in the order.
    Gap,
    /// Delivered or stored, but never said so.
    Phantom,
}

/// One thing that went wrong.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Its kind.
    pub kind: Kind,
    about: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}", self.kind, self.about)
    }
}

impl Account {
    /// Fails the test if anything at all went wrong, and says what.
    pub fn expect_faultless(&self) {
        let faults = self.faults();
        let shown: Vec<String> = faults.iter().take(20).map(Fault::to_string).collect();
        assert!(
            faults.is_empty(),
            "{} faults in {} sent, {} stored, {} streams:\n{}",
            faults.len(),
            self.sent.len(),
            self.history.len(),
            self.streams.len(),
            shown.join("\n")
        );
    }

    /// Everything that went wrong.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        let stored: HashMap<&str, &Said> = self
            .history
            .iter()
            .map(|said| (said.id.as_str(), said))
            .collect();
        self.check_history(&mut faults);
        self.check_acks(&stored, &mut faults);
        for stream in &self.streams {
            self.check_stream(stream, &stored, &mut faults);
        }
        faults.0
    }

    /// The log by itself: without holes, without doubles, in order, and only what was sent.
    fn check_history(&self, faults: &mut Faults) {
        order("the history", 0, &self.history, faults);
        let sent: HashMap<_, _> = self.sent.iter().map(|sent| (sent.name(), sent)).collect();
        let mut names = HashSet::new();
        for said in &self.history {
            if !names.insert(said.name()) {
                faults.add(Kind::Duplicate, format!("{said} has the name of another"));
            }
            match sent.get(&said.name()) {
                None => faults.add(Kind::Phantom, format!("{said} is stored, nobody sent it")),
                Some(sent) if sent.text != said.text => faults.add(
                    Kind::Phantom,
                    format!("{said} is stored, {:?} was sent", sent.text),
                ),
                Some(_) => {}
            }
        }
        for pair in self.history.windows(2) {
            if pair[0].seq < pair[1].seq && pair[0].created_at >= pair[1].created_at {
                let about = format!("{} is not later than {}", pair[1], pair[0]);
                faults.add(Kind::Reordered, about);
            }
        }
    }

    /// What was acked is there, as it was acked, in the order of its sender.
    fn check_acks(&self, stored: &HashMap<&str, &Said>, faults: &mut Faults) {
        let mut newest: HashMap<&str, i64> = HashMap::new();
        for sent in &self.sent {
            let Some(acked) = &sent.acked else { continue };
            match stored.get(acked.id.as_str()) {
                None => faults.add(Kind::Lost, format!("{acked} was acked, it is not stored")),
                Some(said) if *said != acked => {
                    faults.add(Kind::Reordered, format!("{acked} was acked, it is {said}"));
                }
                Some(_) => {}
            }
            let before = newest.entry(&sent.user).or_default();
            if acked.seq < *before {
                let about = format!("{acked} was sent after #{before} of the same sender");
                faults.add(Kind::Reordered, about);
            }
            *before = acked.seq.max(*before);
        }
    }

    /// A stream is the history from its beginning on: all of it, once and in order.
    fn check_stream(&self, stream: &Stream, stored: &HashMap<&str, &Said>, faults: &mut Faults) {
        let listener = &stream.listener;
        for said in &stream.heard {
            match stored.get(said.id.as_str()) {
                None => {
                    let about = format!("{listener} heard {said}, it is not stored");
                    faults.add(Kind::Phantom, about);
                }
                Some(stored) if *stored != said => {
                    let about = format!("{listener} heard {said}, stored is {stored}");
                    faults.add(Kind::Phantom, about);
                }
                Some(_) => {}
            }
        }
        // What is not in the log has no place in its order; it was told of above.
        let known = stream.heard.iter();
        let known: Vec<Said> = known
            .filter(|said| stored.contains_key(said.id.as_str()))
            .cloned()
            .collect();
        let newest = order(listener, stream.since, &known, faults);
        for missed in self.history.iter().filter(|said| said.seq > newest) {
            faults.add(Kind::Lost, format!("{listener} never heard {missed}"));
        }
    }
}

impl Sent {
    /// A message that is named by what it says.
    pub fn named_by_its_text(user: &str, text: &str, acked: Option<Said>) -> Self {
        Self {
            user: user.to_owned(),
            client_id: text.to_owned(),
            text: text.to_owned(),
            acked,
        }
    }

    /// What the sender calls it: nothing else in the channel may have this name.
    fn name(&self) -> (&str, &str) {
        (&self.user, &self.client_id)
    }
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, kind: Kind, about: String) {
        self.0.push(Fault { kind, about });
    }
}

/// Finds what comes twice, late or not at all between `since` and the newest place, which it returns.
fn order(whose: &str, since: i64, messages: &[Said], faults: &mut Faults) -> i64 {
    let mut newest = since;
    let mut places = HashSet::new();
    for said in messages {
        if !places.insert(said.seq) || said.seq <= since {
            faults.add(Kind::Duplicate, format!("{whose} has {said} again"));
        } else if said.seq < newest {
            faults.add(
                Kind::Reordered,
                format!("{whose} has {said} after #{newest}"),
            );
        }
        newest = newest.max(said.seq);
    }
    for hole in (since + 1..newest).filter(|seq| !places.contains(seq)) {
        faults.add(Kind::Gap, format!("{whose} has a hole at #{hole}"));
    }
    newest
}
