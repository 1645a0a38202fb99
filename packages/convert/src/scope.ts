/** What names of a Go template mean at some place, and what they are called in Jinja. */
import { ConvertFault } from './fault.ts';

/**
 * What `.` or a variable stands for: an expression of Jinja's. `root` is the context of the chart itself, which has no
 * name in Jinja: its members are `values`, `release` and so on.
 */
export type Place = { readonly kind: 'root' } | { readonly kind: 'value'; readonly text: string };

export const ROOT: Place = { kind: 'root' };
export const valueAt = (text: string): Place => ({ kind: 'value', text });

interface Variable {
  readonly place: Place;
  /** Whether it is a member of a namespace, because something deeper assigns it. */
  readonly isBoxed: boolean;
}

/** Words of Jinja's, what templates see, and functions that conversions call. */
const RESERVED = new Set(
  [
    'and or not in is if else elif for true false none True False None set macro import from include block call filter with do loop',
    'values release pack capabilities template files secrets lookup h dot helm own',
    'range dict list namespace cycler joiner debug fail required get set unset dig coalesce ternary uuidv4 tostring toint tofloat now',
    'printf tpl tpl_go include_go tpl_ctx merge int int64 float64 add add1 sub mul div mod max min date first last rest initial has keys pick omit',
    'tuple until untilStep seq concat append prepend join split uniq without sortAlpha empty default trunc indent nindent quote kindIs kindOf',
    'typeOf typeIs hasKey deepCopy merge mergeOverwrite mustMerge toYaml fromYaml toJson fromJson regexMatch semver semverCompare atoi len',
  ]
    .join(' ')
    .split(' '),
);

/** Names that are used once in a template, whatever blocks they are in: Jinja's blocks have no scope of their own. */
export class Names {
  private readonly used: Set<string>;

  constructor(used: Iterable<string> = []) {
    this.used = new Set(used);
  }

  fresh(wanted: string): string {
    const plain = wanted.replace(/\W/g, '_').replace(/^(?=\d)|^$/, '_');
    let name = RESERVED.has(plain) ? `${plain}_` : plain;
    for (let n = 2; this.used.has(name); n++) name = `${plain}${n}`;
    this.used.add(name);
    return name;
  }
}

export class Scope {
  readonly dot: Place;
  private readonly variables: Map<string, Variable>;
  readonly names: Names;
  /** Variables that are assigned within a loop that they are not of. */
  readonly boxed: ReadonlySet<string>;
  /** What `$` is. */
  readonly top: Place;

  constructor(
    dot: Place,
    top: Place,
    names: Names,
    boxed: ReadonlySet<string>,
    variables = new Map<string, Variable>(),
  ) {
    this.dot = dot;
    this.top = top;
    this.names = names;
    this.boxed = boxed;
    this.variables = variables;
  }

  /** A block, with another dot if one is given. */
  inner(dot: Place = this.dot): Scope {
    return new Scope(dot, this.top, this.names, this.boxed, new Map(this.variables));
  }

  /** Names a new variable: its Jinja name. */
  declare(variable: string): { readonly name: string; readonly isBoxed: boolean } {
    const name = this.names.fresh(variable.slice(1));
    const isBoxed = this.boxed.has(variable);
    this.variables.set(variable, { place: valueAt(isBoxed ? `${name}.v` : name), isBoxed });
    return { name, isBoxed };
  }

  /** A variable that stands for what has a name already. */
  alias(variable: string, place: Place): void {
    this.variables.set(variable, { place, isBoxed: false });
  }

  find(variable: string, pos: number): Place {
    if (variable === '$') return this.top;
    const found = this.variables.get(variable);
    if (found === undefined) throw new ConvertFault(`the variable ${variable} is of no block around it`, pos);
    return found.place;
  }
}
