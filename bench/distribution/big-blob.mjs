// Pushes or pulls a blob of 2 GB: `node big-blob.mjs push|pull HOST`.
import { createHash } from 'node:crypto';
import { createRegistry } from '../../packages/oci-client-ts/dist/index.js';
import { createFetch } from '../../packages/oci-client-ts/dist/node/index.js';

const [CHUNK, COUNT] = [1024 * 1024, 2048];
const [, , verb, host] = process.argv;
const chunk = new Uint8Array(CHUNK).map((_, i) => (i * 7) % 251);
const hash = createHash('sha256');
for (let i = 0; i < COUNT; i++) hash.update(chunk);
const descriptor = {
  mediaType: 'application/octet-stream',
  digest: `sha256:${hash.digest('hex')}`,
  size: CHUNK * COUNT,
};
const repository = createRegistry(host, { fetch: createFetch() }).repository('big/blob');

/** The content from an offset on, made as it is read. */
function content(offset) {
  let at = offset;
  return new ReadableStream(
    {
      pull(controller) {
        if (at === descriptor.size) return controller.close();
        const from = at % CHUNK;
        at += CHUNK - from;
        controller.enqueue(chunk.slice(from));
      },
    },
    { highWaterMark: 0 },
  );
}

if (verb === 'push') await repository.push(descriptor, content);
else {
  const reader = (await repository.fetch(descriptor)).getReader();
  while (!(await reader.read()).done);
}
