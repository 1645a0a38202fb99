// Usage: node conformance/run.js [DIR] [--verbose]
// Answers every vector under DIR (default: conformance/vectors) with pack and compares with the oracle's answers.
// Exit 1 when an output differs; differing error texts are counted, and listed with --verbose.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker } from 'node:worker_threads';
import { answerer, judge, parseVectors } from '@pack/testkit';

// Helm nests a thousand includes; the main thread's stack is too small for the deepest of them.
const STACK_MB = 256;

const args = process.argv.slice(2);

async function answerAll(dir, verbose) {
  const sum = { passed: 0, total: 0, errors: 0, errorsRight: 0, outputsWrong: 0 };
  for (const file of readdirSync(dir)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()) {
    const vectors = parseVectors(readFileSync(join(dir, file), 'utf8'));
    let passed = 0;
    for (const vector of vectors) {
      const got = await answerOne(vector);
      const verdict = judge(vector.expect, got);
      const isError = 'error' in vector.expect || 'errorB64' in vector.expect;
      if (verdict === 'pass') passed++;
      if (verdict === 'wrong-output') sum.outputsWrong++;
      if (isError) sum.errors++;
      if (isError && verdict === 'pass') sum.errorsRight++;
      if (verdict !== 'pass' && (verbose || verdict === 'wrong-output')) {
        const { expect, ...question } = vector;
        console.log(
          `${verdict} ${JSON.stringify(question)}\n  want ${JSON.stringify(expect)}\n  got  ${JSON.stringify(got)}`,
        );
      }
    }
    console.log(`${file}: ${passed}/${vectors.length}`);
    sum.passed += passed;
    sum.total += vectors.length;
  }
  console.log(
    `all: ${sum.passed}/${sum.total}; wrong outputs: ${sum.outputsWrong}; error texts: ${sum.errorsRight}/${sum.errors}`,
  );
  process.exitCode = sum.outputsWrong > 0 ? 1 : 0;
}

async function answerOne(vector) {
  try {
    return await (await answerer(vector.op))(vector);
  } catch (e) {
    return { crash: e instanceof Error ? e.stack : String(e) };
  }
}

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { argv: args, resourceLimits: { stackSizeMb: STACK_MB } });
  worker.on('error', (e) => {
    throw e;
  });
  worker.on('exit', (code) => {
    process.exitCode = code;
  });
} else {
  const dir = args.find((arg) => !arg.startsWith('--')) ?? join(dirname(fileURLToPath(import.meta.url)), 'vectors');
  await answerAll(dir, args.includes('--verbose'));
}
