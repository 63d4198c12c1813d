// The REST door of the reference: the routes that the scenarios and their seeding need.
import express from 'express';
import * as chat from './chat.js';
import * as database from './database.js';

export function routes(io) {
  const app = express();
  app.disable('x-powered-by');
  // Nobody revalidates a page of messages, and a digest of each would cost.
  app.disable('etag');
  app.use(express.json({ limit: '64kb' }));

  const user = (request, response, next) => {
    const token = request.headers.authorization?.replace(/^Bearer /, '');
    if (!token) throw new chat.Refusal(401, 'unauthenticated', 'Authentication required');
    request.caller = chat.callerOf(token);
    if (!request.caller) throw new chat.Refusal(403, 'forbidden', 'Invalid token');
    next();
  };
  const admin = (request, response, next) => {
    if (request.headers['x-admin-key'] !== process.env.ADMIN_KEY) {
      throw new chat.Refusal(401, 'unauthenticated', 'Invalid admin key');
    }
    next();
  };

  app.get('/health', (request, response) => response.json({ status: 'ok', uptime: process.uptime() }));

  app.post('/api/apps', admin, async (request, response) => {
    response.status(201).json(await chat.createApp(request.body?.name));
  });

  app.post('/api/auth/token', async (request, response) => {
    response.json({ token: await chat.createToken(request.body ?? {}) });
  });

  app.post('/api/channels', user, async (request, response) => {
    response.status(201).json(await chat.createChannel(io, request.caller, request.body ?? {}));
  });

  app.get('/api/channels', user, async (request, response) => {
    response.json(await database.listChannels(request.caller.user));
  });

  app.post('/api/channels/:channel/join', user, async (request, response) => {
    await chat.joinChannel(io, request.caller, chat.uuid(request.params.channel, 'channel'));
    response.json({ message: 'Joined channel' });
  });

  app.post('/api/channels/:channel/members', user, async (request, response) => {
    const channel = chat.uuid(request.params.channel, 'channel');
    await chat.requireMember(request.caller, channel);
    await chat.addMember(io, request.caller, channel, request.body?.user_id);
    response.json({ message: 'Member added' });
  });

  app.get('/api/channels/:channel/messages', user, async (request, response) => {
    const channel = chat.uuid(request.params.channel, 'channel');
    const limit = Number(request.query.limit ?? 50);
    if (!Number.isInteger(limit) || limit < 1) throw new chat.Refusal(400, 'invalid', 'limit must be 1 or more');
    await chat.requireMember(request.caller, channel);
    response.json(await database.history(channel, Math.min(limit, 100), request.query.before));
  });

  // The insert checks the membership: no query of its own.
  app.post('/api/channels/:channel/messages', user, async (request, response) => {
    const channel = chat.uuid(request.params.channel, 'channel');
    response.status(201).json(await chat.send(io, request.caller, channel, request.body ?? {}));
  });

  app.post('/api/channels/:channel/messages/:message/reactions', user, async (request, response) => {
    const channel = chat.uuid(request.params.channel, 'channel');
    const message = chat.uuid(request.params.message, 'message');
    await chat.requireMember(request.caller, channel);
    await chat.react(io, request.caller, channel, message, request.body?.type);
    response.json({ message: 'Reaction added' });
  });

  app.use((request, response) => response.status(404).json({ error: 'Not found', code: 'not_found' }));
  app.use((error, request, response, next) => {
    const status = error.status ?? 500;
    if (status === 500) console.error(error);
    response.status(status).json({
      error: status === 500 ? 'Internal server error' : error.message,
      code: error.code ?? (status === 500 ? 'internal' : 'invalid'),
    });
  });
  return app;
}
