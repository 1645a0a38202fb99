// For CI: plugins and post-renderers, beside Helm's, on servers that the suite starts for itself.
import { runSuites } from '../lib/suites.js';

runSuites(['plugins.js'].map((name) => [new URL(name, import.meta.url)]));
