// Refuses messages that have the tenant's banned word in them.
import { get } from "heyyo:hooks/config@0.1.0";

export const beforeMessage = {
  handle(call, how, message) {
    const word = get("banned");
    if (word === undefined || !message.text.includes(word)) return { tag: "allow" };
    return { tag: "reject", val: { code: "banned-word", reason: `${word} may not be said here` } };
  },
};
