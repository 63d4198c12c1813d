// A real Heyyo for the tests of the clients: the program that cargo built, on a private PostgreSQL in a
// folder of its own. It can be killed in mid-chat and come back on the same port with the same data.
import { spawn } from 'node:child_process';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));

const program = process.env.HEYYO_BINARY ?? join(repository, 'target/debug/heyyo');

/** Where `plugins/build` leaves the bundled plugins. */
const plugins = process.env.HEYYO_PLUGINS ?? join(repository, 'plugins/dist');

/** A port of this machine that nothing listens on. */
async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => probe.once('listening', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

/** One server. `url` stays the same over restarts. */
export class TestServer {
  #child;
  #folder;
  #environment;
  /** What it said, for when a test fails. */
  output = '';

  /** Starts a server and waits until it answers. Rate limits are off unless `environment` says otherwise. */
  static async start(environment = {}) {
    await access(program).catch(() => {
      throw new Error(`${program} is not there: run \`cargo build\`, or say where it is with HEYYO_BINARY`);
    });
    const server = new TestServer();
    server.#folder = await mkdtemp(join(tmpdir(), 'heyyo-clients-'));
    server.#environment = { HEYYO_RATE_LIMITS__ENABLED: 'false', ...environment };
    server.port = await freePort();
    server.url = `http://localhost:${server.port}`;
    await server.up();
    return server;
  }

  /** Starts the server again after `kill` or `stop`. */
  async up() {
    this.#child = spawn(program, ['--port', String(this.port), '--data-dir', join(this.#folder, 'data')], {
      cwd: this.#folder,
      env: { ...process.env, ...this.#environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (bytes) => (this.output += bytes));
    }
    const child = this.#child;
    const deadline = Date.now() + 120_000;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`The server ended:\n${this.output}`);
      if (Date.now() > deadline) throw new Error(`The server does not answer:\n${this.output}`);
      const answer = await fetch(`${this.url}/ready`).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** Ends the server as a crash would (`kill -9`). */
  kill() {
    return this.#end('SIGKILL');
  }

  /** Asks the server to end, as an operator does. */
  stop() {
    return this.#end('SIGTERM');
  }

  /** Ends the server and removes its data. */
  async remove() {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #end(signal) {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await ended;
  }

  /** A call as JSON; throws with the server's words when it is refused. */
  async call(method, path, { body, headers = {} } = {}) {
    const answer = await fetch(this.url + path, {
      method,
      headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
      body: body && JSON.stringify(body),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${said.error}`);
    return said;
  }

  /** A new tenant: `{id, api_key, api_secret, …}`. */
  createApp(name = 'Acme') {
    return this.call('POST', '/api/apps', { body: { name } });
  }

  /** A token for a user of a tenant, who is made if there is none. */
  async token({ api_key, api_secret }, user_id, profile = {}) {
    const body = { api_key, api_secret, user_id, ...profile };
    return (await this.call('POST', '/api/auth/token', { body })).token;
  }

  /** Installs a bundled plugin (`plugins/dist`) for a tenant, live. */
  async installPlugin({ api_key, api_secret }, name, config = {}) {
    const form = new FormData();
    form.set('settings', JSON.stringify({ name, config }));
    form.set('wasm', new Blob([await readFile(join(plugins, `${name}.wasm`))]), `${name}.wasm`);
    const headers = { 'x-api-key': api_key, 'x-api-secret': api_secret };
    const answer = await fetch(`${this.url}/api/plugins`, { method: 'POST', headers, body: form });
    const said = await answer.json();
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${said.error}`);
    return said;
  }
}
