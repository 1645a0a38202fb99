/** What sops writes under `sops` into each file. */
import { isMap, Scalar, type YAMLMap } from 'yaml';

import { SecretError } from '../error.ts';

/** The data key of a file, enciphered for one of its readers. */
export interface WrappedKey {
  readonly kind: 'age' | 'pgp';
  /** Whose it is: a recipient of age, or a fingerprint. */
  readonly reader: string;
  /** Armored. */
  readonly enc: string;
}

export interface SopsMetadata {
  /** The data key, or a part of it, can be had from any key of a group. */
  readonly groups: readonly (readonly WrappedKey[])[];
  /** How many groups it takes, if there are several. */
  readonly threshold: number;
  /** Readers that only services can be: `kms`, `hc_vault`, … */
  readonly others: readonly string[];
  readonly mac: string;
  readonly lastModified: string;
  readonly macOnlyEncrypted: boolean;
}

const SERVICES = ['kms', 'gcp_kms', 'azure_kv', 'hc_vault', 'hckms'];

type Fields = Readonly<Record<string, unknown>>;
const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? (value as Fields[]) : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Throws SECRET_FILE_INVALID. */
export function readMetadata(node: YAMLMap): SopsMetadata {
  const fields = plain(node) as Fields;
  const stated = listOf(fields['key_groups']);
  const groups = stated.length > 0 ? stated : [fields];
  const lastModified = textOf(fields['lastmodified']);
  const mac = textOf(fields['mac']);
  if (lastModified === '' || mac === '')
    throw new SecretError('SECRET_FILE_INVALID', 'it lacks what sops writes: a mac and when it was made');
  return {
    groups: groups.map(keysOf),
    threshold: Number(fields['shamir_threshold'] ?? 0) || groups.length,
    others: SERVICES.filter((name) => groups.some((group) => listOf(group[name]).length > 0)),
    mac,
    lastModified,
    macOnlyEncrypted: fields['mac_only_encrypted'] === true || fields['mac_only_encrypted'] === 'true',
  };
}

const keysOf = (group: Fields): WrappedKey[] => [
  ...listOf(group['age']).map(({ recipient, enc }) => ({
    kind: 'age' as const,
    reader: textOf(recipient),
    enc: textOf(enc),
  })),
  ...listOf(group['pgp']).map(({ fp, enc }) => ({ kind: 'pgp' as const, reader: textOf(fp), enc: textOf(enc) })),
];

/** Without anchors, and with times as they are written. */
function plain(node: unknown, depth = 0): unknown {
  if (depth > 10) return undefined;
  if (node instanceof Scalar) return node.value;
  if (isMap(node)) {
    return Object.fromEntries(
      node.items.map(({ key, value }) => [String((key as Scalar).value), plain(value, depth + 1)]),
    );
  }
  if (typeof node === 'object' && node !== null && 'items' in node)
    return (node.items as readonly unknown[]).map((item) => plain(item, depth + 1));
  return undefined;
}
