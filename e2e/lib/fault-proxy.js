// A reverse proxy in front of an API server that counts what passes, and does to requests what a fault says.
import { readFileSync } from 'node:fs';
import { Agent, request as ask, createServer } from 'node:https';

/**
 * `fault(seen)` says what becomes of a request: undefined passes it on, and otherwise
 * - `{ status, headers, body }`: this answer, and the server hears nothing;
 * - `{ cut: true }`: the connection ends, and the server hears nothing;
 * - `{ lose: true }`: the server does it, and the connection ends without its answer;
 * - `{ delay: ms }`: passed on after that time;
 * - `{ end: ms }`: the answer ends after that time, as the server ends watches; `{ break: ms }`: the connection does;
 * - `{ change: (text) => text }`: the answer's body is another.
 * `seen` is `{ method, path, query, token, body, count }`: `count` says how often method and path came before. A promise is waited for.
 * `requests` are all that were seen, with the `status` of their answer once there is one. `cert`, `key`: of the proxy.
 */
export async function startFaultProxy({ server, ca, cert, key }, fault = () => undefined) {
  const authority = readFileSync(ca);
  const agent = new Agent({ keepAlive: true, ca: authority });
  const requests = [];
  const proxy = { requests, fault, url: '', close };

  const front = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { pathname: path, searchParams: query } = new URL(request.url, 'https://x');
    const { method, headers } = request;
    const count = requests.filter((other) => other.method === method && other.path === path).length;
    const token = headers.authorization?.replace('Bearer ', '');
    const seen = { method, path, query, token, body: body.toString(), count, at: Date.now(), status: undefined };
    requests.push(seen);
    const wrong = (await proxy.fault(seen)) ?? {};
    if (wrong.cut) return request.socket.destroy();
    if (wrong.status !== undefined) {
      seen.status = wrong.status;
      return response.writeHead(wrong.status, wrong.headers ?? {}).end(wrong.body ?? '');
    }
    if (wrong.delay > 0) await new Promise((resolve) => setTimeout(resolve, wrong.delay));
    const plain = wrong.change === undefined ? headers : { ...headers, 'accept-encoding': 'identity' };
    const onward = ask(`${server}${request.url}`, { method, agent, headers: plain });
    onward.on('error', () => request.socket.destroy());
    onward.on('response', async (answer) => {
      seen.status = answer.statusCode;
      answer.on('error', () => request.socket.destroy());
      if (wrong.lose) {
        answer.resume();
        return request.socket.destroy();
      }
      if (wrong.change !== undefined) {
        let text = '';
        for await (const chunk of answer) text += chunk;
        const { 'content-length': _, ...rest } = answer.headers;
        return response.writeHead(answer.statusCode, rest).end(wrong.change(text));
      }
      response.writeHead(answer.statusCode, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
      const limit = wrong.end ?? wrong.break;
      if (limit === undefined) return;
      setTimeout(() => {
        if (wrong.break !== undefined) request.socket.destroy();
        else response.end();
        onward.destroy();
      }, limit);
    });
    // Who has gone wants no answer any more, and a watch has no other end.
    response.on('close', () => onward.destroy());
    onward.end(body);
  });
  front.on('tlsClientError', () => undefined);
  await new Promise((resolve) => front.listen(0, '127.0.0.1', resolve));
  proxy.url = `https://127.0.0.1:${front.address().port}`;

  function close() {
    agent.destroy();
    return new Promise((resolve) => front.close(resolve).closeAllConnections());
  }
  return proxy;
}

/** An answer as an API server gives it when it refuses. */
export const refusal = (code, reason, message, headers = {}) => ({
  status: code,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message }),
});
