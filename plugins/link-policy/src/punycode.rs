//! Reading punycode (RFC 3492), the spelling of international domains in ASCII. The crates that do it
//! bring tables of half a megabyte with them for the rest of the standard, which is not needed here.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 128;
/// A label of a domain has at most so many bytes; longer ones are not read.
const LONGEST: usize = 63;

/// The characters that a label after `xn--` stands for. None if it stands for nothing.
pub fn decode(label: &str) -> Option<String> {
    if label.len() > LONGEST || !label.is_ascii() {
        return None;
    }
    let (plain, coded) = label.rsplit_once('-').unwrap_or(("", label));
    let mut characters: Vec<char> = plain.chars().collect();
    let (mut n, mut i, mut bias) = (INITIAL_N, 0_u32, INITIAL_BIAS);
    let mut digits = coded.bytes();
    while digits.len() > 0 {
        let before = i;
        let mut weight = 1_u32;
        for k in (BASE..).step_by(BASE as usize) {
            let digit = value(digits.next()?)?;
            i = i.checked_add(digit.checked_mul(weight)?)?;
            let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(BASE - threshold)?;
        }
        let count = characters.len() as u32 + 1;
        bias = adapted(i - before, count, before == 0);
        n = n.checked_add(i / count)?;
        i %= count;
        characters.insert(i as usize, char::from_u32(n)?);
        i += 1;
    }
    Some(characters.into_iter().collect())
}

fn value(digit: u8) -> Option<u32> {
    match digit {
        b'a'..=b'z' => Some(u32::from(digit - b'a')),
        b'A'..=b'Z' => Some(u32::from(digit - b'A')),
        b'0'..=b'9' => Some(u32::from(digit - b'0') + 26),
        _ => None,
    }
}

fn adapted(delta: u32, count: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / DAMP } else { delta / 2 };
    delta += delta / count;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn labels_are_read() {
        assert_eq!(decode("bcher-kva").as_deref(), Some("bücher"));
        assert_eq!(decode("80ak6aa92e").as_deref(), Some("аррӏе"));
        assert_eq!(decode("fiqs8s").as_deref(), Some("中国"));
        assert_eq!(decode("p1ai").as_deref(), Some("рф"));
        assert_eq!(decode("maana-pta").as_deref(), Some("mañana"));
    }

    #[test]
    fn nonsense_is_nothing() {
        for label in ["é", "a-!", "99999999", "zzzzzzzzzzzzzzzzz", &"a".repeat(64)] {
            assert_eq!(decode(label), None, "{label}");
        }
    }
}
