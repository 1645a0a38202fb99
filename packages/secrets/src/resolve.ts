/** Values with secrets in the place of references to them. */
import { type GoMap, isMap, newMap } from 'go-template';

import { SecretError } from './error.ts';
import type { SecretsProvider } from './provider.ts';
import { parseReference, type SecretReference, unescaped } from './reference.ts';

export interface ResolveInput {
  /** What the user set. */
  readonly values: GoMap;
  /** What templates would see: `values` over those of the chart. */
  readonly merged: GoMap;
  /** Whether what only the chart refers to is resolved too; else it is refused. */
  readonly trustChart: boolean;
}

export interface Resolver {
  /**
   * `values` with the secrets of all references in `merged`, so that rendering with them gives what was meant; neither
   * argument is changed. Throws a SecretError that names every place that has no secret.
   */
  resolve(input: ResolveInput, signal?: AbortSignal): Promise<GoMap>;
}

export interface ResolverOptions {
  /** Hears of each secret once, before anybody else sees it. */
  readonly onSecret?: (text: string) => void;
  /** Milliseconds that the providers have; 30,000 if absent. */
  readonly timeout?: number;
}

/** References of a command, and characters of a secret and of all of them. */
export const LIMITS = { references: 1000, secret: 1024 * 1024, all: 16 * 1024 * 1024 };

/** Places of values that are told of in one error. */
const MAX_TOLD = 20;
const MAX_DEPTH = 1000;

interface Found {
  readonly path: string;
  readonly reference: SecretReference;
}

/** For one command: what was resolved once is not asked for again. */
export function createResolver(
  providers: readonly SecretsProvider[],
  { onSecret, timeout = 30_000 }: ResolverOptions = {},
): Resolver {
  const byScheme = new Map(providers.map((provider) => [provider.scheme, provider]));
  const schemes: ReadonlySet<string> = new Set(byScheme.keys());
  const known = new Map<string, string>();
  let length = 0;

  const keep = (text: string, outcome: unknown): SecretError | undefined => {
    if (outcome instanceof SecretError) return outcome;
    if (typeof outcome !== 'string') return new SecretError('SECRET_UNAVAILABLE', 'the provider gave no text');
    length += outcome.length;
    if (outcome.length > LIMITS.secret || length > LIMITS.all)
      return new SecretError('SECRET_TOO_LARGE', `it is larger than ${LIMITS.secret} characters, or all are too large`);
    known.set(text, outcome);
    onSecret?.(outcome);
    return undefined;
  };

  async function ask(references: readonly SecretReference[], signal: AbortSignal): Promise<Map<string, SecretError>> {
    const faults = new Map<string, SecretError>();
    const due = references.filter(({ text }) => !known.has(text));
    await Promise.all(
      [...byScheme].map(async ([scheme, provider]) => {
        const own = due.filter((reference) => reference.scheme === scheme);
        if (own.length === 0) return;
        const outcomes = await answered(provider, own, signal);
        for (const [i, { text }] of own.entries()) {
          const fault = keep(text, outcomes[i]);
          if (fault !== undefined) faults.set(text, fault);
        }
      }),
    );
    return faults;
  }

  return {
    async resolve({ values, merged, trustChart }, signal) {
      const places = findReferences(merged, schemes);
      const own = new Set(findReferences(values, schemes).map(({ reference }) => reference.text));
      const refused = trustChart ? [] : places.filter(({ reference }) => !own.has(reference.text));
      if (refused.length > 0) throw faultOf(refused, () => REFUSED);
      const unique = [...new Map(places.map(({ reference }) => [reference.text, reference])).values()];
      if (unique.length > LIMITS.references)
        throw new SecretError('SECRET_TOO_LARGE', `the values refer to more than ${LIMITS.references} secrets`);
      const limit = AbortSignal.timeout(timeout);
      const faults = await ask(unique, signal === undefined ? limit : AbortSignal.any([signal, limit]));
      signal?.throwIfAborted();
      const failed = places.filter(({ reference }) => faults.has(reference.text));
      if (failed.length > 0) throw faultOf(failed, ({ text }) => faults.get(text) as SecretError);
      const replace = (text: string): string | undefined => known.get(text) ?? unescaped(text, schemes);
      const over = replaced(merged, replace, 0);
      return over === undefined ? values : (laidOver(values, over) as GoMap);
    },
  };
}

