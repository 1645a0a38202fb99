import { expect, test } from 'vitest';

import { readArchive } from './archive.ts';
import type { ChartFile } from './chart.ts';
import { packageChart } from './package.ts';
import { loadArchive, parseChart } from './parse.ts';

const files = (contents: Record<string, string>): ChartFile[] =>
  Object.entries(contents).map(([name, content]) => ({ name, data: new TextEncoder().encode(content) }));

const CHART = 'version: 1.0.0\nname: c\napiVersion: v2\nkeywords: []\n';
const SUB = 'apiVersion: v2\nname: s\nversion: 0.1.0\n';
const epoch = new Date(0);

test('files come in the order of Helm, subcharts unpacked', async () => {
  const chart = parseChart(
    files({
      'README.md': 'r',
      'charts/s/Chart.yaml': SUB,
      'charts/s/templates/t.yaml': 't',
      'templates/t.yaml': 't',
      'values.schema.json': '{}',
      'values.yaml': '# kept\na: 1\n',
      'Chart.lock': 'digest: x\n',
      'Chart.yaml': CHART,
    }),
  );
  const { name, data } = await packageChart(chart, epoch);
  expect(name).toBe('c-1.0.0.tgz');
  const packed = await readArchive(data);
  expect(packed.map((file) => file.name)).toEqual([
    'Chart.yaml',
    'Chart.lock',
    'values.yaml',
    'values.schema.json',
    'templates/t.yaml',
    'README.md',
    'charts/s/Chart.yaml',
    'charts/s/templates/t.yaml',
  ]);
  expect(packed.slice(0, 3).map((file) => new TextDecoder().decode(file.data))).toEqual([
    'apiVersion: v2\nname: c\nversion: 1.0.0\n',
    'dependencies: null\ndigest: x\ngenerated: "0001-01-01T00:00:00Z"\n',
    '# kept\na: 1\n',
  ]);
  const again = await packageChart(await loadArchive(data), epoch);
  expect(again.data).toEqual(data);
});

test.each([
  ['a schema that is no JSON', { 'values.schema.json': '{' }, 'invalid JSON in values.schema.json'],
  [
    'two subcharts of one name',
    { 'charts/a/Chart.yaml': SUB, 'charts/b/Chart.yaml': SUB },
    'chart has two subcharts named "s"',
  ],
])('%s is refused', async (_, contents, message) => {
  const chart = parseChart(files({ 'Chart.yaml': CHART, ...(contents as Record<string, string>) }));
  await expect(packageChart(chart, epoch)).rejects.toMatchObject({ code: 'CHART_INVALID', message });
});
