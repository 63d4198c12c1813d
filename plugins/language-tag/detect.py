"""Recognising a language by its script, its most frequent words and its own letters. Frequent words
are half of any text, so that a sentence is enough; a name or a single word is not, and then nothing
is said rather than something wrong.
"""

import re
from typing import NamedTuple

from languages import FREQUENT, LETTERS, SCRIPTS

# What is written alike in all languages tells nothing: links, mentions, hashtags.
NOISE = re.compile(r"https?://\S+|[@#]\w+", re.IGNORECASE)
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

# Longer texts are no surer, only slower.
LONGEST = 600

# How much evidence it takes to be sure: about two frequent words that no other language has.
ENOUGH = 2.0


class Guess(NamedTuple):
    """A language and how sure it is, from 0 to 100."""

    language: str
    confidence: int


def _weights():
    """For each frequent word the languages that have it. The more have it, the less it tells."""
    owners = {}
    for language, words in FREQUENT.items():
        for word in set(words.split()):
            owners.setdefault(word, []).append(language)
    return {word: (languages, 1.0 / len(languages) ** 0.7) for word, languages in owners.items()}


def _letters():
    owners = {}
    for language, letters in LETTERS.items():
        for letter in letters:
            owners.setdefault(letter, []).append(language)
    return {letter: (languages, 0.7 / len(languages)) for letter, languages in owners.items()}


# Made when the component is built: a component of Python begins where its imports ended.
WEIGHTS = _weights()
LETTER_WEIGHTS = _letters()


def script_of(character):
    """The language that a letter is of by its script alone, or None if several share the script."""
    point = ord(character)
    if point < 0x370:
        return None
    for first, last, language in SCRIPTS:
        if first <= point <= last:
            return language
    return None


def detect(text, languages=None):
    """The most likely language of a text, or None. `languages` are those that may be said."""
    text = NOISE.sub(" ", text[:LONGEST]).lower()
    scores = {}
    if not text.isascii():
        _score_letters(text, scores)
    for word in WORD.findall(text):
        known = WEIGHTS.get(word.replace("’", "'"))
        if known is not None:
            for language in known[0]:
                scores[language] = scores.get(language, 0.0) + known[1]
    # One kana makes it Japanese: Chinese has none, while Japanese has Chinese characters.
    if "ja" in scores and "zh" in scores:
        scores["ja"] += scores.pop("zh")
    if languages is not None:
        scores = {language: score for language, score in scores.items() if language in languages}
    if not scores:
        return None
    language = max(scores, key=scores.get)
    best = scores[language]
    others = sum(scores.values()) - best
    certainty = best / (best + others * 0.5) * min(1.0, best / ENOUGH)
    return Guess(language, round(100 * certainty))


def _score_letters(text, scores):
    """Adds what single letters tell: those of a script of one language, and those few have."""
    for character in text:
        if character.isascii():
            continue
        language = script_of(character)
        if language is not None:
            scores[language] = scores.get(language, 0.0) + 0.7
        elif (known := LETTER_WEIGHTS.get(character)) is not None:
            for language in known[0]:
                scores[language] = scores.get(language, 0.0) + known[1]
