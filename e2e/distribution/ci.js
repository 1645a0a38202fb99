// For CI: signatures between pack, Helm and minisign.
import { runSuites } from '../lib/suites.js';

const at = (name) => new URL(name, import.meta.url);

runSuites([[at('signing.js')]]);
