// A thousand tenants with a plugin each on one node: what an upload takes that the node knows, what the first
// and the next calls take, and the memory of it all. Arguments: address, admin key, process, component.
const fs = require("fs");
const [address, key, pid, file] = process.argv.slice(2);
const wasm = fs.readFileSync(file);
const TENANTS = 1000;

async function call(path, body, headers) {
  const json = body instanceof FormData ? {} : { "content-type": "application/json" };
  const text = body instanceof FormData ? body : JSON.stringify(body);
  const answer = await fetch(`http://${address}${path}`, { method: "POST", headers: { ...json, ...headers }, body: text });
  const said = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${said}`);
  return JSON.parse(said);
}

async function tenant(number) {
  const { api_key, api_secret } = await call("/api/apps", { name: `tenant ${number}` }, { "x-admin-key": key });
  const { token } = await call("/api/auth/token", { api_key, api_secret, user_id: "jane" }, {});
  const user = { authorization: `Bearer ${token}` };
  return { user, api: { "x-api-key": api_key, "x-api-secret": api_secret }, channel: await call("/api/channels", { name: "c" }, user) };
}

async function upload({ api }) {
  const form = new FormData();
  form.append("settings", JSON.stringify({ name: "pii-mask" }));
  form.append("wasm", new Blob([wasm], { type: "application/wasm" }), "plugin.wasm");
  await call("/api/plugins", form, api);
}

async function send({ user, channel }) {
  const sent = await call(`/api/channels/${channel.id}/messages`, { text: "mail jane@example.com" }, user);
  if (sent.text.includes("jane@")) throw new Error("the plugin was not asked");
}

// All of them, so many at a time, and what each took.
async function each(what, list, together, work) {
  const times = [];
  const results = [];
  for (let first = 0; first < list.length; first += together) {
    const some = list.slice(first, first + together).map(async (one) => {
      const began = performance.now();
      const result = await work(one);
      times.push(performance.now() - began);
      return result;
    });
    results.push(...(await Promise.all(some)));
  }
  times.sort((one, other) => one - other);
  const at = (share) => times[Math.floor(share * (times.length - 1))].toFixed(1);
  const pss = /Pss:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))[1];
  console.log(`${what.padEnd(34)} p50 ${at(0.5)}  p99 ${at(0.99)}  max ${at(1)} ms; server ${(pss / 1024).toFixed(0)} MiB`);
  return results;
}

(async () => {
  const tenants = await each(`${TENANTS} tenants are made`, [...Array(TENANTS).keys()], 20, tenant);
  await each("each uploads a plugin", tenants, 2, upload);
  await each("each sends, 20 at a time: first", tenants, 20, send);
  await each("each sends, 20 at a time: again", tenants, 20, send);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
