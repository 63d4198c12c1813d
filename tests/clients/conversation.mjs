// Two users talk through a stock socket.io-client.
//
//   node conversation.mjs <package> <websocket|polling|upgrade>
//
// Prints one line for each thing that a chat needs; `conversation.py` prints the same.

const [packageName, way] = process.argv.slice(2);
const { BASE_URL, ALICE_TOKEN, BOB_TOKEN, CHANNEL_ID } = process.env;
const { io } = await import(packageName);
const transports = { websocket: ['websocket'], polling: ['polling'], upgrade: ['polling', 'websocket'] }[way];

const connect = (auth, url = BASE_URL) => io(url, { auth, transports, forceNew: true, reconnection: false });

/** What the first such event carries. */
const next = (emitter, event, fits = () => true) =>
  new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error(`no ${event}`)), 10_000);
    const listener = (payload) => {
      if (!fits(payload)) return;
      clearTimeout(deadline);
      emitter.off(event, listener);
      resolve(payload);
    };
    emitter.on(event, listener);
  });

const ask = (socket, event, payload) =>
  new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error(`no ack of ${event}`)), 10_000);
    socket.emit(event, payload, (ack) => {
      clearTimeout(deadline);
      resolve(ack);
    });
  });

for (const auth of [{}, { token: 'garbage' }]) {
  const refused = connect(auth);
  console.log('refused:', (await next(refused, 'connect_error')).message);
  refused.close();
}

// Bob may be at another node.
const bob = connect({ token: BOB_TOKEN }, process.env.BOB_URL);
await next(bob, 'connect');
const alice = connect({ token: ALICE_TOKEN });
const cameOnline = next(bob, 'presence.changed');
await next(alice, 'connect');
const presence = await cameOnline;
console.log('presence:', presence.externalId, presence.status);

// While an upgrade may still be under way, then after it.
for (const text of ['one', 'two']) {
  const heard = [alice, bob].map((socket) => next(socket, 'message.new', (message) => message.text === text));
  const ack = await ask(alice, 'message.send', { channelId: CHANNEL_ID, text });
  console.log('acked:', ack.message.text);
  for (const message of await Promise.all(heard)) {
    console.log('heard:', message.user.external_id, message.text, message.id === ack.message.id);
  }
  const engine = alice.io.engine;
  if (way === 'upgrade' && engine.transport.name !== 'websocket') await next(engine, 'upgrade');
}
console.log('transport:', alice.io.engine.transport.name);

const typing = next(bob, 'typing.start');
alice.emit('typing.start', { channelId: CHANNEL_ID });
console.log('typing:', (await typing).externalId);

const ack = await ask(alice, 'message.send', { channelId: '00000000-0000-7000-8000-000000000000', text: 'hello' });
console.log('error:', ack.error);

const wentOffline = next(bob, 'presence.changed');
alice.close();
const absence = await wentOffline;
console.log('presence:', absence.externalId, absence.status);
bob.close();
