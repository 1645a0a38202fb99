// Bundles the CLI so that only what a command needs is loaded: each command is a chunk of its own.
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('packages/cli/dist/bundle', { recursive: true, force: true });
await build({
  entryPoints: { bin: 'packages/cli/src/bin.ts' },
  outdir: 'packages/cli/dist/bundle',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  conditions: ['@pack/source'],
  minify: true,
  legalComments: 'none',
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
