import { GoError } from 'go-template';

import { decodeBase64, encodeBase64 } from './encoding.ts';

export interface Pem {
  type: string;
  bytes: Uint8Array;
}

const BLOCK = /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t\r]*\n([^-]*?)-----END \1-----[ \t\r]*(?=\n|$)/g;

/** The first block in a text that is sound (Go: pem.Decode). */
export function decodePem(text: string): Pem | undefined {
  for (const [, type = '', body = ''] of text.matchAll(BLOCK)) {
    // Headers, which old encrypted keys have, end at a blank line.
    const base64 = body.replace(/^(?:[^\n]*:[^\n]*\n)+\s*\n/, '').replace(/[ \t]/g, '');
    try {
      return { type, bytes: decodeBase64(base64) };
    } catch (e) {
      if (!(e instanceof GoError)) throw e;
    }
  }
  return undefined;
}

export function encodePem({ type, bytes }: Pem): string {
  const lines = encodeBase64(bytes).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${type}-----`, ...lines, `-----END ${type}-----`, ''].join('\n');
}
