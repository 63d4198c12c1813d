// Two users chat: every call, both doors, every event, and how a refusal reads.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../testing/server.mjs';
import { HeyyoError, type ClientEvents } from '../src/index.js';
import { Tenant, told, until, upTo, places } from './support.js';

let server: TestServer;
let acme: Tenant;
beforeAll(async () => {
  server = await TestServer.start();
  acme = await Tenant.on(server);
});
afterAll(() => server.remove());

test('messages go both ways, by socket and by REST', async () => {
  const [ann, bob] = [await acme.online('ann'), await acme.online('bob')];
  const channel = await ann.channels.create('general', { type: 'messaging', members: ['bob'] });
  expect(channel).toMatchObject({ name: 'general', type: 'messaging', created_by: ann.user?.id });
  const [heardByAnn, heardByBob] = [told(ann, channel.id), told(bob, channel.id)];

  const bySocket = await ann.messages.send(channel.id, 'Hello');
  expect(bySocket).toMatchObject({ text: 'Hello', seq: 1, user: { external_id: 'ann' }, reactions: [] });

  const rest = acme.client('bob', { autoConnect: false });
  const byRest = await rest.messages.send(channel.id, {
    text: 'Hi',
    metadata: { mood: 'good' },
    parentId: bySocket.id,
  });
  expect(byRest).toMatchObject({ seq: 2, parent_id: bySocket.id, metadata: { mood: 'good' } });
  expect(rest.connection).toBe('offline');

  await until(() =>
    expect([places(heardByAnn), places(heardByBob)]).toEqual([
      [1, 2],
      [1, 2],
    ]),
  );
  const listed = await bob.messages.list(channel.id);
  expect(listed).toEqual(heardByBob);
  expect(listed[0]).not.toHaveProperty('user_external_id');
  expect(await bob.messages.list(channel.id, { limit: 1, beforeSeq: 2 })).toEqual([heardByBob[0]]);
  expect(await bob.messages.list(channel.id, { afterSeq: 1 })).toEqual([heardByBob[1]]);
  expect(await bob.messages.list(channel.id, { before: byRest.created_at })).toEqual([heardByBob[0]]);
});

test('every event is heard', async () => {
  const [ann, bob] = [await acme.online('ann'), await acme.online('bob')];
  const channel = await ann.channels.create('events');
  const heard: { [E in keyof ClientEvents]?: ClientEvents[E][] } = {};
  const events = [
    'member.joined',
    'member.left',
    'reaction.new',
    'message.deleted',
    'typing.start',
    'typing.stop',
  ] as const;
  for (const event of [...events, 'presence.changed'] as const) {
    ann.on(event, (payload) => ((heard[event] as unknown[] | undefined) ??= []).push(payload));
  }
  const who = { channelId: channel.id, userId: bob.user!.id, externalId: 'bob' };

  expect((await bob.channels.discover()).map(({ id }) => id)).toContain(channel.id);
  await bob.channels.join(channel.id);
  await until(() => expect(heard['member.joined']).toEqual([who]));
  expect((await ann.channels.get(channel.id)).members.map((member) => member.external_id)).toEqual(['ann', 'bob']);

  const message = await ann.messages.send(channel.id, 'React to this');
  await bob.messages.react(channel.id, message.id, ':heart:');
  await until(() => expect(heard['reaction.new']).toEqual([{ ...who, messageId: message.id, type: ':heart:' }]));
  expect((await ann.messages.list(channel.id))[0]?.reactions).toEqual([
    { type: ':heart:', user_id: who.userId, count: 1 },
  ]);
  await ann.messages.delete(channel.id, message.id);
  await until(() => expect(heard['message.deleted']).toEqual([{ channelId: channel.id, messageId: message.id }]));

  bob.typing.keystroke(channel.id);
  bob.typing.keystroke(channel.id);
  bob.typing.stop(channel.id);
  bob.typing.stop(channel.id);
  await until(() => expect(heard['typing.stop']).toEqual([who]));
  expect(heard['typing.start']).toEqual([who]);

  await bob.channels.leave(channel.id);
  await until(() => expect(heard['member.left']).toEqual([who]));
  await ann.channels.addMember(channel.id, 'bob');
  await until(() => expect(heard['member.joined']).toHaveLength(2));
  const [first] = await ann.channels.members(channel.id, { limit: 1 });
  const [second, ...none] = await ann.channels.members(channel.id, { after: first!.id });
  expect([first, second].map((member) => member?.external_id).sort()).toEqual(['ann', 'bob']);
  expect(none).toEqual([]);
  await ann.channels.removeMember(channel.id, 'bob');
  await until(() => expect(heard['member.left']).toHaveLength(2));
  expect(await bob.channels.list()).not.toContainEqual(expect.objectContaining({ id: channel.id }));
});

