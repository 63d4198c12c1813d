//! Facts about what is found to be personal, and about what is left of a text when it is masked.

use guest::Settings;
use guest::types::{Entry, Verdict};
use pii_mask::policy::Policy;

fn policy(config: &[(&str, &str)]) -> Policy {
    let entry = |(key, value): &(&str, &str)| Entry {
        key: (*key).into(),
        value: (*value).into(),
    };
    let mut settings = Settings::from_entries(config.iter().map(entry).collect());
    let policy = Policy::read(&mut settings);
    assert_eq!(settings.mistakes(), []);
    policy
}

fn masked(text: &str) -> String {
    match policy(&[]).judge(text) {
        Verdict::Allow => text.to_string(),
        Verdict::Amend(amendment) => amendment.text.unwrap(),
        other => panic!("{other:?}"),
    }
}

/// The code of what is found in a text; empty if nothing is.
fn code(text: &str) -> String {
    let all = [
        ("email", "\"reject\""),
        ("phone", "\"reject\""),
        ("card", "\"reject\""),
        ("iban", "\"reject\""),
    ];
    match policy(&all).judge(text) {
        Verdict::Reject(rejection) => rejection.code,
        _ => String::new(),
    }
}

#[test]
fn addresses_are_found() {
    assert_eq!(
        masked("mail ann.smith+x@mail.example.com, please"),
        "mail ***.*****+*@****.*******.***, please"
    );
    assert_eq!(masked("<jürgen@bücher.de>."), "<******@******.**>.");
    for text in [
        "a@b.co",
        "x'ann@example.com'",
        "ann＠example.com",
        "a@b.xn--p1ai",
        "a.@b.org@c.org",
    ] {
        assert_eq!(code(text), "pii-email", "{text}");
    }
    for text in [
        "@ann",
        "ann@",
        "ann@home",
        "ann@ example.com",
        "a@b..com",
        "5@3.14",
        "@.com",
        "a@b.c",
    ] {
        assert_eq!(code(text), "", "{text}");
    }
}

#[test]
fn cards_are_found_by_their_check_digit() {
    assert_eq!(
        masked("pay 4111 1111 1111 1111 now"),
        "pay **** **** **** **** now"
    );
    for text in [
        "4111111111111111",
        "5500-0000-0000-0004",
        "3400 000000 00009",
        "it is 7 4111 1111 1111 1111 12/27",
        "４１１１１１１１１１１１１１１１",
    ] {
        assert_eq!(code(text), "pii-card", "{text}");
    }
    for text in [
        "4111 1111 1111 1112",
        "a4111111111111111",
        "0000 0000 0000 0000",
        "4111111111111111b",
    ] {
        assert_eq!(code(text), "", "{text}");
    }
}

#[test]
fn accounts_are_found_by_their_check_digits() {
    assert_eq!(
        masked("IBAN DE89 3704 0044 0532 0130 00."),
        "IBAN **** **** **** **** **** **."
    );
    for text in [
        "GB82WEST12345698765432",
        "gb82 west 1234 5698 7654 32",
        "NO93-8601-1117-947",
        "é FR1420041010050500013M02606 é",
    ] {
        assert_eq!(code(text), "pii-iban", "{text}");
    }
    for text in [
        "DE88 3704 0044 0532 0130 00",
        "GB82WEST123456987654321",
        "XX82WEST12345698765432",
        "DEé",
    ] {
        assert_ne!(code(text), "pii-iban", "{text}");
    }
}

