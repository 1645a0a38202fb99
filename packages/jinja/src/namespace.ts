import { JinjaObject, repr } from './value.ts';

/** `namespace()`, whose members can be set, and what `import` gives, whose members cannot. */
export class Namespace extends JinjaObject {
  readonly kind: 'namespace' | 'module';
  readonly entries: Map<string, unknown>;
  constructor(kind: 'namespace' | 'module', entries: Map<string, unknown>) {
    super();
    this.kind = kind;
    this.entries = entries;
  }
  member(name: string): unknown {
    return this.entries.get(name);
  }
  members(): readonly string[] {
    return [...this.entries.keys()];
  }
  display(): string {
    return `{${[...this.entries].map(([name, v]) => `${repr(name)}: ${repr(v)}`).join(', ')}}`;
  }
}
