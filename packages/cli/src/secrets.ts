/** Secrets of a command: what values refer to is resolved just before a render, and shown nowhere. */
import { type Chart, coalesceValues, PackError, processDependencies, walkCharts } from '@pack/core';
import type { LiveSources, Rendered } from '@pack/engine';
import type { RenderPackInput } from '@pack/jinja';
import type { Release } from '@pack/release';
import type { Mask, Resolver, SecretsProvider } from '@pack/secrets';
import { type GoMap, newMap } from 'go-template';

import type { Io } from './command.ts';
import { type Given, isTrue } from './flags/parse.ts';
import { releaseNamespace } from './namespace.ts';

/** Whether references of values are resolved: as it is said, or else those of packs are. */
const isResolving = (chart: Chart | undefined, given: Given): boolean =>
  given.has('secrets') ? given.string('secrets') !== 'keep' : chart?.pack !== undefined;

/** Renders with what references stand for; what comes back has the references themselves. */
export async function renderWithSecrets(
  input: Omit<RenderPackInput, 'lookup'>,
  sources: LiveSources,
  given: Given,
  io: Io,
  signal?: AbortSignal,
): Promise<Rendered> {
  const own: typeof input = { ...input, ...(await generating(input)) };
  const { renderWith } = await import('./render.ts');
  if (!isResolving(input.chart, given)) return renderWith({ ...own, secrets: keptReference }, sources);
  const { chart, values = newMap() } = input;
  // What conditions and imports make of the chart is what the engine will make of it.
  const processed = processDependencies(chart, values);
  const merged = coalesceValues(processed, values);
  const resolver = await resolverOf(given, io);
  // Who says that secrets are to be resolved has looked at the chart.
  const resolved = await resolver.resolve({ values, merged, trustChart: given.has('secrets') }, signal);
  const rendered = await renderAsking({ ...own, values: resolved }, sources, resolver, given.has('secrets'), signal);
  return resolved === values ? rendered : { ...rendered, chart: processed, values: merged };
}

/** `secrets[REFERENCE]` in templates, where references are kept. */
export const keptReference = (reference: string): string => reference;

/** A render whose templates may ask for secrets, if the user lets them: what they ask for is resolved between passes. */
async function renderAsking(
  input: Omit<RenderPackInput, 'lookup'>,
  sources: LiveSources,
  resolver: Resolver,
  isTrusted: boolean,
  signal: AbortSignal | undefined,
): Promise<Rendered> {
  const ask = async (reference: string): Promise<string> => {
    const values = Object.assign(newMap(), { secrets: reference });
    const resolved = await resolver.resolve(
      { values: isTrusted ? values : newMap(), merged: values, trustChart: isTrusted },
      signal,
    );
    const secret = resolved['secrets'];
    if (typeof secret === 'string' && secret !== reference) return secret;
    const { SecretError } = await import('@pack/secrets');
    throw new SecretError('SECRET_REFERENCE_INVALID', `${JSON.stringify(reference)} is no reference to a secret`, {
      hint: 'write secrets["SCHEME:PATH#KEY"]',
    });
  };
  const functions = { ask: async (reference: string) => JSON.stringify(await ask(JSON.parse(reference) as string)) };
  const { untilAnswered } = await import('@pack/engine');
  const { renderWith } = await import('./render.ts');
  return untilAnswered({ functions }, ({ call }) =>
    renderWith(
      { ...input, secrets: (reference) => JSON.parse(call?.('ask', JSON.stringify(reference)) ?? '""') as string },
      sources,
    ),
  );
}

/** Values without a chart, as `lint` has them. */
export async function resolvedValues(values: GoMap, given: Given, io: Io): Promise<GoMap> {
  if (!isResolving(undefined, given)) return values;
  return (await resolverOf(given, io)).resolve({ values, merged: values, trustChart: true });
}

/** What people read of a release, without secrets; what was applied stays what it was. */
export function withoutSecretWords(release: Release, { secrecy: { hide } = {} }: Io): Release {
  if (hide === undefined) return release;
  const { description, notes } = release.info;
  const words = {
    ...(description !== undefined && { description: hide(description) }),
    ...(notes !== undefined && { notes: hide(notes) }),
  };
  return { ...release, info: { ...release.info, ...words } };
}

/** What the revision before referred to is hidden too, where it can still be had; for commands that know of any secret. */
export async function hidePastSecrets({ config }: Pick<Release, 'config'>, given: Given, io: Io): Promise<void> {
  if (io.secrecy?.hide === undefined || given.string('secrets') === 'keep') return;
  const resolver = await resolverOf(given, io);
  await resolver
    .resolve({ values: config, merged: config, trustChart: true }, io.interrupts?.())
    .catch((e: unknown) => {
      if (!(e instanceof PackError)) throw e;
    });
}

/** Whether templates of packs may ask for secrets to be made. */
export const mayGenerate = (chart: Chart): boolean =>
  [...walkCharts(chart)].some(
    ({ chart: { pack, templates } }) =>
      pack !== undefined && templates.some(({ data }) => Buffer.from(data).includes('generate_secret')),
  );

/** Where nothing keeps them, secrets are made for this render alone: the same for the same name. */
async function generating({
  chart,
  generateSecret,
}: Pick<RenderPackInput, 'chart' | 'generateSecret'>): Promise<Pick<RenderPackInput, 'generateSecret'>> {
  if (generateSecret !== undefined || !mayGenerate(chart)) return {};
  const { createGenerator } = await import('@pack/secrets');
  return { generateSecret: createGenerator({}).generate };
}

