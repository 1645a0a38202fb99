import { describe, expect, test } from 'vitest';

import { KubeError } from '../error.ts';
import { applyJsonPatch, JsonPatchError } from './json-patch.ts';
import { createMemoryCluster } from './memory-cluster.ts';

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' };
const configMap = (name: string) => ({ ...CONFIG_MAP, metadata: { name, namespace: 'default' } });

test('requests are counted, and can be made to fail', async () => {
  const cluster = createMemoryCluster();
  await cluster.create(configMap('a'));
  const seen: unknown[] = [];
  const remove = cluster.onRequest((request) => {
    seen.push(request);
    throw new KubeError('KUBE_UNAVAILABLE', 'gone fishing');
  });
  await expect(cluster.get({ ...CONFIG_MAP, name: 'a' })).rejects.toMatchObject({ code: 'KUBE_UNAVAILABLE' });
  expect(seen).toEqual([{ verb: 'get', ...CONFIG_MAP, name: 'a' }]);
  remove();
  await cluster.get({ ...CONFIG_MAP, name: 'a' });
  expect(cluster.requests).toBe(3);
});

test('history that is forgotten cannot be watched, nor lists gone on with', async () => {
  const cluster = createMemoryCluster();
  await cluster.create(configMap('a'));
  await cluster.create(configMap('b'));
  const { resourceVersion, continue: page } = await cluster.list(CONFIG_MAP, { limit: 1 });
  await cluster.create(configMap('c'));
  cluster.forgetHistory();
  const watching = cluster.watch(CONFIG_MAP, { resourceVersion })[Symbol.asyncIterator]().next();
  await expect(watching).rejects.toMatchObject({ code: 'KUBE_EXPIRED', message: 'too old resource version: 5 (6)' });
  await expect(cluster.list(CONFIG_MAP, { continue: page })).rejects.toMatchObject({ code: 'KUBE_EXPIRED' });
});

test('what is given out is a copy', async () => {
  const cluster = createMemoryCluster();
  const made = await cluster.create({ ...configMap('a'), data: { k: 'v' } });
  Object.assign(made.data as object, { k: 'other' });
  expect((await cluster.get({ ...CONFIG_MAP, name: 'a' }))?.data).toEqual({ k: 'v' });
});

describe('operations of JSON patches', () => {
  // Of RFC 6902, appendix A, in part.
  test.each([
    [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { foo: 'bar', baz: 'qux' }],
    [{ foo: ['a', 'b'] }, [{ op: 'add', path: '/foo/1', value: 'x' }], { foo: ['a', 'x', 'b'] }],
    [{ foo: ['a'] }, [{ op: 'add', path: '/foo/-', value: ['b'] }], { foo: ['a', ['b']] }],
    [{ foo: ['a', 'b', 'c'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['a', 'c'] }],
    [{ foo: ['a', 'b', 'c'] }, [{ op: 'move', from: '/foo/0', path: '/foo/2' }], { foo: ['b', 'c', 'a'] }],
    [{ a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    [{ '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
    [{ a: 1 }, [{ op: 'replace', path: '', value: [] }], []],
  ])('%j %j', (value, patch, wanted) => {
    expect(applyJsonPatch(value, patch)).toEqual(wanted);
  });

  test.each([
    ['no list', {}],
    ['an unknown one', [{ op: 'none', path: '/a' }]],
    ['no path', [{ op: 'remove', path: 'a' }]],
    ['a name that is not there', [{ op: 'replace', path: '/b', value: 1 }]],
    ['a parent that is not there', [{ op: 'add', path: '/b/c', value: 1 }]],
    ['behind the end', [{ op: 'add', path: '/list/2', value: 1 }]],
    ['an odd index', [{ op: 'remove', path: '/list/00' }]],
    ['into itself', [{ op: 'move', from: '/a', path: '/a/b' }]],
    ['a test that fails', [{ op: 'test', path: '/list', value: [] }]],
  ])('refused: %s', (_, patch) => {
    expect(() => applyJsonPatch({ a: {}, list: [1] }, patch)).toThrow(JsonPatchError);
  });
});
