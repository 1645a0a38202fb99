/** Parameters of an assertion. Names are found in any case, as helm-unittest does. */
import { isMap } from 'go-template';

import { UnittestError } from '../error.ts';
import { typeName } from '../value.ts';

export class Params {
  private readonly assertion: string;
  private readonly entries: ReadonlyMap<string, unknown>;

  constructor(assertion: string, given: unknown) {
    this.assertion = assertion;
    if (given !== null && given !== undefined && !isMap(given)) {
      throw new UnittestError('SUITE_INVALID', `${assertion}: expected a map, got '${typeName(given)}'`);
    }
    this.entries = new Map(Object.entries(given ?? {}).map(([key, value]) => [key.toLowerCase(), value]));
  }

  value(name: string): unknown {
    return this.entries.get(name.toLowerCase()) ?? null;
  }

  /** Empty if absent. */
  text(name: string): string {
    return this.typed(name, 'string', '', (value) => typeof value === 'string');
  }

  flag(name: string): boolean {
    return this.typed(name, 'bool', false, (value) => typeof value === 'boolean');
  }

  count(name: string): bigint | undefined {
    return this.typed<bigint | undefined>(name, 'int', undefined, (value) => typeof value === 'bigint');
  }

  texts(name: string): readonly string[] {
    const isTexts = (value: unknown): boolean =>
      Array.isArray(value) && value.every((item) => typeof item === 'string');
    return this.typed<readonly string[]>(name, '[]string', [], isTexts);
  }

  /** `name.pattern`, empty if absent. */
  pattern(name: string): string {
    const value = this.value(name);
    return value === null ? '' : new Params(`${this.assertion}.${name}`, value).text('pattern').trim();
  }

  private typed<T>(name: string, type: string, absent: T, is: (value: unknown) => boolean): T {
    const value = this.value(name);
    if (value === null) return absent;
    if (!is(value)) {
      throw new UnittestError(
        'SUITE_INVALID',
        `${this.assertion}: '${name}' expected type '${type}', got unconvertible type '${typeName(value)}'`,
      );
    }
    return value as T;
  }
}
