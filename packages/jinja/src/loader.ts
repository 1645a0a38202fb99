/** Templates by the names that `include`, `import` and `extends` give: of the pack itself, and of its libraries. */
import { type Chart, isLibrary } from '@pack/core';

import type { CompiledTemplate } from './compile.ts';
import type { Loader } from './execution.ts';
import { Fault } from './fault.ts';

/** A pack's own templates by their names under `templates/`. */
export interface PackTemplates {
  readonly chart: Chart;
  readonly templates: ReadonlyMap<string, () => CompiledTemplate>;
  /** Its dependencies by name. */
  readonly dependencies: ReadonlyMap<string, PackTemplates>;
}

const TEMPLATES = /^templates\//;

/**
 * `_helpers.j2` is the pack's own; else that of the one library that has it. `common/_helpers.j2` is that of the dependency
 * `common`, and `common` its only file of macros, or `_helpers.*`, `_macros.*` or `_index.*` of several.
 */
export class PackLoader implements Loader {
  private readonly pack: PackTemplates;
  constructor(pack: PackTemplates) {
    this.pack = pack;
  }

  find(name: string, from: string): CompiledTemplate | undefined {
    const spelled = name.replace(/^\.\//, '').replace(TEMPLATES, '');
    const own = this.pack.templates.get(spelled);
    if (own !== undefined) return own();
    return this.ofDependency(spelled) ?? this.ofLibraries(spelled) ?? this.besideWhatRuns(spelled, from);
  }

  private ofDependency(name: string): CompiledTemplate | undefined {
    const slash = name.indexOf('/');
    const dependency = this.pack.dependencies.get(slash < 0 ? name : name.slice(0, slash));
    if (dependency === undefined) return undefined;
    if (slash >= 0) return dependency.templates.get(name.slice(slash + 1).replace(TEMPLATES, ''))?.();
    const partials = [...dependency.templates].filter(([file]) => /(^|\/)_[^/]*$/.test(file));
    const main = partials.find(([file]) => /^_(?:index|macros|helpers)\.[^/]*$/.test(file));
    const [, only] = partials.length === 1 ? (partials[0] as (typeof partials)[0]) : (main ?? []);
    return only?.();
  }

  private ofLibraries(name: string): CompiledTemplate | undefined {
    const found = [...this.pack.dependencies].filter(
      ([, { chart, templates }]) => isLibrary(chart) && templates.has(name),
    );
    if (found.length > 1) {
      const names = found.map(([library]) => library);
      throw new Fault('PACK_LIBRARY_CONFLICT', `libraries ${names.join(' and ')} both have ${JSON.stringify(name)}`, {
        hint: `name one of them: ${JSON.stringify(`${names[0]}/${name}`)}`,
      });
    }
    return found[0]?.[1].templates.get(name)?.();
  }

  /** A library's templates find each other, and what the library depends on. */
  private besideWhatRuns(name: string, from: string): CompiledTemplate | undefined {
    for (const [, dependency] of this.pack.dependencies) {
      for (const [, template] of dependency.templates) {
        if (pathOf(template) === from) return new PackLoader(dependency).find(name, '');
      }
    }
    return undefined;
  }

  *names(): Iterable<string> {
    yield* this.pack.templates.keys();
    for (const [dependency, { templates, chart }] of this.pack.dependencies) {
      yield dependency;
      for (const name of templates.keys()) {
        yield `${dependency}/${name}`;
        if (isLibrary(chart)) yield name;
      }
    }
  }
}

function pathOf(template: () => CompiledTemplate): string | undefined {
  try {
    return template().text.path;
  } catch {
    return undefined;
  }
}
