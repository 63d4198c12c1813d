//! Which endings make a bare `name.ending` a domain. Not the whole list of fifteen hundred, of which most
//! are never seen: those of countries and the ones that are much used. A link with `http://`, with a
//! path or with `www.` counts with any ending.

/// Endings of countries, two letters each. Those that are better known as endings of files are below.
const COUNTRIES: &str = "ac ad ae af ag al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz \
    ca cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf \
    gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr \
    kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl \
    no np nr nu nz om pa pe pf pg ph pk pm pn pr pt pw qa re ro ru rw sa sb sc sd se sg si sk sl sm sn sr ss st su sv sx sy sz tc \
    td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw ai cc";

/// Much used endings that are no country's.
const OTHERS: &str = "com net org edu gov mil int info biz name pro mobi app dev xyz online site store shop club top vip live \
    life world today news blog tech cloud space website page link click email chat social games game fun icu buzz best win bid \
    loan loans men party racing review science stream trade date download accountant cricket faith work rest cam sbs cfd lol \
    monster quest beauty hair skin bond zip mov media agency studio design digital network systems solutions services group \
    global center company business finance money cash credit bank casino bet poker porn sex xxx adult sexy dating wtf ninja \
    rocks guru tips team zone art wiki plus one ltd inc llc asia cat jobs tel travel museum aero coop onion";

/// Endings outside ASCII, in which nobody writes by accident.
const INTERNATIONAL: &str = "рф рус бел укр срб бг мкд қаз мон онлайн сайт дети москва ελ ευ հայ გე 中国 中國 公司 网络 网址 在线 中文网 \
    香港 台湾 台灣 新加坡 澳門 한국 닷컴 닷넷 コム みんな ไทย भारत संगठन ভারত ভাৰত بھارت امارات السعودية مصر ایران قطر تونس عمان";

/// Whether an ending, in lower case, is one that a bare domain may have.
pub fn is_known(ending: &str) -> bool {
    let list = match ending {
        _ if !ending.is_ascii() => INTERNATIONAL,
        _ if ending.starts_with("xn--") => return true,
        _ if ending.len() == 2 => COUNTRIES,
        _ => OTHERS,
    };
    list.split_ascii_whitespace().any(|known| known == ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_of_files_are_none_of_domains() {
        for ending in [
            "rs", "py", "sh", "md", "pl", "ps", "so", "js", "txt", "html", "",
        ] {
            assert!(!is_known(ending), "{ending}");
        }
        for ending in ["com", "de", "zip", "рф", "xn--p1ai"] {
            assert!(is_known(ending), "{ending}");
        }
    }
}
