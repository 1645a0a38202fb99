/** What every `ReleaseStorage` does, wherever it keeps records: an array for any test framework. */
import { newMap } from 'go-template';

import { ReleaseError, type ReleaseErrorCode } from '../error.ts';
import type { Release, ReleaseStatus } from '../record.ts';
import type { RecordQuery, ReleaseStorage } from '../storage/storage.ts';

export interface StorageCase {
  readonly name: string;
  /** In a storage with nothing in it, of the namespace that is named. Rejects when the storage does not hold to it. */
  check(storage: ReleaseStorage, namespace: string): Promise<void>;
}

const TIME = '2026-01-02T03:04:05.678901234Z';

function revision(
  namespace: string,
  version: number,
  {
    name = 'web',
    status = 'deployed',
    labels = {},
  }: Partial<Pick<Release, 'name' | 'labels'>> & { status?: ReleaseStatus } = {},
): Release {
  const values = newMap();
  values.replicas = 2;
  return {
    name,
    namespace,
    version,
    info: { first_deployed: TIME, last_deployed: TIME, description: 'Install complete', status, notes: 'so schön\n' },
    chart: {
      metadata: { apiVersion: 'v2', name: 'shop', version: '1.0.0', appVersion: '7' },
      templates: [{ name: 'templates/a.yaml', data: btoa('kind: ConfigMap') }],
      values,
      // Go writes what is no time too.
      schemamodtime: '0001-01-01T00:00:00Z',
      files: [],
    },
    config: values,
    manifest: '---\n# Source: shop/templates/a.yaml\nkind: ConfigMap\n',
    hooks: [
      {
        name: 'check',
        kind: 'Pod',
        path: 'shop/templates/check.yaml',
        manifest: 'kind: Pod',
        events: ['test'],
        weight: -1,
        deletePolicies: ['hook-succeeded'],
        outputLogPolicies: [],
        lastRun: { started_at: TIME, completed_at: TIME, phase: 'Succeeded' },
      },
    ],
    applyMethod: 'ssa',
    labels,
  };
}

const printed = (value: unknown): string => JSON.stringify(sorted(value), null, 1);

