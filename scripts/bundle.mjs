// Bundles the CLI so that only what a command needs is loaded: each command is a chunk of its own. esbuild splits ES
// modules only, so the chunks are made CommonJS afterwards; packages/cli/bin/load.js says why they are.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, transform } from 'esbuild';

const folder = 'packages/cli/dist/bundle';

const { outputFiles } = await build({
  entryPoints: { bin: 'packages/cli/src/bin.ts' },
  outdir: folder,
  bundle: true,
  splitting: true,
  write: false,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  conditions: ['@pack/source'],
  external: Object.keys(JSON.parse(readFileSync('packages/cli/package.json', 'utf8')).optionalDependencies ?? {}),
  legalComments: 'none',
  logLevel: 'warning',
});

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
for (const { path, text } of outputFiles) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    supported: { 'dynamic-import': false },
    minify: true,
  });
  writeFileSync(join(folder, basename(path)), code);
}

execFileSync(process.execPath, ['scripts/code-cache.mjs']);
