// The neighbour: 16 people send the same, twenty times a second each unless the pause says otherwise, until this
// is ended. Not more: what many requests cost is another matter. The arguments are the file of its world, what they send, and the
// milliseconds between two of one person.
const world = JSON.parse(require("fs").readFileSync(process.argv[2]));
const url = `http://${world.address}/api/channels/${world.hot.channel}/messages`;
const answers = {};

async function send(token) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  for (;;) {
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ text: process.argv[3] }) });
    await answer.arrayBuffer();
    answers[answer.status] = (answers[answer.status] ?? 0) + 1;
    await new Promise((done) => setTimeout(done, Number(process.argv[4] ?? 50)));
  }
}

process.on("SIGTERM", () => {
  console.log(`the neighbour was answered ${JSON.stringify(answers)}`);
  process.exit(0);
});
world.senders.slice(0, 16).forEach((token) => send(token).catch((error) => console.error(error)));
