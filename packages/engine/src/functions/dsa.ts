/** New DSA keys of 2048 and 256 bits, where no native library makes them. */
import { integer, sequence, smallInteger } from './der.ts';

const P_BITS = 2048;
const Q_BITS = 256;

const SMALL_PRIMES = Array.from({ length: 2000 }, (_, i) => 2 * i + 3).filter((n) => {
  for (let d = 3; d * d <= n; d += 2) if (n % d === 0) return false;
  return true;
});

const SIEVE = SMALL_PRIMES.reduce((product, prime) => product * BigInt(prime), 1n);

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function hasSmallFactor(n: bigint): boolean {
  const rest = n % SIEVE;
  return SMALL_PRIMES.some((prime) => rest % BigInt(prime) === 0n && n !== BigInt(prime));
}

/** Miller and Rabin's test; `rounds` random bases. */
function isProbablePrime(n: bigint, rounds: number, below: (limit: bigint) => bigint): boolean {
  if (hasSmallFactor(n)) return false;
  let odd = n - 1n;
  let twos = 0;
  for (; (odd & 1n) === 0n; odd >>= 1n) twos++;
  for (let round = 0; round < rounds; round++) {
    let x = power(2n + below(n - 4n), odd, n);
    if (x === 1n || x === n - 1n) continue;
    let i = 1;
    for (; i < twos && x !== n - 1n; i++) x = (x * x) % n;
    if (x !== n - 1n) return false;
  }
  return true;
}

const toBytes = (n: bigint): Uint8Array => {
  const hex = n.toString(16);
  return Uint8Array.from((hex.length % 2 === 0 ? hex : `0${hex}`).match(/../g) as string[], (byte) =>
    Number.parseInt(byte, 16),
  );
};

/** A key in the form of OpenSSL's `DSA PRIVATE KEY`: version, p, q, g, y, x. */
export function generateDsa(random: (n: number) => Uint8Array): Uint8Array {
  const bits = (n: number): bigint =>
    random(n / 8).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) | (1n << BigInt(n - 1));
  const below = (limit: bigint): bigint => bits(P_BITS) % limit;
  let q = bits(Q_BITS) | 1n;
  while (!isProbablePrime(q, 32, below)) q = bits(Q_BITS) | 1n;
  let p: bigint;
  do {
    const candidate = bits(P_BITS);
    p = candidate - (candidate % (2n * q)) + 1n;
  } while (p >> BigInt(P_BITS - 1) === 0n || !isProbablePrime(p, 8, below));
  let g = 1n;
  for (let h = 2n; g === 1n; h++) g = power(h, (p - 1n) / q, p);
  const x = 1n + below(q - 1n);
  return sequence(smallInteger(0), ...[p, q, g, power(g, x, p), x].map((n) => integer(toBytes(n))));
}
