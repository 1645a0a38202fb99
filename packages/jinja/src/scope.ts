/** The variables of a template: what a loop, macro, block or `with` sets is gone after it. */
export class Scope {
  readonly parent: Scope | undefined;
  private readonly own = new Map<string, unknown>();
  constructor(parent?: Scope) {
    this.parent = parent;
  }

  /** JavaScript's undefined where there is none of that name. */
  get(name: string): unknown {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      const value = scope.own.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  set(name: string, value: unknown): void {
    this.own.set(name, value);
  }

  delete(name: string): void {
    this.own.delete(name);
  }

  names(): string[] {
    return [...new Set([...this.own.keys(), ...(this.parent?.names() ?? [])])];
  }

  /** What this scope itself has. */
  entries(): IterableIterator<[string, unknown]> {
    return this.own.entries();
  }
}