const masks = new WeakMap<object, Mask>();

/** What it is given, the command shows nowhere from then on. */
export async function hiderOf({ secrecy = {} }: Io): Promise<(secrets: Iterable<string>) => void> {
  const { createMask } = await import('@pack/secrets');
  const mask = masks.get(secrecy) ?? createMask();
  masks.set(secrecy, mask);
  secrecy.hide = mask.hide;
  return mask.add;
}

const resolvers = new WeakMap<object, Promise<Resolver>>();

/** One for a command, so that no secret is asked for twice. */
function resolverOf(given: Given, io: Io): Promise<Resolver> {
  const key = io.secrecy ?? io;
  let resolver = resolvers.get(key);
  if (resolver === undefined) resolvers.set(key, (resolver = makeResolver(given, io)));
  return resolver;
}

async function makeResolver(given: Given, io: Io): Promise<Resolver> {
  const { createResolver } = await import('@pack/secrets');
  const hide = await hiderOf(io);
  return createResolver(await providersOf(given, io), { onSecret: (secret) => hide([secret]) });
}

async function providersOf(given: Given, io: Io): Promise<SecretsProvider[]> {
  const [common, node, { secretProviders }, { isWithoutPlugins }, namespace] = await Promise.all([
    import('@pack/secrets'),
    import('@pack/secrets/node'),
    import('./plugins/javascript.ts'),
    import('./plugins/paths.ts'),
    releaseNamespace(given, io),
  ]);
  const { awsProvider, eachReference, envProvider, kubernetesProvider, SecretError, sopsProvider, vaultProvider } =
    common;
  const cwd = process.cwd();
  const own = [
    envProvider(io.env),
    node.fileProvider(io.env, cwd),
    sopsProvider({ readFile: (path) => node.readWithin(path, io.env, cwd), unwrap: node.sopsKeys(io.env) }),
    vaultProvider({ ...node.vaultSettings(io.env), fetch: await vaultFetch(io) }),
    awsProvider(node.readAwsSecret()),
    kubernetesProvider(await secretReader(given, io), namespace),
  ];
  const schemes = new Set(own.map(({ scheme }) => scheme));
  const plugins = isWithoutPlugins(io) ? [] : [...(await secretProviders(io))];
  const others = plugins.filter(([scheme]) => !schemes.has(scheme));
  return [
    ...own,
    ...others.map(([scheme, resolve]) =>
      eachReference(scheme, async ({ rest }) => {
        try {
          return await resolve(rest);
        } catch (e) {
          throw new SecretError('SECRET_UNAVAILABLE', e instanceof Error ? e.message : String(e), { cause: e });
        }
      }),
    ),
  ];
}

/** By VAULT_CACERT and VAULT_SKIP_VERIFY, and through proxies as all else. */
async function vaultFetch({ env }: Io): Promise<import('oci-client-ts').HttpFetch> {
  const [{ createFetch }, { readText }] = await Promise.all([
    import('oci-client-ts/node'),
    import('@pack/secrets/node'),
  ]);
  const ca = env['VAULT_CACERT'];
  const insecure = isTrue(env['VAULT_SKIP_VERIFY']);
  // A file that cannot be read is of interest to who asks Vault for something.
  let made: import('oci-client-ts').HttpFetch | undefined;
  return (input, init) => {
    made ??= createFetch({ env, ...(ca && { ca: readText(ca, ca) }), insecureSkipTlsVerify: insecure });
    return made(input, init);
  };
}

/** The cluster is asked when there is something to ask. */
async function secretReader(given: Given, io: Io): Promise<import('@pack/secrets').ReadSecret> {
  const { SecretError } = await import('@pack/secrets');
  let cluster: import('@pack/kube').Cluster | undefined;
  return async (namespace, name, signal) => {
    try {
      cluster ??= (await import('./cluster.ts')).connectionOf(given, io);
      const object = await cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name }, { signal });
      return object && ((object['data'] ?? {}) as Record<string, string>);
    } catch (e) {
      if (!(e instanceof PackError)) throw e;
      const code = e.code === 'KUBE_FORBIDDEN' ? 'SECRET_REFUSED' : 'SECRET_UNAVAILABLE';
      throw new SecretError(code, e.message, { cause: e, ...(e.hint !== undefined && { hint: e.hint }) });
    }
  };
}

/** The text of a values file that sops encrypted, as helm-secrets names it: `secrets://PATH`. */
export async function readSecretValues(path: string, io: Io): Promise<string> {
  const { decryptSops, SecretError } = await import('@pack/secrets');
  const { readText, sopsKeys } = await import('@pack/secrets/node');
  const { encodeYaml } = await import('@pack/core');
  try {
    const { documents, secrets } = await decryptSops(readText(path, path), sopsKeys(io.env), io.interrupts?.());
    (await hiderOf(io))(secrets);
    return encodeYaml(documents[0] ?? newMap());
  } catch (e) {
    if (!(e instanceof SecretError)) throw e;
    const hint = e.hint === undefined ? {} : { hint: e.hint };
    throw new SecretError(e.code, `secrets://${path}: ${e.message}`, { cause: e, ...hint });
  }
}
