// What the benchmarks of distribution work on.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageChart } from '../../packages/core/dist/index.js';
import { readChart } from '../../packages/core/dist/node/index.js';

const pad = (n) => String(n).padStart(3, '0');

/** An index as large repositories have them: 200 charts of 100 versions, about 22 MB. Returns its size in bytes. */
export function writeBigIndex(folder, { charts = 200, versions = 100 } = {}) {
  mkdirSync(folder, { recursive: true });
  const entries = Array.from({ length: charts }, (_, c) => {
    const name = `chart-${pad(c)}`;
    const list = Array.from({ length: versions }, (__, v) => entryText(name, c, versions - 1 - v));
    return `  ${name}:\n${list.join('')}`;
  });
  const text = `apiVersion: v1\nentries:\n${entries.join('')}generated: "2024-05-01T10:00:00.000000000Z"\n`;
  writeFileSync(join(folder, 'index.yaml'), text);
  return Buffer.byteLength(text);
}

const entryText = (name, c, v) => {
  const version = `${(v / 10) | 0}.${v % 10}.${c % 7}`;
  const digest = createHash('sha256').update(`${name}-${version}`).digest('hex');
  return `  - annotations:
      category: Infrastructure
      images: |
        - name: ${name}
          image: registry.example.com/charts/${name}:${version}-debian-12-r${c % 9}
        - name: ${name}-exporter
          image: registry.example.com/charts/${name}-exporter:${version}-debian-12-r${c % 5}
      licenses: Apache-2.0
    apiVersion: v2
    appVersion: ${version}
    created: "2024-0${(v % 9) + 1}-1${c % 9}T0${v % 9}:12:33.123456789Z"
    dependencies:
    - condition: redis.enabled
      name: redis
      repository: oci://registry.example.com/charts
      version: 18.x.x
    description: ${name} is a distributed and fault tolerant store that keeps what applications
      of this cluster have to remember.
    digest: ${digest}
    home: https://charts.example.com/${name}
    icon: https://charts.example.com/img/${name}.png
    keywords:
    - ${name}
    - storage
    - database
    maintainers:
    - name: The maintainers of the charts
      url: https://charts.example.com/maintainers
    name: ${name}
    sources:
    - https://charts.example.com/sources/${name}
    urls:
    - https://charts.example.com/archives/${name}-${version}.tgz
    version: ${version}
`;
};

/** A repository of charts and an umbrella that depends on all of them, by ranges. `url` is where it is served. */
export async function writeRepository(folder, count) {
  const entries = [];
  for (let i = 0; i < count; i++) {
    const name = `part-${pad(i)}`;
    const source = join(folder, 'src', name);
    mkdirSync(join(source, 'templates'), { recursive: true });
    writeFileSync(join(source, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: 1.2.${i}\n`);
    const map = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  text: "${'x'.repeat(2000)}"\n`;
    writeFileSync(join(source, 'templates/map.yaml'), map);
    const archive = await packageChart(await readChart(source), new Date(0));
    writeFileSync(join(folder, archive.name), archive.data);
    const digest = createHash('sha256')
      .update(readFileSync(join(folder, archive.name)))
      .digest('hex');
    entries.push(
      `  ${name}:\n  - apiVersion: v2\n    digest: ${digest}\n    name: ${name}\n    urls: [${archive.name}]\n    version: 1.2.${i}\n`,
    );
  }
  writeFileSync(join(folder, 'index.yaml'), `apiVersion: v1\nentries:\n${entries.join('')}`);
}

export function writeUmbrella(folder, url, count) {
  mkdirSync(folder, { recursive: true });
  const dependencies = Array.from(
    { length: count },
    (_, i) => `- { name: part-${pad(i)}, version: "^1.0.0", repository: "${url}" }\n`,
  );
  const head = 'apiVersion: v2\nname: umbrella\nversion: 1.0.0\ndependencies:\n';
  writeFileSync(join(folder, 'Chart.yaml'), head + dependencies.join(''));
}
