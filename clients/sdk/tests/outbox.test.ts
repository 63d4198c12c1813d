// What is sent without a connection waits, in order, and outlives the page; what is in the way is waited for as
// long as the server says.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../testing/server.mjs';
import type { OutboxStorage } from '../src/index.js';
import { Tenant, told, until, upTo } from './support.js';

let server: TestServer;
let acme: Tenant;
beforeAll(async () => {
  server = await TestServer.start();
  acme = await Tenant.on(server);
});
afterAll(() => server.remove());

class Memory implements OutboxStorage {
  readonly kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
  removeItem = (key: string) => void this.kept.delete(key);
}

test('what is sent offline arrives later, in order', async () => {
  const ann = await acme.online('ann');
  const channel = await ann.channels.create('offline');
  const heard = told(ann, channel.id);
  const changes: number[] = [];
  ann.on('outbox', ({ channelId, pending }) => void (channelId === channel.id && changes.push(pending.length)));
  await server.stop();
  const sends = upTo(10).map((n) => ann.messages.send(channel.id, String(n)));
  const waiting = ann.outbox.pending(channel.id);
  expect(waiting.map(({ draft }) => draft.text)).toEqual(upTo(10).map(String));
  await until(() => expect(ann.outbox.pending(channel.id)[0]?.error?.code).toBe('network'));
  ann.outbox.discard(waiting[3]!.clientId);
  await expect(sends[3]).rejects.toMatchObject({ code: 'aborted' });
  const ending = new AbortController();
  const ended = ann.messages.send(channel.id, 'Never', { signal: ending.signal });
  ending.abort();
  await expect(ended).rejects.toMatchObject({ code: 'aborted' });
  await server.up();
  await Promise.all(sends.filter((_, i) => i !== 3));
  await until(() => expect(heard).toHaveLength(9));
  expect(heard.map(({ text }) => Number(text))).toEqual([1, 2, 3, 5, 6, 7, 8, 9, 10]);
  expect(Math.max(...changes)).toBeGreaterThanOrEqual(10);
  expect(changes.at(-1)).toBe(0);
});

test('an answer that is lost doubles nothing', async () => {
  const ann = await acme.online('ann');
  const channel = await ann.channels.create('lost');
  let lost = 0;
  const unlucky = acme.client('ann', {
    autoConnect: false,
    fetch: async (url, init) => {
      const answer = await fetch(url, init);
      // The server has it, and the line breaks before it can say so: of each message the first time.
      if (init?.method === 'POST' && answer.status === 201) throw new TypeError(`lost ${++lost}`);
      return answer;
    },
  });
  await Promise.all(upTo(3).map((n) => unlucky.messages.send(channel.id, String(n))));
  expect(lost).toBe(3);
  expect((await ann.messages.list(channel.id)).map(({ text }) => text)).toEqual(['1', '2', '3']);
});

test('with a storage the next page sends what the last one could not', async () => {
  const ann = await acme.online('ann');
  const channel = await ann.channels.create('stored');
  const heard = told(ann, channel.id);
  const storage = new Memory();
  const token = await acme.token('ann');
  const first = acme.client('ann', {
    storage,
    token,
    autoConnect: false,
    // A page that is gone while its calls fail.
    fetch: () => Promise.reject(new TypeError('offline')),
  });
  for (const n of upTo(3)) first.messages.send(channel.id, { text: String(n) }).catch(() => {});
  await until(() => expect([...storage.kept.values()].join()).toContain('"text":"3"'));
  first.disconnect();
  const second = acme.client('ann', { storage, token });
  await until(() => expect(heard.map(({ text }) => text)).toEqual(['1', '2', '3']));
  await until(() => expect(second.outbox.pending(channel.id)).toEqual([]));
  expect(storage.kept.size).toBe(0);
});

test('a limit of the server is waited for', async () => {
  const slow = await TestServer.start({
    HEYYO_RATE_LIMITS__ENABLED: 'true',
    HEYYO_RATE_LIMITS__USER_MESSAGES: '60',
  });
  try {
    const ann = await (await Tenant.on(slow)).online('ann');
    const channel = await ann.channels.create('limited');
    const heard = told(ann, channel.id);
    const errors = new Set<string>();
    ann.on('outbox', ({ pending }) => pending.forEach(({ error }) => error && errors.add(error.code)));
    await Promise.all(upTo(63).map((n) => ann.messages.send(channel.id, String(n))));
    await until(() => expect(heard.map(({ text }) => Number(text))).toEqual(upTo(63)));
    expect([...errors]).toEqual(['rate_limited']);
    ann.disconnect();
  } finally {
    await slow.remove();
  }
});

test('while the server cannot be reached by socket, REST is used', async () => {
  const ann = await acme.online('ann');
  const channel = await ann.channels.create('rest');
  const heard = told(ann, channel.id);
  const doors: string[] = [];
  const rest = acme.client('ann', {
    autoConnect: false,
    fetch: (...call) => (doors.push(String(call[0])), fetch(...call)),
  });
  await rest.messages.send(channel.id, 'By REST');
  expect(doors.at(-1)).toContain('/messages');
  const calls = doors.length;
  await rest.connect();
  const listed = doors.length;
  await rest.messages.send(channel.id, 'By socket');
  expect([calls, doors.length]).toEqual([1, listed]);
  await until(() => expect(heard.map(({ text }) => text)).toEqual(['By REST', 'By socket']));
});

test('what one user wrote is never sent as another', async () => {
  const ann = await acme.online('ann');
  await acme.online('bob');
  const channel = await ann.channels.create('shared', { members: ['bob'] });
  const storage = new Memory();
  const tokens = [await acme.token('ann'), await acme.token('bob')];
  let isAway = true;
  const shared = acme.client('either', {
    storage,
    autoConnect: false,
    token: () => (tokens.length > 1 ? tokens.shift()! : tokens[0]!),
    fetch: (url, init) => {
      if (!isAway) return fetch(url, init);
      // The one call that is answered makes the client ask for another token.
      if (String(url).includes('discover'))
        return Promise.resolve(Response.json({ error: 'Invalid token' }, { status: 403 }));
      return Promise.reject(new TypeError('offline'));
    },
  });
  const sending = shared.messages.send(channel.id, 'By ann');
  await until(() => expect(shared.outbox.pending(channel.id)[0]?.error?.code).toBe('network'));
  expect(shared.user?.id).toBe(ann.user?.id);
  const ended = expect(sending).rejects.toMatchObject({ code: 'aborted' });
  await shared.channels.discover().catch(() => {});
  await ended;
  isAway = false;
  await shared.messages.send(channel.id, 'By bob');
  const listed = await ann.messages.list(channel.id);
  expect(listed.map(({ text, user }) => [text, user.external_id])).toEqual([['By bob', 'bob']]);
  expect([...storage.kept.values()].join()).toContain('By ann');
});
