//! The messages of one run: sent, answered, delivered, and matched with each other.
//!
//! The text of a message carries the run's name and its number, so that a delivery can be matched
//! with the time it was meant to be sent; the ledger goes by the server's `seq`.

use super::{Pace, Plan};
use crate::{
    fields, http,
    ledger::{Findings, Ledger},
    outcome,
    scenarios::load::{Counts, Load, Stage},
    swarm::{Heard, Place, Swarm},
};
use anyhow::Result;
use hdrhistogram::Histogram;
use memchr::memmem::{self, Finder};
use std::{
    collections::VecDeque,
    ops::ControlFlow,
    time::{Duration, Instant, SystemTime},
};

/// What makes a text as long as people's.
const PADDING: &str = "could you have a look at the build of last night?";

/// Who waits longer than this has gone.
const IN_TIME: Duration = Duration::from_secs(3);
/// What an ack says when the server is too busy: the client may come back, and when.
const SHED: &[u8] = br#""code":"unavailable","retry_after_ms":"#;

struct Message {
    intended: Instant,
    sender: u32,
    channel: u32,
    undelivered: u32,
    is_answered: bool,
}

/// The messages of one run, and what has become of them.
pub(super) struct Traffic<'p> {
    plan: &'p Plan<'p>,
    /// Header lines of the senders, for HTTP.
    credentials: Vec<String>,
    /// The HTTP connections: which are free, what each of the others asked, who waits for one.
    free: Vec<Place>,
    asked: Vec<usize>,
    waiting: VecDeque<usize>,
    first_http: Place,
    name: String,
    find_text: Finder<'static>,
    find_seq: Finder<'static>,
    ledger: Ledger,
    messages: Vec<Message>,
    stage: Stage,
    refused: u64,
    /// Of the refused, those that were told to come back later.
    shed: u64,
    /// Those that were given up on while they waited for a connection, if anybody gives up.
    unsent: u64,
    gives_up: bool,
    answered: u64,
    /// Of the answered, those that were answered in time.
    good: u64,
    delivered: u64,
    undelivered: u64,
    /// In the open loop, from the intended time to the answer, in microseconds.
    pub(super) answer_latency: Histogram<u64>,
    /// The same to each delivery.
    pub(super) delivery_latency: Histogram<u64>,
}

