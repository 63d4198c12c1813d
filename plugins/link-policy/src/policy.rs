//! What a tenant may configure, and the verdict that comes of it. See `README.md` for every key.

use crate::domains::{canonical, is_lookalike, is_within, skeleton};
use crate::links::{Link, find};
use guest::types::Verdict;
use guest::{Findings, Settings};

const BLOCKED: &str = "blocked-link";
const BLOCKED_REASON: &str = "This link is not allowed here.";
const LOOKALIKE: &str = "lookalike-link";
const LOOKALIKE_REASON: &str = "This link pretends to lead somewhere else.";

/// What becomes of a message with a link that is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Reject,
    Hold,
    Flag,
    Strip,
}

const ACTIONS: [(&str, Action); 4] = [
    ("reject", Action::Reject),
    ("hold", Action::Hold),
    ("flag", Action::Flag),
    ("strip", Action::Strip),
];

/// The whole configuration, ready to judge.
#[derive(Debug)]
pub struct Policy {
    action: Action,
    allow: Vec<String>,
    deny: Vec<String>,
    /// Whether a domain that is in neither list is denied.
    deny_others: bool,
    lookalikes: bool,
    strip_with: String,
    reason: String,
    /// Endings of listed domains: who lists a domain wants it found.
    endings: Vec<String>,
}

impl Policy {
    /// Reads the settings; what is wrong is noted there.
    pub fn read(settings: &mut Settings) -> Policy {
        let allow = read_domains(settings, "allow");
        let mut deny = read_domains(settings, "deny");
        let denies_all = deny.iter().any(|domain| domain == "*");
        let deny_others = denies_all || (deny.is_empty() && !allow.is_empty());
        deny.retain(|domain| domain != "*");
        if allow.iter().any(|domain| domain == "*") {
            settings.mistake(
                "allow",
                "cannot have *; leave it out to allow everything that is not denied",
            );
        }
        let ending = |domain: &String| domain.rsplit('.').next().map(str::to_string);
        Policy {
            action: settings.choice("action", &ACTIONS, Action::Reject),
            deny_others,
            lookalikes: settings.switch("lookalikes", true),
            strip_with: settings
                .text("strip_with")
                .unwrap_or_else(|| "[link removed]".into()),
            reason: settings
                .text("reason")
                .unwrap_or_else(|| BLOCKED_REASON.into()),
            endings: allow.iter().chain(&deny).filter_map(ending).collect(),
            allow,
            deny,
        }
    }

    /// The verdict about a text.
    pub fn judge(&self, text: &str) -> Verdict {
        let mut findings = Findings::default();
        for Link { domain, range } in find(text, &self.endings) {
            let (code, reason) = match self.objection(&domain) {
                None => continue,
                Some(LOOKALIKE) => (LOOKALIKE, LOOKALIKE_REASON),
                Some(code) => (code, self.reason.as_str()),
            };
            match self.action {
                Action::Reject => findings.reject(code, reason),
                Action::Hold => findings.hold(code, reason),
                Action::Flag => findings.flag(code, 100, Some(&domain)),
                Action::Strip => findings.replace(range, self.strip_with.as_str()),
            }
        }
        findings.verdict(text)
    }

    /// What is wrong with a domain; none if nothing is. The longest entry that fits decides, so that
    /// `example.com` may be denied and `good.example.com` allowed, or the other way round.
    fn objection(&self, domain: &str) -> Option<&'static str> {
        let longest = |list: &[String], domain: &str| {
            list.iter()
                .filter(|entry| is_within(domain, entry))
                .map(String::len)
                .max()
        };
        let allowed = longest(&self.allow, domain);
        let looks_like = skeleton(domain);
        let denied = [Some(domain), looks_like.as_deref()].into_iter().flatten();
        let denied = denied
            .filter_map(|domain| longest(&self.deny, domain))
            .max();
        match (allowed, denied) {
            (Some(allowed), Some(denied)) if denied > allowed => Some(BLOCKED),
            (Some(_), _) => None,
            (None, Some(_)) => Some(BLOCKED),
            (None, None) if self.lookalikes && self.pretends(domain, looks_like.as_deref()) => {
                Some(LOOKALIKE)
            }
            (None, None) => self.deny_others.then_some(BLOCKED),
        }
    }

    /// Whether a domain looks like an allowed one, or mixes alphabets as no honest domain does.
    fn pretends(&self, domain: &str, looks_like: Option<&str>) -> bool {
        is_lookalike(domain)
            || looks_like
                .is_some_and(|other| self.allow.iter().any(|allowed| is_within(other, allowed)))
    }
}

/// Domains in their one spelling; `*.example.com` says the same as `example.com`.
fn read_domains(settings: &mut Settings, key: &str) -> Vec<String> {
    let mut domains = Vec::new();
    for (place, written) in settings.texts(key) {
        let written = written.trim();
        let domain = canonical(written.strip_prefix("*.").unwrap_or(written));
        let is_domain = !domain.is_empty()
            && !domain.starts_with('.')
            && domain.chars().all(|character| {
                character.is_alphanumeric() || matches!(character, '.' | '-' | '_')
            });
        if is_domain || domain == "*" {
            domains.push(domain);
        } else {
            settings.mistake(
                &place,
                format!(
                    "{written} is not a domain; write it like example.com, without http:// and path"
                ),
            );
        }
    }
    domains
}
