import { io } from 'socket.io-client';

const BASE_URL = process.env.CB_BASE_URL ?? 'https://heyyo-production-c881.up.railway.app';

async function json(res) {
  const text = await res.text();
  return text ? JSON.parse(text) : null;
}

async function assertOk(res) {
  if (res.ok) return;
  const data = await json(res).catch(() => null);
  const msg = data?.error || data?.message || `Request failed (${res.status})`;
  throw new Error(msg);
}

async function main() {
  const apiKey = process.env.CB_API_KEY;
  const apiSecret = process.env.CB_API_SECRET;
  if (!apiKey || !apiSecret) throw new Error('Missing CB_API_KEY / CB_API_SECRET');

  // 1) Issue user JWT
  const tokenRes = await fetch(`${BASE_URL}/api/auth/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      api_key: apiKey,
      api_secret: apiSecret,
      user_id: 'user-123',
      display_name: 'Jane Doe',
    }),
  });
  await assertOk(tokenRes);
  const { token } = await json(tokenRes);

  // 2) Create channel
  const channelRes = await fetch(`${BASE_URL}/api/channels`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ name: 'general', type: 'messaging' }),
  });
  await assertOk(channelRes);
  const channel = await json(channelRes);

  // 3) Send message via REST
  const msgRes = await fetch(`${BASE_URL}/api/channels/${channel.id}/messages`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ text: 'Hello from REST 👋' }),
  });
  await assertOk(msgRes);
  const msg = await json(msgRes);
  console.log('REST message created:', msg.id);

  // 4) Connect WebSocket and send a message
  const socket = io(BASE_URL, { auth: { token } });

  socket.on('connect', () => {
    console.log('WS connected:', socket.id);
    socket.emit('message.send', { channelId: channel.id, text: 'Hello from WebSocket ⚡' }, (ack) => {
      if (ack?.error) console.error('WS send error:', ack.error);
      else console.log('WS message ack:', ack.message?.id);
    });
  });

  socket.on('message.new', (m) => {
    if (m.channel_id !== channel.id) return;
    console.log('WS message.new:', m.id, m.text);
  });

  socket.on('connect_error', (err) => {
    console.error('WS connect_error:', err.message);
  });

  // exit after a short demo window
  setTimeout(() => {
    socket.disconnect();
    console.log('done');
  }, 3500);
}

main().catch((e) => {
  console.error(e);
  process.exit(1);
});
