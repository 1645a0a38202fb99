/** Connections through a proxy: by CONNECT, or by SOCKS 5. Loaded only when there is one. */
import http from 'node:http';
import https from 'node:https';
import { BlockList, connect, isIP, isIPv6, type Socket } from 'node:net';
import tls from 'node:tls';
import { ConnectionError, goConnectionError } from './go-network.ts';
import { isLoopback } from './loopback.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The proxy of the environment for a server, if any. Go: golang.org/x/net/http/httpproxy. */
export function proxyFromEnv(server: URL, env: Env): string | undefined {
  const read = (name: string): string => env[name.toUpperCase()] || env[name.toLowerCase()] || '';
  const proxy = read(server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  if (proxy === '' || isExcluded(server, read('NO_PROXY'))) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isExcluded(server: URL, noProxy: string): boolean {
  const host = server.hostname.toLowerCase().replace(/^\[|\]$/g, '');
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  const family = isIPv6(host) ? 'ipv6' : 'ipv4';
  if (isLoopback(host)) return true;
  return noProxy.split(',').some((entry) => matches(entry.trim().toLowerCase(), host, port, family));
}

function matches(entry: string, host: string, port: string, family: 'ipv4' | 'ipv6'): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  const [network = '', prefix] = entry.split('/');
  if (prefix !== undefined) {
    if (isIP(host) === 0 || isIP(network) === 0 || !/^\d{1,3}$/.test(prefix)) return false;
    const list = new BlockList();
    list.addSubnet(network, Math.min(Number(prefix), isIPv6(network) ? 128 : 32), isIPv6(network) ? 'ipv6' : 'ipv4');
    return list.check(host, family);
  }
  const [, name = '', wantedPort] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(isIPv6(entry) ? `[${entry}]` : entry) ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  if (isIP(name) !== 0) return name === host;
  const domain = name.replace(/^\*(?=\.)/, '');
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

/** How an agent gets a connection to `host:port`, over TLS if `secure`, through `proxyUrl`. */
export function tunnel(proxyUrl: string, secure: tls.ConnectionOptions | undefined) {
  const proxy = new URL(proxyUrl);
  const open = proxy.protocol.startsWith('socks') ? throughSocks : throughConnect;
  return async (host: string, port: number): Promise<Socket> => {
    const socket = await open(proxy, host, port);
    if (secure === undefined) return socket;
    const options = { ...secure, socket, host, servername: secure.servername ?? (isIP(host) === 0 ? host : '') };
    return new Promise((resolve, reject) => {
      const wrapped = tls.connect(options, () => resolve(wrapped)).once('error', reject);
    });
  };
}

const addressOf = (proxy: URL, port: string): { hostname: string; port: string } => ({
  hostname: proxy.hostname.replace(/^\[|\]$/g, ''),
  port: proxy.port || port,
});

function throughConnect(proxy: URL, host: string, port: number): Promise<Socket> {
  const target = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return new Promise((resolve, reject) => {
    const request = (proxy.protocol === 'https:' ? https : http).request({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: target,
      headers: {
        Host: target,
        ...(proxy.username !== '' && { 'Proxy-Authorization': `Basic ${Buffer.from(login).toString('base64')}` }),
      },
      agent: false,
    });
    request.once('connect', ({ statusCode, statusMessage }, socket) => {
      if (statusCode === 200) return resolve(socket as Socket);
      socket.destroy();
      reject(new ConnectionError(statusMessage || `proxy answered ${statusCode}`));
    });
    request.once('error', (e) => reject(proxyError(proxy, e, proxy.protocol === 'https:' ? '443' : '80')));
    request.end();
  });
}

const proxyError = (proxy: URL, e: unknown, port: string): ConnectionError =>
  new ConnectionError(`proxyconnect tcp: ${goConnectionError(e, addressOf(proxy, port)).message}`, { cause: e });

/** RFC 1928, with RFC 1929 for a name and password. */
async function throughSocks(proxy: URL, host: string, port: number): Promise<Socket> {
  const { hostname, port: proxyPort } = addressOf(proxy, '1080');
  const socket = connect({ host: hostname, port: Number(proxyPort) });
  const lost = new Promise<never>((_, reject) => {
    socket.once('error', (e) => reject(proxyError(proxy, e, '1080')));
    socket.once('close', () => reject(new ConnectionError('socks connect: EOF')));
  });
  lost.catch(() => undefined);
  const shakeHands = async (): Promise<void> => {
    const read = reader(socket);
    const hasLogin = proxy.username !== '';
    socket.write(Buffer.from(hasLogin ? [5, 2, 0, 2] : [5, 1, 0]));
    const [, method] = await read(2);
    if (method === 2) {
      const [name, password] = [proxy.username, proxy.password].map((each) => Buffer.from(decodeURIComponent(each)));
      if (name === undefined || password === undefined) return;
      socket.write(Buffer.concat([Buffer.from([1, name.length]), name, Buffer.from([password.length]), password]));
      if ((await read(2))[1] !== 0) throw new ConnectionError('socks connect: username/password authentication failed');
    } else if (method !== 0) {
      throw new ConnectionError('socks connect: no acceptable authentication methods');
    }
    const name = Buffer.from(host);
    socket.write(Buffer.concat([Buffer.from([5, 1, 0, 3, name.length]), name, Buffer.from([port >> 8, port & 255])]));
    const [, reply, , type] = await read(4);
    if (reply !== 0) throw new ConnectionError(`socks connect: the proxy refused with code ${reply}`);
    const length = type === 1 ? 4 : type === 4 ? 16 : Number((await read(1))[0]);
    await read(length + 2);
  };
  try {
    await Promise.race([shakeHands(), lost]);
    return socket;
  } catch (e) {
    socket.destroy();
    throw e;
  }
}

/** Reads just so many bytes, and leaves the rest to whom the socket goes to. */
function reader(socket: Socket): (length: number) => Promise<Buffer> {
  return (length) =>
    new Promise((resolve) => {
      const look = (): void => {
        const bytes: Buffer | null = socket.read(length);
        if (bytes === null) socket.once('readable', look);
        else resolve(bytes);
      };
      look();
    });
}
