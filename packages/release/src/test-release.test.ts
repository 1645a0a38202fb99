import { KubeError } from '@pack/kube';
import { beforeEach, describe, expect, test } from 'vitest';

import { install } from './install.ts';
import type { ReleaseRun } from './ports.ts';
import { type Tested, type TestInput, testRelease } from './test-release.ts';
import {
  chartOf,
  configMap,
  createWorld,
  faultOf,
  hook,
  NAMESPACE,
  pod,
  valuesOf,
  type World,
} from './testing/world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});

const passing = { a: configMap('NAME'), t: pod('t-a', hook('test')), u: pod('t-b', hook('test-success')) };
const failing = { ...passing, f: pod('t-aa', hook('test'), 'fail') };

async function installed(templates: Readonly<Record<string, string>> = passing): Promise<void> {
  await install(
    {
      name: 'web',
      namespace: NAMESPACE,
      chart: chartOf(templates),
      values: valuesOf(),
      dryRun: 'none',
      serverSide: true,
      wait: 'watcher',
      timeout: 2000,
    },
    world.ports,
  );
}

const tested = (more: Partial<TestInput> = {}, run: ReleaseRun = world.run): Promise<Tested> =>
  testRelease({ name: 'web', timeout: 2000, ...more }, world.ports, run);

const phases = ({ release }: Tested): string =>
  release.hooks
    .map(({ name, lastRun }) => `${name} ${lastRun.phase}`.trim())
    .sort()
    .join(', ');

test('tests run, and the record says how', async () => {
  await installed();
  const result = await tested();
  expect(result.fault).toBeUndefined();
  expect(phases(result)).toBe('t-a Succeeded, t-b Succeeded');
  expect(await world.records.get('web', 1)).toEqual({ ...result.release, labels: {} });
  await result.finish();
  expect(await world.names('Pod')).toEqual(['t-a', 't-b']);
});

describe('which', () => {
  const cases: [string, Partial<TestInput>, string][] = [
    ['all', {}, 't-a Succeeded, t-b Succeeded'],
    ['some', { include: ['t-b'] }, 't-a, t-b Succeeded'],
    ['all but some', { exclude: ['t-b'] }, 't-a Succeeded, t-b'],
    ['none', { include: ['t-b'], exclude: ['t-b'] }, 't-a, t-b'],
  ];
  test.each(cases)('%s', async (_, more, wanted) => {
    await installed();
    expect(phases(await tested(more))).toBe(wanted);
  });
});

test('the first that fails is the last', async () => {
  await installed(failing);
  const result = await tested();
  expect((result.fault as KubeError).code).toBe('KUBE_NOT_READY');
  expect(phases(result)).toBe('t-a Succeeded, t-aa Failed, t-b');
  expect(await world.history()).toBe('1 deployed');
});

test.each<[string, Partial<TestInput>, string]>([
  ['no release', { name: 'other' }, 'release: not found'],
  ['no name', { name: 'Web' }, 'releaseTest: Release name is invalid: Web'],
])('%s', async (_, more, message) => {
  await installed();
  expect((await faultOf(tested(more))).message).toBe(message);
});

describe('--cleanup', () => {
  test('removes what ran, when logs were read', async () => {
    await installed();
    const result = await tested({ cleanup: true });
    expect(await world.names('Pod')).toEqual(['t-a', 't-b']);
    await result.finish();
    expect(await world.names('Pod')).toEqual([]);
    expect(await world.names()).toEqual(['web']);
  });

  test('also what failed', async () => {
    await installed(failing);
    const result = await tested({ cleanup: true });
    expect(await world.names('Pod')).toEqual(['t-a', 't-aa']);
    await result.finish();
    expect(await world.names('Pod')).toEqual([]);
  });

  test('leaves what was not chosen', async () => {
    await installed();
    await tested();
    await (await tested({ cleanup: true, include: ['t-a'] })).finish();
    expect(await world.names('Pod')).toEqual(['t-b']);
  });

  test('also when it is stopped', async () => {
    await installed({ a: pod('t-a', hook('test')), b: pod('t-b', hook('test')) });
    const stop = new AbortController();
    const onEvent: ReleaseRun['onEvent'] = (event) => {
      if (event.type === 'hook' && event.phase === 'done') stop.abort();
    };
    expect((await faultOf(tested({ cleanup: true }, { signal: stop.signal, onEvent }))).name).toBe('AbortError');
    expect(await world.names('Pod')).toEqual([]);
  });

  test('also when the record cannot be written', async () => {
    await installed();
    const ports = {
      ...world.ports,
      records: {
        ...world.records,
        update: async () => {
          throw new KubeError('KUBE_FORBIDDEN', 'no more');
        },
      },
    };
    await faultOf(testRelease({ name: 'web', timeout: 2000, cleanup: true }, ports, world.run));
    expect(await world.names('Pod')).toEqual([]);
  });
});

describe('at once', () => {
  const begun = (): string[] => world.heard.filter((line) => / (?:begun|done|failed)$/.test(line));
  const weighed = (weight: string) => hook('test', { weight });
  const many = {
    a: configMap('NAME'),
    t: pod('one-a', weighed('1')),
    u: pod('one-b', weighed('1')),
    v: pod('two', weighed('2')),
  };

  test('those of equal weight, before those of a higher one', async () => {
    await installed(many);
    const result = await tested({ parallel: 4 });
    expect(begun().slice(0, 2).sort()).toEqual(['test one-a begun', 'test one-b begun']);
    expect(begun().slice(-2)).toEqual(['test two begun', 'test two done']);
    expect(phases(result)).toBe('one-a Succeeded, one-b Succeeded, two Succeeded');
    expect(await world.records.get('web', 1)).toEqual({ ...result.release, labels: {} });
    await result.finish();
  });

  test('no more than is said', async () => {
    await installed(many);
    await tested({ parallel: 1 });
    expect(begun().slice(0, 2)).toEqual(['test one-a begun', 'test one-a done']);
  });

  test('one that fails: those beside it end, those after it do not begin', async () => {
    await installed({ ...many, f: pod('one-aa', weighed('1'), 'fail') });
    const result = await tested({ parallel: 4, cleanup: true });
    expect((result.fault as Error).message).toContain('one-aa');
    expect(phases(result)).toBe('one-a Succeeded, one-aa Failed, one-b Succeeded, two');
    expect(result.release.hooks.length).toBe(4);
    await result.finish();
    expect(await world.names('Pod')).toEqual([]);
  });

  test('what is not chosen stays in the record', async () => {
    await installed(many);
    const { release } = await tested({ parallel: 4, include: ['one-a', 'one-b'] });
    expect(release.hooks.map(({ name }) => name).sort()).toEqual(['one-a', 'one-b', 'two']);
  });

  test('that is stopped', async () => {
    await installed({ ...many, f: pod('one-aa', weighed('1'), 'hang') });
    const error = await faultOf(
      tested({ parallel: 4 }, { ...world.run, signal: AbortSignal.timeout(50) }).then(({ fault }) => {
        throw fault;
      }),
    );
    expect(error.message).toMatch(/abort|cancel|time/i);
  });
});
