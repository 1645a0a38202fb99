/** Constraints as Masterminds/semver 3.5.0 reads and checks them, with its words for what is wrong. */
import { byteLength, GoError, quoteGo } from 'go-template';

import { comparePrereleaseParts, compareVersions, parseVersion, type SemVer } from './version.ts';

const MAX_CONSTRAINT_LENGTH = 512;
const MAX_GROUPS = 32;

const NUMBER = `[0-9|xX*]+`;
const IDENTIFIERS = String.raw`[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*`;
const VERSION = String.raw`v?(${NUMBER})(\.${NUMBER})?(\.${NUMBER})?(-${IDENTIFIERS})?(?:\+${IDENTIFIERS})?`;
const SPACE = String.raw`[\t\n\f\r ]`;

const TERM = new RegExp(`${SPACE}*([=!<>~^]*)${SPACE}*(${VERSION})(${SPACE}*)`, 'y');
const RANGE = new RegExp(`${SPACE}*(${VERSION})${SPACE}+-${SPACE}+(${VERSION})${SPACE}*`, 'g');

type Operator = '' | '=' | '!=' | '>' | '<' | '>=' | '=>' | '<=' | '=<' | '~' | '~>' | '^';

/** One comparison of a constraint. */
interface Term {
  operator: Operator;
  /** The version as written. */
  text: string;
  version: SemVer;
  /** A number is missing or a wildcard: which is the first? */
  wildcard: 'major' | 'minor' | 'patch' | undefined;
}

/** Terms that must all hold. */
interface Group {
  terms: Term[];
  /** One term with a pre-release lets pre-releases satisfy all of the group. */
  takesPrereleases: boolean;
}

/** Groups of which one must hold. */
export interface Constraint {
  /** The text given. */
  text: string;
  groups: readonly Group[];
}

/** Masterminds: NewConstraint. Throws GoError with the library's text, `improper constraint: "…"` above all. */
export function parseConstraint(text: string): Constraint {
  if (byteLength(text) > MAX_CONSTRAINT_LENGTH) {
    throw new GoError(`constraint string is too long (max ${MAX_CONSTRAINT_LENGTH} bytes)`);
  }
  const groups = rewriteRanges(text).split('||');
  if (groups.length > MAX_GROUPS) throw new GoError(`too many constraint groups (max ${MAX_GROUPS})`);
  return { text, groups: groups.map(parseGroup) };
}

/** `1.2 - 2` becomes `>= 1.2, <= 2 `. */
function rewriteRanges(text: string): string {
  let out = text;
  for (const found of text.matchAll(RANGE)) {
    // Replacing the first place that looks alike is the library's way, also where an earlier replacement made it.
    out = out.replace(found[0], () => `>= ${found[1]}, <= ${found[6]} `);
  }
  return out;
}

function parseGroup(text: string): Group {
  // All of the group must read well before any version in it is looked at.
  const terms = matchTerms(text).map(parseTerm);
  return { terms, takesPrereleases: terms.some((term) => term.version.prerelease !== '') };
}

/** The terms of a group, which commas or spaces part. */
function matchTerms(text: string): RegExpExecArray[] {
  const improper = (): GoError => new GoError(`improper constraint: ${quoteGo(text)}`);
  const matches: RegExpExecArray[] = [];
  for (let at = 0, isSeparated = true; at < text.length || matches.length === 0; ) {
    TERM.lastIndex = at;
    const found = TERM.exec(text);
    if (found === null || !isSeparated || !((found[1] as string) in CHECKS)) throw improper();
    matches.push(found);
    at = TERM.lastIndex;
    isSeparated = found[7] !== '' || text[at] === ',';
    // A comma must have a term behind it.
    if (text[at] === ',' && ++at === text.length) throw improper();
  }
  return matches;
}

const isWildcard = (part: string | undefined): boolean => part === undefined || /^\.?[xX*]$/.test(part);

function parseTerm([, operator, text, major, minor, patch, prerelease = '']: RegExpExecArray): Term {
  const wildcard = isWildcard(major) ? 'major' : isWildcard(minor) ? 'minor' : isWildcard(patch) ? 'patch' : undefined;
  const numbers =
    wildcard === 'major'
      ? '0.0.0'
      : wildcard === 'minor'
        ? `${major}.0.0`
        : wildcard === 'patch'
          ? `${major}${minor}.0`
          : undefined;
  try {
    const version = parseVersion(numbers === undefined ? (text as string) : numbers + prerelease);
    return { operator: operator as Operator, text: text as string, version, wildcard };
  } catch {
    throw new GoError('constraint parser error');
  }
}

/** Whether a version satisfies a constraint (Masterminds: Constraints.Check). */
export const satisfies = (version: SemVer, constraint: Constraint): boolean =>
  constraint.groups.some((group) => group.terms.every((term) => reasonAgainst(version, term, group) === undefined));

