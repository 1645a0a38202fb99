/** Texts without the secrets in them. */
import { toBytes } from 'go-template/bytes';

export const HIDDEN = '(hidden)';

/** Characters of a secret; shorter ones are words like others. */
const LEAST = 4;
/** Of a line of a secret with several. */
const LEAST_LINE = 8;
/** Of what base64 makes of a secret in the middle of a longer text. */
const LEAST_CORE = 8;

export interface Mask {
  add(secrets: Iterable<string>): void;
  /** With `(hidden)` in the place of every secret, however it is written. */
  hide(text: string): string;
}

export function createMask(): Mask {
  const known = new Set<string>();
  let ordered: string[] | undefined;
  return {
    add(secrets) {
      for (const secret of secrets) for (const form of formsOf(secret)) known.add(form);
      ordered = undefined;
    },
    hide(text) {
      if (known.size === 0) return text;
      ordered ??= [...known].sort((a, b) => b.length - a.length);
      return ordered.reduce((shown, form) => (shown.includes(form) ? shown.replaceAll(form, HIDDEN) : shown), text);
    },
  };
}

/** All texts within a value of JSON's kinds, and the names in it, without secrets. */
export function hideWithin<T>(value: T, { hide }: Pick<Mask, 'hide'>): T {
  const walk = (item: unknown): unknown => {
    if (typeof item === 'string') return hide(item);
    if (Array.isArray(item)) return item.map(walk);
    if (typeof item !== 'object' || item === null) return item;
    return Object.fromEntries(Object.entries(item).map(([name, inner]) => [hide(name), walk(inner)]));
  };
  return walk(value) as T;
}

/** A secret as it may stand in a text: as it is, a line of it, quoted, in an address, as base64 or in the middle of one. */
function formsOf(secret: string): string[] {
  const whole = secret.trim();
  if (whole.length < LEAST) return [];
  const lines = whole.includes('\n') ? whole.split('\n').map((line) => line.trim()) : [];
  const plain = [secret, whole, ...lines.filter((line) => line.length >= LEAST_LINE)];
  const written = plain.flatMap((text) => [text, JSON.stringify(text).slice(1, -1), ...addressForm(text)]);
  return [...new Set([...written, ...[...new Set([secret, whole])].flatMap(base64Forms)])];
}

function addressForm(text: string): string[] {
  try {
    return [encodeURIComponent(text)];
  } catch {
    // Bytes that are no UTF-8.
    return [];
  }
}

/** With and without padding, of both alphabets, and what is the same wherever the secret stands in what is encoded. */
function base64Forms(text: string): string[] {
  const bytes = toBytes(text);
  const own = encode(bytes);
  const cores = [0, 1, 2].map((before) => {
    const encoded = encode(new Uint8Array([...new Uint8Array(before), ...bytes]));
    const whole = Math.floor(((before + bytes.length) * 8) / 6);
    return encoded.slice(Math.ceil((before * 8) / 6), whole);
  });
  const all = [own, ...cores.filter((core) => core.length >= LEAST_CORE)];
  return all.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

function encode(bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary);
}
