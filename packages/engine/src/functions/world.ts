/** What template functions take from outside; nothing else about them is impure. */
export interface World {
  /** The present moment. */
  now(): Date;
  /** `n` unpredictable bytes. */
  random(n: number): Uint8Array;
  /** The local zone, an IANA name; '' is UTC. */
  readonly timeZone: string;
  /** Compiled zones of the IANA database by name, exact for all of history; Intl serves without it. */
  zoneData?: (name: string) => Uint8Array | undefined;
  /** Addresses of a host; templates get '' without it, as in Helm when DNS is not enabled. */
  resolveHost?: (name: string) => readonly string[];
  /** Functions of plugins: they take and give Go values. Those of Helm keep their names. */
  functions?: Readonly<Record<string, (...args: unknown[]) => unknown>>;
  /** Faster ways to what is pure JavaScript otherwise. */
  crypto?: NativeCrypto;
}

export interface NativeCrypto {
  /** A new RSA key, DER of PKCS #1. */
  generateRsaKey?(bits: number): Uint8Array;
  /** Signs with an RSA key, DER of PKCS #1: PKCS #1 v1.5 with SHA-256. */
  signRsa?(key: Uint8Array, message: Uint8Array): Uint8Array;
  /** A new DSA key with a modulus of 2048 and a divisor of 256 bits: DER of version, p, q, g, y, x. */
  generateDsaKey?(): Uint8Array;
  scrypt?(
    password: Uint8Array,
    salt: Uint8Array,
    cost: { N: number; r: number; p: number; length: number },
  ): Uint8Array;
}
