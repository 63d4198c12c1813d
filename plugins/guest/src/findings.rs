//! From what was found in a text to one verdict about it. The strictest wish wins: a rejection before
//! a hold, a hold before changes and flags. (A held message is kept as its sender wrote it: the
//! contract lets a hold carry no changes, and a moderator wants to see the original.)

use crate::types::{Amendment, Flag, Rejection, Verdict};
use std::ops::Range;

/// The contract's limits; what is over them would make the host refuse the whole verdict.
const FLAGS: usize = 16;
const CODE_BYTES: usize = 64;
const NOTE_BYTES: usize = 256;

/// What was found so far.
#[derive(Debug, Default)]
pub struct Findings {
    rejection: Option<Rejection>,
    hold: Option<Rejection>,
    flags: Vec<Flag>,
    changes: Vec<(Range<usize>, String)>,
}

impl Findings {
    /// Refuse the message. The first one said is the one told.
    pub fn reject(&mut self, code: &str, reason: &str) {
        self.rejection
            .get_or_insert_with(|| rejection(code, reason));
    }

    /// Keep the message aside. The first one said is the one told.
    pub fn hold(&mut self, code: &str, reason: &str) {
        self.hold.get_or_insert_with(|| rejection(code, reason));
    }

    /// Remark on the message. A code that was flagged already keeps its highest score.
    pub fn flag(&mut self, code: &str, score: u8, note: Option<&str>) {
        let code = cut(code, CODE_BYTES);
        if let Some(flag) = self.flags.iter_mut().find(|flag| flag.code == code) {
            flag.score = flag.score.max(score);
        } else if self.flags.len() < FLAGS {
            let note = note.map(|note| cut(note, NOTE_BYTES).to_string());
            self.flags.push(Flag {
                code: code.to_string(),
                score,
                note,
            });
        }
    }

    /// Put other words in place of a range of bytes, which must lie on character boundaries.
    pub fn replace(&mut self, range: Range<usize>, with: impl Into<String>) {
        self.changes.push((range, with.into()));
    }

    /// Whether nothing can change the verdict any more.
    pub fn is_rejected(&self) -> bool {
        self.rejection.is_some()
    }

    /// The verdict about the text.
    pub fn verdict(self, text: &str) -> Verdict {
        if let Some(rejection) = self.rejection {
            return Verdict::Reject(rejection);
        }
        if let Some(hold) = self.hold {
            return Verdict::Hold(hold);
        }
        if self.changes.is_empty() && self.flags.is_empty() {
            return Verdict::Allow;
        }
        let text = (!self.changes.is_empty()).then(|| changed(text, self.changes));
        Verdict::Amend(Amendment {
            text,
            flagged: self.flags,
            metadata: Vec::new(),
        })
    }
}

/// Applies changes to a text. Of overlapping ones the first to begin is applied, the longest if several do.
fn changed(text: &str, mut changes: Vec<(Range<usize>, String)>) -> String {
    changes.sort_by_key(|(range, _)| (range.start, usize::MAX - range.end));
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for (range, with) in changes {
        if range.start >= done {
            result.push_str(&text[done..range.start]);
            result.push_str(&with);
            done = range.end;
        }
    }
    result.push_str(&text[done..]);
    result
}

/// A mask for a piece of text: as many characters, whatever they were.
pub fn mask(text: &str, with: char) -> String {
    text.chars().map(|_| with).collect()
}

fn rejection(code: &str, reason: &str) -> Rejection {
    Rejection {
        code: cut(code, CODE_BYTES).to_string(),
        reason: cut(reason, NOTE_BYTES).to_string(),
    }
}

/// The beginning of a text that is at most so many bytes.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_wish_wins() {
        let mut findings = Findings::default();
        findings.flag("a", 1, None);
        findings.hold("b", "wait");
        assert!(matches!(findings.verdict(""), Verdict::Hold(hold) if hold.code == "b"));

        let mut findings = Findings::default();
        findings.hold("b", "wait");
        findings.reject("c", "no");
        findings.reject("d", "no");
        assert!(
            matches!(findings.verdict(""), Verdict::Reject(rejection) if rejection.code == "c")
        );
    }

    #[test]
    fn changes_leave_the_rest_alone_and_do_not_overlap() {
        let mut findings = Findings::default();
        findings.replace(4..6, "..");
        findings.replace(0..3, "***");
        findings.replace(1..5, "????");
        let Verdict::Amend(amendment) = findings.verdict("abcdefé") else {
            panic!("not amended")
        };
        assert_eq!(amendment.text.as_deref(), Some("***d..é"));
    }

    #[test]
    fn what_is_returned_keeps_to_the_limits_of_the_contract() {
        let mut findings = Findings::default();
        for number in 0..40 {
            findings.flag(
                &format!("{number}{}", "é".repeat(60)),
                200,
                Some(&"é".repeat(200)),
            );
        }
        let Verdict::Amend(amendment) = findings.verdict("") else {
            panic!("not amended")
        };
        assert_eq!(amendment.flagged.len(), FLAGS);
        assert!(
            amendment
                .flagged
                .iter()
                .all(|flag| flag.code.len() <= CODE_BYTES)
        );
        assert!(
            amendment
                .flagged
                .iter()
                .all(|flag| flag.note.as_ref().unwrap().len() <= NOTE_BYTES)
        );
    }
}
