// For CI: every suite of this folder.
import { readdirSync } from 'node:fs';
import { runSuites } from '../lib/suites.js';

const suites = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.js') && name !== 'ci.js');

runSuites(suites.sort().map((name) => [new URL(name, import.meta.url)]));
