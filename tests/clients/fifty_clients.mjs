// Many stock clients at once: each must hear every message of its channels exactly once, in order.
//
// CLIENTS is a JSON list of `{token, channels}`. All connect first, over mixed transports; then each
// sends MESSAGES messages to its channels in turn, every other one over REST. Channels must be new, so
// that what is heard of each is 1, 2, 3 and so on to its end.

import { io } from 'socket.io-client';

const { BASE_URL } = process.env;
const MESSAGES = Number(process.env.MESSAGES);
const WAYS = [['websocket'], ['polling'], ['polling', 'websocket']];

const within = (seconds, what, promise) => {
  let deadline;
  const late = new Promise((_, reject) => {
    deadline = setTimeout(() => reject(new Error(`${what()}: not within ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(deadline));
};

const clients = JSON.parse(process.env.CLIENTS).map(({ token, channels }, number) => ({
  number,
  token,
  channels,
  heard: new Map(channels.map((channel) => [channel, 0])),
  wrong: [],
  socket: io(BASE_URL, { auth: { token }, transports: WAYS[number % WAYS.length], forceNew: true, reconnection: false }),
}));

let deliveries = 0;
let onDelivery = () => {};
for (const client of clients) {
  client.socket.on('message.new', (message) => {
    deliveries += 1;
    const seq = client.heard.get(message.channel_id) + 1;
    if (message.seq !== seq) client.wrong.push(`client ${client.number} heard ${message.seq} where ${seq} was due`);
    client.heard.set(message.channel_id, message.seq);
    onDelivery();
  });
  client.socket.on('disconnect', (reason) => {
    if (reason !== 'io client disconnect') client.wrong.push(`client ${client.number} was cut: ${reason}`);
  });
}

const connected = clients.map(
  ({ number, socket }) =>
    new Promise((resolve, reject) => {
      socket.on('connect', resolve);
      socket.on('connect_error', (error) => reject(new Error(`client ${number}: ${error.message}`)));
    }),
);
await within(30, () => 'connecting', Promise.all(connected));

const sendBySocket = (client, channelId, text) =>
  new Promise((resolve, reject) => {
    client.socket.emit('message.send', { channelId, text }, (ack) => (ack.error ? reject(new Error(ack.error)) : resolve()));
  });

const sendByRest = async (client, channelId, text) => {
  const response = await fetch(`${BASE_URL}/api/channels/${channelId}/messages`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${client.token}` },
    body: JSON.stringify({ text }),
  });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
};

const sent = new Map();
const sendAll = async (client) => {
  for (let number = 0; number < MESSAGES; number += 1) {
    const channel = client.channels[number % client.channels.length];
    const send = number % 2 === 0 ? sendBySocket : sendByRest;
    await send(client, channel, `message ${number} of client ${client.number}`);
    sent.set(channel, (sent.get(channel) ?? 0) + 1);
  }
};
await within(45, () => 'sending', Promise.all(clients.map(sendAll)));

const due = clients.flatMap(({ channels }) => channels).reduce((sum, channel) => sum + (sent.get(channel) ?? 0), 0);
const heardAll = new Promise((resolve) => {
  onDelivery = () => deliveries >= due && resolve();
  onDelivery();
});
await within(20, () => `${deliveries} of ${due} deliveries`, heardAll);

for (const client of clients) {
  for (const [channel, last] of client.heard) {
    if (last !== sent.get(channel)) client.wrong.push(`client ${client.number} heard ${last} of ${sent.get(channel)}`);
  }
  client.socket.close();
}
const wrong = clients.flatMap((client) => client.wrong);
if (wrong.length > 0) throw new Error(wrong.slice(0, 20).join('\n'));
const total = [...sent.values()].reduce((sum, count) => sum + count, 0);
console.log(`${clients.length} clients, ${total} messages, ${deliveries} deliveries`);
