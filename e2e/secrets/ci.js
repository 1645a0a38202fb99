// For CI: secrets in values, against sops, GnuPG and servers that the suite starts for itself.
import { runSuites } from '../lib/suites.js';

runSuites([[new URL('secrets.js', import.meta.url)]]);