/** The order of members is nobody's promise. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, sorted(member)]),
  );
}

function same(what: string, seen: unknown, wanted: unknown): void {
  if (printed(seen) !== printed(wanted)) throw new Error(`${what}: ${printed(seen)} instead of ${printed(wanted)}`);
}

async function refused(promise: Promise<unknown>, code: ReleaseErrorCode, message: string): Promise<void> {
  try {
    await promise;
  } catch (e) {
    if (!(e instanceof ReleaseError)) throw e;
    return same('the refusal', [e.code, e.message], [code, message]);
  }
  throw new Error(`it was not refused with ${code}`);
}

const keysOf = async (storage: ReleaseStorage, query: RecordQuery): Promise<string[]> =>
  (await storage.list(query)).map(({ name, version }) => `${name}.v${version}`).sort();

export const storageContract: readonly StorageCase[] = [
  {
    name: 'what is created is read as it was',
    async check(storage, namespace) {
      const release = revision(namespace, 1, { labels: { team: 'a' } });
      await storage.create(release);
      same('the revision', await storage.get('web', 1), release);
    },
  },
  {
    name: 'a revision is created once',
    async check(storage, namespace) {
      await storage.create(revision(namespace, 1));
      await refused(storage.create(revision(namespace, 1)), 'RELEASE_EXISTS', 'release: already exists');
    },
  },
  {
    name: 'what is not there is neither read, changed nor removed',
    async check(storage, namespace) {
      await storage.create(revision(namespace, 1));
      for (const act of [
        () => storage.get('web', 2),
        () => storage.get('other', 1),
        () => storage.update(revision(namespace, 2)),
        () => storage.delete('web', 2),
      ]) {
        await refused(act(), 'RELEASE_NOT_FOUND', 'release: not found');
      }
    },
  },
  {
    name: 'a change replaces the record, and its labels say so',
    async check(storage, namespace) {
      await storage.create(revision(namespace, 1, { status: 'pending-install', labels: { team: 'a' } }));
      const changed = revision(namespace, 1, { status: 'failed', labels: { team: 'a' } });
      await storage.update(changed);
      same('the revision', await storage.get('web', 1), changed);
      const [head] = await storage.list({ name: 'web' });
      same('its head', [head?.status, head?.labels.status, head?.labels.team], ['failed', 'failed', 'a']);
    },
  },
  {
    name: 'what is removed is gone, and what is beside it stays',
    async check(storage, namespace) {
      for (const version of [1, 2]) await storage.create(revision(namespace, version));
      await storage.delete('web', 1);
      same('what is left', await keysOf(storage, {}), ['web.v2']);
      await storage.create(revision(namespace, 1));
      same('what there is again', await keysOf(storage, {}), ['web.v1', 'web.v2']);
    },
  },
  {
    name: 'what is done at once is done each by itself',
    async check(storage, namespace) {
      for (let version = 1; version <= 6; version++)
        await storage.create(revision(namespace, version, { labels: { a: 'b' } }));
      const outcomes = await Promise.allSettled([
        ...[1, 2, 3, 9].map((version) => storage.delete('web', version)),
        ...[4, 8].map((version) => storage.create(revision(namespace, version))),
        storage.update(revision(namespace, 5, { status: 'superseded' })),
      ]);
      const failed = outcomes.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []));
      same('what was refused', failed, [3, 4]);
      same('what there is', await keysOf(storage, {}), ['web.v4', 'web.v5', 'web.v6', 'web.v8']);
      same('what is changed', await keysOf(storage, { status: 'superseded' }), ['web.v5']);
    },
  },
  {
    name: 'lists are by name, status and labels',
    async check(storage, namespace) {
      await storage.create(revision(namespace, 1, { status: 'superseded', labels: { team: 'a' } }));
      await storage.create(revision(namespace, 2, { labels: { team: 'b' } }));
      await storage.create(revision(namespace, 1, { name: 'web-2' }));
      const cases: [RecordQuery, string[]][] = [
        [{}, ['web-2.v1', 'web.v1', 'web.v2']],
        [{ name: 'web' }, ['web.v1', 'web.v2']],
        [{ name: 'none' }, []],
        [{ status: 'deployed' }, ['web-2.v1', 'web.v2']],
        [{ name: 'web', status: 'deployed' }, ['web.v2']],
        [{ selector: 'team=a' }, ['web.v1']],
        [{ selector: 'team!=a' }, ['web-2.v1', 'web.v2']],
        [{ selector: 'team in (a, b),status=deployed' }, ['web.v2']],
        [{ name: 'web', selector: '!team' }, []],
      ];
      for (const [query, wanted] of cases) same(JSON.stringify(query), await keysOf(storage, query), wanted);
    },
  },
  {
    name: 'a head tells what it is, and loads the rest',
    async check(storage, namespace) {
      const release = revision(namespace, 3, { labels: { team: 'a' } });
      await storage.create(release);
      const [head] = await storage.list({ name: 'web' });
      if (head === undefined) throw new Error('there is no head');
      const { labels } = head;
      same('the head', [head.name, head.namespace, head.version, head.status], ['web', namespace, 3, 'deployed']);
      same('its labels', [labels.name, labels.owner, labels.version, labels.team], ['web', 'helm', '3', 'a']);
      same('the revision', { ...(await head.load()), labels: {} }, { ...release, labels: {} });
    },
  },
  {
    name: 'a head that was listed without its record loads it as it is then',
    async check(storage, namespace) {
      const release = revision(namespace, 1);
      await storage.create(release);
      const [head] = await storage.list({ headsOnly: true });
      if (head === undefined) throw new Error('there is no head');
      same('the head', [head.name, head.namespace, head.version, head.packed], ['web', namespace, 1, undefined]);
      same('the revision', { ...(await head.load()), labels: {} }, release);
      await storage.delete('web', 1);
      if (storage.name !== 'Memory') await refused(head.load(), 'RELEASE_NOT_FOUND', 'release: not found');
    },
  },
  {
    name: 'those among some are found, with their records',
    async check(storage, namespace) {
      for (const version of [1, 2]) await storage.create(revision(namespace, version));
      for (const name of ['a', 'b']) await storage.create(revision(namespace, 1, { name }));
      const heads = await storage.list({ headsOnly: true });
      const among = heads.filter(({ name, version }) => name === 'a' || version === 2);
      const found = await storage.collect({ among }, ({ name, version, load }) => ({
        key: `${name}.v${version}`,
        load,
      }));
      for (const wanted of ['a.v1', 'web.v2']) {
        const { load } = found.find(({ key }) => key === wanted) ?? {};
        same(wanted, `${(await load?.())?.name}.v${(await load?.())?.version}`, wanted);
      }
      same('without any', await keysOf(storage, { among: [], name: 'none' }), []);
    },
  },
  {
    name: "the storage's labels are not the release's, and are not taken from it",
    async check(storage, namespace) {
      await storage.create(revision(namespace, 1, { labels: { team: 'a', status: 'lie', owner: 'me' } }));
      same('labels', (await storage.get('web', 1)).labels, { team: 'a' });
      const [head] = await storage.list({ name: 'web' });
      same('its own', [head?.labels.status, head?.labels.owner], ['deployed', 'helm']);
    },
  },
];
