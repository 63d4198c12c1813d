//! Origins of web pages, as browsers name them (RFC 6454): `https://chat.example`. An operator may put a star
//! before a host, which stands for one label or more: `https://*.chat.example` is every page below
//! `chat.example`, and not `chat.example` itself.

/// Whether an origin, or many by a star, is written as a browser would: in lower case `scheme://host`, and
/// a port that is not the usual one. Anything else would never fit. What follows a star has a dot:
/// nobody means all of `.com`.
pub fn is_pattern(text: &str) -> bool {
    match text.split_once("://*.") {
        Some((scheme, host)) => host.contains('.') && is_origin(scheme, host),
        None => {
            let parts = text.split_once("://");
            parts.is_some_and(|(scheme, host)| is_origin(scheme, host))
        }
    }
}

fn is_origin(scheme: &str, host: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_scheme = |byte| is_plain(byte) || b"+-.".contains(&byte);
    let is_host = |byte| is_plain(byte) || b"-._:[]".contains(&byte);
    let usual_port = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => ":",
    };
    !scheme.is_empty()
        && scheme.bytes().all(is_scheme)
        && !host.is_empty()
        && host.bytes().all(is_host)
        && !host.ends_with(usual_port)
}

/// Whether an origin is what was written, or one of those that its star stands for.
pub fn fits(pattern: &str, origin: &str) -> bool {
    let Some((scheme, host)) = pattern.split_once("*.") else {
        return pattern.eq_ignore_ascii_case(origin);
    };
    let Some((before, end)) = origin.split_at_checked(origin.len().saturating_sub(host.len()))
    else {
        return false;
    };
    let Some((start, labels)) = before.split_at_checked(scheme.len()) else {
        return false;
    };
    let is_label = |label: &str| {
        let mut bytes = label.bytes();
        !label.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let labels = labels.strip_suffix('.');
    end.eq_ignore_ascii_case(host)
        && start.eq_ignore_ascii_case(scheme)
        && labels.is_some_and(|labels| labels.split('.').all(is_label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_label_or_more_and_for_nothing_else() {
        let below = "https://*.chat.example";
        for origin in [
            "https://a.chat.example",
            "https://a.b-c.chat.example",
            "https://A.Chat.Example",
        ] {
            assert!(fits(below, origin), "{origin}");
        }
        for origin in [
            "https://chat.example",
            "https://.chat.example",
            "https://a..chat.example",
            "https://achat.example",
            "http://a.chat.example",
            "https://a.chat.example:8443",
            "https://evil.example/.chat.example",
            "https://evil.example:1.chat.example",
            "https://u@a.chat.example",
            "https://é.chat.example",
            "https://a.chat.example.evil.example",
            "null",
            "",
        ] {
            assert!(!fits(below, origin), "{origin}");
        }
        assert!(fits(
            "https://*.chat.example:8443",
            "https://a.chat.example:8443"
        ));
        assert!(fits("https://chat.example", "https://CHAT.example"));
        assert!(!fits("https://chat.example", "https://a.chat.example"));
    }

    #[test]
    fn what_would_never_fit_is_no_pattern() {
        for text in [
            "https://a.example",
            "http://localhost:3000",
            "app://[::1]",
            "https://*.a.example:8443",
        ] {
            assert!(is_pattern(text), "{text}");
        }
        for text in [
            "*",
            "https://*",
            "https://*.example",
            "https://*a.example",
            "https://a.*.example",
            "https://*.*.a.example",
            "*://a.example",
            "https://*.a.example:443",
            "https://*.a.example/",
            "https://A.example",
            "a.example",
        ] {
            assert!(!is_pattern(text), "{text}");
        }
    }
}
