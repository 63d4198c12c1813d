// The server is killed and comes back, lines break, a client was away for long: nothing is lost, nothing is told
// twice, and all of it in order.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../testing/server.mjs';
import type { Recovery } from '../src/index.js';
import { Tenant, places, told, until, upTo } from './support.js';

/** What the server gives by itself to one who comes back; the rest is fetched. */
const WINDOW = 20;
let server: TestServer;
let acme: Tenant;
beforeAll(async () => {
  server = await TestServer.start({ HEYYO_RECOVERY__MAX_MESSAGES: String(WINDOW) });
  acme = await Tenant.on(server);
  // Users exist once they have a token: each test may invite bob.
  await acme.token('bob');
});
afterAll(() => server.remove());

test('a server that is killed in mid-chat loses nothing and doubles nothing', async () => {
  const [ann, bob] = [await acme.online('ann'), await acme.online('bob')];
  const channel = await ann.channels.create('killed', { members: ['bob'] });
  const heard = [told(ann, channel.id), told(bob, channel.id)];
  const sends: Promise<unknown>[] = [];
  const chat = (from: number, to: number) => {
    for (let n = from; n <= to; n++) {
      for (const [name, client] of [
        ['ann', ann],
        ['bob', bob],
      ] as const) {
        sends.push(client.messages.send(channel.id, `${name} ${n}`));
      }
    }
  };
  chat(1, 30);
  await until(() => expect(heard[0]!.length).toBeGreaterThan(10));
  await server.kill();
  chat(31, 60);
  await until(() => expect([ann.connection, bob.connection]).toEqual(['connecting', 'connecting']));
  expect(ann.outbox.pending(channel.id).length).toBeGreaterThan(29);
  await server.up();
  chat(61, 70);
  await Promise.all(sends);

  await until(() => expect(heard.map((all) => all.length)).toEqual([140, 140]));
  for (const all of heard) {
    expect(places(all)).toEqual(upTo(140));
    for (const name of ['ann', 'bob']) {
      const texts = all.filter(({ user }) => user.external_id === name).map(({ text }) => text);
      expect(texts).toEqual(upTo(70).map((n) => `${name} ${n}`));
    }
  }
  expect(ann.outbox.pending(channel.id)).toEqual([]);
});

test('what was said while nobody knew the channel to have messages is told', async () => {
  const ann = await acme.online('ann');
  const channel = await ann.channels.create('silent', { members: ['bob'] });
  await ann.messages.send(channel.id, 'Before bob came');
  const bob = await acme.online('bob');
  const heard = told(bob, channel.id);
  bob.disconnect();
  for (const n of upTo(3)) await ann.messages.send(channel.id, `Missed ${n}`);
  await bob.connect();
  await until(() => expect(places(heard)).toEqual([2, 3, 4]));
});

test('more than the server gives is fetched, deleted ones left out, before what is new', async () => {
  const ann = await acme.online('ann');
  const channel = await ann.channels.create('long', { members: ['bob'] });
  const bob = await acme.online('bob');
  const heard = told(bob, channel.id);
  const recoveries: Recovery[] = [];
  bob.on('recovery', (recovery) => void (recovery.channelId === channel.id && recoveries.push(recovery)));
  await ann.messages.send(channel.id, '1');
  await until(() => expect(places(heard)).toEqual([1]));
  bob.disconnect();
  const total = 250;
  const missed = await Promise.all(
    upTo(total)
      .slice(1)
      .map((n) => ann.messages.send(channel.id, String(n))),
  );
  await ann.messages.delete(channel.id, missed[100]!.id);
  await ann.messages.delete(channel.id, missed.at(-1)!.id);
  await bob.connect();
  await Promise.all(upTo(30).map((n) => ann.messages.send(channel.id, String(total + n))));
  const expected = upTo(total + 30).filter((seq) => seq !== missed[100]!.seq && seq !== total);
  await until(() => expect(heard.at(-1)?.seq).toBe(total + 30));
  expect(places(heard)).toEqual(expected);
  expect(heard.map(({ text }) => Number(text))).toEqual(expected);
  expect(recoveries.at(-1)).toMatchObject({ from: 1, complete: false });

  // Also if nothing new shows that there is a hole.
  bob.disconnect();
  await Promise.all(upTo(WINDOW + 5).map((n) => ann.messages.send(channel.id, String(total + 30 + n))));
  await bob.connect();
  expected.push(...upTo(WINDOW + 5).map((n) => total + 30 + n));
  await until(() => expect(heard.at(-1)?.seq).toBe(expected.at(-1)));
  expect(places(heard)).toEqual(expected);
});

test('deleted while away is not told', async () => {
  const ann = await acme.online('ann');
  const channel = await ann.channels.create('deleted', { members: ['bob'] });
  const bob = await acme.online('bob');
  const heard = told(bob, channel.id);
  bob.disconnect();
  const gone = await ann.messages.send(channel.id, 'Gone');
  await ann.messages.delete(channel.id, gone.id);
  await ann.messages.send(channel.id, 'There');
  await bob.connect();
  await until(() => expect(heard.map(({ text }) => text)).toEqual(['There']));
});

test('a channel that is joined counts from there, also before its first message', async () => {
  const ann = await acme.online('ann');
  const channel = await ann.channels.create('joined');
  for (const n of upTo(5)) await ann.messages.send(channel.id, String(n));
  const answered: string[] = [];
  const bob = await acme.online('bob', {
    fetch: async (url, init) => {
      const answer = await fetch(url, init);
      const text = await answer.text();
      answered.push(`${init?.method} ${String(url)}`);
      return new Response(text, answer);
    },
  });
  const heard = told(bob, channel.id);
  await bob.channels.join(channel.id);
  // The client asks by itself how far the channel is, once it hears that it joined.
  await until(() => expect(answered).toContain(`GET ${server.url}/api/channels/${channel.id}`));
  await bob.channels.discover();
  bob.disconnect();
  await ann.messages.send(channel.id, '6');
  await bob.connect();
  await ann.messages.send(channel.id, '7');
  await until(() => expect(places(heard)).toEqual([6, 7]));
});
