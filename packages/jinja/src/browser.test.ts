/** Bundled for a browser, the engine renders there, also where a page may make no code of texts. */
import { fileURLToPath } from 'node:url';
import { createContext, Script } from 'node:vm';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const PAGE = `
import { parseChart } from '@pack/core';
import { renderPack } from '@pack/jinja';

const file = (name, text) => ({ name, data: new TextEncoder().encode(text) });
const chart = parseChart([
  file('Pack.yaml', 'apiVersion: sherpack.io/v1\\nkind: Pack\\nmetadata: {name: web, version: 1.0.0}\\n'),
  file('templates/_m.j2', '{% macro m(x) %}[{{ x }}]{% endmacro %}'),
  file('templates/t', '{% from "_m.j2" import m %}{% for i in range(2) %}{{ m(i) }}{% endfor %}{{ "a"|sha256|trunc(4) }}'),
]);
globalThis.rendered = renderPack({ chart }).then(({ files }) => files['web/templates/t']);
`;

test('a page renders a pack, without eval', { timeout: 30_000 }, async () => {
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: fileURLToPath(new URL('..', import.meta.url)), loader: 'js' },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    conditions: ['@pack/source'],
    logLevel: 'silent',
  });
  const page: Record<string, unknown> = { TextEncoder, TextDecoder, crypto, URL, setTimeout, clearTimeout, atob, btoa };
  page.self = page;
  page.window = page;
  const context = createContext(page, { codeGeneration: { strings: false, wasm: false } });
  new Script(outputFiles[0]?.text ?? '').runInContext(context);
  expect(await page.rendered).toBe('[0][1]ca97');
});
