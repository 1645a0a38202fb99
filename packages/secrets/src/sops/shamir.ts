/** A secret that is in several hands: any of them that are enough give it back. As HashiCorp's and sops divide it. */

/** Multiplication in GF(2^8) with the polynomial of AES. */
function times(a: number, b: number): number {
  let product = 0;
  for (let [x, y] = [a, b]; y > 0; y >>= 1) {
    if (y & 1) product ^= x;
    x = (x << 1) ^ (x & 0x80 ? 0x11b : 0);
  }
  return product;
}

/** a^254 is 1/a, for a^255 is 1. */
function inverse(a: number): number {
  let power = 1;
  for (let i = 0; i < 254; i++) power = times(power, a);
  return power;
}

/** The last byte of each part says where on the polynomials its other bytes lie. Undefined for parts that do not fit. */
export function combine(parts: readonly Uint8Array[]): Uint8Array | undefined {
  const length = (parts[0]?.length ?? 0) - 1;
  const places = parts.map((part) => part.at(-1) ?? 0);
  if (length < 1 || parts.some((part) => part.length !== length + 1)) return undefined;
  if (new Set(places).size !== places.length || places.includes(0)) return undefined;
  // What each part counts for at 0, by Lagrange.
  const weights = places.map((own) =>
    places.reduce((weight, other) => (other === own ? weight : times(weight, times(other, inverse(own ^ other)))), 1),
  );
  return Uint8Array.from({ length }, (_, at) =>
    parts.reduce((sum, part, i) => sum ^ times(part[at] as number, weights[i] as number), 0),
  );
}
