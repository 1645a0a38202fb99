// npm run check: format and lint, types, import directions, dead code, packages fit to publish.
import { run } from './lib/workspace.mjs';

run('npx', ['biome', 'check', '--error-on-warnings', '--diagnostic-level=error', '.']);
run('npx', ['tsc', '-b']);
run('node', ['scripts/docs.mjs', '--check']);
run('node', ['scripts/check-layers.mjs']);
run('npx', ['knip', '--no-progress']);
for (const name of [
  'go-template',
  'core',
  'engine',
  'convert',
  'jinja',
  'oci-client-ts',
  'provenance',
  'release',
  'repo',
  'resolver',
  'secrets',
  'unittest',
])
  run('npx', ['publint', '--pack', 'npm', `packages/${name}`]);
