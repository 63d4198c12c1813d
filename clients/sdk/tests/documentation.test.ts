// The SDK snippets of the published documentation and of the README, run as they are printed, with nothing but the
// server's address, the token and the package's place filled in.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../testing/server.mjs';
import { HeyyoClient, type Channel, type Message } from '../src/index.js';
import { Tenant, told, until } from './support.js';

/** The snippets of the documentation that import @heyyo/sdk, word for word. */
const QUICKSTART = `
const client = new HeyyoClient({
apiUrl: 'https://heyyo-production-c881.up.railway.app',
token: '<USER_JWT>',
});
const channel = await client.channels.create('general', { type: 'messaging' });
// When websocket is connected, this uses WS; otherwise it falls back to REST.
const message = await client.messages.send(channel.id, 'Hello from the SDK');
client.on('message.new', (m) => {
console.log('message.new', m.id);
});
`;
const LIST = `
const client = new HeyyoClient({
apiUrl: 'https://api.heyyo.dev',
token: '<USER_JWT>',
});
const channels = await client.channels.list();
console.log(channels);
`;
const TYPED = `
const cb = new HeyyoClient({
apiUrl: 'https://api.heyyo.dev',
token: '<USER_JWT>',
});
const channel = await cb.channels.create('general', {
type: 'messaging',
description: 'Company-wide chat',
});
// Uses WebSocket when connected; falls back to REST.
await cb.messages.send(channel.id, 'Hello world');
`;

let server: TestServer;
let acme: Tenant;
beforeAll(async () => {
  server = await TestServer.start();
  acme = await Tenant.on(server);
});
afterAll(() => server.remove());

/** Runs a snippet and gives what it named. */
async function runs<T>(snippet: string, names: string, log: (...said: unknown[]) => void = () => {}): Promise<T> {
  const filled = snippet
    .replaceAll(/'https:\/\/[^']*'/g, JSON.stringify(server.url))
    .replaceAll("'<USER_JWT>'", JSON.stringify(await acme.token('jane')));
  const body = `return (async () => { ${filled}\nreturn { ${names} }; })()`;
  return new Function('HeyyoClient', 'console', body)(HeyyoClient, { log }) as Promise<T>;
}

test('the quickstart', async () => {
  const said: unknown[][] = [];
  const { client, channel, message } = await runs<{ client: HeyyoClient; channel: Channel; message: Message }>(
    QUICKSTART,
    'client, channel, message',
    (...words) => said.push(words),
  );
  expect(channel).toMatchObject({ name: 'general', type: 'messaging' });
  expect(message).toMatchObject({ text: 'Hello from the SDK', channel_id: channel.id });
  await client.connect();
  const next = await client.messages.send(channel.id, 'Now by socket');
  await until(() => expect(said).toContainEqual(['message.new', next.id]));
  client.disconnect();
});

test('the list of channels', async () => {
  const said: unknown[][] = [];
  const { client, channels } = await runs<{ client: HeyyoClient; channels: Channel[] }>(
    LIST,
    'client, channels',
    (...words) => said.push(words),
  );
  expect(said).toEqual([[channels]]);
  client.disconnect();
});

test('the typed client', async () => {
  const { cb, channel } = await runs<{ cb: HeyyoClient; channel: Channel }>(TYPED, 'cb, channel');
  expect(channel.description).toBe('Company-wide chat');
  expect(await cb.messages.list(channel.id)).toMatchObject([{ text: 'Hello world' }]);
  cb.disconnect();
});

test("the README's page", async () => {
  const readme = await readFile(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8');
  const page = /```js\n\/\/ chat\.js\n([\s\S]*?)```/.exec(readme)?.[1];
  expect(page).toBeDefined();
  const ann = await acme.online('ann');
  const general = await ann.channels.create('general');
  const heard = told(ann, general.id);
  const shown: string[] = [];
  const program = page!
    .replace(/^import .*$/m, '')
    .replaceAll(/apiUrl: '[^']*'/g, `apiUrl: ${JSON.stringify(server.url)}`)
    .replace(/^const list = .*$/m, '')
    .replace(/^const form = .*$/m, '');
  const list = {
    replaceChildren: (...rows: { textContent: string }[]) =>
      shown.splice(0, shown.length, ...rows.map((row) => row.textContent)),
  };
  const form = new EventTarget() as EventTarget & { text: { value: string } };
  form.text = { value: '' };
  const token = await acme.token('jane');
  const browser = {
    document: { createElement: () => ({ textContent: '' }) },
    fetch: async () => new Response(JSON.stringify({ token })),
  };
  const body = `return (async () => { ${program}\nreturn client; })()`;
  const client = (await new Function('HeyyoClient', 'list', 'form', 'document', 'fetch', body)(
    HeyyoClient,
    list,
    form,
    browser.document,
    browser.fetch,
  )) as HeyyoClient;
  form.text.value = 'Hello';
  form.dispatchEvent(new Event('submit', { cancelable: true }));
  await until(() => expect(heard.map(({ text }) => text)).toEqual(['Hello']));
  await until(() => expect(shown).toEqual(['jane: Hello']));
  expect(form.text.value).toBe('');
  client.disconnect();
});
