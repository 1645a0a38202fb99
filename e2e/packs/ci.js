// For CI: packs, on servers that each suite starts for itself. sherpack.js and convert-table.js are run by hand: they need
// Sherpack, and charts of others.
import { runSuites } from '../lib/suites.js';

runSuites(['packs.js', 'journey.js', 'adopt.js'].map((name) => [new URL(name, import.meta.url)]));
