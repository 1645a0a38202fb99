/** Integers beyond 2^53. Helm's rules for values make floats of all numbers; packs keep what a file spells. */
import { fromBytes, type GoMap, isMap, newMap } from 'go-template';

const LONG = /(?<![\w.+-])[-+]?\d{16,39}(?![\w.])/g;

/** The exact integers that texts of YAML spell, by the floats that stand for them; none where two share one. */
export function exactIntegers(texts: Iterable<Uint8Array>): ReadonlyMap<number, bigint> {
  const exact = new Map<number, bigint | undefined>();
  for (const data of texts) {
    for (const [spelled] of fromBytes(data).matchAll(LONG)) {
      const n = BigInt(spelled.replace('+', ''));
      const x = Number(n);
      if (Number.isSafeInteger(x)) continue;
      exact.set(x, exact.has(x) && exact.get(x) !== n ? undefined : n);
    }
  }
  return new Map([...exact].filter((pair): pair is [number, bigint] => pair[1] !== undefined));
}

/** Values with exact integers in place of the floats that stand for them. */
export function withExactIntegers(values: GoMap, exact: ReadonlyMap<number, bigint>): GoMap {
  return exact.size === 0 ? values : (restored(values, exact) as GoMap);
}

function restored(v: unknown, exact: ReadonlyMap<number, bigint>): unknown {
  if (typeof v === 'number') return exact.get(v) ?? v;
  if (Array.isArray(v)) return v.map((item) => restored(item, exact));
  if (!isMap(v)) return v;
  const out = newMap();
  for (const key of Object.keys(v)) out[key] = restored(v[key], exact);
  return out;
}
