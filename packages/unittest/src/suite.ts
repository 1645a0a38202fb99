/** A file of tests: one suite, or several behind `---`. */
import { decodeYamlExact } from '@pack/core';
import { type GoMap, isMap, newMap } from 'go-template';

import { type Assertion, readAssertion, readSelector } from './assertion.ts';
import { UnittestError } from './error.ts';
import type { DocumentSelector } from './select.ts';
import { typeName } from './value.ts';

/** Settings that a suite has for all its tests, and each test for itself. */
interface Setting {
  /** Paths of values files, from the suite's folder. */
  readonly values: readonly string[];
  readonly set: GoMap;
  readonly release: {
    readonly name: string;
    readonly namespace: string;
    readonly revision: number;
    readonly upgrade: boolean;
  };
  readonly chart: { readonly version: string; readonly appVersion: string };
  readonly capabilities: {
    readonly majorVersion: string;
    readonly minorVersion: string;
    /** undefined: not stated; null: stated to be nothing. */
    readonly apiVersions: readonly string[] | null | undefined;
  };
  /** Why it is not run. */
  readonly skip: string;
  readonly postRenderer: PostRenderer | undefined;
  /** What `lookup` finds. */
  readonly objects: readonly GoMap[];
}

export interface PostRenderer {
  readonly cmd: string;
  readonly args: readonly string[];
}

export interface Test extends Setting {
  readonly name: string;
  readonly templates: readonly string[];
  readonly documentIndex: number | undefined;
  readonly documentSelector: DocumentSelector | undefined;
  readonly assertions: readonly Assertion[];
}

export interface Suite extends Setting {
  readonly name: string;
  /** Where it was read, as it is shown. */
  readonly path: string;
  /** The chart that it is of: `parent/charts/child`. */
  readonly route: string;
  readonly templates: readonly string[];
  readonly excludeTemplates: readonly string[];
  readonly includeCrds: boolean;
  readonly tests: readonly Test[];
  /** What is behind the name of its file of snapshots. */
  readonly snapshotId: string;
}

export interface ReadSuitesOptions {
  readonly route: string;
  /** Unknown fields are faults. */
  readonly strict?: boolean;
}

/** As helm-unittest splits files: where a line begins with `---`. */
export const SEPARATOR = /(?:^|\s*\n)---\s*/;

/** The version of the format, for `skip.minimumVersion`. */
const FORMAT_VERSION = [1, 1, 2];

/** Throws SUITE_INVALID. */
export function readSuites(path: string, text: string, options: ReadSuitesOptions): Suite[] {
  return text
    .split(SEPARATOR)
    .filter((part) => part.trim() !== '')
    .flatMap((part) => {
      const root = parsed(part, path);
      return root === null
        ? []
        : [readSuite(new Fields(root, 'TestSuite', options.strict === true), path, options.route)];
    });
}

function parsed(text: string, path: string): unknown {
  try {
    return decodeYamlExact(text);
  } catch (e) {
    if (!(e instanceof Error)) throw e;
    // Patterns in double quotes are often written with single backslashes, and have always been read.
    const escaped = text.replace(/\\+/g, (run) => (run.length % 2 === 0 ? run : `${run}\\`));
    if (e.message.includes('unknown escape character') && escaped !== text) return parsed(escaped, path);
    const { line } = e as { line?: number };
    throw new UnittestError('SUITE_INVALID', e.message, {
      cause: e,
      at: { file: path, ...(line !== undefined && { line }) },
    });
  }
}

function readSuite(fields: Fields, path: string, route: string): Suite {
  fields.only('suite', 'templates', 'excludeTemplates', 'includeCrds', 'tests', 'snapshotId', ...SETTINGS);
  const setting = readSetting(fields);
  const tests = fields.list('tests').map((test) => readTest(fields.of(test, 'TestJob')));
  if (tests.length === 0) throw new UnittestError('SUITE_INVALID', 'no tests found');
  const minimum = fields.map('skip').text('minimumVersion');
  return {
    ...setting,
    skip: isTooOld(minimum)
      ? `Test suite requires minimum unittest plugin version ${minimum}, but current version is ${FORMAT_VERSION.join('.')}`
      : setting.skip,
    name: fields.text('suite'),
    path,
    route,
    templates: fields.texts('templates'),
    excludeTemplates: fields.texts('excludeTemplates'),
    includeCrds: fields.flag('includeCrds'),
    tests,
    snapshotId: fields.text('snapshotId'),
  };
}

function isTooOld(minimum: string): boolean {
  if (minimum === '') return false;
  const numbers = minimum.replace(/^v/, '').split(/[.+-]/).map(Number);
  if (numbers.slice(0, 3).some(Number.isNaN)) return true;
  const at = FORMAT_VERSION.findIndex((number, i) => number !== (numbers[i] ?? 0));
  return at >= 0 && (FORMAT_VERSION[at] as number) < (numbers[at] ?? 0);
}

