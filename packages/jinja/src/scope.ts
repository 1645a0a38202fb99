interface Cell {
  readonly name: string;
  value: unknown;
  readonly next: Cell | undefined;
}

/**
 * The variables of a template: what a loop, macro, block or `with` sets is gone after it. Scopes are made for each
 * iteration and hold few variables, so they are chains, not maps.
 */
export class Scope {
  private readonly parent: Scope | undefined;
  private first: Cell | undefined;
  constructor(parent?: Scope) {
    this.parent = parent;
    this.first = undefined;
  }

  /** JavaScript's undefined where there is none of that name. */
  get(name: string): unknown {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      for (let cell = scope.first; cell !== undefined; cell = cell.next) if (cell.name === name) return cell.value;
    }
    return undefined;
  }

  set(name: string, value: unknown): void {
    for (let cell = this.first; cell !== undefined; cell = cell.next) {
      if (cell.name !== name) continue;
      cell.value = value;
      return;
    }
    this.first = { name, value, next: this.first };
  }

  /** What this scope itself has, in the order in which it was set. */
  entries(): [string, unknown][] {
    const out: [string, unknown][] = [];
    for (let cell = this.first; cell !== undefined; cell = cell.next) out.push([cell.name, cell.value]);
    return out.reverse();
  }

  names(): string[] {
    return [...new Set([...this.entries().map(([name]) => name), ...(this.parent?.names() ?? [])])];
  }
}
