// A timeline: pages of a long channel, what happens applied, what is pending, and snapshots that React can use.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../testing/server.mjs';
import type { TimelineSnapshot } from '../src/index.js';
import { Tenant, places, until, upTo } from './support.js';

let server: TestServer;
let acme: Tenant;
beforeAll(async () => {
  server = await TestServer.start();
  acme = await Tenant.on(server);
});
afterAll(() => server.remove());

test('300 messages in pages, each once', async () => {
  const ann = await acme.online('ann');
  const channel = await ann.channels.create('pages');
  const sent = await Promise.all(upTo(300).map((n) => ann.messages.send(channel.id, String(n))));
  const timeline = ann.timeline(channel.id);
  expect(timeline.getSnapshot()).toEqual({ messages: [], pending: [], hasOlder: true, isLoading: false });
  let changes = 0;
  const end = timeline.subscribe(() => changes++);
  await until(() => expect(places(timeline.getSnapshot().messages)).toEqual(upTo(300).slice(250)));
  expect(changes).toBeGreaterThan(0);
  await Promise.all([timeline.loadOlder(), timeline.loadOlder()]);
  expect(places(timeline.getSnapshot().messages)).toEqual(upTo(300).slice(150));
  await ann.messages.delete(channel.id, sent[0]!.id);
  while (timeline.getSnapshot().hasOlder) await timeline.loadOlder();
  expect(places(timeline.getSnapshot().messages)).toEqual(upTo(300).slice(1));
  const { messages } = timeline.getSnapshot();
  expect(messages[10]).toEqual(sent[11]);
  end();
  timeline.close();
});

test('everything that happens is applied, and a snapshot never changes', async () => {
  const [ann, bob] = [await acme.online('ann'), await acme.online('bob')];
  const channel = await ann.channels.create('live', { members: ['bob'] });
  const [first, second] = [await ann.messages.send(channel.id, 'One'), await ann.messages.send(channel.id, 'Two')];
  const timeline = bob.timeline(channel.id);
  const shown = bob.timeline(channel.id);
  const snapshots: TimelineSnapshot[] = [];
  timeline.subscribe(() => snapshots.push(timeline.getSnapshot()));
  await until(() => expect(timeline.getSnapshot().messages).toHaveLength(2));
  expect(shown.getSnapshot()).toBe(timeline.getSnapshot());
  const before = timeline.getSnapshot();
  const copy = structuredClone(before);

  await ann.messages.react(channel.id, first.id, ':heart:');
  await until(() => {
    expect(timeline.getSnapshot().messages[0]?.reactions).toEqual([
      { type: ':heart:', user_id: ann.user!.id, count: 1 },
    ]);
  });
  await ann.messages.delete(channel.id, second.id);
  await until(() => expect(places(timeline.getSnapshot().messages)).toEqual([1]));
  await ann.messages.send(channel.id, 'Three');
  await until(() => expect(places(timeline.getSnapshot().messages)).toEqual([1, 3]));
  expect(before).toEqual(copy);
  expect(Object.isFrozen(before)).toBe(true);

  // Of two users of it one is left, then none.
  shown.close();
  shown.close();
  await ann.messages.send(channel.id, 'Four');
  await until(() => expect(places(timeline.getSnapshot().messages)).toEqual([1, 3, 4]));
  timeline.close();
  const again = bob.timeline(channel.id);
  expect(again.getSnapshot().messages).toEqual([]);
  again.close();
});

test('what plugins add is shown', async () => {
  const corp = await Tenant.on(server);
  await corp.plugin('language-tag', {});
  const ann = await corp.online('ann');
  const channel = await ann.channels.create('tagged');
  const timeline = ann.timeline(channel.id);
  timeline.subscribe(() => {});
  const updates: unknown[] = [];
  ann.on('message.updated', (update) => updates.push(update.metadata));
  await ann.messages.send(channel.id, 'This sentence is clearly written in the English language.');
  await until(() => expect(updates).toHaveLength(1));
  expect(updates[0]).toHaveProperty('plugins');
  expect(timeline.getSnapshot().messages[0]?.metadata).toEqual(updates[0]);
  timeline.close();
  // A Python plugin: a server that is not built for speed takes its time to compile it.
}, 180_000);

test('what is sent shows at once, never twice, and what fails stays', async () => {
  const corp = await Tenant.on(server);
  await corp.plugin('word-filter', { words: ['badger'] });
  const ann = await corp.online('ann');
  const channel = await ann.channels.create('pending');
  const timeline = ann.timeline(channel.id);
  const shown: string[] = [];
  timeline.subscribe(() => {
    const { messages, pending } = timeline.getSnapshot();
    const texts = [...messages.map(({ text }) => text), ...pending.map(({ draft }) => draft.text)];
    shown.push(texts.join());
  });
  await timeline.refresh();
  shown.length = 0;
  const sending = ann.messages.send(channel.id, 'cat');
  expect(timeline.getSnapshot().pending).toMatchObject([{ state: 'sending', draft: { text: 'cat' } }]);
  await sending;
  await until(() => expect(timeline.getSnapshot()).toMatchObject({ messages: [{ text: 'cat' }], pending: [] }));
  expect(new Set(shown)).toEqual(new Set(['cat']));
  await expect(ann.messages.send(channel.id, 'badger')).rejects.toThrow();
  expect(timeline.getSnapshot().pending).toMatchObject([
    { state: 'failed', error: { code: 'rejected', plugin: 'word-filter' } },
  ]);
  timeline.close();
});

test('after a lost connection it shows what was missed: deleted, reacted to, and new', async () => {
  const [ann, bob] = [await acme.online('ann'), await acme.online('bob')];
  const channel = await ann.channels.create('missed', { members: ['bob'] });
  const sent = await Promise.all(upTo(3).map((n) => ann.messages.send(channel.id, String(n))));
  const timeline = bob.timeline(channel.id);
  timeline.subscribe(() => {});
  await until(() => expect(timeline.getSnapshot().messages).toHaveLength(3));
  bob.disconnect();
  await ann.messages.delete(channel.id, sent[0]!.id);
  await ann.messages.react(channel.id, sent[1]!.id, ':tada:');
  await ann.messages.send(channel.id, '4');
  await bob.connect();
  await until(() => {
    const { messages } = timeline.getSnapshot();
    expect(messages.map(({ seq, reactions }) => [seq, reactions.length])).toEqual([
      [2, 1],
      [3, 0],
      [4, 0],
    ]);
  });
  timeline.close();
});

test('a load that fails is told and can be tried again', async () => {
  const ann = await acme.online('ann');
  const channel = await ann.channels.create('failing', { type: 'private' });
  await ann.messages.send(channel.id, '1');
  const bob = await acme.online('bob');
  const timeline = bob.timeline(channel.id);
  timeline.subscribe(() => {});
  await until(() => expect(timeline.getSnapshot()).toMatchObject({ isLoading: false, error: { code: 'forbidden' } }));
  await ann.channels.addMember(channel.id, 'bob');
  await timeline.refresh();
  expect(timeline.getSnapshot()).toMatchObject({ messages: [{ seq: 1 }], hasOlder: false });
  expect(timeline.getSnapshot().error).toBeUndefined();
  timeline.close();
});
