// Lets the bundle do its usual work once and keeps the code that V8 compiled for it.

import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { codeOf, load, scripts } = createRequire(import.meta.url)('../packages/cli/bin/load.js');

const { main } = load('bin.js');
const io = { stdout() {}, stderr() {}, stdin: async () => '', env: {} };
for (const argv of [
  ['template', 'my-shop', 'examples/shop', '--include-crds'],
  ['show', 'all', 'examples/shop'],
  ['version'],
  ['env'],
]) {
  if ((await main(argv, io)) !== 0) throw new Error(`pack ${argv.join(' ')} failed`);
}
for (const [name, script] of scripts) writeFileSync(codeOf(name), script.createCachedData());
