import { formatV, fromBytes, GoValue } from 'go-template';

/** Sprig's toString: a string as it is, bytes as text, else what String() or %v gives. */
export function toText(v: unknown): string {
  if (typeof v === 'string') return v;
  if (v instanceof Uint8Array) return fromBytes(v);
  if (v instanceof GoValue && v.goString !== undefined) return v.goString();
  return formatV(v);
}
