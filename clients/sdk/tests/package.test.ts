// The package as it is published: small, loaded either way, and with nothing in it that a browser has not.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';
import { TestServer } from '../../testing/server.mjs';
import { Tenant } from './support.js';

const run = promisify(execFile);
const home = fileURLToPath(new URL('..', import.meta.url));
const LARGEST = 25_000;

/** What a page gets: bundled for browsers and minified. */
async function bundled(external: string[], entry = join(home, 'dist/index.js')) {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    external,
    logLevel: 'silent',
  });
  return { size: gzipSync(outputFiles[0]!.contents, { level: 9 }).length, metafile };
}

test('it is small', async () => {
  const alone = await bundled(['socket.io-client']);
  const whole = await bundled([]);
  console.info(`gzip: ${alone.size} bytes, with socket.io-client ${whole.size}`);
  expect(alone.size).toBeLessThan(LARGEST);
  expect(whole.size).toBeGreaterThan(alone.size);
});

test('it imports nothing but socket.io-client, and nothing of Node', async () => {
  for (const name of ['index.js', 'index.cjs']) {
    const text = await readFile(join(home, 'dist', name), 'utf8');
    const imports = [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\(\s*)["']([^"']+)["']/g)].map(
      ([, module]) => module!,
    );
    expect(imports).toEqual(['socket.io-client']);
    expect(text).not.toMatch(/\b(process|Buffer|__dirname)\b/);
  }
  // The check sees one that is there.
  const folder = await mkdtemp(join(tmpdir(), 'heyyo-sdk-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'bad.js'), `import 'node:fs'; import ${JSON.stringify(join(home, 'dist/index.js'))};`);
  await expect(bundled([], join(folder, 'bad.js'))).rejects.toThrow('node:fs');
  expect(builtinModules).toContain('fs');
});

test('it loads as an ES module and as CommonJS, and a program that disconnects ends', async () => {
  const server = await TestServer.start();
  onTestFinished(() => server.remove());
  const token = await (await Tenant.on(server)).token('ann');
  // With everything running that has a timer: typing, a message that waits, the token.
  const use = `(async () => {
    const client = new HeyyoClient({ apiUrl: ${JSON.stringify(server.url)}, token: () => ${JSON.stringify(token)}, fetch: () => Promise.reject(new HeyyoError('network', 'away')) });
    client.messages.send('00000000-0000-0000-0000-000000000000', 'waits').catch(() => {});
    await client.connect();
    client.typing.keystroke('00000000-0000-0000-0000-000000000000');
    client.disconnect();
    console.log(client.connection);
  })()`;
  const esm = run(
    process.execPath,
    ['--input-type=module', '-e', `import { HeyyoClient, HeyyoError } from '@heyyo/sdk'; ${use}`],
    { cwd: home, timeout: 4_000 },
  );
  const cjs = run(
    process.execPath,
    ['--input-type=commonjs', '-e', `const { HeyyoClient, HeyyoError } = require('@heyyo/sdk'); ${use}`],
    { cwd: home, timeout: 4_000 },
  );
  expect((await esm).stdout).toBe('offline\n');
  expect((await cjs).stdout).toBe('offline\n');
});

test('its types hold for those who use it', async () => {
  const folder = await mkdtemp(join(home, 'node_modules/.types-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const program = `import { HeyyoClient, type Message } from '@heyyo/sdk';
const client = new HeyyoClient({ apiUrl: '', token: async () => '' });
client.on('message.new', (message: Message) => message.user.external_id.length + message.seq);
client.on('connection', (state: 'offline' | 'connecting' | 'online') => state);
// @ts-expect-error no such event
client.on('message.newer', () => {});
// @ts-expect-error no such field
client.messages.send('', 'x').then((message) => message.nothing);
`;
  for (const name of ['use.mts', 'use.cts']) await writeFile(join(folder, name), program);
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023,dom'];
  const files = ['use.mts', 'use.cts'].map((name) => join(folder, name));
  const tsc = fileURLToPath(import.meta.resolve('typescript/bin/tsc'));
  const checked = run(process.execPath, [tsc, ...options, ...files], { cwd: home });
  await checked.catch((failed: { stdout: string }) => expect.unreachable(failed.stdout));
});
