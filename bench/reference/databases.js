// Makes two empty databases beside each other in one PostgreSQL and prints what `bench/run` needs:
// their URLs and the process id of PostgreSQL's first process, one a line.
// Reads DATABASE_URL, that of a user who may create databases.
import { readFileSync } from 'node:fs';
import pg from 'pg';

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
for (const name of ['bench_heyyo', 'bench_reference']) {
  await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${name}`);
  console.log(withDatabase(name));
}
const { rows: [{ pid }] } = await client.query('SELECT pg_backend_pid() AS pid');
// The parent of the backend that serves us; the name before it, in parentheses, may hold spaces.
console.log(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[1]);
await client.end();

// By hand, because a URL with a socket folder for its host is not one that `URL` can change.
function withDatabase(name) {
  const [address, parameters] = process.env.DATABASE_URL.split('?');
  const [scheme, rest] = address.split('://');
  return `${scheme}://${rest.split('/')[0]}/${name}${parameters ? `?${parameters}` : ''}`;
}
