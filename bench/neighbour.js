// The neighbour: 16 people send the same, twenty times a second each unless the pause says otherwise, until this
// is ended. Not more: what many requests cost is another matter. The arguments are the file of its world, what they
// send, the milliseconds between two of one person, and "spent" if they first send without a pause until their
// limit stops them; that it did is said.
//
// Bare sockets and requests that are written once: an HTTP client would take more of the machine than the server
// that is measured.
const net = require("net");
const [, , file, text, pause = 50, spent] = process.argv;
const world = JSON.parse(require("fs").readFileSync(file));
const [host, port] = world.address.split(":");
const body = JSON.stringify({ text });
const answers = {};

class Person {
  constructor(token) {
    this.request =
      `POST /api/channels/${world.hot.channel}/messages HTTP/1.1\r\nhost: ${world.address}\r\n` +
      `authorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    this.socket = net.connect(Number(port), host);
    // An answer is small and comes in one piece.
    this.socket.on("data", (data) => this.answered(data.toString("latin1", 9, 12)));
    this.socket.on("close", () => { throw new Error("The server closed a connection."); });
  }

  async send(pause) {
    const status = await new Promise((answered) => {
      this.answered = answered;
      this.socket.write(this.request);
    });
    answers[status] = (answers[status] ?? 0) + 1;
    await new Promise((done) => setTimeout(done, pause));
    return status;
  }
}

async function main() {
  const people = world.senders.slice(0, 16).map((token) => new Person(token));
  if (spent) {
    await Promise.all(people.map(async (person) => { while ((await person.send(0)) !== "429"); }));
    for (const status in answers) delete answers[status];
    console.log("its limit is spent");
  }
  await Promise.all(people.map(async (person) => { for (;;) await person.send(Number(pause)); }));
}

process.on("SIGTERM", () => {
  console.log(`the neighbour was answered ${JSON.stringify(answers)}`);
  process.exit(0);
});
main();
