// A repository of charts on loopback: files of a folder, with a password, ETags, a delay and faults if asked.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { join, normalize } from 'node:path';

/**
 * `fault(request)` may answer by itself: { status, headers, body, cut, drip }, of which `cut` ends the connection in the
 * middle, and `drip` sends a byte now and then for ever. `tls` are options of node:https.
 */
export async function serveCharts(folder, { password, fault = () => undefined, delay = 0, tls } = {}) {
  const requests = [];
  const answer = async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname));
    requests.push({ path, headers: request.headers });
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    const wrong = fault({ path, headers: request.headers, count: requests.filter((r) => r.path === path).length });
    if (wrong !== undefined) {
      response.writeHead(wrong.status ?? 200, wrong.headers ?? {});
      if (wrong.drip) {
        const timer = setInterval(() => response.write(' '), 50);
        return response.on('close', () => clearInterval(timer));
      }
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
  };
  const server = tls === undefined ? createServer(answer) : createSecureServer(tls, answer);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http${tls === undefined ? '' : 's'}://127.0.0.1:${server.address().port}`,
    requests,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

/** Packs charts of several versions into a folder, and writes its index. `pack` runs the program. */
export async function makeCharts(folder, pack) {
  const home = join(folder, '../maker');
  mkdirSync(folder, { recursive: true });
  const versions = {
    web: ['0.1.0', '0.2.0', '0.2.1', '1.0.0', '1.1.0-rc.1', '1.2.3+build.5', '2.0.0'],
    db: ['1.0.0', '1.5.0', '2.0.0-alpha.1'],
    'with-dots.x': ['0.0.1'],
  };
  for (const [name, list] of Object.entries(versions)) {
    for (const version of list) {
      const chart = join(home, name);
      mkdirSync(join(chart, 'templates'), { recursive: true });
      writeFileSync(
        join(chart, 'Chart.yaml'),
        `apiVersion: v2\nname: ${name}\nversion: ${version}\nappVersion: "7"\ndescription: The ${name} of tests, <b> & all\nkeywords: [${name === 'db' ? 'storage' : 'http'}]\n`,
      );
      writeFileSync(
        join(chart, 'templates/a.yaml'),
        'kind: ConfigMap\napiVersion: v1\nmetadata: {name: {{ .Release.Name }}}\n',
      );
      await pack(['package', chart, '-d', folder], { home });
    }
  }
  await pack(['repo', 'index', folder], { home });
}
