// For CI: the charts of this folder and the examples against Helm's binary, what lint says of them, what create and
// `dependency list` make, then 2,000 random templates against its packages. PACK_ORACLE names the oracle that .ci/run
// builds.
import { fileURLToPath } from 'node:url';
import { runSuites } from '../lib/suites.js';

const at = (name) => new URL(name, import.meta.url);
const path = (name) => fileURLToPath(at(name));

runSuites([
  [at('run.js'), path('charts'), path('../../examples')],
  [at('limits.js')],
  [at('show.js')],
  [at('lint.js')],
  [at('create.js')],
  [at('fuzz.js'), process.env.PACK_ORACLE ?? 'oracle', '2000', process.env.PACK_FUZZ_SEED ?? '777000'],
]);
