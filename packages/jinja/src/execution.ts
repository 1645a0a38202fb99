/** One render: what is written, what it may still use up, and where it is. */
import type { World } from '@pack/engine';

import type { CompiledTemplate } from './compile.ts';
import { limit } from './fault.ts';
import type { Library } from './library/library.ts';
import type { Place } from './place.ts';
import type { Scope } from './scope.ts';
import { type Mode, Undefined } from './value.ts';

export interface Limits {
  /** Characters that all templates of a render may write, and that one string may have. */
  readonly output: number;
  /** Iterations, calls and items that functions work through. */
  readonly steps: number;
  /** Milliseconds. */
  readonly time: number;
  /** Macros, includes, imports and texts of tpl within each other. */
  readonly depth: number;
  /** Items of a range. */
  readonly range: number;
}

export const LIMITS: Limits = {
  output: 64 * 1024 * 1024,
  steps: 20_000_000,
  time: 30_000,
  depth: 100,
  range: 100_000,
};

/** Finds templates by the names that `include`, `import` and `extends` give. */
export interface Loader {
  /** Undefined when there is none. Throws PACK_LIBRARY_CONFLICT. */
  find(name: string, from: string): CompiledTemplate | undefined;
  /** Names that may be asked for, for hints. */
  names(): Iterable<string>;
}

/** What all templates of a render spend together. */
export class Budget {
  readonly limits: Limits;
  /** Characters that may still be written: that of the template that runs is in its {@link Execution}. */
  left: number;
  private readonly now: () => number;
  private readonly start: number;
  private steps = 0;
  private nextLook = 0;

  constructor(limits: Limits, now: () => number) {
    this.limits = limits;
    this.left = limits.output;
    this.now = now;
    this.start = now();
  }

  step(count = 1): void {
    this.steps += count;
    if (this.steps < this.nextLook) return;
    if (this.steps > this.limits.steps)
      throw limit(`templates take more than ${this.limits.steps} steps`, 'look for a loop that does not end');
    if (this.now() - this.start > this.limits.time)
      throw limit(`templates run for more than ${this.limits.time / 1000} seconds`);
    this.nextLook = Math.min(this.steps + 4096, this.limits.steps + 1);
  }

  /** For a string that is about to be made. */
  text(length: number): void {
    if (length > this.limits.output) throw limit(`a string has more than ${this.limits.output} characters`);
    this.step(length >>> 6);
  }
}

/**
 * What encoders make of dicts and lists, by their names: templates of a pack write the same labels and resources over and
 * over, and none can change what it writes.
 */
export class Encoded {
  private readonly known = new Map<string, WeakMap<object, string>>();

  of(encoder: string): WeakMap<object, string> {
    let texts = this.known.get(encoder);
    if (texts === undefined) this.known.set(encoder, (texts = new WeakMap()));
    return texts;
  }
}

export class Execution {
  out = '';
  /** Characters that may still be written. Here, since a template writes so often that to go to the budget takes time. */
  left: number;
  /** What runs now. */
  at: Place | undefined;
  depth = 0;
  /** The definitions of each block, that of the template that extends first. */
  blocks = new Map<string, BlockDefinition[]>();
  /** What the template that runs extends. */
  parent: CompiledTemplate | undefined;
  /** Names of the templates that run, outermost first. */
  readonly running: string[] = [];
  readonly mode: Mode;
  readonly globals: ReadonlyMap<string, unknown>;
  readonly library: Library;
  readonly loader: Loader;
  readonly budget: Budget;
  /** Of the whole render; absent where Go templates, which do change values, are called in between. */
  readonly encoded: Encoded | undefined;
  readonly host: Host;

  constructor(world: {
    readonly mode: Mode;
    readonly globals: ReadonlyMap<string, unknown>;
    readonly library: Library;
    readonly loader: Loader;
    readonly budget: Budget;
    readonly encoded: Encoded | undefined;
    readonly host: Host;
  }) {
    this.mode = world.mode;
    this.globals = world.globals;
    this.library = world.library;
    this.loader = world.loader;
    this.budget = world.budget;
    this.left = world.budget.left;
    this.encoded = world.encoded;
    this.host = world.host;
  }

  write(text: string): void {
    this.left -= text.length;
    if (this.left < 0) throw limit(`templates write more than ${this.budget.limits.output} characters`);
    this.out += text;
  }

  /** What `write` writes, apart. */
  capture(write: () => void): string {
    const { out } = this;
    this.out = '';
    try {
      write();
      return this.out;
    } finally {
      this.out = out;
    }
  }

  /** What `write` writes, apart, and the template that it says it extends. */
  extending(write: () => void): readonly [string, CompiledTemplate | undefined] {
    const { parent } = this;
    this.parent = undefined;
    try {
      const text = this.capture(write);
      return [text, this.parent];
    } finally {
      this.parent = parent;
    }
  }

  /** Runs what may call itself; `name` says what of its kind. */
  deeper<R>(kind: string, name: string, run: () => R): R {
    const { at } = this;
    this.enter(kind, name);
    try {
      const result = run();
      this.at = at;
      return result;
    } finally {
      this.depth--;
    }
  }

  /** Counts what may call itself; who enters leaves. */
  enter(kind: string, name: string): void {
    const { depth } = this.budget.limits;
    if (this.depth >= depth)
      throw limit(`${kind} ${name} is nested more than ${depth} deep`, 'look for one that calls itself');
    this.depth++;
    this.budget.step();
  }

  undefinedAt(name: string, near?: () => readonly string[]): Undefined {
    return new Undefined(name, this.at, near);
  }
}

export interface BlockDefinition {
  readonly write: (execution: Execution, scope: Scope) => void;
}

/** What functions reach outside of templates. */
export interface Host {
  readonly world: World;
  lookup(apiVersion: string, kind: string, namespace: string, name: string): unknown;
  /** A secret that stays the same over upgrades; absent where nothing keeps them. */
  readonly generateSecret?: ((name: string, length: number, charset: string) => string) | undefined;
  /** A template from a text. */
  compile(text: string, name: string): CompiledTemplate;
  /** A text as a Go template, and a Go template by its name, in a pack that was a chart. `data` is the context that those have if absent. */
  tplGo(text: string, data?: unknown): string;
  includeGo(name: string, data?: unknown): string;
  readonly lint: boolean;
  warn(message: string): void;
}
