/** What nobody asked for by name is shown without what Secrets hold. */
import { decodeYaml } from '@pack/core';
import { hideTexts, secretTexts } from '@pack/kube';
import { GoError, type GoMap, isMap, newMap } from 'go-template';

const HIDDEN = '(hidden)';

/** Helm: --hide-secret. */
const SUPPRESSED = '# HIDDEN: The Secret output has been suppressed\n';

export interface Concealed {
  readonly manifest: string;
  readonly hooks: readonly string[];
  values(values: GoMap): GoMap;
}

/** `manifest` and `hooks` without their Secrets, and values without those that are in one. */
export function conceal(manifest: string, hooks: readonly string[]): Concealed {
  const documents = manifest.split(/^(?=---\n)/m);
  const texts = [...documents, ...hooks].flatMap((text) =>
    secretsOf(parsed(text)).flatMap((secret) => secretTexts(secret)),
  );
  // Where they were left out before, nobody knows which values are theirs.
  const isUnknown = manifest.includes(SUPPRESSED);
  return {
    manifest: documents.map((text) => hideTexts(withoutSecret(text), texts)).join(''),
    hooks: hooks.map((text) => hideTexts(withoutSecret(text), texts)),
    values: (values) => concealed(values, isUnknown ? undefined : texts) as GoMap,
  };
}

function withoutSecret(text: string): string {
  if (!isSecret(parsed(text))) return text;
  const head = /^(?:---\n)?(?:# Source: .*\n)?/.exec(text)?.[0] ?? '';
  return `${head}${SUPPRESSED}`;
}

function parsed(text: string): unknown {
  try {
    return decodeYaml(text.replace(/^---\n/, ''));
  } catch (e) {
    if (e instanceof GoError) return undefined;
    throw e;
  }
}

const isSecret = (value: unknown): boolean => isMap(value) && value.kind === 'Secret';

/** Itself, or those of a list. */
function secretsOf(value: unknown): GoMap[] {
  if (!isMap(value)) return [];
  const items = Array.isArray(value.items) ? value.items : [];
  return [value, ...items].filter(isSecret) as GoMap[];
}

/** Without `texts` all of them are hidden. */
function concealed(value: unknown, texts: readonly string[] | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => concealed(item, texts));
  if (isMap(value)) {
    const out = newMap();
    for (const [name, item] of Object.entries(value)) out[name] = concealed(item, texts);
    return out;
  }
  if (value === null || typeof value === 'boolean') return value;
  const text = String(value);
  const isIn = (secret: string): boolean => (text.length < 4 ? secret === text : secret.includes(text));
  return texts === undefined || texts.some(isIn) ? HIDDEN : value;
}
