import type { StructShape } from '../json/struct.ts';
import { decodeYamlStruct } from '../yaml/struct.ts';

/** As much of an object as its sorting needs. */
export interface ManifestHead {
  readonly apiVersion: string;
  readonly kind: string;
  /** Whether it has `metadata`, if only an empty one. */
  readonly hasMetadata: boolean;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const HEAD: StructShape = {
  name: 'SimpleHead',
  type: 'util.SimpleHead',
  fields: {
    apiVersion: 'string',
    kind: 'string',
    metadata: {
      name: '',
      type: 'struct { Name string "json:\\"name\\""; Annotations map[string]string "json:\\"annotations\\"" }',
      pointer: true,
      fields: { name: 'string', annotations: { map: 'string' } },
    },
  },
};

interface Decoded {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string; annotations?: Record<string, string> } | null;
}

/** The head of a manifest; the rest of it must be YAML too. Throws TextError with Go's message. Helm: SimpleHead. */
export function decodeHead(manifest: string): ManifestHead {
  const {
    apiVersion = '',
    kind = '',
    metadata,
  } = (decodeYamlStruct(manifest, HEAD, { partial: true }) ?? {}) as Decoded;
  return {
    apiVersion,
    kind,
    hasMetadata: metadata != null,
    name: metadata?.name ?? '',
    annotations: metadata?.annotations ?? {},
  };
}
