// For CI: packs, on servers that each suite starts for itself.
import { runSuites } from '../lib/suites.js';

runSuites(['packs.js', 'journey.js', 'adopt.js', 'sherpack.js'].map((name) => [new URL(name, import.meta.url)]));
