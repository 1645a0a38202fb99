import { readFileSync } from 'node:fs';
import { readIndex } from './src/chart-index.ts';
import { readIndexLines } from './src/index-lines.ts';

const t0 = performance.now();
const text = readFileSync('/tmp/big-index.yaml', 'utf8');
console.log('read', performance.now() - t0);
for (let i = 0; i < 4; i++) {
  const t1 = performance.now();
  const v = readIndexLines(text);
  const t2 = performance.now();
  readIndex(text, { source: 'x' });
  console.log(t2 - t1, performance.now() - t2, v !== undefined, process.memoryUsage().rss / 1e6);
}
