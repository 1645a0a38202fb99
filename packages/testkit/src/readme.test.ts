import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const packages = fileURLToPath(new URL('../..', import.meta.url));

/** The runnable example of a README, with each `x; // → text` turned into an export of x. */
function example(readme: string): { code: string; wanted: string[] } {
  const block = /```ts run\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const wanted: string[] = [];
  const code = block.replace(/^(.*); \/\/ → (.*)$/gm, (_, expression: string, text: string) => {
    wanted.push(text.replaceAll('\\n', '\n'));
    return `results.push(${expression});`;
  });
  return { code: `export const results: unknown[] = [];\n${code}`, wanted };
}

test.each([
  'go-template',
  'convert',
  'core',
  'engine',
  'jinja',
  'kube',
  'oci-client-ts',
  'provenance',
  'release',
  'repo',
  'resolver',
  'secrets',
  'unittest',
])('the example in the README of %s runs and shows what it says', async (name) => {
  const { code, wanted } = example(readFileSync(join(packages, name, 'README.md'), 'utf8'));
  expect(wanted.length).toBeGreaterThan(0);
  const folder = mkdtempSync(join(packages, 'testkit', 'node_modules', 'example-'));
  try {
    const file = join(folder, 'example.ts');
    writeFileSync(file, code);
    const { results } = (await import(file)) as { results: unknown[] };
    expect(results).toEqual(wanted);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
