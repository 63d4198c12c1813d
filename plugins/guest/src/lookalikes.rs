//! Which Latin letter a character passes for. Not the whole of Unicode's list of confusables, which is
//! a megabyte, but the letters that people reach for: other alphabets, small capitals, letters with a
//! stroke. What Unicode itself calls a variant of a letter (full-width, bold, circled) is not here: it
//! is decomposed before.
//!
//! A lookalike is looked up in lower case, so that a Cyrillic or Greek rule still matches its text in
//! both cases.

/// The letters that a lower-case character passes for, if it passes for other than itself.
pub fn letters(character: char) -> Option<&'static str> {
    Some(match character {
        // Cyrillic
        'а' | 'ӑ' => "a",
        'в' | 'ь' => "b",
        'с' | 'ҫ' => "c",
        'ԁ' => "d",
        'е' | 'є' | 'ҽ' => "e",
        'ғ' => "f",
        'н' | 'һ' | 'ң' => "h",
        'і' | 'ӏ' => "i",
        'ј' => "j",
        'к' | 'қ' => "k",
        'м' => "m",
        'п' => "n",
        'о' | 'ө' => "o",
        'р' => "p",
        'ԛ' => "q",
        'г' => "r",
        'ѕ' => "s",
        'т' => "t",
        'ц' => "u",
        'ѵ' => "v",
        'ԝ' | 'ѡ' | 'ш' => "w",
        'х' | 'ҳ' => "x",
        'у' | 'ү' => "y",
        // Greek
        'α' => "a",
        'β' => "b",
        'ϲ' => "c",
        'δ' => "d",
        'ε' | 'ϵ' => "e",
        'ι' => "i",
        'ϳ' => "j",
        'κ' => "k",
        'μ' => "m",
        'η' => "n",
        'ο' | 'σ' | 'ς' => "o",
        'ρ' => "p",
        'τ' => "t",
        'υ' => "u",
        'ν' => "v",
        'ω' => "w",
        'χ' => "x",
        'γ' => "y",
        'ζ' => "z",
        // Armenian
        'հ' => "h",
        'ո' => "n",
        'օ' => "o",
        'զ' => "q",
        'ս' => "u",
        // Latin with a stroke, hook or no dot, and ligatures
        'ɑ' | 'ⱥ' => "a",
        'ƀ' | 'ɓ' => "b",
        'ȼ' | 'ƈ' => "c",
        'đ' | 'ð' | 'ɖ' | 'ɗ' => "d",
        'ɇ' | 'ə' | 'ɛ' => "e",
        'ƒ' => "f",
        'ɡ' | 'ǥ' | 'ɠ' => "g",
        'ħ' | 'ɦ' => "h",
        'ı' | 'ɨ' | 'ɩ' => "i",
        'ɉ' | 'ȷ' => "j",
        'ƙ' => "k",
        'ł' | 'ƚ' | 'ɫ' => "l",
        'ɱ' => "m",
        'ŋ' | 'ɲ' | 'ƞ' => "n",
        'ø' | 'ɵ' | 'ɔ' => "o",
        'ƥ' => "p",
        'ɋ' => "q",
        'ɍ' | 'ɾ' => "r",
        'ʂ' => "s",
        'ŧ' | 'ƭ' | 'ʈ' => "t",
        'ʉ' => "u",
        'ʋ' => "v",
        'ⱳ' => "w",
        'ɏ' | 'ƴ' => "y",
        'ƶ' | 'ʐ' => "z",
        'æ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        'þ' => "th",
        // Small capitals
        'ᴀ' => "a",
        'ʙ' | 'ᴃ' => "b",
        'ᴄ' => "c",
        'ᴅ' => "d",
        'ᴇ' => "e",
        'ꜰ' => "f",
        'ɢ' => "g",
        'ʜ' => "h",
        'ɪ' => "i",
        'ᴊ' => "j",
        'ᴋ' => "k",
        'ʟ' => "l",
        'ᴍ' => "m",
        'ɴ' => "n",
        'ᴏ' => "o",
        'ᴘ' => "p",
        'ʀ' => "r",
        'ꜱ' => "s",
        'ᴛ' => "t",
        'ᴜ' => "u",
        'ᴠ' => "v",
        'ᴡ' => "w",
        'ʏ' => "y",
        'ᴢ' => "z",
        // Letters in boxes, which Unicode calls symbols; regional indicators, of which flags are made
        '\u{1f150}'..='\u{1f169}' => alphabet(character, '\u{1f150}'),
        '\u{1f170}'..='\u{1f189}' => alphabet(character, '\u{1f170}'),
        '\u{1f1e6}'..='\u{1f1ff}' => alphabet(character, '\u{1f1e6}'),
        // Money
        '€' => "e",
        '£' => "l",
        '¢' => "c",
        '¥' => "y",
        _ => return None,
    })
}

/// The letter of a block that repeats the alphabet from `first` on.
fn alphabet(character: char, first: char) -> &'static str {
    let index = (character as usize).saturating_sub(first as usize);
    "abcdefghijklmnopqrstuvwxyz"
        .get(index..=index)
        .unwrap_or("")
}

/// Whether nothing is shown for a character, so that it can hide within a word.
pub fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character is a mark on the letter before it that changes its look and not, as in the
/// scripts of India, which syllable it is.
pub fn is_accent(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'
        | '\u{64b}'..='\u{65f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}
