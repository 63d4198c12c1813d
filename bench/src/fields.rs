//! Numbers out of JSON without parsing it: what a generator that must be faster than its subject
//! can afford per delivery.
//!
//! A field is looked for by its quoted name, so the texts of messages must not contain one; they are
//! the generator's own.

use memchr::memmem;

/// The whole number behind `name`, which is given as it stands in JSON: `"seq":`.
pub fn number(json: &[u8], name: &[u8]) -> Option<u64> {
    let start = memmem::find(json, name)? + name.len();
    digits(&json[start..])
}

/// The whole number that bytes begin with.
pub fn digits(bytes: &[u8]) -> Option<u64> {
    let length = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let number = |digits: &[u8]| {
        digits.iter().fold(0, |number: u64, digit| {
            number * 10 + u64::from(digit - b'0')
        })
    };
    (1..=18).contains(&length).then(|| number(&bytes[..length]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_behind_its_name() {
        let json = br#"{"message":{"text":"x","seq":4096,"last":1}}"#;
        assert_eq!(number(json, br#""seq":"#), Some(4096));
        assert_eq!(number(json, br#""other":"#), None);
        assert_eq!(number(json, br#""text":"#), None);
    }
}
