//! A text as a link finder wants it: in lower case, without what is invisible, and with disguises
//! taken off (`hxxp`, `[.]`, full-width dots). Each character knows which bytes of the text it came from.

use guest::lookalikes::is_invisible;
use std::ops::Range;

/// A text without disguises.
#[derive(Debug, Default)]
pub struct Clean {
    pub characters: Vec<char>,
    /// Whether each character was a capital letter.
    pub is_capital: Vec<bool>,
    /// The bytes of the text that each character stands for.
    origin: Vec<Range<u32>>,
}

/// What people write for a dot so that a link is not taken for one.
const DOTS: [&str; 9] = [
    "[.]", "(.)", "{.}", "[dot]", "(dot)", "{dot}", "[ . ]", "[punkt]", "(punkt)",
];

impl Clean {
    pub fn of(text: &str) -> Clean {
        let mut clean = Clean::default();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let start = text.len() - rest.len();
            // A dot in disguise begins with a bracket; everything else need not be compared.
            let disguised = matches!(character, '[' | '(' | '{')
                .then(|| disguised_dot(rest))
                .flatten();
            let length = disguised.unwrap_or(character.len_utf8());
            let origin = start as u32..(start + length) as u32;
            match disguised {
                Some(_) => clean.push('.', origin),
                None if character.is_ascii() => clean.push(character, origin),
                None if is_invisible(character) => {}
                None => clean.push_other(character, origin),
            }
            rest = &rest[length..];
        }
        clean.undo_schemes();
        clean
    }

    fn push(&mut self, character: char, origin: Range<u32>) {
        self.characters.push(character.to_ascii_lowercase());
        self.is_capital.push(character.is_ascii_uppercase());
        self.origin.push(origin);
    }

    fn push_other(&mut self, character: char, origin: Range<u32>) {
        match character {
            '。' | '．' | '｡' | '․' => self.push('.', origin),
            // The full-width forms of ASCII
            '\u{ff01}'..='\u{ff5e}' => {
                let ascii = char::from_u32(character as u32 - 0xff01 + 0x21).unwrap_or(character);
                self.push(ascii, origin);
            }
            _ => character
                .to_lowercase()
                .for_each(|lower| self.push(lower, origin.clone())),
        }
    }

    /// Makes `http` of `hxxp` and `h**p`, and `://` of `:\\` and `[:]//`.
    fn undo_schemes(&mut self) {
        for place in 0..self.characters.len().saturating_sub(3) {
            if let ['h', 'x' | '*', 'x' | '*', 'p'] = self.characters[place..place + 4] {
                self.characters[place + 1] = 't';
                self.characters[place + 2] = 't';
            }
        }
        for place in 0..self.characters.len().saturating_sub(2) {
            if self.characters[place] == ':'
                && self.characters[place + 1..place + 3]
                    .iter()
                    .all(|slash| matches!(slash, '/' | '\\'))
            {
                self.characters[place + 1] = '/';
                self.characters[place + 2] = '/';
            }
        }
    }

    /// The bytes of the text from which a range of characters came.
    pub fn origin(&self, range: &Range<usize>) -> Range<usize> {
        self.origin[range.start].start as usize..self.origin[range.end - 1].end as usize
    }
}

/// How long the disguised dot is with which a text begins.
fn disguised_dot(text: &str) -> Option<usize> {
    let begins = |dot: &&&str| {
        text.get(..dot.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(dot))
    };
    DOTS.iter().find(begins).map(|dot| dot.len())
}
