//! Finding numbers that mean something: bank accounts and payment cards by their check digits, phone
//! numbers by their shape. A number without check digits is a phone number only where it looks like
//! one, because dates, prices and order numbers are more frequent.

use crate::policy::Kind;
use std::ops::Range;

/// How many letters and digits an IBAN of each country has.
const IBAN_LENGTHS: &str = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18\
    FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24\
    ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23\
    TN24TR26UA29VA22VG24XK20YE30";

/// A number has at most so many digits; more are looked at only from the next group on.
const LONGEST: usize = 19;

/// Digits that stand together.
#[derive(Debug)]
struct Group {
    /// Its bytes in the text.
    range: Range<usize>,
    /// Its digits among all digits of the row.
    digits: Range<usize>,
}

/// Groups of digits with little between them, like a card number's.
#[derive(Debug, Default)]
struct Row {
    groups: Vec<Group>,
    digits: Vec<u8>,
}

/// Tells of every number: what it is, and its bytes in the text. No two overlap.
pub fn find(text: &str, mut found: impl FnMut(Kind, Range<usize>)) {
    if !text.chars().any(|character| digit(character).is_some()) {
        return;
    }
    let accounts = accounts(text);
    for range in &accounts {
        found(Kind::Iban, range.clone());
    }
    let mut row = Row::default();
    for (start, character) in text.char_indices() {
        let end = start + character.len_utf8();
        match digit(character) {
            Some(_) if accounts.iter().any(|account| account.contains(&start)) => {}
            Some(digit) => {
                let gap = row.groups.last().map(|group| &text[group.range.end..start]);
                match gap {
                    Some("") => {}
                    Some(gap) if is_gap(gap) => row.begin(start),
                    _ => {
                        row.search(text, &mut found);
                        row = Row::default();
                        row.begin(start);
                    }
                }
                row.push(digit, end);
            }
            None => {}
        }
    }
    row.search(text, &mut found);
}

impl Row {
    fn begin(&mut self, start: usize) {
        self.groups.push(Group {
            range: start..start,
            digits: self.digits.len()..self.digits.len(),
        });
    }

    fn push(&mut self, digit: u8, end: usize) {
        self.digits.push(digit);
        if let Some(group) = self.groups.last_mut() {
            group.range.end = end;
            group.digits.end = self.digits.len();
        }
    }

    /// Looks for numbers that begin and end with a group, the longest first.
    fn search(&self, text: &str, found: &mut impl FnMut(Kind, Range<usize>)) {
        let mut first = 0;
        while first < self.groups.len() {
            let begin = self.groups[first].digits.start;
            let count = self.groups[first..]
                .iter()
                .take_while(|group| group.digits.end - begin <= LONGEST)
                .count();
            let recognised = (first..first + count).rev().find_map(|last| {
                let groups = &self.groups[first..=last];
                recognise(
                    text,
                    groups,
                    &self.digits[begin..groups[last - first].digits.end],
                )
                .map(|(kind, range)| (kind, range, last))
            });
            match recognised {
                Some((kind, range, last)) => {
                    found(kind, range);
                    first = last + 1;
                }
                None => first += 1,
            }
        }
    }
}

/// What groups of digits are, if they are anything, and where.
fn recognise(text: &str, groups: &[Group], digits: &[u8]) -> Option<(Kind, Range<usize>)> {
    let (start, end) = (groups.first()?.range.start, groups.last()?.range.end);
    let before = text[..start].chars().next_back();
    let is_within_a_word = before
        .is_some_and(|character| character.is_alphabetic() || character == '_')
        || text[end..].chars().next().is_some_and(char::is_alphabetic);
    if is_within_a_word {
        return None;
    }
    if is_card(digits) && groups.iter().all(|group| group.digits.len() >= 3) {
        return Some((Kind::Card, start..end));
    }
    is_phone(text, groups, digits, before).map(|start| (Kind::Phone, start..end))
}

