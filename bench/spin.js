// The neighbour whose plugin spins: sends as much as it may of what its plugin loops over, until it is
// ended. The argument is the file of its world.
const world = JSON.parse(require("fs").readFileSync(process.argv[2]));
const url = `http://${world.address}/api/channels/${world.hot.channel}/messages`;
const answers = {};

async function send(token) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  for (;;) {
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ text: "!loop" }) });
    await answer.arrayBuffer();
    answers[answer.status] = (answers[answer.status] ?? 0) + 1;
  }
}

process.on("SIGTERM", () => {
  console.log(`the spinning neighbour was answered ${JSON.stringify(answers)}`);
  process.exit(0);
});
world.senders.slice(0, 16).forEach((token) => send(token).catch((error) => console.error(error)));
