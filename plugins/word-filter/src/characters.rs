//! What single characters are to the filter: letters in leetspeak, separators of words, parts of words.
//! What other letters a letter looks like is shared between plugins, in `guest::lookalikes`.

/// The letter that a digit or sign stands for in leetspeak. `1`, `!` and `|` stand for two; the other
/// one is an `l`.
pub fn leet(character: char) -> Option<char> {
    Some(match character {
        '4' | '@' => 'a',
        '8' => 'b',
        '3' => 'e',
        '9' => 'g',
        '1' | '!' | '|' => 'i',
        '0' => 'o',
        '5' | '$' => 's',
        '7' | '+' => 't',
        _ => return None,
    })
}

/// The separators in ASCII, a bit for each: every character of a text is asked about several times.
const SEPARATORS: u128 = {
    let characters = b" \t\n\r\x0b\x0c.,;:-_/\\'\"()[]{}<>~*#`^=";
    let (mut bits, mut index) = (0, 0);
    while index < characters.len() {
        bits |= 1 << characters[index];
        index += 1;
    }
    bits
};

/// Whether a character parts words, and parts the words of a phrase as well as a space would.
pub fn is_separator(character: char) -> bool {
    if character.is_ascii() {
        return SEPARATORS >> (character as u32) & 1 == 1;
    }
    matches!(character, '·' | '•' | '\u{2010}'..='\u{2027}') || character.is_whitespace()
}

/// Whether a word goes on through a character, so that `ass` is not found in `class`. Scripts that
/// are written without spaces have no such characters: there, every place may be a word's end.
pub fn is_joined(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric();
    }
    character.is_alphanumeric()
        && !matches!(character,
            '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
            | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}')
}