/// Whether digits are a payment card's: of a length and beginning that are issued, with a Luhn check digit.
fn is_card(digits: &[u8]) -> bool {
    if !(13..=19).contains(&digits.len())
        || !matches!(digits[0], 2..=6)
        || digits.iter().all(|digit| *digit == digits[0])
    {
        return false;
    }
    let doubled = |digit: u8| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            u32::from(if index % 2 == 1 {
                doubled(*digit)
            } else {
                *digit
            })
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Where a phone number begins, if the groups are one.
fn is_phone(text: &str, groups: &[Group], digits: &[u8], before: Option<char>) -> Option<usize> {
    let start = groups.first()?.range.start;
    if let Some(sign @ ('+' | '＋')) = before {
        return (8..=15)
            .contains(&digits.len())
            .then(|| start - sign.len_utf8());
    }
    // A bracket before the area code is of the number if its other half is.
    let bracket = before == Some('(') && text[groups[0].range.end..].starts_with(')');
    let outside = if bracket {
        text[..start - 1].chars().next_back()
    } else {
        before
    };
    // In addresses, prices, versions and codes a number is something else.
    if outside.is_some_and(|character| "/=#&?@.,-$€£%+".contains(character)) {
        return None;
    }
    let is_decimal = groups.len() == 2
        && groups[0].digits.len() == 1
        && text[groups[0].range.end..].starts_with('.');
    // 01.02.2024 10:20
    let is_date = groups
        .iter()
        .map(|group| group.digits.len())
        .take(3)
        .eq([2, 2, 4]);
    let is_phone = match digits {
        _ if is_decimal || is_date => false,
        [0, 0, 1..=9, ..] => (10..=17).contains(&digits.len()),
        [0, 1..=9, ..] => (9..=12).contains(&digits.len()),
        [1, rest @ ..] if groups[0].digits.len() == 1 => is_american(&groups[1..], rest),
        _ => is_american(groups, digits),
    };
    is_phone.then(|| if bracket { start - 1 } else { start })
}

/// Whether groups are like `555-123-4567`.
fn is_american(groups: &[Group], digits: &[u8]) -> bool {
    let lengths = groups.iter().map(|group| group.digits.len());
    lengths.eq([3, 3, 4]) && digits[0] >= 2 && digits[3] >= 2
}

/// The digit that a character is: ASCII, full-width or Arabic.
fn digit(character: char) -> Option<u8> {
    let zero = match character {
        '0'..='9' => '0',
        '０'..='９' => '０',
        '٠'..='٩' => '٠',
        '۰'..='۹' => '۰',
        _ => return None,
    };
    Some((character as u32 - zero as u32) as u8)
}

/// Whether digits on both sides of a text can belong to one number.
fn is_gap(gap: &str) -> bool {
    let visible =
        |character: &char| !matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    let is_separator = |character: char| {
        matches!(
            character,
            ' ' | '\u{a0}' | '\u{202f}' | '-' | '.' | '/' | '(' | ')'
        ) || ('\u{2010}'..='\u{2015}').contains(&character)
    };
    gap.len() <= 12
        && gap.chars().filter(visible).count() <= 3
        && gap.chars().filter(visible).all(is_separator)
}

/// Where bank account numbers are: two letters of a country, two check digits, the account.
fn accounts(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut accounts = Vec::new();
    let mut index = 0;
    while index + 4 <= bytes.len() {
        // The digits first: few words have any.
        let is_start = bytes[index + 2..index + 4].iter().all(u8::is_ascii_digit)
            && bytes[index..index + 2].iter().all(u8::is_ascii_alphabetic)
            && (index == 0 || !text[..index].ends_with(char::is_alphanumeric));
        match is_start.then(|| account_end(&text[index..])).flatten() {
            Some(length) => {
                accounts.push(index..index + length);
                index += length;
            }
            None => index += 1,
        }
        while !text.is_char_boundary(index) {
            index += 1;
        }
    }
    accounts
}

/// Where the account number ends that begins at the start of the text. None if there is none.
fn account_end(text: &str) -> Option<usize> {
    let country = text.get(..2)?.to_ascii_uppercase();
    let length = (0..IBAN_LENGTHS.len())
        .step_by(4)
        .find(|place| IBAN_LENGTHS[*place..].starts_with(&country))?;
    let length: usize = IBAN_LENGTHS[length + 2..length + 4].parse().ok()?;
    let mut characters = Vec::with_capacity(length);
    let mut end = 0;
    let mut gap = 0;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b' ' | b'-' if gap == 0 && characters.len() < length => gap = 1,
            _ if byte.is_ascii_alphanumeric() && characters.len() < length => {
                characters.push(byte.to_ascii_uppercase());
                end = index + 1;
                gap = 0;
            }
            _ => break,
        }
    }
    let ends_there = characters.len() == length && !text[end..].starts_with(char::is_alphanumeric);
    let has_check_digits = characters.get(2..4)?.iter().all(u8::is_ascii_digit);
    (ends_there && has_check_digits && remainder(&characters) == 1).then_some(end)
}

/// An IBAN as a number, its first four characters last and letters as two digits, modulo 97.
fn remainder(characters: &[u8]) -> u32 {
    let (head, tail) = characters.split_at(4);
    tail.iter()
        .chain(head)
        .fold(0, |remainder, byte| match byte {
            b'0'..=b'9' => (remainder * 10 + u32::from(byte - b'0')) % 97,
            _ => (remainder * 100 + u32::from(byte - b'A') + 10) % 97,
        })
}
