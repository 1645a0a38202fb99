import { describe, expect, test } from 'vitest';

import { install } from './install.ts';
import { applyPlan, planAction } from './plan.ts';
import { chartOf, createWorld, faultOf, NAMESPACE, valuesOf } from './testing/world.ts';
import { uninstall } from './uninstall.ts';
import { upgrade } from './upgrade.ts';

const HOW = { name: 'web', serverSide: true, wait: 'watcher', timeout: 2000 } as const;
const numbers = (n: string, color: string) =>
  chartOf({ a: `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\ndata: {n: ${n}, color: ${color}}\n` });

test('objects with integers beyond 2^53 are planned for, and one that moved by the last digit is seen', async () => {
  const { ports, run } = createWorld();
  const installed = (n: string) => ({ ...HOW, chart: numbers(n, 'red'), values: valuesOf(), namespace: NAMESPACE });
  await install({ ...installed('9007199254740993'), dryRun: 'none' }, ports, run);
  const next = { ...HOW, chart: numbers('9007199254740993', 'blue'), values: valuesOf(), historyMax: 10 };
  const planned = async () =>
    planAction({ action: 'upgrade', target: await upgrade({ ...next, dryRun: 'server' }, ports), options: HOW }, ports);
  const plan = await planned();
  expect(plan.changes.flatMap(({ fields }) => fields)).toEqual([{ path: 'data.color', before: 'red', after: 'blue' }]);
  const live = { apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'web' };
  await ports.cluster.patch(live, { type: 'merge', body: { data: { n: 9007199254740995n } } });
  expect(await faultOf(applyPlan(plan, ports, run))).toMatchObject({ code: 'RELEASE_PLAN_STALE' });
  expect(await applyPlan(await planned(), ports, run)).toMatchObject({ version: 2 });
});

describe('an installation is not planned where the name is in use', () => {
  const input = { ...HOW, chart: numbers('1', 'red'), values: valuesOf(), namespace: NAMESPACE };

  async function createInstalled() {
    const world = createWorld();
    const { ports, run } = world;
    await install({ ...input, dryRun: 'none' }, ports, run);
    const plan = async (replace: boolean) =>
      planAction(
        {
          action: 'install',
          target: await install({ ...input, dryRun: 'server' }, ports),
          options: { ...HOW, replace },
        },
        ports,
      );
    return { ...world, plan };
  }

  test.each([false, true])('by what is deployed, with replace %s', async (replace) => {
    const { plan } = await createInstalled();
    expect(await faultOf(plan(replace))).toMatchObject({ code: 'RELEASE_NAME_IN_USE', hint: 'pack upgrade web' });
  });

  test('nor by what was uninstalled, but with replace', async () => {
    const { ports, run, plan, history } = await createInstalled();
    await uninstall({ ...HOW, keepHistory: true }, ports, run);
    expect(await faultOf(plan(false))).toMatchObject({ code: 'RELEASE_NAME_IN_USE' });
    await applyPlan(await plan(true), ports, run);
    expect(await history()).toBe('1 superseded, 2 deployed');
  });
});
