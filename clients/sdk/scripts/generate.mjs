// Writes src/api.ts from the description that a server gives of itself. `npm run generate [url]`: of that
// server, or of one that is started for it. tests/contract.test.ts compares the file with a real server.
import openapi, { astToString } from 'openapi-typescript';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { TestServer } from '../../testing/server.mjs';

/** Where the types of the REST calls are. */
export const file = fileURLToPath(new URL('../src/api.ts', import.meta.url));

const HEAD = `// The shapes of the REST calls, as the server describes them in /openapi.json.
// Made by \`npm run generate\`; never edited by hand.

`;

/** The text of src/api.ts for the server at a URL. */
export async function generated(url) {
  const answer = await fetch(new URL('/openapi.json', url));
  if (!answer.ok) throw new Error(`/openapi.json: ${answer.status}`);
  return HEAD + astToString(await openapi(needed(await answer.json())));
}

/** What a user's client calls, and the shapes that it needs; the rest is for backends and operators. */
function needed(document) {
  const paths = Object.entries(document.paths).filter(([path]) => /^\/api\/channels($|\/)/.test(path));
  const kept = { ...document, paths: Object.fromEntries(paths), components: {} };
  for (const waiting = [kept.paths]; waiting.length > 0;) {
    for (const [, kind, name] of JSON.stringify(waiting.pop()).matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)) {
      const shapes = (kept.components[kind] ??= {});
      if (shapes[name]) continue;
      shapes[name] = document.components[kind][name];
      waiting.push(shapes[name]);
    }
  }
  // In the server's order, whichever of them was found first.
  for (const [kind, shapes] of Object.entries(document.components)) {
    if (!kept.components[kind]) continue;
    const found = Object.keys(shapes).filter((name) => name in kept.components[kind]);
    kept.components[kind] = Object.fromEntries(found.map((name) => [name, shapes[name]]));
  }
  return kept;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const url = process.argv[2];
  const server = url ? undefined : await TestServer.start();
  try {
    await writeFile(file, await generated(url ?? server.url));
  } finally {
    await server?.remove();
  }
}
