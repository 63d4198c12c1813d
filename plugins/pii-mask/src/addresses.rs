//! Finding e-mail addresses: from every `@` as far to both sides as an address reaches.

use std::ops::Range;

/// Tells of every e-mail address: its bytes in the text.
pub fn find(text: &str, mut found: impl FnMut(Range<usize>)) {
    let mut done = 0;
    for (at, sign) in text
        .char_indices()
        .filter(|(_, character)| is_at(*character))
    {
        if at < done {
            continue;
        }
        let after = at + sign.len_utf8();
        let (Some(start), Some(end)) = (local_start(&text[done..at]), domain_end(&text[after..]))
        else {
            continue;
        };
        let range = done + start..after + end;
        done = range.end;
        found(range);
    }
}

/// Whether a character is the sign between name and domain, also in full width.
pub fn is_at(character: char) -> bool {
    matches!(character, '@' | '＠' | '﹫')
}

/// Where the name begins that ends at the end of the text. None if there is none.
fn local_start(text: &str) -> Option<usize> {
    let is_local = |character: char| character.is_alphanumeric() || "._%+-'".contains(character);
    let start = text
        .char_indices()
        .rev()
        .take_while(|(_, character)| is_local(*character))
        .last()?
        .0;
    // What only leads up to an address is not of it, as a quote before it.
    let rest = text[start..].trim_start_matches(['.', '\'', '-']);
    (!rest.is_empty()).then(|| text.len() - rest.len())
}

/// Where the domain ends that begins at the start of the text. None if there is none.
fn domain_end(text: &str) -> Option<usize> {
    let is_domain = |character: char| character.is_alphanumeric() || matches!(character, '.' | '-');
    let end = text
        .find(|character| !is_domain(character))
        .unwrap_or(text.len());
    let domain = text[..end].trim_end_matches(['.', '-']);
    let (name, top) = domain.rsplit_once('.')?;
    let is_top = top.chars().count() >= 2
        && (top.chars().all(char::is_alphabetic) || top.starts_with("xn--"));
    (is_top && !name.is_empty() && !name.starts_with('.') && !domain.contains(".."))
        .then_some(domain.len())
}
