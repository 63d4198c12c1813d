// Refuses messages that have the tenant's banned word in them.
import { get } from "heyyo:hooks/config@0.1.0";
import type { Call, Change, Message, Verdict } from "heyyo:hooks/types@0.1.0";

export const beforeMessage = {
  handle(_call: Call, _how: Change, message: Message): Verdict {
    const word = get("banned");
    if (word === undefined || !message.text.includes(word)) return { tag: "allow" };
    return { tag: "reject", val: { code: "banned-word", reason: `${word} may not be said here` } };
  },
};
