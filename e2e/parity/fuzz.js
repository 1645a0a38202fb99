// Usage: node e2e/parity/fuzz.js ORACLE [COUNT] [SEED]
// Writes random templates and values from a grammar and compares pack's answers with the oracle's. A failing template
// is shrunk and kept under failures/. Prints the seed and `N passed, N failed, N skipped`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { answerer, judge } from '@pack/testkit';
import { question } from './grammar.js';

const [oracle, count = '2000', seed = String(Date.now() % 1e9)] = process.argv.slice(2);
const answer = await answerer('render');

function askOracle(questions) {
  const { stdout } = spawnSync(oracle, [], {
    input: questions.map((q) => `${JSON.stringify(q)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const { id: _, warnings: __, ...expect } = JSON.parse(line);
      return expect;
    });
}

async function differs(q, expect) {
  const got = await answer(q);
  return judge(expect, got) === 'pass' ? undefined : got;
}

/** Leaves out pieces of the template as long as the two still differ. */
async function shrink(q) {
  let best = q;
  for (let size = Math.ceil(best.parts.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at + size <= best.parts.length; ) {
      const parts = [...best.parts.slice(0, at), ...best.parts.slice(at + size)];
      const smaller = { ...best, parts, template: parts.join('') };
      const [expect] = askOracle([smaller]);
      if ((await differs(smaller, expect)) !== undefined) best = smaller;
      else at++;
    }
  }
  return best;
}

console.log(`seed ${seed}`);
const questions = Array.from({ length: Number(count) }, (_, i) => question(Number(seed) + i));
const answers = askOracle(questions);
let failed = 0;
for (const [i, q] of questions.entries()) {
  if ((await differs(q, answers[i])) === undefined) continue;
  failed++;
  if (failed > 10) continue;
  const small = await shrink(q);
  const [expect] = askOracle([small]);
  const report = { ...small, expect, got: await answer(small) };
  const folder = fileURLToPath(new URL('failures', import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${q.id}.json`, `${JSON.stringify(report, null, 2)}\n`);
  console.log(JSON.stringify({ template: small.template, values: small.values, expect, got: report.got }));
}
console.log(`${questions.length - failed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed > 0 ? 1 : 0;
