/** Versions as Masterminds/semver 3.5.0 reads and orders them, which is how Helm does. */
import { byteLength, compareBytes, func, GoError, type GoFunc, GoValue } from 'go-template';

const MAX_VERSION_LENGTH = 256;
const MAX_UINT64 = (1n << 64n) - 1n;

const LENIENT =
  /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

interface Parts {
  major: bigint;
  minor: bigint;
  patch: bigint;
  prerelease: string;
  metadata: string;
}

/** Go's *semver.Version, or the semver.Version that its Inc and Set methods return. */
export class SemVer extends GoValue implements Readonly<Parts> {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** Without the hyphen. */
  readonly prerelease: string;
  /** Without the plus. */
  readonly metadata: string;
  /** The text that was parsed. */
  readonly original: string;
  readonly kind: 'ptr' | 'struct';

  constructor(parts: Parts, original: string, kind: 'ptr' | 'struct' = 'ptr') {
    super();
    this.major = parts.major;
    this.minor = parts.minor;
    this.patch = parts.patch;
    this.prerelease = parts.prerelease;
    this.metadata = parts.metadata;
    this.original = original;
    this.kind = kind;
  }

  get goType(): string {
    return this.kind === 'ptr' ? '*semver.Version' : 'semver.Version';
  }

  /** `major.minor.patch-prerelease+metadata`, all three numbers always there. */
  override toString(): string {
    return formatParts(this);
  }

  override goString(): string {
    return formatParts(this);
  }

  override goText(): string {
    return formatParts(this);
  }

  override goMethod(name: string): GoFunc | undefined {
    const method = VALUE_METHODS[name] ?? (this.kind === 'ptr' ? POINTER_METHODS[name] : undefined);
    return method && func(method.signature, (...args: never[]) => method.call(this, ...args));
  }
}

function formatParts({ major, minor, patch, prerelease, metadata }: Readonly<Parts>): string {
  return `${major}.${minor}.${patch}${prerelease && `-${prerelease}`}${metadata && `+${metadata}`}`;
}

/**
 * A version that may have a `v`, leading zeros, and fewer than three numbers (Masterminds: NewVersion).
 * Throws GoError with the library's text.
 */
export function parseVersion(text: string): SemVer {
  checkLength(text);
  const found = LENIENT.exec(text);
  if (found === null) throw new GoError('invalid semantic version');
  const [, major, minor, patch, prerelease = '', metadata = ''] = found;
  const part = (digits: string | undefined): bigint => parseNumber(digits ?? '0', 'error parsing version segment: ');
  const parts = { major: part(major), minor: part(minor), patch: part(patch), prerelease, metadata };
  if (prerelease !== '') checkPrerelease(prerelease);
  return new SemVer(parts, text);
}

/** A version exactly as Semantic Versioning writes it (Masterminds: StrictNewVersion). Throws GoError. */
export function parseStrictVersion(text: string): SemVer {
  if (text === '') throw new GoError('version string empty');
  checkLength(text);
  const found = /^([^.]*)\.([^.]*)\.([^+-]*)(?:-([^+]*))?(?:\+([\s\S]*))?$/.exec(text);
  if (found === null) throw new GoError('invalid semantic version');
  const [, major = '', minor = '', patch = '', prerelease, metadata] = found;
  if (metadata !== undefined) checkMetadata(metadata);
  if (prerelease !== undefined) checkPrerelease(prerelease);
  for (const number of [major, minor, patch]) {
    if (!/^\d*$/.test(number)) throw new GoError('invalid characters in version');
    if (/^0./.test(number)) throw new GoError('version segment starts with 0');
  }
  const parts = { major: parseNumber(major), minor: parseNumber(minor), patch: parseNumber(patch) };
  return new SemVer({ ...parts, prerelease: prerelease ?? '', metadata: metadata ?? '' }, text);
}

function checkLength(text: string): void {
  if (byteLength(text) > MAX_VERSION_LENGTH)
    throw new GoError(`version string is too long (max ${MAX_VERSION_LENGTH} bytes)`);
}

function parseNumber(digits: string, context = ''): bigint {
  const fault = digits === '' ? 'invalid syntax' : BigInt(digits) > MAX_UINT64 ? 'value out of range' : undefined;
  if (fault !== undefined) throw new GoError(`${context}strconv.ParseUint: parsing "${digits}": ${fault}`);
  return BigInt(digits);
}

function checkPrerelease(text: string): void {
  for (const part of text.split('.')) {
    if (!/^[0-9A-Za-z-]+$/.test(part)) throw new GoError('invalid prerelease string');
    if (/^0\d+$/.test(part)) throw new GoError('version segment starts with 0');
  }
}

