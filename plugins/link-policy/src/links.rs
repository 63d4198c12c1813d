//! Finding links in a text: with `scheme://`, or bare like `example.com/page`. What is found is the
//! domain, because that is what a policy is about, and the bytes of the whole link, to strip it.

use crate::clean::Clean;
use crate::domains::canonical;
use crate::top_level;
use std::ops::Range;

/// A link in a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Link {
    /// Its domain, in its one spelling.
    pub domain: String,
    /// The bytes of the text that it takes.
    pub range: Range<usize>,
}

/// All links of a text, in order. `endings` are those of domains beside the well-known ones.
pub fn find(text: &str, endings: &[String]) -> Vec<Link> {
    // Without a dot or a colon, in any of their forms, there is none.
    if !text
        .bytes()
        .any(|byte| matches!(byte, b'.' | b':' | b'[' | b'(' | b'{') || !byte.is_ascii())
    {
        return Vec::new();
    }
    let clean = Clean::of(text);
    let characters = &clean.characters[..];
    let mut links = Vec::new();
    let (mut index, mut taken) = (0, 0);
    while index < characters.len() {
        let found = match characters[index] {
            ':' if characters[index..].starts_with(&[':', '/', '/']) => {
                with_scheme(characters, index)
            }
            // A bare domain within the path of a link is a file.
            '.' if index >= taken => bare(&clean, index, endings),
            _ => None,
        };
        index += 1;
        if let Some((domain, whole)) = found {
            taken = taken.max(whole.end);
            // The path is looked at as well: there may be another link in it, to be redirected to.
            links.push(Link {
                domain,
                range: clean.origin(&whole),
            });
        }
    }
    links
}

/// The link around a `://`: its domain, and where it is.
fn with_scheme(characters: &[char], colon: usize) -> Option<(String, Range<usize>)> {
    let is_scheme =
        |character: &&char| character.is_ascii_alphanumeric() || matches!(character, '+' | '-');
    let scheme = characters[..colon]
        .iter()
        .rev()
        .take_while(is_scheme)
        .count();
    let start = colon + 3;
    let length = characters[start..]
        .iter()
        .take_while(|character| !ends_authority(**character))
        .count();
    // Whatever stands before the last @ is a user's name, even if it looks like a domain.
    let authority = &characters[start..start + length];
    let user = authority
        .iter()
        .rposition(|character| *character == '@')
        .map_or(0, |at| at + 1);
    let name = &authority[user..];
    let closes = |character: &char| *character == if name.starts_with(&['[']) { ']' } else { ':' };
    let name: String = name
        .iter()
        .take_while(|character| !closes(character))
        .collect();
    let domain = canonical(
        name.trim_matches(|character: char| !character.is_alphanumeric() && character != ':'),
    );
    let whole = colon - scheme..link_end(characters, colon, start + length);
    (scheme > 0 && !domain.is_empty()).then_some((domain, whole))
}

/// The link around the first dot of a domain, if there is one around it.
fn bare(clean: &Clean, dot: usize, endings: &[String]) -> Option<(String, Range<usize>)> {
    let characters = &clean.characters[..];
    let before = characters[..dot]
        .iter()
        .rev()
        .take_while(|character| is_label(**character))
        .count();
    let start = dot - before;
    let is_domain = |character: &&char| is_label(**character) || **character == '.';
    let mut end = dot + characters[dot..].iter().take_while(is_domain).count();
    while end > dot && matches!(characters[end - 1], '.' | '-' | '_') {
        end -= 1;
    }
    let name: String = characters[start..end].iter().collect();
    let (rest, ending) = name.rsplit_once('.')?;
    // What stands behind an @ is of an e-mail address, behind a slash or = of a link.
    let outside = start.checked_sub(1).map(|place| characters[place]);
    if before == 0
        || rest.contains("..")
        || rest.ends_with('.')
        || outside.is_some_and(|character| matches!(character, '@' | '/' | '\\' | '='))
        || characters.get(end) == Some(&'@')
    {
        return None;
    }
    let has_path = characters.get(end) == Some(&'/')
        && ending.len() >= 2
        && ending.chars().all(char::is_alphabetic);
    // `That is it.So what` lacks a space, nothing else.
    let is_sentence =
        ending.chars().count() == 2 && clean.is_capital[end - 2] && !clean.is_capital[end - 1];
    let is_known = || top_level::is_known(ending) || endings.iter().any(|known| known == ending);
    (has_path || name.starts_with("www.") || (is_known() && !is_sentence))
        .then(|| (canonical(&name), start..link_end(characters, start, end)))
}

/// Where a link ends that begins at `start` and whose domain ends at `end`. If a path follows: at
/// white space or quotes, but before punctuation that belongs to the sentence.
fn link_end(characters: &[char], start: usize, mut end: usize) -> usize {
    let has_path = matches!(characters.get(end), Some('/' | '\\' | '?' | '#'));
    let has_port = characters.get(end) == Some(&':')
        && characters.get(end + 1).is_some_and(char::is_ascii_digit);
    if has_path || has_port {
        let is_in = |character: &&char| {
            !character.is_whitespace()
                && !matches!(
                    character,
                    '<' | '>' | '"' | '`' | '|' | '«' | '»' | '“' | '”'
                )
        };
        end += characters[end..].iter().take_while(is_in).count();
    }
    while end > start + 1 {
        let count = |wanted: char| {
            characters[start..end]
                .iter()
                .filter(|character| **character == wanted)
                .count()
        };
        match characters[end - 1] {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' => end -= 1,
            ')' if count('(') < count(')') => end -= 1,
            ']' if count('[') < count(']') => end -= 1,
            '}' if count('{') < count('}') => end -= 1,
            _ => break,
        }
    }
    end
}

fn is_label(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_') || is_mark(character)
}

/// Vowel signs and accents that belong to the letter before them.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{e4e}')
}

fn ends_authority(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '/' | '\\' | '?' | '#' | '<' | '>' | '"' | '`' | '|' | ')' | ','
        )
}
