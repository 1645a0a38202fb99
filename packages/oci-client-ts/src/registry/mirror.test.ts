import { describe, expect, test } from 'vitest';
import { OciError } from '../error.ts';
import { type ConfiguredHosts, parseHosts, parseRegistriesConf } from './mirror.ts';

const ALL = ['pull', 'resolve', 'push'];

function faultOf(act: () => unknown): OciError {
  try {
    act();
  } catch (e) {
    if (e instanceof OciError) return e;
    throw e;
  }
  throw new Error('nothing was thrown');
}

describe('hosts.toml', () => {
  test.each<[string, unknown, ConfiguredHosts]>([
    ['nothing', {}, { mirrors: [] }],
    [
      'two mirrors, in their order',
      { host: { 'https://b.example': { capabilities: ['pull'] }, 'a.example:5000': {} } },
      {
        mirrors: [
          { url: 'https://b.example', capabilities: ['pull'] },
          { url: 'https://a.example:5000', capabilities: ALL },
        ],
      },
    ],
    [
      'a server with an authority of its own',
      { server: 'https://real.example', ca: 'ca.pem' },
      {
        mirrors: [],
        server: { url: 'https://real.example', capabilities: ALL, tls: { ca: ['ca.pem'], insecure: false } },
      },
    ],
    [
      'all that a mirror may say',
      {
        host: {
          'http://m.example/v2/proxy': {
            capabilities: ['pull', 'resolve'],
            override_path: true,
            skip_verify: true,
            ca: ['a.pem', 'b.pem'],
            client: [['cert.pem', 'key.pem']],
            header: { 'x-one': 'a', 'x-two': ['b', 'c'] },
            dial_timeout: '1s',
          },
        },
      },
      {
        mirrors: [
          {
            url: 'http://m.example/v2/proxy',
            capabilities: ['pull', 'resolve'],
            overridePath: true,
            headers: { 'x-one': 'a', 'x-two': 'b, c' },
            tls: { ca: ['a.pem', 'b.pem'], client: { cert: 'cert.pem', key: 'key.pem' }, insecure: true },
          },
        ],
      },
    ],
    [
      'a client file that holds both',
      { host: { 'm.example': { client: 'both.pem' } } },
      {
        mirrors: [
          {
            url: 'https://m.example',
            capabilities: ALL,
            tls: { ca: [], client: { cert: 'both.pem', key: 'both.pem' }, insecure: false },
          },
        ],
      },
    ],
  ])('%s', (_, value, hosts) => {
    expect(parseHosts(value, 'hosts.toml')).toEqual(hosts);
  });

  test.each<[string, unknown, string]>([
    ['no table', [], 'hosts.toml: it is no table'],
    ['hosts that are none', { host: 'x' }, 'hosts.toml: host must be a table'],
    ['a host that is none', { host: { 'm.example': 1 } }, 'hosts.toml: host."m.example" must be a table'],
    ['another scheme', { server: 'ftp://x' }, 'hosts.toml: "ftp://x" is no address of a registry'],
    ['credentials', { server: 'https://u:p@x' }, 'hosts.toml: "https://u:p@x" is no address of a registry'],
    [
      'a capability that is none',
      { host: { m: { capabilities: ['delete'] } } },
      'hosts.toml: host."m": "delete" is no capability: pull, resolve, push are',
    ],
    ['a flag that is none', { server: 'm', skip_verify: 'yes' }, 'hosts.toml: skip_verify must be true or false'],
    [
      'a client that is none',
      { server: 'm', client: [['a', 'b', 'c']] },
      'hosts.toml: client must be a file, or a list of pairs of certificate and key',
    ],
  ])('refuses %s', (_, value, message) => {
    expect(faultOf(() => parseHosts(value, 'hosts.toml'))).toMatchObject({ code: 'MIRRORS_INVALID', message });
  });
});

describe('registries.conf', () => {
  const conf = parseRegistriesConf(
    {
      'unqualified-search-registries': ['docker.io'],
      registry: [
        { location: 'a.example', mirror: [{ location: 'm.example/proxy' }] },
        {
          prefix: 'a.example/team',
          location: 'b.example/people',
          'mirror-by-digest-only': true,
          mirror: [{ location: 'm.example/one' }, { location: 'n.example', 'pull-from-mirror': 'tag-only' }],
        },
        { prefix: '*.wild.example', mirror: [{ location: 'localhost:5000/wild', insecure: true }] },
        { location: 'old.example', insecure: true },
        { location: 'bad.example/x', blocked: true },
      ],
    },
    'r.conf',
  );
  const both = ['pull', 'resolve'];
  test.each<[string, string, ConfiguredHosts | undefined]>([
    ['a.example', 'x/y', { mirrors: [{ url: 'https://m.example', repository: 'proxy/x/y', capabilities: both }] }],
    [
      'a.example',
      'team/chart',
      {
        mirrors: [
          { url: 'https://m.example', repository: 'one/chart', capabilities: ['pull'] },
          { url: 'https://n.example', repository: 'chart', capabilities: ['resolve'] },
        ],
        server: { url: 'https://b.example', repository: 'people/chart', capabilities: ALL },
      },
    ],
    [
      'a.example',
      'teams/chart',
      { mirrors: [{ url: 'https://m.example', repository: 'proxy/teams/chart', capabilities: both }] },
    ],
    [
      'x.y.wild.example:444',
      'c',
      {
        mirrors: [
          { url: 'http://localhost:5000', repository: 'wild/c', capabilities: both },
          {
            url: 'https://localhost:5000',
            repository: 'wild/c',
            capabilities: both,
            tls: { ca: [], insecure: true },
          },
        ],
      },
    ],
    [
      'old.example',
      'c',
      {
        mirrors: [],
        server: {
          url: 'https://old.example',
          repository: 'c',
          capabilities: ALL,
          tls: { ca: [], insecure: true },
        },
      },
    ],
    ['wild.example', 'c', undefined],
    ['a.example.org', 'c', undefined],
  ])('%s/%s', (host, repository, hosts) => {
    expect(conf(host, repository)).toEqual(hosts);
  });

  test('what is blocked is refused', () => {
    expect(faultOf(() => conf('bad.example', 'x/y'))).toMatchObject({
      code: 'REGISTRY_BLOCKED',
      message: 'bad.example/x/y: r.conf blocks bad.example/x',
    });
    expect(conf('bad.example', 'xy')).toBeUndefined();
  });

  test.each<[string, unknown, string]>([
    ['version 1', { registries: {} }, 'r.conf: it is of version 1; write [[registry]] tables instead'],
    ['a registry without a name', { registry: [{}] }, 'r.conf: registry 1: it has neither a prefix nor a location'],
    ['a prefix without a location', { registry: [{ prefix: 'a' }] }, 'r.conf: registry 1: it has no location'],
    [
      'a mirror without a location',
      { registry: [{ location: 'a', mirror: [{}] }] },
      'r.conf: registry 1: mirror 1: it has no location',
    ],
    [
      'a rule that is none',
      { registry: [{ location: 'a', mirror: [{ location: 'b', 'pull-from-mirror': 'never' }] }] },
      'r.conf: registry 1: mirror 1: pull-from-mirror must be all, digest-only, tag-only',
    ],
  ])('refuses %s', (_, value, message) => {
    expect(faultOf(() => parseRegistriesConf(value, 'r.conf'))).toMatchObject({ code: 'MIRRORS_INVALID', message });
  });
});
