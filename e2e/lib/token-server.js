// Who a registry sends its clients to for tokens. Distribution: docs/content/spec/auth/{token,oauth}.md.
import { createHash, createPrivateKey, createSign, randomUUID, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const SERVICE = 'test-registry';
const ISSUER = 'test-issuer';

const base64url = (data) => Buffer.from(data).toString('base64url');

/**
 * `users`: for each name its password, its refresh token and the actions it may take; '' is who says no name. `tls` has
 * the key that signs and its certificate. Keeps what it was asked in `requests`.
 */
export async function startTokenServer({ users, tls }) {
  const key = createPrivateKey(readFileSync(tls.key));
  const certificate = new X509Certificate(readFileSync(tls.cert));
  const x5c = [certificate.raw.toString('base64')];
  const requests = [];

  function tokenFor(subject, scopes) {
    const now = Math.floor(Date.now() / 1000);
    const access = scopes.map((scope) => {
      const [type, ...rest] = scope.split(':');
      const actions = rest.pop().split(',');
      return {
        type,
        name: rest.join(':'),
        actions: actions.filter((action) => users[subject].actions.includes(action)),
      };
    });
    const kid = createHash('sha256').update(certificate.raw).digest('hex');
    const claims = {
      iss: ISSUER,
      sub: subject,
      aud: SERVICE,
      exp: now + 60,
      nbf: now - 5,
      iat: now,
      jti: randomUUID(),
    };
    const signed = `${base64url(JSON.stringify({ typ: 'JWT', alg: 'RS256', kid, x5c }))}.${base64url(JSON.stringify({ ...claims, access }))}`;
    return `${signed}.${base64url(createSign('RSA-SHA256').update(signed).sign(key))}`;
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://token');
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = request.method === 'POST' ? new URLSearchParams(body) : url.searchParams;
    const [name, password] = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64')
      .toString()
      .split(':');
    const refresh = form.get('refresh_token');
    const subject =
      refresh !== null
        ? Object.keys(users).find((user) => users[user].refresh === refresh)
        : name === '' || users[name]?.password === password
          ? name
          : undefined;
    requests.push({ method: request.method, subject, scopes: form.getAll('scope').join(' ') });
    if (subject === undefined || users[subject] === undefined || form.get('service') !== SERVICE) {
      response.writeHead(401).end();
      return;
    }
    const scopes = form
      .getAll('scope')
      .flatMap((scope) => scope.split(' '))
      .filter((scope) => scope !== '');
    const token = tokenFor(subject, scopes);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ token, access_token: token, expires_in: 60 }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const realm = `http://127.0.0.1:${server.address().port}/token`;
  return {
    requests,
    /** For the registry's configuration. */
    config: { realm, service: SERVICE, issuer: ISSUER, rootcertbundle: tls.ca },
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