function readTest(fields: Fields): Test {
  fields.only('it', 'template', 'templates', 'documentIndex', 'documentSelector', 'asserts', ...SETTINGS);
  const asserts = fields.list('asserts').filter((assertion) => assertion !== null);
  if (asserts.length === 0) throw new UnittestError('SUITE_INVALID', 'no asserts found');
  const template = fields.text('template');
  const templates = fields.texts('templates');
  const selector = fields.value('documentSelector');
  return {
    ...readSetting(fields),
    name: fields.text('it'),
    templates: templates.length > 0 ? templates : template === '' ? [] : [template],
    documentIndex: fields.has('documentIndex') ? fields.int('documentIndex') : undefined,
    documentSelector: isMap(selector) ? readSelector(selector) : undefined,
    assertions: asserts.map(readAssertion),
  };
}

const SETTINGS = ['values', 'set', 'release', 'chart', 'capabilities', 'skip', 'postRenderer', 'kubernetesProvider'];

function readSetting(fields: Fields): Setting {
  const release = fields.map('release').only('name', 'namespace', 'revision', 'upgrade');
  const chart = fields.map('chart').only('version', 'appVersion');
  const capabilities = fields.map('capabilities').only('majorVersion', 'minorVersion', 'apiVersions');
  const postRenderer = fields.map('postRenderer').only('cmd', 'args');
  return {
    values: fields.texts('values'),
    set: fields.map('set').entries,
    release: {
      name: release.text('name'),
      namespace: release.text('namespace'),
      revision: release.int('revision'),
      upgrade: release.flag('upgrade'),
    },
    chart: { version: chart.text('version'), appVersion: chart.text('appVersion') },
    capabilities: {
      majorVersion: capabilities.text('majorVersion'),
      minorVersion: capabilities.text('minorVersion'),
      apiVersions: !capabilities.has('apiVersions')
        ? undefined
        : capabilities.value('apiVersions') === null
          ? null
          : capabilities.texts('apiVersions'),
    },
    skip: fields.map('skip').only('reason', 'minimumVersion').text('reason'),
    postRenderer:
      postRenderer.text('cmd') === '' ? undefined : { cmd: postRenderer.text('cmd'), args: postRenderer.texts('args') },
    objects: fields.map('kubernetesProvider').list('objects').filter(isMap),
  };
}

/** A map of a suite, whose members must be what they are meant to be. */
class Fields {
  readonly entries: GoMap;
  private readonly type: string;
  private readonly isStrict: boolean;

  constructor(value: unknown, type: string, isStrict: boolean) {
    if (!isMap(value)) throw new UnittestError('SUITE_INVALID', `cannot unmarshal ${typeName(value)} into ${type}`);
    this.entries = value;
    this.type = type;
    this.isStrict = isStrict;
  }

  of(value: unknown, type: string): Fields {
    return new Fields(value, type, this.isStrict);
  }

  /** Faults for other members, where that is asked for. */
  only(...names: string[]): this {
    const unknown = Object.keys(this.entries).find((name) => !names.includes(name));
    if (this.isStrict && unknown !== undefined) {
      throw new UnittestError('SUITE_INVALID', `field ${unknown} not found in type unittest.${this.type}`);
    }
    return this;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.entries, name);
  }

  value(name: string): unknown {
    return this.has(name) ? this.entries[name] : null;
  }

  private fault(name: string, type: string): UnittestError {
    return new UnittestError(
      'SUITE_INVALID',
      `cannot unmarshal ${typeName(this.value(name))} into ${type}: ${name} of ${this.type}`,
    );
  }

  /** Numbers and booleans are texts too. */
  text(name: string): string {
    const value = this.value(name);
    if (value === null) return '';
    if (typeof value === 'object') throw this.fault(name, 'string');
    return String(value);
  }

  flag(name: string): boolean {
    const value = this.value(name);
    if (value !== null && typeof value !== 'boolean') throw this.fault(name, 'bool');
    return value === true;
  }

  int(name: string): number {
    const value = this.value(name);
    if (value !== null && typeof value !== 'bigint') throw this.fault(name, 'int');
    return Number(value ?? 0);
  }

  list(name: string): readonly unknown[] {
    const value = this.value(name);
    if (value !== null && !Array.isArray(value)) throw this.fault(name, 'list');
    return value ?? [];
  }

  texts(name: string): readonly string[] {
    return this.list(name).map((item) => {
      if (item === null || typeof item === 'object') throw this.fault(name, '[]string');
      return String(item);
    });
  }

  map(name: string): Fields {
    return this.of(this.value(name) ?? newMap(), name);
  }
}
