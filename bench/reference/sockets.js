// The Socket.IO door of the reference: who may connect, their rooms, their events, their presence.
import * as chat from './chat.js';
import * as database from './database.js';

export function open(io) {
  /** How many sockets each user has. */
  const online = new Map();

  // The request that a WebSocket began as is not needed again; socket.io's own advice for memory.
  io.engine.on('connection', (connection) => { connection.request = null; });

  io.use(async (socket, next) => {
    const token = socket.handshake.auth.token;
    if (!token) return next(new Error('Authentication required'));
    const caller = chat.callerOf(token);
    if (!caller) return next(new Error('Invalid token'));
    try {
      socket.data.caller = caller;
      socket.data.channels = await database.channelIds(caller.user);
      next();
    } catch (error) {
      console.error(error);
      next(new Error('Temporarily unavailable, try again'));
    }
  });

  io.on('connection', (socket) => {
    const { caller, channels } = socket.data;
    socket.join([chat.userRoom(caller.user), ...channels.map(chat.channelRoom)]);
    delete socket.data.channels;

    const tellPresence = (status, rooms) => {
      if (rooms.length > 0) {
        const { user, profile } = caller;
        socket.to(rooms).emit('presence.changed', { userId: user, externalId: profile.external_id, status });
      }
    };
    const sockets = (online.get(caller.user) ?? 0) + 1;
    online.set(caller.user, sockets);
    if (sockets === 1) tellPresence('online', channels.map(chat.channelRoom));

    // The rooms as they are now: the user may have joined more since.
    socket.on('disconnecting', () => {
      const left = online.get(caller.user) - 1;
      if (left > 0) return online.set(caller.user, left);
      online.delete(caller.user);
      tellPresence('offline', [...socket.rooms].filter((room) => room.startsWith('channel:')));
    });

    const on = (event, handle) =>
      socket.on(event, async (payload, acknowledge) => {
        const answer = typeof acknowledge === 'function' ? acknowledge : () => {};
        try {
          answer(await handle(payload ?? {}));
        } catch (error) {
          if (!(error instanceof chat.Refusal)) console.error(error);
          const isKnown = error instanceof chat.Refusal;
          answer({ error: isKnown ? error.message : 'Internal server error', code: isKnown ? error.code : 'internal' });
        }
      });

    on('message.send', async ({ channelId, parentId, ...draft }) => {
      const channel = chat.uuid(channelId, 'channel');
      return { message: await chat.send(io, caller, channel, { ...draft, parent_id: parentId }) };
    });

    // A socket that is in the room is a member's.
    for (const event of ['typing.start', 'typing.stop']) {
      on(event, async ({ channelId }) => {
        const room = chat.channelRoom(chat.uuid(channelId, 'channel'));
        if (!socket.rooms.has(room)) throw new chat.Refusal(403, 'forbidden', 'Not a member of this channel');
        socket.to(room).emit(event, { channelId, userId: caller.user, externalId: caller.profile.external_id });
        return { success: true };
      });
    }

    on('channel.join', async ({ channelId }) => {
      await chat.joinChannel(io, caller, chat.uuid(channelId, 'channel'));
      return { success: true };
    });

    on('reaction.add', async ({ messageId, type }) => {
      const message = chat.uuid(messageId, 'message');
      const channel = await database.channelOfMessage(message);
      if (!channel) throw new chat.Refusal(404, 'not_found', 'Message not found');
      await chat.requireMember(caller, channel);
      await chat.react(io, caller, channel, message, type);
      return { success: true };
    });
  });
}
