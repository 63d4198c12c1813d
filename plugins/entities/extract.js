// What is in a text: links, mentions, hashtags, and how long it takes to read. Nothing of the host is
// in here, so that it runs in any JavaScript.

// Code is not read for mentions: `@Override` and `#define` are none.
const CODE = /```[\s\S]*?(?:```|$)|`[^`\n]*`/g;
const LINK = /\bhttps?:\/\/[^\s<>"'`|]+/giu;
const MENTION = /(?<![\p{L}\p{N}_@./])@([\p{L}\p{N}_](?:[\p{L}\p{N}_.-]{0,62}[\p{L}\p{N}_])?)/gu;
const HASHTAG = /(?<![\p{L}\p{N}_&#/])#([\p{L}\p{N}\p{M}_]{1,64})(?![\p{L}\p{N}\p{M}_])/gu;
const WORD = /[\p{L}\p{N}]+/gu;

// What people read silently, on average.
const WORDS_PER_MINUTE = 238;
// A host takes 8 KiB of metadata; links may be long, and the rest needs its place.
const LONGEST_LINKS = 4000;

export function extract(text, most) {
  const spoken = text.replace(CODE, " ");
  const links = unique(matches(spoken, LINK).map((match) => trimmed(match[0])), most);
  const rest = spoken.replace(LINK, " ");
  return {
    links: fitting(links, LONGEST_LINKS),
    mentions: unique(matches(rest, MENTION).map((match) => match[1]), most, (name) => name.toLowerCase()),
    // A number alone is a reference to something, not a subject.
    hashtags: unique(
      matches(rest, HASHTAG).map((match) => match[1].toLowerCase()).filter((tag) => !/^\p{N}+$/u.test(tag)),
      most,
    ),
    reading_seconds: Math.max(1, Math.round((matches(text, WORD).length * 60) / WORDS_PER_MINUTE)),
  };
}

function matches(text, pattern) {
  return [...text.matchAll(pattern)];
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
