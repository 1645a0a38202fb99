/** What tests saw last time: `__snapshot__/x_test.yaml.snap`, by test and by number. */
import { decodeYamlExact, encodeYamlPretty } from '@pack/core';
import { type GoMap, isMap, newMap } from 'go-template';

import { UnittestError } from './error.ts';
import { isFound } from './regexp.ts';
import { yamlOf } from './value.ts';

export interface Compared {
  readonly passed: boolean;
  /** From 1, within its test. */
  readonly index: number;
  readonly fresh: string;
  /** Empty if there was none. */
  readonly cached: string;
  readonly message?: string;
}

export interface SnapshotCounts {
  readonly total: number;
  readonly failed: number;
  readonly created: number;
  readonly vanished: number;
}

interface Patterns {
  readonly match: string;
  readonly notMatch: string;
}

/** Of one suite. */
export class Snapshots {
  private readonly isUpdating: boolean;
  private readonly cached: ReadonlyMap<string, ReadonlyMap<number, string>>;
  private readonly current = new Map<string, Map<number, string>>();
  private changed = 0;
  private created = 0;
  private total = 0;

  /** `text` is that of the file, undefined where there is none. Throws SNAPSHOT_INVALID. */
  constructor(text: string | undefined, isUpdating: boolean) {
    this.isUpdating = isUpdating;
    this.cached = text === undefined ? new Map() : parse(text);
  }

  /** New ones are kept and pass; those that differ fail, unless they are being updated. */
  compare(test: string, index: number, content: unknown, { match, notMatch }: Patterns = NO_PATTERNS): Compared {
    const known = this.cached.get(test)?.get(index);
    const fresh = yamlOf(content);
    this.total++;
    if (known === undefined) this.created++;
    let passed = true;
    let message: string | undefined;
    if (match !== '' && !isFound(match, fresh)) message = ` pattern '${match}' not found in snapshot`;
    else if (notMatch !== '' && isFound(notMatch, fresh)) message = ` pattern '${notMatch}' should not be in snapshot`;
    if (message !== undefined) passed = false;
    else if (match === '' && notMatch === '' && known !== undefined && known !== fresh) {
      passed = false;
      this.changed++;
    }
    let kept = this.current.get(test);
    if (kept === undefined) this.current.set(test, (kept = new Map()));
    kept.set(index, this.isUpdating ? fresh : (known ?? fresh));
    return {
      passed: passed || this.isUpdating,
      index,
      fresh,
      cached: known ?? '',
      ...(message !== undefined && { message }),
    };
  }

  counts(): SnapshotCounts {
    return {
      total: this.total,
      failed: this.isUpdating ? 0 : this.changed,
      created: this.created,
      vanished: this.vanished(),
    };
  }

  private vanished(): number {
    let count = 0;
    for (const [test, cached] of this.cached) {
      for (const index of cached.keys()) if (!this.current.get(test)?.has(index)) count++;
    }
    return count;
  }

  /**
   * What the file is to be; undefined if it is that already. Unless all tests have run to their end (`isWhole`), what
   * nobody asked for is kept.
   */
  text(isWhole: boolean): string | undefined {
    const drops = isWhole && this.vanished() > 0;
    if (!drops && this.created === 0 && !(this.isUpdating && this.changed > 0)) return undefined;
    if (isWhole) return format(this.current);
    const tests = new Set([...this.cached.keys(), ...this.current.keys()]);
    return format(
      new Map(
        [...tests].map((test) => [
          test,
          new Map([...(this.cached.get(test) ?? []), ...(this.current.get(test) ?? [])]),
        ]),
      ),
    );
  }
}

const NO_PATTERNS: Patterns = { match: '', notMatch: '' };

function parse(text: string): Map<string, Map<number, string>> {
  const fail = (reason: string, cause?: unknown): UnittestError =>
    new UnittestError('SNAPSHOT_INVALID', reason, { cause, hint: 'make it anew: pack unittest -u' });
  let root: unknown;
  try {
    root = decodeYamlExact(text) ?? newMap();
  } catch (e) {
    throw e instanceof Error ? fail(e.message, e) : e;
  }
  if (!isMap(root)) throw fail('snapshots are a map of tests');
  return new Map(
    Object.entries(root).map(([test, entries]) => {
      if (!isMap(entries)) throw fail(`snapshots of ${JSON.stringify(test)} are no map`);
      return [test, new Map(Object.entries(entries).map(([index, kept]) => [Number(index), String(kept)]))];
    }),
  );
}

/** Numbers are keys without quotes, which only their depth tells from the texts below. */
function format(current: ReadonlyMap<string, ReadonlyMap<number, string>>): string {
  const root: GoMap = newMap();
  for (const [test, entries] of current) {
    const map = newMap();
    for (const [index, kept] of entries) map[String(index)] = kept;
    root[test] = map;
  }
  return encodeYamlPretty(root).replace(/^(: {1}| {2})"(\d+)":(?= )/gm, '$1$2:');
}
