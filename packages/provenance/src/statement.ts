/** What a provenance file says of an archive: its Chart.yaml and its digest. Helm: pkg/provenance messageBlock. */
import { decodeYamlStruct, encodeYaml, type StructShape } from '@pack/core';
import { GoError, newMap, quoteGo } from 'go-template';
import { ProvenanceError } from './error.ts';

/** Ends a document of YAML; `---` may not stand in a signed text. */
const SEPARATOR = '\n...\n';

/** `about` is YAML that says what the file is: of a chart its Chart.yaml. */
export function encodeStatement(about: string, fileName: string, digest: string): string {
  const files = newMap();
  files[fileName] = digest;
  const sums = newMap();
  sums['files'] = files;
  return `${about}${SEPARATOR}${encodeYaml(sums)}`;
}

const SUMS: StructShape = {
  name: 'SumCollection',
  type: 'provenance.SumCollection',
  fields: { files: { map: 'string' }, images: { map: 'string' } },
};

/** Throws PROVENANCE_INVALID, and PROVENANCE_MISMATCH unless the statement gives that digest to that file. */
export function checkStatement(text: string, fileName: string, digest: string): void {
  const [, sums] = text.split(SEPARATOR);
  if (sums === undefined) throw new ProvenanceError('PROVENANCE_INVALID', 'message block must have at least two parts');
  const files = filesOf(sums);
  if (!Object.hasOwn(files, fileName)) {
    throw mismatch(`provenance does not contain a SHA for a file named ${quoteGo(fileName)}`);
  }
  const said = files[fileName] as string;
  if (said !== digest) {
    throw mismatch(`sha256 sum does not match for ${fileName}: ${quoteGo(said)} != ${quoteGo(digest)}`);
  }
}

const mismatch = (message: string): ProvenanceError => new ProvenanceError('PROVENANCE_MISMATCH', message);

function filesOf(text: string): Readonly<Record<string, string>> {
  try {
    return (decodeYamlStruct(text, SUMS)?.['files'] ?? {}) as Record<string, string>;
  } catch (e) {
    throw e instanceof GoError ? new ProvenanceError('PROVENANCE_INVALID', e.message, { cause: e }) : e;
  }
}

/** `sha256:` and hexadecimal digits. */
export async function digestOf(archive: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', archive as BufferSource));
  return `sha256:${[...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
