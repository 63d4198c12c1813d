// The committed shapes are the server's: src/api.ts is what /openapi.json gives, and the events are those of
// /asyncapi.json, by name and by field.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../testing/server.mjs';
import { file, generated } from '../scripts/generate.mjs';
import { SENT_EVENTS, SERVER_EVENTS } from '../src/events.js';

let server: TestServer;
beforeAll(async () => void (server = await TestServer.start()));
afterAll(() => server.remove());

interface Description {
  channels: { socket: { messages: Record<string, { payload: { properties: object; required?: string[] } }> } };
}

/** The fields of each event as events.ts has them; `?` for one that may be absent. */
const WHO = ['channelId', 'externalId', 'userId'];
const FIELDS: Record<string, string[]> = {
  'message.updated': ['channelId', 'messageId', 'metadata', 'updatedAt'],
  'message.deleted': ['channelId', 'messageId'],
  'reaction.new': ['channelId', 'externalId', 'messageId', 'type', 'userId'],
  'member.joined': WHO,
  'member.left': ['channelId', 'externalId', 'newOwnerId?', 'userId'],
  'typing.start': WHO,
  'typing.stop': WHO,
  'presence.changed': ['externalId', 'status', 'userId'],
  recovery: ['channelId', 'complete', 'from', 'to'],
};

test('src/api.ts is what the server says of itself', async () => {
  const now = await generated(server.url);
  expect(await readFile(file, 'utf8'), 'run `npm run generate` in clients/sdk').toBe(now);
});

test('the events are those of the server', async () => {
  const { channels } = (await (await fetch(`${server.url}/asyncapi.json`)).json()) as Description;
  const { messages } = channels.socket;
  const named = (prefix: string) =>
    Object.keys(messages)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
  expect(named('hear.').sort()).toEqual([...SERVER_EVENTS].sort());
  // Joining and reacting go by REST, which tells why not.
  expect(named('send.').sort()).toEqual([...SENT_EVENTS, 'channel.join', 'reaction.add'].sort());
  const fields = (name: string) => {
    const { properties, required = [] } = messages[`hear.${name}`]!.payload;
    return Object.keys(properties).map((field) => (required.includes(field) ? field : `${field}?`));
  };
  const told = Object.keys(FIELDS).map((name) => [name, fields(name).sort()]);
  expect(Object.fromEntries(told)).toEqual(FIELDS);
});