const REFUSED = new SecretError('SECRET_REFUSED', 'the chart asks for it, and you have not', {
  hint: 'look at what the chart does with it, then give --secrets=resolve; or set the value yourself',
});

/** What the provider says; where it throws, hangs or is stopped, that of all. */
async function answered(
  provider: SecretsProvider,
  references: readonly SecretReference[],
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  stopped.catch(() => undefined);
  try {
    return await Promise.race([provider.resolve(references, signal), stopped]);
  } catch (e) {
    const why = signal.aborted ? 'there was no answer in time' : e instanceof Error ? e.message : String(e);
    const fault = e instanceof SecretError ? e : new SecretError('SECRET_UNAVAILABLE', why, { cause: e });
    return references.map(() => fault);
  }
}

function faultOf(places: readonly Found[], of: (reference: SecretReference) => SecretError): SecretError {
  const told = places.slice(0, MAX_TOLD).map(({ path, reference }) => {
    const { message } = of(reference);
    return `${path}: ${reference.text}: ${message}`;
  });
  const more = places.length > told.length ? [`and ${places.length - told.length} more`] : [];
  const first = of((places[0] as Found).reference);
  const message =
    places.length === 1
      ? `cannot resolve ${told[0]}`
      : `cannot resolve ${places.length} secrets:\n${[...told, ...more].map((line) => `- ${line}`).join('\n')}`;
  const hints = [...new Set(places.map(({ reference }) => of(reference).hint).filter((hint) => hint !== undefined))];
  return new SecretError(first.code, message, {
    cause: first,
    ...(hints.length > 0 && { hint: hints.slice(0, 3).join('\n') }),
  });
}

/** Every place that is a reference, as `db.users[0].password`. */
function findReferences(values: GoMap, schemes: ReadonlySet<string>): Found[] {
  const found: Found[] = [];
  const walk = (value: unknown, path: string, depth: number): void => {
    if (depth > MAX_DEPTH) return;
    if (typeof value === 'string') {
      const reference = parseReference(value, schemes);
      if (reference !== undefined) found.push({ path, reference });
    } else if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) walk(item, `${path}[${i}]`, depth + 1);
    } else if (isMap(value)) {
      for (const [name, item] of Object.entries(value)) walk(item, path === '' ? name : `${path}.${name}`, depth + 1);
    }
  };
  walk(values, '', 0);
  return found;
}

/** Of tables what is replaced, of lists all if any is; undefined where nothing is. */
function replaced(value: unknown, replace: (text: string) => string | undefined, depth: number): unknown {
  if (depth > MAX_DEPTH) return undefined;
  if (typeof value === 'string') return replace(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => [item, replaced(item, replace, depth + 1)] as const);
    if (items.every(([, other]) => other === undefined)) return undefined;
    return items.map(([item, other]) => (other === undefined ? item : laidOver(item, other)));
  }
  if (!isMap(value)) return undefined;
  let out: GoMap | undefined;
  for (const [name, item] of Object.entries(value)) {
    const other = replaced(item, replace, depth + 1);
    if (other === undefined) continue;
    out ??= newMap();
    out[name] = other;
  }
  return out;
}

/** `over` over `under`, table by table, in copies. */
function laidOver(under: unknown, over: unknown): unknown {
  if (!isMap(under) || !isMap(over)) return over;
  const out = Object.assign(newMap(), under);
  for (const [name, item] of Object.entries(over)) {
    out[name] = Object.hasOwn(out, name) ? laidOver(out[name], item) : item;
  }
  return out;
}
