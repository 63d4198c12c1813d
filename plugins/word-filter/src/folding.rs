//! One way to write what can be written in a hundred. A text becomes letters, each of which knows
//! which bytes of the text it came from, so that what is found in the letters can be masked in the
//! text. Rules are folded the same way, which is why it does not matter that some foldings are crude.
//!
//! Some foldings are a guess (is `1` an i, an l or a one?). They are not decided but tried: each guess
//! is another view of the text, and a match in any view is a match. Ordinary texts have one view.

use crate::characters::{is_separator, leet};
use guest::lookalikes::{is_accent, is_invisible, letters};
use std::ops::Range;
use unicode_normalization::char::decompose_compatible;

/// Which foldings are done. Case and invisible characters always are.
#[derive(Debug, Clone, Copy)]
pub struct Folding {
    /// `é` is `e`.
    pub accents: bool,
    /// Cyrillic `а`, full-width `ａ` and circled `ⓐ` are `a`.
    pub lookalikes: bool,
    /// `4` is `a`, within a word that has letters.
    pub leet: bool,
    /// Three or more of a letter are as many as the rule has.
    pub repeats: bool,
    /// `b a d` is `bad`.
    pub spaced: bool,
}

impl Folding {
    pub const ALL: Folding = Folding {
        accents: true,
        lookalikes: true,
        leet: true,
        repeats: true,
        spaced: true,
    };
}

/// One folded character and the bytes of the text that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letter {
    pub folded: char,
    pub start: u32,
    pub end: u32,
    /// Whether it stood alone and is joined to its neighbours by a guess: a word may begin at any
    /// such letter, as in `what a b a d g e r`.
    pub apart: bool,
}

impl Letter {
    /// From the first byte of this letter to the last byte of another.
    pub fn to(self, last: Letter) -> Range<usize> {
        self.start as usize..last.end as usize
    }
}

/// All views of a text; the first is the text without any guess.
pub fn views(text: &str, folding: Folding) -> Vec<Vec<Letter>> {
    let mut views = vec![fold(text, folding)];
    if folding.spaced && has_spacing(&views[0]) {
        views.extend(without_spacing(&views[0]));
    }
    if folding.leet {
        for index in 0..views.len() {
            if let Some(places) = leet_places(&views[index]) {
                let mut guess = views[index].clone();
                let mut other = false;
                for place in &places {
                    let letter = &mut guess[*place].folded;
                    other |= is_ambiguous(*letter);
                    *letter = leet(*letter).unwrap_or(*letter);
                }
                if other {
                    let mut second = guess.clone();
                    let ambiguous = places
                        .into_iter()
                        .filter(|place| is_ambiguous(views[index][*place].folded));
                    ambiguous.for_each(|place| second[place].folded = 'l');
                    views.push(second);
                }
                views.push(guess);
            }
        }
    }
    views
}

/// Folds without guessing.
pub fn fold(text: &str, folding: Folding) -> Vec<Letter> {
    let mut folded = Vec::with_capacity(text.len());
    for (start, character) in text.char_indices() {
        let end = start + character.len_utf8();
        let mut push = |character| {
            folded.push(Letter {
                folded: character,
                start: start as u32,
                end: end as u32,
                apart: false,
            });
        };
        if character.is_ascii() {
            push(character.to_ascii_lowercase());
        } else if !is_invisible(character) {
            fold_character(character, folding, &mut push);
        }
    }
    folded
}

/// Folds one character outside ASCII into none, one or several.
fn fold_character(character: char, folding: Folding, push: &mut impl FnMut(char)) {
    let mut lower = |character: char| {
        for character in character.to_lowercase() {
            match letters(character) {
                _ if folding.accents && is_accent(character) => {}
                Some(letters) if folding.lookalikes => letters.chars().for_each(&mut *push),
                _ => push(character),
            }
        }
    };
    // Syllables of Hangul would fall apart, and one would be found at the start of another. Letters
    // of plain Cyrillic and Chinese stay in one piece, and need not be looked up to know it.
    if matches!(character, '\u{ac00}'..='\u{d7a3}' | '\u{4e00}'..='\u{9fff}') {
        return push(character);
    }
    if matches!(character, '\u{410}'..='\u{44f}') && !matches!(character, 'Й' | 'й') {
        return lower(character);
    }
    if folding.accents && folding.lookalikes {
        return decompose_compatible(character, lower);
    }
    let mut has_accent = false;
    decompose_compatible(character, |part| has_accent |= is_accent(part));
    match has_accent {
        true if folding.accents => decompose_compatible(character, lower),
        false if folding.lookalikes => decompose_compatible(character, lower),
        _ => lower(character),
    }
}

/// Whether three letters stand alone somewhere: the cheap question before the dear answer.
fn has_spacing(letters: &[Letter]) -> bool {
    // The last seven characters, a bit for each that parts words; a text begins and ends with one.
    let mut parts = 1_u8;
    let ends = letters
        .iter()
        .map(|letter| is_separator(letter.folded))
        .chain([true]);
    ends.into_iter().any(|is_separator| {
        parts = parts << 1 | u8::from(is_separator);
        parts & 0b111_1111 == 0b101_0101
    })
}

/// The text with `b a d` or `b.a.d` written as `bad`, if there is such a thing in it: at least three
/// letters that stand alone, with one separator between each two.
fn without_spacing(letters: &[Letter]) -> Option<Vec<Letter>> {
    let parts = |index: usize| {
        letters
            .get(index)
            .is_none_or(|letter| is_separator(letter.folded))
    };
    let mut joined: Option<Vec<Letter>> = None;
    let mut copied = 0;
    let mut index = 0;
    while index < letters.len() {
        // A row begins at a letter that stands alone.
        let mut last = index;
        let begins = !parts(index) && (index == 0 || parts(index - 1));
        while begins && parts(last + 1) && !parts(last + 2) && parts(last + 3) {
            last += 2;
        }
        if begins && last >= index + 4 {
            let joined = joined.get_or_insert_with(|| Vec::with_capacity(letters.len()));
            joined.extend_from_slice(&letters[copied..index]);
            let row = letters[index..=last].iter().step_by(2);
            joined.extend(row.map(|letter| Letter {
                apart: true,
                ..*letter
            }));
            copied = last + 1;
        }
        index = last + 1;
    }
    let mut joined = joined?;
    joined.extend_from_slice(&letters[copied..]);
    Some(joined)
}

/// Where digits and signs may stand for letters: in a word that has letters as well. None if nowhere.
fn leet_places(letters: &[Letter]) -> Option<Vec<usize>> {
    if !letters.iter().any(|letter| leet(letter.folded).is_some()) {
        return None;
    }
    let belongs =
        |letter: &Letter| letter.folded.is_alphanumeric() || leet(letter.folded).is_some();
    let mut places = Vec::new();
    let mut index = 0;
    while index < letters.len() {
        let length = letters[index..]
            .iter()
            .take_while(|letter| belongs(letter))
            .count();
        let mut word = index..index + length;
        index += length.max(1);
        // `bad!` ends with an exclamation mark, while `a$$` does not end with money.
        while !word.is_empty() && matches!(letters[word.end - 1].folded, '!' | '|' | '+' | '@') {
            word.end -= 1;
        }
        if word
            .clone()
            .any(|place| letters[place].folded.is_alphabetic())
        {
            places.extend(word.filter(|place| leet(letters[*place].folded).is_some()));
        }
    }
    (!places.is_empty()).then_some(places)
}

fn is_ambiguous(character: char) -> bool {
    matches!(character, '1' | '!' | '|')
}