impl<'p> Traffic<'p> {
    /// No messages yet; opens the plan's HTTP connections.
    pub(super) fn new(plan: &'p Plan<'p>, swarm: &mut Swarm) -> Result<Self> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let name = format!("b{:x}", since.as_micros());
        let free = (0..plan.http_connections.unwrap_or(0))
            .map(|_| swarm.open_http())
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            plan,
            credentials: plan
                .senders
                .iter()
                .map(|(socket, _)| http::bearer(&plan.sockets[*socket]))
                .collect(),
            first_http: free.first().copied().unwrap_or(usize::MAX),
            asked: vec![0; free.len()],
            free,
            waiting: VecDeque::new(),
            find_text: Finder::new(&format!("\"text\":\"{name}-")).into_owned(),
            find_seq: Finder::new("\"seq\":").into_owned(),
            name,
            ledger: Ledger::new(plan.channels.iter().map(|(_, members)| &members[..])),
            messages: vec![],
            stage: Stage::Ending,
            refused: 0,
            shed: 0,
            unsent: 0,
            gives_up: false,
            answered: 0,
            good: 0,
            delivered: 0,
            undelivered: 0,
            answer_latency: outcome::histogram(),
            delivery_latency: outcome::histogram(),
        })
    }

    fn send(&mut self, swarm: &mut Swarm, sender: usize, intended: Instant) {
        let (socket, channel) = self.plan.senders[sender];
        let (_, members) = &self.plan.channels[channel];
        let number = self.messages.len();
        self.undelivered += members.len() as u64;
        self.messages.push(Message {
            intended,
            sender: sender as u32,
            channel: channel as u32,
            undelivered: members.len() as u32,
            is_answered: false,
        });
        if self.plan.http_connections.is_some() {
            self.waiting.push_back(number);
            return self.post_waiting(swarm);
        }
        let (id, name) = (self.plan.channels[channel].0, &self.name);
        let packet = format!(
            r#"42{number}["message.send",{{"channelId":"{id}","text":"{name}-{number} {PADDING}"}}]"#
        );
        swarm.send_packet(socket, packet.as_bytes());
    }

    fn post_waiting(&mut self, swarm: &mut Swarm) {
        while let Some(number) = self.waiting.front().filter(|_| self.gives_up) {
            let message = &mut self.messages[*number];
            if message.intended.elapsed() <= IN_TIME {
                break;
            }
            self.unsent += 1;
            self.undelivered -= u64::from(std::mem::take(&mut message.undelivered));
            self.waiting.pop_front();
        }
        while let (Some(place), Some(number)) = (self.free.last(), self.waiting.front()) {
            let (place, number) = (*place, *number);
            let message = &self.messages[number];
            let (id, name) = (self.plan.channels[message.channel as usize].0, &self.name);
            let request = http::post(
                &format!("/api/channels/{id}/messages"),
                &self.credentials[message.sender as usize],
                &format!(r#"{{"text":"{name}-{number} {PADDING}"}}"#),
            );
            swarm.send_bytes(place, &request);
            self.asked[place - self.first_http] = number;
            self.free.pop();
            self.waiting.pop_front();
        }
    }

    fn hear_answer(&mut self, swarm: &mut Swarm, number: usize, answer: &[u8], is_shed: bool) {
        let seq = self
            .find_seq
            .find(answer)
            .and_then(|place| fields::digits(&answer[place + self.find_seq.needle().len()..]));
        let message = &mut self.messages[number];
        message.is_answered = true;
        match seq {
            Some(seq) => {
                self.answered += 1;
                self.good += u64::from(message.intended.elapsed() <= IN_TIME);
                self.ledger.ack(message.channel as usize, seq);
            }
            None => {
                self.refused += 1;
                self.shed += u64::from(is_shed);
                self.undelivered -= u64::from(message.undelivered);
                message.undelivered = 0;
            }
        }
        // A refusal is no answer that anybody waited for.
        if self.stage == Stage::OpenLoop && seq.is_some() {
            let micros = message.intended.elapsed().as_micros() as u64;
            self.answer_latency.saturating_record(micros);
        }
        self.continue_after(swarm, number);
    }

    fn hear_event(&mut self, swarm: &mut Swarm, place: Place, event: &[u8]) {
        if !event.starts_with(br#"["message.new","#) {
            return;
        }
        let number_after = |finder: &Finder| {
            let start = finder.find(event)? + finder.needle().len();
            fields::digits(&event[start..])
        };
        let (Some(number), Some(seq)) =
            (number_after(&self.find_text), number_after(&self.find_seq))
        else {
            return;
        };
        let Some(message) = self.messages.get_mut(number as usize) else {
            return;
        };
        self.ledger.deliver(place, message.channel as usize, seq);
        self.delivered += 1;
        // A delivery too many must not count for one that is missing.
        if message.undelivered > 0 {
            message.undelivered -= 1;
            self.undelivered -= 1;
        }
        if self.stage == Stage::OpenLoop {
            let micros = message.intended.elapsed().as_micros() as u64;
            self.delivery_latency.saturating_record(micros);
        }
        if message.undelivered == 0 && self.plan.pace == Pace::Delivered {
            self.continue_after(swarm, number as usize);
        }
    }

    /// Lets the sender send again when its message is done with.
    fn continue_after(&mut self, swarm: &mut Swarm, number: usize) {
        let message = &self.messages[number];
        let is_done = match self.plan.pace {
            Pace::Answered => true,
            Pace::Delivered => message.is_answered && message.undelivered == 0,
        };
        if is_done && self.stage == Stage::ClosedLoop {
            self.send(swarm, message.sender as usize, Instant::now());
        }
    }

    /// From now on, who waits too long for a connection does not send.
    pub(super) fn give_up_in_time(&mut self) {
        self.gives_up = true;
    }

    /// How many were told to come back later.
    pub(super) fn shed(&self) -> u64 {
        self.shed
    }

    /// What the ledger says of them.
    pub(super) fn findings(&self) -> Findings {
        let unanswered = self.messages.len() as u64 - self.answered - self.refused - self.unsent;
        Findings {
            refused: self.refused,
            unanswered,
            ..self.ledger.findings(self.refused + unanswered)
        }
    }
}

impl Load for Traffic<'_> {
    fn enter(&mut self, stage: Stage) {
        self.stage = stage;
    }

    fn begin_all(&mut self, swarm: &mut Swarm) {
        for sender in 0..self.plan.senders.len() {
            for _ in 0..self.plan.in_flight {
                self.send(swarm, sender, Instant::now());
            }
        }
    }

    fn begin_one(&mut self, swarm: &mut Swarm, intended: Instant) {
        let sender = self.messages.len() % self.plan.senders.len();
        self.send(swarm, sender, intended);
    }

    fn hear(&mut self, swarm: &mut Swarm, place: Place, heard: Heard) -> ControlFlow<()> {
        match heard {
            Heard::Event(event) => self.hear_event(swarm, place, event),
            Heard::Ack(number, answer) => {
                let is_shed = memmem::find(answer, SHED).is_some();
                self.hear_answer(swarm, number, answer, is_shed);
            }
            Heard::Response(response) => {
                self.free.push(place);
                let number = self.asked[place - self.first_http];
                let is_shed =
                    response.status == 503 && http::has_header(response.head, "retry-after");
                self.hear_answer(swarm, number, response.body, is_shed);
                self.post_waiting(swarm);
            }
            Heard::Closed | Heard::Refused(_) => return ControlFlow::Break(()),
            Heard::Ready | Heard::Tick => {}
        }
        ControlFlow::Continue(())
    }

    fn counts(&self) -> Counts {
        Counts {
            begun: self.messages.len() as u64,
            ended: self.answered + self.refused + self.unsent,
            answered: self.answered,
            unsent: self.unsent,
            good: self.good,
            shed: self.shed,
            delivered: self.delivered,
        }
    }

    fn is_drained(&self) -> bool {
        let ended = self.answered + self.refused + self.unsent;
        self.undelivered == 0 && ended == self.messages.len() as u64
    }
}