function checkMetadata(text: string): void {
  if (!/^[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*$/.test(text)) throw new GoError('invalid metadata string');
}

const compareNumbers = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** -1, 0 or 1; metadata is ignored. */
export function compareVersions(a: Readonly<Parts>, b: Readonly<Parts>): number {
  return (
    compareNumbers(a.major, b.major) ||
    compareNumbers(a.minor, b.minor) ||
    compareNumbers(a.patch, b.patch) ||
    comparePrereleases(a.prerelease, b.prerelease)
  );
}

/** The release is after all its pre-releases. */
function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '') return 1;
  if (b === '') return -1;
  return comparePrereleaseParts(a, b);
}

/** As above, but an empty text is before all others. */
export function comparePrereleaseParts(a: string, b: string): number {
  const as = a.split('.');
  const bs = b.split('.');
  for (let i = 0; i < Math.max(as.length, bs.length); i++) {
    const d = comparePart(as[i] ?? '', bs[i] ?? '');
    if (d !== 0) return d;
  }
  return 0;
}

function comparePart(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '') return -1;
  if (b === '') return 1;
  const x = asNumber(a);
  const y = asNumber(b);
  // Two texts of one number (`1` and `01`) are not equal here: the library then calls the first the lower.
  if (x !== undefined && y !== undefined) return x > y ? 1 : -1;
  if (x === undefined && y === undefined) return compareBytes(a, b) > 0 ? 1 : -1;
  return x === undefined ? 1 : -1;
}

function asNumber(part: string): bigint | undefined {
  const n = /^\d+$/.test(part) ? BigInt(part) : undefined;
  return n === undefined || n > MAX_UINT64 ? undefined : n;
}

/** A changed copy; the `v` of the original text stays. */
function changed(version: SemVer, change: Partial<Parts>): SemVer {
  const { major, minor, patch, prerelease, metadata } = version;
  const parts = { major, minor, patch, prerelease, metadata, ...change };
  return new SemVer(parts, (version.original.startsWith('v') ? 'v' : '') + formatParts(parts), 'struct');
}

function incremented(n: bigint, name: string): bigint {
  if (n === MAX_UINT64) throw new GoError(`${name} version increment would overflow uint64`);
  return n + 1n;
}

const RELEASE = { prerelease: '', metadata: '' };

/** The next patch; for a pre-release, the release it is for. */
export const incrementPatch = (v: SemVer): SemVer =>
  changed(v, v.prerelease === '' ? { ...RELEASE, patch: incremented(v.patch, 'patch') } : RELEASE);

export const incrementMinor = (v: SemVer): SemVer =>
  changed(v, { ...RELEASE, minor: incremented(v.minor, 'minor'), patch: 0n });

export const incrementMajor = (v: SemVer): SemVer =>
  changed(v, { ...RELEASE, major: incremented(v.major, 'major'), minor: 0n, patch: 0n });

export function withPrerelease(v: SemVer, prerelease: string): SemVer {
  if (prerelease !== '') checkPrerelease(prerelease);
  return changed(v, { prerelease });
}

export function withMetadata(v: SemVer, metadata: string): SemVer {
  if (metadata !== '') checkMetadata(metadata);
  return changed(v, { metadata });
}

interface Method {
  signature: string;
  call(v: SemVer, ...args: never[]): unknown;
}

const VALUE_METHODS: Readonly<Record<string, Method>> = {
  IncMajor: { signature: 'func() semver.Version', call: incrementMajor },
  IncMinor: { signature: 'func() semver.Version', call: incrementMinor },
  IncPatch: { signature: 'func() semver.Version', call: incrementPatch },
  Major: { signature: 'func() uint64', call: (v) => v.major },
  MarshalJSON: { signature: 'func() ([]uint8, error)', call: (v) => new TextEncoder().encode(`"${v}"`) },
  MarshalText: { signature: 'func() ([]uint8, error)', call: (v) => new TextEncoder().encode(String(v)) },
  Metadata: { signature: 'func() string', call: (v) => v.metadata },
  Minor: { signature: 'func() uint64', call: (v) => v.minor },
  Patch: { signature: 'func() uint64', call: (v) => v.patch },
  Prerelease: { signature: 'func() string', call: (v) => v.prerelease },
  SetMetadata: { signature: 'func(string) (semver.Version, error)', call: withMetadata },
  SetPrerelease: { signature: 'func(string) (semver.Version, error)', call: withPrerelease },
  String: { signature: 'func() string', call: (v) => String(v) },
  Value: { signature: 'func() (driver.Value, error)', call: (v) => String(v) },
};

const compared = (holds: (order: number) => boolean): Method => ({
  signature: 'func(*semver.Version) bool',
  call: (v, o: SemVer) => holds(compareVersions(v, o)),
});

const POINTER_METHODS: Readonly<Record<string, Method>> = {
  Compare: { signature: 'func(*semver.Version) int', call: compareVersions },
  Equal: compared((d) => d === 0),
  GreaterThan: compared((d) => d > 0),
  GreaterThanEqual: compared((d) => d >= 0),
  LessThan: compared((d) => d < 0),
  LessThanEqual: compared((d) => d <= 0),
  Original: { signature: 'func() string', call: (v) => v.original },
};
