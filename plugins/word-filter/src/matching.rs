//! Finding words in folded letters, all of them in one pass, in time linear to the text.
//!
//! Words are looked for in a text whose repeated letters are written once; whether the repetition fits
//! is checked afterwards. In that way `baaad` is `bad` while `god` is not `good`: a letter that the
//! text has once or twice must be in the rule as often, only three or more can be a drawl.

use crate::characters::{is_joined, is_separator};
use crate::folding::{Folding, Letter, fold};
use aho_corasick::automaton::Automaton;
use aho_corasick::{Input, nfa::contiguous::NFA};
use std::ops::Range;

/// From so many on, repeated letters are a drawl.
const DRAWL: u32 = 3;

/// A word or phrase to look for, with a `*` at either end if it may go on there.
#[derive(Debug)]
pub struct Word {
    /// What is looked for: repeated letters once, separators as a space.
    needle: String,
    /// How often each letter of the needle stands there.
    counts: Vec<u32>,
    open_start: bool,
    open_end: bool,
}

impl Word {
    /// Reads a word as a tenant writes it.
    pub fn parse(written: &str, folding: Folding) -> Result<Word, &'static str> {
        let rest = written.trim();
        let open_start = rest.starts_with('*');
        let open_end = rest.len() > 1 && rest.ends_with('*');
        let core = rest.strip_prefix('*').unwrap_or(rest);
        let core = core.strip_suffix('*').unwrap_or(core).trim();
        if core.contains('*') {
            return Err(
                "has a * that is neither at its start nor at its end; use a pattern for that",
            );
        }
        let letters = fold(core, folding);
        let runs = Runs::of(&letters);
        if runs.haystack.trim().is_empty() {
            return Err("has nothing to look for");
        }
        let counts = runs.list.iter().map(|run| run.count).collect();
        Ok(Word {
            needle: runs.haystack,
            counts,
            open_start,
            open_end,
        })
    }
}

/// Letters with their repetitions counted.
struct Runs {
    list: Vec<Run>,
    haystack: String,
}

/// A letter that stands `count` times in a row, from letter `first` on.
struct Run {
    folded: char,
    first: u32,
    count: u32,
    apart: bool,
}

impl Runs {
    fn of(letters: &[Letter]) -> Runs {
        let mut runs = Runs {
            list: Vec::with_capacity(letters.len()),
            haystack: String::with_capacity(letters.len()),
        };
        for (index, letter) in letters.iter().enumerate() {
            let folded = if is_separator(letter.folded) {
                ' '
            } else {
                letter.folded
            };
            match runs.list.last_mut() {
                Some(run) if run.folded == folded => run.count += 1,
                _ => {
                    runs.list.push(Run {
                        folded,
                        first: index as u32,
                        count: 1,
                        apart: letter.apart,
                    });
                    runs.haystack.push(folded);
                }
            }
        }
        runs
    }

    /// Whether a word goes on from the run before this one into this one.
    fn joins(&self, index: usize) -> bool {
        let before = index
            .checked_sub(1)
            .and_then(|before| self.list.get(before));
        match (before, self.list.get(index)) {
            (Some(before), Some(run)) => {
                is_joined(before.folded) && is_joined(run.folded) && !(before.apart && run.apart)
            }
            _ => false,
        }
    }

    /// For each byte of the haystack the run that it is of.
    fn of_bytes(&self) -> Vec<u32> {
        let mut of_bytes = Vec::with_capacity(self.haystack.len());
        for (index, run) in self.list.iter().enumerate() {
            of_bytes.extend(std::iter::repeat_n(index as u32, run.folded.len_utf8()));
        }
        of_bytes
    }
}

/// All words of all rules.
#[derive(Debug)]
pub struct Words {
    words: Vec<Word>,
    automaton: NFA,
    repeats: bool,
}

impl Words {
    pub fn new(words: Vec<Word>, repeats: bool) -> Result<Words, String> {
        let automaton =
            NFA::new(words.iter().map(|word| &word.needle)).map_err(|error| error.to_string())?;
        Ok(Words {
            words,
            automaton,
            repeats,
        })
    }

    /// Tells of every word in the letters: its number, and the bytes of the text that it covers. A
    /// word that may go on covers all of what it goes on to.
    pub fn find(&self, letters: &[Letter], mut found: impl FnMut(usize, Range<usize>)) {
        let runs = Runs::of(letters);
        let input = Input::new(&runs.haystack);
        let Ok(matches) = self.automaton.try_find_overlapping_iter(input) else {
            return;
        };
        let mut of_bytes = Vec::new();
        for matched in matches {
            if of_bytes.is_empty() {
                of_bytes = runs.of_bytes();
            }
            let number = matched.pattern().as_usize();
            let covered =
                of_bytes[matched.start()] as usize..of_bytes[matched.end() - 1] as usize + 1;
            if let Some(covered) = self.fit(&self.words[number], &runs, covered) {
                let first = letters[runs.list[covered.start].first as usize];
                let last = &runs.list[covered.end - 1];
                found(
                    number,
                    first.to(letters[(last.first + last.count - 1) as usize]),
                );
            }
        }
    }

    /// The runs that a word covers, if it fits: its repetitions and its ends.
    fn fit(&self, word: &Word, runs: &Runs, covered: Range<usize>) -> Option<Range<usize>> {
        let Range { mut start, mut end } = covered;
        let last = end - start - 1;
        for (index, (run, wanted)) in runs.list[start..end].iter().zip(&word.counts).enumerate() {
            let must_end_there = is_joined(run.folded);
            let may_be_more = (index == 0 && (word.open_start || !must_end_there))
                || (index == last && (word.open_end || !must_end_there))
                || (self.repeats && run.count >= DRAWL);
            let fits =
                run.folded == ' ' || run.count == *wanted || (may_be_more && run.count > *wanted);
            if !fits {
                return None;
            }
        }
        while runs.joins(start) {
            start -= 1;
            if !word.open_start {
                return None;
            }
        }
        while runs.joins(end) {
            end += 1;
            if !word.open_end {
                return None;
            }
        }
        Some(start..end)
    }
}