test('typing is taken back by itself', async () => {
  const [ann, bob] = [await acme.online('ann'), await acme.online('bob')];
  const channel = await ann.channels.create('typing', { members: ['bob'] });
  const heard: string[] = [];
  ann.on('typing.start', () => heard.push('start'));
  ann.on('typing.stop', () => heard.push('stop'));
  bob.typing.keystroke(channel.id);
  await until(() => expect(heard).toEqual(['start', 'stop']));
});

test('a refusal is typed, by both doors', async () => {
  const [ann, eve] = [await acme.online('ann'), await acme.online('eve')];
  const channel = await ann.channels.create('private', { type: 'private' });
  const bySocket = eve.messages.send(channel.id, 'Let me in');
  await expect(bySocket).rejects.toBeInstanceOf(HeyyoError);
  await expect(bySocket).rejects.toMatchObject({ code: 'forbidden', message: 'Not a member of this channel' });
  const byRest = acme.client('eve', { autoConnect: false }).messages.send(channel.id, 'Let me in');
  await expect(byRest).rejects.toMatchObject({ code: 'forbidden', status: 403, requestId: expect.any(String) });
  await expect(eve.channels.get(channel.id)).rejects.toMatchObject({ code: 'not_found', status: 404 });
  await expect(ann.messages.send(channel.id, ' ')).rejects.toMatchObject({ code: 'invalid' });
  await ann.messages.send(channel.id, { text: 'One', clientId: 'a-name' });
  await expect(ann.messages.send(channel.id, { text: 'Two', clientId: 'a-name' })).rejects.toMatchObject({
    code: 'conflict',
  });

  const [failed] = eve.outbox.pending(channel.id);
  expect(failed).toMatchObject({ state: 'failed', draft: { text: 'Let me in' }, error: { code: 'forbidden' } });
  await ann.channels.addMember(channel.id, 'eve');
  const heard = told(ann, channel.id);
  eve.outbox.retry(failed!.clientId);
  await until(() => expect(heard.map(({ text }) => text)).toEqual(['Let me in']));
  await until(() => expect(eve.outbox.pending(channel.id)).toEqual([]));
});

test('a plugin refuses, or keeps aside, and says why', async () => {
  const corp = await Tenant.on(server);
  const words = ['badger', { word: 'meet me', action: 'hold', code: 'grooming', reason: 'A moderator looks first.' }];
  await corp.plugin('word-filter', { words });
  const ann = await corp.online('ann');
  const channel = await ann.channels.create('filtered');
  const rejected = { code: 'rejected', plugin: 'word-filter', reasonCode: 'banned-word' };
  await expect(ann.messages.send(channel.id, 'A badger')).rejects.toMatchObject(rejected);
  const held = { code: 'held', plugin: 'word-filter', reasonCode: 'grooming', messageId: expect.any(String) };
  await expect(ann.messages.send(channel.id, 'So meet me there')).rejects.toMatchObject(held);
  const rest = corp.client('ann', { autoConnect: false });
  await expect(rest.messages.send(channel.id, 'A badger')).rejects.toMatchObject({ ...rejected, status: 422 });
  await expect(rest.messages.send(channel.id, 'Do meet me')).rejects.toMatchObject({ ...held, status: 202 });
  await expect(ann.messages.send(channel.id, 'A cat')).resolves.toMatchObject({ seq: 1 });
  expect(ann.outbox.pending(channel.id).map(({ state }) => state)).toEqual(['failed', 'failed']);
  for (const { clientId } of ann.outbox.pending(channel.id)) ann.outbox.discard(clientId);
  expect(ann.outbox.pending(channel.id)).toEqual([]);
});

test('a burst arrives in the order of the calls', async () => {
  const [ann, bob] = [await acme.online('ann'), await acme.online('bob')];
  const channel = await ann.channels.create('burst', { members: ['bob'] });
  const heard = told(bob, channel.id);
  await Promise.all(upTo(60).map((n) => ann.messages.send(channel.id, String(n))));
  await until(() => expect(heard).toHaveLength(60));
  expect(heard.map(({ text }) => Number(text))).toEqual(upTo(60));
});

test('a call can be ended', async () => {
  const ann = await acme.online('ann');
  const channel = await ann.channels.create('aborted');
  const over = AbortSignal.abort();
  await expect(ann.channels.list({ signal: over })).rejects.toMatchObject({ code: 'aborted' });
  await expect(ann.messages.send(channel.id, 'Never', { signal: over })).rejects.toMatchObject({ code: 'aborted' });
  const ending = new AbortController();
  const listing = ann.channels.list({ signal: ending.signal });
  ending.abort();
  await expect(listing).rejects.toMatchObject({ code: 'aborted' });
  expect(await ann.messages.list(channel.id)).toEqual([]);
});
