import { describe, expect, test } from 'vitest';
import type { CredentialSource } from './credential-source.ts';
import { createExecPlugin } from './exec-plugin.ts';

const V1 = 'client.authentication.k8s.io/v1';

/** A plugin that prints what an expression of JavaScript gives. */
const plugin = (expression: string, now = () => 0): CredentialSource =>
  createExecPlugin(
    {
      command: process.execPath,
      args: ['-e', `console.log(${expression})`],
      env: [{ name: 'TOKEN', value: 'secret-of-env' }],
      apiVersion: V1,
      interactiveMode: 'IfAvailable',
      installHint: '',
    },
    { env: {}, isInteractive: false, now },
  );
const credential = (status: object | null, apiVersion = V1): string =>
  JSON.stringify(JSON.stringify({ apiVersion, kind: 'ExecCredential', ...(status !== null && { status }) }));

test('a token, of the environment that the plugin is given', async () => {
  const source = plugin(
    `JSON.stringify({apiVersion: '${V1}', kind: 'ExecCredential', status: {token: process.env.TOKEN + process.env.KUBERNETES_EXEC_INFO}})`,
  );
  const { authorization } = await source.current();
  expect(authorization).toBe(
    `Bearer secret-of-env{"kind":"ExecCredential","apiVersion":"${V1}","spec":{"interactive":false}}`,
  );
});

test('a certificate', async () => {
  const source = plugin(credential({ clientCertificateData: 'c', clientKeyData: 'k' }));
  expect(await source.current()).toEqual({ cert: 'c', key: 'k' });
});

test('once for all, and again after a 401 or when it has expired', async () => {
  let now = 0;
  const source = plugin(
    `JSON.stringify({apiVersion: '${V1}', kind: 'ExecCredential', status: {token: String(process.pid), expirationTimestamp: '1970-01-01T00:00:10Z'}})`,
    () => now,
  );
  const [first, same] = await Promise.all([source.current(), source.current()]);
  expect(same).toBe(first);
  expect(await source.renew(first)).toBe(true);
  const second = await source.current();
  expect(second).not.toEqual(first);
  // Another request's 401 for what is no longer used.
  await source.renew(first);
  expect(await source.current()).toBe(second);
  now = 10_001;
  expect(await source.current()).not.toEqual(second);
});

describe('faults, none of which quotes what the plugin printed', () => {
  const cases: [string, string, string][] = [
    ['no JSON', '"secret"', 'decoding stdout: it is no JSON'],
    ['something else', '"{\\"secret\\":1}"', 'decoding stdout: it is no ExecCredential'],
    ['no status', credential(null), "exec plugin didn't return a status field"],
    ['nothing', credential({}), "exec plugin didn't return a token or cert/key pair"],
    ['half', credential({ clientKeyData: 'secret' }), 'exec plugin returned only certificate or key, not both'],
    [
      'another version',
      credential({ token: 'secret' }, 'client.authentication.k8s.io/v1beta1'),
      `exec plugin is configured to use API version ${V1}, plugin returned version client.authentication.k8s.io/v1beta1`,
    ],
  ];
  test.each(cases)('%s', async (_, expression, message) => {
    await expect(plugin(expression).current()).rejects.toMatchObject({
      code: 'KUBE_UNAUTHORIZED',
      message: `getting credentials: ${message}`,
    });
  });
});
