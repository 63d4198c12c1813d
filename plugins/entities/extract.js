// What is in a text: links, mentions, hashtags, and how long it takes to read. Nothing of the host is
// in here, so that it runs in any JavaScript.

// Code is not read for mentions: `@Override` and `#define` are none.
const CODE = /```[\s\S]*?(?:```|$)|`[^`\n]*`/g;
const LINK = /\bhttps?:\/\/[^\s<>"'`|]+/giu;
const MENTION = /(?<![\p{L}\p{N}_@./])@([\p{L}\p{N}_](?:[\p{L}\p{N}_.-]{0,62}[\p{L}\p{N}_])?)/gu;
const HASHTAG = /(?<![\p{L}\p{N}_&#/])#([\p{L}\p{N}\p{M}_]{1,64})(?![\p{L}\p{N}\p{M}_])/gu;
// Of scripts without spaces two characters are about a word.
const UNSPACED = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]/g;

// What people read silently, on average.
const WORDS_PER_MINUTE = 238;
// A host takes 8 KiB of metadata; links may be long, and the rest needs its place.
const LONGEST_LINKS = 4000;

// Patterns are slow where there is no compiler, and most texts have nothing to find: every pattern
// has a sign without which it need not be tried.
export function extract(text, most) {
  const spoken = text.includes("`") ? text.replace(CODE, " ") : text;
  const found = matches(spoken, LINK, "://");
  const rest = found.length === 0 ? spoken : spoken.replace(LINK, " ");
  const links = unique(found.map((match) => trimmed(match[0])), most);
  const mentions = matches(rest, MENTION, "@").map((match) => match[1]);
  // A number alone is a reference to something, not a subject.
  const hashtags = matches(rest, HASHTAG, "#")
    .map((match) => match[1].toLowerCase())
    .filter((tag) => !/^\p{N}+$/u.test(tag));
  return {
    links: fitting(links, LONGEST_LINKS),
    mentions: unique(mentions, most, (name) => name.toLowerCase()),
    hashtags: unique(hashtags, most),
    reading_seconds: Math.max(1, Math.round((words(text) * 60) / WORDS_PER_MINUTE)),
  };
}

function words(text) {
  return text.trim().split(/\s+/).length + (text.match(UNSPACED)?.length ?? 0) / 2;
}

function matches(text, pattern, sign) {
  return text.includes(sign) ? [...text.matchAll(pattern)] : [];
}

// Each once, in the order of the text.
function unique(list, most, key = (item) => item) {
  const seen = new Map();
  for (const item of list) {
    if (!seen.has(key(item))) seen.set(key(item), item);
  }
  return [...seen.values()].slice(0, most);
}

// A link without the punctuation that belongs to the sentence around it.
function trimmed(link) {
  const counted = (character) => link.split(character).length;
  for (;;) {
    const last = link.at(-1);
    const isSentence = ".,;:!?*_~".includes(last);
    const isBracket = (last === ")" && counted("(") < counted(")")) || (last === "]" && counted("[") < counted("]"));
    if (!isSentence && !isBracket) return link;
    link = link.slice(0, -1);
  }
}

function fitting(links, longest) {
  let length = 0;
  return links.filter((link) => (length += link.length) <= longest);
}
