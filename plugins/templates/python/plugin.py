"""Refuses messages that have the tenant's banned word in them."""

from wit_world import exports
from wit_world.imports import config
from wit_world.imports.types import Rejection, Verdict_Allow, Verdict_Reject


class BeforeMessage(exports.BeforeMessage):
    def handle(self, call, how, message):
        word = config.get("banned")
        if word is None or word not in message.text:
            return Verdict_Allow()
        return Verdict_Reject(Rejection("banned-word", f"{word} may not be said here"))
