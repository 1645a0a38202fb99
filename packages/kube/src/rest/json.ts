import { decodeJsonNumbers, encodeJson } from '@pack/core';

/** As many digits as an integer beyond 2^53 has; they may lie in a text too, which costs time and nothing else. */
const LONG_NUMBER = /\d{16}/;
const INTEGER = /^-?\d+$/;

/** JSON with every integer exact: those beyond 2^53 are bigint. Throws SyntaxError or GoError. */
export function parseJson(text: string): unknown {
  const quick: unknown = JSON.parse(text);
  return LONG_NUMBER.test(text) ? decodeJsonNumbers(text, exactNumber) : quick;
}

function exactNumber(literal: string): number | bigint {
  const number = Number(literal);
  return INTEGER.test(literal) && !Number.isSafeInteger(number) ? BigInt(literal) : number;
}

/** The opposite; JSON.stringify alone knows no bigint. */
export function formatJson(value: unknown): string {
  let exact = true;
  const quick = JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== 'bigint') return member;
    exact = false;
    return null;
  });
  return exact ? quick : encodeJson(value, { escapeHtml: false });
}
