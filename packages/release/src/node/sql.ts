/** Records in PostgreSQL, in Helm's tables. Helm: pkg/storage/driver/sql.go. */

import { parseSelector } from '@pack/kube';
import type { Client, QueryResult } from 'pg';
import { ReleaseError } from '../error.ts';
import { packRecord, unpackRecord } from '../record.ts';
import {
  alreadyExists,
  keyOf,
  notFound,
  OWNER,
  ownLabels,
  type RecordHead,
  type ReleaseStorage,
} from '../storage/storage.ts';

export interface SqlStorageOptions {
  /** As libpq reads it, or a URL. */
  readonly connection: string;
  /** Of all namespaces, for lists, if empty. */
  readonly namespace: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Ends with `close`. */
export interface SqlStorage extends ReleaseStorage {
  close(): Promise<void>;
}

const TYPE = 'helm.sh/release.v1';

interface Reference {
  ref(): void;
  unref(): void;
}

/** Helm's own migrations by their names, so that either program finds what the other has done. */
const MIGRATIONS: readonly (readonly [id: string, statements: string])[] = [
  [
    'init',
    `CREATE TABLE releases_v1 (
       key VARCHAR(90), type VARCHAR(64) NOT NULL, body TEXT NOT NULL, name VARCHAR(64) NOT NULL,
       namespace VARCHAR(64) NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL, owner TEXT NOT NULL,
       createdAt INTEGER NOT NULL, modifiedAt INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(key, namespace));
     CREATE INDEX ON releases_v1 (key, namespace);
     CREATE INDEX ON releases_v1 (version);
     CREATE INDEX ON releases_v1 (status);
     CREATE INDEX ON releases_v1 (owner);
     CREATE INDEX ON releases_v1 (createdAt);
     CREATE INDEX ON releases_v1 (modifiedAt);
     GRANT ALL ON releases_v1 TO PUBLIC;
     ALTER TABLE releases_v1 ENABLE ROW LEVEL SECURITY;`,
  ],
  [
    'custom_labels',
    `CREATE TABLE custom_labels_v1 (
       releaseKey VARCHAR(64), releaseNamespace VARCHAR(67), key VARCHAR(317), value VARCHAR(63));
     CREATE INDEX ON custom_labels_v1 (releaseKey, releaseNamespace);
     GRANT ALL ON custom_labels_v1 TO PUBLIC;
     ALTER TABLE custom_labels_v1 ENABLE ROW LEVEL SECURITY;`,
  ],
];

/** Two that set up one database wait for each other by this number. */
const SETUP_LOCK = 7_233_521;
const UNIQUE_VIOLATION = '23505';

/** Connects, and makes the tables where there are none. Throws STORAGE_UNREACHABLE. */
export async function openSqlStorage({ connection, namespace, now }: SqlStorageOptions): Promise<SqlStorage> {
  const { default: pg } = await import('pg');
  // The types of the library leave out ref and unref.
  const client = new pg.Client({ connectionString: connectionUrl(connection) }) as Client & Reference;
  // A connection that is lost while it idles is told to who asks next.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await setUp(client);
    client.unref();
  } catch (e) {
    await client.end().catch(() => undefined);
    throw unreachable(e);
  }
  const seconds = (): number => Math.floor(now() / 1000);
  let asked = 0;
  const query = async (text: string, values: readonly unknown[]): Promise<QueryResult> => {
    // A connection that is not asked anything must not keep the process alive.
    if (asked++ === 0) client.ref();
    try {
      return await client.query(text, [...values]);
    } catch (e) {
      throw (e as { code?: unknown }).code === UNIQUE_VIOLATION ? e : unreachable(e);
    } finally {
      if (--asked === 0) client.unref();
    }
  };
  const labelsOf = async (keys: readonly string[]): Promise<ReadonlyMap<string, Record<string, string>>> => {
    const { rows } = await query(
      'SELECT releaseKey, releaseNamespace, key, value FROM custom_labels_v1 WHERE releaseKey = ANY($1)',
      [keys],
    );
    const found = new Map<string, Record<string, string>>();
    for (const { releasekey, releasenamespace, key, value } of rows) {
      const id = `${releasenamespace}/${releasekey}`;
      found.set(id, { ...found.get(id), [key]: value });
    }
    return found;
  };
  const bodyOf = async (key: string, within: string): Promise<string> => {
    const { rows } = await query('SELECT body FROM releases_v1 WHERE key = $1 AND namespace = $2', [key, within]);
    const [row] = rows;
    if (row === undefined) throw notFound();
    return row.body;
  };
  /** One after the other: there is one connection. */
  let turn: Promise<unknown> = Promise.resolve();
  const transaction = (act: () => Promise<void>): Promise<void> => {
    const done = turn.then(async () => {
      await query('BEGIN', []);
      try {
        await act();
        await query('COMMIT', []);
      } catch (e) {
        await query('ROLLBACK', []).catch(() => undefined);
        throw e;
      }
    });
    turn = done.catch(() => undefined);
    return done;
  };

