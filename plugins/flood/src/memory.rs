//! What is remembered of one user between messages, as one small value: a plugin has 1 MiB for all of
//! them. It is written as a line of numbers, so that whoever looks into the state can read it.

/// So many of the last events are known again when a client tries once more.
const EVENTS: usize = 4;

/// What is remembered of a user.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Memory {
    /// How often the user went too far.
    pub strikes: u32,
    /// Until when the user is silenced, in milliseconds since 1970.
    pub paused_until: u64,
    /// The last text said, how often it was said, and since when.
    pub text: u64,
    pub said: u32,
    pub since: u64,
    /// The last events that were counted and let through.
    pub events: Vec<u64>,
}

impl Memory {
    /// Reads what `write` wrote; anything else is nothing remembered.
    pub fn read(written: &[u8]) -> Memory {
        Memory::parse(written).unwrap_or_default()
    }

    fn parse(written: &[u8]) -> Option<Memory> {
        let mut words = std::str::from_utf8(written).ok()?.split_ascii_whitespace();
        let mut memory = Memory {
            strikes: words.next()?.parse().ok()?,
            paused_until: words.next()?.parse().ok()?,
            text: u64::from_str_radix(words.next()?, 16).ok()?,
            said: words.next()?.parse().ok()?,
            since: words.next()?.parse().ok()?,
            events: Vec::new(),
        };
        for word in words.take(EVENTS) {
            memory.events.push(u64::from_str_radix(word, 16).ok()?);
        }
        Some(memory)
    }

    pub fn write(&self) -> Vec<u8> {
        let Memory {
            strikes,
            paused_until,
            text,
            said,
            since,
            events,
        } = self;
        let mut line = format!("{strikes} {paused_until} {text:x} {said} {since}");
        for event in events {
            line.push_str(&format!(" {event:x}"));
        }
        line.into_bytes()
    }

    /// Whether an event was let through before.
    pub fn knows(&self, event: &str) -> bool {
        self.events.contains(&number(event.bytes()))
    }

    /// Remembers an event that is let through; the oldest one is forgotten.
    pub fn note(&mut self, event: &str) {
        if self.events.len() == EVENTS {
            self.events.remove(0);
        }
        self.events.push(number(event.bytes()));
    }
}

/// A number that stands for bytes (FNV-1a). The standard library's hash is no choice here: it may
/// change with the compiler, and what is remembered outlives the plugin's binary.
pub fn number(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
