import { compareBytes, formatV, type GoMap, quoteGo, typeOf } from 'go-template';

/** A value with its Go types, as the oracle prints it. */
export function typed(v: unknown): string {
  if (v === null) return 'nil';
  if (typeof v === 'string') return quoteGo(v);
  if (Array.isArray(v)) return `[${v.map(typed).join(',')}]`;
  if (typeOf(v) !== 'map[string]interface {}') return `${typeOf(v)}(${formatV(v)})`;
  const map = v as GoMap;
  return `{${Object.keys(map)
    .sort(compareBytes)
    .map((key) => `${quoteGo(key)}:${typed(map[key])}`)
    .join(',')}}`;
}