  const storage: SqlStorage = {
    name: 'SQL',

    async list(query) {
      return storage.collect(query, (head) => head);
    },

    async collect({ name, status, selector = '', headsOnly = false, among }, pick) {
      const conditions = [`owner = $1`];
      const values: unknown[] = [OWNER];
      for (const [column, value] of [
        ['namespace', namespace || undefined],
        ['name', name],
        ['status', status],
      ]) {
        if (value === undefined) continue;
        values.push(value);
        conditions.push(`${column} = $${values.length}`);
      }
      if (among !== undefined) {
        values.push(among.map((head) => keyOf(head.name, head.version)));
        conditions.push(`key = ANY($${values.length})`);
      }
      const { rows } = await query(
        `SELECT key, namespace, name, version, status, createdAt, modifiedAt${headsOnly ? '' : ', body'} FROM releases_v1 WHERE ${conditions.join(' AND ')}`,
        values,
      );
      const labels = await labelsOf(rows.map(({ key }) => key));
      const matches = parseSelector(selector);
      return rows
        .map((row): RecordHead => {
          const own = {
            ...labels.get(`${row.namespace}/${row.key}`),
            name: row.name,
            owner: OWNER,
            status: row.status,
            version: String(row.version),
          };
          return {
            name: row.name,
            namespace: row.namespace,
            version: row.version,
            status: row.status,
            labels: own,
            ...(!headsOnly && { packed: row.body }),
            load: async () => unpackRecord(headsOnly ? await bodyOf(row.key, row.namespace) : row.body, own),
          };
        })
        .filter((head) => matches(head.labels))
        .map(pick);
    },

    async get(name, version) {
      const key = keyOf(name, version);
      return unpackRecord(await bodyOf(key, namespace), (await labelsOf([key])).get(`${namespace}/${key}`) ?? {});
    },

    async create(release) {
      const { name, version, info, labels } = release;
      const key = keyOf(name, version);
      const body = await packRecord(release);
      try {
        await transaction(async () => {
          await query(
            'INSERT INTO releases_v1 (key, type, body, name, namespace, version, status, owner, createdAt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)',
            [key, TYPE, body, name, namespace, version, info.status, OWNER, seconds()],
          );
          for (const [label, value] of Object.entries(ownLabels(labels))) {
            await query(
              'INSERT INTO custom_labels_v1 (releaseKey, releaseNamespace, key, value) VALUES ($1, $2, $3, $4)',
              [key, namespace, label, value],
            );
          }
        });
      } catch (e) {
        throw (e as { code?: unknown }).code === UNIQUE_VIOLATION ? alreadyExists(e) : e;
      }
    },

    async update(release) {
      const { name, version, info } = release;
      const { rowCount } = await query(
        'UPDATE releases_v1 SET body = $3, name = $4, version = $5, status = $6, owner = $7, modifiedAt = $8 WHERE key = $1 AND namespace = $2',
        [keyOf(name, version), namespace, await packRecord(release), name, version, info.status, OWNER, seconds()],
      );
      if (rowCount === 0) throw notFound();
    },

    async delete(name, version) {
      const key = keyOf(name, version);
      await transaction(async () => {
        const { rowCount } = await query('DELETE FROM releases_v1 WHERE key = $1 AND namespace = $2', [key, namespace]);
        if (rowCount === 0) throw notFound();
        await query('DELETE FROM custom_labels_v1 WHERE releaseKey = $1 AND releaseNamespace = $2', [key, namespace]);
      });
    },

    async close() {
      // Else a process that has nothing else to do ends before.
      client.ref();
      await client.end();
    },
  };
  return storage;
}

/** The table of migrations is that of the library that Helm uses for them. */
async function setUp(client: Client): Promise<void> {
  const done = async (): Promise<ReadonlySet<string>> => {
    const { rows } = await client.query("SELECT to_regclass('gorp_migrations') AS name");
    if (rows[0]?.name === null) return new Set();
    return new Set((await client.query('SELECT id FROM gorp_migrations')).rows.map(({ id }) => id));
  };
  const isDone = (ids: ReadonlySet<string>): boolean => MIGRATIONS.every(([id]) => ids.has(id));
  if (isDone(await done())) return;
  await client.query('BEGIN');
  await client.query('SELECT pg_advisory_xact_lock($1)', [SETUP_LOCK]);
  const ids = await done();
  await client.query(
    'CREATE TABLE IF NOT EXISTS gorp_migrations (id text NOT NULL PRIMARY KEY, applied_at timestamp with time zone)',
  );
  for (const [id, statements] of MIGRATIONS) {
    if (ids.has(id)) continue;
    await client.query(statements);
    await client.query('INSERT INTO gorp_migrations (id, applied_at) VALUES ($1, now())', [id]);
  }
  await client.query('COMMIT');
}

/** The words of libpq, `host=… user=…`, as a URL; a URL stays. */
function connectionUrl(text: string): string {
  if (/^postgres(?:ql)?:\/\//.test(text)) return text;
  const words = new Map<string, string>();
  for (const [, name = '', quoted, plain = ''] of text.matchAll(/(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S*))/g)) {
    words.set(name, (quoted ?? plain).replaceAll(/\\(.)/g, '$1'));
  }
  const url = new URL('postgres://localhost');
  const host = words.get('host') ?? 'localhost';
  // A folder is that of a socket.
  if (host.startsWith('/')) url.searchParams.set('host', host);
  else url.hostname = host;
  url.port = words.get('port') ?? '5432';
  url.username = encodeURIComponent(words.get('user') ?? '');
  url.password = encodeURIComponent(words.get('password') ?? '');
  url.pathname = `/${encodeURIComponent(words.get('dbname') ?? words.get('user') ?? '')}`;
  for (const name of ['sslmode', 'sslcert', 'sslkey', 'sslrootcert']) {
    const value = words.get(name);
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url.href;
}

/** The reason alone: the connection has a password in it. */
function unreachable(e: unknown): unknown {
  if (e instanceof ReleaseError) return e;
  const { message, code } = e as { message?: string; code?: string };
  return new ReleaseError('STORAGE_UNREACHABLE', `the database of releases: ${message || code}`, {
    hint: 'look at HELM_DRIVER_SQL_CONNECTION_STRING',
  });
}
