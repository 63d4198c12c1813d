// Every statement of the reference server. Each is prepared once for each connection (a `name`), is
// one round trip, and commits before it answers. Nothing else in the reference knows SQL.
import { readFileSync } from 'node:fs';
import pg from 'pg';

// Counters fit a double long before they overflow one; a string would be no use to anybody.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: 16,
  application_name: 'reference',
});

const query = async (name, text, values) => (await pool.query({ name, text, values })).rows;
const first = async (name, text, values) => (await query(name, text, values))[0];

export const migrate = () => pool.query(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'));
export const close = () => pool.end();

export const createApp = (id, name, key, secret) =>
  first('create_app',
    'INSERT INTO apps (id, name, api_key, api_secret) VALUES ($1, $2, $3, $4) RETURNING id, name, api_key, created_at',
    [id, name, key, secret]);

export const findApp = (key) =>
  first('find_app', 'SELECT id, api_secret FROM apps WHERE api_key = $1', [key]);

export const upsertUser = (id, app, externalId, displayName, avatarUrl) =>
  first('upsert_user',
    `INSERT INTO users AS known (id, app_id, external_id, display_name, avatar_url) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (app_id, external_id) DO UPDATE
     SET display_name = COALESCE(EXCLUDED.display_name, known.display_name),
         avatar_url = COALESCE(EXCLUDED.avatar_url, known.avatar_url)
     RETURNING id, external_id, display_name, avatar_url`,
    [id, app, externalId, displayName, avatarUrl]);

export const findUsers = (app, words, ids) =>
  query('find_users',
    'SELECT id, external_id FROM users WHERE app_id = $1 AND (external_id = ANY($2) OR id = ANY($3::uuid[]))',
    [app, words, ids]);

const CHANNEL = `channels.id, app_id, type, name, description, metadata, created_by,
  member_count::text, message_count::text, last_seq, channels.created_at, updated_at`;

export const createChannel = (id, app, owner, wanted, others) =>
  first('create_channel',
    `WITH channel AS (
       INSERT INTO channels (id, app_id, name, type, description, metadata, created_by, member_count)
       VALUES ($1, $2, $3, $4, $5, $6, $7, 1 + cardinality($8::uuid[])) RETURNING *
     ), owner AS (
       INSERT INTO members (channel_id, user_id, role) SELECT id, $7, 'owner' FROM channel
     ), others AS (
       INSERT INTO members (channel_id, user_id) SELECT id, unnest($8::uuid[]) FROM channel
     )
     SELECT ${CHANNEL} FROM channel AS channels`,
    [id, app, wanted.name, wanted.type ?? 'messaging', wanted.description, wanted.metadata ?? {}, owner, others]);

export const addMember = (app, channel, user) =>
  first('add_member',
    `WITH added AS (
       INSERT INTO members (channel_id, user_id) SELECT id, $3 FROM channels WHERE app_id = $1 AND id = $2
       ON CONFLICT DO NOTHING RETURNING channel_id
     ), counted AS (
       UPDATE channels SET member_count = member_count + 1 FROM added WHERE id = channel_id RETURNING id
     )
     SELECT EXISTS (SELECT FROM channels WHERE app_id = $1 AND id = $2) AS exists, (SELECT count(*) FROM counted) AS added`,
    [app, channel, user]);

export const isMember = async (channel, user) =>
  (await first('is_member', 'SELECT 1 FROM members WHERE channel_id = $1 AND user_id = $2', [channel, user])) !== undefined;

export const channelIds = async (user) =>
  (await query('channel_ids', 'SELECT channel_id FROM members WHERE user_id = $1', [user])).map((row) => row.channel_id);

export const listChannels = (user) =>
  query('list_channels',
    `SELECT ${CHANNEL} FROM members JOIN channels ON channels.id = channel_id
     WHERE user_id = $1 ORDER BY updated_at DESC, channels.id DESC LIMIT 1000`,
    [user]);

// The membership check, the counters and the message in one statement and one commit. The channel's
// row is locked first: `seq` has no holes and `created_at` rises with it.
export const insertMessage = (id, channel, user, draft) =>
  first('insert_message',
    `WITH channel AS (
       UPDATE channels
       SET last_seq = last_seq + 1, message_count = message_count + 1,
           last_message_at = GREATEST(date_trunc('milliseconds', clock_timestamp()), last_message_at + interval '1 millisecond'),
           updated_at = now()
       WHERE id = $2 AND EXISTS (SELECT FROM members WHERE channel_id = $2 AND user_id = $3)
       RETURNING last_seq, last_message_at
     )
     INSERT INTO messages (id, channel_id, seq, user_id, parent_id, text, attachments, metadata, created_at, updated_at)
     SELECT $1, $2, last_seq, $3, $4, $5, $6, $7, last_message_at, last_message_at FROM channel
     RETURNING id, channel_id, seq, user_id, parent_id, text, attachments, metadata, created_at, updated_at, deleted_at`,
    [id, channel, user, draft.parent_id, draft.text, JSON.stringify(draft.attachments ?? []), JSON.stringify(draft.metadata ?? {})]);

// Two statements, because "before nothing" would keep the planner from the end of the index.
const PAGE = (before) =>
  `SELECT messages.*, external_id AS user_external_id, display_name AS user_display_name,
          avatar_url AS user_avatar_url, COALESCE(reactions, '[]') AS reactions
   FROM (
     SELECT id, channel_id, seq, user_id, parent_id, text, attachments, metadata, created_at, updated_at, deleted_at
     FROM messages WHERE channel_id = $1 AND deleted_at IS NULL ${before}
     ORDER BY created_at DESC LIMIT $2
   ) AS messages
   JOIN users ON users.id = user_id
   LEFT JOIN LATERAL (
     SELECT json_agg(json_build_object('type', type, 'user_id', reactions.user_id, 'count', 1) ORDER BY reactions.created_at) AS reactions
     FROM reactions WHERE message_id = messages.id
   ) AS reacted ON true
   ORDER BY created_at`;

export const history = (channel, limit, before) =>
  before === undefined
    ? query('newest_page', PAGE(''), [channel, limit])
    : query('older_page', PAGE('AND created_at < $3'), [channel, limit, before]);

export const addReaction = (channel, message, user, type) =>
  first('add_reaction',
    `WITH message AS (SELECT id FROM messages WHERE id = $2 AND channel_id = $1 AND deleted_at IS NULL), added AS (
       INSERT INTO reactions (message_id, user_id, type) SELECT id, $3, $4 FROM message ON CONFLICT DO NOTHING RETURNING 1
     )
     SELECT EXISTS (SELECT FROM message) AS exists, (SELECT count(*) FROM added) AS added`,
    [channel, message, user, type]);

export const channelOfMessage = async (message) =>
  (await first('channel_of', 'SELECT channel_id FROM messages WHERE id = $1', [message]))?.channel_id;
