// A repository of charts on loopback: files of a folder, with a password, ETags, a delay and faults if asked.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';

/** `fault(request)` may answer by itself: { status, headers, body, cut }. Counts requests by path. */
export async function serveCharts(folder, { password, fault = () => undefined, delay = 0 } = {}) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname));
    requests.push({ path, headers: request.headers });
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    const wrong = fault({ path, headers: request.headers, count: requests.filter((r) => r.path === path).length });
    if (wrong !== undefined) {
      response.writeHead(wrong.status ?? 200, wrong.headers ?? {});
      if (wrong.cut) {
        response.write(wrong.body);
        return setTimeout(() => response.destroy(), 20);
      }
      return response.end(wrong.body ?? '');
    }
    const wanted = password === undefined ? undefined : `Basic ${Buffer.from(`user:${password}`).toString('base64')}`;
    if (wanted !== undefined && request.headers.authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="charts"' });
      return response.end();
    }
    const file = join(folder, path);
    if (!existsSync(file) || path.endsWith('/')) {
      response.writeHead(404);
      return response.end();
    }
    const body = readFileSync(file);
    const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, { etag });
      return response.end();
    }
    response.writeHead(200, { 'content-length': body.length, etag });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}
