import { parseChart } from '@pack/core';
import { GoError, newMap, toBytes, toGo } from 'go-template';
import { expect, test } from 'vitest';
import { renderLive } from './live-lookup.ts';

const chartOf = (template: string) =>
  parseChart([
    { name: 'Chart.yaml', data: toBytes('apiVersion: v2\nname: c\nversion: 0.1.0\n') },
    { name: 'templates/a', data: toBytes(template) },
  ]);

const SECRETS: Record<string, Record<string, unknown>> = {
  one: { metadata: { name: 'one', next: 'two' } },
  two: { metadata: { name: 'two', next: 'three' } },
};

async function rendered(template: string) {
  const questions: string[] = [];
  const { files } = await renderLive(
    { chart: chartOf(template) },
    {
      async lookup(apiVersion, kind, namespace, name) {
        questions.push([apiVersion, kind, namespace, name].join('/'));
        if (kind === 'Bad') throw new GoError('forbidden');
        return name in SECRETS ? (toGo(SECRETS[name]) as ReturnType<typeof newMap>) : newMap();
      },
    },
  );
  return { text: files['c/templates/a'], questions };
}

test('what is there, and what is not', async () => {
  const { text, questions } = await rendered(
    '{{ (lookup "v1" "Secret" "ns" "one").metadata.name }}{{ lookup "v1" "Secret" "ns" "none" }}{{ (lookup "v1" "Secret" "ns" "one").metadata.next }}',
  );
  expect(text).toBe('onemap[]two');
  expect(questions.sort()).toEqual(['v1/Secret/ns/none', 'v1/Secret/ns/one']);
});

test('what is looked up because of what was', async () => {
  const { text, questions } = await rendered(
    '{{ $a := lookup "v1" "Secret" "" "one" }}{{ $b := lookup "v1" "Secret" "" $a.metadata.next }}{{ $b.metadata.next }}',
  );
  expect(text).toBe('three');
  expect(questions).toContain('v1/Secret//two');
});

test('an error is that of the template', async () => {
  await expect(rendered('{{ lookup "v1" "Bad" "" "x" }}')).rejects.toMatchObject({
    code: 'RENDER_EXEC',
    message: expect.stringContaining('forbidden'),
  });
});

test('an error where nothing was found is not in the way of what is', async () => {
  expect((await rendered('{{ required "none" (lookup "v1" "Secret" "" "one").metadata }}')).text).toContain('name:one');
});

test('a chart that looks up something else each time', async () => {
  await expect(rendered('{{ lookup "v1" "Secret" "" (randAlpha 20) }}')).rejects.toMatchObject({
    code: 'RENDER_LIMIT',
  });
});

test('names of hosts are resolved where they may be', async () => {
  const world = { now: () => new Date(0), random: (n: number) => new Uint8Array(n), timeZone: '' };
  const chart = chartOf('{{ getHostByName "db" }} {{ getHostByName (printf "%s.x" (getHostByName "db")) }}');
  const resolveHost = async (name: string) =>
    name === 'db' ? ['10.0.0.1'] : name === '10.0.0.1.x' ? ['10.0.0.2'] : [];
  expect((await renderLive({ chart, world }, { resolveHost })).files['c/templates/a']).toBe('10.0.0.1 10.0.0.2');
  expect((await renderLive({ chart, world }, {})).files['c/templates/a']).toBe(' ');
  await expect(renderLive({ chart: chartOf('{{ getHostByName "none" }}'), world }, { resolveHost })).rejects.toThrow(
    'error calling getHostByName: invalid argument to Intn',
  );
});
