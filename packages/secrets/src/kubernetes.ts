/** `k8s:NAMESPACE/NAME#KEY`: what a Secret of the cluster holds. */
import { fromBytes } from 'go-template/bytes';

import { SecretError } from './error.ts';
import { eachReference, keyOf, keysHint, type SecretsProvider } from './provider.ts';

/** The `data` of a Secret, base64 by key; undefined if there is no such Secret. */
export type ReadSecret = (
  namespace: string,
  name: string,
  signal?: AbortSignal,
) => Promise<Readonly<Record<string, string>> | undefined>;

/** `namespace`: for references without one. */
export function kubernetesProvider(read: ReadSecret, namespace: string): SecretsProvider {
  const asked = new Map<string, ReturnType<ReadSecret>>();
  return eachReference('k8s', async (reference, signal) => {
    const key = keyOf(reference);
    const [name = '', within = namespace, ...more] = reference.path.split('/').reverse();
    if (name === '' || within === '' || more.length > 0)
      throw new SecretError('SECRET_REFERENCE_INVALID', 'it names no Secret', { hint: 'write k8s:NAMESPACE/NAME#KEY' });
    const id = `${within}/${name}`;
    const data = asked.get(id) ?? read(within, name, signal);
    asked.set(id, data);
    const found = await data;
    if (found === undefined) throw new SecretError('SECRET_NOT_FOUND', `there is no Secret ${name} in ${within}`);
    if (!Object.hasOwn(found, key))
      throw new SecretError('SECRET_NOT_FOUND', `the Secret ${id} has no key ${JSON.stringify(key)}`, keysHint(found));
    return fromBytes(Uint8Array.from(atob(found[key] as string), (character) => character.charCodeAt(0)));
  });
}