/** Why a version does not satisfy a constraint, term by term; empty when it does (Masterminds: Constraints.Validate). */
export function reasonsAgainst(version: SemVer, constraint: Constraint): string[] {
  const all: string[] = [];
  for (const group of constraint.groups) {
    const reasons = group.terms
      .map((term) => reasonAgainst(version, term, group))
      .filter((reason) => reason !== undefined);
    if (reasons.length === 0) return [];
    all.push(...reasons);
  }
  // That it is a pre-release is said once.
  const prerelease = prereleaseReason(version);
  return all.filter((reason, i) => reason !== prerelease || all.indexOf(reason) === i);
}

const prereleaseReason = (version: SemVer): string =>
  `${quoteGo(String(version))} is a prerelease version and the constraint is only looking for release versions`;

function reasonAgainst(version: SemVer, term: Term, group: Group): string | undefined {
  if (version.prerelease !== '' && !group.takesPrereleases) return prereleaseReason(version);
  const fault = CHECKS[term.operator](version, term);
  if (fault === undefined) return undefined;
  const [relation, remark = ''] = fault.split('|');
  return `${quoteGo(String(version))} ${relation} ${quoteGo(term.text)}${remark}`;
}

/** Undefined when the version passes; else what it is to the term's version, and a remark after `|`. */
type Check = (version: SemVer, term: Term) => string | undefined;

const notEqual: Check = (v, { version, wildcard }) => {
  if (wildcard === undefined) return compareVersions(v, version) === 0 ? 'is equal to' : undefined;
  // The library takes the first number for given even where it is a wildcard.
  if (v.major !== version.major) return undefined;
  if (wildcard === 'major') {
    if (v.minor !== version.minor || v.patch !== version.patch) return undefined;
    return compareVersions(v, version) === 0 ? 'is equal to' : undefined;
  }
  if (wildcard === 'minor') return 'is equal to';
  if (v.minor !== version.minor) return undefined;
  const isOther = comparePrereleaseParts(v.prerelease, version.prerelease) !== 0;
  return isOther ? undefined : 'is equal to';
};

const greaterThan: Check = (v, { version, wildcard }) => {
  const fault = 'is less than or equal to';
  if (wildcard === undefined) return compareVersions(v, version) > 0 ? undefined : fault;
  if (v.major !== version.major) return v.major > version.major ? undefined : fault;
  if (wildcard === 'minor') return fault;
  if (wildcard === 'patch') return v.minor > version.minor ? undefined : fault;
  return compareVersions(v, version) > 0 ? undefined : fault;
};

const lessThan: Check = (v, { version }) =>
  compareVersions(v, version) < 0 ? undefined : 'is greater than or equal to';

const atLeast: Check = (v, { version }) => (compareVersions(v, version) >= 0 ? undefined : 'is less than');

const atMost: Check = (v, { version, wildcard }) => {
  const fault = 'is greater than';
  if (wildcard === undefined) return compareVersions(v, version) <= 0 ? undefined : fault;
  if (v.major > version.major) return fault;
  return v.major === version.major && v.minor > version.minor && wildcard !== 'minor' ? fault : undefined;
};

const tilde: Check = (v, { version, wildcard }) => {
  if (compareVersions(v, version) < 0) return 'is less than';
  const isZero = version.major === 0n && version.minor === 0n && version.patch === 0n;
  if (isZero && wildcard !== 'minor' && wildcard !== 'patch') return undefined;
  if (v.major !== version.major) return 'does not have same major version as';
  return v.minor !== version.minor && wildcard !== 'minor'
    ? 'does not have same major and minor version as'
    : undefined;
};

const equal: Check = (v, term) => {
  if (term.wildcard !== undefined) return tilde(v, term);
  return compareVersions(v, term.version) === 0 ? undefined : 'is not equal to';
};

const caret: Check = (v, { version, wildcard }) => {
  if (compareVersions(v, version) < 0) return 'is less than';
  const isMajorOther = v.major !== version.major;
  if (version.major > 0n || wildcard === 'minor' || isMajorOther)
    return isMajorOther ? 'does not have same major version as' : undefined;
  if (version.minor > 0n || wildcard === 'patch') {
    if (v.minor === version.minor) return undefined;
    return 'does not have same minor version as|. Expected minor versions to match when constraint major version is 0';
  }
  if (v.minor > 0n) return 'does not have same minor version as';
  if (v.patch === version.patch) return undefined;
  return 'does not equal|. Expect version and constraint to equal when major and minor versions are 0';
};

const CHECKS: Readonly<Record<Operator, Check>> = {
  '': equal,
  '=': equal,
  '!=': notEqual,
  '>': greaterThan,
  '<': lessThan,
  '>=': atLeast,
  '=>': atLeast,
  '<=': atMost,
  '=<': atMost,
  '~': tilde,
  '~>': tilde,
  '^': caret,
};
