/** Integers beyond 2^53 as Helm's rules for values have them: Go templates see floats where Jinja sees what was spelled. */
import { type GoMap, isMap, newMap } from 'go-template';

/** The same map where there are none. */
export const withFloats = (values: GoMap): GoMap => (hasLarge(values) ? (floats(values) as GoMap) : values);

const isLarge = (v: unknown): v is bigint => typeof v === 'bigint' && !Number.isSafeInteger(Number(v));

function hasLarge(v: unknown): boolean {
  if (Array.isArray(v)) return v.some(hasLarge);
  return isMap(v) ? Object.keys(v).some((key) => hasLarge(v[key])) : isLarge(v);
}

function floats(v: unknown): unknown {
  if (isLarge(v)) return Number(v);
  if (Array.isArray(v)) return v.map(floats);
  if (!isMap(v)) return v;
  const out = newMap();
  for (const key of Object.keys(v)) out[key] = floats(v[key]);
  return out;
}
