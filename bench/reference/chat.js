// What both doors of the reference share: refusals, tokens, sending, reacting, joining.
// Rooms are socket.io's own, with its in-memory adapter: one process, as it is started by default.
import { createHash, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { v7 as uuidv7 } from 'uuid';
import * as database from './database.js';

// A key object: given text, jsonwebtoken first tries it as a public key, which costs a millisecond.
const TOKEN_KEY = createSecretKey(Buffer.from(process.env.JWT_SECRET));
const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const invalid = (message) => new Refusal(400, 'invalid', message);
const forbidden = () => new Refusal(403, 'forbidden', 'Not a member of this channel');
const notFound = (message) => new Refusal(404, 'not_found', message);

export const channelRoom = (channel) => `channel:${channel}`;
export const userRoom = (user) => `user:${user}`;

export const uuid = (text, of) => {
  if (typeof text !== 'string' || !UUID.test(text)) throw invalid(`The ${of} id is not a UUID`);
  return text;
};

const digest = (secret) => createHash('sha256').update(secret).digest('hex');

export async function createApp(name) {
  if (typeof name !== 'string' || name.trim() === '') throw invalid('name is required');
  const secret = `cbs_${randomBytes(32).toString('base64url')}`;
  const key = `cb_${randomBytes(16).toString('base64url')}`;
  const app = await database.createApp(uuidv7(), name, key, digest(secret));
  return { ...app, api_secret: secret, message: 'Store your API secret securely. It will not be shown again.' };
}

export async function createToken(wanted) {
  const app = await database.findApp(String(wanted.api_key));
  const given = Buffer.from(digest(String(wanted.api_secret)));
  if (!app || !timingSafeEqual(given, Buffer.from(app.api_secret))) {
    throw new Refusal(401, 'unauthenticated', 'Invalid credentials');
  }
  if (typeof wanted.user_id !== 'string' || wanted.user_id === '') throw invalid('user_id is required');
  const user = await database.upsertUser(uuidv7(), app.id, wanted.user_id, wanted.display_name, wanted.avatar_url);
  // The profile rides in the token: no lookup for each message.
  return jsonwebtoken.sign({ app: app.id, profile: profile(user) }, TOKEN_KEY, { subject: user.id, expiresIn: '24h' });
}

const profile = ({ external_id, display_name, avatar_url }) => ({ external_id, display_name, avatar_url });

/** The caller of a token, or `undefined`. */
export function callerOf(token) {
  try {
    const { sub, app, profile } = jsonwebtoken.verify(token, TOKEN_KEY, { algorithms: ['HS256'] });
    return { user: sub, app, profile };
  } catch {
    return undefined;
  }
}

export async function requireMember(caller, channel) {
  if (!(await database.isMember(channel, caller.user))) throw forbidden();
}

/** Users by their own ids or their tenant's. */
const findUsers = (caller, words) => database.findUsers(caller.app, words, words.filter((word) => UUID.test(word)));

export async function createChannel(io, caller, wanted) {
  if (typeof wanted.name !== 'string' || wanted.name.trim() === '') throw invalid('name is required');
  const words = (wanted.members ?? []).map(String);
  const found = words.length === 0 ? [] : await findUsers(caller, words);
  if (found.length < new Set(words).size) throw notFound('User not found');
  const others = found.map((user) => user.id).filter((id) => id !== caller.user);
  const channel = await database.createChannel(uuidv7(), caller.app, caller.user, wanted, others);
  for (const user of [caller.user, ...others]) io.in(userRoom(user)).socketsJoin(channelRoom(channel.id));
  return channel;
}

export async function addMember(io, caller, channel, word) {
  const [user] = await findUsers(caller, [String(word)]);
  if (!user) throw notFound('User not found');
  await enter(io, caller.app, channel, user.id, user.external_id);
}

export const joinChannel = (io, caller, channel) =>
  enter(io, caller.app, channel, caller.user, caller.profile.external_id);

async function enter(io, app, channel, user, externalId) {
  const entered = await database.addMember(app, channel, user);
  if (!entered.exists) throw notFound('Channel not found');
  io.in(userRoom(user)).socketsJoin(channelRoom(channel));
  if (entered.added > 0) {
    io.to(channelRoom(channel)).emit('member.joined', { channelId: channel, userId: user, externalId });
  }
}

/** Stores a message, then tells the channel. The caller acknowledges it after that. */
export async function send(io, caller, channel, draft) {
  const text = draft.text ?? undefined;
  if (text !== undefined && (typeof text !== 'string' || text.length > 4000)) throw invalid('text: 4000 characters at most');
  if (!text?.trim() && !(Array.isArray(draft.attachments) && draft.attachments.length > 0)) {
    throw invalid('A message needs text or attachments');
  }
  const row = await database.insertMessage(uuidv7(), channel, caller.user, draft);
  if (!row) throw forbidden();
  const message = { ...row, user: caller.profile };
  io.to(channelRoom(channel)).emit('message.new', message);
  return message;
}

export async function react(io, caller, channel, message, type) {
  if (typeof type !== 'string' || type === '' || type.length > 64) throw invalid('type is required');
  const reacted = await database.addReaction(channel, message, caller.user, type);
  if (!reacted.exists) throw notFound('Message not found');
  if (reacted.added > 0) {
    const { user, profile } = caller;
    io.to(channelRoom(channel)).emit('reaction.new', {
      channelId: channel, messageId: message, userId: user, externalId: profile.external_id, type,
    });
  }
}
