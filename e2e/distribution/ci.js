// For CI: repositories and dependencies with Helm on the same files; signatures between pack, Helm and minisign.
import { runSuites } from '../lib/suites.js';

const at = (name) => new URL(name, import.meta.url);

runSuites([[at('repositories.js')], [at('registries.js')], [at('signing.js')]]);
