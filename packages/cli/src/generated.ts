/** Secrets that a release's templates had made, kept in a Secret beside its records. */
import { type Cluster, KubeError, type ObjectRef } from '@pack/kube';
import type { Release, ReleaseStorage, RenderRequest } from '@pack/release';
import type { GeneratedSecrets, SecretGenerator } from '@pack/secrets';

import type { Io } from './command.ts';
import { hiderOf, mayGenerate, withoutSecretWords } from './secrets.ts';

export interface KeptSecrets {
  /** What `generate_secret` gives to a render of the release; nothing for charts that make none. */
  generatorFor(
    request: Pick<RenderRequest, 'chart' | 'release' | 'live'>,
    signal?: AbortSignal,
  ): Promise<{ readonly generateSecret?: SecretGenerator['generate'] }>;
  /** Records that keep what was made just before they tell of the revision it was made for, and have no secrets in words. */
  records(storage: ReleaseStorage): ReleaseStorage;
  /** All of the release, if any are new: for a plan, which makes and keeps nothing. */
  pending(): GeneratedSecrets | undefined;
  /** Those of a plan: kept when its revision is recorded. */
  adopt(release: Pick<Release, 'name' | 'namespace'>, secrets: GeneratedSecrets): Promise<void>;
}

const refOf = ({ name, namespace }: Pick<Release, 'name' | 'namespace'>): ObjectRef => ({
  apiVersion: 'v1',
  kind: 'Secret',
  namespace,
  name: `pack.generated.${name}`,
});

/** Shorter ones, such as numbers, are words like others. */
const LEAST_HIDDEN = 8;

export function keptSecrets(cluster: Cluster, io: Io): KeptSecrets {
  /** For the release of the command; a second render gives what the first did. */
  let current: { readonly ref: ObjectRef; readonly isThere: boolean; readonly generator: SecretGenerator } | undefined;
  let adopted: GeneratedSecrets | undefined;
  /** The revision with which the Secret came to be. */
  let madeWith: number | undefined;

  const load = async (ref: ObjectRef, isLive: boolean, signal?: AbortSignal): Promise<SecretGenerator> => {
    if (current?.ref.name === ref.name && current.ref.namespace === ref.namespace) return current.generator;
    const { createGenerator, parseGenerated } = await import('@pack/secrets');
    const object = isLive ? await cluster.get(ref, { signal }) : undefined;
    const kept = object && parseGenerated(object['data']);
    if (object !== undefined && kept === undefined) {
      throw new KubeError('KUBE_INVALID', `the Secret ${ref.name} does not hold what pack generated`, {
        hint: `put it right, or delete it to have all of it made anew: kubectl -n ${ref.namespace} delete secret ${ref.name}`,
      });
    }
    const generator = createGenerator(kept ?? {});
    current = { ref, isThere: object !== undefined, generator };
    return generator;
  };

  const save = async (version: number, signal?: AbortSignal): Promise<void> => {
    if (current === undefined || !(current.generator.hasNew() || adopted !== undefined)) return;
    const { formatGenerated } = await import('@pack/secrets');
    const { ref, isThere } = current;
    const data = formatGenerated({ ...adopted, ...current.generator.all() });
    if (isThere) await cluster.patch(ref, { type: 'merge', body: { data } }, {}, { signal });
    else {
      const { apiVersion, kind, name } = ref;
      const labels = { 'app.kubernetes.io/managed-by': 'pack' };
      const metadata = { name, labels, ...(ref.namespace !== undefined && { namespace: ref.namespace }) };
      await cluster.create({ apiVersion, kind, metadata, type: 'pack/generated.v1', data }, {}, { signal });
      madeWith = version;
    }
    current = { ...current, isThere: true };
  };

  return {
    async generatorFor({ chart, release, live }, signal) {
      if (!mayGenerate(chart)) return {};
      const generator = await load(refOf(release), live, signal);
      const hide = await hiderOf(io);
      hide(Object.values(generator.all()).filter(isLong));
      return {
        generateSecret(...asked) {
          const secret = generator.generate(...asked);
          if (isLong(secret)) hide([secret]);
          return secret;
        },
      };
    },
    records: (storage) => ({
      ...storage,
      async create(release, signal) {
        await save(release.version, signal);
        await storage.create(withoutSecretWords(release, io), signal);
      },
      update: (release, signal) => storage.update(withoutSecretWords(release, io), signal),
      async delete(name, version, signal) {
        await storage.delete(name, version, signal);
        // What is undone as if it had never been takes its secrets along.
        if (version === madeWith && current !== undefined) await remove(cluster, current.ref);
      },
    }),
    pending: () => (current?.generator.hasNew() ? current.generator.all() : undefined),
    async adopt(release, secrets) {
      await load(refOf(release), true);
      (await hiderOf(io))(Object.values(secrets).filter(isLong));
      adopted = secrets;
    },
  };
}

const isLong = (secret: string): boolean => secret.length >= LEAST_HIDDEN;

/** When a release is no more. A record does not tell of the templates of dependencies: there may be nothing. */
export async function forgetGenerated(release: Release, cluster: Cluster): Promise<void> {
  const { templates = [], metadata } = release.chart ?? {};
  const mayHave =
    (metadata?.dependencies?.length ?? 0) > 0 ||
    templates.some(({ data }) => Buffer.from(data, 'base64').includes('generate_secret'));
  if (mayHave) await remove(cluster, refOf(release));
}

/** That one may not delete it is no reason for an uninstallation to fail. */
async function remove(cluster: Cluster, ref: ObjectRef): Promise<void> {
  try {
    await cluster.delete(ref);
  } catch (e) {
    if (!(e instanceof KubeError && e.code === 'KUBE_FORBIDDEN')) throw e;
  }
}
