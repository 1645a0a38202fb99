// For CI: what talks to a cluster, against a control plane that each suite starts for itself.
import { runSuites } from '../lib/suites.js';

runSuites(
  [
    'rest.js',
    'contract.js',
    'connect.js',
    'commands.js',
    'records.js',
    'lifecycle.js',
    'beyond.js',
    'kills.js',
    'faults.js',
  ].map((name) => [new URL(name, import.meta.url)]),
);
