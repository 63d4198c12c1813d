//! Which kinds of reaction are allowed, and when two kinds are the same: a thumb of any skin colour
//! is a thumb, and so is one that asks to be shown in colour.

use guest::Settings;
use guest::types::{ReactionVerdict, Rejection};

const CODE: &str = "reaction-not-allowed";
const REASON: &str = "This reaction is not allowed here.";

/// The whole configuration, ready to judge.
#[derive(Debug)]
pub struct Policy {
    /// If there are any, only these are allowed.
    allow: Vec<Vec<char>>,
    /// These are never allowed.
    deny: Vec<Vec<char>>,
    skin_tones: bool,
    code: String,
    reason: String,
}

impl Policy {
    /// Reads the settings; what is wrong is noted there.
    pub fn read(settings: &mut Settings) -> Policy {
        let skin_tones = settings.switch("skin_tones_matter", false);
        Policy {
            allow: read_kinds(settings, "allow", skin_tones),
            deny: read_kinds(settings, "deny", skin_tones),
            skin_tones,
            code: settings.text("code").unwrap_or_else(|| CODE.into()),
            reason: settings.text("reason").unwrap_or_else(|| REASON.into()),
        }
    }

    /// The verdict about a kind.
    pub fn judge(&self, kind: &str) -> ReactionVerdict {
        let kind = normalised(kind, self.skin_tones);
        let is_in = |kinds: &[Vec<char>]| kinds.iter().any(|wanted| is_like(wanted, &kind));
        if is_in(&self.deny) || !(self.allow.is_empty() || is_in(&self.allow)) {
            return ReactionVerdict::Reject(Rejection {
                code: self.code.clone(),
                reason: self.reason.clone(),
            });
        }
        ReactionVerdict::Allow
    }
}

fn read_kinds(settings: &mut Settings, key: &str, skin_tones: bool) -> Vec<Vec<char>> {
    let mut kinds = Vec::new();
    for (place, written) in settings.texts(key) {
        let kind = normalised(written.trim(), skin_tones);
        if kind.is_empty() {
            settings.mistake(
                &place,
                "is only a variation or skin tone, which belongs to an emoji",
            );
        } else {
            kinds.push(kind);
        }
    }
    kinds
}

/// The characters of a kind that matter: in lower case, without a wish for how to show it.
fn normalised(kind: &str, skin_tones: bool) -> Vec<char> {
    let is_variation = |character| matches!(character, '\u{fe0e}' | '\u{fe0f}');
    let is_skin_tone = |character| matches!(character, '\u{1f3fb}'..='\u{1f3ff}');
    let matters =
        |character: &char| !is_variation(*character) && (skin_tones || !is_skin_tone(*character));
    kind.chars()
        .filter(matters)
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a kind is what a rule means, in which `*` stands for anything, also nothing. On a mismatch
/// only the last `*` is tried again, so that no rule takes longer than its length times the kind's.
fn is_like(rule: &[char], kind: &[char]) -> bool {
    let (mut in_rule, mut in_kind) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while in_kind < kind.len() {
        if rule.get(in_rule) == Some(&'*') {
            last_star = Some((in_rule, in_kind));
            in_rule += 1;
        } else if rule.get(in_rule) == Some(&kind[in_kind]) {
            in_rule += 1;
            in_kind += 1;
        } else if let Some((star, began)) = last_star {
            in_rule = star + 1;
            in_kind = began + 1;
            last_star = Some((star, began + 1));
        } else {
            return false;
        }
    }
    rule[in_rule..].iter().all(|character| *character == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use guest::types::Entry;

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

    fn is_allowed(policy: &Policy, kind: &str) -> bool {
        matches!(policy.judge(kind), ReactionVerdict::Allow)
    }

    #[test]
    fn nothing_configured_allows_everything() {
        assert!(is_allowed(&policy(&[]), "👍") && is_allowed(&policy(&[]), ""));
    }

    #[test]
    fn colours_and_variations_are_the_same_emoji() {
        let only = policy(&[("allow", r#"["👍", "❤️", ":Party*:"]"#)]);
        for kind in [
            "👍",
            "👍🏿",
            "👍🏻",
            "❤",
            "❤️",
            "❤\u{fe0e}",
            ":party:",
            ":PARTY_parrot:",
        ] {
            assert!(is_allowed(&only, kind), "{kind}");
        }
        for kind in ["👎", "👍👍", "💔", "party", ":party", ""] {
            assert!(!is_allowed(&only, kind), "{kind}");
        }
    }

    #[test]
    fn skin_tones_can_matter() {
        let only = policy(&[("allow", r#"["👍"]"#), ("skin_tones_matter", "true")]);
        assert!(is_allowed(&only, "👍") && !is_allowed(&only, "👍🏿"));
    }

    #[test]
    fn what_is_denied_is_not_allowed_by_anything() {
        let some = policy(&[("allow", r#"[":*:"]"#), ("deny", r#"[":*poo*:", "🖕"]"#)]);
        assert!(is_allowed(&some, ":heart:"));
        assert!(
            !is_allowed(&some, ":spoon:") && !is_allowed(&some, "🖕🏽") && !is_allowed(&some, "👍")
        );
    }

    #[test]
    fn wildcards_match_as_they_read() {
        let is_like = |rule: &str, kind: &str| {
            is_like(
                &rule.chars().collect::<Vec<_>>(),
                &kind.chars().collect::<Vec<_>>(),
            )
        };
        assert!(
            is_like("*", "")
                && is_like("**", "ab")
                && is_like("a*b*c", "aXbXbc")
                && is_like("*ab", "aab")
        );
        assert!(
            !is_like("a*b", "ab1")
                && !is_like("", "a")
                && !is_like("ab", "a")
                && !is_like("*ab", "aba")
        );
        assert!(!is_like(&"*a".repeat(50), &"b".repeat(10_000)));
    }

    #[test]
    fn mistakes_are_named() {
        let entry = |key: &str, value: &str| Entry {
            key: key.into(),
            value: value.into(),
        };
        let config = vec![
            entry("allow", r#"["\ufe0f", 3]"#),
            entry("deny", "1"),
            entry("skin_tones_matter", "\"no\""),
            entry("alow", "[]"),
        ];
        let keys: Vec<_> = guest::mistakes(config, Policy::read)
            .into_iter()
            .map(|mistake| mistake.key)
            .collect();
        assert_eq!(
            keys,
            ["skin_tones_matter", "allow[1]", "allow[0]", "deny", "alow"]
        );
    }
}
