//! Facts about which links are found, and which of them are allowed.

use guest::Settings;
use guest::types::{Entry, Verdict};
use link_policy::{links::find, policy::Policy};

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

fn domains(text: &str) -> Vec<String> {
    find(text, &[])
        .into_iter()
        .map(|link| link.domain)
        .collect()
}

fn code(policy: &Policy, text: &str) -> String {
    match policy.judge(text) {
        Verdict::Allow => String::new(),
        Verdict::Reject(rejection) => rejection.code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn links_are_found_in_every_disguise() {
    for text in [
        "http://evil.com",
        "see HTTPS://Evil.COM/path?x=1.",
        "evil.com",
        "(evil.com)",
        "evil.com.",
        "evil.com,ok",
        "hxxp://evil.com",
        "hxxps://evil[.]com/a",
        "h**p://evil.com",
        "evil[.]com",
        "evil(.)com",
        "evil[dot]com",
        "evil(DOT)com",
        "http:\\\\evil.com",
        "ｅｖｉｌ．ｃｏｍ",
        "ev\u{200b}il.com",
        "evil。com",
        "http://user:pass@evil.com:8080/x",
        "http://google.com@evil.com",
        "[click](http://evil.com)",
        "http://evil.com/a(b)",
        "...evil.com",
        "foo..evil.com",
        "http://evil.com#x",
        "http://evil.com,",
        "evil.com:8080",
        "<http://evil.com>",
        "\u{202e}evil.com",
        "evil.com/http",
        "*evil.com*",
        "ftp://evil.com",
        "EVIL.COM",
    ] {
        assert_eq!(domains(text), ["evil.com"], "{text}");
    }
    assert_eq!(
        domains("http://good.com/?u=http://evil.com/x"),
        ["good.com", "evil.com"]
    );
    assert_eq!(
        domains("http://good.com,http://evil.com"),
        ["good.com", "evil.com"]
    );
    assert_eq!(
        domains("http://1.2.3.4/x http://localhost:80 http://[::1]/"),
        ["1.2.3.4", "localhost", "::1"]
    );
    assert_eq!(
        domains("www.anything.unknown other.unknown/page xn--bcher-kva.com пример.рф"),
        [
            "www.anything.unknown",
            "other.unknown",
            "bücher.com",
            "пример.рф",
        ]
    );
}

#[test]
fn what_is_no_link_is_not_found() {
    for text in [
        "",
        "Hello.There",
        "that is it.So what",
        "Ok.No",
        "e.g. this",
        "main.rs",
        "README.md and build.sh",
        "node.js",
        "1.5",
        "10.000.000",
        "v1.2.3",
        "ann@example.com",
        "ann.smith@example.com",
        "wait...what",
        "and/or",
        "12:30",
        "a :// b",
        "...",
        "end.",
        "C:\\Windows\\system32.com",
        "😀.😀",
    ] {
        assert_eq!(domains(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn the_longest_entry_decides() {
    let some = policy(&[
        ("deny", r#"["example.com", "*.evil.org"]"#),
        ("allow", r#"["good.example.com"]"#),
    ]);
    assert_eq!(code(&some, "example.com"), "blocked-link");
    assert_eq!(code(&some, "x.example.com"), "blocked-link");
    assert_eq!(
        code(
            &some,
            "good.example.com a.good.example.com other.com badexample.com"
        ),
        ""
    );
    assert_eq!(code(&some, "evil.org"), "blocked-link");
    let some = policy(&[
        ("allow", r#"["example.com"]"#),
        ("deny", r#"["bad.example.com", "*"]"#),
    ]);
    assert_eq!(code(&some, "www.example.com"), "");
    assert_eq!(code(&some, "bad.example.com"), "blocked-link");
    assert_eq!(code(&some, "other.com"), "blocked-link");
    assert_eq!(
        code(&policy(&[("allow", r#"["example.com"]"#)]), "other.com"),
        "blocked-link"
    );
    assert_eq!(
        code(
            &policy(&[("deny", r#"["evil.rs"]"#)]),
            "evil.rs but not main.py"
        ),
        "blocked-link"
    );
}

#[test]
fn lookalikes_are_refused_unless_allowed() {
    let any = policy(&[]);
    assert_eq!(code(&any, "https://pаypal.com/login"), "lookalike-link");
    assert_eq!(code(&any, "https://xn--80ak6aa92e.com"), "lookalike-link");
    assert_eq!(
        code(
            &any,
            "https://bücher.de https://яндекс.рф https://paypal.com"
        ),
        ""
    );
    assert_eq!(
        code(&policy(&[("lookalikes", "false")]), "https://pаypal.com"),
        ""
    );
    assert_eq!(
        code(&policy(&[("deny", r#"["evil.com"]"#)]), "еvil.com"),
        "blocked-link"
    );
    assert_eq!(
        code(
            &policy(&[("allow", r#"["xn--80ak6aa92e.com"]"#)]),
            "https://аррӏе.com"
        ),
        ""
    );
    assert_eq!(
        code(
            &policy(&[("allow", r#"["paypal.com"]"#), ("deny", r#"["*"]"#)]),
            "pаypal.com"
        ),
        "lookalike-link"
    );
}

#[test]
fn other_actions_flag_hold_or_strip() {
    let config = |action| policy(&[("deny", r#"["evil.com"]"#), ("action", action)]);
    assert!(
        matches!(config("\"hold\"").judge("evil.com"), Verdict::Hold(hold) if hold.code == "blocked-link")
    );
    let Verdict::Amend(amendment) = config("\"flag\"").judge("x.evil.com") else {
        panic!("not amended")
    };
    assert_eq!(
        (amendment.flagged[0].note.as_deref(), amendment.text),
        (Some("x.evil.com"), None)
    );
    for (text, stripped) in [
        (
            "see hxxps://u@evil[.]com/a(b)?c=d, or evil.com!",
            "see [link removed], or [link removed]!",
        ),
        (
            "[good](http://evil.com/x) ok.com",
            "[good]([link removed]) ok.com",
        ),
        (
            "é http://ok.com/?to=http://evil.com/1 é",
            "é http://ok.com/?to=[link removed] é",
        ),
        ("http://evil.com/?to=http://evil.com/1", "[link removed]"),
    ] {
        let Verdict::Amend(amendment) = config("\"strip\"").judge(text) else {
            panic!("not amended: {text}")
        };
        assert_eq!(amendment.text.as_deref(), Some(stripped));
    }
}

#[test]
fn whatever_is_said_ranges_are_whole_characters_and_nothing_panics() {
    const PIECES: [&str; 32] = [
        "http",
        "hxxp",
        ":",
        "/",
        "\\",
        "://",
        ".",
        "[.]",
        "(dot)",
        "evil",
        "com",
        ".com",
        "www.",
        "@",
        "é",
        "а",
        "ｃ",
        "。",
        "\u{200b}",
        " ",
        "\n",
        "(",
        ")",
        "[",
        "]",
        "xn--",
        "80ak6aa92e",
        "-",
        "😀",
        "İ",
        "?",
        "#",
    ];
    let policy = policy(&[
        ("deny", r#"["evil.com"]"#),
        ("action", "\"strip\""),
        ("strip_with", "\"\""),
    ]);
    let mut random = 7_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    let mut found = 0;
    for _ in 0..50_000 {
        let text: String = (0..next(14)).map(|_| PIECES[next(PIECES.len())]).collect();
        for link in find(&text, &[]) {
            assert!(
                text.get(link.range.clone())
                    .is_some_and(|link| !link.is_empty()),
                "{text:?} {link:?}"
            );
            found += 1;
        }
        policy.judge(&text);
    }
    assert!(found > 1_000);
    for piece in ["a.", "http://", "[.]", "http://a.com/"] {
        policy.judge(&piece.repeat(4_000));
    }
}

#[test]
fn mistakes_are_named() {
    let entry = |key: &str, value: &str| Entry {
        key: key.into(),
        value: value.into(),
    };
    let config = vec![
        entry("allow", r#"["https://example.com", "*"]"#),
        entry("deny", r#"["a b", 1]"#),
        entry("action", "\"delete\""),
        entry("alow", "[]"),
    ];
    let keys: Vec<_> = guest::mistakes(config, Policy::read)
        .into_iter()
        .map(|mistake| mistake.key)
        .collect();
    assert_eq!(
        keys,
        ["allow[0]", "deny[1]", "deny[0]", "allow", "action", "alow"]
    );
}
