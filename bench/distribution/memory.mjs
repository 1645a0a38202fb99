// Usage: node bench/distribution/memory.mjs
// Peak memory of the client and of the embedded registry, each in a process of its own, while a blob of 2 GB is pushed and
// pulled on loopback. Needs a built checkout and GNU time.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure } from '../render/measure.mjs';

const MOST_MIB = 150;
const client = fileURLToPath(new URL('big-blob.mjs', import.meta.url));
const node = new URL('../../packages/oci-client-ts/dist/node/index.js', import.meta.url);
const root = mkdtempSync(join(tmpdir(), 'pack-bench-'));

/** Serves until its standard input ends, and then says its peak, KiB. */
const server = `
  import { serve } from ${JSON.stringify(node.href)};
  const { url, close } = await serve(process.argv[1]);
  console.log(url);
  process.stdin.on('end', async () => {
    await close();
    console.log(process.resourceUsage().maxRSS);
  }).resume();
`;

function startServer(folder) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', server, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const line = () => new Promise((resolve) => child.stdout.once('data', (chunk) => resolve(String(chunk).trim())));
  return {
    url: line(),
    /** Peak MiB. */
    stop() {
      child.stdin.end();
      return line().then((kib) => Number(kib) / 1024);
    },
  };
}

try {
  for (const verb of ['push', 'pull']) {
    // One server for each, so that the peak is that of the verb.
    const served = startServer(join(root, 'layout'));
    const { ms, mib } = await measure(process.execPath, [client, verb, new URL(await served.url).host]);
    const peaks = { client: mib, server: await served.stop() };
    const shown = Object.entries(peaks).map(
      ([name, peak]) => `${name} ${peak.toFixed(0)} MiB${peak > MOST_MIB ? '  MISSED' : ''}`,
    );
    console.log(`${verb} of 2 GB: ${(ms / 1000).toFixed(1)} s; ${shown.join(', ')} of at most ${MOST_MIB}`);
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}
