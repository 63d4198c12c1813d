//! What a tenant may configure. See `README.md` for every key.

use guest::Settings;

const DAY: u32 = 24 * 60 * 60;

/// The whole configuration.
#[derive(Debug)]
pub struct Policy {
    /// How many messages a user may send in a window; none means any number.
    pub messages: u32,
    pub window_seconds: u32,
    /// How often a user may say the same in a window; none means any number.
    pub repeats: u32,
    pub repeat_window_seconds: u32,
    /// Texts with fewer letters and digits are never repetitions: people do say `ok` a lot.
    pub repeat_shortest: u32,
    /// How long the first strike silences; each further one twice as long.
    pub pause_seconds: u32,
    pub longest_pause_seconds: u32,
    /// How long a user must behave until all strikes are forgotten.
    pub forget_seconds: u32,
    /// Whether each channel counts for itself.
    pub per_channel: bool,
    /// External ids of users that are not limited, like bots.
    pub exempt: Vec<String>,
}

impl Policy {
    /// Reads the settings; what is wrong is noted there.
    pub fn read(settings: &mut Settings) -> Policy {
        let policy = Policy {
            messages: settings.number("messages", 10, 0..=10_000),
            window_seconds: settings.number("window_seconds", 10, 1..=DAY),
            repeats: settings.number("repeats", 3, 0..=1_000),
            repeat_window_seconds: settings.number("repeat_window_seconds", 60, 1..=DAY),
            repeat_shortest: settings.number("repeat_shortest", 5, 1..=1_000),
            pause_seconds: settings.number("pause_seconds", 10, 1..=DAY),
            longest_pause_seconds: settings.number("longest_pause_seconds", 3600, 1..=30 * DAY),
            forget_seconds: settings.number("forget_seconds", DAY, 60..=90 * DAY),
            per_channel: settings.switch("per_channel", false),
            exempt: settings
                .texts("exempt")
                .into_iter()
                .map(|(_, user)| user)
                .collect(),
        };
        if policy.longest_pause_seconds < policy.pause_seconds {
            settings.mistake(
                "longest_pause_seconds",
                "must not be less than pause_seconds",
            );
        }
        policy
    }

    /// How long so many strikes silence a user, in seconds.
    pub fn pause(&self, strikes: u32) -> u32 {
        let doublings = strikes.saturating_sub(1).min(31);
        let pause = u64::from(self.pause_seconds) << doublings;
        u32::try_from(pause)
            .unwrap_or(u32::MAX)
            .min(self.longest_pause_seconds)
    }
}
