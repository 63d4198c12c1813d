// The reference: one Node process on one port, with nothing left out that makes it fast and nothing
// put in that makes it slow. Reads PORT, DATABASE_URL, ADMIN_KEY and JWT_SECRET.
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import * as database from './database.js';
import { routes } from './rest.js';
import { open } from './sockets.js';

await database.migrate();
const io = new Server({ maxHttpBufferSize: 64 * 1024, serveClient: false, cors: { origin: '*' } });
const server = createServer(routes(io));
io.attach(server);
open(io);
server.keepAliveTimeout = 60_000;
server.listen(Number(process.env.PORT), '127.0.0.1', 1024, () => console.log(`listening on ${process.env.PORT}`));

// Memory is compared after a full collection, which `node --expose-gc` lets us ask for.
process.on('SIGUSR2', () => globalThis.gc?.());
process.on('SIGTERM', async () => {
  await io.close();
  await database.close();
  process.exit(0);
});
