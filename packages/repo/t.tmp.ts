import { execSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseTime, UTC } from '@pack/core';
import { indexFolder } from './src/node/index-dir.ts';

const norm = (s: string) => s.replace(/(created|generated)("?: )"[^"]*"/g, '$1$2X');
const now = parseTime('2006-01-02T15:04:05Z07:00', '2024-01-01T00:00:00Z', UTC);
for (const [flags, o] of [
  ['', {}],
  ['--json', { json: true }],
  ['--url http://x.com/c?a=1', { url: 'http://x.com/c?a=1' }],
  [
    '--merge /tmp/ix-m.yaml --json --url http://y.com/%20b/',
    { merge: '/tmp/ix-m.yaml', json: true, url: 'http://y.com/%20b/' },
  ],
  ['--merge /tmp/ix-none.yaml', { merge: '/tmp/ix-none2.yaml' }],
] as any) {
  execSync(`/tmp/bin/helm repo index /tmp/ix ${flags}`);
  const w = norm(readFileSync('/tmp/ix/index.yaml', 'utf8'));
  await indexFolder('/tmp/ix', { ...o, now });
  const g = norm(readFileSync('/tmp/ix/index.yaml', 'utf8'));
  console.log(flags, w === g);
  if (w !== g) {
    console.log(w, '\n-----\n', g);
  }
}
