// Usage: node conformance/run.js [DIR] [--verbose]
// Answers every vector under DIR (default: conformance/vectors) with pack and compares with the oracle's answers.
// Exit 1 when an output differs; differing error texts are counted and listed with --verbose.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answerer, judge, parseVectors } from '@pack/testkit';

const args = process.argv.slice(2);
const verbose = args.includes('--verbose');
const dir = args.find((arg) => !arg.startsWith('--')) ?? join(dirname(fileURLToPath(import.meta.url)), 'vectors');

const sum = { passed: 0, total: 0, errors: 0, errorsRight: 0, outputsWrong: 0 };
for (const file of readdirSync(dir).filter((name) => name.endsWith('.jsonl')).sort()) {
  const vectors = parseVectors(readFileSync(join(dir, file), 'utf8'));
  let passed = 0;
  for (const vector of vectors) {
    let got;
    try {
      got = await (await answerer(vector.op))(vector);
    } catch (e) {
      got = { crash: e instanceof Error ? e.stack : String(e) };
    }
    const verdict = judge(vector.expect, got);
    const isError = 'error' in vector.expect || 'errorB64' in vector.expect;
    if (verdict === 'pass') passed++;
    if (verdict === 'wrong-output') sum.outputsWrong++;
    if (isError) sum.errors++;
    if (isError && verdict === 'pass') sum.errorsRight++;
    if (verdict !== 'pass' && (verbose || verdict === 'wrong-output')) {
      const { expect, ...question } = vector;
      console.log(`${verdict} ${JSON.stringify(question)}\n  want ${JSON.stringify(expect)}\n  got  ${JSON.stringify(got)}`);
    }
  }
  console.log(`${file}: ${passed}/${vectors.length}`);
  sum.passed += passed;
  sum.total += vectors.length;
}
console.log(`all: ${sum.passed}/${sum.total}; wrong outputs: ${sum.outputsWrong}; error texts: ${sum.errorsRight}/${sum.errors}`);
process.exitCode = sum.outputsWrong > 0 ? 1 : 0;
