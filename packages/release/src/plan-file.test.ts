import fc from 'fast-check';
import { newMap } from 'go-template';
import { describe, expect, test } from 'vitest';

import type { Plan } from './plan.ts';
import { openPlan, PLAN_KEY_LENGTH, type SealedPlan, sealPlan } from './plan-file.ts';

const key = new Uint8Array(PLAN_KEY_LENGTH).fill(7);
const CREATED = '2026-01-01T00:00:00.000Z';
const SECRET = 'hunter2hunter2';

const plan: Plan = {
  action: 'upgrade',
  base: { version: 3, digest: 'd1' },
  observed: [{ ref: { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 's' }, digest: 'd2' }],
  crds: [{ name: 'crds/a.yaml', text: 'kind: CustomResourceDefinition\n' }],
  changes: [
    {
      ref: { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 's' },
      change: 'changed',
      fields: [{ path: 'data.password', before: '(secret)', after: '(another secret)' }],
    },
  ],
  options: { wait: 'watcher', timeout: 1000, forceConflicts: true },
  target: {
    name: 'rel',
    namespace: 'shop',
    version: 4,
    info: { status: 'pending-upgrade', last_deployed: CREATED },
    chart: {
      metadata: { apiVersion: 'v2', name: 'app', version: '1.2.3' },
      schemamodtime: '0001-01-01T00:00:00Z',
      templates: [],
      values: null,
      files: [],
    },
    config: Object.assign(newMap(), { password: SECRET }),
    manifest: `kind: Secret\nstringData: {password: ${SECRET}}\n`,
    hooks: [],
    applyMethod: 'ssa',
    labels: { team: 'a' },
  },
};
const sealed: SealedPlan = { plan, source: { path: '/charts/app', digest: 'd3' } };

describe('a plan', () => {
  test('comes out of its file as it went in', async () => {
    const opened = await openPlan(await sealPlan(sealed, key, CREATED), key);
    expect(opened).toEqual(sealed);
  });

  test('shows what is reviewed and nothing that is secret', async () => {
    const text = await sealPlan(sealed, key, CREATED);
    expect(JSON.parse(text)).toMatchObject({
      apiVersion: 'pack/v1',
      kind: 'Plan',
      created: CREATED,
      action: 'upgrade',
      release: { name: 'rel', namespace: 'shop', revision: 3 },
      chart: 'app-1.2.3',
      changes: [{ change: 'changed', fields: [{ path: 'data.password' }] }],
    });
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(btoa(SECRET).slice(0, 12));
  });

  test('may be laid out anew', async () => {
    const text = JSON.stringify(JSON.parse(await sealPlan(sealed, key, CREATED)));
    expect((await openPlan(text, key)).plan.target.manifest).toBe(plan.target.manifest);
  });

  const changes: readonly (readonly [string, (file: Record<string, unknown>) => unknown])[] = [
    ['its action', (file) => ({ ...file, action: 'install' })],
    ['its changes', (file) => ({ ...file, changes: [] })],
    ['its release', (file) => ({ ...file, release: { name: 'other', namespace: 'shop', revision: 3 } })],
    ['a field more', (file) => ({ ...file, approved: true })],
  ];
  test.each(changes)('is refused when somebody changed %s', async (_, change) => {
    const text = JSON.stringify(change(JSON.parse(await sealPlan(sealed, key, CREATED))));
    await expect(openPlan(text, key)).rejects.toMatchObject({ code: 'RELEASE_PLAN_UNREADABLE' });
  });

  test('is refused when any byte of what is sealed is another', async () => {
    const file = JSON.parse(await sealPlan(sealed, key, CREATED)) as { sealed: string };
    const bytes = Uint8Array.from(atob(file.sealed), (char) => char.charCodeAt(0));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const other = bytes.slice();
        other[at] = (other[at] as number) ^ mask;
        const text = JSON.stringify({ ...file, sealed: btoa(String.fromCharCode(...other)) });
        await expect(openPlan(text, key)).rejects.toMatchObject({ code: 'RELEASE_PLAN_UNREADABLE' });
      }),
      { numRuns: 50 },
    );
  });

  test('is refused with another key', async () => {
    const other = new Uint8Array(PLAN_KEY_LENGTH).fill(8);
    const text = await sealPlan(sealed, key, CREATED);
    await expect(openPlan(text, other)).rejects.toMatchObject({ code: 'RELEASE_PLAN_UNREADABLE' });
  });

  test('that is none is not quoted', async () => {
    const fault = (await openPlan('hunter2-and-more', key).catch((e: unknown) => e)) as Error;
    expect([fault.message, fault.cause]).toEqual(['the plan cannot be read: it is no JSON', undefined]);
  });

  const broken = [
    '',
    'nonsense',
    'null',
    '[]',
    '{}',
    '{"apiVersion":"pack/v1","kind":"Plan","changes":[],"sealed":""}',
  ];
  test.each(broken)('is refused when the file is %j', async (text) => {
    await expect(openPlan(text, key)).rejects.toMatchObject({ code: 'RELEASE_PLAN_UNREADABLE' });
  });
});
