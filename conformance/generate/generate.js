// Usage: node conformance/generate/generate.js ORACLE [DIR]
// Asks the oracle every question of the vectors under DIR again and writes its answers into them. A change shows what
// another version of Helm would answer.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [oracle, dir = fileURLToPath(new URL('../vectors', import.meta.url))] = process.argv.slice(2);
if (oracle === undefined) {
  console.error('usage: node conformance/generate/generate.js ORACLE [DIR]');
  process.exit(2);
}
for (const name of readdirSync(dir).filter((file) => file.endsWith('.jsonl'))) {
  const path = join(dir, name);
  const questions = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const input = questions.map(({ expect: _, ...question }) => `${JSON.stringify(question)}\n`).join('');
  const { stdout, status } = spawnSync(oracle, [], { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`${oracle} failed on ${name}`);
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const lines = questions.map((question, i) => {
    const { id: _, ...expect } = answers[i];
    return `${JSON.stringify({ ...question, expect })}\n`;
  });
  writeFileSync(`${path}.tmp`, lines.join(''));
  renameSync(`${path}.tmp`, path);
  console.log(`${name}: ${lines.length}`);
}
