// Tokens: asked for before each connect, replaced before they end and when they are refused, and what happens when
// there is none.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../testing/server.mjs';
import type { Connection, HeyyoClient, HeyyoError } from '../src/index.js';
import { Tenant, places, told, until, upTo } from './support.js';

/** Seconds; the server takes a token five seconds longer, and then ends its sockets. */
const LIFE = 4;
let server: TestServer;
let acme: Tenant;
beforeAll(async () => {
  server = await TestServer.start({ HEYYO_AUTH__TOKEN_SECONDS: String(LIFE) });
  acme = await Tenant.on(server);
});
afterAll(() => server.remove());

test('a token is replaced before it ends, and nobody notices', async () => {
  let asked = 0;
  const ann = await acme.online('ann', { token: () => (asked++, acme.token('ann')) });
  expect(asked).toBe(1);
  expect(ann.user).toMatchObject({ id: expect.any(String), appId: acme.app.id });
  const others = await Promise.all(['bob', 'cid', 'dan'].map((user) => acme.online(user)));
  const channel = await ann.channels.create('tokens', { members: ['bob', 'cid', 'dan'] });
  const heard = told(ann, channel.id);
  const connections: Connection[] = [];
  const errors: HeyyoError[] = [];
  ann.on('connection', (connection) => connections.push(connection));
  ann.on('error', (error) => errors.push(error));
  // Enough is said that some of it falls into each change from one socket to the next.
  let n = 0;
  const chat = async (client: HeyyoClient) => {
    while (asked < 4) {
      await client.messages.send(channel.id, String(n++));
    }
  };
  await Promise.all([ann, ...others].map(chat));
  await until(() => expect(heard).toHaveLength(n));
  expect(places(heard)).toEqual(upTo(n));
  expect({ connections, errors }).toEqual({ connections: [], errors: [] });
  expect(asked).toBeLessThan(7);
});

test('a refused token is replaced once, by both doors', async () => {
  const tokens = ['not-a-token', await acme.token('ann')];
  let asked = 0;
  const token = () => tokens[Math.min(asked++, 1)]!;
  const rest = acme.client('ann', { token, autoConnect: false });
  expect(await rest.channels.list()).toBeInstanceOf(Array);
  expect(asked).toBe(2);
  asked = 0;
  const live = acme.client('ann', { token, autoConnect: false });
  await live.connect();
  expect(asked).toBe(2);
});

test('a token that is refused twice ends it, with an error', async () => {
  const errors: HeyyoError[] = [];
  let asked = 0;
  const ann = acme.client('ann', { token: () => `bad-${++asked}`, autoConnect: false });
  ann.on('error', (error) => errors.push(error));
  await expect(ann.connect()).rejects.toMatchObject({ code: 'unauthenticated', message: 'Invalid token' });
  expect(ann.connection).toBe('offline');
  expect(errors.map(({ code }) => code)).toEqual(['unauthenticated']);
  await expect(ann.channels.list()).rejects.toMatchObject({ code: 'forbidden', status: 403 });
  const fixed = acme.client('ann', { token: 'bad', autoConnect: false });
  await expect(fixed.connect()).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('a provider that fails is told and asked again', async () => {
  const errors: HeyyoError[] = [];
  let asked = 0;
  const ann = acme.client('ann', {
    autoConnect: false,
    token: () => {
      if (++asked < 3) throw new Error('The backend is away');
      return acme.token('ann');
    },
  });
  ann.on('error', (error) => errors.push(error));
  await ann.connect();
  expect(errors.map(({ code, message }) => [code, message])).toEqual([
    ['unauthenticated', 'No token: The backend is away'],
    ['unauthenticated', 'No token: The backend is away'],
  ]);
});

test('a fixed token that ends is said to have ended', async () => {
  const errors: HeyyoError[] = [];
  const ann = await acme.online('ann', { token: await acme.token('ann') });
  ann.on('error', (error) => errors.push(error));
  await until(() => expect(ann.connection).toBe('offline'));
  expect(errors.map(({ code }) => code)).toEqual(['unauthenticated']);
});

test('connect and disconnect, again and again', async () => {
  const ann = acme.client('ann', { autoConnect: false });
  const connections: Connection[] = [];
  ann.on('connection', (connection) => connections.push(connection));
  const early = ann.connect();
  ann.disconnect();
  await expect(early).rejects.toMatchObject({ code: 'aborted' });
  await ann.connect();
  await ann.connect();
  ann.disconnect();
  await ann.connect();
  expect(connections).toEqual(['connecting', 'offline', 'connecting', 'online', 'offline', 'connecting', 'online']);
});

test('while the provider fails, a token that is still good is used', async () => {
  const token = await acme.token('ann');
  const errors: HeyyoError[] = [];
  let asked = 0;
  const ann = acme.client('ann', {
    autoConnect: false,
    token: () => {
      if (++asked > 1) throw new Error('The backend is away');
      return token;
    },
  });
  ann.on('error', (error) => errors.push(error));
  await ann.connect();
  // The provider was asked for the next one, in vain.
  await until(() => expect(errors.length).toBeGreaterThan(0));
  expect(ann.connection).toBe('online');
  const before = asked;
  expect(await ann.channels.list()).toBeInstanceOf(Array);
  expect(asked).toBeGreaterThan(before);
});
