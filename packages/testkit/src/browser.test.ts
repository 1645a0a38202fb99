/** The pure part runs in a browser: bundled for one, it renders the example there as it does here. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createContext, Script } from 'node:vm';
import { sortManifests } from '@pack/core';
import { readChart, readChartFiles } from '@pack/core/node';
import { renderChart } from '@pack/engine';
import { systemWorld } from '@pack/engine/node';
import { build } from 'esbuild';
import { toGo } from 'go-template';
import { expect, test } from 'vitest';

const example = fileURLToPath(new URL('../../../examples/shop', import.meta.url));

/** What a page would do, with the chart's files as text: leaves what it rendered, or what went wrong, in `result`. */
const PAGE = `
import { loadChart, sortManifests } from '@pack/core';
import { renderChart, webWorld } from '@pack/engine';
import { toGo } from 'go-template';

globalThis.rendered = (async () => {
  const files = globalThis.chartFiles.map(({ name, data }) => ({ name, data: new Uint8Array(data) }));
  const chart = await loadChart(files);
  const { files: texts } = await renderChart({
    chart,
    values: toGo({ currency: 'EUR' }),
    release: { name: 'my-shop', namespace: 'web' },
    world: webWorld(),
  });
  return sortManifests(texts).manifests.map(({ content }) => content).join('---\\n');
})();
`;

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'js' },
    bundle: true,
    write: false,
    format: 'iife',
    // A built-in module of Node anywhere is an error then.
    platform: 'browser',
    conditions: ['@pack/source'],
    logLevel: 'silent',
  });
  return (outputFiles[0] as { text: string }).text;
}

const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];

function findBrowser(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.flatMap((folder) => browsers.map((name) => join(folder, name))).find((path) => existsSync(path));
}

async function inBrowser(program: string, code: string, files: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pack-page-'));
  try {
    const page = join(folder, 'page.html');
    const run = `rendered.then((text) => { document.body.textContent = btoa(unescape(encodeURIComponent(text))); }, (e) => { document.body.textContent = 'failed: ' + e.message; });`;
    writeFileSync(
      page,
      `<!doctype html><meta charset="utf-8"><body><script>globalThis.chartFiles = ${files};\n${code.replaceAll('</script', '<\\/script')}\n${run}</script>`,
    );
    const { stdout } = await promisify(execFile)(
      program,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        `--user-data-dir=${folder}`,
        '--virtual-time-budget=20000',
        '--dump-dom',
        `file://${page}`,
      ],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    const text = /<body>(?:<script>[\s\S]*<\/script>)?([^<]*)<\/body>/.exec(stdout)?.[1] ?? stdout;
    return text.startsWith('failed') ? text : Buffer.from(text, 'base64').toString('utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Only what every browser has, and nothing of Node. */
function inBareContext(code: string, files: string): Promise<string> {
  const { TextEncoder, TextDecoder, URL, crypto, DecompressionStream, ReadableStream, Response, Blob } = globalThis;
  const context = createContext({
    TextEncoder,
    TextDecoder,
    URL,
    crypto,
    DecompressionStream,
    ReadableStream,
    Response,
    Blob,
  });
  new Script(`globalThis.chartFiles = ${files};`).runInContext(context);
  new Script(code).runInContext(context);
  return (context as { rendered: Promise<string> }).rendered;
}

const browser = findBrowser();
const places: [name: string, render: (code: string, files: string) => Promise<string>][] = [
  ['a bare context', inBareContext],
  ...(browser === undefined
    ? []
    : [[browser, (code, files) => inBrowser(browser, code, files)] satisfies (typeof places)[0]]),
];

test.each(places)('the example renders in %s as it does in Node', { timeout: 120_000 }, async (_, render) => {
  const files = JSON.stringify(readChartFiles(example).map(({ name, data }) => ({ name, data: [...data] })));
  const there = await render(await bundle(), files);
  const { files: here } = await renderChart({
    chart: await readChart(example),
    values: toGo({ currency: 'EUR' }),
    release: { name: 'my-shop', namespace: 'web' },
    world: systemWorld({ tz: 'UTC' }),
  });
  const manifests = sortManifests(here).manifests.map(({ content }) => content);
  expect(manifests.length).toBeGreaterThan(3);
  expect(there).toBe(manifests.join('---\n'));
});
