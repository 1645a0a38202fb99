import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Io } from './command.ts';
import type { Given } from './flags/parse.ts';
import { setting } from './settings.ts';

/** That of the flag or variable, else that of the kubeconfig's context, if there is one. */
export async function releaseNamespace(given: Given, io: Io): Promise<string> {
  const stated = given.string('namespace') || setting(io.env, 'NAMESPACE');
  if (stated) return stated;
  const files = (
    given.string('kubeconfig') ||
    io.env['KUBECONFIG'] ||
    join(io.env['HOME'] ?? '', '.kube', 'config')
  ).split(delimiter);
  if (!files.some((file) => existsSync(file))) return 'default';
  const { currentNamespace } = await import('@pack/kube/node');
  return currentNamespace({
    env: io.env,
    kubeconfig: given.string('kubeconfig') || undefined,
    kubeContext: given.string('kube-context') || setting(io.env, 'KUBECONTEXT') || undefined,
  });
}
