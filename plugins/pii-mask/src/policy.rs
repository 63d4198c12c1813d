//! What a tenant may configure, and the verdict that comes of it. See `README.md` for every key.

use crate::{addresses, numbers};
use guest::types::Verdict;
use guest::{Findings, Settings};
use std::ops::Range;

/// What becomes of a message in which something personal is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Mask,
    Reject,
    Flag,
    Off,
}

const ACTIONS: [(&str, Action); 4] = [
    ("mask", Action::Mask),
    ("reject", Action::Reject),
    ("flag", Action::Flag),
    ("off", Action::Off),
];

/// What can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Email,
    Iban,
    Card,
    Phone,
}

impl Kind {
    fn code(self) -> &'static str {
        match self {
            Kind::Email => "pii-email",
            Kind::Iban => "pii-iban",
            Kind::Card => "pii-card",
            Kind::Phone => "pii-phone",
        }
    }

    fn reason(self) -> &'static str {
        match self {
            Kind::Email => "E-mail addresses may not be sent here.",
            Kind::Iban => "Bank account numbers may not be sent here.",
            Kind::Card => "Payment card numbers may not be sent here.",
            Kind::Phone => "Phone numbers may not be sent here.",
        }
    }
}

/// The whole configuration, ready to judge.
#[derive(Debug)]
pub struct Policy {
    email: Action,
    iban: Action,
    card: Action,
    phone: Action,
    keep_last: usize,
    mask_with: char,
    /// E-mail addresses and domains that everybody may know, in lower case.
    allow: Vec<String>,
}

impl Policy {
    /// Reads the settings; what is wrong is noted there.
    pub fn read(settings: &mut Settings) -> Policy {
        Policy {
            email: settings.choice("email", &ACTIONS, Action::Mask),
            iban: settings.choice("iban", &ACTIONS, Action::Mask),
            card: settings.choice("card", &ACTIONS, Action::Mask),
            phone: settings.choice("phone", &ACTIONS, Action::Mask),
            keep_last: settings.number("keep_last", 0, 0..=4) as usize,
            mask_with: settings.character("mask_with", '*'),
            allow: settings
                .texts("allow")
                .into_iter()
                .map(|(_, text)| text.to_lowercase())
                .collect(),
        }
    }

    /// The verdict about a text.
    pub fn judge(&self, text: &str) -> Verdict {
        let mut findings = Findings::default();
        if self.email != Action::Off {
            addresses::find(text, |range| {
                if !self.is_allowed(&text[range.clone()]) {
                    self.found(&mut findings, Kind::Email, text, range);
                }
            });
        }
        if [self.iban, self.card, self.phone] != [Action::Off; 3] {
            numbers::find(text, |kind, range| {
                self.found(&mut findings, kind, text, range)
            });
        }
        findings.verdict(text)
    }

    fn found(&self, findings: &mut Findings, kind: Kind, text: &str, range: Range<usize>) {
        let action = match kind {
            Kind::Email => self.email,
            Kind::Iban => self.iban,
            Kind::Card => self.card,
            Kind::Phone => self.phone,
        };
        match action {
            Action::Mask => {
                let masked = self.mask(&text[range.clone()], kind);
                findings.replace(range, masked);
            }
            Action::Reject => findings.reject(kind.code(), kind.reason()),
            // No note: a flag is stored beside the message, and must not repeat what it is about.
            Action::Flag => findings.flag(kind.code(), 100, None),
            Action::Off => {}
        }
    }

    /// Letters and digits are masked; what stands between them stays, so that one sees what it was.
    fn mask(&self, found: &str, kind: Kind) -> String {
        let count = found
            .chars()
            .filter(|character| character.is_alphanumeric())
            .count();
        let keep = if kind == Kind::Email {
            0
        } else {
            self.keep_last
        };
        let mut left = count.saturating_sub(keep);
        let masked = found.chars().map(|character| {
            if left > 0 && character.is_alphanumeric() {
                left -= 1;
                self.mask_with
            } else {
                character
            }
        });
        masked.collect()
    }

    fn is_allowed(&self, address: &str) -> bool {
        let address = address.to_lowercase();
        let domain = address
            .split(addresses::is_at)
            .next_back()
            .unwrap_or_default();
        self.allow
            .iter()
            .any(|allowed| *allowed == address || allowed.trim_start_matches('@') == domain)
    }
}
