"""Tells which language a message is written in, after it is stored: to translate it, to route it to
who speaks it, to search in it.

This file is the plugin as the host sees it: the hook, and the settings. How a language is recognised
is in `detect.py`, what is known of the languages in `languages.py`.
"""

import json

from detect import Guess, detect
from wit_world import exports
from wit_world.imports import config
from wit_world.imports.types import Amendment, Change, Entry

# Read at the first message and kept: the host drops an instance when its configuration changes.
settings = None


def read_settings():
    """The languages that may be told, or none for all, and how sure one must be."""
    languages = config.get("languages")
    surest = config.get("least_confidence")
    try:
        chosen = frozenset(json.loads(languages)) if languages else None
        return chosen, int(surest) if surest else 60
    except (ValueError, TypeError) as error:
        # There is nobody to answer to after a message was stored; the host logs this and counts it.
        raise ValueError(f"configuration: {error}") from error


class AfterMessage(exports.AfterMessage):
    def handle(self, call, how, message):
        global settings
        if how == Change.DELETED or not message.text:
            return None
        if settings is None:
            settings = read_settings()
        languages, least_confidence = settings
        guess: Guess | None = detect(message.text, languages)
        if guess is None or guess.confidence < least_confidence:
            return None
        metadata = [Entry("language", json.dumps(guess.language)), Entry("confidence", str(guess.confidence))]
        return Amendment(text=None, flagged=[], metadata=metadata)
