//! Domains: one spelling for each, what a domain belongs to, and whether it only looks like another.

use crate::punycode;
use guest::lookalikes::letters;

/// One spelling for a domain: lower case, in letters instead of punycode, without a dot at the end.
pub fn canonical(domain: &str) -> String {
    let lower = domain.trim_end_matches('.').to_lowercase();
    if !lower.contains("xn--") {
        return lower;
    }
    let readable = |label: &str| {
        let decoded = label.strip_prefix("xn--").and_then(punycode::decode);
        // What decodes to plain ASCII, or to a dot, is a trick.
        let honest =
            decoded.filter(|decoded| !decoded.is_ascii() && !decoded.contains(['.', '/', '@']));
        honest.unwrap_or_else(|| label.to_string())
    };
    lower.split('.').map(readable).collect::<Vec<_>>().join(".")
}

/// Whether a domain is another one or within it.
pub fn is_within(domain: &str, outer: &str) -> bool {
    domain
        .strip_suffix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// What a domain looks like, in Latin letters. None if it looks like what it is.
pub fn skeleton(domain: &str) -> Option<String> {
    if domain.is_ascii() {
        return None;
    }
    let mut skeleton = String::with_capacity(domain.len());
    for character in domain.chars() {
        match letters(character) {
            Some(letters) if is_foreign(character) => skeleton.push_str(letters),
            _ => skeleton.push(character),
        }
    }
    (skeleton != domain).then_some(skeleton)
}

/// Whether a domain pretends: a label that mixes Latin letters with lookalikes of other alphabets, or
/// that is made of lookalikes only below a Latin ending, as no honest domain is.
pub fn is_lookalike(domain: &str) -> bool {
    if domain.is_ascii() {
        return false;
    }
    let has_latin_ending = domain
        .rsplit('.')
        .next()
        .is_some_and(|ending| ending.is_ascii());
    domain.split('.').any(|label| {
        let has = |what: fn(char) -> bool| label.chars().any(what);
        let looks_latin = |character: char| {
            character.is_ascii() || (is_foreign(character) && letters(character).is_some())
        };
        has(is_foreign)
            && (has(|character| character.is_ascii_alphabetic())
                || (has_latin_ending && label.chars().all(looks_latin)))
    })
}

/// Whether a character is of an alphabet whose letters pass for Latin ones.
fn is_foreign(character: char) -> bool {
    matches!(character, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}' | '\u{530}'..='\u{58f}' | '\u{1d00}'..='\u{1d7f}'
        | '\u{261}' | '\u{262}' | '\u{26a}' | '\u{274}' | '\u{280}' | '\u{28f}' | '\u{299}' | '\u{29c}' | '\u{29f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_one_spelling() {
        assert_eq!(canonical("WWW.Example.COM."), "www.example.com");
        assert_eq!(canonical("xn--bcher-kva.example"), "bücher.example");
        assert_eq!(canonical("xn--nonsense!.com"), "xn--nonsense!.com");
    }

    #[test]
    fn a_subdomain_is_within_its_domain() {
        assert!(
            is_within("example.com", "example.com") && is_within("a.b.example.com", "example.com")
        );
        assert!(!is_within("badexample.com", "example.com") && !is_within("com", "example.com"));
    }

    #[test]
    fn pretenders_are_known() {
        for domain in [
            "аррӏе.com",
            "pаypal.com",
            "gооgle.com",
            "ɢoogle.com",
            "www.раураӏ.com",
        ] {
            assert!(is_lookalike(domain), "{domain}");
        }
        for domain in [
            "apple.com",
            "bücher.de",
            "пример.рф",
            "яндекс.com",
            "中国.com",
            "ελλάδα.gr",
            "straße.de",
        ] {
            assert!(!is_lookalike(domain), "{domain}");
        }
        assert_eq!(skeleton("pаypal.com").as_deref(), Some("paypal.com"));
    }
}
