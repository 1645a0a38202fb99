// The server of the benchmarks, in a process of its own so that it takes no time from what is measured.
// Usage: node server.mjs FOLDER MILLISECONDS: prints its address. Each answer waits that long, as a far server's would.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const [folder, latency] = [process.argv[2], Number(process.argv[3])];
const known = new Map();

function contentOf(path) {
  const file = join(folder, path);
  if (!known.has(path)) known.set(path, existsSync(file) && !path.endsWith('/') ? readFileSync(file) : undefined);
  return known.get(path);
}

const server = createServer(async (request, response) => {
  const content = contentOf(normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname)));
  await wait(latency);
  // No ETag: each run fetches the whole, with Helm and with pack.
  response.writeHead(content === undefined ? 404 : 200, { 'content-length': content?.length ?? 0 });
  response.end(content);
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
