// Tells which links, mentions and hashtags are in a message, after it is stored: clients need not
// parse it, and the tenant's backend can search by it.
//
// This file is the plugin as the host sees it: the hook, and the settings. What is found is in
// `extract.js`.

import { get } from "heyyo:hooks/config@0.1.0";
import { extract } from "./extract.js";

const KINDS = ["links", "mentions", "hashtags", "reading_seconds"];

// Read at the first message and kept: the host drops an instance when its configuration changes.
let settings;

function readSettings() {
  const most = Number(get("most") ?? 20);
  return {
    most: Number.isInteger(most) && most >= 1 && most <= 50 ? most : 20,
    // Everything is on unless it is said to be off.
    kinds: KINDS.filter((kind) => get(kind) !== "false"),
  };
}

export const afterMessage = {
  handle(call, how, message) {
    if (how === "deleted" || message.text === "") return undefined;
    settings ??= readSettings();
    const found = extract(message.text, settings.most);
    const metadata = settings.kinds
      .filter((kind) => found[kind]?.length !== 0)
      .map((kind) => ({ key: kind, value: JSON.stringify(found[kind]) }));
    return metadata.length === 0 ? undefined : { text: undefined, flagged: [], metadata };
  },
};
