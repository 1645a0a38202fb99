// Usage: node bench/render/pack.mjs [TEMPLATES] [RUNS]
// The same content as a chart and as a pack, rendered again and again in this process. Needs a built checkout.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readChart } from '../../packages/core/dist/node/index.js';
import { createRenderer } from '../../packages/engine/dist/index.js';
import { createPackRenderer } from '../../packages/jinja/dist/index.js';
import { bigChart } from './charts.mjs';
import { median } from './measure.mjs';

const [templates, runs] = [Number(process.argv[2] ?? 1000), Number(process.argv[3] ?? 9)];

const helpers = `{%- macro labels() -%}
app.kubernetes.io/name: {{ pack.name }}
app.kubernetes.io/instance: {{ release.name }}
app.kubernetes.io/managed-by: {{ release.service }}
{%- endmacro %}
{%- macro container(index) -%}
- name: {{ printf("%s-%d", release.name, index) | quote }}
  image: "{{ values.image.repository }}:{{ values.image.tag | default(pack.appVersion, true) }}"
  imagePullPolicy: {{ values.image.pullPolicy }}
  env:
    {%- for name, value in values.env | dictsort %}
    - name: {{ name | upper }}
      value: {{ value | quote }}
    {%- endfor %}
  resources:
    {{- values.resources | toyaml | nindent(4) }}
{%- endmacro %}
`;

const template = (i) => `{%- import "_helpers.j2" as big -%}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ release.name }}-${i}
  labels:
    {{- big.labels() | nindent(4) }}
spec:
  selector:
    matchLabels: { part: "${i}" }
  template:
    metadata:
      labels: { part: "${i}" }
    spec:
      containers:
        {%- for i in range(values.containers) %}
        {{- big.container(i) | nindent(8) }}
        {%- endfor %}

`;

/** The chart of {@link bigChart}, as a pack. */
function bigPack(chart) {
  for (let i = 0; i < templates; i++) writeFileSync(join(chart, 'templates', `part-${i}.yaml`), template(i));
  rmSync(join(chart, 'templates', '_helpers.tpl'));
  writeFileSync(join(chart, 'templates', '_helpers.j2'), helpers);
  const { name, version, appVersion } = Object.fromEntries(
    readFileSync(join(chart, 'Chart.yaml'), 'utf8')
      .split('\n')
      .map((line) => line.split(': ')),
  );
  rmSync(join(chart, 'Chart.yaml'));
  writeFileSync(
    join(chart, 'Pack.yaml'),
    `apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: ${name}, version: ${version}, appVersion: ${appVersion ?? '""'}}\n`,
  );
  return chart;
}

/** Milliseconds of each, in turn, so that what else the machine does touches both. */
function measure(...renderers) {
  const samples = renderers.map(() => []);
  for (let run = -3; run < runs; run++) {
    // In turn, so that neither always collects what the other leaves.
    const turn = [...renderers.entries()];
    for (const [i, renderer] of run % 2 === 0 ? turn : turn.reverse()) {
      const start = process.hrtime.bigint();
      renderer.render();
      if (run >= 0) samples[i].push(Number(process.hrtime.bigint() - start) / 1e6);
    }
  }
  return samples.map(median);
}

const folder = mkdtempSync(join(tmpdir(), 'pack-bench-'));
try {
  const path = bigChart(folder, templates);
  const chart = await createRenderer(await readChart(path));
  const charted = chart.render().files;
  const pack = await createPackRenderer(await readChart(bigPack(path)));
  const packed = pack.render().files;
  const [asChart, asPack] = measure(chart, pack);
  const other = Object.keys(packed).find((name) => name.endsWith('.yaml') && charted[name] !== packed[name]);
  if (other !== undefined) console.log(`NOT THE SAME OUTPUT: ${other}\n${charted[other]}\n---\n${packed[other]}`);
  console.log(`${templates} templates of 15 containers, warm, medians of ${runs} runs`);
  console.log(`chart ${asChart.toFixed(1)} ms, pack ${asPack.toFixed(1)} ms: ×${(asPack / asChart).toFixed(2)}`);
} finally {
  rmSync(folder, { recursive: true });
}