#[test]
fn phones_are_found_by_their_shape() {
    assert_eq!(
        masked("call +49 (171) 123-4567!"),
        "call +** (***) ***-****!"
    );
    for text in [
        "+14155552671",
        "0049 171 1234567",
        "0171/1234567",
        "(555) 234-5678",
        "555-234-5678",
        "1 555 234 5678",
        "555.234.5678",
        "01 23 45 67 89",
        "Tel:0171 1234567",
        "room 5 0171 1234567",
        "+49\u{200b}1711234567",
        "٠١٧١١٢٣٤٥٦٧",
    ] {
        assert_eq!(code(text), "pii-phone", "{text}");
    }
    for text in [
        "2024-01-02 10:20",
        "01.02.2024 10:20",
        "01/02/2024 1020",
        "1700000000000",
        "0.123456789",
        "order 123456789",
        "https://x.com/0123456789",
        "10 000 000",
        "192.168.100.200",
        "#0123456789",
        "0123",
        "v1.2.3",
        "12:30",
        "$555 234 5678",
        "550e8400-e29b-41d4-a716-446655440000",
        "+1",
    ] {
        assert_eq!(code(text), "", "{text}");
    }
}

#[test]
fn each_kind_has_its_own_action() {
    let some = policy(&[
        ("email", "\"flag\""),
        ("phone", "\"off\""),
        ("card", "\"reject\""),
        ("keep_last", "4"),
    ]);
    assert!(matches!(some.judge("+14155552671"), Verdict::Allow));
    let Verdict::Amend(amendment) = some.judge("a@b.co, DE89 3704 0044 0532 0130 00") else {
        panic!("not amended")
    };
    assert_eq!(
        amendment.text.as_deref(),
        Some("a@b.co, **** **** **** **** **30 00")
    );
    assert_eq!(amendment.flagged[0].code, "pii-email");
    assert!(matches!(some.judge("4111111111111111"), Verdict::Reject(_)));
    let none = policy(&[
        ("email", "\"off\""),
        ("phone", "\"off\""),
        ("card", "\"off\""),
        ("iban", "\"off\""),
    ]);
    assert!(matches!(
        none.judge("a@b.co +14155552671 4111111111111111"),
        Verdict::Allow
    ));
}

#[test]
fn allowed_addresses_stay() {
    let some = policy(&[("allow", r#"["help@example.com", "@Example.org"]"#)]);
    let Verdict::Amend(amendment) = some.judge("Help@Example.com x@example.org x@example.com")
    else {
        panic!("not amended")
    };
    assert_eq!(
        amendment.text.as_deref(),
        Some("Help@Example.com x@example.org *@*******.***")
    );
}

#[test]
fn masks_keep_the_length_and_the_rest_whatever_is_said() {
    const PIECES: [&str; 30] = [
        "4111",
        "1111",
        "0171",
        "123",
        "4567",
        "+",
        "(",
        ")",
        " ",
        "-",
        ".",
        "/",
        "DE89",
        "3704",
        "0044",
        "0532",
        "0130",
        "00",
        "a",
        "@",
        "b",
        ".com",
        "é",
        "＠",
        "７",
        "٣",
        "\u{200b}",
        "👍",
        "GB82WEST",
        "12345698765432",
    ];
    let policy = policy(&[]);
    let mut random = 7_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    let mut amended = 0;
    for _ in 0..50_000 {
        let text: String = (0..next(16)).map(|_| PIECES[next(PIECES.len())]).collect();
        if let Verdict::Amend(amendment) = policy.judge(&text) {
            let masked = amendment.text.unwrap();
            assert_eq!(masked.chars().count(), text.chars().count(), "{text:?}");
            assert!(
                masked
                    .chars()
                    .zip(text.chars())
                    .all(|(after, before)| after == '*' || after == before),
                "{text:?}"
            );
            amended += 1;
        }
    }
    assert!(amended > 1_000);
    policy.judge(&"1 ".repeat(20_000));
    policy.judge(&"a@".repeat(20_000));
}

#[test]
fn mistakes_are_named() {
    let entry = |key: &str, value: &str| Entry {
        key: key.into(),
        value: value.into(),
    };
    let config = vec![
        entry("email", "\"hide\""),
        entry("keep_last", "9"),
        entry("mask_with", "\"\""),
        entry("emails", "1"),
    ];
    let keys: Vec<_> = guest::mistakes(config, Policy::read)
        .into_iter()
        .map(|mistake| mistake.key)
        .collect();
    assert_eq!(keys, ["email", "keep_last", "mask_with", "emails"]);
}
