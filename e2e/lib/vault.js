// A Vault over HTTP, by the one of @pack/secrets/testing.
import { createServer } from 'node:http';
import { createTestVault } from '@pack/secrets/testing';

/** `options`: those of createTestVault. Its address, what it was asked, and its end. */
export async function startVault(options) {
  const { fetch, requests } = createTestVault(options);
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const hasBody = request.method === 'POST';
    const answer = await fetch(`http://vault.test${request.url}`, {
      method: request.method,
      headers: request.headers,
      ...(hasBody && { body: Buffer.concat(chunks) }),
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    requests,
    close: () => server.close(),
  };
}
